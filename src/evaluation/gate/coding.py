"""Coding: are persons who were treated, but not coded so, among the controls?

A mark tells: work-directed procedures and diagnoses, which treatment brings with it and ordinary
care seldom does. If a share h of the controls were treated without the code, the mark is found
among controls at least h times as often as among the treated; so

    hidden = share of matched controls with the mark / share of matched treated with it

is an upper bound of h, for every mark among the controls is taken for a hidden treatment.
Contamination by h moves an effect towards zero by h of itself. Chosen: the pooled bound must not
lie beyond the threshold with its whole interval; single years are told, and judged no further,
for each has few persons and one year moves the whole by its share alone.
"""

import numpy as np

from evaluation.errors import EstimationError
from evaluation.estimators.inference import estimate_cluster_variance
from evaluation.estimators.units import build_arms, build_units
from evaluation.gate.diagnostic import (
    Diagnostic,
    GateSettings,
    describe_problem,
    normal_quantile,
    not_run,
    pass_or_fail,
    show,
)
from evaluation.gate.sample import Sample
from evaluation.results import BoolVector, FloatVector, IntVector

_UNIT = "share of controls"


def judge_coding(
    has_mark: BoolVector,
    index_year: IntVector,
    sample: Sample,
    *,
    settings: GateSettings,
) -> Diagnostic:
    """Judge the share of treated persons hidden among the controls.

    Args:
        has_mark: Whether the person has a work-directed code from the index date on, (n_units,).
        index_year: Calendar year of the index date, shape (n_units,).
        sample: The units.
        settings: Of the protocol.

    Returns:
        value is the bound over all years, with limits by the delta method, clustered as the
        study does.

    Source: Gustafson (2003), Measurement Error and Misclassification, section 3 (misclassified
    exposure); the mark is our own idea.
    """
    limit, n_treated = settings.max_hidden_share, sample.n_treated

    def refuse(reason: str) -> Diagnostic:
        return not_run("coding", reason, threshold=limit, unit=_UNIT, n_treated=n_treated)

    marked = int(np.unique(sample.person[has_mark & sample.is_treated]).size)
    if marked < settings.min_marked_persons:
        return refuse(
            f"{marked} treated have a work-directed code; at least {settings.min_marked_persons}"
            " are needed to see anything by it"
        )
    units = build_units(
        sample.is_treated,
        weight=sample.weight,
        matched_set=sample.matched_set,
        person=sample.person,
        cluster_on=sample.cluster_on,
    )
    try:
        arms = build_arms(units)
        treated, control = arms.means(has_mark.astype(np.float64))
        hidden = control / treated
        mean = np.where(sample.is_treated, treated, control)
        residual: FloatVector = has_mark.astype(np.float64) - mean
        influence = (arms.control - hidden * arms.treated) * residual / treated
        spread = estimate_cluster_variance(
            influence, arms.clusters, n_observations=has_mark.size, n_parameters=2
        )
    except EstimationError as error:
        return refuse(describe_problem(error))
    half_width = normal_quantile(sample.confidence_level) * float(np.sqrt(spread.variance))
    low = max(0.0, hidden - half_width)
    return Diagnostic(
        "coding",
        pass_or_fail(low > limit),
        f"{treated:.1%} of the treated and {control:.1%} of the controls have a work-directed"
        f" code, so at most {hidden:.1%} ({low:.1%} to {hidden + half_width:.1%}) of the controls"
        f" were treated without the code; {limit:.0%} is allowed"
        f"{_describe_years(has_mark, index_year, sample, settings)}",
        value=hidden,
        unit=_UNIT,
        ci_low=low,
        ci_high=hidden + half_width,
        threshold=limit,
        n_treated=n_treated,
    )


def inherit_coding(pooled: Diagnostic, settings: GateSettings) -> Diagnostic:
    """Judge a sector in which the mark tells nothing: it fails with the others, passes never.

    Args:
        pooled: Of the sectors in which it does.
        settings: Of the protocol.
    """
    where = ", ".join(settings.coding_sectors)
    reason = f"work-directed codes do not tell treated from others in this sector; {where}:"
    limit = settings.max_hidden_share
    if pooled.status != "fail":
        words = f"{reason} {pooled.status.replace('_', ' ')}"
        return not_run("coding", words, threshold=limit, unit=_UNIT)
    return Diagnostic(
        "coding",
        "fail",
        f"{reason} {pooled.detail}",
        value=pooled.value,
        unit=_UNIT,
        ci_low=pooled.ci_low,
        ci_high=pooled.ci_high,
        threshold=limit,
    )


def _describe_years(
    has_mark: BoolVector, index_year: IntVector, sample: Sample, settings: GateSettings
) -> str:
    """Tell the worst year among those with enough marked treated persons."""
    years, place = np.unique(index_year, return_inverse=True)
    is_treated = sample.is_treated

    def sum_up(arm: BoolVector, weight: BoolVector | None = None) -> np.ndarray:
        kept = arm if weight is None else arm & weight
        return np.bincount(place[kept], weights=sample.weight[kept], minlength=years.size)

    number = np.bincount(place[is_treated & has_mark], minlength=years.size)
    told = np.flatnonzero((number >= settings.min_marked_persons) & (sum_up(~is_treated) > 0))
    if not told.size:
        return ""
    treated = sum_up(is_treated, has_mark)[told] / sum_up(is_treated)[told]
    control = sum_up(~is_treated, has_mark)[told] / sum_up(~is_treated)[told]
    by_year = control / treated
    worst = int(np.argmax(by_year))
    return f"; worst year {int(years[told[worst]])}: {show(100 * by_year[worst], 1)}%"
