"""What is not shown: the withheld stays out of every section, and each says what it leaves out."""

import re
from typing import Any

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.absent import name_cases, tell_missing
from evaluation.report.content import Context, Fold, Section
from evaluation.report.effects import build_details
from evaluation.report.event_study import draw_event_study
from evaluation.report.paths import draw_paths
from evaluation.report.render import build_sections
from evaluation.report.texts import read_texts

from .made_tables import layers_of, make_data, make_findings
from .test_estimators import make_more

pytestmark = pytest.mark.usefixtures("undrawn")
BOTH = pytest.mark.parametrize("language", ["nb", "en"])
# Of an approved delivery: with a planted truth, the method is judged by withheld estimates too.
APPROVED = "approved"


def withhold(*sectors: str) -> dict[str, pd.DataFrame]:
    tables = make_more()
    is_refused = tables["estimates"]["sector"].isin(sectors)
    tables["estimates"].loc[is_refused, "gate"] = "fail"
    tables["findings"] = make_findings(tables["estimates"])
    return tables


def context_of(tables: dict[str, pd.DataFrame], language: str = "en", **changes: Any) -> Context:
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)
    return Context(make_data(tables=shown, **changes), read_texts(language))  # type: ignore[arg-type]


def times_in(svg: str) -> set[float]:
    rows = [row for layer in layers_of(svg) for row in layer["data"]["values"] if "att" in row]
    return {row["event_time"] for row in rows}


_EFFECTS = ("att", "se", "ci_low", "ci_high", "p_value", "treated_after", "treated_change")
_EFFECTS += ("control_after", "control_change", "treated_mean", "control_mean", "ratio", "p_holm")
_EFFECTS += ("band_low", "band_high", "p_romano_wolf", "mean", "tau", "p_alike", "pooled_att")
_EFFECTS += ("bound", "att_per_year", "ci_low_per_year", "ci_high_per_year", "statistic")
_OF_THE_SECTOR = ("specifications", "sensitivity", "multiplicity", "services", "inference_checks")


def move_effects(tables: dict[str, pd.DataFrame], sector: str) -> dict[str, pd.DataFrame]:
    """Give a sector other effects, whatever table they stand in."""
    for name in ("estimates", "event_study", *_OF_THE_SECTOR):
        frame = tables[name] = tables[name].copy()
        rows = frame["sector"].eq(sector)
        if name == "event_study":
            rows &= frame["event_time"].ge(0)
        columns = [column for column in _EFFECTS if column in frame]
        frame.loc[rows, columns] = frame.loc[rows, columns] * 0.37 + 0.11
    states = tables["states"] = tables["states"].copy()
    is_after = states["sector"].eq(sector) & states["event_time"].ge(0)
    is_treated = states["arm"].eq("treated")
    for state, more in (("none", -0.12), ("full_sick_leave", 0.12)):
        states.loc[is_after & is_treated & states["state"].eq(state), "share"] += more
    moves = tables["state_transitions"] = tables["state_transitions"].copy()
    is_after = moves["sector"].eq(sector) & moves["phase"].eq("after")
    is_stay = moves["from_state"].eq(moves["to_state"])
    moves.loc[is_after, "share"] = is_stay[is_after].map({True: 0.7, False: 0.3})
    returns = tables["return_to_work"] = tables["return_to_work"].copy()
    is_sector = returns["sector"].eq(sector)
    columns = ["incidence", "ci_low", "ci_high"]
    returns.loc[is_sector, columns] = returns.loc[is_sector, columns] * 0.6
    tables["findings"] = make_findings(tables["estimates"])
    return tables


_EVERY = ("SOM", "PHV", "TSB", "ARR", "ALL")
_DESCRIBED = ("states", "moves", "returns")


def describe(tables: dict[str, pd.DataFrame]) -> dict[str, Section]:
    parts = build_sections(context_of(tables, delivery_kind=APPROVED))
    return {part.key: part for part in parts if part.key in _DESCRIBED}


