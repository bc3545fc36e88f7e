"""One cohort in one period: its effect, and what each unit adds to the error of it.

Here is a cell without covariates, and the way to one with them (drdid.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError
from evaluation.estimators.drdid import CellDesign, Method, build_cell_design, estimate_cell
from evaluation.estimators.staggered_panel import Cell, StaggeredPanel
from evaluation.results import FloatVector

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CellPart:
    """What some units, or clusters, add to the error of an effect: scale times values."""

    rows: slice
    values: FloatVector
    scale: float


def sum_squares(values: FloatVector) -> float:
    """Sum the squares.

    Args:
        values: Shape (n,).

    Source: as estimate_callaway_santanna.
    """
    # Not `@`: BLAS adds in an order that depends on the number of threads.
    return float(np.einsum("i,i->", values, values))


# Coefficients of the propensity score of each comparison, empty without one.
Starts = dict[tuple[int, ...], FloatVector]


def estimate_cells(
    panel: StaggeredPanel, cells: Sequence[Cell], method: Method, starts: Starts
) -> Iterator[tuple[float, list[CellPart]]]:
    """Estimate the cells one after the other, so that one's influence is held at a time.

    Args:
        panel: Units in the order of their cohorts.
        cells: All estimable.
        method: reg, ipw or dr.
        starts: As `keep_estimable` gives them.

    Returns:
        Effect, and the influence of treated and controls, cell by cell.

    Source: as estimate_callaway_santanna.
    """
    designs: dict[tuple[int, ...], CellDesign] = {}
    for cell in cells:
        if panel.covariates is None:
            yield _compare_means(panel, cell)
        else:
            key = cell.comparison
            if key not in designs:
                designs.clear()  # cells that share a design stand together
                start = starts[key] if starts[key].size else None
                designs[key] = _design(panel, panel.covariates, cell, method, start=start)
            yield _compare_with_covariates(panel, cell, designs[key])


def _compare_means(panel: StaggeredPanel, cell: Cell) -> tuple[float, list[CellPart]]:
    treated, of_treated = _centre(panel, cell, [panel.members(cell.place)], sign=1)
    control, of_control = _centre(panel, cell, cell.controls, sign=-1)
    return treated - control, [*of_treated, *of_control]


def _centre(
    panel: StaggeredPanel, cell: Cell, groups: Sequence[slice], *, sign: int
) -> tuple[float, list[CellPart]]:
    """Mean change of a group, and what each of its units adds to the error of the mean."""
    after, before = panel.by_period[cell.period], panel.by_period[cell.base]
    changes = [after[rows] - before[rows] for rows in groups]
    weights = [panel.weight[rows] for rows in groups]
    total = sum(float(np.sum(weight)) for weight in weights)
    pairs = list(zip(weights, changes, strict=True))
    mean = sum(float(np.einsum("i,i->", weight, change)) for weight, change in pairs) / total
    for weight, change in pairs:
        change -= mean
        change *= weight
    return mean, [
        CellPart(rows, change, sign / total) for rows, change in zip(groups, changes, strict=True)
    ]


def _design(
    panel: StaggeredPanel,
    covariates: Matrix,
    cell: Cell,
    method: Method,
    *,
    start: FloatVector | None = None,
) -> CellDesign:
    groups = [panel.members(cell.place), *cell.controls]
    sizes = [rows.stop - rows.start for rows in groups]
    return build_cell_design(
        np.concatenate([covariates[rows] for rows in groups]),
        np.repeat([True] + [False] * len(cell.controls), sizes),
        weight=np.concatenate([panel.weight[rows] for rows in groups]),
        method=method,
        start=start,
    )


def _compare_with_covariates(
    panel: StaggeredPanel, cell: Cell, design: CellDesign
) -> tuple[float, list[CellPart]]:
    groups = [panel.members(cell.place), *cell.controls]
    after, before = panel.by_period[cell.period], panel.by_period[cell.base]
    change = np.concatenate([after[rows] - before[rows] for rows in groups])
    effect, influence = estimate_cell(change, design)
    ends = np.cumsum([rows.stop - rows.start for rows in groups])
    return effect, [
        CellPart(rows, values, 1 / change.size)
        for rows, values in zip(groups, np.split(influence, ends[:-1]), strict=True)
    ]


def keep_estimable(
    panel: StaggeredPanel, cells: Sequence[Cell], method: Method
) -> tuple[list[Cell], Starts, list[str]]:
    """Leave out cells whose covariates do not allow an estimate, each with a note.

    Args:
        panel: Units in the order of their cohorts.
        cells: That have controls.
        method: reg, ipw or dr.

    Returns:
        Cells kept, coefficients of the propensity score of each comparison, and notes.

    Raises:
        EstimationError: No cell is left; of the kind that the first of them has.

    Source: as estimate_callaway_santanna.
    """
    starts: Starts = {}
    refused: dict[tuple[int, ...], EstimationError] = {}
    if panel.covariates is None:
        return list(cells), starts, []
    for cell in cells:
        key = cell.comparison
        if key not in starts and key not in refused:
            try:
                starts[key] = _design(panel, panel.covariates, cell, method).coefficients
            except EstimationError as error:
                refused[key] = error
    notes = [
        f"cohort {cell.cohort} in period {cell.period}: {refused[cell.comparison]}"
        for cell in cells
        if cell.comparison in refused
    ]
    if not starts:
        raise type(next(iter(refused.values())))(notes)
    return [cell for cell in cells if cell.comparison in starts], starts, notes


def sum_parts(panel: StaggeredPanel, parts: list[CellPart], n_clusters: int) -> list[CellPart]:
    """Sum over clusters; when every unit is one, in the order of the units, there is no need.

    Args:
        panel: Units in the order of their cohorts.
        parts: Influence of the units of a cell.
        n_clusters: In all.

    Source: as estimate_callaway_santanna.
    """
    if n_clusters == panel.cluster.size:
        return parts
    summed = np.zeros(n_clusters)
    for part in parts:
        codes = panel.cluster[part.rows]
        summed += part.scale * np.bincount(codes, weights=part.values, minlength=n_clusters)
    return [CellPart(slice(0, n_clusters), summed, 1.0)]
