"""Randomisation inference: who of a cell was treated is drawn anew, outcomes held as they are.

Here is the p-value of no effect on anyone. It asks nothing of clusters or large samples, and
takes the cells for the whole of what decides who is treated.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.results import BoolVector, FloatVector, IntVector


@dataclass(frozen=True, slots=True)
class RandomisationTest:
    """What drawing the treated anew says of no effect on anyone.

    Attributes:
        att: Mean over treated of own change less the mean change of controls in the cell.
        p_value: Two-sided; the data counted as one draw, 0-1.
        is_studentised: The draws compare |att| over its error over cells; not with one cell.
        n_draws: Draws.
        n_cells: Cells that hold both arms.
    """

    att: float
    p_value: float
    is_studentised: bool
    n_draws: int
    n_cells: int


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Changes ordered by cell; the first of each cell stand where the treated are."""

    change: FloatVector
    cell: IntVector
    n_treated: IntVector
    n_control: IntVector
    is_treated_place: BoolVector


def estimate_randomisation_test(
    change: FloatVector,
    is_treated: BoolVector,
    *,
    cell: IntVector,
    n_draws: int,
    seed: int,
) -> RandomisationTest:
    """Test that treatment changed nobody's outcome, cell by cell.

    In each draw as many units of a cell as were treated are taken at random. The statistic is
    the att over its error between cells, so that the test also holds, in large samples, for a
    mean effect of zero.

    Args:
        change: Outcome after less before, finite, shape (n_units,), days.
        is_treated: Arm, shape (n_units,).
        cell: Matched set or stratum, shape (n_units,); cells with one arm are left out.
        n_draws: Draws, above 0. Typical: 999.
        seed: Of the generator; the same seed gives the same p-value.

    Raises:
        NoControlsError: No cell holds both arms.
        NotIdentifiedError: The change is the same for all.
        EstimationError: Shapes differ, a value is missing, or n_draws is not above 0.

    Source: Imbens & Rubin (2015), doi:10.1017/CBO9781139025751, chapter 5; Wu & Ding (2021),
    doi:10.1080/01621459.2020.1750415 (studentised).
    Checked against all permutations: tests/unit/test_randomisation.py.
    """
    if change.shape != is_treated.shape or change.shape != cell.shape or n_draws < 1:
        raise EstimationError(
            f"change {change.shape}, is_treated {is_treated.shape} and cell {cell.shape} must have"
            f" one shape, and n_draws ({n_draws}) be above 0"
        )
    if not np.isfinite(change).all():
        raise EstimationError("a change is missing; leave the cell out before testing")
    cells = _order(change, is_treated, cell)
    observed = _effects(cells, cells.change)
    share = cells.n_treated / cells.n_treated.sum()
    is_studentised = observed.size > 1
    found = _statistic(observed, share)
    if np.ptp(cells.change) <= 1e-12 * np.abs(cells.change).max(initial=0.0):
        raise NotIdentifiedError("the change is the same for all, so every draw is the data")
    reached = sum(
        _statistic(effects, share) >= found * (1 - 1e-10) for effects in _draw(cells, n_draws, seed)
    )
    return RandomisationTest(
        att=float(np.sum(share * observed)),
        p_value=(1 + reached) / (1 + n_draws),
        is_studentised=is_studentised,
        n_draws=n_draws,
        n_cells=observed.size,
    )


def _order(change: FloatVector, is_treated: BoolVector, cell: IntVector) -> _Cells:
    codes = np.unique(cell, return_inverse=True)[1]
    n_treated = np.bincount(codes, weights=is_treated).astype(np.int64)
    n_units = np.bincount(codes)
    has_both = (n_treated > 0) & (n_treated < n_units)
    if not has_both.any():
        raise NoControlsError("no cell holds both treated and controls")
    kept = has_both[codes]
    codes = np.unique(codes[kept], return_inverse=True)[1]
    # The value breaks ties of arm, so that the order of the rows changes nothing.
    order = np.lexsort((change[kept], ~is_treated[kept], codes))
    n_treated, n_units = n_treated[has_both], n_units[has_both]
    place = np.arange(codes.size) - np.repeat(np.cumsum(n_units) - n_units, n_units)
    return _Cells(
        change=change[kept][order],
        cell=codes[order],
        n_treated=n_treated,
        n_control=n_units - n_treated,
        is_treated_place=place < np.repeat(n_treated, n_units),
    )


def _effects(cells: _Cells, change: FloatVector) -> FloatVector:
    """Mean of the treated places less mean of the others, by cell."""
    treated = np.bincount(cells.cell, weights=change * cells.is_treated_place)
    total = np.bincount(cells.cell, weights=change)
    return np.asarray(treated / cells.n_treated - (total - treated) / cells.n_control)


def _statistic(effects: FloatVector, share: FloatVector) -> float:
    att = float(np.sum(share * effects))
    if effects.size == 1:
        return abs(att)
    error = float(np.sqrt(np.sum((share * (effects - att)) ** 2)))
    return abs(att) / error if error > 0 else (np.inf if att else 0.0)


def _draw(cells: _Cells, n_draws: int, seed: int) -> Iterator[FloatVector]:
    """Draw the effects of the cells under another choice of the treated."""
    generator = np.random.default_rng(seed)
    if (cells.n_treated == 1).all():
        yield from _draw_one_treated(cells, n_draws, generator)
        return
    for _ in range(n_draws):
        # Units stay in their cell, since cells are whole numbers and the rest is below 1.
        order = np.argsort(cells.cell + generator.random(cells.cell.size))
        yield _effects(cells, cells.change[order])


def _draw_one_treated(
    cells: _Cells, n_draws: int, generator: np.random.Generator
) -> Iterator[FloatVector]:
    """Draw one unit of each cell, which takes no sorting."""
    n_units = 1 + cells.n_control
    first = np.cumsum(n_units) - n_units
    total = np.bincount(cells.cell, weights=cells.change)
    for _ in range(n_draws):
        chosen = cells.change[first + generator.integers(0, n_units)]
        yield np.asarray(chosen - (total - chosen) / cells.n_control)
