"""Comparisons beside the headline: the other estimators, and other ways of inference.

What the headline does not show is not shown here either: an estimate that the gate withheld has
no other estimator, no subgroup and no service beside it.
"""

from typing import Any

import pandas as pd

from evaluation.report import charts
from evaluation.report.absent import tell_missing
from evaluation.report.cells import hidden_cell, hidden_note
from evaluation.report.content import (
    Cell,
    Column,
    Context,
    Figure,
    Panel,
    Row,
    Section,
    Table,
)
from evaluation.report.effects import HEADLINE, is_shown, read_effects
from evaluation.study_outcomes import Outcome

_POINT: dict[str, Any] = {"filled": True, "size": 60, "opacity": 1}
_BY_SERVICE, _IN_SETS = "wild_bootstrap_by_service", "randomisation_in_sets"
IntervalRows = list[dict[str, Any]]


def list_shown(context: Context) -> list[tuple[str, Outcome]]:
    """List the (sector, outcome) whose headline is shown, ALL first.

    Args:
        context: Disclosed tables.
    """
    effects = read_effects(context)
    shown = {key for key, row in effects.items() if is_shown(row)}
    sectors = sorted({sector for sector, _ in shown}, key=lambda name: name != "ALL")
    order = list(dict.fromkeys(sector for sector, _ in effects if sector in sectors))
    order.sort(key=lambda name: name != "ALL")
    return [(s, o) for s in order for o in context.outcomes if (s, o) in shown]


def build_estimators(context: Context) -> Section:
    """Draw every estimator of the study side by side, and tell their numbers.

    Args:
        context: Disclosed tables.
    """
    texts, panels, cells = context.texts, [], []
    for sector, outcome in list_shown(context):
        rows = _estimator_rows(context, sector, outcome)
        if len(rows) < 2:
            continue
        svg = draw_intervals(context, outcome, rows)
        panels.append(Panel(title_panel(context, sector, outcome), texts("estimators.desc"), svg))
        cells += [_estimator_cells(context, sector, outcome, row) for row in rows]
    checks = _tabulate_checks(context)
    title, blocks = texts("estimators.title"), (checks,) if checks else ()
    if not panels:
        lines = tell_missing(context) if not list_shown(context) else [texts("estimators.none")]
        return Section("estimators", title, tuple(lines), blocks=blocks)
    items = tuple(
        f"{texts(f'estimators.{name}')}{_tell_weights(context, name)}"
        for name in _order_estimators(context)
    )
    legend = (("dot", texts("estimators.legend_headline")), ("ring", texts("estimators.legend")))
    table = Table(
        "others",
        texts("estimators.caption"),
        (
            Column(texts("headline.sector"), is_text=True),
            Column(texts("details.outcome"), is_text=True),
            Column(texts("details.estimator"), is_text=True),
            Column(texts("details.att")),
            Column(texts("details.interval", level=context.level)),
            Column(texts("details.p_value")),
        ),
        tuple(cells),
    )
    text = texts("estimators.text", level=context.level)
    figure = Figure("estimators", tuple(panels), legend)
    paragraphs = (text, *tell_missing(context))
    return Section("estimators", title, paragraphs, items, (figure, table, *blocks))


def _tell_weights(context: Context, estimator: str) -> str:
    """Say how much of two-way fixed effects counts backwards."""
    weights = context.table("twfe_weights")
    if estimator != "twfe" or weights is None:
        return ""
    below = [
        context.texts(
            "estimators.weights",
            sector=context.texts.name("sector_in_sentence", sector),
            share=context.texts.percent(-rows["negative_weight"].astype(float).sum(), decimals=0),
        )
        for sector, rows in weights.groupby("sector", sort=False)
        if sector in {shown for shown, _ in list_shown(context)}
    ]
    if not below:
        return ""
    return " " + context.texts("estimators.negative", list=context.texts.join(below))


def _order_estimators(context: Context) -> list[str]:
    """List the estimators of the study, the main result first whatever order it names them in."""
    return sorted(context.data.study.inference.estimators, key=lambda name: name != HEADLINE)


def _estimator_rows(context: Context, sector: str, outcome: Outcome) -> IntervalRows:
    found = []
    for name in _order_estimators(context):
        row = read_effects(context, estimator=name).get((sector, outcome))
        if row is not None and is_shown(row):
            label = context.texts.name("estimator", name)
            found.append(describe_interval(row, label, is_main=name == HEADLINE))
    return found


def describe_interval(row: Row, label: str, *, is_main: bool) -> dict[str, Any]:
    """Take from an estimate what is drawn of it.

    Args:
        row: A row of estimates that is shown.
        label: Its name.
        is_main: Draw it filled.
    """
    return {
        "label": label,
        "att": float(row["att"]),
        "low": float(row["ci_low"]),
        "high": float(row["ci_high"]),
        "p_value": float(row["p_value"]),
        "is_main": is_main,
    }