@pytest.mark.parametrize("sectors", [("PHV",), ("ALL",), _EVERY])
def test_what_came_after_a_withheld_effect_cannot_be_read_from_descriptions(
    sectors: tuple[str, ...],
) -> None:
    before, moved = describe(withhold(*sectors)), withhold(*sectors)
    for sector in sectors:
        moved = move_effects(moved, sector)
    for key, section in describe(moved).items():
        assert section == before[key], key


def test_descriptions_move_with_what_came_after_where_nothing_is_withheld() -> None:
    """Else the test above could not fail."""
    before, after = describe(withhold()), describe(move_effects(withhold(), "ALL"))
    assert [key for key in _DESCRIBED if before[key] != after[key]] == list(_DESCRIBED)


def test_a_sector_shown_in_full_comes_first_where_all_together_is_withheld() -> None:
    said = describe(withhold("ALL"))
    assert "In somatic care," in said["states"].paragraphs[0]
    assert "Of those in somatic care" in said["returns"].paragraphs[0]
    assert said["moves"].blocks[0].caption.endswith("somatic care.")  # type: ignore[union-attr]


def test_where_every_effect_is_withheld_only_what_came_before_is_described() -> None:
    said = describe(withhold(*_EVERY))
    columns = [column.label for column in said["states"].blocks[1].columns]  # type: ignore[union-attr]
    assert columns == ["State", "−12", "−1", "−12", "−1"]
    groups = {column.group for column in said["moves"].blocks[0].columns}  # type: ignore[union-attr]
    assert groups == {"", "Before the index date"}
    assert said["returns"].blocks == ()
    assert "have no health-related benefit in period" not in " ".join(said["states"].paragraphs)
    for key in ("states", "moves"):
        assert "withholds an estimate for somatic care" in " ".join(said[key].paragraphs)


@BOTH
def test_no_section_depends_on_the_numbers_of_a_withheld_effect(language: str) -> None:
    before = build_sections(context_of(withhold("PHV"), language, delivery_kind=APPROVED))
    after = build_sections(
        context_of(move_effects(withhold("PHV"), "PHV"), language, delivery_kind=APPROVED)
    )
    for one, other in zip(before, after, strict=True):
        assert one == other, one.key


def test_the_numbers_of_an_effect_that_is_shown_do_move_the_sections() -> None:
    """Else the test above could not fail."""
    before = build_sections(context_of(withhold("PHV"), delivery_kind=APPROVED))
    after = build_sections(context_of(move_effects(withhold("PHV"), "SOM"), delivery_kind=APPROVED))
    moved = {one.key for one, other in zip(before, after, strict=True) if one != other}
    assert moved >= {
        *("answer", "headline", "details", "findings", "forest", "paths", "event", "estimators"),
        *("subgroups", "services", "specifications", "sensitivity"),
    }


def test_only_the_periods_before_are_drawn_of_a_withheld_path_and_the_reason_beside_them() -> None:
    section = draw_event_study(context_of(withhold("PHV")))
    panels = {panel.title: panel for panel in section.blocks[0].panels}  # type: ignore[union-attr]
    withheld, shown = panels["Mental health care: sick leave"], panels["Somatic care: sick leave"]
    assert times_in(withheld.svg) == set(range(-12, 0))
    assert times_in(shown.svg) == set(range(-12, 13))
    assert "Withheld: placebo in time" in withheld.svg
    assert "Withheld" not in shown.svg
    assert "The periods after are withheld: placebo in time." in withheld.desc
    assert "the field says why" in section.paragraphs[1]


def test_the_lines_of_a_withheld_sector_end_at_the_index_date() -> None:
    section = draw_paths(context_of(withhold("PHV")))
    panels = {panel.title: panel for panel in section.blocks[0].panels}  # type: ignore[union-attr]
    svg = panels["Mental health care: sick leave"].svg
    rows = [
        row for layer in layers_of(svg) for row in layer["data"]["values"] if "treated_mean" in row
    ]
    assert {row["event_time"] for row in rows} == set(range(-12, 0))
    assert "Withheld: placebo in time" in svg
    assert "withholds the estimate for mental health care" in " ".join(section.paragraphs)


