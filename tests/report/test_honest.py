"""Honest limits drawn: every bound, the breakdown where there is one, and nothing withheld."""

from typing import Any

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables
from evaluation.report.content import Context, Figure, Fold
from evaluation.report.sensitivity import tabulate_sensitivity
from evaluation.report.texts import read_texts

from .made_tables import layers_of, make_data, make_tables

pytestmark = pytest.mark.usefixtures("undrawn")


def blocks_of(tables: dict[str, pd.DataFrame], language: str = "en") -> dict[str, Any]:
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)
    context = Context(make_data(tables=shown), read_texts(language))  # type: ignore[arg-type]
    blocks = tabulate_sensitivity(context).blocks
    figures = [block.figure if isinstance(block, Fold) else block for block in blocks]
    return {block.key: block for block in figures if isinstance(block, Figure)}


def panel_of(figure: Figure, title: str) -> Any:
    [panel] = [panel for panel in figure.panels if panel.title.startswith(title)]
    return panel


def intervals_in(svg: str) -> dict[float, tuple[float, float]]:
    return {
        row["bound"]: (row["ci_low"], row["ci_high"])
        for layer in layers_of(svg)
        for row in layer["data"]["values"]
        if "bound" in row
    }


def rules_in(svg: str) -> list[float]:
    """Places of the upright lines that are no intervals."""
    rows = [row for layer in layers_of(svg) for row in layer["data"]["values"]]
    return [row["x"] for row in rows if set(row) == {"x"}]


def move(tables: dict[str, pd.DataFrame], bound: float, low: float, high: float) -> None:
    frame = tables["sensitivity"]
    row = frame["sector"].eq("ARR") & frame["outcome"].eq("sick_leave_days")
    row &= frame["analysis"].eq("honest_relative_magnitude") & frame["level"].eq(f"{bound:g}")
    frame.loc[row, ["ci_low", "ci_high"]] = [low, high]


def test_every_bound_has_its_interval_and_the_breakdown_its_line() -> None:
    tables = make_tables()
    move(tables, 0.5, -14.25, -0.75)
    move(tables, 1.0, -20.5, 5.5)
    panel = panel_of(
        blocks_of(tables)["honest-limits"], "Work-oriented rehabilitation: sick leave, trends part"
    )
    drawn = intervals_in(panel.svg)
    assert set(drawn) == set(make_data().study.sensitivity.relative_magnitudes)
    # Rounded to a tenth, so that a few persons cannot be told from one bound less another.
    assert drawn[0.5] == pytest.approx((-14.25, -0.75), abs=0.051)
    assert drawn[1.0] == pytest.approx((-20.5, 5.5), abs=0.051)
    assert rules_in(panel.svg) == [0.62]
    assert panel.title.endswith("(0 is inside from 0.62)")


def test_a_finding_that_holds_has_no_line_and_is_said_to() -> None:
    panel = panel_of(
        blocks_of(make_tables())["honest-limits"], "Mental health care: sick leave, trends bend"
    )
    assert set(intervals_in(panel.svg)) == set(make_data().study.sensitivity.smoothness_days)
    assert rules_in(panel.svg) == []
    assert panel.title.endswith("(0 is outside at every bound)")


def test_effects_without_a_finding_stand_in_a_fold() -> None:
    blocks = blocks_of(make_tables())
    assert {panel.title.split(":")[0] for panel in blocks["honest-none"].panels} == {"Somatic care"}
    assert "Somatic" not in str([panel.title for panel in blocks["honest-limits"].panels])


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_withheld_effect_has_no_limits_drawn(language: str) -> None:
    tables = make_tables()
    tables["estimates"].loc[tables["estimates"]["sector"].eq("ARR"), "gate"] = "fail"
    titles = [
        panel.title for block in blocks_of(tables, language).values() for panel in block.panels
    ]
    assert titles
    assert not [title for title in titles if "ehabilit" in title]
