"""How it was done and what it does not answer, in plain words that follow the study's settings."""

from evaluation.report.absent import find_withheld
from evaluation.report.answer import name_controls
from evaluation.report.content import Context, Section
from evaluation.report.effects import read_effects
from evaluation.report.trends import UNCERTAIN_YEAR


def write_methods(context: Context) -> Section:
    """Say how the numbers came about; what the study does not use is not told.

    Args:
        context: The study.
    """
    texts, study = context.texts, context.data.study
    windows = study.windows
    items = [
        texts(
            f"methods.who_{study.index.anchor}",
            first=texts.setting(study.period.first_index_date),
            last=texts.setting(study.period.last_index_date),
            youngest=study.eligibility.min_age_years,
            oldest=study.eligibility.max_age_years,
        ),
        _tell_matching(context),
        texts(
            "methods.effect",
            units=context.join_units(),
            before=windows.before_days,
            after=windows.after_days,
        ),
        _tell_uncertainty(context),
        texts("methods.gate"),
    ]
    if len(study.inference.estimators) > 1:
        items.append(texts("methods.estimators"))
    if study.subgroups.variables:
        items.append(texts("methods.subgroups"))
    if study.variants:
        items.append(texts("methods.specifications", n=len(study.variants)))
    if study.outcomes.by_period:
        items.append(texts("methods.sensitivity"))
    items.append(texts("methods.disclosure", min=study.disclosure.min_cell_count))
    if context.is_synthetic:
        items.append(texts("methods.synthetic"))
    return Section("methods", texts("methods.title"), (texts("methods.text"),), tuple(items))


def _tell_matching(context: Context) -> str:
    texts, matching = context.texts, context.data.study.matching
    exact = [texts.name("exact", name) for name in matching.exact_on]
    exact += [texts("methods.index_year")] if matching.within_index_year else []
    return texts("methods.matching", controls=name_controls(context), exact=texts.join(exact))


def _tell_uncertainty(context: Context) -> str:
    """Say what the intervals are and what they allow for, by how errors are clustered."""
    texts, chosen = context.texts, context.data.study.inference.cluster_on
    on = "_".join(name for name in ("matched_set", "person") if name in chosen) or "none"
    interval = texts("methods.uncertainty", level=context.level)
    return f"{interval} {texts(f'methods.clustered_{on}')}"


def write_limits(context: Context) -> Section:
    """Say what the report does not answer.

    Args:
        context: Disclosed tables.
    """
    texts, study, effects = context.texts, context.data.study, read_effects(context)
    keys = ["unmeasured", "others", "unmatched", "time", "subgroups", "services"]
    keys += ["replaced", "work"]
    if not effects or any(row["gate"] == "not_run" for row in effects.values()):
        keys.insert(0, "gate")
    if find_withheld(context):
        keys.insert(0, "withheld")
    if study.period.last_index_date.year >= UNCERTAIN_YEAR:
        keys.append("coding")
    if "TSB" in study.sectors:
        keys.append("tsb")
    values = {"after": study.windows.after_days}
    items = tuple(texts(f"limits.{key}", **values) for key in keys)
    return Section("limits", texts("limits.title"), items=items)