def test_the_detailed_table_has_only_the_means_before_of_a_withheld_estimate() -> None:
    table = build_details(context_of(withhold("PHV"))).blocks[0]
    rows = [row for row in table.rows if row[0].text == "Mental health care"]  # type: ignore[union-attr]
    assert len(rows) == 2
    for row in rows:
        words = [cell.text for cell in row[2:]]
        assert re.fullmatch(r"\d+\.\d", words[0])
        assert re.fullmatch(r"\d+\.\d", words[3])
        assert words[1:3] == words[4:6] == words[7:9] == ["–", "–"]
        assert words[6] == "withheld"
    assert "only the means before are shown" in table.notes[0]  # type: ignore[union-attr]


@BOTH
@pytest.mark.parametrize("kind", ["synthetic", "approved"])
def test_no_heading_stands_alone_when_everything_is_withheld(language: str, kind: str) -> None:
    every = ("SOM", "PHV", "TSB", "ARR", "ALL")
    sections = build_sections(context_of(withhold(*every), language, delivery_kind=kind))
    said = {part.key: part for part in sections}
    for part in sections:
        assert part.paragraphs or part.items or part.blocks, part.key
    told = (read_texts(language)("absent.all_withheld"),)  # type: ignore[arg-type]
    for key in ("forest", "estimators", "subgroups", "services", "specifications", "sensitivity"):
        assert said[key].paragraphs == told, key
        assert not said[key].blocks, key


@BOTH
def test_no_heading_stands_alone_without_any_table(language: str) -> None:
    for part in build_sections(context_of({}, language)):
        assert part.paragraphs or part.items or part.blocks, part.key
        if not part.blocks:
            assert "{" not in " ".join(part.paragraphs)


def find(sections: tuple[Section, ...], key: str) -> str:
    return " ".join(next(part for part in sections if part.key == key).paragraphs)


def test_what_judges_the_method_says_that_it_shows_withheld_estimates_too() -> None:
    sections = build_sections(context_of(withhold("PHV")))
    assert "Estimates that the gate withholds are part of this count." in find(sections, "answer")
    assert "is no finding. So it also shows estimates that the gate withholds: mental" in find(
        sections, "planted"
    )
    headline = next(part for part in sections if part.key == "headline")
    assert any("try the method" in note for note in headline.blocks[0].notes)  # type: ignore[union-attr]
    none = build_sections(context_of(withhold()))
    assert "part of this count" not in find(none, "answer")
    assert "withholds" not in find(none, "planted")


def test_descriptions_name_the_sectors_of_which_they_leave_out_what_came_after() -> None:
    sections = build_sections(context_of(withhold("PHV")))
    for key in ("states", "moves", "returns"):
        assert "withholds an estimate for mental health care." in find(sections, key)
    folds = {
        key: [block.summary for block in part.blocks if isinstance(block, Fold)]
        for key, part in ((part.key, part) for part in sections)
    }
    assert "States in mental health care" in folds["states"]
    assert "Sustained return in mental health care" not in folds["returns"]
    assert "Sustained return in somatic care" in folds["returns"]


def test_cases_are_named_by_sector_and_by_outcome_only_where_they_part() -> None:
    context = context_of(make_more())
    sick, both = "sick_leave_days", "health_benefit_days"
    keys = [("SOM", sick), ("SOM", both), ("PHV", both)]
    assert name_cases(context, keys) == (
        "somatic care; mental health care (health-related benefits)"
    )


def test_withheld_and_too_few_are_told_apart() -> None:
    assert tell_missing(context_of(withhold("PHV"))) == [
        "Withheld by the gate, and therefore not shown here: mental health care. The reasons"
        " stand in the section on the gate.",
        "Not shown, too few persons: substance use treatment and all sectors together.",
    ]
    assert tell_missing(context_of({})) == ["There are no estimates to show here."]


@BOTH
def test_sections_say_which_estimates_nobody_has_judged(language: str) -> None:
    tables = make_more()
    before = tell_missing(context_of(tables, language))
    rows = tables["estimates"]["sector"].eq("ARR")
    tables["estimates"].loc[rows, "gate"] = "not_run"
    context = context_of(tables, language)
    *others, line = tell_missing(context)
    name = context.texts.name("sector_in_sentence", "ARR")
    assert others == before
    assert line == context.texts("absent.unjudged", list=name)
