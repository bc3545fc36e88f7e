"""The planted path beside the estimated one, for synthetic registers only."""

from html import escape

import pandas as pd

from evaluation.disclosure import disclose_tables
from evaluation.report import charts
from evaluation.report.absent import tell_withheld
from evaluation.report.content import Context, Figure, Panel, ReportData, Section, make_context
from evaluation.report.figures import build_index_rule, build_time_axis, name_panel
from evaluation.report.texts import Language
from evaluation.study_outcomes import Outcome

TABLE = "verify_event_time"
PICTURE_FILE = "report/verify_event_time.svg"
_WIDTH, _HEIGHT, _TITLE = 420, 200, 26
_AXIS = {"minExtent": 40, "maxExtent": 40, "tickCount": 5}


def draw_planted_paths(context: Context) -> tuple[Section, ...]:
    """Draw the planted line over estimate and band; no section where nothing is planted.

    Args:
        context: Disclosed tables.
    """
    panels = _draw_panels(context)
    if not panels:
        return ()
    texts, days = context.texts, context.data.study.windows.period_days
    rows = _shown(context)
    estimated = rows[rows["covered"].notna()]
    text = texts(
        "planted.text",
        days=days,
        level=context.level,
        covered=texts.count(int(estimated["covered"].sum())),
        periods=texts.count(len(estimated)),
    )
    legend = (
        ("line-treated", texts("planted.legend_estimate")),
        ("line-truth", texts("planted.legend_truth")),
    )
    figure = Figure("planted", panels, legend)
    lines = (text, *tell_withheld(context, "planted.withheld"))
    return (Section("planted", texts("planted.title"), lines, blocks=(figure,)),)


def render_planted_paths(data: ReportData, *, language: Language) -> str | None:
    """Render all panels as one SVG file; None where nothing is planted.

    Args:
        data: The report's data, before disclosure control.
        language: "nb" or "en".
    """
    tables = {name: table for name, table in data.tables.items() if name == TABLE}
    study = data.study
    shown = disclose_tables(
        tables,
        min_cell_count=study.disclosure.min_cell_count,
        period_days=study.windows.period_days,
    )
    context = make_context(
        ReportData(study, data.delivery_id, data.delivery_kind, shown, {}), language
    )
    panels = _draw_panels(context)
    if not panels:
        return None
    parts = [
        f'<g transform="translate({place % 2 * _WIDTH},{place // 2 * (_HEIGHT + _TITLE)})">'
        f'<text x="8" y="18" font-family="sans-serif" font-size="13">{escape(panel.title)}</text>'
        f'<g transform="translate(0,{_TITLE})">{panel.svg}</g></g>'
        for place, panel in enumerate(panels)
    ]
    height = -(-len(panels) // 2) * (_HEIGHT + _TITLE)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * _WIDTH}" height="{height}">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _shown(context: Context) -> pd.DataFrame:
    frame = context.table(TABLE)
    if frame is None or not context.is_synthetic:
        return pd.DataFrame(columns=["sector", "outcome", "covered"])
    return frame[frame["att"].notna() & frame["true_att"].notna()]


def _draw_panels(context: Context) -> tuple[Panel, ...]:
    frame = _shown(context)
    cells = [
        (sector, outcome, frame[frame["sector"].eq(sector) & frame["outcome"].eq(outcome)])
        for sector in context.sectors_of(frame, pooled_first=True)
        for outcome in context.outcomes
    ]
    return tuple(
        Panel(
            name_panel(context, sector, outcome),
            context.texts("planted.desc"),
            _draw(context, outcome, rows),
        )
        for sector, outcome, rows in cells
        if len(rows)
    )


def _draw(context: Context, outcome: Outcome, rows: pd.DataFrame) -> str:
    numbers = rows[["event_time", "true_att", "att", "ci_low", "ci_high"]].astype(float)
    numbers = numbers.sort_values("event_time")
    title = context.texts("event.axis_att", unit=context.name_unit(outcome))
    x = build_time_axis(context)
    low = charts.build_channel("ci_low", title=title, axis=_AXIS)
    att = charts.build_channel("att")
    layers = [
        charts.build_rule("y", 0, color=charts.MUTED),
        build_index_rule(),
        charts.build_layer(
            numbers,
            "area",
            {"x": x, "y": low, "y2": {"field": "ci_high"}},
            color=charts.PUBLISHED,
            opacity=0.7,
        ),
        charts.build_layer(
            numbers, "point", {"x": x, "y": att}, color=charts.TREATED, filled=True, size=28
        ),
        charts.build_layer(
            numbers,
            "line",
            {"x": x, "y": charts.build_channel("true_att")},
            color=charts.TRUTH,
            strokeWidth=2,
        ),
    ]
    return charts.draw_svg(layers, language=context.texts.language, width=_WIDTH, height=_HEIGHT)
