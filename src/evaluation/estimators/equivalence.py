"""Before treatment: are the arms' paths different (joint test), and are they alike (equivalence)?

A path that differs from zero by no more than noise has not been shown to be flat. The two
tests stand side by side: the first looks for a difference, the second for its absence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.inference import MIN_CLUSTERS
from evaluation.results import FloatVector


@dataclass(frozen=True, slots=True)
class JointTest:
    """Whether any of the effects differs from zero.

    Attributes:
        statistic: F, no unit.
        n_terms: Effects tested.
        p_value: Of all being zero, 0-1.
    """

    statistic: float
    n_terms: int
    p_value: float


@dataclass(frozen=True, slots=True)
class EquivalenceTest:
    """Whether all of the effects are smaller than a margin.

    Attributes:
        margin: Largest difference that is taken for none, unit of the effects.
        p_value: Of some effect reaching the margin, 0-1; small means alike.
        smallest_margin: Margin at which the test would just say alike, same unit.
        largest: Largest absolute effect, same unit.
    """

    margin: float
    p_value: float
    smallest_margin: float
    largest: float


def estimate_joint_test(
    att: FloatVector, covariance: NDArray[np.float64], *, n_clusters: int
) -> JointTest:
    """Test that all effects are zero, by F with the clusters' degrees of freedom.

    Args:
        att: Effects, such as those before treatment, shape (n_terms,).
        covariance: Of att, shape (n_terms, n_terms).
        n_clusters: Clusters in the smallest dimension, more than the effects.

    Raises:
        NotIdentifiedError: No more clusters than effects, or effects that are sums of others.
        EstimationError: Shapes differ.

    Source: Cameron & Miller (2015), doi:10.3368/jhr.50.2.317, section VII.
    Checked against statsmodels: tests/unit/test_equivalence.py.
    """
    n_terms = att.size
    _check(att, covariance)
    if n_clusters <= n_terms:
        raise NotIdentifiedError(
            f"{n_clusters} clusters cannot carry a joint test of {n_terms} effects; cluster on a"
            " smaller entity or use longer periods"
        )
    se = np.sqrt(np.diag(covariance))
    # A two-way covariance need not be positive definite; then F has no meaning.
    if np.linalg.eigvalsh(covariance / np.outer(se, se)).min() <= 1e-10:
        raise NotIdentifiedError(
            "the covariance of the effects is not positive definite: an effect is a sum of others,"
            " or the two-way formula fails. Cluster on one dimension"
        )
    statistic = float(att @ np.linalg.solve(covariance, att)) / n_terms
    return JointTest(statistic, n_terms, float(fdtrc(n_terms, n_clusters - 1, statistic)))


def estimate_equivalence(
    att: FloatVector,
    covariance: NDArray[np.float64],
    *,
    margin: float,
    n_clusters: int,
    confidence_level: float,
) -> EquivalenceTest:
    """Test that every effect lies within the margin: two one-sided tests for each.

    All effects must pass (intersection-union), so no adjustment for their number is needed.

    Args:
        att: Effects, such as those before treatment, shape (n_terms,), days.
        covariance: Of att, shape (n_terms, n_terms).
        margin: Above zero, days.
        n_clusters: Clusters in the smallest dimension.
        confidence_level: One less the level of the test; for smallest_margin.

    Raises:
        NotIdentifiedError: Fewer than two clusters, or no effect with an error.
        EstimationError: Shapes differ, the margin is not above zero, or the level is no share.

    Source: Berger & Hsu (1996), doi:10.1214/ss/1032280304; Hartman & Hidalgo (2018),
    doi:10.1111/ajps.12387 (smallest margin).
    Checked against statsmodels: tests/unit/test_equivalence.py.
    """
    _check(att, covariance)
    if not (margin > 0 and 0 < confidence_level < 1):
        raise EstimationError(
            f"margin is {margin} and confidence_level {confidence_level}; the first must be above"
            " 0, the second between 0 and 1. Typical: 0.95"
        )
    if n_clusters < MIN_CLUSTERS:
        raise NotIdentifiedError(f"the test needs at least {MIN_CLUSTERS} clusters")
    se = np.sqrt(np.diag(covariance))
    degrees = n_clusters - 1
    p_value = stdtr(degrees, (np.abs(att) - margin) / se)
    reach = np.abs(att) + float(stdtrit(degrees, confidence_level)) * se
    return EquivalenceTest(
        margin=margin,
        p_value=float(p_value.max()),
        smallest_margin=float(reach.max()),
        largest=float(np.abs(att).max()),
    )


def _check(att: FloatVector, covariance: NDArray[np.float64]) -> None:
    if not att.size or covariance.shape != (att.size, att.size):
        raise EstimationError(
            f"att has shape {att.shape} and covariance {covariance.shape}; there must be at least"
            " one effect, and the covariance be of the same effects"
        )
    if not (np.diag(covariance) > 0).all():
        raise NotIdentifiedError(
            "an effect has no error: leave the reference period out before testing"
        )
