"""Figures of effect and balance: forest plot, event study, love plot."""

import math
from typing import Any

import altair as alt
import pandas as pd

from evaluation.report import charts
from evaluation.report.content import Context, Figure, Panel, Section
from evaluation.report.effects import find_published, is_shown, read_effects, read_truth

BALANCE_LIMIT = 0.1


def draw_forest(context: Context) -> Section:
    """Draw estimates by sector, the outcomes side by side.

    Args:
        context: Disclosed tables.
    """
    texts = context.texts
    panels = tuple(
        Panel(texts.name("outcome", outcome), texts("forest.desc"), _draw_outcome(context, outcome))
        for outcome in context.outcomes
        if not _forest_rows(context, outcome).empty
    )
    legend = [("dot", texts("forest.legend_estimate")), ("band", texts("forest.legend_published"))]
    text = texts("forest.text", level=context.level)
    if read_truth(context):
        legend.append(("diamond", texts("forest.legend_truth")))
        text = f"{text} {texts('forest.text_truth')}"
    blocks = (Figure("forest", panels, tuple(legend)),) if panels else ()
    return Section("forest", texts("forest.title"), (text,), blocks=blocks)


def _forest_rows(context: Context, outcome: str) -> pd.DataFrame:
    truth, rows = read_truth(context), []
    for (sector, name), row in read_effects(context).items():
        if name != outcome or not is_shown(row):
            continue
        finding = find_published(context, sector, outcome)
        planted = truth.get((sector, outcome))
        rows.append(
            {
                "sector": context.texts.name("sector_short", sector),
                "att": float(row["att"]),
                "low": float(row["ci_low"]),
                "high": float(row["ci_high"]),
                # A band of no width could not be seen.
                "published_low": None if finding is None else finding.low_days - 0.1,
                "published_high": None if finding is None else finding.high_days + 0.1,
                "truth": None
                if planted is None or pd.isna(planted["true_att"])
                else float(planted["true_att"]),
            }
        )
    return pd.DataFrame(rows)


def _draw_outcome(context: Context, outcome: str) -> str:
    rows = _forest_rows(context, outcome)
    every = pd.concat([_forest_rows(context, name) for name in context.outcomes])
    ends = every[["low", "high", "published_low", "published_high", "truth"]].astype(float)
    scale = alt.Scale(domain=[min(0.0, ends.min().min()), max(0.0, ends.max().max())], nice=True)
    base = alt.Chart(rows).encode(
        y=alt.Y(
            "sector:N",
            title=None,
            sort=list(rows["sector"]),
            axis=alt.Axis(ticks=False, domain=False),
        )
    )
    x_title = context.texts("forest.axis")
    zero = (
        alt.Chart(pd.DataFrame({"x": [0]}))
        .mark_rule(color=charts.MUTED, strokeDash=[3, 3])
        .encode(x="x:Q")
    )
    layers = [
        base.transform_filter("isValid(datum.published_low)")
        .mark_bar(color=charts.PUBLISHED, height=22)
        .encode(x=alt.X("published_low:Q", title=x_title, scale=scale), x2="published_high:Q"),
        zero,
        base.mark_rule(color=charts.TREATED, strokeWidth=2).encode(
            x=alt.X("low:Q", title=x_title, scale=scale), x2="high:Q"
        ),
        base.mark_point(color=charts.TREATED, filled=True, size=70, opacity=1).encode(
            x=alt.X("att:Q", title=x_title, scale=scale)
        ),
    ]
    if rows["truth"].notna().any():
        diamond = base.transform_filter("isValid(datum.truth)").mark_point(
            shape="diamond", color=charts.TRUTH, filled=True, size=70, opacity=1, yOffset=12
        )
        layers.append(diamond.encode(x=alt.X("truth:Q", title=x_title, scale=scale)))
    height = 60 + 44 * len(rows)
    return charts.draw_svg(
        alt.layer(*layers), language=context.texts.language, width=420, height=height
    )


def draw_event_study(context: Context) -> Section:
    """Draw the path around treatment for each sector and outcome.

    Args:
        context: Disclosed tables.
    """
    texts, windows = context.texts, context.data.study.windows
    text = texts(
        "event.text",
        days=windows.period_days,
        reference=texts.number(windows.reference_event_time, decimals=0),
        level=context.level,
    )
    frame = context.table("event_study")
    if frame is None:
        return Section("event", texts("event.title"), (text,))
    frame = frame[frame["subgroup"].eq("all")]
    panels, hidden = [], []
    for sector in context.sectors_of(frame, pooled_first=True):
        rows = {o: _event_rows(frame, sector, o) for o in context.outcomes}
        if all(part.empty for part in rows.values()):
            hidden.append(texts.name("sector_in_sentence", sector))
            continue
        panels += [_draw_path(context, sector, o, part) for o, part in rows.items()]
    legend = (
        ("line-treated", texts("event.legend_treated")),
        ("line-control", texts("event.legend_control")),
        ("ring", texts("event.legend_reference")),
    )
    lines = [text, texts("event.hidden", list=texts.join(hidden))] if hidden else [text]
    blocks = (Figure("event", tuple(panels), legend),) if panels else ()
    return Section("event", texts("event.title"), tuple(lines), blocks=blocks)


def _event_rows(frame: pd.DataFrame, sector: str, outcome: str) -> pd.DataFrame:
    rows = frame[frame["sector"].eq(sector) & frame["outcome"].eq(outcome)]
    numbers = ["event_time", "att", "ci_low", "ci_high", "treated_mean", "control_mean"]
    shown = rows[rows["att"].notna()][numbers].astype(float)
    return shown.sort_values("event_time")


