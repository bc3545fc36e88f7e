"""The effects in tables: the main one, and the detailed one."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from evaluation.report.cells import count_cell, hidden_cell, hidden_note, share_cell, value_cell
from evaluation.report.content import Cell, Column, Context, Row, Section, Table
from evaluation.report.gate import explain_reasons, name_reasons
from evaluation.study_findings import PublishedFinding

Effects = Mapping[tuple[str, str], Row]
HEADLINE = "did_2x2"


def read_effects(context: Context, *, estimator: str = HEADLINE) -> Effects:
    """Return the main estimates by (sector, outcome), sectors and outcomes in order.

    Args:
        context: Disclosed tables.
        estimator: Identifier of the estimator.
    """
    frame = context.table("estimates")
    if frame is None:
        return {}
    main = frame[
        frame["specification_id"].eq("main")
        & frame["subgroup"].eq("all")
        & frame["estimator"].eq(estimator)
    ]
    found = {(row["sector"], row["outcome"]): row for _, row in main.iterrows()}
    order = [(s, o) for s in context.sectors_of(main) for o in context.outcomes]
    return {key: found[key] for key in order if key in found}


def read_truth(context: Context) -> Effects:
    """Return the rows of verify by (sector, outcome); empty unless the delivery is synthetic.

    Args:
        context: Disclosed tables.
    """
    frame = context.table("verify")
    if frame is None or not context.is_synthetic:
        return {}
    return {(row["sector"], row["outcome"]): row for _, row in frame.iterrows()}


def find_published(context: Context, sector: str, outcome: str) -> PublishedFinding | None:
    """Return the published finding of a sector and outcome, if there is one.

    Args:
        context: The study.
        sector: Sector code.
        outcome: Outcome name.
    """
    for finding in context.data.study.published:
        if (finding.sector, finding.outcome) == (sector, outcome):
            return finding
    return None


def is_shown(row: Row) -> bool:
    """Whether an estimate may be shown: neither hidden, nor refused by the gate.

    Args:
        row: A row of estimates after disclosure control.
    """
    return bool(pd.notna(row["att"]) and pd.notna(row["ci_low"]) and not is_withheld(row))


def is_withheld(row: Row) -> bool:
    """Whether the gate refused an estimate.

    Args:
        row: A row of estimates.
    """
    return bool(row["gate"] == "fail")


def is_unassessed(row: Row) -> bool:
    """Whether the gate could not judge an estimate, which is then no finding.

    Args:
        row: A row of estimates.
    """
    return bool(row["gate"] == "not_run")


def build_headline(context: Context) -> Section:
    """Build the main table: a row a sector, the outcomes side by side.

    Args:
        context: Disclosed tables.
    """
    texts, effects, truth = context.texts, read_effects(context), read_truth(context)
    columns = [Column(texts("headline.sector"), is_text=True)]
    for outcome in context.outcomes:
        name = texts.name("outcome", outcome)
        columns.append(Column(texts("headline.effect", level=context.level), name))
        columns.append(Column(texts("headline.published"), name, is_text=True))
        columns += [Column(texts("headline.truth"), name)] if truth else []
    people = texts("headline.persons")
    for key in ("n_treated", "n_control", "matched_share"):
        columns.append(Column(texts(f"headline.{key}"), people))
    sectors = list(dict.fromkeys(sector for sector, _ in effects))
    rows = tuple(_headline_row(context, sector, effects, truth) for sector in sectors)
    days = context.data.study.windows.after_days
    source = "headline.source" if truth else "headline.source_approved"
    is_compared = any(
        finding.outcome in context.outcomes and finding.sector in context.data.study.sectors
        for finding in context.data.study.published
        if finding.sector == "ARR"
    )
    ambiguous = (texts("headline.ambiguous"),) if is_compared else ()
    if truth and any(is_withheld(row) for row in effects.values()):
        ambiguous = (*ambiguous, texts("headline.truth_withheld"))
    table = Table(
        key="headline",
        caption=texts(
            "headline.caption",
            level=context.level,
            days=days,
            units=context.join_units(),
            controls=texts(f"headline.controls_{_name_choice(context)}"),
        ),
        columns=tuple(columns),
        rows=rows,
        notes=(
            *explain_reasons(context, effects.values()),
            *ambiguous,
            texts(source),
            hidden_note(context),
        ),
        is_stacked=True,
    )
    if not rows:
        return Section("headline", texts("headline.title"), (texts("absent.none"),))
    return Section("headline", texts("headline.title"), blocks=(table,))


def _name_choice(context: Context) -> str:
    """Name how controls are chosen: matched, or all of them weighted."""
    method = context.data.study.matching.method
    return "matched" if method in ("exact", "nearest") else "weighted"


def _headline_row(
    context: Context, sector: str, effects: Effects, truth: Effects
) -> tuple[Cell, ...]:
    cells = [Cell(context.texts.name("sector", sector))]
    for outcome in context.outcomes:
        row = effects.get((sector, outcome))
        cells.append(Cell(context.texts("cell.missing")) if row is None else _effect(context, row))
        cells.append(_published_cell(context, sector, outcome))
        if truth:
            cells.append(_truth_cell(context, truth.get((sector, outcome))))
    first = next(row for (name, _), row in effects.items() if name == sector)
    cells += [count_cell(context, first, column) for column in ("n_treated", "n_control")]
    return (*cells, _matched_cell(context, sector))


def _effect(context: Context, row: Row) -> Cell:
    if is_withheld(row):
        reasons = name_reasons(context, row)
        return Cell(context.texts("headline.withheld"), below=reasons, mark="hidden")
    if pd.isna(row["att"]):
        return value_cell(context, row, "att", context.texts.number)
    decimals = context.decimals_of(row["outcome"])
    interval = context.texts.interval(row["ci_low"], row["ci_high"], decimals=decimals)
    number = context.texts.number(row["att"], decimals=decimals, sign=True)
    if is_unassessed(row):
        words = [context.texts("headline.not_assessed"), name_reasons(context, row)]
        below = ": ".join(word for word in words if word)
        return Cell(number, below=f"{interval}; {below}", mark="hidden")
    return Cell(number, below=interval, mark="main")


def _published_cell(context: Context, sector: str, outcome: str) -> Cell:
    finding = find_published(context, sector, outcome)
    if finding is None:
        return Cell(context.texts("headline.not_published"), mark="hidden")
    return Cell(finding.text_nb if context.texts.language == "nb" else finding.text_en)


def _truth_cell(context: Context, row: Row | None) -> Cell:
    if row is None:
        return Cell(context.texts("cell.missing"))
    if pd.isna(row["true_att"]):
        return value_cell(context, row, "true_att", context.texts.number)
    decimals = context.decimals_of(row["outcome"])
    text = context.texts.number(row["true_att"], decimals=decimals, sign=True)
    if pd.isna(row["covered"]):
        return Cell(text)
    if row["covered"]:
        return Cell(text, below=context.texts("headline.inside"), mark="good")
    return Cell(text, below=context.texts("headline.outside"), mark="bad")


def _matched_cell(context: Context, sector: str) -> Cell:
    frame = context.table("matched_share")
    rows = None if frame is None else frame[frame["sector"].eq(sector)]
    if rows is None or rows.empty:
        return Cell(context.texts("cell.missing"))
    cell = share_cell(context, rows.iloc[0])
    is_published = sector == "ALL" and context.has_all_sectors
    below = context.texts("headline.published_share") if is_published else ""
    return Cell(cell.text, below=below, mark=cell.mark)


def build_details(context: Context) -> Section:
    """Build the detailed table: each arm before and after, changes and their difference.

    Args:
        context: Disclosed tables.
    """
    texts, windows = context.texts, context.data.study.windows
    arms = [("treated", texts("details.treated")), ("control", texts("details.control"))]
    columns = [Column(texts("headline.sector"), is_text=True)]
    columns.append(Column(texts("details.outcome"), is_text=True))
    columns += [
        Column(texts(f"details.{part}"), name)
        for _, name in arms
        for part in ("before", "after", "change")
    ]
    group = texts("details.difference")
    columns.append(Column(texts("details.att"), group))
    columns.append(Column(texts("details.interval", level=context.level), group))
    columns += [
        Column(texts("details.p_value"), group),
        Column(texts("details.gate"), is_text=True),
    ]
    rows = tuple(_details_row(context, row) for row in read_effects(context).values())
    notes, units = [hidden_note(context)], context.join_units()
    if any(is_withheld(row) for row in read_effects(context).values()):
        notes.insert(0, texts("details.withheld"))
    table = Table(
        "details", texts("details.caption", units=units), tuple(columns), rows, tuple(notes)
    )
    text = texts("details.text", before=windows.before_days, after=windows.after_days, units=units)
    if not rows:
        return Section("details", texts("details.title"), (texts("absent.none"),))
    return Section("details", texts("details.title"), (text,), blocks=(table,))


def _details_row(context: Context, row: Row) -> tuple[Cell, ...]:
    texts = context.texts
    cells = [Cell(texts.name("sector", row["sector"])), Cell(texts.name("outcome", row["outcome"]))]
    for arm in ("treated", "control"):
        cells.append(value_cell(context, row, f"{arm}_before", _show(context, row)))
        if is_withheld(row):
            # Means after, or changes, would give the estimate by subtraction.
            cells += [Cell(texts("cell.missing"), mark="hidden")] * 2
            continue
        cells.append(value_cell(context, row, f"{arm}_after", _show(context, row)))
        cells.append(value_cell(context, row, f"{arm}_change", _show(context, row, sign=True)))
    gate = Cell(texts.name("gate", row["gate"]), below=name_reasons(context, row))
    return (*cells, *_difference(context, row), gate)


def _difference(context: Context, row: Row) -> tuple[Cell, ...]:
    texts = context.texts
    if is_withheld(row):
        dash = Cell(texts("cell.missing"), mark="hidden")
        return (Cell(texts("headline.withheld"), mark="hidden"), dash, dash)
    if pd.isna(row["att"]) and row.get("is_hidden", False):
        return (hidden_cell(context),) * 3
    return (
        Cell(_show(context, row, sign=True)(row["att"])),
        Cell(
            texts.interval(
                row["ci_low"], row["ci_high"], decimals=context.decimals_of(row["outcome"])
            )
        ),
        Cell(texts.p_value(row["p_value"])),
    )


def _show(context: Context, row: Row, *, sign: bool = False) -> Callable[[Any], str]:
    decimals = context.decimals_of(row["outcome"])
    return lambda value: context.texts.number(value, decimals=decimals, sign=sign)
