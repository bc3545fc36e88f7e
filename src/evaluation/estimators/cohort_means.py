"""Means of cohort-by-period effects: over all cells, by event time, by cohort, by calendar period.

Here is which cells a mean takes with which shares, and what is added to its error because the
shares are estimated. The cells are estimated in callaway_santanna.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from evaluation.errors import NotIdentifiedError
from evaluation.estimators.inference import build_att_estimate
from evaluation.estimators.staggered_panel import Cell, StaggeredPanel
from evaluation.results import AttEstimate, AttPath, FloatVector, Interval, IntVector

Matrix = NDArray[np.float64]
Dimension = Literal["simple", "event_time", "cohort", "calendar"]
ESTIMATOR = "callaway_santanna"


@dataclass(frozen=True, slots=True, eq=False)
class MeanPlan:
    """Which cells the terms of a dimension are means of.

    Attributes:
        dimension: simple, event_time, cohort or calendar.
        terms: Event times, cohorts or periods; one 0 when simple, shape (n_terms,).
        cells: Places of the cells of each term.
        shares: Share of each of these cells, sum 1.
        places: Place of the cohort of each of these cells.
        is_overall: Terms that the overall effect is a mean of, shape (n_terms,).
        cohort_share: Share of each cohort among all units, shape (n_cohorts,).
        n_treated: Persons in the cohorts of the term, shape (n_terms,).
        n_control: Persons who are a control in some cell of the term, shape (n_terms,).
        n_treated_overall: Persons in the cohorts of any treated period.
        n_control_overall: Persons who are a control in some treated period.
    """

    dimension: Dimension
    terms: IntVector
    cells: tuple[IntVector, ...]
    shares: tuple[FloatVector, ...]
    places: tuple[IntVector, ...]
    is_overall: NDArray[np.bool_]
    cohort_share: FloatVector
    n_treated: IntVector
    n_control: IntVector
    n_treated_overall: int
    n_control_overall: int

    @property
    def n_terms(self) -> int:
        """Number of terms."""
        return self.terms.size

    def shares_of_cell(self, number: int) -> list[tuple[int, float]]:
        """Terms that take a cell, with the share it has in them."""
        return [
            (term, float(shares[cells == number][0]))
            for term, (cells, shares) in enumerate(zip(self.cells, self.shares, strict=True))
            if (cells == number).any()
        ]


def build_mean_plan(dimension: Dimension, cells: Sequence[Cell], panel: StaggeredPanel) -> MeanPlan:
    """Plan the means of a dimension: cells weigh as their cohorts do.

    Args:
        dimension: simple, event_time, cohort or calendar.
        cells: All that are estimated.
        panel: That they are from.

    Raises:
        NotIdentifiedError: No cell is in a treated period.

    Source: Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, section 3.
    """
    place = np.array([cell.place for cell in cells])
    cohort = np.array([cell.cohort for cell in cells])
    period = np.array([cell.period for cell in cells])
    kept = np.arange(place.size)
    if dimension != "event_time":
        kept = kept[period >= cohort]
    if not (period >= cohort).any():
        raise NotIdentifiedError("no cell is in a treated period, so there is no effect to mean")
    key = {
        "simple": np.zeros_like(cohort),
        "event_time": period - cohort,
        "cohort": cohort,
        "calendar": period,
    }[dimension]
    terms = np.unique(key[kept])
    members = tuple(kept[key[kept] == term] for term in terms)
    sizes = np.diff(panel.starts)
    cohort_share = np.array(
        [panel.weight[panel.members(p)].sum() for p in range(panel.cohorts.size)]
    )
    cohort_share /= panel.weight.sum()
    weights = [cohort_share[place[cells_of]] for cells_of in members]
    return MeanPlan(
        dimension=dimension,
        terms=terms,
        cells=members,
        shares=tuple(weight / weight.sum() for weight in weights),
        places=tuple(place[cells_of] for cells_of in members),
        is_overall=terms >= 0,
        cohort_share=cohort_share,
        n_treated=np.array([sizes[np.unique(place[cells_of])].sum() for cells_of in members]),
        n_control=np.array(
            [_count_controls([cells[c] for c in cells_of], panel) for cells_of in members]
        ),
        n_treated_overall=int(sizes[np.unique(place[period >= cohort])].sum()),
        n_control_overall=_count_controls(
            [cell for cell in cells if cell.period >= cell.cohort], panel
        ),
    )


def _count_controls(cells: Sequence[Cell], panel: StaggeredPanel) -> int:
    is_control = np.zeros(panel.starts.size - 1, dtype=np.bool_)
    for cell in cells:
        for rows in cell.controls:
            is_control |= (panel.starts[:-1] >= rows.start) & (panel.starts[1:] <= rows.stop)
    return int(np.diff(panel.starts)[is_control].sum())


def estimate_terms(plan: MeanPlan, att: FloatVector) -> FloatVector:
    """Take the mean of the cells of each term.

    Args:
        plan: Of the dimension.
        att: Effects of the cells, shape (n_cells,).

    Source: Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, section 3.
    """
    return np.array([np.sum(s * att[c]) for c, s in zip(plan.cells, plan.shares, strict=True)])


def add_share_scores(
    plan: MeanPlan, scores: Matrix, att: FloatVector, panel: StaggeredPanel
) -> None:
    """Add to the scores what they owe to the shares of the cohorts being estimated.

    With a mean sum_k p_k att_k / sum_k p_k over cells k, a unit of cohort c adds
    w * (sum of att of the cells of c - their number * mean) / (n * sum_k p_k).

    Args:
        plan: Of the dimension; by cohort the shares are fixed and nothing is added.
        scores: Sums of influence by cluster, shape (n_terms, n_clusters); changed in place.
        att: Effects of the cells, shape (n_cells,).
        panel: That they are from.

    Source: Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, corollary 2.
    Checked against R did: tests/reference/test_callaway_santanna.py.
    """
    if plan.dimension == "cohort":
        return
    for term, mean in enumerate(estimate_terms(plan, att)):
        effects, places = att[plan.cells[term]], plan.places[term]
        _add_cohorts(scores[term], effects, places, mean=float(mean), plan=plan, panel=panel)


def _add_cohorts(
    scores: FloatVector,
    effects: FloatVector,
    places: IntVector,
    *,
    mean: float,
    plan: MeanPlan,
    panel: StaggeredPanel,
) -> None:
    total = float(plan.cohort_share[places].sum()) * panel.cluster.size
    for place in np.unique(places):
        rows = panel.members(place)
        pull = float(np.sum(effects[places == place] - mean)) / total
        np.add.at(scores, panel.cluster[rows], panel.weight[rows] * pull)


def estimate_overall(
    plan: MeanPlan,
    scores: Matrix,
    att: FloatVector,
    panel: StaggeredPanel,
    *,
    confidence_level: float,
) -> AttEstimate:
    """Collect the overall effect: of cohorts by their size, of other terms their plain mean.

    Args:
        plan: Of the dimension.
        scores: With the part of the shares, shape (n_terms, n_clusters).
        att: Effects of the cells, shape (n_cells,).
        panel: That they are from.
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Raises:
        NotIdentifiedError: The effect has no error, since nothing varies.

    Source: Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, section 3.
    Checked against R did: tests/reference/test_callaway_santanna.py.
    """
    terms = estimate_terms(plan, att)
    kept = np.flatnonzero(plan.is_overall)
    share = np.full(kept.size, 1 / kept.size)
    places = np.searchsorted(panel.cohorts, plan.terms)
    if plan.dimension == "cohort":
        share = plan.cohort_share[places] / plan.cohort_share[places].sum()
    effect = float(np.sum(share * terms[kept]))
    score = np.einsum("t,tc->c", share, scores[kept])
    if plan.dimension == "cohort":
        _add_cohorts(score, terms, places, mean=effect, plan=plan, panel=panel)
    se = float(np.sqrt(np.sum(score**2)))
    if se <= 0:
        raise NotIdentifiedError(f"the {plan.dimension} mean of the effects has no error")
    half_width = float(ndtri((1 + confidence_level) / 2)) * se
    p_value = 2 * float(ndtr(-abs(effect) / se))
    return build_att_estimate(
        ESTIMATOR,
        effect,
        Interval(se, effect - half_width, effect + half_width, p_value),
        n_treated=plan.n_treated_overall,
        n_control=plan.n_control_overall,
        n_clusters=scores.shape[1],
    )


def estimate_path(
    plan: MeanPlan,
    scores: Matrix,
    att: FloatVector,
    *,
    confidence_level: float,
) -> AttPath:
    """Collect the terms with their joint covariance.

    Args:
        plan: Of the dimension.
        scores: With the part of the shares, shape (n_terms, n_clusters).
        att: Effects of the cells, shape (n_cells,).
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Returns:
        Terms that have an error, and a note for each that has none.

    Source: Callaway & Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, section 3.
    Checked against R did: tests/reference/test_callaway_santanna.py.
    """
    # Where nobody differs from the mean there is no error, and so no estimate to show.
    kept = np.flatnonzero(np.max(np.abs(scores), axis=1) > 0)
    effects, scores = estimate_terms(plan, att)[kept], scores[kept]
    # Not `@`: BLAS adds in an order that depends on the number of threads.
    covariance = np.einsum("sc,tc->st", scores, scores)
    se = np.sqrt(np.diag(covariance))
    half_width = float(ndtri((1 + confidence_level) / 2)) * se
    withheld = np.setdiff1d(plan.terms, plan.terms[kept]).tolist()
    return AttPath(
        estimator=ESTIMATOR,
        dimension=plan.dimension,
        term=plan.terms[kept],
        att=effects,
        se=se,
        ci_low=effects - half_width,
        ci_high=effects + half_width,
        n_treated=plan.n_treated[kept],
        n_control=plan.n_control[kept],
        n_clusters=scores.shape[1],
        covariance=covariance,
        scores=scores,
        notes=tuple(f"{plan.dimension} {term}: no error, nobody varies" for term in withheld),
    )
