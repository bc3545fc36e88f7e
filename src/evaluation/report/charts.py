"""The look of charts, and how one becomes an SVG drawing: the same bytes on each run."""

import re
from typing import Any

import altair as alt
import vl_convert

from evaluation.report.texts import NO_BREAK, Language

TREATED, CONTROL = "#1b4f72", "#c0651a"
PUBLISHED, TRUTH, INK, MUTED, GRID = "#c9d3dc", "#8e2a6b", "#1d2733", "#5b6775", "#e4e8ec"
SECTOR_COLOURS = {
    "SOM": "#1b4f72",
    "PHV": "#5fa3a0",
    "TSB": "#8e2a6b",
    "ARR": "#e0a13c",
    "ALL": "#1d2733",
}
FONT = "DejaVu Sans"  # measured and shown with the same font, else labels are cut off
_FALLBACKS = "DejaVu Sans, Verdana, Geneva, sans-serif"
_LOCALES: dict[Language, dict[str, Any]] = {
    "nb": {"decimal": ",", "thousands": NO_BREAK, "grouping": [3], "currency": ["", " kr"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", " kr"]},
}


def draw_svg(chart: Any, *, language: Language, width: int = 380, height: int = 220) -> str:
    """Draw a chart as SVG without outside names, hidden labels or metadata.

    Args:
        chart: A single or layered chart.
        language: Decides the decimal sign.
        width: Of the whole drawing with its labels, pixels.
        height: Likewise.
    """
    sized = chart.properties(
        width=width,
        height=height,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        background="transparent",
    )
    svg = vl_convert.vegalite_to_svg(
        _with_theme(sized).to_dict(validate=False), format_locale=_LOCALES[language]
    )
    svg = re.sub(r' (xmlns(:xlink)?|version|class)="[^"]*"', "", svg)
    svg = re.sub(r' (role|aria-[a-z]+)="[^"]*"', "", svg)
    svg = re.sub(r"-?\d+\.\d{5,}", _shorten, svg)
    return svg.replace(f'font-family="{FONT}"', f'font-family="{_FALLBACKS}"')


def _with_theme(chart: Any) -> Any:
    axis = {
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
    return (
        chart.configure(font=FONT, aria=False, padding=4)
        .configure_axis(**axis)
        .configure_view(stroke=None)
        .configure_legend(disable=True)
    )


def _shorten(number: re.Match[str]) -> str:
    """Round a coordinate to a hundredth of a pixel."""
    return f"{float(number[0]):.2f}"
