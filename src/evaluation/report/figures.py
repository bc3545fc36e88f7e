"""Figures of effect and balance: forest plot, love plot, and what drawings of paths share."""

import math
from typing import Any

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import tell_missing
from evaluation.report.content import Context, Figure, Panel, Section
from evaluation.report.effects import find_published, is_shown, read_effects, read_truth
from evaluation.study_outcomes import Outcome

BALANCE_LIMIT = 0.1
_FOREST_POINT: dict[str, Any] = {"filled": True, "size": 70, "opacity": 1}
# The same room for labels in every panel, so that all are as wide.
VALUE_AXIS = {"minExtent": 40, "maxExtent": 40, "tickCount": 5}


def draw_forest(context: Context) -> Section:
    """Draw estimates by sector, the outcomes side by side.

    Args:
        context: Disclosed tables.
    """
    texts, missing = context.texts, tell_missing(context)
    panels = tuple(
        Panel(texts.name("outcome", outcome), texts("forest.desc"), _draw_outcome(context, outcome))
        for outcome in context.outcomes
        if not _forest_rows(context, outcome).empty
    )
    if not panels:
        return Section("forest", texts("forest.title"), tuple(missing))
    legend = [("dot", texts("forest.legend_estimate")), ("band", texts("forest.legend_published"))]
    text = texts("forest.text", level=context.level)
    if read_truth(context):
        legend.append(("diamond", texts("forest.legend_truth")))
        text = f"{text} {texts('forest.text_truth')}"
    figure = Figure("forest", panels, tuple(legend))
    return Section("forest", texts("forest.title"), (text, *missing), blocks=(figure,))


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


def _draw_outcome(context: Context, outcome: Outcome) -> str:
    rows = _forest_rows(context, outcome)
    unit = context.name_unit(outcome)
    # One scale for all outcomes of a unit.
    alike = [name for name in context.outcomes if context.name_unit(name) == unit]
    every = pd.concat([_forest_rows(context, name) for name in alike])
    ends = every[["low", "high", "published_low", "published_high", "truth"]].astype(float)
    scale = {"domain": [min(0.0, ends.min().min()), max(0.0, ends.max().max())], "nice": True}
    y = charts.build_channel(
        "sector",
        "nominal",
        title=None,
        sort=list(rows["sector"]),
        axis={"ticks": False, "domain": False},
    )

    def x(column: str) -> charts.Channel:
        return charts.build_channel(
            column, title=context.texts("forest.axis", unit=unit), scale=scale
        )

    layers = [
        charts.build_layer(
            rows,
            "bar",
            {"x": x("published_low"), "x2": {"field": "published_high"}, "y": y},
            only="isValid(datum.published_low)",
            color=charts.PUBLISHED,
            height=22,
        ),
        charts.build_rule("x", 0, color=charts.MUTED, strokeDash=[3, 3]),
        charts.build_layer(
            rows,
            "rule",
            {"x": x("low"), "x2": {"field": "high"}, "y": y},
            color=charts.TREATED,
            strokeWidth=2,
        ),
        charts.build_layer(
            rows, "point", {"x": x("att"), "y": y}, color=charts.TREATED, **_FOREST_POINT
        ),
    ]
    if rows["truth"].notna().any():
        layers.append(
            charts.build_layer(
                rows,
                "point",
                {"x": x("truth"), "y": y},
                only="isValid(datum.truth)",
                color=charts.TRUTH,
                shape="diamond",
                yOffset=12,
                **_FOREST_POINT,
            )
        )
    height = 60 + 44 * len(rows)
    return charts.draw_svg(layers, language=context.texts.language, width=420, height=height)


def build_time_axis(context: Context, *, last: int | None = None) -> charts.Channel:
    """Build the axis of periods around the index date, the same in every picture.

    Args:
        context: The study.
        last: Period in which it ends; None for the study's last.
    """
    windows = context.data.study.windows
    first, last = windows.first_event_time, windows.last_event_time if last is None else last
    return charts.build_channel(
        "event_time",
        title=context.texts("event.axis_time"),
        scale={"domain": [first - 0.5, last + 0.5], "nice": False},
        axis={"grid": False, "values": list(range(first, last + 1, 3)), "format": "d"},
    )


def build_index_rule() -> charts.Layer:
    """Build the upright line at the index date, where period 0 begins."""
    return charts.build_rule("x", -0.5, color=charts.MUTED, strokeDash=[3, 3])


def name_panel(context: Context, sector: str, outcome: str) -> str:
    """Name a panel by its sector and outcome.

    Args:
        context: Words.
        sector: Sector code.
        outcome: Outcome name.
    """
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
    desc = texts("balance.desc", limit=texts.setting(context.data.study.gate.max_smd))
    panels = []
    for sector in context.sectors_of(frame, pooled_first=True):
        rows = _largest_smd(context, frame[frame["sector"].eq(sector)])
        if not rows.empty:
            svg = _draw_love(context, rows)
            panels.append(Panel(texts.name("sector", sector), desc, svg))
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
    limit = context.data.study.gate.max_smd
    top = max(0.15, 1.05 * limit, float(rows[["smd_before", "smd_after"]].max().max()))
    step = BALANCE_LIMIT * math.ceil(top / 0.5)
    ticks = [step * place for place in range(math.ceil(top / step) + 1)]
    y = charts.build_channel(
        "covariate",
        "nominal",
        title=None,
        sort=list(rows["covariate"]),
        axis={"ticks": False, "grid": True, "domain": False, "labelPadding": 8},
    )

    def channels(column: str) -> dict[str, charts.Channel]:
        x = charts.build_channel(
            column,
            title=context.texts("balance.axis"),
            scale={"domain": [0, top]},
            axis={"grid": False, "values": ticks, "format": ".1f"},
        )
        return {"x": x, "y": y}

    point: dict[str, Any] = {"size": 50, "opacity": 1}
    layers = [
        charts.build_rule("x", limit, color=charts.TRUTH, strokeDash=[4, 3]),
        charts.build_layer(rows, "point", channels("smd_before"), color=charts.CONTROL, **point),
        charts.build_layer(
            rows, "point", channels("smd_after"), color=charts.TREATED, filled=True, **point
        ),
    ]
    return charts.draw_svg(
        layers, language=context.texts.language, width=360, height=50 + 24 * len(rows)
    )
