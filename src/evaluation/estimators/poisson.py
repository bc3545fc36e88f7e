"""Poisson quasi-likelihood 2x2: the effect as a ratio, and in days.

Here is the closed form of the saturated model. Counts need not be Poisson: only the mean
matters, and the error is clustered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.did import read_units
from evaluation.estimators.inference import (
    ROUNDING_SHARE,
    build_att_estimate,
    estimate_cluster_variance,
    estimate_interval,
)
from evaluation.estimators.units import Arms, ClusterDimension, build_arms
from evaluation.results import AttEstimate, BoolVector, FloatVector, Interval, IntVector

PERIODS = 2
COEFFICIENTS = 4  # constant, treated, post, treated x post


@dataclass(frozen=True, slots=True)
class PoissonEstimate:
    """An effect on counts, in days and as a ratio.

    Attributes:
        estimate: In days: treated mean after less what the controls' ratio predicts.
        log_ratio: Coefficient of treated x post.
        log_interval: Its standard error, limits and p-value.
        ratio: exp(log_ratio): after over before of the treated, over that of the controls.
        ratio_low: Lower confidence limit of the ratio.
        ratio_high: Upper confidence limit of the ratio.
    """

    estimate: AttEstimate
    log_ratio: float
    log_interval: Interval
    ratio: float
    ratio_low: float
    ratio_high: float


def estimate_poisson_did(
    before: FloatVector,
    after: FloatVector,
    is_treated: BoolVector,
    *,
    weight: FloatVector,
    matched_set: IntVector,
    person: IntVector,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> PoissonEstimate:
    """Estimate the effect when the arms' trends are parallel in logs, not in days.

    The model E(y) = exp(a + b treated + c post + d treated post) is saturated, so that its
    quasi-likelihood estimate is a ratio of means m (weighted), with persons' own effects in
    the model or not:

        d = log(m_T1 / m_T0) - log(m_C1 / m_C0),  att = m_T1 - m_T0 * m_C1 / m_C0.

    Args:
        before: Count before, zero or more, shape (n_units,), days.
        after: Count after, zero or more, shape (n_units,), days.
        is_treated: Arm, shape (n_units,).
        weight: Above zero, shape (n_units,), no unit.
        matched_set: Label of the set, shape (n_units,).
        person: Label of the person, shape (n_units,).
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions: none, one or both.

    Returns:
        Effect in days and as a ratio, errors by the delta method.

    Raises:
        NoControlsError: No unit is a control.
        NotIdentifiedError: An arm has no day in a period (the ratio is 0 or without end),
            fewer than two clusters, or no variation.
        EstimationError: Shapes differ, a value is missing or below zero.

    Source: Gourieroux, Monfort & Trognon (1984), doi:10.2307/1913472; Wooldridge (2023),
    doi:10.1093/ectj/utad016 (parallel trends in logs, effect on the treated).
    Checked against pyfixest and statsmodels: tests/reference/test_stratified_and_poisson.py.
    """
    units = read_units(
        before,
        after,
        is_treated,
        weight=weight,
        matched_set=matched_set,
        person=person,
        cluster_on=cluster_on,
    )
    if (before < 0).any() or (after < 0).any():
        raise EstimationError("counts below zero; the Poisson mean is of days, not of changes")
    arms = build_arms(units)
    means = [*arms.means(before), *arms.means(after)]
    if min(means) <= 0:
        raise NotIdentifiedError(
            "an arm has no day at all before or after, so the ratio is 0 or without end; use the"
            " linear estimate"
        )
    t0, c0, t1, c1 = means
    scaled = np.where(arms.is_treated, after / t1 - before / t0, after / c1 - before / c0)
    log_ratio = float(np.log(t1 / t0) - np.log(c1 / c0))
    log_interval, _ = _interval(log_ratio, arms.contrast * scaled, arms, confidence_level)
    expected = t0 * c1 / c0
    in_days = np.where(arms.is_treated, after - t1 - (before - t0) * c1 / c0, expected * scaled)
    att = t1 - expected
    interval, n_clusters = _interval(att, arms.contrast * in_days, arms, confidence_level)
    return PoissonEstimate(
        estimate=build_att_estimate(
            "poisson",
            att,
            interval,
            n_treated=arms.n_treated,
            n_control=arms.n_control,
            n_clusters=n_clusters,
            arm_means=(t0, t1, c0, c1),
        ),
        log_ratio=log_ratio,
        log_interval=log_interval,
        ratio=float(np.exp(log_ratio)),
        ratio_low=float(np.exp(log_interval.ci_low)),
        ratio_high=float(np.exp(log_interval.ci_high)),
    )


def _interval(
    estimate: float, influence: FloatVector, arms: Arms, confidence_level: float
) -> tuple[Interval, int]:
    if np.abs(influence).max() * influence.size <= ROUNDING_SHARE:
        raise NotIdentifiedError("nobody differs from the mean of the arm: there is no error")
    spread = estimate_cluster_variance(
        influence,
        arms.clusters,
        n_observations=PERIODS * influence.size,
        n_parameters=COEFFICIENTS,
    )
    return estimate_interval(estimate, spread, confidence_level=confidence_level), spread.n_clusters
