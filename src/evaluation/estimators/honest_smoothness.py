"""Honest limits when the difference in trends may bend, but not by more than a bound a period.

Here is the fixed-length interval of least length. Bounds relative to what was seen before
treatment are in honest_magnitudes.py.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, brentq, minimize
from scipy.special import ndtr, ndtri

from evaluation.errors import EstimationError, NotConvergedError, NotIdentifiedError
from evaluation.estimators.pre_post import PrePost
from evaluation.results import FloatVector

Matrix = NDArray[np.float64]
FEASIBLE = 1e-7  # largest breach of a restriction that is rounding, in standard errors


@dataclass(frozen=True, slots=True)
class HonestInterval:
    """Limits that hold the effect although trends differ, within a bound.

    Attributes:
        restriction: smoothness or relative_magnitude.
        bound: Largest change of slope per period (unit of the effect), or largest step after
            treatment over the largest step before (no unit).
        ci_low: Lower limit, unit of the effect.
        ci_high: Upper limit, same unit.
    """

    restriction: str
    bound: float
    ci_low: float
    ci_high: float


def estimate_smoothness_interval(
    path: PrePost, *, target: FloatVector, bound: float, confidence_level: float
) -> HonestInterval:
    """Estimate limits of an effect when the slope of the trend changes by at most `bound`.

    The difference in trends d has |d[t+1] - 2 d[t] + d[t-1]| <= bound, d = 0 in the last
    period before; with bound 0 it is a straight line. The interval is that of the estimator
    target @ post + weights @ pre with the least half-length

        se * q(largest bias / se),  q(b) the quantile of |N(b, 1)|,

    which is convex in the weights.

    Args:
        path: As `build_pre_post` gives it.
        target: Weights of the effects after treatment, such as 1 / n_post, shape (n_post,).
        bound: Zero or more, unit of the effect per period squared.
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Raises:
        EstimationError: Shapes differ or a number is out of its range.
        NotConvergedError: The search found no least length.

    Source: Rambachan & Roth (2023), doi:10.1093/restud/rdad018, section 4.1; Armstrong &
    Kolesar (2018), doi:10.3982/ECTA14434.
    Checked against R HonestDiD: tests/reference/test_honest_did.py.
    """
    validate_target(path, target, bound, confidence_level)
    scale = float(np.sqrt(np.diag(path.covariance)).max())
    covariance = path.covariance / scale**2
    kinks, line = _bend(path.pre.size, path.post.size)
    weights = _find_weights(kinks, line, covariance, target, bound / scale, 1 - confidence_level)
    chosen = np.append(weights, target)
    bias = bound / scale * float(np.abs(kinks @ chosen).sum())
    sd = float(np.sqrt(chosen @ covariance @ chosen))
    half_length = _folded_quantile(bias / sd, 1 - confidence_level) * sd * scale
    centre = float(chosen @ np.append(path.pre, path.post))
    return HonestInterval("smoothness", bound, centre - half_length, centre + half_length)


def validate_target(
    path: PrePost, target: FloatVector, bound: float, confidence_level: float
) -> None:
    """Refuse a target or a bound that no interval can be made for.

    Args:
        path: As `build_pre_post` gives it.
        target: Weights of the effects after treatment.
        bound: Zero or more.
        confidence_level: Above 0.5, below 1.

    Raises:
        EstimationError: Shapes differ or a number is out of its range.
        NotIdentifiedError: The covariance is that of no errors.

    Checked against drawn refusals: tests/reference/test_honest_did.py.
    """
    if target.shape != path.post.shape or not target.any():
        raise EstimationError(
            f"target has shape {target.shape}; it must have a weight for each of"
            f" {path.post.size} effects after treatment, not all 0"
        )
    if not (0 <= bound < np.inf and 0.5 < confidence_level < 1):
        raise EstimationError(
            f"bound is {bound} and confidence_level {confidence_level}; the first must be 0 or"
            " more, the second above 0.5 and below 1. Typical: 0.95"
        )
    if not np.isfinite(path.covariance).all() or not (np.diag(path.covariance) > 0).all():
        raise EstimationError("the covariance has an effect without error, or a missing value")
    sizes = np.linalg.eigvalsh(path.covariance)
    if sizes[0] < -1e-10 * sizes[-1]:
        raise NotIdentifiedError(
            "the covariance is not positive: the two-way formula fails here. Cluster on one"
            " dimension"
        )


def _bend(n_pre: int, n_post: int) -> tuple[Matrix, FloatVector]:
    """Weigh what a kink at each period, and a straight line, add to the effects.

    Returns:
        Bias per unit of each kink, shape (n_kinks, n_pre + n_post), and that of a line.
    """
    time = np.append(np.arange(-n_pre, 0), np.arange(1, n_post + 1)).astype(np.float64)
    before = [np.maximum(-time - kink, 0.0) for kink in range(1, n_pre)]
    after = [np.maximum(time - kink, 0.0) for kink in range(n_post)]
    return np.stack([*before, *after]), time


def _find_weights(
    kinks: Matrix,
    line: FloatVector,
    covariance: Matrix,
    target: FloatVector,
    bound: float,
    level: float,
) -> FloatVector:
    """Find the weights before treatment; unknowns are they and the size of each kink's bias."""
    n_pre, n_kinks = line.size - target.size, kinks.shape[0]

    def objective(unknown: FloatVector) -> tuple[float, FloatVector]:
        chosen = np.append(unknown[:n_pre], target)
        moved = covariance @ chosen
        variance = float(chosen @ moved)
        if not 0 < variance < np.inf:
            raise NotConvergedError("the effects are known without error in some direction")
        sd = float(np.sqrt(variance))
        ratio = bound * float(unknown[n_pre:].sum()) / sd
        quantile = _folded_quantile(ratio, level)
        inner, outer = (np.exp(-((quantile + sign * ratio) ** 2) / 2) for sign in (-1, 1))
        slope = (inner - outer) / (inner + outer)
        by_weight = (quantile - ratio * slope) * moved[:n_pre] / sd
        return quantile * sd, np.append(by_weight, np.full(n_kinks, bound * slope))

    own, fixed = kinks[:, :n_pre], kinks[:, n_pre:] @ target
    eye = np.eye(n_kinks)
    restrictions = [
        # Sizes are at least the bias of each kink, in either direction.
        LinearConstraint(np.block([[-own, eye], [own, eye]]), np.append(fixed, -fixed), np.inf),
        # A straight line adds nothing.
        LinearConstraint(
            np.append(line[:n_pre], np.zeros(n_kinks))[None],
            -line[n_pre:] @ target,
            -line[n_pre:] @ target,
        ),
    ]
    # The line through the last two periods before treatment meets the restrictions.
    start = np.zeros(n_pre)
    start[-1] = line[n_pre:] @ target
    sizes = np.abs(own @ start + fixed) + 0.1
    found = minimize(
        objective,
        np.append(start, sizes),
        jac=True,
        method="SLSQP",
        constraints=restrictions,
        options={"maxiter": 1_000, "ftol": 1e-13},
    )
    weights = np.asarray(found.x[:n_pre], dtype=np.float64)
    gap = abs(float(line[:n_pre] @ weights + line[n_pre:] @ target))
    # 8: the objective no longer falls along the search direction, which is convergence here.
    if found.status not in (0, 8) or not gap <= FEASIBLE * max(1.0, float(np.abs(weights).sum())):
        raise NotConvergedError(f"the honest interval of bound {bound:g} was not found")
    return weights


def _folded_quantile(bias: float, level: float) -> float:
    """Quantile 1 - level of |N(bias, 1)|."""
    low, high = bias + float(ndtri(1 - level)), bias + float(ndtri(1 - level / 2))
    return float(
        brentq(lambda c: ndtr(c - bias) - ndtr(-c - bias) - (1 - level), low - 1e-9, high + 1e-9)
    )
