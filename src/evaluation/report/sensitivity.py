"""How much must be wrong before a finding is gone: honest limits, a placebo, parts left out."""

import pandas as pd

from evaluation.report.absent import tell_missing
from evaluation.report.content import Cell, Column, Context, Row, Section, Table
from evaluation.report.effects import Effects, is_shown, read_effects
from evaluation.report.figures import name_panel
from evaluation.report.honest import BREAKDOWN, MAGNITUDE, SMOOTHNESS, draw_honest, select_rows
from evaluation.report.texts import NO_BREAK

PLACEBO, SERVICES, YEARS = "placebo_date", "leave_one_service_out", "leave_one_year_out"
# Its coding of debitor 20 fell, so that treated persons hide among the controls.
DOUBTFUL_YEAR = "2018"


def tabulate_sensitivity(context: Context) -> Section:
    """Tell by how much trends may part before each finding is gone, and what else moves it.

    Args:
        context: Disclosed tables.
    """
    texts, frame = context.texts, context.table("sensitivity")
    title = texts("sensitivity.title")
    effects = {key: row for key, row in read_effects(context).items() if is_shown(row)}
    missing = tell_missing(context)
    if frame is None or not effects:
        lines = missing if frame is not None else [texts("sensitivity.none")]
        return Section("sensitivity", title, tuple(lines))
    chosen, windows = context.data.study.sensitivity, context.data.study.windows
    days = chosen.honest_joined_periods * windows.period_days
    text = texts("sensitivity.text", days=days, level=context.level)
    lines = [text, texts("sensitivity.smoothness"), *_tell_services(context, frame, effects)]
    lines += missing
    items = _tell_breakdowns(context, frame, effects, days)
    blocks = (
        *draw_honest(context, frame, effects),
        _tabulate_honest(context, frame, effects),
        _tabulate_parts(context, frame, effects),
    )
    return Section("sensitivity", title, tuple(lines), tuple(items), blocks=blocks)


def _tell_breakdowns(
    context: Context, frame: pd.DataFrame, effects: Effects, days: int
) -> list[str]:
    """Say at which bound each finding is gone; effects that are none are named together."""
    texts = context.texts
    told, none = [], []
    for (sector, outcome), own in effects.items():
        rows = select_rows(frame, sector, outcome, MAGNITUDE).set_index("level")
        if not {BREAKDOWN, "0"} <= set(rows.index):
            continue
        row, alike = rows.loc[BREAKDOWN], rows.loc["0"]
        where, verdict = name_panel(context, sector, outcome), row["verdict"]
        if verdict == "no_finding" and own["ci_low"] <= 0 <= own["ci_high"]:
            none.append(where)
            continue
        told.append(
            texts(
                f"sensitivity.{verdict}",
                where=where,
                bound=texts.number(row["bound"], decimals=2),
                days=days,
                att=texts.number(row["att"], sign=True),
                interval=texts.interval(alike["ci_low"], alike["ci_high"]),
            )
        )
    return [*told, texts("sensitivity.nothing_to_break", list="; ".join(none))] if none else told


def _tell_services(context: Context, frame: pd.DataFrame, effects: Effects) -> list[str]:
    """Say where one service left out moves the effect most."""
    texts = context.texts
    moves = []
    for (sector, outcome), own in effects.items():
        rows = select_rows(frame, sector, outcome, SERVICES).set_index("level")
        if {"smallest", "largest"} <= set(rows.index):
            low, high = float(rows["att"]["smallest"]), float(rows["att"]["largest"])
            largest = max(abs(low - float(own["att"])), abs(high - float(own["att"])))
            moves.append((largest, name_panel(context, sector, outcome), low, high, own["att"]))
    if not moves:
        return [texts("sensitivity.no_services")]
    _, where, low, high, att = max(moves)
    numbers = {"low": low, "high": high, "att": att}
    shown = {name: texts.number(value, sign=True) for name, value in numbers.items()}
    return [texts("sensitivity.services", where=where, **shown)]


