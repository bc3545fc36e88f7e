"""The short answer in words, made from the numbers and careful with them."""

from collections.abc import Mapping

import pandas as pd

from evaluation.report.content import Context, Row, Section
from evaluation.report.effects import is_shown, is_withheld, read_effects, read_truth
from evaluation.report.gate import name_reasons
from evaluation.study_outcomes import Outcome


def write_answer(context: Context) -> Section:
    """Say what the main estimates show, in careful words.

    Args:
        context: Disclosed tables.
    """
    texts, effects = context.texts, read_effects(context)
    lines = [texts("question.text"), _write_estimand(context)]
    lines += [_write_truth(context)] if context.is_synthetic else []
    answer: list[str] = []
    for outcome in context.outcomes:
        shown = {s: row for (s, o), row in effects.items() if o == outcome and is_shown(row)}
        answer += _write_outcome(context, outcome, shown)
    if not any(is_shown(row) for row in effects.values()):
        answer.append(texts("answer.none"))
    elif any(_has_zero(row) for row in effects.values() if is_shown(row)):
        answer.append(texts("answer.caution"))
    if any(row["gate"] == "not_run" for row in effects.values() if is_shown(row)):
        answer.append(texts("answer.not_assessed"))
    withheld = [_withheld(context, key, row) for key, row in effects.items() if is_withheld(row)]
    if withheld:
        answer.append(texts("answer.withheld", list="; ".join(withheld)))
    return Section("answer", texts("answer.title"), (*lines, " ".join(answer)))


def _write_estimand(context: Context) -> str:
    texts, study = context.texts, context.data.study
    estimand = texts(
        "question.estimand",
        units=context.join_units(in_full=True),
        before=study.windows.before_days,
        after=study.windows.after_days,
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


def _write_outcome(context: Context, outcome: Outcome, shown: Mapping[str, Row]) -> list[str]:
    """Say for which sectors 0 lies inside the interval, and for which outside."""
    texts = context.texts
    inside = [texts.name("sector_in_sentence", s) for s, row in shown.items() if _has_zero(row)]
    outside = [
        texts(
            "answer.outside_one",
            sector=texts.name("sector_in_sentence", sector),
            att=texts.number(row["att"], sign=True),
            unit=context.name_unit(outcome),
            interval=texts.interval(row["ci_low"], row["ci_high"]),
        )
        for sector, row in shown.items()
        if not _has_zero(row)
    ]
    if not shown:
        return []
    key = "both" if inside and outside else "inside" if inside else "outside"
    words = {
        "outcome": texts.name("outcome_in_sentence", outcome),
        "level": context.level,
        "inside": texts.join(inside),
        "outside": texts.join(outside),
    }
    return [texts(f"answer.{key}", **words)]


def _has_zero(row: Row) -> bool:
    return float(row["ci_low"]) <= 0 <= float(row["ci_high"])


def _withheld(context: Context, key: tuple[str, str], row: Row) -> str:
    return context.texts(
        "answer.case_withheld", case=_case(context, key), reasons=name_reasons(context, row)
    )


def _case(context: Context, key: tuple[str, str]) -> str:
    sector = context.texts.name("sector_in_sentence", key[0])
    outcome = context.texts.name("outcome_in_sentence", key[1])
    return context.texts("answer.case", sector=sector, outcome=outcome)
