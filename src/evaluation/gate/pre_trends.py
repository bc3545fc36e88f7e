"""Trends before treatment: do the arms part (joint test), and are they shown to go alike?

The joint F test takes every pre-period of the event study against its reference. With many
persons it finds what no reader would mind, so it fails only below a small alpha; with few it has
no value, for the covariance of eleven periods wants many clusters: then it is not run.

The equivalence test is of one number: the line through the reference that fits the path of the
difference best given its covariance, told as the drift from the first half of the pre-periods to
the last, in days a year. Period by period, noise would reach any margin; a line is what a trend
is, and weighing by the covariance makes its error a fifth smaller than that of half against
half. Two one-sided tests against a margin in days: the arms pass when the drift is shown to be
smaller. A drift that went on as it was would put the 2x2 of a year off by twice as much.
"""

import numpy as np

from evaluation.errors import EstimationError
from evaluation.estimators.equivalence import estimate_equivalence, estimate_joint_test
from evaluation.estimators.inference import estimate_interval
from evaluation.gate.diagnostic import (
    DAYS_A_YEAR,
    Diagnostic,
    GateSettings,
    describe_problem,
    not_run,
    pass_or_fail,
    show,
    show_in,
    show_limit,
)
from evaluation.results import AttPath, BoolVector, ClusterVariance


def judge_pre_trend(path: AttPath, *, outcome: str, settings: GateSettings) -> Diagnostic:
    """Test that the difference between the arms is that of the reference in all pre-periods.

    Args:
        path: Event study; periods before 0 are taken, att is 0 at the reference.
        outcome: Its outcome.
        settings: Of the protocol.

    Returns:
        value is F; fails when its p-value is below alpha.

    Source: Freyaldenhoven, Hansen, Perez & Shapiro (2021), doi:10.3386/w29170.
    """
    is_tested = (path.term < 0) & (path.se > 0)
    n_terms, n_treated = int(is_tested.sum()), _count(path)

    def refuse(reason: str) -> Diagnostic:
        return not_run("pre_trend", reason, outcome=outcome, unit="F", n_treated=n_treated)

    if not n_terms:
        return refuse("no pre-period beside the reference has an estimate")
    needed = settings.clusters_per_period * n_terms
    if path.n_clusters < needed:
        return refuse(f"{path.n_clusters} clusters; {n_terms} periods need at least {needed}")
    try:
        test = estimate_joint_test(
            path.att[is_tested],
            path.covariance[np.ix_(is_tested, is_tested)],
            n_clusters=path.n_clusters,
        )
    except EstimationError as error:
        return refuse(describe_problem(error))
    worst = int(np.argmax(np.abs(np.where(is_tested, path.att, 0.0))))
    return Diagnostic(
        "pre_trend",
        pass_or_fail(test.p_value < settings.alpha),
        f"F {show(test.statistic)} on {n_terms} periods, p {test.p_value:.2g}, fails below"
        f" {settings.alpha:g}; largest difference {show_in(path.att[worst], settings.unit)}"
        f" {settings.unit} in period {int(path.term[worst])}",
        outcome=outcome,
        value=test.statistic,
        unit="F",
        p_value=test.p_value,
        n_treated=n_treated,
    )


def judge_equivalence(
    path: AttPath,
    *,
    sector: str,
    outcome: str,
    period_days: int,
    settings: GateSettings,
    confidence_level: float,
) -> Diagnostic:
    """Test that the drift between the arms before treatment is smaller than the margin.

    The slope is a'V^-1 x / a'V^-1 a, with x the effects, V their covariance and a the periods
    since the reference; the drift is the slope times half the pre-periods (the distance of the
    halves) times the periods of a year.

    Args:
        path: Event study; periods before 0 are taken, att is 0 at the reference.
        sector: Sector, or ALL.
        outcome: Its outcome.
        period_days: Length of a period, days.
        settings: Of the protocol.
        confidence_level: One less the level of the test.

    Returns:
        value is the drift in days a year, with limits that pass when both lie within the margin
        (so of level 2 * confidence_level - 1, as two one-sided tests have).

    Source: Hartman & Hidalgo (2018), doi:10.1111/ajps.12387; Bilinski & Hatfield (2018),
    arXiv:1805.03273; Aitken (1936), doi:10.1017/S0370164600014346 (the line).
    """
    margin, unit, n_treated = settings.relevant_days[sector], settings.unit, _count(path)

    def refuse(reason: str) -> Diagnostic:
        return not_run(
            "pre_trend_equivalence",
            reason,
            outcome=outcome,
            threshold=margin,
            unit=unit,
            n_treated=n_treated,
        )

    is_fitted = (path.term < 0) & (path.se > 0)
    needed = settings.clusters_per_period * int(is_fitted.sum())
    if not is_fitted.any() or path.n_clusters < needed:
        return refuse(f"{path.n_clusters} clusters; {int(is_fitted.sum())} periods beside the"
                      f" reference, at least {needed} clusters for them are needed")  # fmt: skip
    try:
        slope, slope_variance = _fit_line(path, is_fitted)
    except np.linalg.LinAlgError:
        return refuse("the covariance of the periods is not positive definite")
    scale = scale_drift(int(is_fitted.sum()), period_days)
    drift, variance = slope * scale, slope_variance * scale**2
    try:
        test = estimate_equivalence(
            np.array([drift]),
            np.array([[variance]]),
            margin=margin,
            n_clusters=path.n_clusters,
            confidence_level=confidence_level,
        )
        interval = estimate_interval(
            drift,
            ClusterVariance(variance, path.n_clusters),
            confidence_level=2 * confidence_level - 1,
        )
    except EstimationError as error:
        return refuse(describe_problem(error))
    return Diagnostic(
        "pre_trend_equivalence",
        pass_or_fail(test.p_value >= 1 - confidence_level),
        f"the arms drift apart by {show_in(drift, unit)} {unit} a year"
        f" ({show_in(interval.ci_low, unit)} to {show_in(interval.ci_high, unit)}) from the first"
        f" to the last half of {is_fitted.sum() + 1} periods; shown to be within"
        f" {show_in(test.smallest_margin, unit)}, the margin is {show_limit(margin, unit)}",
        outcome=outcome,
        value=drift,
        unit=unit,
        ci_low=interval.ci_low,
        ci_high=interval.ci_high,
        p_value=test.p_value,
        threshold=margin,
        n_treated=n_treated,
    )


def scale_drift(n_fitted: int, period_days: int) -> float:
    """Give the drift in days a year of a slope of one day a period.

    The halves of the pre-periods lie half of them apart, and a year has so many periods.

    Args:
        n_fitted: Pre-periods with an estimate, beside the reference.
        period_days: Length of a period, days.
    """
    return (n_fitted + 1) / 2 * DAYS_A_YEAR / period_days


def _fit_line(path: AttPath, is_fitted: BoolVector) -> tuple[float, float]:
    """Fit the line through the reference, weighed by the covariance: slope and its variance.

    Raises:
        LinAlgError: The covariance is not positive definite.
    """
    reference = int(path.term[(path.term < 0) & (path.se == 0)][0])
    since = (path.term[is_fitted] - reference).astype(np.float64)
    root = np.linalg.cholesky(path.covariance[np.ix_(is_fitted, is_fitted)])
    x, effects = np.linalg.solve(root, np.column_stack([since, path.att[is_fitted]])).T
    precision = float(np.sum(x * x))
    return float(np.sum(x * effects)) / precision, 1.0 / precision


def _count(path: AttPath) -> int:
    return int(path.n_treated[path.term < 0].max(initial=0))
