"""The gate: which estimates passed, and what each diagnostic said, in words beside the colours."""

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from evaluation.report.cells import hidden_cell
from evaluation.report.content import DECIMALS, Cell, Column, Context, Row, Section, Table

_MARKS = {"pass": "good", "fail": "bad", "not_run": "hidden"}
_SECTOR_WIDE = "all"
# Percentages, days and pure numbers are written each in their way.
_SHARES = ("matched_share", "coding")
# These fail by their p-value; beyond their limit alone they pass.
_LOOK_FOR_FAULTS = ("pre_trend", "placebo", "negative_controls")
# Of these, what is beyond the limit is a fault only where chance does not explain it.
_PASS_BY_CHANCE = ("placebo", "negative_controls", "regression_to_mean", "follow_up")
_DECIMALS = {"balance": 3, "pre_trend": 2}
_LIMIT_DECIMALS = 3  # of limits below 1, where fewer would round them


def name_reasons(context: Context, row: Row) -> str:
    """Name the diagnostics that withhold an estimate, or leave it unassessed.

    Args:
        context: Disclosed tables.
        row: A row of estimates.
    """
    if row["gate"] == "pass":
        return ""
    reasons = list_reasons(context, row)
    if reasons is None:
        return "" if pd.isna(row["gate_reasons"]) else str(row["gate_reasons"])
    if not reasons:
        return context.texts("gate.follows")
    return context.texts.join([_name_within(context, reason) for reason in reasons])


def list_reasons(context: Context, row: Row) -> list[str] | None:
    """List the identifiers of the diagnostics behind a verdict; None where none judged the row.

    Args:
        context: Disclosed tables.
        row: A row of estimates that the gate did not pass.
    """
    status, frame = str(row["gate"]), context.table("diagnostics")
    mine = None if frame is None else _rows_of(frame, row["sector"], row["outcome"])
    if mine is None or mine.empty:
        return None
    told = mine["status"].eq(status)
    if status == "not_run":
        told &= mine["diagnostic"].isin(context.data.study.gate.required)
    return list(dict.fromkeys(mine.loc[told, "diagnostic"]))


def explain_reasons(context: Context, rows: Iterable[Row]) -> list[str]:
    """Say in a few words what the diagnostics named in a table ask; empty where none is named.

    Args:
        context: Disclosed tables.
        rows: Rows of estimates in the table.
    """
    named = [
        name for row in rows if row["gate"] != "pass" for name in list_reasons(context, row) or []
    ]
    told = [
        f"{_name_within(context, name)} ({context.texts.name('diagnostic_brief', name)})"
        for name in dict.fromkeys(named)
    ]
    return [context.texts("headline.reasons", list="; ".join(told))] if told else []


def _name_within(context: Context, diagnostic: str) -> str:
    """Name a diagnostic as it stands within a sentence."""
    name = context.texts.name("diagnostic", diagnostic)
    return name[0].lower() + name[1:]


def _rows_of(frame: pd.DataFrame, sector: str, outcome: str) -> pd.DataFrame:
    of_sector = frame[frame["sector"].eq(sector)]
    if not of_sector["outcome"].eq(outcome).any():
        return of_sector.iloc[:0]
    return of_sector[of_sector["outcome"].isin([_SECTOR_WIDE, outcome])]


def build_gate(context: Context) -> Section:
    """Build the section of the gate: verdicts by sector and outcome, then every diagnostic.

    Args:
        context: Disclosed tables.
    """
    texts = context.texts
    frame, estimates = context.table("diagnostics"), context.table("estimates")
    if frame is None or estimates is None:
        return Section("gate", texts("gate.title"), (texts("gate.none"),))
    lines = (texts("gate.text"), texts("gate.unseen"))
    blocks = (_tabulate_verdicts(context, estimates), _tabulate_diagnostics(context, frame))
    asked, units = dict.fromkeys(frame["diagnostic"]), context.join_units()
    items = tuple(
        f"{texts.name('diagnostic', name)}: {texts(f'diagnostic_asks.{name}', units=units)}"
        for name in asked
    )
    return Section("gate", texts("gate.title"), lines, items, blocks)


def _tabulate_verdicts(context: Context, estimates: pd.DataFrame) -> Table:
    texts = context.texts
    main = estimates[
        estimates["specification_id"].eq("main")
        & estimates["subgroup"].eq("all")
        & estimates["estimator"].eq("did_2x2")
    ]
    found = {(row["sector"], row["outcome"]): row for _, row in main.iterrows()}
    columns = [Column(texts("headline.sector"), is_text=True)]
    columns += [
        Column(texts.name("outcome", outcome), is_text=True) for outcome in context.outcomes
    ]
    rows = tuple(
        (
            Cell(texts.name("sector", sector)),
            *(_verdict_cell(context, found.get((sector, o))) for o in context.outcomes),
        )
        for sector in context.sectors_of(main)
    )
    return Table(
        "verdicts", texts("gate.verdicts"), tuple(columns), rows, (texts("gate.verdicts_note"),)
    )


