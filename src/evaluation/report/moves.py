"""Where persons in a state are in the next period: a row a move, the arms before and after."""

import pandas as pd

from evaluation.report.absent import find_withheld_sectors, tell_undrawn, tell_withheld
from evaluation.report.cells import hidden_cell
from evaluation.report.charts import STATE_COLOURS
from evaluation.report.content import Cell, Column, Context, Section, Table
from evaluation.report.shares import (
    ARMS,
    count_decimals,
    find_shown,
    leave_out_after,
    order_sectors,
    tell_pooled,
)

_Cases = tuple[tuple[str, str], ...]
_CASES: _Cases = tuple((phase, arm) for phase in ("before", "after") for arm in ARMS)


def tabulate_moves(context: Context) -> Section:
    """Tabulate moves between states from period to period, before and after, by arm.

    Args:
        context: Disclosed tables.
    """
    texts, shown = context.texts, find_shown(context, "state_transitions")
    text = texts("moves.text", days=context.data.study.windows.period_days)
    if not context.data.study.outcomes.by_period:
        text = f"{text} {texts('states.by_month')} {texts('moves.by_month')}"
    if shown.empty:
        lines = tell_undrawn(context, "state_transitions", "moves.withheld")
        return Section("moves", texts("moves.title"), tuple(lines))
    sector, *_ = order_sectors(context, shown)
    frame = context.data.tables["state_transitions"]
    rows = leave_out_after(context, frame[frame["sector"].eq(sector)])
    table = _tabulate(context, rows, sector)
    lines = [text, *tell_pooled(context, shown, frame), *tell_withheld(context, "moves.withheld")]
    return Section("moves", texts("moves.title"), tuple(lines), blocks=(table,))


def _tabulate(context: Context, rows: pd.DataFrame, sector: str) -> Table:
    texts, is_withheld = context.texts, sector in find_withheld_sectors(context)
    cases = tuple(case for case in _CASES if case[0] == "before" or not is_withheld)
    columns = (
        Column(texts("moves.to"), is_text=True),
        *(Column(texts(f"event.legend_{arm}"), texts(f"moves.{phase}")) for phase, arm in cases),
    )
    body: list[tuple[Cell, ...]] = []
    for state in STATE_COLOURS:
        leaving = rows[rows["from_state"].eq(state)]
        if leaving["rounded_to"].notna().any():
            body.append((Cell(texts("moves.from", state=texts.name("state", state))),))
            body += _list_moves(context, leaving, cases)
    caption = texts("moves.caption", sector=texts.name("sector_in_sentence", sector))
    coarsest = rows[rows["rounded_to"].eq(rows["rounded_to"].max())]
    step = texts.percent(rows["rounded_to"].max(), decimals=count_decimals(coarsest))
    return Table("moves", caption, columns, tuple(body), (texts("moves.note", step=step),))


def _list_moves(context: Context, rows: pd.DataFrame, cases: _Cases) -> list[tuple[Cell, ...]]:
    """List the states that any of a state go to, with the share of each arm and phase."""
    texts, shares = context.texts, rows.set_index(["phase", "arm", "to_state"])["share"]
    decimals = count_decimals(rows[rows["rounded_to"].notna()])
    is_hidden = rows["rounded_to"].isna().groupby(rows["phase"]).all()

    def show(phase: str, arm: str, to_state: str) -> Cell:
        if phase not in is_hidden:
            return Cell(texts("cell.missing"))
        if is_hidden[phase]:
            return hidden_cell(context)
        return Cell(texts.percent(shares.get((phase, arm, to_state), 0.0), decimals=decimals))

    return [
        (Cell(texts.name("state", to_state)), *(show(*case, to_state) for case in cases))
        for to_state in STATE_COLOURS
        if rows.loc[rows["to_state"].eq(to_state), "share"].gt(0).any()
    ]
