"""Services in a funnel: limits, no names, no ranking."""

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import tell_missing
from evaluation.report.content import Context, Figure, Panel, Section
from evaluation.report.estimators import list_shown, title_panel
from evaluation.study_outcomes import Outcome


def draw_services(context: Context) -> Section:
    """Draw services in a funnel, without names or numbers of persons, and never in order.

    Args:
        context: Disclosed tables.
    """
    texts, frame = context.texts, context.table("services")
    title = texts("services.title")
    missing = tell_missing(context)
    if frame is None or not list_shown(context):
        lines = missing if frame is not None else [texts("absent.no_rows")]
        return Section("services", title, tuple(lines))
    panels, lines = [], []
    for sector, outcome in list_shown(context):
        mine = frame[
            frame["sector"].eq(sector) & frame["outcome"].eq(outcome) & frame["att"].notna()
        ]
        if len(mine) < 2:
            continue
        svg = _draw_funnel(context, outcome, mine)
        panels.append(Panel(title_panel(context, sector, outcome), texts("services.desc"), svg))
        lines.append(_write_services(context, sector, outcome, mine))
    if not panels:
        return Section("services", title, (texts("services.none"), *missing))
    legend = (
        ("dot", texts("services.legend")),
        ("ring", texts("services.legend_pooled")),
    )
    text = texts("services.text", level=context.level, min=context.data.study.subgroups.min_treated)
    figure = Figure("services", tuple(panels), legend)
    return Section("services", title, (text, *missing), tuple(lines), (figure,))


def _write_services(context: Context, sector: str, outcome: Outcome, rows: pd.DataFrame) -> str:
    texts, first = context.texts, rows.iloc[0]
    decimals = context.decimals_of(outcome)
    return texts(
        "services.spread",
        case=title_panel(context, sector, outcome),
        unit=context.name_unit(outcome),
        mean=texts.number(first["mean"], decimals=decimals, sign=True),
        tau=texts.number(first["tau"], decimals=decimals),
        p=texts.p_value(first["p_alike"]),
    )


def _draw_funnel(context: Context, outcome: Outcome, rows: pd.DataFrame) -> str:
    texts, mean = context.texts, float(rows["mean"].iloc[0])
    limits = ["funnel_low", "funnel_high", "funnel_outer_low", "funnel_outer_high"]
    dots = rows[["se", "att", "pooled_att"]].astype(float)
    lines = rows[["se", *limits]].astype(float).sort_values("se")
    # Without error all would stand at the mean.
    tip = pd.DataFrame([{"se": 0.0, **dict.fromkeys(limits, mean)}])
    lines = pd.concat([tip, lines], ignore_index=True)
    unit = context.name_unit(outcome)
    x = charts.build_channel("se", title=texts("services.axis_se", unit=unit), scale={"zero": True})

    def y(column: str) -> charts.Channel:
        return charts.build_channel(column, title=texts("forest.axis", unit=unit))

    layers: list[charts.Layer] = [charts.build_rule("y", mean, color=charts.MUTED)]
    layers += [
        charts.build_layer(
            lines,
            "line",
            {"x": x, "y": y(column)},
            color=charts.MUTED,
            strokeWidth=1,
            strokeDash=[5, 3] if "outer" in column else [1, 0],
        )
        for column in limits
    ]
    layers.append(
        charts.build_layer(
            dots, "point", {"x": x, "y": y("pooled_att")}, color=charts.INK, fill="white", size=30
        )
    )
    layers.append(
        charts.build_layer(
            dots,
            "point",
            {"x": x, "y": y("att")},
            color=charts.TREATED,
            filled=True,
            size=34,
            opacity=1,
        )
    )
    return charts.draw_svg(layers, language=texts.language, width=420, height=260)
