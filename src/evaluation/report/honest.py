"""Honest limits drawn: how the limits of each effect widen as the trends may part or bend."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from evaluation.report import charts
from evaluation.report.content import Context, Figure, Fold, Panel
from evaluation.report.effects import Effects
from evaluation.report.figures import VALUE_AXIS, name_panel

MAGNITUDE, SMOOTHNESS = "honest_relative_magnitude", "honest_smoothness"
BREAKDOWN = "breakdown"
BREAKS = "breaks"
_FINDING = (BREAKS, "holds")


def draw_honest(context: Context, frame: pd.DataFrame, effects: Effects) -> list[Figure | Fold]:
    """Draw the limits of each effect by the bound, both kinds side by side.

    Effects whose limits hold 0 at every bound stand in a fold: there is nothing to break.

    Args:
        context: The study.
        frame: The table `sensitivity` after disclosure control.
        effects: Main estimates that may be shown, by (sector, outcome).
    """
    texts, chosen = context.texts, context.data.study.sensitivity
    kinds = ((MAGNITUDE, chosen.relative_magnitudes), (SMOOTHNESS, chosen.smoothness_days))
    legend = (
        ("line-treated", texts("honest.legend", level=context.level)),
        ("line-breakdown", texts("honest.legend_breakdown")),
    )
    found: list[Panel] = []
    none: list[Panel] = []
    for sector, outcome in effects:
        parts = [(kind, select_rows(frame, sector, outcome, kind), b) for kind, b in kinds]
        is_finding = any(rows["verdict"].isin(_FINDING).any() for _, rows, _ in parts)
        panels = [
            _draw(context, (sector, outcome), rows, kind, bounds)
            for kind, rows, bounds in parts
            if rows["ci_low"].notna().any()
        ]
        (found if is_finding else none).extend(panels)
    blocks: list[Figure | Fold] = []
    if found:
        blocks.append(Figure("honest-limits", tuple(found), legend))
    if none:
        fold = Figure("honest-none", tuple(none), legend[:1])
        blocks.append(Fold(texts("honest.fold"), fold))
    return blocks


def select_rows(frame: pd.DataFrame, sector: str, outcome: str, analysis: str) -> pd.DataFrame:
    """Select the rows of one analysis of one effect that are shown.

    Args:
        frame: The table `sensitivity` after disclosure control.
        sector: Sector code.
        outcome: Outcome name.
        analysis: Identifier of the analysis.
    """
    return frame[
        frame["sector"].eq(sector)
        & frame["outcome"].eq(outcome)
        & frame["analysis"].eq(analysis)
        & frame["att"].notna()
    ]


def _draw(
    context: Context,
    key: tuple[str, str],
    rows: pd.DataFrame,
    analysis: str,
    bounds: Sequence[float],
) -> Panel:
    texts, words = context.texts, ""
    limits = rows.loc[rows["ci_low"].notna(), ["bound", "ci_low", "ci_high"]].astype(float)
    layers = [
        charts.build_rule("y", 0, color=charts.MUTED, strokeDash=[3, 3]),
        *_build_intervals(context, key[1], limits, analysis, bounds),
    ]
    if rows["level"].eq(BREAKDOWN).any():
        row = rows[rows["level"].eq(BREAKDOWN)].iloc[0]
        bound = texts.number(row["bound"], decimals=2)
        words = texts(f"honest.{row['verdict']}", bound=bound)
        if row["verdict"] == BREAKS:
            look = {"color": charts.TRUTH, "strokeWidth": 2, "strokeDash": [5, 3]}
            layers.append(charts.build_rule("x", float(row["bound"]), **look))
    svg = charts.draw_svg(layers, language=texts.language, width=420, height=190)
    where = texts("honest.panel", where=name_panel(context, *key), kind=texts(f"honest.{analysis}"))
    title = texts("honest.panel_verdict", panel=where, verdict=words) if words else where
    return Panel(title, texts("honest.desc"), svg)


def _build_intervals(
    context: Context, outcome: str, limits: pd.DataFrame, analysis: str, bounds: Sequence[float]
) -> list[charts.Layer]:
    texts, edge = context.texts, bounds[-1] / 20
    unit = texts.name("unit", context.data.study.outcomes.units[outcome])  # type: ignore[index]
    x = charts.build_channel(
        "bound",
        title=texts(f"honest.axis_{analysis}", unit=unit),
        scale={"domain": [-edge, bounds[-1] + edge], "nice": False},
        axis={"grid": False, "values": list(bounds), "format": ".2~f"},
    )
    title = texts("forest.axis", unit=unit)
    low = charts.build_channel("ci_low", title=title, axis=VALUE_AXIS)
    high = charts.build_channel("ci_high")
    ink = charts.TREATED
    whole = {"x": x, "y": low, "y2": {"field": "ci_high"}}
    ends: dict[str, Any] = {
        "shape": "stroke",
        "color": ink,
        "size": 130,
        "strokeWidth": 2.5,
        "opacity": 1,
    }
    return [
        charts.build_layer(limits, "area", whole, color=ink, opacity=0.1),
        charts.build_layer(limits, "rule", whole, color=ink, strokeWidth=2.5),
        *(charts.build_layer(limits, "point", {"x": x, "y": end}, **ends) for end in (low, high)),
    ]