def _verdict_cell(context: Context, row: Row | None) -> Cell:
    texts = context.texts
    if row is None:
        return Cell(texts("cell.missing"))
    status = str(row["gate"])
    word = texts.name("verdict", status)
    return Cell(word, below=name_reasons(context, row), mark=_MARKS[status])  # type: ignore[arg-type]


def _tabulate_diagnostics(context: Context, frame: pd.DataFrame) -> Table:
    texts, sectors = context.texts, context.sectors_of(frame)
    columns = [Column(texts("gate.diagnostic"), is_text=True)]
    columns += [Column(texts.name("sector_short", sector), is_text=True) for sector in sectors]
    found = {(r["diagnostic"], r["outcome"], r["sector"]): r for _, r in frame.iterrows()}
    kinds = list(dict.fromkeys(zip(frame["diagnostic"], frame["outcome"], strict=True)))
    rows: list[tuple[Cell, ...]] = []
    for group in (_SECTOR_WIDE, *context.outcomes):
        mine = [name for name, outcome in kinds if outcome == group]
        if not mine:
            continue
        heading = texts("gate.sector_wide") if group == _SECTOR_WIDE else texts.name(
            "outcome", group
        )  # fmt: skip
        rows.append((Cell(heading),))
        for name in mine:
            cells = (_diagnostic_cell(context, found.get((name, group, s))) for s in sectors)
            rows.append((Cell(texts.name("diagnostic", name)), *cells))
    note = texts(
        "gate.note",
        alpha=texts.percent(context.data.study.gate.alpha),
        units=context.join_units(),
        after=context.data.study.windows.after_days,
        drift=texts.name("diagnostic", "pre_trend_equivalence"),
    )
    notes = (note,)
    return Table("gate", texts("gate.caption"), tuple(columns), tuple(rows), notes)


def _diagnostic_cell(context: Context, row: Row | None) -> Cell:
    texts = context.texts
    if row is None:
        return Cell(texts("cell.missing"))
    status = str(row["status"])
    word = texts.name("diagnostic_status", status)
    return Cell(word, below=_describe(context, row), mark=_MARKS[status])  # type: ignore[arg-type]


def _describe(context: Context, row: Row) -> str:
    """Write value and threshold of a diagnostic; a hidden value leaves the threshold."""
    texts, name = context.texts, str(row["diagnostic"])
    if row["status"] == "not_run":
        return ""
    parts: list[str] = []
    show, decimals = _find_format(context, row), _count_decimals(row)
    if pd.notna(row["value"]):
        interval = pd.notna(row["ci_low"]) and name not in _SHARES
        limits = (
            f" ({texts.interval(*row[['ci_low', 'ci_high']], decimals=decimals)})"
            if interval
            else ""
        )
        parts.append(show(row["value"]) + limits)
    elif bool(row.get("is_hidden", False)):
        parts.append(hidden_cell(context).text)
    if name in _LOOK_FOR_FAULTS and pd.notna(row["p_value"]):
        parts.append(f"p {texts.p_value(row['p_value'])}")
    if pd.notna(row["threshold"]):
        parts.append(texts("gate.limit", limit=_show_limit(context, row)))
    if _passes_by_chance(row):
        alpha = texts.number(context.data.study.gate.alpha, decimals=3)
        parts.append(texts("gate.by_chance", alpha=alpha))
    return "; ".join(parts)


def _passes_by_chance(row: Row) -> bool:
    """Whether a value beyond its limit passed, because the test does not tell it from chance."""
    numbers = row[["value", "threshold", "p_value"]]
    is_told = row["status"] == "pass" and row["diagnostic"] in _PASS_BY_CHANCE
    if not is_told or numbers.isna().any():
        return False
    return abs(float(row["value"])) > float(row["threshold"])


def _find_format(context: Context, row: Row) -> Callable[[Any], str]:
    texts, decimals = context.texts, _count_decimals(row)
    if row["diagnostic"] in _SHARES:
        return lambda value: texts.percent(value, decimals=0)
    return lambda value: texts.number(value, decimals=decimals)


def _count_decimals(row: Row) -> int:
    """Count the decimals of a diagnostic: those of what it is, else of its unit."""
    return _DECIMALS.get(str(row["diagnostic"]), DECIMALS.get(str(row["unit"]), 1))


def _show_limit(context: Context, row: Row) -> str:
    """Write a limit; one that is scaled to a small unit or a short window is not rounded away."""
    limit, decimals = float(row["threshold"]), _count_decimals(row)
    if row["diagnostic"] in _SHARES or abs(limit) >= 1 or round(limit, decimals) == limit:
        return _find_format(context, row)(limit)
    return context.texts.number(limit, decimals=max(decimals, _LIMIT_DECIMALS))
