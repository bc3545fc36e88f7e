"""The matched event study: the path of the effect around the index date, period by period.

Here is the estimate on arrays. A joint test over periods is not here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.did import ClusterDimension, estimate_did_2x2
from evaluation.results import BoolVector, EventStudyEstimate, FloatVector, IntVector


@dataclass(frozen=True, slots=True)
class _Units:
    is_treated: BoolVector
    weight: FloatVector
    matched_set: IntVector
    person: IntVector

    def at(self, kept: BoolVector) -> "_Units":
        return _Units(
            is_treated=self.is_treated[kept],
            weight=self.weight[kept],
            matched_set=self.matched_set[kept],
            person=self.person[kept],
        )


@dataclass(frozen=True, slots=True)
class _Period:
    att: float
    se: float
    ci_low: float
    ci_high: float
    n_treated: int
    n_control: int
    treated_mean: float
    control_mean: float


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
) -> EventStudyEstimate:
    """Estimate the effect in each period by a matched 2x2 against the reference period.

    Period by period, the sets in which every member is observed in both the period and the
    reference are compared; a set with an unobserved member leaves that period whole, so that
    nobody is compared with an incomplete set. When nobody is missing, the estimates equal
    those of one saturated weighted regression with person-in-set and period effects; their
    standard errors differ from its only in the factor (N-1)/(N-k), as each period is here a
    regression of its own (k = 4, N = 2 * n_units).

    At the reference att, se and limits are 0 by construction. Limits are pointwise. One
    period is held in memory at a time beside `outcome`.

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
    units = _Units(is_treated, weight, matched_set, person)
    _check_panel(outcome, event_time, units)
    reference = _reference_column(event_time, reference_event_time)
    set_code = pd.factorize(matched_set)[0].astype(np.int64)
    before = np.ascontiguousarray(outcome[:, reference])
    periods: dict[int, _Period] = {}
    notes = []
    for column, time in enumerate(event_time.tolist()):
        after = np.ascontiguousarray(outcome[:, column])
        kept = _complete_sets(np.isfinite(before) & np.isfinite(after), set_code)
        try:
            periods[time] = _estimate_period(
                before[kept],
                after[kept],
                units.at(kept),
                is_reference=column == reference,
                confidence_level=confidence_level,
                cluster_on=cluster_on,
            )
        except NotIdentifiedError as error:
            notes.append(f"event time {time}: {error}")
    if not periods.keys() - {reference_event_time}:
        raise NotIdentifiedError(["no period can be compared with the reference", *notes])
    return _collect(periods, tuple(notes))


def _check_panel(outcome: NDArray[np.float64], event_time: IntVector, units: _Units) -> None:
    shapes = {
        name: getattr(units, name).shape
        for name in ("is_treated", "weight", "matched_set", "person")
    }
    n_units = units.is_treated.size
    if outcome.shape != (n_units, event_time.size) or set(shapes.values()) != {(n_units,)}:
        raise EstimationError(
            f"outcome must have shape (n_units, n_periods) and the arrays (n_units,); got outcome"
            f" {outcome.shape}, event_time {event_time.shape}, {shapes}"
        )


def _reference_column(event_time: IntVector, reference_event_time: int) -> int:
    columns = np.flatnonzero(event_time == reference_event_time)
    if columns.size != 1 or np.unique(event_time).size != event_time.size:
        raise EstimationError(
            f"reference_event_time {reference_event_time} must be one of the event times, each"
            f" of which must be there once; got {event_time.tolist()}"
        )
    return int(columns[0])


def _complete_sets(is_observed: BoolVector, set_code: IntVector) -> BoolVector:
    n_missing = np.bincount(set_code, weights=~is_observed)
    kept: BoolVector = n_missing[set_code] == 0
    return kept


def _estimate_period(
    before: FloatVector,
    after: FloatVector,
    units: _Units,
    *,
    is_reference: bool,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> _Period:
    if not before.size:
        raise NotIdentifiedError(
            "no matched set is observed whole in both this period and the reference"
        )
    if is_reference:
        return _describe_reference(before, units)
    did = estimate_did_2x2(
        before,
        after,
        units.is_treated,
        weight=units.weight,
        matched_set=units.matched_set,
        person=units.person,
        confidence_level=confidence_level,
        cluster_on=cluster_on,
    )
    return _Period(
        att=did.att,
        se=did.se,
        ci_low=did.ci_low,
        ci_high=did.ci_high,
        n_treated=did.n_treated,
        n_control=did.n_control,
        treated_mean=did.treated_after,
        control_mean=did.control_after,
    )


def _describe_reference(outcome: FloatVector, units: _Units) -> _Period:
    treated, control = units.is_treated, ~units.is_treated
    if not treated.any() or not control.any():
        raise NoControlsError("the matched sets must hold both treated and control units")
    return _Period(
        att=0.0,
        se=0.0,
        ci_low=0.0,
        ci_high=0.0,
        n_treated=len(pd.unique(units.person[treated])),
        n_control=len(pd.unique(units.person[control])),
        treated_mean=float(np.average(outcome[treated], weights=units.weight[treated])),
        control_mean=float(np.average(outcome[control], weights=units.weight[control])),
    )


def _collect(periods: dict[int, _Period], notes: tuple[str, ...]) -> EventStudyEstimate:
    def numbers(name: str) -> FloatVector:
        return np.array([getattr(period, name) for period in periods.values()], dtype=np.float64)

    def counts(name: str) -> IntVector:
        return np.array([getattr(period, name) for period in periods.values()], dtype=np.int64)

    return EventStudyEstimate(
        event_time=np.array(list(periods), dtype=np.int64),
        att=numbers("att"),
        se=numbers("se"),
        ci_low=numbers("ci_low"),
        ci_high=numbers("ci_high"),
        n_treated=counts("n_treated"),
        n_control=counts("n_control"),
        treated_mean=numbers("treated_mean"),
        control_mean=numbers("control_mean"),
        notes=notes,
    )
