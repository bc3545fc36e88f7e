"""How much true effects differ beyond their errors: one number, by (restricted) likelihood.

Here is the search shared by partial pooling (pooling.py) and negative controls (calibration.py).
"""

from typing import Literal

import numpy as np
from scipy.optimize import brentq

from evaluation.errors import EstimationError, NotConvergedError, NotIdentifiedError
from evaluation.results import FloatVector

Likelihood = Literal["ml", "reml"]
MAX_DOUBLINGS = 200


def estimate_between_variance(
    att: FloatVector, se: FloatVector, *, likelihood: Likelihood
) -> tuple[float, float]:
    """Estimate mean and variance of true effects, given estimates with known errors.

    att_i ~ N(mean, se_i^2 + variance). The variance is where the derivative of the (restricted)
    likelihood is zero, or 0 when the likelihood falls from there.

    Args:
        att: Estimates, shape (n_estimates,), any unit.
        se: Their standard errors, above zero, same shape and unit.
        likelihood: reml (the mean is estimated too) or ml.

    Returns:
        Mean, in the unit of att, and variance, in its square.

    Raises:
        EstimationError: Shapes differ, a value is missing, or an error is not above zero.
        NotIdentifiedError: Fewer than two estimates.

    Source: Viechtbauer (2005), doi:10.3102/10769986030003261.
    Checked against R metafor: tests/reference/test_pooling.py.
    """
    if att.shape != se.shape or not (np.isfinite(att) & np.isfinite(se) & (se > 0)).all():
        raise EstimationError(
            f"att has shape {att.shape}, se {se.shape}; they must be the same, without missing"
            " values, and every standard error above zero"
        )
    if att.size < 2:
        raise NotIdentifiedError("fewer than two estimates cannot show how effects differ")

    def slope(variance: float) -> float:
        return _slope(att, se, variance, likelihood=likelihood)

    if slope(0.0) <= 0:
        return weighted_mean(att, se, 0.0), 0.0
    high = float(np.var(att))
    for _ in range(MAX_DOUBLINGS):
        if slope(high) < 0:
            variance = float(brentq(slope, 0.0, high, xtol=1e-14 * high, rtol=1e-13))
            return weighted_mean(att, se, variance), variance
        high *= 2
    raise NotConvergedError("the likelihood of the variance between effects has no maximum")


def weighted_mean(att: FloatVector, se: FloatVector, variance: float) -> float:
    """Take the mean of estimates by their precision.

    Args:
        att: Estimates, shape (n_estimates,).
        se: Their standard errors, same shape.
        variance: Between the true effects, the squared unit.

    Source: Viechtbauer (2005), doi:10.3102/10769986030003261.
    """
    weight = 1 / (se**2 + variance)
    return float(np.sum(weight * att) / weight.sum())


def _slope(att: FloatVector, se: FloatVector, variance: float, *, likelihood: Likelihood) -> float:
    """Twice the derivative of the log likelihood."""
    weight = 1 / (se**2 + variance)
    mean = np.sum(weight * att) / weight.sum()
    trace = weight.sum()
    if likelihood == "reml":
        trace -= np.sum(weight**2) / weight.sum()
    return float(np.sum((weight * (att - mean)) ** 2) - trace)
