"""The matched 2x2 difference in differences: one period before, one after, two arms.

Here is the estimate on arrays. Choosing matched sets, sectors and windows is not here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.inference import (
    ROUNDING_SHARE,
    build_att_estimate,
    estimate_cluster_variance,
    estimate_interval,
)
from evaluation.estimators.units import (
    Arms,
    ClusterDimension,
    MatchedUnits,
    build_arms,
    build_units,
)
from evaluation.results import AttEstimate, BoolVector, FloatVector, IntVector

ESTIMATOR = "did_2x2"
PERIODS = 2
COEFFICIENTS = 4  # constant, treated, post, treated x post


def estimate_did_2x2(
    before: FloatVector,
    after: FloatVector,
    is_treated: BoolVector,
    *,
    weight: FloatVector,
    matched_set: IntVector,
    person: IntVector,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> AttEstimate:
    """Estimate the att as the treated's mean change less the matched controls' mean change.

    A unit is one person within one matched set. With weight 1 for the treated and 1 over the
    number of controls in the set for a control, the estimate is the mean over matched treated
    of the person's own change less the mean change of the person's controls. It equals the
    coefficient of treated x post in the weighted regression y ~ treated * post on the stacked
    panel (N = 2 * n_units rows, k = 4), and se is that regression's, clustered:

        influence_i = +-w_i / W_arm * (change_i - mean change of the arm).

    Assumes parallel trends within matched sets and no anticipation. Both rows of a unit lie
    in the same cluster whatever cluster_on says. When cluster_on is empty every unit is its
    own cluster, which is robust to heteroskedasticity and to the dependence of a unit's two
    rows, and to nothing else.

    Args:
        before: Outcome before, shape (n_units,), days.
        after: Outcome after, shape (n_units,), days.
        is_treated: Arm, shape (n_units,).
        weight: Above zero, shape (n_units,), no unit.
        matched_set: Label of the set, shape (n_units,).
        person: Label of the person, shape (n_units,); a person may be in many sets.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions: none, one or both.

    Returns:
        Estimate with standard error, limits and the four means, in days.

    Raises:
        NoControlsError: No unit is a control.
        NotIdentifiedError: No unit is treated, fewer than two clusters, or the outcome does
            not vary, so that the data hold no standard error.
        EstimationError: Shapes differ, a value is missing, or a weight is not above zero.

    Source: Abadie & Spiess (2022), doi:10.1080/01621459.2020.1840383 (clusters are the matched
    sets); Cameron, Gelbach & Miller (2011), doi:10.1198/jbes.2010.07136 (two-way).
    Checked against pyfixest, statsmodels and linearmodels:
    tests/reference/test_did_vs_packages.py.
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
    return estimate_change(before, after, build_arms(units), confidence_level=confidence_level)


def estimate_change(
    before: FloatVector, after: FloatVector, arms: Arms, *, confidence_level: float
) -> AttEstimate:
    """Estimate the 2x2 on units whose arms are built: one period of an event study.

    Args:
        before: Outcome before, finite, shape (n_units,), days.
        after: Outcome after, finite, shape (n_units,), days.
        arms: The arms of the same units, in the same order.
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Returns:
        As `estimate_did_2x2`; the same bytes whatever the number of threads.

    Raises:
        NotIdentifiedError: Fewer than two clusters, or the outcome does not vary.

    Source and checks: as `estimate_did_2x2`, tests/reference/test_did_vs_packages.py.
    """
    return estimate_change_and_influence(before, after, arms, confidence_level=confidence_level)[0]


def estimate_change_and_influence(
    before: FloatVector, after: FloatVector, arms: Arms, *, confidence_level: float
) -> tuple[AttEstimate, FloatVector]:
    """Estimate the 2x2, and what each unit adds to its error.

    Args:
        before: Outcome before, finite, shape (n_units,), days.
        after: Outcome after, finite, shape (n_units,), days.
        arms: The arms of the same units, in the same order.
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Returns:
        The estimate, and the influence of each unit, shape (n_units,), days: the estimate
        less the truth is about its sum.

    Raises:
        NotIdentifiedError: Fewer than two clusters, or the outcome does not vary.

    Source and checks: as `estimate_did_2x2`, tests/reference/test_did_vs_packages.py.
    """
    change = after - before
    treated_change, control_change = arms.means(change)
    residual = change - np.where(arms.is_treated, treated_change, control_change)
    _check_variation(residual, change)
    influence = arms.contrast * residual
    spread = estimate_cluster_variance(
        influence,
        arms.clusters,
        n_observations=PERIODS * change.size,
        n_parameters=COEFFICIENTS,
    )
    att = treated_change - control_change
    interval = estimate_interval(att, spread, confidence_level=confidence_level)
    treated_before, control_before = arms.means(before)
    treated_after, control_after = arms.means(after)
    estimate = build_att_estimate(
        ESTIMATOR,
        att,
        interval,
        n_treated=arms.n_treated,
        n_control=arms.n_control,
        n_clusters=spread.n_clusters,
        arm_means=(treated_before, treated_after, control_before, control_after),
    )
    return estimate, influence


def read_units(
    before: FloatVector,
    after: FloatVector,
    is_treated: BoolVector,
    *,
    weight: FloatVector,
    matched_set: IntVector,
    person: IntVector,
    cluster_on: Sequence[ClusterDimension],
) -> MatchedUnits:
    """Code the units of a 2x2, and refuse arrays that none can be estimated from.

    Args:
        before: Outcome before, shape (n_units,).
        after: Outcome after, shape (n_units,).
        is_treated: Arm, shape (n_units,).
        weight: Above zero, shape (n_units,).
        matched_set: Label of the set, shape (n_units,).
        person: Label of the person, shape (n_units,).
        cluster_on: Names of the clustering dimensions: none, one or both.

    Raises:
        EstimationError: Shapes differ, a value is missing, or a weight is not above zero.

    Checked against drawn refusals: tests/unit/test_did.py.
    """
    arrays: dict[str, NDArray[Any]] = {
        "before": before,
        "after": after,
        "is_treated": is_treated,
        "weight": weight,
        "matched_set": matched_set,
        "person": person,
    }
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) != 1 or len(next(iter(shapes.values()))) != 1:
        raise EstimationError(f"all arrays must have shape (n_units,); got {shapes}")
    _check_values({"before": before, "after": after, "weight": weight})
    return build_units(
        is_treated, weight=weight, matched_set=matched_set, person=person, cluster_on=cluster_on
    )


def _check_values(arrays: dict[str, FloatVector]) -> None:
    problems = [
        f"{name} has missing or infinite values for {int((~np.isfinite(values)).sum())} units;"
        " leave their matched sets out before estimating"
        for name, values in arrays.items()
        if not np.isfinite(values).all()
    ]
    if (arrays["weight"] <= 0).any():
        problems.append(
            "weight must be above zero: 1 for a treated unit, 1 / (controls in the set) for a"
            " control"
        )
    if problems:
        raise EstimationError(problems)


def _check_variation(residual: FloatVector, change: FloatVector) -> None:
    # Rounding can leave 1e-16 where the truth is 0, and with it a "significant" estimate.
    if np.abs(residual).max() <= ROUNDING_SHARE * np.abs(change).max(initial=0.0):
        raise NotIdentifiedError(
            "the change in the outcome is the same for all treated and for all controls, so the"
            " data hold no standard error; check that the outcome was read"
        )
