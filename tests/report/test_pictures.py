"""States, paths and returns: what is drawn, what is said of it, and what is kept back."""

import re
from itertools import pairwise

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.charts import STATE_COLOURS
from evaluation.report.content import Context, Table
from evaluation.report.moves import tabulate_moves
from evaluation.report.paths import draw_paths
from evaluation.report.render import build_sections, render_report
from evaluation.report.returns import draw_returns
from evaluation.report.states import draw_states
from evaluation.report.texts import TEMPLATES, read_texts

from .made_tables import STUDY_FILE, make_data, make_tables

ROOT = STUDY_FILE.parents[2]
pytestmark = pytest.mark.usefixtures("draw_once")


def context_of(tables=None, language="en"):
    tables = disclose_tables(
        make_tables() if tables is None else tables, min_cell_count=5, period_days=30
    )
    return Context(make_data(tables=tables), read_texts(language))


def table_of(section):
    return next(block for block in section.blocks if isinstance(block, Table))


def texts_in(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_every_state_of_the_code_list_has_a_colour_a_name_and_a_swatch():
    lines = (ROOT / "sql/codelists/states.csv").read_text(encoding="utf-8").splitlines()[1:]
    codes = {line.split(",")[0] for line in lines}
    assert codes == set(STATE_COLOURS)
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    for code, colour in STATE_COLOURS.items():
        assert f".state-{code} {{ background: {colour};" in style
        assert f"state.{code}" in read_texts("nb").sentences


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_neighbouring_states_differ_in_lightness_for_those_who_see_no_colour():
    order = ["full_sick_leave", "partial_sick_leave", "aap", "rehabilitation"]
    order += ["disability_graded", "disability_full", "old_age"]
    light = {state: luminance(STATE_COLOURS[state]) for state in order}
    ratios = {(a, b): (light[a] + 0.05) / (light[b] + 0.05) for a, b in pairwise(order)}
    # White lines lie between them too, so less than the 3 to 1 of WCAG 2.1 is enough.
    assert min(max(ratio, 1 / ratio) for ratio in ratios.values()) > 1.7, ratios


def test_states_are_summed_up_in_a_sentence_with_both_arms():
    section = draw_states(context_of(make_tables() | _without_tsb("states")))
    assert section.paragraphs[0] == (
        "In all sectors together, 65% of the treated and 65% of the controls have no"
        " health-related benefit in period 12; in the period before the index date 30% and 39%"
        " had none."
    )


def _without_tsb(name):
    frame = make_tables()[name]
    return {name: frame[frame["sector"].ne("TSB")]}


def test_the_table_of_states_adds_up_to_a_hundred_per_cent():
    table = table_of(draw_states(context_of()))
    for place in range(1, len(table.columns)):
        assert sum(int(row[place].text.rstrip("%")) for row in table.rows) == 100
    assert [column.label for column in table.columns[1:6]] == ["−12", "−1", "0", "6", "12"]


def test_counts_of_states_stand_in_no_picture():
    tables = make_tables()
    change = tables["states"]["state"].map({"none": 2, "aap": -2}).fillna(0).astype("Int64")
    tables["states"]["n_persons"] += change.where(tables["states"]["sector"].ne("TSB"), 0)
    assert draw_states(context_of(tables)) == draw_states(context_of())


@pytest.mark.parametrize("draw", [draw_states, draw_returns])
def test_a_sector_of_few_is_named_and_not_drawn(draw):
    section = draw(context_of())
    assert "Not shown, too few persons: substance use treatment." in section.paragraphs
    assert "substance" not in str(section.blocks)


@pytest.mark.parametrize("name", ["states", "return_to_work"])
def test_the_page_is_the_same_whatever_the_counts_of_a_small_sector_are(name, pages):
    tables = make_tables()
    tsb = tables[name]["sector"].eq("TSB")
    share = "share" if name == "states" else "incidence"
    tables[name].loc[tsb, share] = tables[name].loc[tsb, share] * 0.5
    tables[name].loc[tsb, "n_persons"] = 4
    assert render_report(make_data(tables=tables), language="en") == pages["en"]


def test_returns_are_told_with_their_limits_and_what_came_first_adds_up():
    section = draw_returns(context_of())
    assert "59% of the treated and 55% of the controls had within 365 days" in section.paragraphs[0]
    table = table_of(section)
    assert [row[0].text for row in table.rows] == [
        "Returned, without benefit",
        "Over to AAP",
        "Over to disability benefit",
        "Dead",
        "Still on benefit",
    ]
    assert re.fullmatch(r"\d+ to \d+", table.rows[0][1].below)
    for place in range(1, 5):
        assert sum(int(row[place].text.rstrip("%")) for row in table.rows) == 100


def test_persons_at_risk_stand_below_each_curve_of_returns_rounded():
    figure = draw_returns(context_of()).blocks[0]
    below = [panel.below for panel in figure.panels]
    assert [panel is not None for panel in below] == [True, True, False, False]
    words = texts_in(below[0].svg)
    numbers = [int(word.replace(",", "")) for word in words if word.replace(",", "").isdigit()]
    assert len(numbers) == 10
    assert all(number % 10 == 0 for number in numbers)
    assert {"Treated", "Controls", "Persons still followed"} <= set(words)


def test_few_at_risk_are_told_as_few():
    tables = make_tables()
    late = tables["return_to_work"]["day"].ge(300)
    tables["return_to_work"].loc[late, "n_at_risk"] = 3
    figure = draw_returns(context_of(tables)).blocks[0]
    assert "&lt;5" in texts_in(figure.panels[0].below.svg)


def test_paths_show_both_outcomes_of_every_sector_side_by_side():
    figure = draw_paths(context_of()).blocks[0]
    titles = [panel.title for panel in figure.panels]
    assert titles[:2] == ["Somatic care: sick leave", "Somatic care: health-related benefits"]
    # Of five, TSB is too small and ALL would give it away.
    assert len(titles) == 6


@pytest.mark.parametrize("draw", [draw_paths, draw_states, draw_returns, tabulate_moves])
def test_a_picture_without_its_table_leaves_its_text(draw):
    section = draw(context_of({}))
    assert section.blocks == ()
    assert section.paragraphs


def few_leave(persons):
    """Moves of `persons` in each state and arm, which need a coarser step the fewer they are."""
    moves = make_tables()["state_transitions"]
    moves["n_persons"] = pd.array([persons] * len(moves), dtype="Int64")
    return moves[moves["sector"].ne("TSB")]


def test_moves_stand_one_to_a_row_under_the_state_they_leave():
    table = table_of(tabulate_moves(context_of({"state_transitions": few_leave(5000)})))
    assert [column.group for column in table.columns[1:]] == [
        *["Before the index date"] * 2,
        *["From the index date on"] * 2,
    ]
    assert [[cell.text for cell in row] for row in table.rows[:6]] == [
        ["From: Full sick leave"],
        ["Full sick leave", "90%", "90%", "90%", "90%"],
        ["No benefit", "10%", "10%", "10%", "10%"],
        ["From: Partial sick leave"],
        ["Partial sick leave", "90%", "90%", "90%", "90%"],
        ["No benefit", "10%", "10%", "10%", "10%"],
    ]
    headings = [row[0].text for row in table.rows if len(row) == 1]
    assert len(headings) == len(set(headings)) == 7


def test_moves_rounded_to_two_and_a_half_per_cent_are_told_with_a_decimal():
    moves = few_leave(401)
    staying = moves["from_state"].eq(moves["to_state"])
    moves["share"] = staying.map({True: 0.925, False: 0.075}).astype("Float64")
    table = table_of(tabulate_moves(context_of({"state_transitions": moves})))
    assert [cell.text for cell in table.rows[1][1:]] == ["92.5%"] * 4
    assert "steps of 2.5%" in table.notes[0]


def test_a_state_that_few_leave_before_is_hidden_there_and_shown_after():
    moves = few_leave(5000)
    aap, before = moves["from_state"].eq("aap"), moves["phase"].eq("before")
    moves.loc[aap & before, "n_persons"] = 7
    moves = moves[~(before & moves["from_state"].eq("rehabilitation"))]
    table = table_of(tabulate_moves(context_of({"state_transitions": moves})))
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows if len(row) > 1}
    assert rows["AAP"] == ["hidden", "hidden", "90%", "90%"]
    assert rows["Older rehabilitation benefits"] == ["–", "–", "90%", "90%"]


