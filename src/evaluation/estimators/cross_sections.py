"""Difference in differences when other persons are seen before than after.

Here are the estimate from four groups and the weights that make the groups alike. Persons seen
in both periods belong in did.py, which is sharper.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.inference import (
    ROUNDING_SHARE,
    build_att_estimate,
    build_clusters,
    code_labels,
    estimate_cluster_variance,
    estimate_interval,
)
from evaluation.results import AttEstimate, BoolVector, ClusterVariance, FloatVector, IntVector

GROUPS = 4  # control before, control after, treated before, treated after
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])
ErrorKind = Literal["clustered", "equal_variance"]


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    code: IntVector
    weight: FloatVector
    total: FloatVector  # by group


def estimate_did_cross_sections(
    outcome: FloatVector,
    is_treated: BoolVector,
    is_after: BoolVector,
    *,
    weight: FloatVector,
    cluster: IntVector,
    confidence_level: float,
    error: ErrorKind = "clustered",
) -> AttEstimate:
    """Estimate the att from four group means, each of other persons.

    It is the coefficient of treated x after in y ~ treated * after, weighted. `clustered` has
    the factor G/(G-1) * (N-1)/(N-4) and t with G-1 degrees of freedom; `equal_variance` is the
    error of ordinary least squares that older studies print, and t with N-4.

    Args:
        outcome: Finite, shape (n_persons,), any unit.
        is_treated: Arm, shape (n_persons,).
        is_after: Period, shape (n_persons,).
        weight: Above zero, shape (n_persons,); rows that weigh nothing must be left out.
        cluster: Label, shape (n_persons,).
        confidence_level: Share of such intervals that hold the truth, 0-1.
        error: clustered or equal_variance.

    Raises:
        NoControlsError: A control group is empty.
        NotIdentifiedError: A treated group is empty, one cluster, or no variation.
        EstimationError: Shapes differ, a value is missing, or a weight is not above zero.

    Source: Meyer, Viscusi & Durbin (1995), American Economic Review 85, 322-340 (the design).
    Checked against their numbers and statsmodels: tests/reference/test_injury.py.
    """
    _check(outcome, is_treated, is_after, weight, cluster)
    groups = _group(is_treated, is_after, weight)
    mean = _sum(groups, weight * outcome) / groups.total
    residual = outcome - mean[groups.code]
    if np.abs(residual).max() <= ROUNDING_SHARE * np.abs(outcome).max(initial=0.0):
        raise NotIdentifiedError(
            "the outcome is the same for all persons of each group, so the data hold no error"
        )
    share = (weight / groups.total[groups.code]) * SIGNS[groups.code]
    clusters = build_clusters([code_labels(cluster)])
    n_clusters = clusters.n_clusters
    if error == "equal_variance":
        spread = _equal_variance(residual, share)
    else:
        spread = estimate_cluster_variance(
            share * residual, clusters, n_observations=outcome.size, n_parameters=GROUPS
        )
    att = float(np.sum(SIGNS * mean))
    interval = estimate_interval(att, spread, confidence_level=confidence_level)
    return build_att_estimate(
        "did_cross_sections",
        att,
        interval,
        n_treated=int(is_treated.sum()),
        n_control=int((~is_treated).sum()),
        n_clusters=n_clusters,
        arm_means=[float(mean[group]) for group in (2, 3, 0, 1)],
    )


def build_cross_section_weights(
    is_treated: BoolVector, is_after: BoolVector, stratum: IntVector
) -> FloatVector:
    """Build weights that give all four groups the cells of the treated after.

    Args:
        is_treated: Arm, shape (n_persons,).
        is_after: Period, shape (n_persons,).
        stratum: Cell, codes from 0, shape (n_persons,).

    Returns:
        Shape (n_persons,): treated after in the cell over the group's persons in it; 0 in
        cells that lack a group.

    Raises:
        NoControlsError: No cell holds all four groups.
    """
    code = 2 * is_treated.astype(np.int64) + is_after
    n_cells = int(stratum.max(initial=-1)) + 1
    counts = np.bincount(stratum * GROUPS + code, minlength=n_cells * GROUPS)
    counts = counts.reshape(n_cells, GROUPS)
    has_all = np.asarray(counts.min(axis=1) > 0)
    if not has_all.any():
        raise NoControlsError("no cell holds both arms in both periods; coarsen the cells")
    ratio = np.where(has_all[:, None], counts[:, [3]] / np.maximum(counts, 1), 0.0)
    return np.asarray(ratio[stratum, code])


def _group(is_treated: BoolVector, is_after: BoolVector, weight: FloatVector) -> _Groups:
    code = 2 * is_treated.astype(np.int64) + is_after
    total = np.asarray(np.bincount(code, weights=weight, minlength=GROUPS), np.float64)
    if not total[:2].all():
        raise NoControlsError("there are no controls before, or none after")
    if not total[2:].all():
        raise NotIdentifiedError("nobody is treated before, or nobody after")
    return _Groups(code, weight, total)


def _sum(groups: _Groups, values: FloatVector) -> FloatVector:
    return np.asarray(np.bincount(groups.code, weights=values, minlength=GROUPS), np.float64)


def _equal_variance(residual: FloatVector, share: FloatVector) -> ClusterVariance:
    degrees = residual.size - GROUPS
    if degrees < 1:
        raise NotIdentifiedError("four persons or fewer hold no error")
    variance = float(np.sum(residual**2)) / degrees * float(np.sum(share**2))
    # One more than the degrees of freedom of t, which are those of the residual here.
    return ClusterVariance(variance, degrees + 1)


def _check(
    outcome: FloatVector,
    is_treated: BoolVector,
    is_after: BoolVector,
    weight: FloatVector,
    cluster: IntVector,
) -> None:
    shapes = {outcome.shape, is_treated.shape, is_after.shape, weight.shape, cluster.shape}
    if len(shapes) != 1:
        raise EstimationError(f"all arrays must have shape (n_persons,); got {shapes}")
    if not np.isfinite(outcome).all():
        raise EstimationError("an outcome is missing or infinite; leave the person out")
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise EstimationError("weight must be a number above zero")
