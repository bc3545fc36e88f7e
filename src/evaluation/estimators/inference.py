"""Cluster-robust standard errors, limits and p-values from influence values.

Here is what every estimator shares. Point estimates are not here, and no regression is
fitted: an estimate that is a sum of influence values needs only sums over clusters.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.results import (
    AttEstimate,
    ClusterVariance,
    FloatVector,
    Interval,
    IntVector,
)

MIN_CLUSTERS = 2
# Sums that cancel leave rounding errors below this share of their terms; a variance that
# carries information is far above it.
ROUNDING_SHARE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class ClusterCodes:
    """Which units move together, as numbers from 0; every array has shape (n_units,).

    Attributes:
        dimensions: Codes of one or two dimensions.
        pairs: Codes of the pairs of clusters that occur; none with one dimension.
        n_clusters: Clusters in the smallest dimension.
    """

    dimensions: tuple[IntVector, ...]
    pairs: tuple[IntVector, ...]
    n_clusters: int

    def at(self, rows: IntVector) -> "ClusterCodes":
        """Keep some of the units, with the codes they have.

        Args:
            rows: Places of the units kept.
        """
        dimensions = tuple(codes[rows] for codes in self.dimensions)
        return ClusterCodes(
            dimensions=dimensions,
            pairs=tuple(codes[rows] for codes in self.pairs),
            n_clusters=min(count_codes(codes) for codes in dimensions),
        )


def code_labels(labels: IntVector) -> IntVector:
    """Number the different labels from 0 in the order in which they first occur.

    Args:
        labels: Any whole numbers, shape (n_units,).
    """
    return np.asarray(pd.factorize(labels)[0], dtype=np.int64)


def count_codes(codes: IntVector) -> int:
    """Count the different codes.

    Args:
        codes: Codes from 0; some may be absent.
    """
    return int(np.count_nonzero(np.bincount(codes)))


def build_clusters(codes: Sequence[IntVector]) -> ClusterCodes:
    """Build clusters from one dimension or from two that may cross.

    Args:
        codes: One or two arrays of codes from 0, each of shape (n_units,).

    Raises:
        EstimationError: Not one or two dimensions, or shapes that differ.
    """
    if len(codes) not in (1, 2):
        raise EstimationError(f"{len(codes)} clustering dimensions given; allowed are 1 and 2")
    shapes = [code.shape for code in codes]
    if len(set(shapes)) != 1:
        raise EstimationError(f"clusters have shapes {shapes}; they must be the same")
    pairs = (_pair_codes(codes[0], codes[1]),) if len(codes) > 1 else ()
    n_clusters = min(count_codes(code) for code in codes)
    return ClusterCodes(dimensions=tuple(codes), pairs=pairs, n_clusters=n_clusters)


def estimate_cluster_variance(
    influence: FloatVector,
    clusters: ClusterCodes,
    *,
    n_observations: int,
    n_parameters: int,
) -> ClusterVariance:
    """Estimate the variance of an estimate when units of a cluster move together.

    One dimension: V = c * sum over clusters of (sum of influence in the cluster)^2.
    Two dimensions a, b: V = V_a + V_b - V_ab, where ab are the pairs of a and b that occur.
    c = G/(G-1) * (N-1)/(N-k) for all terms, with G the clusters of the smallest dimension
    ("CRV1" with G_df = "min", the default of fixest and pyfixest; Stata's ivreg2, small).

    Args:
        influence: Effect of each unit on the estimate: estimate less truth is about their
            sum. Shape (n_units,), unit of the estimate.
        clusters: Of the same units, in the same order.
        n_observations: N, rows of the regression that the estimate equals.
        n_parameters: k, coefficients of that regression.

    Returns:
        The variance, in the squared unit of the estimate, and G.

    Raises:
        EstimationError: The influence and the clusters have different shapes.
        NotIdentifiedError: Fewer than two clusters in a dimension, no degree of freedom, or
            a variance that is not above zero.

    Source: Cameron, Gelbach & Miller (2011), doi:10.1198/jbes.2010.07136.
    Checked against Stata ivreg2: tests/reference/test_cluster_variance_vs_stata.py, and
    pyfixest, statsmodels and linearmodels: tests/reference/test_did_vs_packages.py.
    """
    _check_clusters(influence, clusters)
    if n_observations <= n_parameters:
        raise NotIdentifiedError(
            f"{n_observations} observations cannot determine {n_parameters} coefficients and"
            " their standard errors; more matched sets are needed"
        )
    n_clusters = clusters.n_clusters
    if n_clusters < MIN_CLUSTERS:
        raise NotIdentifiedError(
            f"a cluster-robust standard error needs at least {MIN_CLUSTERS} clusters in every"
            " dimension; there are fewer. Pool sectors, or cluster on a smaller entity"
        )
    added = sum(_sum_of_squares(influence, codes) for codes in clusters.dimensions)
    raw = added - sum(_sum_of_squares(influence, codes) for codes in clusters.pairs)
    if raw <= ROUNDING_SHARE * (added + float(np.square(influence).sum())):
        raise NotIdentifiedError(
            "the cluster-robust variance is not above zero: the units of the clusters offset"
            " each other exactly, or the two dimensions overlap too much for the two-way"
            " formula. Cluster on one dimension, or pool sectors"
        )
    small_sample = (n_observations - 1) / (n_observations - n_parameters)
    return ClusterVariance(
        variance=raw * small_sample * n_clusters / (n_clusters - 1),
        n_clusters=n_clusters,
    )


def estimate_interval(
    estimate: float, spread: ClusterVariance, *, confidence_level: float
) -> Interval:
    """Estimate confidence limits and the p-value with a t distribution.

    Degrees of freedom are n_clusters - 1, as in fixest, pyfixest and Stata.

    Args:
        estimate: Point estimate.
        spread: Its variance and number of clusters.
        confidence_level: Share of such intervals that hold the truth, above 0, below 1.

    Returns:
        Standard error and limits in the unit of the estimate, p-value of estimate = 0.

    Raises:
        EstimationError: confidence_level is not between 0 and 1.

    Source: Cameron & Miller (2015), doi:10.3368/jhr.50.2.317, section VI.
    Checked against pyfixest: tests/reference/test_did_vs_packages.py.
    """
    if not 0 < confidence_level < 1:
        raise EstimationError(
            f"confidence_level is {confidence_level}; it must be between 0 and 1. Typical: 0.95"
        )
    se = float(np.sqrt(spread.variance))
    degrees = spread.n_clusters - 1
    half_width = float(stdtrit(degrees, (1 + confidence_level) / 2)) * se
    return Interval(
        se=se,
        ci_low=estimate - half_width,
        ci_high=estimate + half_width,
        p_value=2 * float(stdtr(degrees, -abs(estimate) / se)),
    )


def build_att_estimate(
    estimator: str,
    att: float,
    interval: Interval,
    *,
    n_treated: int,
    n_control: int,
    n_clusters: int,
    arm_means: Sequence[float] | None = None,
) -> AttEstimate:
    """Put an effect, its interval and its counts together.

    Args:
        estimator: Id of the estimator, as in the contract.
        att: The effect, unit of the outcome.
        interval: Of the effect.
        n_treated: Different persons among the treated.
        n_control: Different persons among the controls.
        n_clusters: Clusters in the smallest clustering dimension.
        arm_means: Treated before and after, controls before and after; None where an
            estimator compares more than two periods.
    """
    means: dict[str, float] = {}
    if arm_means is not None:
        treated_before, treated_after, control_before, control_after = arm_means
        means = {
            "treated_before": treated_before,
            "treated_after": treated_after,
            "treated_change": treated_after - treated_before,
            "control_before": control_before,
            "control_after": control_after,
            "control_change": control_after - control_before,
        }
    return AttEstimate(
        estimator=estimator,
        att=att,
        **asdict(interval),
        n_treated=n_treated,
        n_control=n_control,
        n_clusters=n_clusters,
        **means,
    )


def _check_clusters(influence: FloatVector, clusters: ClusterCodes) -> None:
    shape = clusters.dimensions[0].shape
    if shape != influence.shape:
        raise EstimationError(
            f"influence has shape {influence.shape}, the clusters {shape}; they must be the same"
        )


def _sum_of_squares(influence: FloatVector, codes: IntVector) -> float:
    # Not `@`: BLAS adds in an order that depends on the number of threads.
    return float(np.square(np.bincount(codes, weights=influence)).sum())


def _pair_codes(first: IntVector, second: IntVector) -> IntVector:
    return code_labels(first * (int(second.max(initial=0)) + 1) + second)
