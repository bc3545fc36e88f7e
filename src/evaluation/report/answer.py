"""The short answer in words, made from the numbers and careful with them."""

import pandas as pd

from evaluation.report.absent import name_cases
from evaluation.report.content import Context, Row, Section
from evaluation.report.effects import (
    is_shown,
    is_unassessed,
    is_withheld,
    read_effects,
    read_truth,
)


def write_answer(context: Context) -> Section:
    """Say what the main estimates show, in careful words.

    Args:
        context: Disclosed tables.
    """
    texts = context.texts
    lines = [texts("question.text"), _write_estimand(context)]
    lines += [_write_truth(context)] if context.is_synthetic else []
    return Section("answer", texts("answer.title"), (*lines, *_answer_question(context)))


def _answer_question(context: Context) -> list[str]:
    """Say a line for each sector, then what is to be minded about them."""
    texts, effects = context.texts, read_effects(context)
    if effects and all(is_withheld(row) for row in effects.values()):
        return [texts("answer.all_withheld")]
    sectors = dict.fromkeys(sector for sector, _ in effects)
    lines = [_write_sector(context, sector) for sector in sectors]
    shown = {key: row for key, row in effects.items() if is_shown(row)}
    minded = []
    if not shown:
        minded.append(texts("answer.none"))
    if any(_has_zero(row) for row in shown.values() if not is_unassessed(row)):
        minded.append(texts("answer.caution", level=context.level))
    unassessed = [key for key, row in shown.items() if is_unassessed(row)]
    if unassessed:
        minded.append(texts("answer.not_assessed", list=name_cases(context, unassessed)))
    if any(is_withheld(row) for row in effects.values()):
        minded.append(texts("answer.withheld"))
    return [*lines, " ".join(minded)] if minded else lines


def _write_sector(context: Context, sector: str) -> str:
    """Say what is found of a sector, outcomes of which the same is said together."""
    texts, effects = context.texts, read_effects(context)
    said: dict[str, list[str]] = {}
    for outcome in context.outcomes:
        row = effects.get((sector, outcome))
        kind = "no_estimate" if row is None else _kind_of(row)
        name, decimals = texts.name("outcome_in_sentence", outcome), context.decimals_of(outcome)
        if kind == "difference" and row is not None:
            name = texts(
                "answer.number",
                outcome=name,
                att=texts.number(row["att"], decimals=decimals, sign=True),
                unit=context.name_unit(outcome),
                interval=texts.interval(row["ci_low"], row["ci_high"], decimals=decimals),
            )
        said.setdefault(kind, []).append(name)
    parts = [texts(f"answer.{kind}", list=texts.join(names)) for kind, names in said.items()]
    return texts("answer.sector", sector=texts.name("sector", sector), parts="; ".join(parts))


def _kind_of(row: Row) -> str:
    """Tell which sentence a main estimate has."""
    if is_withheld(row):
        return "sector_withheld"
    if not is_shown(row):
        return "hidden" if bool(row.get("is_hidden", False)) else "no_estimate"
    if is_unassessed(row):
        return "sector_not_assessed"
    return "no_difference" if _has_zero(row) else "difference"


def _write_estimand(context: Context) -> str:
    texts, study = context.texts, context.data.study
    estimand = texts(
        "question.estimand",
        units=context.join_units(in_full=True),
        before=study.windows.before_days,
        after=study.windows.after_days,
        moment=texts(f"question.moment_{study.index.anchor}"),
        controls=name_controls(context),
        exact=texts.join([texts.name("exact", name) for name in study.matching.exact_on]),
    )
    if study.matching.uses_prior_outcomes:
        return f"{estimand} {texts('question.prior_outcomes')}"
    return estimand


def name_controls(context: Context) -> str:
    """Say which controls the treated are compared with, by the study's method of matching.

    Args:
        context: The study.
    """
    matching = context.data.study.matching
    if matching.method == "exact" and matching.controls_per_treated == "all":
        return context.texts("question.controls_all")
    if matching.method in ("exact", "nearest") and matching.controls_per_treated == 1:
        return context.texts(f"question.control_{matching.method}")
    return context.texts(f"question.controls_{matching.method}", k=matching.controls_per_treated)


def _write_truth(context: Context) -> str:
    texts = context.texts
    truth = {
        key: row
        for key, row in read_truth(context).items()
        if pd.notna(row["covered"]) and key in read_effects(context)
    }
    if not truth:
        return texts("answer.synthetic_unverified")
    missed = [_case(context, key) for key, row in truth.items() if not row["covered"]]
    told = texts(
        "answer.synthetic_verified",
        level=context.level,
        covered=len(truth) - len(missed),
        total=len(truth),
        missed=texts("answer.synthetic_missed", list=texts.join(missed)) if missed else "",
    )
    if any(is_withheld(read_effects(context)[key]) for key in truth):
        return f"{told} {texts('answer.synthetic_withheld')}"
    return told


def _has_zero(row: Row) -> bool:
    return float(row["ci_low"]) <= 0 <= float(row["ci_high"])


def _case(context: Context, key: tuple[str, str]) -> str:
    sector = context.texts.name("sector_in_sentence", key[0])
    outcome = context.texts.name("outcome_in_sentence", key[1])
    return context.texts("answer.case", sector=sector, outcome=outcome)
