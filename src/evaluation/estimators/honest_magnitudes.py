"""Honest limits when trends may part after treatment by a multiple of what they did before.

Here is the conditional test with a least-favourable bound, in closed form, and the limits it
gives. Bounds on the bending of trends are in honest_smoothness.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp

from evaluation.errors import NotIdentifiedError
from evaluation.estimators.honest_smoothness import HonestInterval, validate_target
from evaluation.estimators.pre_post import PrePost
from evaluation.results import BoolVector, FloatVector

Matrix = NDArray[np.float64]
FIRST_STAGE_SHARE = 0.1  # of the level, spent on the least-favourable test
N_DRAWS = 20_000
GRID_POINTS = 801
BISECTIONS = 40
MAX_WIDENINGS = 12


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Sums of the two statistics (effect less its value, step before) that must not be high.

    Attributes:
        loading: Of each moment on the two statistics, shape (n_moments, 2).
        covariance: Of the moments, shape (n_moments, n_moments).
        effect: The effect as estimated.
        step: The step before treatment, as estimated.
        ceiling: Value that the largest moment passes in a tenth of the level, at most.
    """

    loading: Matrix
    covariance: Matrix
    effect: float
    step: float
    ceiling: float


def estimate_relative_magnitude_interval(
    path: PrePost, *, target: FloatVector, bound: float, confidence_level: float, seed: int
) -> HonestInterval:
    """Estimate limits when no step of the trends' difference exceeds `bound` times an earlier.

    The difference in trends d has |d[t+1] - d[t]| after treatment at most `bound` times the
    largest such step before. For each step before, and each sign, that it be the largest makes
    linear inequalities; the limits hold all values that the test of some of them accepts. The
    test compares the largest studentised sum of moments with its distribution given which one
    is largest, and first with its least-favourable quantile.

    The periods after treatment other than the target's can be eliminated by hand: what is left
    are two sums that hold the effect and one for each step after treatment.

    Args:
        path: As `build_pre_post` gives it.
        target: Weights of the effects after treatment, such as 1 / n_post, shape (n_post,).
        bound: Zero or more, no unit. 1: trends part no faster after than before.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        seed: Of the draws of the least-favourable quantile.

    Raises:
        NotIdentifiedError: The accepted values have no end.
        EstimationError: Shapes differ or a number is out of its range.

    Source: Rambachan & Roth (2023), doi:10.1093/restud/rdad018, section 3; Andrews, Roth &
    Pakes (2023), doi:10.1093/restud/rdad004 (the test).
    Checked against R HonestDiD: tests/reference/test_honest_did.py.
    """
    validate_target(path, target, bound, confidence_level)
    level = 1 - confidence_level
    generator = np.random.default_rng(seed)
    normal = generator.standard_normal((N_DRAWS, path.post.size + 2))
    families = [
        _build_moments(path, target, bound, place, sign, level * FIRST_STAGE_SHARE, normal)
        for place in range(path.pre.size)
        for sign in (1.0, -1.0)
    ]

    def is_accepted(values: FloatVector) -> BoolVector:
        accepted = [_accepts(family, values, level) for family in families]
        return np.asarray(np.any(accepted, axis=0))

    n_pre = path.pre.size
    spread = float(np.sqrt(target @ path.covariance[n_pre:, n_pre:] @ target))
    centre = families[0].effect
    steps = float(np.abs(np.diff(np.append(path.pre, 0.0))).max())
    half_width = 10 * spread + 2 * bound * steps * float(np.abs(_later_sums(target)).sum())
    for _ in range(MAX_WIDENINGS):
        grid = np.linspace(centre - half_width, centre + half_width, GRID_POINTS)
        accepted = is_accepted(grid)
        if not (accepted[0] or accepted[-1]):
            break
        half_width *= 2
    else:
        raise NotIdentifiedError("the honest limits have no end: no value far off is rejected")
    if not accepted.any():
        raise NotIdentifiedError(
            "no value of the effect is accepted: the path contradicts the bound itself"
        )
    inside = grid[accepted]
    step = float(grid[1] - grid[0])
    return HonestInterval(
        "relative_magnitude",
        bound,
        _bisect(is_accepted, float(inside[0]) - step, float(inside[0])),
        _bisect(is_accepted, float(inside[-1]) + step, float(inside[-1])),
    )


def _later_sums(target: FloatVector) -> FloatVector:
    """What each step after treatment adds to the target: the sum of the later weights."""
    return np.asarray(np.cumsum(target[::-1])[::-1])


