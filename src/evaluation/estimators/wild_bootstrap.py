"""Wild cluster bootstrap for few clusters: the null imposed, everything from cluster sums.

Here are p-values and limits of one coefficient of a weighted regression. A 2x2 is the
coefficient of treated in change ~ 1 + treated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.results import FloatVector, IntVector

Matrix = NDArray[np.float64]
Law = Literal["rademacher", "webb"]
MIN_CLUSTERS = 3  # with two, no draw of signs differs from the data by more than its sign
WEBB = np.sqrt([0.5, 1.0, 1.5])
MAX_DOUBLINGS = 12  # 4,096 standard errors; farther, the squares lose their last digits
BISECTIONS = 60
_TOO_FEW = (
    "no value is far enough to be rejected: too few clusters for limits at this level. Use webb"
    " weights, or a lower level"
)


@dataclass(frozen=True, slots=True)
class WildBootstrap:
    """What the wild cluster bootstrap says of one coefficient.

    Attributes:
        estimate: The coefficient, unit of the response.
        se: Cluster-robust standard error, CRV1 with factor G/(G-1).
        p_value: Two-sided, of the coefficient being 0: draws whose |t| reaches the data's.
        ci_low: Lower end of the values not rejected.
        ci_high: Upper end of the values not rejected.
        n_draws: Draws; all 2^G of them when they are no more than asked for.
        is_enumerated: Every vector of signs was taken, so that the p-value has no noise.
        n_clusters: Clusters.
    """

    estimate: float
    se: float
    p_value: float
    ci_low: float
    ci_high: float
    n_draws: int
    is_enumerated: bool
    n_clusters: int


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums by cluster, and the direction of the tested coefficient."""

    cross: Matrix  # (n_clusters, k, k) of X'WX
    products: Matrix  # (n_clusters, k) of X'Wy
    inverse: Matrix  # (k, k)
    tested: int


def estimate_wild_bootstrap(
    response: FloatVector,
    design: Matrix,
    *,
    cluster: IntVector,
    weight: FloatVector,
    tested: int,
    confidence_level: float,
    n_draws: int,
    seed: int,
    law: Law = "rademacher",
) -> WildBootstrap:
    """Estimate a p-value and limits that hold up when clusters are few.

    Residuals of the regression with the null imposed are multiplied by one random number a
    cluster. Only sums by cluster are drawn from, so the cost does not grow with the units.
    Limits are where the p-value of a null crosses 1 - confidence_level, the draws held fixed.

    Args:
        response: Shape (n_units,), such as the change in days.
        design: Columns with the constant, shape (n_units, n_columns).
        cluster: Label, shape (n_units,).
        weight: Above zero, shape (n_units,).
        tested: Column of the coefficient.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        n_draws: Draws asked for. Typical: 9,999.
        seed: Of the generator; unused when all signs are enumerated.
        law: rademacher (signs), or webb (six points) for fewer than about ten clusters.

    Raises:
        NotIdentifiedError: Too few clusters, columns that are sums of others, a perfect fit,
            or an interval without end.
        EstimationError: Shapes differ, or a value that is not a number.

    Source: Cameron, Gelbach & Miller (2008), doi:10.1162/rest.90.3.414; MacKinnon, Nielsen &
    Webb (2023), doi:10.1016/j.jeconom.2022.04.001 (sums by cluster); Webb (2023),
    doi:10.1111/caje.12661 (six points).
    Checked against wildboottest and loops over draws: tests/reference/test_wild_bootstrap.py.
    """
    sums = _sum_clusters(response, design, cluster, weight, tested)
    n_clusters = sums.products.shape[0]
    if not 0 < confidence_level < 1 or n_draws < 1:
        raise EstimationError(
            f"confidence_level is {confidence_level} and n_draws {n_draws}; the first must be"
            " between 0 and 1, the second above 0. Typical: 0.95 and 9999"
        )
    level = 1 - confidence_level
    is_enumerated = law == "rademacher" and 2**n_clusters <= n_draws
    # The data and its mirror always tie with the data.
    if is_enumerated and 2 / 2**n_clusters >= level:
        raise NotIdentifiedError(_TOO_FEW)
    multipliers = _draw(n_clusters, n_draws, seed, law, is_enumerated=is_enumerated)
    coefficients = sums.inverse @ sums.products.sum(axis=0)
    estimate = float(coefficients[tested])
    scores = sums.products - sums.cross @ coefficients
    small_sample = n_clusters / (n_clusters - 1)
    se = float(np.sqrt(np.sum((scores @ sums.inverse[tested]) ** 2) * small_sample))
    scale = float((np.abs(sums.products) @ np.abs(sums.inverse[tested])).max())
    if se <= 1e-10 * scale:
        raise NotIdentifiedError("the regression fits every cluster exactly: there is no error")

    def p_value(null: float) -> float:
        return _p_value(sums, multipliers, null)

    return WildBootstrap(
        estimate=estimate,
        se=se,
        p_value=p_value(0.0),
        ci_low=_find_limit(p_value, estimate, -se, level),
        ci_high=_find_limit(p_value, estimate, se, level),
        n_draws=multipliers.shape[0],
        is_enumerated=is_enumerated,
        n_clusters=n_clusters,
    )


