"""Entropy balancing: weights of controls that give them the treated's means exactly.

Here is the search for the weights that differ least from equal ones. It succeeds or refuses;
it never hands back weights that do not balance.
"""

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import NoOverlapError
from evaluation.estimators.propensity import validate_covariates
from evaluation.results import BoolVector, FloatVector

Matrix = NDArray[np.float64]
MAX_STEPS = 200
# Largest difference in means that is left, in standard deviations of the treated.
TOLERANCE = 1e-8


def estimate_balancing_weights(
    covariates: Matrix, is_treated: BoolVector, *, weight: FloatVector | None = None
) -> FloatVector:
    """Estimate control weights under which the means of all covariates equal the treated's.

    Among such weights they are closest to `weight` in entropy: weight * exp(covariates @ l),
    with l the minimum of a convex function, found by Newton's method with halved steps.

    Args:
        covariates: What is to balance (squares and products too, where wanted), finite, shape
            (n_units, n_covariates).
        is_treated: Arm, shape (n_units,).
        weight: Where to start from, above zero, shape (n_units,); all 1 when left out.

    Returns:
        Shape (n_units,): `weight` for the treated; for controls weights of the same sum.

    Raises:
        NoControlsError: One arm is empty.
        NoOverlapError: No weights balance: the treated's means lie outside the controls.
        EstimationError: Shapes differ or a value is missing.

    Source: Hainmueller (2012), doi:10.1093/pan/mpr025.
    Checked against R WeightIt: tests/reference/test_weights.py.
    """
    weight = np.ones(is_treated.size) if weight is None else weight
    validate_covariates(covariates, is_treated, weight)
    treated, start = covariates[is_treated], weight[is_treated]
    target = np.average(treated, axis=0, weights=start)
    spread = np.sqrt(np.average((treated - target) ** 2, axis=0, weights=start))
    gaps = (covariates[~is_treated] - target) / np.where(spread > 0, spread, 1.0)
    found = weight.astype(np.float64)
    found[~is_treated] = _tilt(_keep_independent(gaps), weight[~is_treated]) * start.sum()
    left = np.abs(np.average(gaps, axis=0, weights=found[~is_treated])).max(initial=0.0)
    if not left <= TOLERANCE:
        raise NoOverlapError(
            f"the best weights leave a difference of {left:.2g} standard deviations: no weights"
            " of the controls have the treated's means. Coarsen the covariates, or leave out"
            " treated whom no control resembles"
        )
    return found


def _keep_independent(gaps: Matrix) -> Matrix:
    """Keep as many combinations of columns as are not sums of others, such as level dummies."""
    left, sizes, _ = np.linalg.svd(gaps, full_matrices=False)
    kept = sizes > 1e-10 * sizes.max(initial=0.0)
    return np.asarray(left[:, kept] * np.sqrt(gaps.shape[0]))


def _tilt(gaps: Matrix, start: FloatVector) -> FloatVector:
    """Tilt the weights, sum 1, until the gaps have mean 0 or the search stops gaining."""
    base = start / start.sum()
    direction = np.zeros(gaps.shape[1])
    weight, value = _weigh(gaps, base, direction)
    for _ in range(MAX_STEPS):
        gradient = np.einsum("uk,u->k", gaps, weight)
        if np.abs(gradient).max(initial=0.0) <= TOLERANCE / 100:
            break
        centred = gaps - gradient
        curvature = np.einsum("uk,u,ul->kl", centred, weight, centred, optimize=True)
        step = np.linalg.lstsq(curvature, -gradient, rcond=None)[0]
        for halving in range(40):
            tried, reached = _weigh(gaps, base, direction + step / 2**halving)
            if reached < value:
                break
        else:
            break
        direction, weight, value = direction + step / 2**halving, tried, reached
    return weight


def _weigh(gaps: Matrix, base: FloatVector, direction: FloatVector) -> tuple[FloatVector, float]:
    """Weights of sum 1, and the logarithm of what they were divided by (the dual)."""
    power = gaps @ direction
    top = float(power.max())
    raw = base * np.exp(power - top)
    total = float(raw.sum())
    return raw / total, top + float(np.log(total))