def test_paths_say_how_they_are_rounded_and_whom_they_leave_out():
    tables = make_tables()
    few = tables["event_study"]["sector"].eq("ARR")
    tables["event_study"].loc[few, "n_treated"] = 199
    section = draw_paths(context_of(tables))
    assert "Means are rounded to steps of 0.3 days or finer" in section.paragraphs[1]
    assert section.paragraphs[2] == (
        "Not shown, too few persons: all sectors together, substance use treatment and"
        " work-oriented rehabilitation."
    )
    titles = {panel.title.split(":")[0] for panel in section.blocks[0].panels}
    assert titles == {"Somatic care", "Mental health care"}


@pytest.mark.parametrize(
    ("language", "unit", "other"), [("nb", "måneder", "dager"), ("en", "months", "days")]
)
def test_a_study_of_months_is_told_in_months(language, unit, other):
    names = {"sick_leave_days": "sick_leave_months", "health_benefit_days": "health_benefit_months"}
    tables = make_tables()
    for name in ("estimates", "verify"):
        tables[name]["outcome"] = tables[name]["outcome"].replace(names)
    tables["event_study"] = tables["event_study"].iloc[:0]
    study = make_data().study
    outcomes = study.outcomes.model_copy(update={"primary": tuple(names.values()), "secondary": ()})
    disclosed = disclose_tables(tables, min_cell_count=5, period_days=30)
    data = make_data(tables=disclosed, study=study.model_copy(update={"outcomes": outcomes}))
    sections = {part.key: part for part in build_sections(Context(data, read_texts(language)))}
    captions = [
        *(sections[key].blocks[0].caption for key in ("headline", "details")),
        *sections["answer"].paragraphs[1:2],
        *sections["details"].paragraphs,
        *(" ".join(texts_in(panel.svg)) for panel in sections["forest"].blocks[0].panels),
    ]
    assert len(captions) == 6
    assert all(unit in text for text in captions)
    # Windows and periods are as many days as before; nothing else may be in days.
    for key in ("answer", "headline", "details", "forest", "paths", "event"):
        assert other not in re.sub(rf"\d+ {other}", "", str(sections[key]).replace("_days", "")), (
            key
        )
    assert sections["paths"].blocks == sections["event"].blocks == ()