def _sum_clusters(
    response: FloatVector,
    design: Matrix,
    cluster: IntVector,
    weight: FloatVector,
    tested: int,
) -> _Sums:
    n_units, n_columns = design.shape
    if {response.shape, cluster.shape, weight.shape} != {(n_units,)}:
        raise EstimationError(
            f"design has shape {design.shape}; response {response.shape}, cluster"
            f" {cluster.shape} and weight {weight.shape} must be ({n_units},)"
        )
    if not (np.isfinite(response).all() and np.isfinite(design).all() and (weight > 0).all()):
        raise EstimationError("a value is missing or infinite, or a weight is not above zero")
    codes = np.unique(cluster, return_inverse=True)[1]
    n_clusters = int(codes.max()) + 1
    if n_clusters < MIN_CLUSTERS:
        raise NotIdentifiedError(
            f"{n_clusters} clusters; the wild cluster bootstrap needs at least {MIN_CLUSTERS}"
        )
    weighted = design * weight[:, None]

    def by_cluster(values: FloatVector) -> FloatVector:
        return np.asarray(np.bincount(codes, weights=values, minlength=n_clusters), np.float64)

    products = np.stack([by_cluster(weighted[:, j] * response) for j in range(n_columns)], axis=1)
    cross = np.stack(
        [
            np.stack([by_cluster(weighted[:, j] * design[:, k]) for k in range(n_columns)], axis=1)
            for j in range(n_columns)
        ],
        axis=1,
    )
    total = cross.sum(axis=0)
    scale = np.sqrt(np.diag(total))
    if (scale <= 0).any() or np.linalg.cond(total / np.outer(scale, scale)) > 1e12:
        raise NotIdentifiedError(
            "the columns are sums of one another: an arm is empty, or treated and constant are one"
        )
    return _Sums(cross, products, np.linalg.inv(total), tested)


def _draw(n_clusters: int, n_draws: int, seed: int, law: Law, *, is_enumerated: bool) -> Matrix:
    if is_enumerated:
        numbers = np.arange(2**n_clusters)[:, None] >> np.arange(n_clusters)
        return np.asarray(1.0 - 2.0 * (numbers & 1))
    generator = np.random.default_rng(seed)
    signs = generator.choice([-1.0, 1.0], (n_draws, n_clusters))
    return signs * generator.choice(WEBB, signs.shape) if law == "webb" else signs


def _p_value(sums: _Sums, multipliers: Matrix, null: float) -> float:
    """Share of draws whose |t| of the null reaches that of the data."""
    direction = sums.inverse[sums.tested]
    unrestricted = sums.inverse @ sums.products.sum(axis=0)
    gap = unrestricted[sums.tested] - null
    restricted = unrestricted - gap * direction / direction[sums.tested]
    scores = sums.products - sums.cross @ restricted
    t_squared = _t_squared(sums, scores, np.ones((1, scores.shape[0])))[0]
    drawn = _t_squared(sums, scores, multipliers)
    # The data is one of the draws when all are taken, and must tie with itself.
    return float(np.mean(drawn >= t_squared * (1 - 1e-10)))


def _t_squared(sums: _Sums, scores: Matrix, multipliers: Matrix) -> FloatVector:
    direction = sums.inverse[sums.tested]
    moved = multipliers @ scores @ sums.inverse
    residual = multipliers * (scores @ direction) - moved @ (sums.cross @ direction).T
    variance = np.sum(residual**2, axis=1)
    square = moved[:, sums.tested] ** 2
    never = np.where(square > 0, np.inf, 0.0)
    has_variance = variance > 1e-24 * square.max(initial=0.0)
    return np.asarray(np.divide(square, variance, out=never, where=has_variance), np.float64)


def _find_limit(
    p_value: Callable[[float], float], estimate: float, step: float, level: float
) -> float:
    """Find where the p-value of a null falls below the level, away from the estimate."""
    outside = step
    for _ in range(MAX_DOUBLINGS):
        if p_value(estimate + outside) < level:
            break
        outside *= 2
    else:
        raise NotIdentifiedError(_TOO_FEW)
    inside = 0.0
    for _ in range(BISECTIONS):
        middle = (inside + outside) / 2
        if p_value(estimate + middle) < level:
            outside = middle
        else:
            inside = middle
    return estimate + outside
