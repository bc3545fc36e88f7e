"""Multiplier bootstrap of estimates made together, and bands that hold all of them at once.

Here are the draws and the bands. What to do with many outcomes is in multiplicity.py.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.results import FloatVector

Matrix = NDArray[np.float64]
CLUSTERS_AT_A_TIME = 8_192
# Matrix products may add in another order with another number of threads; that is far below.
DECIMALS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Limits that hold the truth of all terms at once in a share of samples.

    Attributes:
        critical_value: Standard errors between an estimate and its limit, no unit.
        low: Lower limits, shape (n_terms,), unit of the estimates.
        high: Upper limits, same shape and unit.
        p_value: Of all terms being 0, from the largest |t|, 0-1.
    """

    critical_value: float
    low: FloatVector
    high: FloatVector
    p_value: float


def simulate_multiplier_draws(scores: Matrix, *, n_draws: int, seed: int) -> Matrix:
    """Draw errors of the estimates by giving each cluster's score a random sign.

    Clusters are read in blocks and signs are drawn for a block at a time, so that nothing of
    the size clusters x draws is held.

    Args:
        scores: Sums of influence by cluster, shape (n_terms, n_clusters).
        n_draws: Draws, above 0. Typical: 999.
        seed: Of the generator; the same seed gives the same draws.

    Returns:
        Shape (n_draws, n_terms), unit of the estimates, mean about 0.

    Raises:
        EstimationError: n_draws is not above 0.
        NotIdentifiedError: Fewer than two clusters.

    Source: Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, algorithm 1.
    Checked against the covariance of the scores: tests/unit/test_multiplier.py.
    """
    if n_draws < 1:
        raise EstimationError(f"n_draws is {n_draws}; it must be above 0. Typical: 999")
    n_terms, n_clusters = scores.shape
    if n_clusters < 2:
        raise NotIdentifiedError("a bootstrap of clusters needs at least two of them")
    generator = np.random.default_rng(seed)
    draws = np.zeros((n_draws, n_terms))
    for start in range(0, n_clusters, CLUSTERS_AT_A_TIME):
        block = scores[:, start : start + CLUSTERS_AT_A_TIME]
        bits = generator.integers(0, 256, (n_draws, -(-block.shape[1] // 8)), dtype=np.uint8)
        is_kept = np.unpackbits(bits, axis=1, count=block.shape[1])
        # A sign is twice a bit less one.
        draws += 2 * (is_kept.astype(np.float64) @ block.T) - block.sum(axis=1)
    return draws


def estimate_bands(
    att: FloatVector, se: FloatVector, draws: Matrix, *, confidence_level: float
) -> Bands:
    """Estimate simultaneous bands from the largest |t| of each draw.

    A term without error (the reference of an event study) keeps its value as both limits.

    Args:
        att: Estimates, shape (n_terms,).
        se: Their standard errors, same shape and unit.
        draws: Errors drawn together, shape (n_draws, n_terms).
        confidence_level: Share of samples whose bands hold every truth, 0-1.

    Raises:
        NotIdentifiedError: No term has an error.
        EstimationError: confidence_level is not between 0 and 1.

    Source: Montiel Olea & Plagborg-Moller (2019), doi:10.1002/jae.2656 (sup-t bands).
    Checked against the normal sup-t: tests/unit/test_multiplier.py.
    """
    if not 0 < confidence_level < 1:
        raise EstimationError(
            f"confidence_level is {confidence_level}; it must be between 0 and 1. Typical: 0.95"
        )
    has_error = se > 0
    if not has_error.any():
        raise NotIdentifiedError("no term has a standard error, so there is no band")
    largest = np.abs(draws[:, has_error] / se[has_error]).max(axis=1)
    critical = float(np.quantile(largest, confidence_level, method="higher").round(DECIMALS))
    found = float(np.abs(att[has_error] / se[has_error]).max())
    return Bands(
        critical_value=critical,
        low=att - critical * se,
        high=att + critical * se,
        p_value=(1 + int(np.sum(largest >= found - 10**-DECIMALS))) / (1 + largest.size),
    )
