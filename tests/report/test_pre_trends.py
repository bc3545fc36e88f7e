"""The picture of what the gate judges before treatment: the drift, its limits and its margin."""

from typing import Any

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.content import Context, Figure, Section
from evaluation.report.pre_trends import draw_pre_trends
from evaluation.report.texts import read_texts

from .made_tables import layers_of, make_data, make_tables

pytestmark = pytest.mark.usefixtures("undrawn")
BOTH = pytest.mark.parametrize("language", ["nb", "en"])
SOMATIC = "Somatic care: sick leave"


def section_of(tables: dict[str, pd.DataFrame], language: str = "en") -> Section:
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)
    return draw_pre_trends(Context(make_data(tables=shown), read_texts(language)))  # type: ignore[arg-type]


def judged_as(**changes: Any) -> dict[str, pd.DataFrame]:
    """Tables in which sick leave in somatic care has another drift."""
    tables = make_tables()
    frame = tables["diagnostics"]
    row = frame["diagnostic"].eq("pre_trend_equivalence") & frame["sector"].eq("SOM")
    for column, value in changes.items():
        frame.loc[row & frame["outcome"].eq("sick_leave_days"), column] = value
    return tables


def panel_of(section: Section) -> Any:
    [figure] = section.blocks
    assert isinstance(figure, Figure)
    [panel] = [panel for panel in figure.panels if panel.title.startswith(SOMATIC)]
    return panel


def lines_in(svg: str) -> pd.DataFrame:
    """The rows of the judged lines, by period."""
    for layer in layers_of(svg):
        rows = layer["data"]["values"]
        if rows and "margin_high" in rows[0]:
            return pd.DataFrame(rows).set_index("event_time")
    return pd.DataFrame()


def drift_of(line: "pd.Series[float]") -> float:
    """By hand: mean of the six periods nearest treatment less that of the first six, a year."""
    last, first = line.loc[[-6, -5, -4, -3, -2, -1]], line.loc[[-12, -11, -10, -9, -8, -7]]
    return float(last.mean() - first.mean()) * 365 / 30


def test_the_lines_in_the_picture_have_the_drift_and_the_margin_that_were_judged() -> None:
    lines = lines_in(panel_of(section_of(make_tables())).svg)
    assert list(lines.index) == list(range(-12, 0))
    judged = {"drift": 0.41, "low": -0.09, "high": 0.91, "margin_high": 2.5, "margin_low": -2.5}
    for name, days in judged.items():
        assert drift_of(lines[name]) == pytest.approx(days, rel=1e-9), name
        assert lines.loc[-12, name] == 0
    assert lines.loc[-1, "margin_high"] == pytest.approx(11 * 2.5 / 73, rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "inside the margin"),
        (
            {"status": "fail", "value": 3.1, "ci_low": 1.2, "ci_high": 4.9},
            "not shown to be inside the margin",
        ),
        ({"status": "fail", "value": 3.9, "ci_low": 2.6, "ci_high": 5.2}, "outside the margin"),
        ({"status": "fail", "value": -3.9, "ci_low": -5.2, "ci_high": -2.6}, "outside the margin"),
        (
            {"status": "not_run", "value": None, "ci_low": None, "ci_high": None},
            "not judged",
        ),
    ],
)
def test_the_picture_says_in_words_whether_the_drift_is_inside(
    changes: dict[str, Any], words: str
) -> None:
    section = section_of(judged_as(**changes))
    assert panel_of(section).title == f"{SOMATIC} ({words})"
    [item] = [text for text in section.items if text.startswith(SOMATIC)]
    assert f"({words})." in item
    if words != "not judged":
        assert "the margin is 2.5 to either side" in item


def test_without_a_drift_the_margin_is_drawn_alone() -> None:
    tables = judged_as(status="not_run", value=None, ci_low=None, ci_high=None)
    lines = lines_in(panel_of(section_of(tables)).svg)
    assert set(lines) == {"margin_high", "margin_low"}


@BOTH
def test_withheld_estimates_are_here_too_and_nothing_after_treatment(language: str) -> None:
    tables = make_tables()
    tables["estimates"]["gate"] = "fail"
    section = section_of(tables, language)
    [figure] = section.blocks
    assert isinstance(figure, Figure)
    # TSB has three treated, and ALL would give them back.
    assert len(figure.panels) == 6 == len(section.items)
    for panel in figure.panels:
        times = {
            row["event_time"]
            for layer in layers_of(panel.svg)
            for row in layer["data"]["values"]
            if "event_time" in row
        }
        assert times == set(range(-12, 0))


@BOTH
@pytest.mark.parametrize("name", ["event_study", "diagnostics"])
def test_what_is_not_there_is_said_or_left_out(language: str, name: str) -> None:
    tables = make_tables()
    del tables[name]
    section = section_of(tables, language)
    assert section.paragraphs
    if name == "event_study":
        assert section.paragraphs == (read_texts(language)("absent.no_rows"),)  # type: ignore[arg-type]
    else:
        assert section.items == ()
        assert len(section.blocks) == 1
