"""Pictures of docs/recovery.md, drawn like those of the report."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from evaluation.report import charts

_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
_COLOURS = {
    "did_2x2": charts.TREATED,
    "event_study": "#5fa3a0",
    "stratified": charts.CONTROL,
    "poisson": charts.TRUTH,
    "callaway_santanna": "#7fb2e5",
    "naive": charts.MUTED,
}
NOMINAL = 0.95


def draw_coverage(table: pd.DataFrame, target: Path) -> None:
    """Draw coverage by estimator, sector and outcome with its 95 % Monte Carlo interval.

    Args:
        table: From `summarise_estimates`, of one scenario.
        target: The SVG file.
    """
    rows = table.assign(
        cell=table["sector"] + ", " + table["outcome"],
        low=table["coverage"] - 1.96 * table["coverage_error"],
        high=table["coverage"] + 1.96 * table["coverage_error"],
    )
    _draw_cells(rows, "coverage", "Share of intervals that hold the truth", NOMINAL, target)


def draw_bias(table: pd.DataFrame, target: Path) -> None:
    """Draw bias by estimator and scenario with its 95 % interval.

    Args:
        table: From `summarise_estimates`, of one sector and outcome.
        target: The SVG file.
    """
    rows = table.assign(
        cell=table["scenario"],
        low=table["bias"] - 1.96 * table["bias_error"],
        high=table["bias"] + 1.96 * table["bias_error"],
    )
    _draw_cells(rows, "bias", "Bias, days", 0.0, target)


def draw_event_times(table: pd.DataFrame, target: Path) -> None:
    """Draw coverage by event time, a line a sector.

    Args:
        table: From `summarise_event_times`, of one scenario and outcome.
        target: The SVG file.
    """
    x = charts.build_channel("event_time", title="Period from the index date")
    y = charts.build_channel("coverage", title="Coverage", scale={"zero": False})
    colours = charts.SECTOR_COLOURS
    layers = [charts.build_rule("y", NOMINAL, color=charts.MUTED, strokeDash=[3, 3])]
    for sector, rows in table.groupby("sector"):
        look = {"color": colours[str(sector)], "strokeWidth": 2}
        layers.append(
            charts.build_layer(rows[["event_time", "coverage"]], "line", {"x": x, "y": y}, **look)
        )
    _write(charts.draw_svg(layers, language="en", width=520, height=260), target)


def _draw_cells(rows: pd.DataFrame, value: str, title: str, line: float, target: Path) -> None:
    cells = list(dict.fromkeys(rows["cell"]))
    names = list(dict.fromkeys(rows["estimator"]))
    y = charts.build_channel("cell", "nominal", title=None, sort=cells)
    layers = [charts.build_rule("x", line, color=charts.MUTED, strokeDash=[3, 3])]
    for place, name in enumerate(names):
        mine = rows.loc[rows["estimator"] == name, ["cell", value, "low", "high"]]
        offset = 9 * (place - (len(names) - 1) / 2)
        layers += _point_and_interval(mine, value, title, y, colour=_COLOURS[name], offset=offset)
    height = 70 + (10 * len(names) + 8) * len(cells)
    _write(charts.draw_svg(layers, language="en", width=620, height=height), target)


def _point_and_interval(
    rows: pd.DataFrame, value: str, title: str, y: charts.Channel, *, colour: str, offset: float
) -> Sequence[charts.Layer]:
    scale = {"zero": False}
    x = charts.build_channel(value, title=title, scale=scale)
    low = charts.build_channel("low", title=title, scale=scale)
    look = {"color": colour, "yOffset": offset}
    return [
        charts.build_layer(rows, "rule", {"x": low, "x2": {"field": "high"}, "y": y}, **look),
        charts.build_layer(
            rows, "point", {"x": x, "y": y}, filled=True, size=34, opacity=1, **look
        ),
    ]


def name_colours(estimators: Sequence[str]) -> str:
    """Say which estimator has which colour, for the text below a picture."""
    words = {
        charts.TREATED: "dark blue",
        "#5fa3a0": "green",
        charts.CONTROL: "orange",
        charts.TRUTH: "purple",
        "#7fb2e5": "light blue",
        charts.MUTED: "grey",
    }
    return ", ".join(f"{name} {words[_COLOURS[name]]}" for name in estimators)


def _write(svg: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(svg.replace("<svg ", f"<svg {_NAMESPACE} ", 1) + "\n", encoding="utf-8")