def _estimator_cells(
    context: Context, sector: str, outcome: Outcome, row: dict[str, Any]
) -> tuple[Cell, ...]:
    texts, decimals = context.texts, context.decimals_of(outcome)
    return (
        Cell(texts.name("sector", sector)),
        Cell(texts.name("outcome", outcome)),
        Cell(row["label"], mark="main" if row["is_main"] else ""),
        Cell(texts.number(row["att"], decimals=decimals, sign=True)),
        Cell(texts.interval(row["low"], row["high"], decimals=decimals)),
        Cell(texts.p_value(row["p_value"])),
    )


def title_panel(context: Context, sector: str, outcome: Outcome) -> str:
    """Name a panel by sector and outcome.

    Args:
        context: Words.
        sector: Sector code.
        outcome: Outcome of the study.
    """
    name = context.texts.name("outcome_in_sentence", outcome)
    return f"{context.texts.name('sector', sector)}: {name}"


def draw_intervals(context: Context, outcome: Outcome, rows: IntervalRows) -> str:
    """Draw a dot and an interval for each row, the main one filled.

    Args:
        context: Words.
        outcome: What the axis counts.
        rows: label, att, low, high and is_main of each.
    """
    frame = pd.DataFrame(rows)
    ends = [min(0.0, float(frame["low"].min())), max(0.0, float(frame["high"].max()))]
    title = context.texts("forest.axis", unit=context.name_unit(outcome))
    y = charts.build_channel(
        "label",
        "nominal",
        title=None,
        sort=list(frame["label"]),
        axis={"ticks": False, "domain": False, "minExtent": 150, "maxExtent": 150},
    )

    def x(column: str) -> charts.Channel:
        return charts.build_channel(
            column, title=title, scale={"domain": ends, "nice": True}, axis={"tickCount": 5}
        )

    lines = {"x": x("low"), "x2": {"field": "high"}, "y": y}
    dots = {"x": x("att"), "y": y}
    layers = [
        charts.build_rule("x", 0, color=charts.MUTED, strokeDash=[3, 3]),
        charts.build_layer(frame, "rule", lines, color=charts.TREATED, strokeWidth=1.5),
        charts.build_layer(
            frame, "point", dots, only="datum.is_main", color=charts.TREATED, **_POINT
        ),
        charts.build_layer(
            frame,
            "point",
            dots,
            only="!datum.is_main",
            color=charts.TREATED,
            fill="white",
            size=44,
            opacity=1,
        ),
    ]
    height = 60 + 22 * len(rows)
    return charts.draw_svg(layers, language=context.texts.language, width=420, height=height)


def _tabulate_checks(context: Context) -> Table | None:
    """Set the headline's p-values beside those of other ways of inference."""
    checks, tests, texts = (
        context.table("inference_checks"),
        context.table("multiplicity"),
        context.texts,
    )
    effects = read_effects(context)
    rows = []
    for sector, outcome in list_shown(context):
        by_service, in_sets = (
            _find(checks, sector=sector, outcome=outcome, method=method)
            for method in (_BY_SERVICE, _IN_SETS)
        )
        judged = _find(tests, sector=sector, outcome=outcome, family="headline")
        if by_service is None and in_sets is None and judged is None:
            continue
        rows.append(
            (
                Cell(texts.name("sector", sector)),
                Cell(texts.name("outcome", outcome)),
                Cell(texts.p_value(effects[sector, outcome]["p_value"])),
                _p_cell(context, judged, "p_holm"),
                _p_cell(context, judged, "p_romano_wolf"),
                _p_cell(context, by_service, "p_value"),
                _limits_cell(context, by_service),
                _p_cell(context, in_sets, "p_value"),
            )
        )
    if not rows:
        return None
    many, services = texts("checks.many"), texts("checks.services")
    columns = (
        Column(texts("headline.sector"), is_text=True),
        Column(texts("details.outcome"), is_text=True),
        Column(texts("checks.headline")),
        Column(texts("checks.holm"), many),
        Column(texts("checks.romano_wolf"), many),
        Column(texts("details.p_value"), services),
        Column(texts("details.interval", level=context.level), services),
        Column(texts("checks.in_sets")),
    )
    notes = (texts("checks.note"), hidden_note(context))
    return Table("checks", texts("checks.caption"), columns, tuple(rows), notes)


def _find(frame: pd.DataFrame | None, **keys: str) -> Row | None:
    if frame is None:
        return None
    is_it = pd.Series(True, index=frame.index)
    for name, value in keys.items():
        is_it &= frame[name].eq(value).fillna(False).astype(bool)
    return frame[is_it].iloc[0] if is_it.any() else None


def _p_cell(context: Context, row: Row | None, column: str) -> Cell:
    if row is None:
        return Cell(context.texts("cell.missing"))
    if pd.isna(row[column]):
        return hidden_cell(context)
    return Cell(context.texts.p_value(row[column]))


def _limits_cell(context: Context, row: Row | None) -> Cell:
    if row is None:
        return Cell(context.texts("cell.missing"))
    if pd.isna(row["ci_low"]):
        return hidden_cell(context)
    decimals = context.decimals_of(row["outcome"])
    return Cell(context.texts.interval(row["ci_low"], row["ci_high"], decimals=decimals))
