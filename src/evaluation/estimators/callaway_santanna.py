"""Callaway and Sant'Anna: effects by cohort and period, and their means along four dimensions.

Here is the pass over the cells. Who is compared with whom is in staggered_panel.py, how cells
add up in cohort_means.py, a cell with covariates in drdid.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.cohort_means import (
    Dimension,
    MeanPlan,
    add_share_scores,
    collect_path,
    collect_single,
    plan_means,
)
from evaluation.estimators.drdid import CellDesign, Method, build_cell_design, estimate_cell
from evaluation.estimators.inference import MIN_CLUSTERS, ROUNDING_SHARE
from evaluation.estimators.staggered_panel import (
    BasePeriod,
    Cell,
    Control,
    StaggeredPanel,
    build_staggered_panel,
    plan_cells,
)
from evaluation.results import AttEstimate, AttPath, FloatVector, IntVector

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class StaggeredEstimate:
    """Effects of a treatment that starts at different times.

    Attributes:
        cohort: First treated period of each cell, shape (n_cells,).
        period: Period of each cell, shape (n_cells,).
        att: Effect on the cohort in the period, unit of the outcome, shape (n_cells,).
        se: Standard error of att, same shape and unit.
        overall: One effect by dimension: simple (all treated person-periods), event_time
            (mean over event times from 0), cohort and calendar.
        paths: The terms of event_time, cohort and calendar.
        notes: Who and what is left out, and why.
    """

    cohort: IntVector
    period: IntVector
    att: FloatVector
    se: FloatVector
    overall: dict[Dimension, AttEstimate]
    paths: dict[Dimension, AttPath]
    notes: tuple[str, ...]


def estimate_callaway_santanna(
    outcome: Matrix,
    first_treated: IntVector,
    *,
    cluster: IntVector,
    confidence_level: float,
    control: Control = "not_yet",
    method: Method = "dr",
    covariates: Matrix | None = None,
    weight: FloatVector | None = None,
    base_period: BasePeriod = "varying",
    anticipation: int = 0,
    dimensions: Sequence[Dimension] = ("simple", "event_time", "cohort", "calendar"),
) -> StaggeredEstimate:
    """Estimate effects by cohort and period against persons not (yet) treated.

    Assumes parallel trends, given the covariates, and no anticipation beyond that allowed.
    Without covariates the three methods are one: differences of mean changes. Standard errors
    are those of R did: sums of influence by cluster, squared, over n squared, without a
    small-sample factor, and normal limits. Influence is held for the means only, so memory
    grows with persons times terms, not with cells.

    Args:
        outcome: Complete, shape (n_units, n_periods), any unit and number type.
        first_treated: First treated column, -1 if never, shape (n_units,).
        cluster: Label of the cluster; the person, when persons are drawn, shape (n_units,).
        confidence_level: Share of such intervals that hold the truth, 0-1.
        control: never or not_yet (treated later counts too).
        method: reg, ipw or dr; matters with covariates only.
        covariates: Fixed before treatment, no constant, shape (n_units, n_covariates).
        weight: Above zero, shape (n_units,); all 1 when left out.
        base_period: varying or universal.
        anticipation: Periods before treatment that it may already touch.
        dimensions: Means to take.

    Returns:
        Cells, means with errors, and notes. Without clusters that vary a mean has a note.

    Raises:
        NoControlsError: No cell has controls.
        NotIdentifiedError: Nobody treated can be compared, one cluster, or no variation.
        NoOverlapError: Covariates separate the arms in every cell.
        EstimationError: Shapes differ, or values are missing.

    Source: Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001.
    Checked against R did and csdid: tests/reference/test_callaway_santanna.py.
    """
    if not 0 < confidence_level < 1:
        raise EstimationError(
            f"confidence_level is {confidence_level}; it must be between 0 and 1. Typical: 0.95"
        )
    panel = build_staggered_panel(
        outcome,
        first_treated,
        cluster=cluster,
        weight=weight,
        covariates=covariates,
        anticipation=anticipation,
    )
    n_clusters = int(panel.cluster.max()) + 1
    if n_clusters < MIN_CLUSTERS:
        raise NotIdentifiedError(f"a standard error needs at least {MIN_CLUSTERS} clusters")
    cells, notes = plan_cells(
        panel, control=control, base_period=base_period, anticipation=anticipation
    )
    cells, starts, failures = _keep_estimable(panel, cells, method)
    plans = {name: plan_means(name, cells, panel) for name in dimensions}
    accumulators = {name: np.zeros((plan.n_terms, n_clusters)) for name, plan in plans.items()}
    att, se = np.empty(len(cells)), np.empty(len(cells))
    for number, (effect, parts) in enumerate(_estimate_cells(panel, cells, method, starts)):
        summed = _sum_parts(panel, parts, n_clusters)
        att[number] = effect
        se[number] = float(np.sqrt(sum(p.scale**2 * _sum_squares(p.values) for p in summed)))
        for name, plan in plans.items():
            for term, share in plan.shares_of_cell(number):
                for part in summed:
                    accumulators[name][term, part.rows] += (share * part.scale) * part.values
    if (se <= ROUNDING_SHARE * np.abs(panel.by_period).max()).all():
        raise NotIdentifiedError(
            "the change in the outcome is the same for all in every cell, so the data hold no"
            " standard error; check that the outcome was read"
        )
    overall, paths = _collect(plans, accumulators, att, panel, confidence_level)
    return StaggeredEstimate(
        cohort=np.array([cell.cohort for cell in cells], dtype=np.int64),
        period=np.array([cell.period for cell in cells], dtype=np.int64),
        att=att,
        se=se,
        overall=overall,
        paths=paths,
        notes=(*panel.notes, *notes, *failures),
    )


def _collect(
    plans: dict[Dimension, MeanPlan],
    accumulators: dict[Dimension, Matrix],
    att: FloatVector,
    panel: StaggeredPanel,
    confidence_level: float,
) -> tuple[dict[Dimension, AttEstimate], dict[Dimension, AttPath]]:
    overall: dict[Dimension, AttEstimate] = {}
    paths: dict[Dimension, AttPath] = {}
    for name, plan in plans.items():
        scores = accumulators[name]
        add_share_scores(plan, scores, att, panel)
        overall[name] = collect_single(plan, scores, att, panel, confidence_level=confidence_level)
        if name != "simple":
            paths[name] = collect_path(plan, scores, att, panel, confidence_level=confidence_level)
    return overall, paths


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What some units, or clusters, add to the error of an effect: scale times values."""

    rows: slice
    values: FloatVector
    scale: float


