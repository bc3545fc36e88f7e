"""Days on benefits by period around the index date, each arm a line."""

from typing import Any

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import find_withheld, tell_empty, tell_withheld
from evaluation.report.content import Context, Figure, Panel, Row, Section
from evaluation.report.event_study import build_cover
from evaluation.report.figures import build_index_rule, build_time_axis, name_panel
from evaluation.report.gate import name_reasons
from evaluation.report.shares import tell_pooled
from evaluation.study_outcomes import Outcome

# The broken line last, so that both are seen where they fall together.
_ARMS = (("treated_mean", charts.TREATED, [1, 0]), ("control_mean", charts.CONTROL, [5, 3]))


def draw_paths(context: Context) -> Section:
    """Draw mean days per period for the treated and the controls, outcomes side by side.

    Args:
        context: Disclosed tables.
    """
    texts, study = context.texts, context.data.study
    title, days = texts("paths.title"), study.windows.period_days
    if not study.outcomes.by_period:
        return Section("paths", title, (texts("event.no_path", days=days),))
    units = context.join_units(study.outcomes.by_period)
    line = texts(f"paths.line_{study.index.anchor}")
    text = texts("paths.text", days=days, units=units, line=line)
    frame = context.table("event_study")
    if frame is None:
        return Section("paths", title, (tell_empty(context, "event_study"),))
    frame = frame[frame["subgroup"].eq("all")]
    panels, hidden, withheld = [], [], find_withheld(context)
    for sector in context.sectors_of(frame, pooled_first=True):
        rows = {o: _rows_of(frame, sector, o) for o in context.outcomes}
        rows = {
            o: part[part["event_time"] < 0] if (sector, o) in withheld else part
            for o, part in rows.items()
        }
        if all(part.empty for part in rows.values()):
            hidden.append(texts.name("sector_in_sentence", sector))
        # One scale for a sector: sick leave is a part of all benefits.
        top = max(
            (
                float(r[["treated_mean", "control_mean"]].max().max())
                for r in rows.values()
                if len(r)
            ),
            default=0.0,
        )
        panels += [
            _draw_path(context, (sector, o), part, top, withheld.get((sector, o)))
            for o, part in rows.items()
            if len(part)
        ]
    if not panels:
        return Section("paths", title, (tell_empty(context, "event_study"),))
    step = texts.number(frame["rounded_to"].max())
    lines = [text, texts("paths.rounded", step=step, unit=units)]
    lines += tell_withheld(context, "paths.withheld")
    lines += [texts("event.hidden", list=texts.join(hidden))] if hidden else []
    lines += tell_pooled(context, frame[_is_drawn(frame)], frame)
    legend = (
        ("line-treated", texts("event.legend_treated")),
        ("line-control", texts("event.legend_control")),
    )
    figure = Figure("paths", tuple(panels), legend)
    return Section("paths", title, tuple(lines), blocks=(figure,))


def _draw_path(
    context: Context,
    key: tuple[str, Outcome],
    rows: pd.DataFrame,
    top: float,
    withheld: Row | None,
) -> Panel:
    unit = context.name_unit(key[1])
    desc, cover = context.texts("paths.desc", unit=unit), []
    if withheld is not None:
        cover = build_cover(context, build_time_axis(context), name_reasons(context, withheld))
    title = context.texts("paths.axis", unit=unit.capitalize())
    return Panel(name_panel(context, *key), desc, _draw_means(context, rows, top, title, cover))


def _rows_of(frame: pd.DataFrame, sector: str, outcome: str) -> pd.DataFrame:
    rows = frame[frame["sector"].eq(sector) & frame["outcome"].eq(outcome)]
    return (
        rows.loc[_is_drawn(rows), ["event_time", "treated_mean", "control_mean"]]
        .astype(float)
        .sort_values("event_time")
    )


def _is_drawn(rows: pd.DataFrame) -> "pd.Series[bool]":
    return rows["treated_mean"].notna() & rows["control_mean"].notna()


def _draw_means(
    context: Context, rows: pd.DataFrame, top: float, title: str, cover: list[charts.Layer]
) -> str:
    x = build_time_axis(context)
    layers = [*cover, build_index_rule()]
    for column, colour, dash in _ARMS:
        y = charts.build_channel(
            column,
            title=title,
            scale={"domain": [0, max(top, 1)], "nice": True},
            axis={"minExtent": 30, "maxExtent": 30, "tickCount": 5},
        )
        look: dict[str, Any] = {"color": colour, "strokeWidth": 2, "strokeDash": dash}
        layers.append(charts.build_layer(rows, "line", {"x": x, "y": y}, **look))
        dots: dict[str, Any] = {"color": colour, "filled": True, "size": 22, "opacity": 1}
        layers.append(charts.build_layer(rows, "point", {"x": x, "y": y}, **dots))
    return charts.draw_svg(layers, language=context.texts.language, width=420, height=220)
