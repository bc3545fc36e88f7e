"""Sentences of a study that is not the default one: they follow its settings."""

from typing import Any

import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.answer import write_answer
from evaluation.report.content import Context
from evaluation.report.effects import build_headline
from evaluation.report.methods import write_methods
from evaluation.report.paths import draw_paths
from evaluation.report.specifications import draw_specifications
from evaluation.report.tables import build_balance
from evaluation.report.texts import Language, read_texts

from .made_tables import layers_of, make_data, make_tables

LANGUAGES: tuple[Language, ...] = ("nb", "en")
BOTH = pytest.mark.parametrize("language", LANGUAGES)
pytestmark = pytest.mark.usefixtures("undrawn")


def context_of(language: Language, part: str = "", **values: Any) -> Context:
    """The made tables of a study with other settings in one part."""
    study = make_data().study
    if part:
        update = {part: getattr(study, part).model_copy(update=values)}
        study = study.model_copy(update=update)
    shown = disclose_tables(make_tables(), min_cell_count=5, period_days=30)
    return Context(make_data(tables=shown, study=study), read_texts(language))


@pytest.mark.parametrize(
    ("cluster_on", "in_english", "in_norwegian"),
    [
        (
            ("matched_set", "person"),
            "They allow for persons of a matched set being alike, and for one person standing",
            "De tar hensyn til at personer i et matchet sett ligner hverandre, og at en person kan",
        ),
        (
            ("person", "matched_set"),
            "They allow for persons of a matched set being alike, and for one person standing",
            "De tar hensyn til at personer i et matchet sett ligner hverandre, og at en person kan",
        ),
        (
            ("matched_set",),
            "alike, but not for one person standing in several sets.",
            "ligner hverandre, men ikke til at en person kan stå i flere sett.",
        ),
        (
            ("person",),
            "for one person standing in several sets, but not for persons of a matched set",
            "til at en person kan stå i flere sett, men ikke til at personer i et matchet sett",
        ),
        ((), "They allow neither for persons of a matched set", "De tar verken hensyn til at"),
    ],
)
def test_the_errors_allow_for_what_they_are_clustered_on(
    cluster_on: tuple[str, ...], in_english: str, in_norwegian: str
) -> None:
    for language, words in (("en", in_english), ("nb", in_norwegian)):
        context = context_of(language, "inference", cluster_on=cluster_on)  # type: ignore[arg-type]
        assert words in " ".join(write_methods(context).items)


def test_a_level_has_no_article_that_could_be_the_wrong_one() -> None:
    context = context_of("en", "inference", confidence_level=0.8)
    words = " ".join(write_methods(context).items)
    assert "80% of them hold the true value" in words
    assert "a 80%" not in words


@pytest.mark.parametrize(
    ("language", "start", "end"),
    [
        ("en", "first treatment,", "the last treatment contact of the course,"),
        ("nb", "etter første behandling,", "etter siste behandlingskontakt i forløpet,"),
    ],
)
def test_the_window_after_begins_where_the_index_date_is(
    language: Language, start: str, end: str
) -> None:
    for anchor, said, unsaid in (("start", start, end), ("end", end, start)):
        words = " ".join(write_answer(context_of(language, "index", anchor=anchor)).paragraphs)
        assert said in words
        assert unsaid not in words


@BOTH
def test_the_upright_line_is_the_end_of_a_course_where_the_index_date_is(
    language: Language,
) -> None:
    texts = read_texts(language)
    words = draw_paths(context_of(language, "index", anchor="end")).paragraphs[0]
    assert texts("paths.line_end") in words
    assert texts("paths.line_start") not in words
    assert texts("paths.line_start") in draw_paths(context_of(language)).paragraphs[0]


@pytest.mark.parametrize(("language", "limit"), [("en", "3.0"), ("nb", "3,0")])
def test_good_balance_is_what_the_gate_asks_for(language: Language, limit: str) -> None:
    section = build_balance(context_of(language, "gate", max_smd=3.0))
    figure = section.blocks[0]
    assert limit in section.paragraphs[0]
    assert limit in figure.panels[0].desc  # type: ignore[union-attr]
    for text in (section.paragraphs[0], figure.panels[0].desc):  # type: ignore[union-attr]
        assert "0.1" not in text
        assert "0,1" not in text
    # The limit that is told is inside the drawing.
    layers = layers_of(figure.panels[0].svg)  # type: ignore[union-attr]
    domain = layers[1]["encoding"]["x"]["scale"]["domain"]
    assert domain[1] >= 3.0


@pytest.mark.parametrize(
    ("language", "matched", "weighted"),
    [
        ("en", "treated and matched controls", "treated and weighted controls"),
        ("nb", "behandlede og matchede kontroller", "behandlede og vektede kontroller"),
    ],
)
def test_the_headline_says_how_controls_were_chosen(
    language: Language, matched: str, weighted: str
) -> None:
    for method, words in (
        ("exact", matched),
        ("nearest", matched),
        ("stratification", weighted),
        ("propensity_weights", weighted),
        ("entropy_weights", weighted),
    ):
        (table,) = build_headline(context_of(language, "matching", method=method)).blocks
        assert words in table.caption, method  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("language", "method", "words"),
    [
        ("en", "exact", "matched controls, one for each, with the same"),
        ("en", "nearest", "the nearest controls, one for each, with the same"),
        ("nb", "exact", "matchede kontroller, én til hver, med samme"),
        ("nb", "nearest", "de nærmeste kontrollene, én til hver, med samme"),
    ],
)
def test_one_control_for_each_is_not_up_to_one(language: Language, method: str, words: str) -> None:
    context = context_of(language, "matching", method=method, controls_per_treated=1)
    told = " ".join(write_answer(context).paragraphs)
    assert words in told
    assert context.texts(f"question.controls_{method}", k=1) not in told


@pytest.mark.parametrize(
    ("language", "unit"), [("en", "months per year"), ("nb", "måneder per år")]
)
def test_other_choices_are_told_in_the_unit_of_the_outcome(language: Language, unit: str) -> None:
    names = {"sick_leave_days": "sick_leave_months", "health_benefit_days": "health_benefit_months"}
    tables = make_tables()
    for name in ("estimates", "specifications"):
        tables[name]["outcome"] = tables[name]["outcome"].replace(names)
    study = make_data().study
    outcomes = study.outcomes.model_copy(update={"primary": tuple(names.values()), "secondary": ()})
    study = study.model_copy(update={"outcomes": outcomes})
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)
    context = Context(make_data(tables=shown, study=study), read_texts(language))
    section = draw_specifications(context)
    assert section.items
    assert all(unit in item for item in section.items)
    assert unit in section.paragraphs[1]
