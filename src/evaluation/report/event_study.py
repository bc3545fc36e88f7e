"""The path around treatment with its bands; of what the gate withholds, only what came before."""

import textwrap
from typing import Any

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import find_withheld, tell_empty
from evaluation.report.content import Context, Figure, Panel, Row, Section
from evaluation.report.figures import VALUE_AXIS, build_index_rule, build_time_axis, name_panel
from evaluation.report.gate import name_reasons
from evaluation.study_outcomes import Outcome

_WIDTH, _HEIGHT = 420, 200
_LINE = 30  # characters of a reason that fit into half a drawing
_NUMBERS = ["event_time", "att", "se", "ci_low", "ci_high", "band_low", "band_high"]


def draw_event_study(context: Context) -> Section:
    """Draw the path around treatment for each sector and outcome.

    Of an estimate that the gate withholds, the periods before treatment are drawn, which are
    what the gate judges, and the reasons stand where the others would.

    Args:
        context: Disclosed tables.
    """
    texts, windows = context.texts, context.data.study.windows
    title = texts("event.title")
    if not context.data.study.outcomes.by_period:
        return Section("event", title, (texts("event.no_path", days=windows.period_days),))
    panels, withheld = [], find_withheld(context)
    frame, hidden = read_paths(context)
    for (sector, outcome), rows in frame.items():
        panels.append(_draw_path(context, sector, outcome, rows, withheld.get((sector, outcome))))
    if not panels:
        return Section("event", title, (tell_empty(context, "event_study"),))
    text = texts(
        "event.text",
        days=windows.period_days,
        reference=texts.number(windows.reference_event_time, decimals=0),
        level=context.level,
    )
    lines = [f"{text} {texts('event.band', level=context.level)}"]
    lines += [texts("event.withheld")] if withheld.keys() & frame.keys() else []
    lines += [texts("event.hidden", list=texts.join(hidden))] if hidden else []
    legend = (("ring", texts("event.legend_reference")),)
    blocks = (Figure("event", tuple(panels), legend),)
    return Section("event", title, tuple(lines), blocks=blocks)


def read_paths(context: Context) -> tuple[dict[tuple[str, Outcome], pd.DataFrame], list[str]]:
    """Read the paths that may be drawn, ALL first, and name the sectors of too few persons.

    Args:
        context: Disclosed tables.

    Returns:
        Numbers of each (sector, outcome) in order of time, and the sectors without any.
    """
    frame = context.table("event_study")
    found: dict[tuple[str, Outcome], pd.DataFrame] = {}
    hidden: list[str] = []
    if frame is None:
        return found, hidden
    frame = frame[frame["subgroup"].eq("all") & frame["outcome"].isin(context.outcomes)]
    for sector in context.sectors_of(frame, pooled_first=True):
        rows = {o: _numbers_of(frame, sector, o) for o in context.outcomes}
        found |= {(sector, o): part for o, part in rows.items() if len(part)}
        if all(part.empty for part in rows.values()):
            hidden.append(context.texts.name("sector_in_sentence", sector))
    return found, hidden


def _numbers_of(frame: pd.DataFrame, sector: str, outcome: str) -> pd.DataFrame:
    rows = frame[frame["sector"].eq(sector) & frame["outcome"].eq(outcome) & frame["att"].notna()]
    return rows[_NUMBERS].astype(float).sort_values("event_time")


def _draw_path(
    context: Context, sector: str, outcome: Outcome, rows: pd.DataFrame, withheld: Row | None
) -> Panel:
    texts, x = context.texts, build_time_axis(context)
    desc, cover = texts("event.desc_att"), []
    if withheld is not None:
        reasons = name_reasons(context, withheld)
        rows = rows[rows["event_time"] < 0]
        cover = build_cover(context, x, reasons)
        desc = texts("event.desc_withheld", reasons=reasons)
    layers = [*cover, *build_effect_layers(context, outcome, rows, x), build_index_rule()]
    svg = charts.draw_svg(layers, language=texts.language, width=_WIDTH, height=_HEIGHT)
    return Panel(name_panel(context, sector, outcome), desc, svg)


def build_cover(context: Context, x: charts.Channel, reasons: str) -> list[charts.Layer]:
    """Lay a field with the reasons over the periods from the index date on.

    Args:
        context: The study.
        x: Axis of time.
        reasons: Why they are withheld.
    """
    last = context.data.study.windows.last_event_time
    words = context.texts("event.reasons", reasons=reasons)
    place = {"event_time": -0.5, "end": last + 0.5, "middle": (last + 0.2) / 2}
    field = pd.DataFrame([place | {"words": "\n".join(textwrap.wrap(words, _LINE))}])
    across = {"x": x, "x2": {"field": "end"}}
    text = charts.build_channel("words", "nominal")
    middle = {"x": x | {"field": "middle"}, "y": {"value": 18}, "text": text}
    look: dict[str, Any] = {
        "lineBreak": "\n",
        "baseline": "top",
        "fontSize": 11,
        "color": charts.INK,
    }
    return [
        charts.build_layer(field, "rect", across, color=charts.GRID, opacity=0.6),
        charts.build_layer(field, "text", middle, **look),
    ]


def build_effect_layers(
    context: Context, outcome: Outcome, rows: pd.DataFrame, x: charts.Channel
) -> list[charts.Layer]:
    """Build the effects of periods with their intervals and band, the reference as a ring.

    Args:
        context: The study.
        outcome: What the axis counts.
        rows: As `read_paths` gives them.
        x: Axis of time.
    """
    reference = context.data.study.windows.reference_event_time
    others, only = f"datum.event_time != {reference}", f"datum.event_time == {reference}"
    title = context.texts("event.axis_att", unit=context.name_unit(outcome))
    low = charts.build_channel("ci_low", title=title, axis=VALUE_AXIS)
    band = {"x": x, "y": charts.build_channel("band_low"), "y2": {"field": "band_high"}}
    interval = {"x": x, "y": low, "y2": {"field": "ci_high"}}
    att = {"x": x, "y": charts.build_channel("att")}
    ink = charts.TREATED
    ring: dict[str, Any] = {"color": ink, "fill": "white", "size": 40, "opacity": 1}
    return [
        charts.build_layer(rows, "area", band, color=ink, opacity=0.13),
        charts.build_rule("y", 0, color=charts.MUTED),
        charts.build_layer(rows, "rule", interval, only=others, color=ink, strokeWidth=1.5),
        charts.build_layer(
            rows, "point", att, only=others, color=ink, filled=True, size=28, opacity=1
        ),
        charts.build_layer(rows, "point", att, only=only, **ring),
    ]