def _build_moments(
    path: PrePost,
    target: FloatVector,
    bound: float,
    place: int,
    sign: float,
    level: float,
    normal: Matrix,
) -> _Moments:
    """Build the moments when this step before treatment, with this sign, is the largest."""
    n_pre, n_post = path.pre.size, path.post.size
    before = np.zeros(n_pre + n_post)
    before[place] -= sign
    if place + 1 < n_pre:
        before[place + 1] += sign
    after = np.zeros((n_post, n_pre + n_post))
    after[:, n_pre:] = np.eye(n_post) - np.eye(n_post, k=-1)
    # Moments are +-step after - bound * step before, each over its error.
    errors = {
        way: np.sqrt(np.einsum("tk,kl,tl->t", rows, path.covariance, rows))
        for way in (1, -1)
        for rows in (way * after - bound * before,)
    }
    later = _later_sums(target)
    loadings = []
    for way in (1.0, -1.0):
        norm = np.sum(np.abs(later) * np.where(way * later > 0, errors[1], errors[-1]))
        loadings.append([way / norm, -bound * np.abs(later).sum() / norm])
    loadings += [[0.0, -2 * bound / both] for both in errors[1] + errors[-1]]
    statistics = np.stack([np.append(np.zeros(n_pre), target), before])
    loading = np.array(loadings)
    covariance = loading @ (statistics @ path.covariance @ statistics.T) @ loading.T
    values, vectors = np.linalg.eigh(covariance)
    draws = normal @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    estimates = statistics @ np.append(path.pre, path.post)
    return _Moments(
        loading=loading,
        covariance=covariance,
        effect=float(estimates[0]),
        step=float(estimates[1]),
        ceiling=float(np.quantile(draws.max(axis=1), 1 - level)),
    )


def _accepts(family: _Moments, values: FloatVector, level: float) -> BoolVector:
    """Test each value of the effect: not rejected by the first stage, nor given the largest."""
    statistics = np.stack([family.effect - values, np.full(values.size, family.step)])
    moments = family.loading @ statistics
    largest = moments.argmax(axis=0)
    top = moments.max(axis=0)
    accepted = np.zeros(values.size, dtype=np.bool_)
    rest = (level - level * FIRST_STAGE_SHARE) / (1 - level * FIRST_STAGE_SHARE)
    for number in np.unique(largest):
        at = largest == number
        variance = family.covariance[number, number]
        if variance <= 1e-12 * family.covariance.max():
            accepted[at] = top[at] <= 0
            continue
        slope = family.covariance[:, number] / variance
        low, high = _truncation(moments[:, at], top[at], slope, int(number))
        sd = float(np.sqrt(variance))
        critical = _truncated_quantile(
            1 - rest, low / sd, np.minimum(high, family.ceiling) / sd
        ) * sd  # fmt: skip
        accepted[at] = top[at] <= np.maximum(critical, 0.0)
    return np.asarray(accepted & (top <= family.ceiling))


def _truncation(
    moments: Matrix, top: FloatVector, slope: FloatVector, number: int
) -> tuple[FloatVector, FloatVector]:
    """Range of the largest moment in which it stays the largest, what is independent held."""
    independent = moments - slope[:, None] * top
    others = np.delete(np.arange(slope.size), number)
    steepness = 1 - slope[others]
    crossing = independent[others] / np.where(steepness == 0, np.nan, steepness)[:, None]
    below, above = steepness > 1e-10, steepness < -1e-10
    low = np.max(crossing[below], axis=0, initial=-np.inf)
    high = np.min(crossing[above], axis=0, initial=np.inf)
    return low, high


def _truncated_quantile(share: float, low: FloatVector, high: FloatVector) -> FloatVector:
    """Quantile of a standard normal between low and high, also far out in its tails."""
    # In the upper tail the mirror image is used, where probabilities keep their digits.
    flip = low > 0
    left, right = np.where(flip, -high, low), np.where(flip, -low, high)
    wanted = np.where(flip, 1 - share, share)
    log_left, log_right = log_ndtr(left), log_ndtr(right)
    gap = np.minimum(log_left - log_right, 0.0)
    # log(P(left) + wanted * (P(right) - P(left)))
    inside = log_right + np.log(np.exp(gap) * (1 - wanted) + wanted)
    found = np.clip(ndtri_exp(inside), left, right)
    return np.asarray(np.where(flip, -found, found))


def _bisect(
    is_accepted: Callable[[FloatVector], BoolVector], outside: float, inside: float
) -> float:
    for _ in range(BISECTIONS):
        middle = (outside + inside) / 2
        if is_accepted(np.array([middle]))[0]:
            inside = middle
        else:
            outside = middle
    return inside
