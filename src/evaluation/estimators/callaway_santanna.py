"""Callaway and Sant'Anna: effects by cohort and period, and their means along four dimensions.

Here is the pass over the cells. Who is compared with whom is in staggered_panel.py, one cell in
cohort_cells.py, how cells add up in cohort_means.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.cohort_cells import (
    estimate_cells,
    keep_estimable,
    sum_parts,
    sum_squares,
)
from evaluation.estimators.cohort_means import (
    Dimension,
    MeanPlan,
    add_share_scores,
    build_mean_plan,
    estimate_overall,
    estimate_path,
)
from evaluation.estimators.drdid import Method
from evaluation.estimators.inference import MIN_CLUSTERS, ROUNDING_SHARE
from evaluation.estimators.staggered_panel import (
    BasePeriod,
    Control,
    StaggeredPanel,
    build_cells,
    build_staggered_panel,
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
    cells, notes = build_cells(
        panel, control=control, base_period=base_period, anticipation=anticipation
    )
    cells, starts, failures = keep_estimable(panel, cells, method)
    plans = {name: build_mean_plan(name, cells, panel) for name in dimensions}
    accumulators = {name: np.zeros((plan.n_terms, n_clusters)) for name, plan in plans.items()}
    att, se = np.empty(len(cells)), np.empty(len(cells))
    for number, (effect, parts) in enumerate(estimate_cells(panel, cells, method, starts)):
        summed = sum_parts(panel, parts, n_clusters)
        att[number] = effect
        se[number] = float(np.sqrt(sum(p.scale**2 * sum_squares(p.values) for p in summed)))
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
        overall[name] = estimate_overall(
            plan, scores, att, panel, confidence_level=confidence_level
        )
        if name != "simple":
            paths[name] = estimate_path(plan, scores, att, confidence_level=confidence_level)
    return overall, paths
