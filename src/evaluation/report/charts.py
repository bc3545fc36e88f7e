"""The look of charts, and how one becomes an SVG drawing: the same bytes on each run.

A chart is a Vega-Lite specification, written as plain values: no library stands between what
is written here and what is drawn, which is also several times faster.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import pandas as pd
import vl_convert

from evaluation.report.texts import NO_BREAK, Language

TREATED, CONTROL = "#1b4f72", "#c0651a"
PUBLISHED, TRUTH, INK, MUTED, GRID = "#c9d3dc", "#8e2a6b", "#1d2733", "#5b6775", "#e4e8ec"
MARGIN = "#f0cf8e"
SECTOR_COLOURS = {
    "SOM": "#1b4f72",
    "PHV": "#5fa3a0",
    "TSB": "#8e2a6b",
    "ARR": "#e0a13c",
    "ALL": "#1d2733",
}
# From the bottom of a bar to its top. Two shades a kind, so that lightness tells apart what
# colour does not to the colour-blind.
STATE_COLOURS = {
    "full_sick_leave": "#1b4f72",
    "partial_sick_leave": "#b3d4ea",
    "aap": "#d6881c",
    "rehabilitation": "#8a4d0c",
    "disability_graded": "#e3b5d3",
    "disability_full": "#8e2a6b",
    "old_age": "#7d8793",
    "emigrated": "#b4bcc5",
    "dead": "#1d2733",
    "none": "#eef1f4",
}
FONT = "DejaVu Sans"  # measured and shown with the same font, else labels are cut off
_FALLBACKS = "DejaVu Sans, Verdana, Geneva, sans-serif"
_LOCALES: dict[Language, dict[str, Any]] = {
    "nb": {"decimal": ",", "thousands": NO_BREAK, "grouping": [3], "currency": ["", " kr"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", " kr"]},
}
_AXIS = {
    "labelFontSize": 11.5,
    "titleFontSize": 11.5,
    "titleFontWeight": "normal",
    "labelColor": INK,
    "titleColor": MUTED,
    "gridColor": GRID,
    "domainColor": MUTED,
    "tickColor": MUTED,
    "labelLimit": 220,
    "titleLimit": 340,
}
_THEME = {
    "font": FONT,
    "aria": False,
    "padding": 4,
    "axis": _AXIS,
    "view": {"continuousWidth": 300, "continuousHeight": 300, "stroke": None},
    "legend": {"disable": True},
}

Channel: TypeAlias = dict[str, Any]
Layer: TypeAlias = dict[str, Any]


def build_channel(
    field: str, kind: Literal["quantitative", "ordinal", "nominal"] = "quantitative", **options: Any
) -> Channel:
    """Build what a column stands for in a chart: a place, a colour, an order.

    Args:
        field: Name of the column.
        kind: Numbers, steps in order, or names.
        options: Of Vega-Lite: title, scale, axis, sort, stack.
    """
    return {"field": field, "type": kind, **options}


def build_percent(field: str, language: Language, **options: Any) -> Channel:
    """Build the channel of a share whose axis is in per cent, as the language writes it.

    Args:
        field: Name of the column, 0-1.
        language: Decides the space before the sign.
        options: Of Vega-Lite: scale, axis.
    """
    sign = f"{NO_BREAK}%" if language == "nb" else "%"
    label = f"format(100 * datum.value, '.0f') + '{sign}'"
    axis = {"labelExpr": label, "tickCount": 5} | options.pop("axis", {})
    return build_channel(field, title=None, axis=axis, **options)


def build_layer(
    rows: pd.DataFrame,
    mark: Literal["area", "bar", "line", "point", "rect", "rule", "text"],
    channels: Mapping[str, Channel],
    *,
    only: str = "",
    **look: Any,
) -> Layer:
    """Build one layer: a mark for each row, or one line through all.

    Args:
        rows: What is drawn.
        mark: Kind of mark.
        channels: Column of each channel: x, y, x2, y2, color, opacity, order, text.
        only: Draw the rows for which this Vega expression holds; "" draws all.
        look: Of the mark: color, size, strokeWidth and so on.
    """
    # NaN has no place in JSON.
    columns = [[None if pd.isna(cell) else cell for cell in rows[name].tolist()] for name in rows]
    layer: Layer = {
        "data": {
            "values": [dict(zip(rows, cells, strict=True)) for cells in zip(*columns, strict=True)]
        },
        "mark": {"type": mark, **look},
        "encoding": dict(channels),
    }
    return layer | ({"transform": [{"filter": only}]} if only else {})


def build_rule(channel: Literal["x", "y"], at: float, **look: Any) -> Layer:
    """Build a straight line across the chart.

    Args:
        channel: "x" for an upright line, "y" for a level one.
        at: Where it crosses the axis.
        look: Of the line: color, strokeDash.
    """
    place = pd.DataFrame({channel: [at]})
    return build_layer(place, "rule", {channel: build_channel(channel)}, **look)


def draw_svg(
    layers: Sequence[Layer], *, language: Language, width: int = 380, height: int = 220
) -> str:
    """Draw a chart as SVG without outside names, hidden labels or metadata.

    Args:
        layers: The layers, the lowest first.
        language: Decides the decimal sign.
        width: Of the whole drawing with its labels, pixels.
        height: Likewise.
    """
    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.1.0.json",
        **(layers[0] if len(layers) == 1 else {"layer": list(layers)}),
        "width": width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "background": "transparent",
        "config": _THEME,
    }
    # As text: a nested value would be turned into one by a slower way.
    text = json.dumps(chart, ensure_ascii=False, allow_nan=False)
    svg = vl_convert.vegalite_to_svg(text, format_locale=_LOCALES[language])
    svg = re.sub(r' (xmlns(:xlink)?|version|class)="[^"]*"', "", svg)
    svg = re.sub(r' (role|aria-[a-z]+)="[^"]*"', "", svg)
    svg = re.sub(r"-?\d+\.\d{5,}", _shorten, svg)
    return svg.replace(f'font-family="{FONT}"', f'font-family="{_FALLBACKS}"')


def _shorten(number: re.Match[str]) -> str:
    """Round a coordinate to a hundredth of a pixel."""
    return f"{float(number[0]):.2f}"
