"""The published findings one by one: what was published, what is found here, and by what rule."""

from collections.abc import Mapping
from typing import TypeAlias

import pandas as pd

from evaluation.findings import POOLED, SHARES_LEVEL
from evaluation.report.cells import hidden_cell, hidden_note, value_cell
from evaluation.report.content import Cell, Column, Context, Row, Section, Table
from evaluation.report.effects import read_effects
from evaluation.study_findings import Finding, PublishedFinding

_Published: TypeAlias = PublishedFinding | Finding
_JUDGED = ("reproduced", "not_reproduced")
_DAYS = ("effect", "pooled_effect", "sick_leave_days_before")


def tabulate_findings(context: Context) -> tuple[Section, ...]:
    """Tabulate the findings; no section where the study names none.

    Args:
        context: Disclosed tables.
    """
    frame = context.table("findings")
    if frame is None:
        return ()
    texts, known = context.texts, _find_published(context)
    judged = frame[frame["status"].isin(_JUDGED)]
    count = texts(
        "findings.judged" if len(judged) else "findings.none_judged",
        reproduced=texts.count(int(judged["status"].eq("reproduced").sum())),
        judged=texts.count(len(judged)),
    )
    text = f"{texts('findings.text')} {count}"
    names = ("number", "published", "here", "verdict", "how")
    columns = tuple(Column(texts(f"findings.{name}"), is_text=name != "here") for name in names)
    rows = tuple(_build_row(context, row, known) for _, row in frame.iterrows())
    table = Table(
        "findings",
        texts("findings.caption", source=context.data.study.provenance.source),
        columns,
        rows,
        notes=(texts("findings.note", levels=_tell_levels(context)), hidden_note(context)),
        is_stacked=True,
    )
    return (Section("findings", texts("findings.title"), (text,), blocks=(table,)),)


def _tell_levels(context: Context) -> str:
    """Say the level of the intervals: that of effects is the study's."""
    other = context.texts.percent(SHARES_LEVEL, decimals=0)
    if context.level == other:
        return other
    return context.texts("findings.levels", level=context.level, other=other)


def _find_published(context: Context) -> Mapping[tuple[str, str], _Published]:
    study = context.data.study
    effects: dict[tuple[str, str], _Published] = {
        (each.id, f"{each.sector}, {each.outcome}"): each for each in study.published
    }
    return effects | {(each.id, each.part): each for each in study.finding}


def _build_row(
    context: Context, row: Row, known: Mapping[tuple[str, str], _Published]
) -> tuple[Cell, ...]:
    texts = context.texts
    finding = known[row["finding_id"], row["part"]]
    words = finding.text_nb if texts.language == "nb" else finding.text_en
    where = ""
    if isinstance(finding, PublishedFinding):
        outcome = texts.name("outcome_in_sentence", finding.outcome)
        where = f"{texts.name('sector', finding.sector)}, {outcome}"
    if pd.isna(row["status"]):
        verdict = hidden_cell(context)
    else:
        mark = {"reproduced": "good", "not_reproduced": "bad"}.get(row["status"], "")
        verdict = Cell(_name_status(context, row, finding), mark=mark)
    return (
        Cell(row["finding_id"]),
        Cell(where or words, below=words if where else ""),
        _tell_number(context, row),
        verdict,
        Cell(_tell_rule(context, row, finding)),
    )


def _name_status(context: Context, row: Row, finding: _Published) -> str:
    """Name a verdict; an effect that is not assessed has no estimate, or was not judged."""
    status = str(row["status"])
    if status == "not_assessed" and row["measure"] in ("effect", "pooled_effect"):
        sector = finding.sector if isinstance(finding, PublishedFinding) else POOLED
        is_estimated = (sector, finding.outcome) in read_effects(context)
        status = "gate_not_run" if is_estimated else "no_estimate"
    return context.texts.name("finding_status", status)


def _tell_number(context: Context, row: Row) -> Cell:
    texts = context.texts
    if pd.isna(row["estimate"]):
        return value_cell(context, row, "estimate", texts.number)
    if row["measure"] == "check":
        return Cell(texts("findings.places", count=texts.count(int(row["estimate"]))))
    if row["measure"] in _DAYS:
        number = texts.number(row["estimate"], sign=True)
        interval = texts.interval(row["ci_low"], row["ci_high"])
        return Cell(texts("findings.days", number=number), below=interval)
    low, high = 100 * row["ci_low"], 100 * row["ci_high"]
    # Without an interval the share is rounded, because a small number could be told from it.
    is_rounded = bool(pd.isna(row["ci_low"]))
    below = "" if is_rounded else texts.interval(low, high)
    decimals = 0 if is_rounded else 1
    if row["rule"] == "rises":
        number = texts.number(100 * row["estimate"], sign=True, decimals=decimals)
        return Cell(texts("findings.points", number=number), below=below)
    return Cell(texts.percent(row["estimate"], decimals=decimals), below=below)


def _tell_rule(context: Context, row: Row, finding: _Published) -> str:
    texts = context.texts
    if isinstance(finding, PublishedFinding):
        # Of an estimate that is withheld, nothing is told.
        is_told: bool = pd.notna(row["rounded_inside"]) and row["status"] != "withheld"
        inside: str = "" if not is_told else f" {_tell_rounded(context, row)}"
        return texts("findings.how_effect", level=context.level) + inside
    measure = texts.name("finding_measure", finding.measure)
    limit = _tell_limit(context, finding)
    return texts(
        f"findings.how_{finding.rule}",
        measure=measure,
        limit=limit,
        tolerance=texts.number(100 * (finding.tolerance or 0)),
        years=_tell_years(finding.years),
        before=_tell_years(finding.years_before),
        check=finding.check_id,
    )


def _tell_rounded(context: Context, row: Row) -> str:
    key = "rounded_inside" if row["rounded_inside"] else "rounded_outside"
    return context.texts(f"findings.{key}")


def _tell_limit(context: Context, finding: Finding) -> str:
    texts = context.texts
    if finding.measure in _DAYS:
        return texts("findings.days", number=texts.number(finding.value, decimals=0))
    return texts.percent(finding.value, decimals=0)


def _tell_years(years: tuple[int, ...]) -> str:
    return f"{years[0]}-{years[-1]}" if len(years) > 1 else "".join(map(str, years))