def _tabulate_honest(context: Context, frame: pd.DataFrame, effects: Effects) -> Table:
    texts, chosen = context.texts, context.data.study.sensitivity
    kinds = (
        (MAGNITUDE, chosen.relative_magnitudes, "times"),
        (SMOOTHNESS, chosen.smoothness_days, "days"),
    )
    columns = [Column(texts("headline.sector"), is_text=True)]
    columns.append(Column(texts("sensitivity.effect")))
    columns += [
        Column(texts(f"sensitivity.bound_{unit}", bound=_bound(context, bound)), _group(context, k))
        for k, bounds, unit in kinds
        for bound in bounds
    ]
    rows: list[tuple[Cell, ...]] = []
    for sector, outcome in effects:
        cells = [Cell(name_panel(context, sector, outcome))]
        found = select_rows(frame, sector, outcome, MAGNITUDE)
        att = found["att"].iloc[0] if len(found) else None
        cells.append(Cell(texts.number(att, sign=True)))
        for analysis, bounds, _ in kinds:
            part = select_rows(frame, sector, outcome, analysis).set_index("level")
            cells += [_limits(context, part, f"{bound:g}") for bound in bounds]
        rows.append(tuple(cells))
    caption = texts("sensitivity.caption", level=context.level)
    return Table("honest", caption, tuple(columns), tuple(rows), (texts("sensitivity.note"),))


def _group(context: Context, analysis: str) -> str:
    return context.texts(f"sensitivity.{analysis}")


def _bound(context: Context, bound: float) -> str:
    return context.texts.setting(float(bound))


def _limits(context: Context, part: pd.DataFrame, level: str) -> Cell:
    if level not in part.index:
        return Cell(context.texts("cell.missing"))
    row = part.loc[level]
    # Eight intervals stand side by side: on a narrow page they may break.
    interval = context.texts.interval(row["ci_low"], row["ci_high"])
    return Cell(interval.replace(NO_BREAK, " "))


def _tabulate_parts(context: Context, frame: pd.DataFrame, effects: Effects) -> Table:
    texts = context.texts
    chosen, windows = context.data.study.sensitivity, context.data.study.windows
    before = -chosen.placebo_event_time * windows.period_days
    labels = (
        texts("sensitivity.own"),
        texts("sensitivity.without_service"),
        texts("sensitivity.without_year"),
        texts("sensitivity.without_2018", year=DOUBTFUL_YEAR),
        texts("sensitivity.placebo", days=before),
    )
    columns = (Column(texts("headline.sector"), is_text=True), *(Column(name) for name in labels))
    rows = tuple(
        _part_row(context, frame, sector, outcome, own)
        for (sector, outcome), own in effects.items()
    )
    caption = texts("sensitivity.caption_parts", units=context.join_units())
    notes = (texts("sensitivity.note_parts", min=chosen.min_service_treated),)
    return Table("left_out", caption, columns, rows, notes)


def _part_row(
    context: Context, frame: pd.DataFrame, sector: str, outcome: str, own: Row
) -> tuple[Cell, ...]:
    texts = context.texts
    years = select_rows(frame, sector, outcome, YEARS)
    return (
        Cell(name_panel(context, sector, outcome)),
        _effect(context, own),
        _range(context, select_rows(frame, sector, outcome, SERVICES)),
        _range(context, years),
        *(
            _effect(context, rows.iloc[0]) if len(rows) else Cell(texts("cell.missing"))
            for rows in (
                years[years["level"].eq(DOUBTFUL_YEAR)],
                select_rows(frame, sector, outcome, PLACEBO),
            )
        ),
    )


def _range(context: Context, rows: pd.DataFrame) -> Cell:
    if rows.empty:
        return Cell(context.texts("cell.missing"))
    low, high = (
        context.texts.number(end, sign=True) for end in (rows["att"].min(), rows["att"].max())
    )
    return Cell(f"{low} {context.texts('cell.to')} {high}")


def _effect(context: Context, row: Row) -> Cell:
    texts = context.texts
    return Cell(
        texts.number(row["att"], sign=True), below=texts.interval(row["ci_low"], row["ci_high"])
    )
