"""Periods before treatment, with the drift that the gate judges and the margin it may not leave."""

import pandas as pd

from evaluation.gate.pre_trends import scale_drift
from evaluation.report import charts
from evaluation.report.absent import tell_empty
from evaluation.report.content import Context, Figure, Panel, Row, Section
from evaluation.report.event_study import build_effect_layers, read_paths
from evaluation.report.figures import build_time_axis, name_panel
from evaluation.study_outcomes import Outcome

_DIAGNOSTIC = "pre_trend_equivalence"


def draw_pre_trends(context: Context) -> Section:
    """Draw the effects of the periods before with the drift and its margin, withheld or not.

    Args:
        context: Disclosed tables.
    """
    texts, study = context.texts, context.data.study
    title, days = texts("pretrends.title"), study.windows.period_days
    if not study.outcomes.by_period:
        return Section("pretrends", title, (texts("event.no_path", days=days),))
    paths, hidden = read_paths(context)
    if not paths:
        return Section("pretrends", title, (tell_empty(context, "event_study"),))
    panels, items = [], []
    for (sector, outcome), path in paths.items():
        row = _find_diagnostic(context, sector, outcome)
        rows = path[path["event_time"] < 0]
        panels.append(_draw(context, sector, outcome, rows, row))
        items += [_tell(context, sector, outcome, row)] if row is not None else []
    limits = texts.percent(2 * study.inference.confidence_level - 1, decimals=0)
    lines = [
        texts("pretrends.text", days=days, level=context.level),
        texts("pretrends.margin", limits=limits),
        *([texts("event.hidden", list=texts.join(hidden))] if hidden else []),
    ]
    legend = (
        ("ring", texts("event.legend_reference")),
        ("line-drift", texts("pretrends.legend_drift")),
        ("margin", texts("pretrends.legend_margin")),
    )
    figure = Figure("pretrends", tuple(panels), legend)
    return Section("pretrends", title, tuple(lines), tuple(items), (figure,))


def _find_diagnostic(context: Context, sector: str, outcome: str) -> Row | None:
    frame = context.table("diagnostics")
    if frame is None:
        return None
    mine = frame[
        frame["diagnostic"].eq(_DIAGNOSTIC)
        & frame["sector"].eq(sector)
        & frame["outcome"].eq(outcome)
    ]
    return None if mine.empty else mine.iloc[0]


def _tell(context: Context, sector: str, outcome: Outcome, row: Row) -> str:
    texts, where = context.texts, name_panel(context, sector, outcome)
    verdict = texts(f"pretrends.{_judge(row)}")
    if pd.isna(row["value"]):
        return texts("pretrends.item", where=where, verdict=verdict)
    return texts(
        "pretrends.item_numbers",
        where=where,
        verdict=verdict,
        drift=texts.number(row["value"], sign=True),
        interval=texts.interval(row["ci_low"], row["ci_high"]),
        margin=texts.number(row["threshold"]),
        unit=context.name_unit(outcome),
    )


def _judge(row: Row) -> str:
    """Tell inside from outside, and both from what the data leave open."""
    if row["status"] in ("pass", "not_run"):
        return {"pass": "inside", "not_run": "not_judged"}[row["status"]]
    if pd.isna(row["value"]):
        return "open"
    is_outside = row["ci_low"] > row["threshold"] or row["ci_high"] < -row["threshold"]
    return "outside" if is_outside else "open"


def _draw(
    context: Context, sector: str, outcome: Outcome, rows: pd.DataFrame, row: Row | None
) -> Panel:
    texts = context.texts
    name, desc = name_panel(context, sector, outcome), texts("pretrends.desc")
    x = build_time_axis(context, last=-1)
    layers = build_effect_layers(context, outcome, rows, x)
    if row is not None:
        name = texts("pretrends.panel", where=name, verdict=texts(f"pretrends.{_judge(row)}"))
        margin, drift = _build_drift_layers(context, rows, row, x)
        layers = [*margin, *layers, *drift]
    svg = charts.draw_svg(layers, language=texts.language, width=420, height=220)
    return Panel(name, desc, svg)


def _build_drift_layers(
    context: Context, rows: pd.DataFrame, row: Row, x: charts.Channel
) -> tuple[list[charts.Layer], list[charts.Layer]]:
    """Turn what is judged, in days a year, into lines through the reference, in days a period."""
    windows = context.data.study.windows
    n_fitted = int((rows["se"] > 0).sum())
    if not n_fitted:
        return [], []
    since = rows["event_time"] - windows.reference_event_time
    a_day_a_year = since / scale_drift(n_fitted, windows.period_days)
    judged = {"value": "drift", "ci_low": "low", "ci_high": "high", "threshold": "margin_high"}
    lines = pd.DataFrame({"event_time": rows["event_time"]})
    for column, name in judged.items():
        if pd.notna(row[column]):
            lines[name] = a_day_a_year * float(row[column])
    margin: list[charts.Layer] = []
    if "margin_high" in lines:
        lines["margin_low"] = -lines["margin_high"]
        low = {"x": x, "y": charts.build_channel("margin_low"), "y2": {"field": "margin_high"}}
        margin = [charts.build_layer(lines, "area", low, color=charts.MARGIN, opacity=0.35)]
    dashes = {"drift": [1, 0], "low": [4, 3], "high": [4, 3]}
    return margin, [
        charts.build_layer(
            lines,
            "line",
            {"x": x, "y": charts.build_channel(name)},
            color=charts.TRUTH,
            strokeWidth=2 if name == "drift" else 1.5,
            strokeDash=dash,
        )
        for name, dash in dashes.items()
        if name in lines
    ]
