"""A panel in which treatment starts at different times, laid out so that groups are slices.

Here is who is in which cell and against whom. Effects are in callaway_santanna.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.results import FloatVector, IntVector

Matrix = NDArray[np.float64]
Control = Literal["never", "not_yet"]
BasePeriod = Literal["varying", "universal"]
MIN_PERSONS = 2  # one person is its own mean, and would look like no error at all


@dataclass(frozen=True, slots=True, eq=False)
class StaggeredPanel:
    """Units in the order of their cohort, the never treated last.

    Attributes:
        by_period: Outcome, shape (n_periods, n_units), any unit.
        covariates: Fixed before treatment, shape (n_units, n_covariates), or None.
        weight: Mean 1, shape (n_units,).
        cluster: Code of the cluster of each unit, from 0.
        cohorts: First treated periods, rising, shape (n_cohorts,).
        starts: Place of the first unit of each cohort, then of the never treated, then the
            number of units.
        notes: Who was left out and why.
    """

    by_period: Matrix
    covariates: Matrix | None
    weight: FloatVector
    cluster: IntVector
    cohorts: IntVector
    starts: IntVector
    notes: tuple[str, ...]

    def members(self, place: int) -> slice:
        """Units of the cohort with this place; of the never treated at the last place."""
        return slice(int(self.starts[place]), int(self.starts[place + 1]))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cohort in a period, and the base period and controls it is compared with.

    Attributes:
        place: Of the cohort among the cohorts.
        cohort: First treated period.
        period: Period of the effect.
        base: Period that is compared with.
        controls: Slices of the units, one or two.
    """

    place: int
    cohort: int
    period: int
    base: int
    controls: tuple[slice, ...]

    @property
    def comparison(self) -> tuple[int, ...]:
        """Who is compared with whom, whatever the periods: the cohort and its controls."""
        return (self.place, *(rows.start for rows in self.controls))


def build_staggered_panel(
    outcome: Matrix,
    first_treated: IntVector,
    *,
    cluster: IntVector,
    weight: FloatVector | None,
    covariates: Matrix | None,
    anticipation: int,
) -> StaggeredPanel:
    """Build the panel: cohorts without an earlier period leave, and the rest is sorted.

    Args:
        outcome: Complete, shape (n_units, n_periods).
        first_treated: First treated column, -1 if never, shape (n_units,).
        cluster: Label of the cluster, shape (n_units,).
        weight: Above zero, shape (n_units,), or None.
        covariates: Shape (n_units, n_covariates), or None.
        anticipation: Periods before treatment that it may already touch.

    Raises:
        EstimationError: Shapes differ, or a value is missing.
        NotIdentifiedError: Nobody is treated after a period that could be compared with.
    """
    _check(outcome, first_treated, cluster, weight, covariates, anticipation)
    n_periods = outcome.shape[1]
    key = np.where(first_treated < 0, n_periods, first_treated)
    order = np.argsort(key, kind="stable")
    is_early = key <= anticipation
    notes = []
    if is_early.any():
        order = order[int(is_early.sum()) :]
        notes.append(
            f"{int(is_early.sum())} persons are treated before any period that they could be"
            " compared with, and are left out"
        )
    key = key[order]
    cohorts = np.unique(key[key < n_periods])
    if not cohorts.size:
        raise NotIdentifiedError("nobody is treated after a period to compare with")
    kept_weight = np.ones(key.size) if weight is None else weight[order].astype(np.float64)
    by_period = np.empty((n_periods, key.size))
    for period in range(n_periods):
        by_period[period] = outcome[order, period]
    return StaggeredPanel(
        by_period=by_period,
        covariates=None if covariates is None else covariates[order],
        weight=kept_weight / kept_weight.mean(),
        cluster=_code_clusters(cluster[order]),
        cohorts=cohorts,
        starts=np.append(np.searchsorted(key, [*cohorts, n_periods]), key.size),
        notes=tuple(notes),
    )


def _code_clusters(cluster: IntVector) -> IntVector:
    """Code clusters from 0, in the order of the units when each is a cluster of its own."""
    codes = np.unique(cluster, return_inverse=True)[1]
    return np.arange(codes.size) if int(codes.max()) + 1 == codes.size else codes


