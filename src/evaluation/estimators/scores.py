"""What estimates made together share: sums of influence over clusters, and their covariance.

Here is the bookkeeping of one or two clustering dimensions for many estimates. The error of a
single estimate is in inference.py, draws from the scores are in multiplier.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.estimators.inference import ClusterCodes
from evaluation.results import FloatVector


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Sums of influence on one estimate over the clusters of each coding.

    Attributes:
        by_coding: One array per clustering dimension, then one per pair of dimensions.
        n_dimensions: How many of them are dimensions.
    """

    by_coding: tuple[FloatVector, ...]
    n_dimensions: int


def count_clusters(clusters: ClusterCodes) -> tuple[int, ...]:
    """Count the codes of each dimension and of the pairs, absent ones included.

    Args:
        clusters: Of all units.
    """
    return tuple(
        int(codes.max(initial=-1)) + 1 for codes in (*clusters.dimensions, *clusters.pairs)
    )


def build_scores(
    influence: FloatVector, clusters: ClusterCodes, *, sizes: Sequence[int], se: float
) -> Scores:
    """Build the scores of one estimate, scaled so that they give its standard error.

    Args:
        influence: Effect of each unit on the estimate, shape (n_units,).
        clusters: Of the same units; codes as among all units.
        sizes: Of all units, as `count_clusters` gives them.
        se: Standard error of the estimate, its small-sample factor included.
    """
    codings = (*clusters.dimensions, *clusters.pairs)
    sums = tuple(
        np.asarray(np.bincount(codes, weights=influence, minlength=size), dtype=np.float64)
        for codes, size in zip(codings, sizes, strict=True)
    )
    scores = Scores(sums, len(clusters.dimensions))
    scale = se / float(np.sqrt(estimate_joint_covariance([scores])[0, 0]))
    return Scores(tuple(np.multiply(values, scale) for values in sums), len(clusters.dimensions))


def estimate_joint_covariance(scores: Sequence[Scores]) -> NDArray[np.float64]:
    """Estimate the covariance of estimates from their scores: dimensions less pairs.

    Args:
        scores: One entry per estimate, shape (n_terms,).

    Returns:
        Shape (n_terms, n_terms), the squared unit; the same bytes whatever the number of
        threads. With two dimensions it need not be positive definite, as is known of the
        two-way formula.

    Source: Cameron, Gelbach & Miller (2011), doi:10.1198/jbes.2010.07136.
    Checked against pyfixest: tests/reference/test_event_study_vs_pyfixest.py.
    """
    n_terms = len(scores)
    covariance = np.zeros((n_terms, n_terms))
    for i, first in enumerate(scores):
        for j, second in enumerate(scores[: i + 1]):
            # Not `@`: BLAS adds in an order that depends on the number of threads.
            sums = [
                float(np.sum(a * b)) for a, b in zip(first.by_coding, second.by_coding, strict=True)
            ]
            n_added = first.n_dimensions
            covariance[i, j] = covariance[j, i] = sum(sums[:n_added]) - sum(sums[n_added:])
    return covariance


def build_score_matrix(scores: Sequence[Scores]) -> NDArray[np.float64]:
    """Stack the scores of the first dimension, shape (n_terms, clusters).

    Args:
        scores: One entry per estimate.

    Source: Cameron, Gelbach & Miller (2011), doi:10.1198/jbes.2010.07136.
    """
    return np.stack([each.by_coding[0] for each in scores])