def _time_axis(context: Context) -> alt.X:
    windows = context.data.study.windows
    first, last = windows.first_event_time, windows.last_event_time
    return alt.X(
        "event_time:Q",
        title=context.texts("event.axis_time"),
        scale=alt.Scale(domain=[first - 0.5, last + 0.5], nice=False),
        axis=alt.Axis(grid=False, values=list(range(first, last + 1, 3)), format="d"),
    )


def _value_axis() -> alt.Axis:
    # The same room for labels in every panel, so that time lines up below each other.
    return alt.Axis(minExtent=40, maxExtent=40, tickCount=5)


def _index_rule() -> Any:
    return (
        alt.Chart(pd.DataFrame({"x": [-0.5]}))
        .mark_rule(color=charts.MUTED, strokeDash=[3, 3])
        .encode(x="x:Q")
    )


def _draw_path(context: Context, sector: str, outcome: str, rows: pd.DataFrame) -> Panel:
    texts, x = context.texts, _time_axis(context)
    title = texts("event.axis_att")
    base = alt.Chart(rows).encode(x=x)
    reference = context.data.study.windows.reference_event_time
    zero = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=charts.MUTED).encode(y="y:Q")
    shown = base.transform_filter(f"datum.event_time != {reference}")
    ring = base.transform_filter(f"datum.event_time == {reference}")
    layers = [
        zero,
        _index_rule(),
        shown.mark_rule(color=charts.TREATED, strokeWidth=1.5).encode(
            y=alt.Y("ci_low:Q", title=title, axis=_value_axis()), y2="ci_high:Q"
        ),
        shown.mark_point(color=charts.TREATED, filled=True, size=28, opacity=1).encode(y="att:Q"),
        ring.mark_point(color=charts.TREATED, fill="white", size=40, opacity=1).encode(y="att:Q"),
    ]
    svg = charts.draw_svg(alt.layer(*layers), language=texts.language, width=420, height=200)
    means = _draw_means(context, rows)
    return Panel(_panel_title(context, sector, outcome), texts("event.desc_att"), svg, means)


def _draw_means(context: Context, rows: pd.DataFrame) -> Panel:
    texts, x = context.texts, _time_axis(context)
    title = texts("event.axis_mean")
    base = alt.Chart(rows).encode(x=x)
    layers: list[Any] = [_index_rule()]
    for column, colour, dash in (
        ("control_mean", charts.CONTROL, [5, 3]),
        ("treated_mean", charts.TREATED, [1, 0]),
    ):
        y = alt.Y(f"{column}:Q", title=title, scale=alt.Scale(zero=True), axis=_value_axis())
        layers.append(base.mark_line(color=colour, strokeWidth=2, strokeDash=dash).encode(y=y))
    svg = charts.draw_svg(alt.layer(*layers), language=texts.language, width=420, height=170)
    return Panel("", texts("event.desc_mean"), svg)


def _panel_title(context: Context, sector: str, outcome: str) -> str:
    outcome_name = context.texts.name("outcome_in_sentence", outcome)
    return f"{context.texts.name('sector', sector)}: {outcome_name}"


def draw_balance(context: Context) -> Figure | None:
    """Draw the largest |smd| of each covariate before and after matching, a panel a sector.

    Args:
        context: Disclosed tables.
    """
    frame, texts = context.table("balance"), context.texts
    if frame is None:
        return None
    panels = []
    for sector in context.sectors_of(frame, pooled_first=True):
        rows = _largest_smd(context, frame[frame["sector"].eq(sector)])
        if not rows.empty:
            svg = _draw_love(context, rows)
            panels.append(Panel(texts.name("sector", sector), texts("balance.desc"), svg))
    legend = (
        ("ring-control", texts("balance.legend_before")),
        ("dot", texts("balance.legend_after")),
    )
    return Figure("love", tuple(panels), legend, columns=3) if panels else None


def _largest_smd(context: Context, frame: pd.DataFrame) -> pd.DataFrame:
    shown = frame[frame["smd_after"].notna()]
    size = shown[["smd_before", "smd_after"]].astype(float).abs()
    size["covariate"] = [context.texts.name("covariate", name) for name in shown["covariate"]]
    largest = size.groupby("covariate", sort=False).max().reset_index()
    return largest.sort_values("smd_before", ascending=False)


def _draw_love(context: Context, rows: pd.DataFrame) -> str:
    title = context.texts("balance.axis")
    top = max(0.15, float(rows[["smd_before", "smd_after"]].max().max()))
    scale = alt.Scale(domain=[0, top])
    y = alt.Y(
        "covariate:N",
        title=None,
        sort=list(rows["covariate"]),
        axis=alt.Axis(ticks=False, grid=True, domain=False, labelPadding=8),
    )
    base = alt.Chart(rows).encode(y=y)
    limit = (
        alt.Chart(pd.DataFrame({"x": [BALANCE_LIMIT]}))
        .mark_rule(color=charts.TRUTH, strokeDash=[4, 3])
        .encode(x="x:Q")
    )
    step = BALANCE_LIMIT * math.ceil(top / 0.5)
    ticks = [step * place for place in range(math.ceil(top / step) + 1)]
    x_axis = alt.Axis(grid=False, values=ticks, format=".1f")
    before = alt.X("smd_before:Q", title=title, scale=scale, axis=x_axis)
    after = alt.X("smd_after:Q", title=title, scale=scale, axis=x_axis)
    chart = alt.layer(
        limit,
        base.mark_point(color=charts.CONTROL, size=50, opacity=1).encode(x=before),
        base.mark_point(color=charts.TREATED, filled=True, size=50, opacity=1).encode(x=after),
    )
    return charts.draw_svg(
        chart, language=context.texts.language, width=360, height=50 + 24 * len(rows)
    )
