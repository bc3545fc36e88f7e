"""Honest limits of a sector's effect as rows: by how much may trends part before it is gone?

Here periods of an event study are joined, the mean after treatment is written in days per
window, and the smallest bound is sought at which the limits meet nought.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.errors import EstimationError, NotConvergedError, NotIdentifiedError
from evaluation.estimators.honest_magnitudes import estimate_relative_magnitude_interval
from evaluation.estimators.honest_smoothness import HonestInterval, estimate_smoothness_interval
from evaluation.estimators.path_means import find_window_terms
from evaluation.estimators.pre_post import PrePost, build_pre_post
from evaluation.results import AttPath, FloatVector

BISECTIONS = 6
SINGULAR = 1e-9  # smallest part of the largest error, squared, that is no rounding
MAGNITUDE, SMOOTHNESS = "honest_relative_magnitude", "honest_smoothness"
NO_FINDING, HOLDS, BREAKS = "no_finding", "holds", "breaks"
Estimate = Callable[[float], HonestInterval]


@dataclass(frozen=True, slots=True)
class HonestRow:
    """Limits at one bound, or the bound at which they first meet nought.

    Attributes:
        analysis: honest_relative_magnitude or honest_smoothness.
        level: The bound as text, or "breakdown".
        bound: The bound; of a breakdown, the smallest at which nought is inside, or the largest
            that was tried where it never is, or 0 where there is no finding to break.
        ci_low: Lower limit, days per window; None for a breakdown.
        ci_high: Upper limit, days per window; None for a breakdown.
        verdict: Of a breakdown: no_finding, holds (up to the largest bound tried) or breaks.
    """

    analysis: str
    level: str
    bound: float
    ci_low: float | None = None
    ci_high: float | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HonestPath:
    """A path of joined periods, and what its mean after treatment is in days per window.

    Attributes:
        path: Effects against the last joined period before treatment, days per joined period.
        target: Weights of the effects after, so that the sum is in days per window.
    """

    path: PrePost
    target: FloatVector


def build_honest_path(
    path: AttPath, *, joined_periods: int, period_days: int, after_days: int
) -> HonestPath:
    """Join periods of an event study, and take those that lie whole in the window after.

    Args:
        path: Effects by event time, days per period, the reference with its zeros.
        joined_periods: Periods that become one; what is left over at either end is not used.
        period_days: Length of a period, days.
        after_days: Length of the window after the index date, days.

    Raises:
        NotIdentifiedError: A period was withheld, fewer than two joined periods lie before
            treatment, or none after, the path ends before the window, or the clusters are too
            few for the covariance.
    """
    order = np.argsort(path.term)
    term = path.term[order]
    whole = find_window_terms(int(term.max()), term_days=period_days, after_days=after_days)
    blocks = term // joined_periods
    sizes = {int(block): int(np.sum((blocks == block) & (term <= whole[-1]))) for block in blocks}
    kept = np.array(
        sorted(block for block, size in sizes.items() if size == joined_periods), dtype=np.int64
    )
    sums = (blocks == kept[:, None]).astype(np.float64)
    joined = build_pre_post(
        kept,
        sums @ path.att[order],
        sums @ path.covariance[np.ix_(order, order)] @ sums.T,
        last_before=-1,
    )
    spread = np.linalg.eigvalsh(joined.covariance)
    if not spread[0] > SINGULAR * spread[-1]:
        raise NotIdentifiedError(
            "honest limits: the errors of the joined periods are not told apart, as with fewer"
            " clusters than periods"
        )
    n_after = joined.post.size
    share = after_days / (n_after * joined_periods * period_days)
    return HonestPath(joined, np.full(n_after, share))


def build_honest_rows(
    path: HonestPath,
    *,
    relative_magnitudes: Sequence[float],
    smoothness_days: Sequence[float],
    confidence_level: float,
    seed: int,
) -> tuple[list[HonestRow], list[str]]:
    """Estimate the limits at each bound, and the bound at which the finding breaks.

    Args:
        path: As `build_honest_path` gives it.
        relative_magnitudes: Largest step of the trends' difference after treatment, times the
            largest before; rising.
        smoothness_days: Largest change of its slope, days per joined period; rising.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        seed: Of the draws of the test.

    Returns:
        The rows, and a note for each kind of bound that cannot be estimated.

    Source: Rambachan & Roth (2023), doi:10.1093/restud/rdad018.
    Checked against R HonestDiD: tests/reference/test_honest_did.py.
    """

    def magnitude(bound: float) -> HonestInterval:
        return estimate_relative_magnitude_interval(
            path.path,
            target=path.target,
            bound=bound,
            confidence_level=confidence_level,
            seed=seed,
        )

    def smoothness(bound: float) -> HonestInterval:
        return estimate_smoothness_interval(
            path.path, target=path.target, bound=bound, confidence_level=confidence_level
        )

    rows: list[HonestRow] = []
    notes: list[str] = []
    kinds: tuple[tuple[str, Estimate, Sequence[float]], ...] = (
        (MAGNITUDE, magnitude, relative_magnitudes),
        (SMOOTHNESS, smoothness, smoothness_days),
    )
    for analysis, estimate, bounds in kinds:
        try:
            rows += _try_bounds(analysis, estimate, bounds)
        except (NotIdentifiedError, NotConvergedError, EstimationError) as error:
            notes += [f"{analysis}: {problem}" for problem in error.problems]
    return rows, notes


def _try_bounds(analysis: str, estimate: Estimate, bounds: Sequence[float]) -> list[HonestRow]:
    found = [(bound, estimate(bound)) for bound in bounds]
    rows = [
        HonestRow(analysis, f"{bound:g}", bound, interval.ci_low, interval.ci_high)
        for bound, interval in found
    ]
    return [*rows, _find_breakdown(analysis, estimate, found)]


def _find_breakdown(
    analysis: str, estimate: Estimate, found: Sequence[tuple[float, HonestInterval]]
) -> HonestRow:
    """Bisect between the last bound that holds and the first that does not."""
    if _holds_nought(estimate(0.0)):
        return HonestRow(analysis, "breakdown", 0.0, verdict=NO_FINDING)
    broken = [bound for bound, interval in found if _holds_nought(interval)]
    if not broken:
        return HonestRow(analysis, "breakdown", found[-1][0], verdict=HOLDS)
    high = min(broken)
    low = max((bound for bound, _ in found if bound < high), default=0.0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if _holds_nought(estimate(middle)):
            high = middle
        else:
            low = middle
    return HonestRow(analysis, "breakdown", high, verdict=BREAKS)


def _holds_nought(interval: HonestInterval) -> bool:
    return interval.ci_low <= 0 <= interval.ci_high