def _sum_squares(values: FloatVector) -> float:
    # Not `@`: BLAS adds in an order that depends on the number of threads.
    return float(np.einsum("i,i->", values, values))


# Coefficients of the propensity score of each comparison, empty without one.
_Starts = dict[tuple[int, ...], FloatVector]


def _estimate_cells(
    panel: StaggeredPanel, cells: Sequence[Cell], method: Method, starts: _Starts
) -> Iterator[tuple[float, list[_Part]]]:
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


def _compare_means(panel: StaggeredPanel, cell: Cell) -> tuple[float, list[_Part]]:
    treated, of_treated = _centre(panel, cell, [panel.members(cell.place)], sign=1)
    control, of_control = _centre(panel, cell, cell.controls, sign=-1)
    return treated - control, [*of_treated, *of_control]


def _centre(
    panel: StaggeredPanel, cell: Cell, groups: Sequence[slice], *, sign: int
) -> tuple[float, list[_Part]]:
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
        _Part(rows, change, sign / total) for rows, change in zip(groups, changes, strict=True)
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
) -> tuple[float, list[_Part]]:
    groups = [panel.members(cell.place), *cell.controls]
    after, before = panel.by_period[cell.period], panel.by_period[cell.base]
    change = np.concatenate([after[rows] - before[rows] for rows in groups])
    effect, influence = estimate_cell(change, design)
    ends = np.cumsum([rows.stop - rows.start for rows in groups])
    return effect, [
        _Part(rows, values, 1 / change.size)
        for rows, values in zip(groups, np.split(influence, ends[:-1]), strict=True)
    ]


def _keep_estimable(
    panel: StaggeredPanel, cells: Sequence[Cell], method: Method
) -> tuple[list[Cell], _Starts, list[str]]:
    """Leave out cells whose covariates do not allow an estimate, each with a note."""
    starts: _Starts = {}
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


def _sum_parts(panel: StaggeredPanel, parts: list[_Part], n_clusters: int) -> list[_Part]:
    """Sum over clusters; when every unit is one, in the order of the units, there is no need."""
    if n_clusters == panel.cluster.size:
        return parts
    summed = np.zeros(n_clusters)
    for part in parts:
        codes = panel.cluster[part.rows]
        summed += part.scale * np.bincount(codes, weights=part.values, minlength=n_clusters)
    return [_Part(slice(0, n_clusters), summed, 1.0)]
