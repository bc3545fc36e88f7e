"""The matched event study: the path of the effect around the index date, period by period.

Here is the estimate on arrays. A joint test over periods is not here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.did import estimate_change_and_influence
from evaluation.estimators.inference import build_att_estimate
from evaluation.estimators.path_parts import PathPart, build_path
from evaluation.estimators.scores import Scores, build_scores, count_clusters
from evaluation.estimators.units import (
    Arms,
    ClusterDimension,
    MatchedUnits,
    build_arms,
    build_units,
)
from evaluation.results import AttPath, BoolVector, FloatVector, Interval, IntVector

ESTIMATOR = "event_study"
UNITS_AT_A_TIME = 512  # of 25 periods 100 kB: what is being turned stays in the cache


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """Columns in which the same sets are observed whole, and the places of their units."""

    rows: IntVector
    columns: list[int]


def estimate_event_study(
    outcome: NDArray[np.float64],
    event_time: IntVector,
    is_treated: BoolVector,
    *,
    weight: FloatVector,
    matched_set: IntVector,
    person: IntVector,
    reference_event_time: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> AttPath:
    """Estimate the effect in each period by a matched 2x2 against the reference period.

    Period by period, the sets in which every member is observed in both the period and the
    reference are compared; a set with an unobserved member leaves that period whole, so that
    nobody is compared with an incomplete set. When nobody is missing, the estimates equal
    those of one saturated weighted regression with person-in-set and period effects; their
    standard errors differ from its only in the factor (N-1)/(N-k), as each period is here a
    regression of its own (k = 4, N = 2 * n_units).

    At the reference att, se and limits are 0 by construction. Limits are pointwise. Labels are
    coded once, and arms built once for all periods in which the same sets are observed; beside
    `outcome` one copy of it is held, turned so that a period's values stand together.

    Args:
        outcome: Days per period, shape (n_units, n_periods), NaN where not observed.
        event_time: Period of each column, shape (n_periods,), each once.
        is_treated: Arm, shape (n_units,).
        weight: 1 for the treated, 1 / (controls in the set) for controls, shape (n_units,).
        matched_set: Label of the set, shape (n_units,).
        person: Label of the person, shape (n_units,).
        reference_event_time: Period that all others are compared with.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions: none, one or both.

    Returns:
        Estimates of the periods that the data determine, in days per period, and a note for
        each that they do not.

    Raises:
        NoControlsError: The sets of a period hold one arm only.
        NotIdentifiedError: No period but the reference can be estimated.
        EstimationError: Shapes differ, a weight is not above zero, or the reference is not
            among the periods.

    Source: Freyaldenhoven, Hansen, Perez & Shapiro (2021), doi:10.3386/w29170 (normalisation);
    Abadie & Spiess (2022), doi:10.1080/01621459.2020.1840383 (clusters).
    Checked against pyfixest: tests/reference/test_event_study_vs_pyfixest.py.
    """
    _check_panel(outcome, event_time, [is_treated, weight, matched_set, person])
    _check_weight(weight)
    reference = _reference_column(event_time, reference_event_time)
    units = build_units(
        is_treated, weight=weight, matched_set=matched_set, person=person, cluster_on=cluster_on
    )
    found: dict[int, PathPart | NotIdentifiedError] = {}
    by_period = _turn(outcome)
    for pattern in _group_periods(by_period, units.matched_set, reference=reference):
        found |= _estimate_pattern(
            by_period, pattern, units, reference=reference, confidence_level=confidence_level
        )
    periods: dict[int, PathPart] = {}
    notes = []
    for column, time in enumerate(event_time.tolist()):
        period = found[column]
        if isinstance(period, NotIdentifiedError):
            notes.append(f"event time {time}: {period}")
        else:
            periods[time] = period
    if not periods.keys() - {reference_event_time}:
        raise NotIdentifiedError(["no period can be compared with the reference", *notes])
    return build_path(periods, dimension="event_time", notes=notes)


def _check_panel(
    outcome: NDArray[np.float64], event_time: IntVector, arrays: Sequence[NDArray[Any]]
) -> None:
    shapes = [array.shape for array in arrays]
    n_units = arrays[0].size
    if outcome.shape != (n_units, event_time.size) or set(shapes) != {(n_units,)}:
        raise EstimationError(
            f"outcome must have shape (n_units, n_periods) and the arrays (n_units,); got outcome"
            f" {outcome.shape}, event_time {event_time.shape}, is_treated, weight, matched_set"
            f" and person {shapes}"
        )


def _check_weight(weight: FloatVector) -> None:
    if not np.isfinite(weight).all() or (weight <= 0).any():
        raise EstimationError(
            "weight must be a number above zero: 1 for a treated unit, 1 / (controls in the set)"
            " for a control"
        )


def _reference_column(event_time: IntVector, reference_event_time: int) -> int:
    columns = np.flatnonzero(event_time == reference_event_time)
    if columns.size != 1 or np.unique(event_time).size != event_time.size:
        raise EstimationError(
            f"reference_event_time {reference_event_time} must be one of the event times, each"
            f" of which must be there once; got {event_time.tolist()}"
        )
    return int(columns[0])


def _turn(outcome: NDArray[np.float64]) -> NDArray[np.float64]:
    """Copy to shape (n_periods, n_units), some units at a time so that they stay in the cache."""
    turned = np.empty(outcome.shape[::-1])
    for start in range(0, outcome.shape[0], UNITS_AT_A_TIME):
        stop = start + UNITS_AT_A_TIME
        turned[:, start:stop] = outcome[start:stop].T
    return turned


def _group_periods(
    by_period: NDArray[np.float64], set_code: IntVector, *, reference: int
) -> Iterator[_Pattern]:
    """Group the periods by the sets that are observed whole in them and in the reference."""
    patterns: dict[bytes, list[int]] = {}
    is_missing_before = ~np.isfinite(by_period[reference])
    for column, values in enumerate(by_period):
        is_complete = np.ones(int(set_code.max(initial=-1)) + 1, dtype=np.bool_)
        is_complete[set_code[~np.isfinite(values) | is_missing_before]] = False
        patterns.setdefault(is_complete.tobytes(), []).append(column)
    for sets, columns in patterns.items():
        is_whole = np.frombuffer(sets, dtype=np.bool_)[set_code]
        yield _Pattern(np.flatnonzero(is_whole), columns)


def _estimate_pattern(
    by_period: NDArray[np.float64],
    pattern: _Pattern,
    units: MatchedUnits,
    *,
    reference: int,
    confidence_level: float,
) -> dict[int, PathPart | NotIdentifiedError]:
    """Estimate the periods of one pattern; an error stands for a period not determined."""
    if not pattern.rows.size:
        problem = "no matched set is observed whole in both this period and the reference"
        return dict.fromkeys(pattern.columns, NotIdentifiedError(problem))
    kept = units.at(pattern.rows)
    if reference in pattern.columns:
        _check_reference(kept)
    try:
        arms = build_arms(kept)
    except NotIdentifiedError as error:
        return dict.fromkeys(pattern.columns, error)
    sizes = count_clusters(units.clusters)
    before = by_period[reference][pattern.rows]
    found: dict[int, PathPart | NotIdentifiedError] = {}
    for column in pattern.columns:
        after = by_period[column][pattern.rows]
        try:
            found[column] = (
                _describe_reference(before, arms, sizes)
                if column == reference
                else _estimate_period(before, after, arms, sizes, level=confidence_level)
            )
        except NotIdentifiedError as error:
            found[column] = error
    return found


def _estimate_period(
    before: FloatVector, after: FloatVector, arms: Arms, sizes: Sequence[int], *, level: float
) -> PathPart:
    did, influence = estimate_change_and_influence(before, after, arms, confidence_level=level)
    scores = build_scores(influence, arms.clusters, sizes=sizes, se=did.se)
    return PathPart(replace(did, estimator=ESTIMATOR), scores)


def _check_reference(units: MatchedUnits) -> None:
    if units.is_treated.all() or not units.is_treated.any():
        raise NoControlsError("the matched sets must hold both treated and control units")


def _describe_reference(outcome: FloatVector, arms: Arms, sizes: Sequence[int]) -> PathPart:
    treated_mean, control_mean = arms.means(outcome)
    zero_point = build_att_estimate(
        ESTIMATOR,
        0.0,
        Interval(se=0.0, ci_low=0.0, ci_high=0.0, p_value=1.0),
        n_treated=arms.n_treated,
        n_control=arms.n_control,
        n_clusters=arms.clusters.n_clusters,
        arm_means=(treated_mean, treated_mean, control_mean, control_mean),
    )
    no_scores = Scores(tuple(np.zeros(size) for size in sizes), len(arms.clusters.dimensions))
    return PathPart(zero_point, no_scores)
