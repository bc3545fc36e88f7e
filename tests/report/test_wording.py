"""What the sections of shares say of themselves: in both languages, and only what holds."""

import re

import pytest

from evaluation.disclosure import disclose_tables
from evaluation.estimators.competing_tables import DAYS_APART
from evaluation.report.content import Context
from evaluation.report.moves import tabulate_moves
from evaluation.report.paths import draw_paths
from evaluation.report.returns import draw_returns
from evaluation.report.states import draw_states
from evaluation.report.texts import read_texts

from .made_tables import make_data, make_tables

pytestmark = pytest.mark.usefixtures("draw_once")
BOTH = pytest.mark.parametrize("language", ["nb", "en"])
INCLUDES = {
    "nb": "Alle sektorer samlet omfatter også sektorer som ikke vises.",
    "en": "All sectors together includes sectors that are not shown.",
}


def context_of(tables, language="en", study=None):
    disclosed = disclose_tables(tables, min_cell_count=5, period_days=30)
    data = make_data(tables=disclosed, study=study or make_data().study)
    return Context(data, read_texts(language))


def tables_with_tsb(persons):
    """Tables whose TSB has `persons` in each row, or no rows where that is None."""
    tables = make_tables()
    for name in ("states", "state_transitions", "return_to_work", "event_study"):
        tsb = tables[name]["sector"].eq("TSB")
        if persons is None:
            tables[name] = tables[name][~tsb]
        counts = [c for c in tables[name] if c.startswith("n_")]
        tables[name].loc[tsb[tsb].index.intersection(tables[name].index), counts] = persons
    return tables


@BOTH
@pytest.mark.parametrize("draw", [draw_paths, draw_states, draw_returns, tabulate_moves])
def test_all_sectors_are_said_to_include_those_not_shown(draw, language):
    section = draw(context_of(tables_with_tsb(17), language))
    assert "ALL" in str(section.blocks) or read_texts(language)("sector.ALL") in str(section)
    assert INCLUDES[language] in " ".join(section.paragraphs)


@pytest.mark.parametrize("draw", [draw_paths, draw_states, draw_returns, tabulate_moves])
def test_all_sectors_are_not_said_to_include_more_where_all_are_shown(draw):
    section = draw(context_of(tables_with_tsb(None)))
    assert INCLUDES["en"] not in " ".join(section.paragraphs)


@pytest.mark.parametrize("draw", [draw_paths, draw_states, draw_returns, tabulate_moves])
def test_nothing_is_said_of_all_sectors_where_they_are_hidden(draw):
    tables = tables_with_tsb(17)
    for name in ("states", "state_transitions", "return_to_work", "event_study"):
        tables[name] = tables[name][tables[name]["sector"].ne("ALL")]
    assert INCLUDES["en"] not in " ".join(draw(context_of(tables)).paragraphs)


def notes_of(section):
    return " ".join(section.blocks[1].notes)


@BOTH
def test_returns_say_that_none_dies_or_moves_within_the_window(language):
    section = draw_returns(context_of(make_tables(), language))
    within, beyond = {
        "nb": ("levde og bodde i landet gjennom hele vinduet på 365 dager", "Kurvene går til dag"),
        "en": ("alive and living in the country through the whole window of 365", "curves run to"),
    }[language]
    assert within in notes_of(section)
    assert beyond in notes_of(section)
    assert "390" in notes_of(section)
    assert not re.search(r"or die|eller dør", " ".join(section.paragraphs))


def test_curves_that_end_with_the_window_say_nothing_of_what_comes_after():
    tables = make_tables()
    tables["return_to_work"] = tables["return_to_work"].query("day <= 365")
    notes = notes_of(draw_returns(context_of(tables)))
    assert "deaths and moves abroad within it cannot be seen" in notes
    assert "after the window" not in notes
    assert "end of the register" not in notes


@BOTH
def test_returns_are_said_to_be_told_as_often_as_they_are(language):
    said = {"nb": "hver tiende dag", "en": "every tenth day"}[language]
    assert DAYS_APART == 10
    assert said in " ".join(draw_returns(context_of(make_tables(), language)).paragraphs)


def test_what_competes_says_of_which_return_and_has_a_scale_of_its_own():
    section = draw_returns(context_of(make_tables()))
    titles = [panel.title for panel in section.blocks[0].panels]
    assert titles[2:] == [
        "Over to AAP first, before 28 days without benefit",
        "Over to disability benefit first, before 28 days without benefit",
    ]
    tops = [max(percents_in(panel.svg)) for panel in section.blocks[0].panels]
    # 60 % return, 20 % go over to AAP and 3 % to disability benefit.
    assert tops[0] == tops[1] >= 60
    assert 20 <= tops[2] == tops[3] < 40
    assert "AAP and disability benefit are drawn on a scale of their own" in str(section.paragraphs)


def percents_in(svg):
    return [int(text) for text in re.findall(r">(\d+)%<", svg)]


def test_rare_competing_events_have_whole_per_cents_on_their_axis():
    tables = make_tables()
    rows = tables["return_to_work"]
    rare = rows["event"].isin(["aap", "disability"])
    for column in ("incidence", "ci_low", "ci_high"):
        rows.loc[rare, column] = rows.loc[rare, column] * 0.05
    panels = draw_returns(context_of(tables)).blocks[0].panels
    for panel in panels[2:]:
        ticks = percents_in(panel.svg)
        assert len(ticks) == len(set(ticks))
        assert max(ticks) <= 10


@BOTH
@pytest.mark.parametrize("draw", [draw_states, tabulate_moves])
def test_months_are_said_to_be_shared_by_periods(draw, language):
    said = {
        "nb": "både før og etter indeksdatoen",
        "en": "both before and after the index date",
    }[language]
    study = make_data().study
    days = draw(context_of(make_tables(), language, study))
    assert said not in " ".join(days.paragraphs)
    months = ("sick_leave_months", "health_benefit_months")
    outcomes = study.outcomes.model_copy(update={"primary": months, "secondary": ()})
    by_month = study.model_copy(update={"outcomes": outcomes})
    section = draw(context_of(make_tables(), language, by_month))
    assert said in " ".join(section.paragraphs)
