"""Pictures of linkage: unlinked contacts by sector and year, and treated against comparators."""

from typing import Any

import pandas as pd

from evaluation.check_report.facts import Facts
from evaluation.check_report.words import SECTORS, name_level
from evaluation.linkage import ATTENTION_POINTS
from evaluation.report import charts
from evaluation.report.content import Figure, Panel

NOT_FOUND, WITHOUT_KEY = charts.TREATED, "#e0a13c"


def draw_shares(facts: Facts) -> Figure | None:
    """Draw the unlinked share of contacts by year and by sector.

    Args:
        facts: From build_facts.
    """
    if not facts["linkage"]["is_judged"]:
        return None
    panels = [
        Panel("By year of contact", _SHARE_TEXT, _draw_bars(facts, "year", is_upright=True)),
        Panel("By sector", _SHARE_TEXT, _draw_bars(facts, "sector", is_upright=False)),
    ]
    shown = tuple(panel for panel in panels if panel.svg)
    legend = (("part-not-found", "key not found"), ("part-without-key", "no usable key"))
    return Figure("unlinked", shown, legend) if shown else None


_SHARE_TEXT = "Bars of the share of contacts that lead to no person of SSB; numbers in the tables"


def _draw_bars(facts: Facts, dimension: str, *, is_upright: bool) -> str:
    rows = [row for row in facts["linkage"]["shares"] if row["dimension"] == dimension]
    # Rows without a readable date mostly lack a key too, and would dwarf every year.
    rows = [row for row in rows if dimension != "year" or row["level"] != "unknown"]
    if not rows:
        return ""
    bars = pd.DataFrame([bar for row in rows for bar in _stack(row)])
    top = max(0.01, 1.05 * float(bars["end"].max()))
    value: dict[str, Any] = {
        "scale": {"domain": [0, top], "nice": True},
        "axis": {"format": ".1%", "tickCount": 5},
        "title": "unlinked share of contacts",
    }
    order = list(dict.fromkeys(bars["level"]))
    name = charts.build_channel("level", "nominal", title=None, sort=order, axis=_axis(is_upright))
    along, across = ("y", "x") if is_upright else ("x", "y")
    layers = [
        charts.build_layer(
            bars[bars["part"].eq(part)],
            "bar",
            {
                along: charts.build_channel("start", **value),
                f"{along}2": {"field": "end"},
                across: name,
            },
            color=colour,
        )
        for part, colour in (("not_found", NOT_FOUND), ("without_key", WITHOUT_KEY))
    ]
    height = 240 if is_upright else 70 + 34 * len(order)
    return charts.draw_svg(layers, language="en", width=460, height=height)


def _axis(is_upright: bool) -> dict[str, Any]:
    return {"labelAngle": 0, "labelOverlap": True} if is_upright else {"ticks": False}


def _stack(row: dict[str, Any]) -> list[dict[str, Any]]:
    total = row["n_rows"]
    found = (row["n_rows_unlinked"] - row["n_rows_without_key"]) / total
    level = name_level(row["dimension"], row["level"])
    return [
        {"level": level, "part": "not_found", "start": 0.0, "end": found},
        {"level": level, "part": "without_key", "start": found, "end": row["share_unlinked"]},
    ]


def draw_difference(facts: Facts) -> Figure | None:
    """Draw how far the unlinked share of treated is from that of comparators.

    Args:
        facts: From build_facts.
    """
    found = [row for row in facts["linkage"]["difference"] if row["ci_low"] is not None]
    if not found:
        return None
    rows = pd.DataFrame(
        {
            "sector": SECTORS.get(row["sector"], row["sector"]),
            "difference": row["difference_points"],
            "low": row["ci_low"],
            "high": row["ci_high"],
        }
        for row in found
    )
    limit = ATTENTION_POINTS
    ends = [*rows["low"], *rows["high"], -1.5 * limit, 1.5 * limit]
    scale = {"domain": [min(ends), max(ends)], "nice": True}
    y = charts.build_channel(
        "sector",
        "nominal",
        title=None,
        sort=list(rows["sector"]),
        axis={"ticks": False, "domain": False},
    )

    def x(column: str) -> charts.Channel:
        return charts.build_channel(
            column, title="percentage points, treated less comparators", scale=scale
        )

    band = pd.DataFrame({"low": [-limit], "high": [limit]})
    layers = [
        charts.build_layer(
            band, "rect", {"x": x("low"), "x2": {"field": "high"}}, color=charts.GRID
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
            rows,
            "point",
            {"x": x("difference"), "y": y},
            color=charts.TREATED,
            filled=True,
            size=70,
            opacity=1,
        ),
    ]
    svg = charts.draw_svg(layers, language="en", width=560, height=70 + 34 * len(rows))
    text = "Difference in unlinked share for each sector with its interval, around zero"
    legend = (("dot", "difference with 95 % interval"), ("band", f"within {limit:g} point"))
    return Figure("difference", (Panel("", text, svg),), legend)
