"""Where persons in a state are in the next period: a table of moves before and after."""

import pandas as pd

from evaluation.report.charts import STATE_COLOURS
from evaluation.report.content import Cell, Column, Context, Section, Table

_ARMS = ("treated", "control")
_PHASES = ("before", "after")


def tabulate_moves(context: Context) -> Section:
    """Tabulate moves between states from period to period, the arms under each other.

    Args:
        context: Disclosed tables.
    """
    texts, frame = context.texts, context.table("state_transitions")
    text = texts("moves.text", days=context.data.study.windows.period_days)
    shown = pd.DataFrame() if frame is None else frame[frame["rounded_to"].notna()]
    if shown.empty:
        return Section("moves", texts("moves.title"), (text,))
    sector, *_ = context.sectors_of(shown, pooled_first=True)
    rows = shown[shown["sector"].eq(sector)]
    tables = tuple(
        _tabulate_phase(context, rows[rows["phase"].eq(phase)], sector, phase)
        for phase in _PHASES
        if rows["phase"].eq(phase).any()
    )
    return Section("moves", texts("moves.title"), (text,), blocks=tables)


def _tabulate_phase(context: Context, rows: pd.DataFrame, sector: str, phase: str) -> Table:
    texts = context.texts
    shares = rows.set_index(["from_state", "arm", "to_state"])["share"]
    to_states = [s for s in STATE_COLOURS if rows.loc[rows["to_state"].eq(s), "share"].gt(0).any()]
    from_states = [state for state in STATE_COLOURS if rows["from_state"].eq(state).any()]
    columns = (
        Column(texts("moves.from"), is_text=True),
        Column(texts("moves.arm"), is_text=True),
        *(Column(texts.name("state", state), texts("moves.to")) for state in to_states),
    )
    body = tuple(
        (
            Cell(texts.name("state", state)),
            Cell(texts(f"event.legend_{arm}")),
            *(
                Cell(texts.percent(shares.get((state, arm, to), 0.0), decimals=0))
                for to in to_states
            ),
        )
        for state in from_states
        for arm in _ARMS
    )
    sector_name = texts.name("sector_in_sentence", sector)
    return Table(
        f"moves-{phase}",
        texts(f"moves.caption_{phase}", sector=sector_name),
        columns,
        body,
        (texts("moves.note"),),
    )