def build_cells(
    panel: StaggeredPanel, *, control: Control, base_period: BasePeriod, anticipation: int
) -> tuple[list[Cell], list[str]]:
    """List the cells that have controls, and say which have none.

    With not-yet-treated controls and nobody never treated, the last cohort serves as control
    only, and periods from its treatment on have no cells, as in R did.

    Args:
        panel: As `build_staggered_panel` gives it.
        control: never, or not_yet (never, or treated after the periods compared).
        base_period: varying (before treatment the period before, after it the last one not
            touched by it) or universal (always the latter).
        anticipation: Periods before treatment that it may already touch.

    Raises:
        NoControlsError: No cell has a control.

    Source: Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001.
    Checked against R did and csdid: tests/reference/test_callaway_santanna.py.
    """
    n_never = int(panel.starts[-1] - panel.starts[-2])
    if control == "never" and not n_never:
        raise NoControlsError("nobody is never treated; use controls not yet treated")
    n_periods, n_cohorts = panel.by_period.shape[0], panel.cohorts.size
    sizes = np.diff(panel.starts)
    notes = []
    if not n_never:
        n_periods = int(panel.cohorts[-1]) - anticipation
        n_cohorts -= 1
        notes.append(
            "nobody is never treated: the last cohort is a control only, and periods from its"
            " treatment on have no estimate"
        )
    cells = []
    for place in range(n_cohorts):
        for period, base in _compared(
            int(panel.cohorts[place]), n_periods, base_period, anticipation
        ):
            controls = _controls(panel, place, max(period, base) + anticipation, control)
            cell = Cell(place, int(panel.cohorts[place]), period, base, controls)
            n_control = sum(rows.stop - rows.start for rows in controls)
            if min(n_control, int(sizes[place])) >= MIN_PERSONS:
                cells.append(cell)
            else:
                notes.append(
                    f"cohort {cell.cohort} in period {cell.period} has {sizes[place]} treated and"
                    f" {n_control} controls; an error needs {MIN_PERSONS} of each"
                )
    if not cells:
        raise NoControlsError(["no cohort has controls in any period", *notes])
    return cells, notes


def _compared(
    cohort: int, n_periods: int, base_period: BasePeriod, anticipation: int
) -> Iterator[tuple[int, int]]:
    last_untouched = cohort - 1 - anticipation
    for period in range(n_periods):
        base = last_untouched
        if base_period == "varying" and period < cohort:
            base = period - 1
        if base >= 0 and base != period:
            yield period, base


def _controls(
    panel: StaggeredPanel, place: int, last_period: int, control: Control
) -> tuple[slice, ...]:
    """Those who are untreated through the last period, less the cohort itself."""
    first = panel.cohorts.size
    if control == "not_yet":
        first = int(np.searchsorted(panel.cohorts, last_period, side="right"))
    start, end = int(panel.starts[first]), int(panel.starts[-1])
    own = panel.members(place)
    if first > place:
        parts = [slice(start, end)]
    else:
        parts = [slice(start, own.start), slice(own.stop, end)]
    return tuple(part for part in parts if part.stop > part.start)


def _check(
    outcome: Matrix,
    first_treated: IntVector,
    cluster: IntVector,
    weight: FloatVector | None,
    covariates: Matrix | None,
    anticipation: int,
) -> None:
    n_units, n_periods = outcome.shape
    shapes = {"first_treated": first_treated.shape, "cluster": cluster.shape}
    if weight is not None:
        shapes["weight"] = weight.shape
    if covariates is not None:
        shapes["covariates (rows)"] = covariates.shape[:1]
    problems = [
        f"{name} has shape {shape}; outcome {outcome.shape} wants ({n_units},)"
        for name, shape in shapes.items()
        if shape != (n_units,)
    ]
    problems += _missing("outcome", outcome)
    if covariates is not None:
        problems += _missing("covariates", covariates)
    if weight is not None and not (np.isfinite(weight) & (weight > 0)).all():
        problems.append("weight must be a number above zero")
    if (first_treated >= n_periods).any():
        problems.append(
            f"first_treated goes to {int(first_treated.max())}, beyond the last column"
            f" {n_periods - 1}; whoever is treated after the register ends is never treated (-1)"
        )
    if anticipation < 0:
        problems.append(f"anticipation is {anticipation}; it must be 0 or more")
    if problems:
        raise EstimationError(problems)


def _missing(name: str, values: Matrix) -> list[str]:
    is_missing = ~np.isfinite(values)
    if not is_missing.any():
        return []
    n_missing = int(is_missing.any(axis=1).sum())
    return [
        f"{name} has missing or infinite values for {n_missing} persons; keep those who are"
        " observed in every period"
    ]
