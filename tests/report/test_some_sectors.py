"""A study that does not hold all sectors: nothing published of all of them stands beside it."""

import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.content import Context, make_context
from evaluation.report.effects import build_headline
from evaluation.report.flow import build_flow
from evaluation.report.texts import Language
from evaluation.report.trends import build_composition

from .made_tables import make_data, make_tables

LANGUAGES: tuple[Language, ...] = ("nb", "en")
BOTH = pytest.mark.parametrize("language", LANGUAGES)


def context_of(language: Language, sectors: tuple[str, ...]) -> Context:
    tables = make_tables()
    for name, table in tables.items():
        if "sector" in table:
            tables[name] = table[table["sector"].isin([*sectors, "ALL"])]
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)
    study = make_data().study.model_copy(update={"sectors": sectors})
    return make_context(make_data(tables=shown, study=study), language)


@pytest.mark.usefixtures("undrawn")
@BOTH
def test_published_shares_are_no_points_over_shares_of_some_sectors(language: Language) -> None:
    every = context_of(language, ("SOM", "PHV", "TSB", "ARR"))
    some = context_of(language, ("PHV", "ARR"))
    published = every.texts("composition.legend_published")
    assert published in str(build_composition(every).blocks[0].legend)
    assert published not in str(build_composition(some).blocks[0].legend)
    drawn = [str(build_composition(each).blocks[0].panels) for each in (every, some)]
    assert ["0.95" in each for each in drawn] == [True, False]
    assert "95" not in " ".join(build_composition(some).paragraphs)


@BOTH
def test_all_sectors_are_those_of_the_study(language: Language) -> None:
    words = {"nb": "Alle sektorer i studien", "en": "All sectors of the study"}[language]
    some, every = context_of(language, ("PHV", "ARR")), context_of(language, ("SOM", "PHV", "ARR"))
    for section in (build_headline(some), build_flow(some), build_headline(every)):
        assert words in str(section)
    whole = context_of(language, ("SOM", "PHV", "TSB", "ARR"))
    assert words not in str(build_headline(whole))


@BOTH
def test_the_published_share_of_all_is_not_beside_that_of_some(language: Language) -> None:
    some, every = context_of(language, ("PHV",)), context_of(language, ("SOM", "PHV", "TSB", "ARR"))
    published = every.texts("headline.published_share")
    for build in (build_headline, build_flow):
        assert "93" not in str(build(some))
    assert published in str(build_headline(every))
    # The two readings of the published number are of rehabilitation.
    assert every.texts("headline.ambiguous") in str(build_headline(every))
    assert every.texts("headline.ambiguous") not in str(build_headline(some))


def test_the_sentences_of_some_sectors_replace_sentences_that_stand() -> None:
    for language in LANGUAGES:
        sentences = make_context(make_data(), language).texts.sentences
        own = [key.removeprefix("some_sectors.") for key in sentences if "some_sectors" in key]
        assert own
        assert set(own) <= set(sentences)
