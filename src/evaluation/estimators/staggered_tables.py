"""Rows of `estimates` by estimators for treatments that start at different times.

Both read quarters on the clock of the index date. Comparators come to care by themselves, so on the
calendar alone their own peak of sick leave would fall anywhere in the year and the treated's peak
would be taken for an effect. Two-way fixed effects do just that, even so: they compare the treated
with controls of other cohorts. They are a comparison for who asks for it; DECISIONS.md tells more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.callaway_santanna import estimate_callaway_santanna
from evaluation.estimators.estimate_rows import (
    RowLabels,
    build_estimate_rows,
    build_stretched,
    build_table,
)
from evaluation.estimators.fixed_effects import TwfeEstimate, estimate_twfe
from evaluation.estimators.inference import build_att_estimate
from evaluation.estimators.path_means import find_window_terms
from evaluation.estimators.samples import (
    WITHHELD,
    Rows,
    build_numbers,
    build_sample,
    estimate_each,
    split_outcomes,
)
from evaluation.results import (
    AttEstimate,
    BoolVector,
    FloatVector,
    Interval,
    IntVector,
    ResultTable,
)

QUARTER_PERIODS = 3
QUARTERS_A_YEAR = 4
CALENDAR_QUARTER_DAYS = range(89, 94)
"""Three periods that may be laid on the calendar as a quarter: of 30 days, or of 31."""
NEVER = -1


@dataclass(frozen=True, slots=True, eq=False)
class StaggeredTables(ResultTable):
    """Rows of `estimates` with their notes, and the weights of two-way fixed effects.

    Attributes:
        weights: As schemas.TABLES["twfe_weights"].
    """

    weights: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    """Units with their quarters; arrays of shape (n_units,), `quarter` of (n_quarters,)."""

    quarter: IntVector
    is_treated: BoolVector
    weight: FloatVector
    matched_set: IntVector
    person: IntVector
    cohort: IntVector

    def count_persons(self, used: BoolVector) -> tuple[int, int]:
        """Count different treated and controls: one who is in several sets is one."""
        treated, control = used & self.is_treated, used & ~self.is_treated
        return np.unique(self.person[treated]).size, np.unique(self.person[control]).size


def build_staggered(
    panel: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    units_of_outcomes: Mapping[str, str],
    sectors: Sequence[str],
    period_days: int,
    after_days: int,
    confidence_level: float,
    estimators: Sequence[str],
) -> StaggeredTables:
    """Build the rows of Callaway and Sant'Anna, and of two-way fixed effects.

    Callaway and Sant'Anna: the treated of each index year against their own matched controls,
    against the first quarter there is; years weigh as they have treated, which is taken as given.
    Two-way fixed effects: one regression over the calendar that sets share (cohort + quarter),
    with person-in-set and calendar effects; biased where people peak at their own index date,
    for the controls of one cohort stand in the calendar of another. Both are means over the
    quarters that lie whole in the window after, in the unit of a window, clustered on the matched
    set alone.

    Args:
        panel: One row per person within a matched set and quarter: sector, matched_set_id,
            person_id, is_treated, weight, cohort, quarter, and each outcome, missing when not
            observed. Rows of a unit stand together, all with the same quarters in order.
        study_id: Study that is run.
        fingerprint: Of the study.
        units_of_outcomes: Outcomes, in the order of the rows, and what each is counted in; one
            that the panel lacks has a note.
        sectors: Every sector of the study, in the order of the rows.
        period_days: Length of a period, a third of a quarter.
        after_days: Length of the window after the index date.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        estimators: Of the study; callaway_santanna and twfe are made here.

    Returns:
        Rows, notes and weights. A set with a member not observed is left out whole.

    Raises:
        EstimationError: The rows are not such a grid, or the study lacks a sector.
    """
    quarter_days = QUARTER_PERIODS * period_days
    every_quarter = np.sort(panel["quarter"].unique()).astype(np.int64)
    if len(panel) % max(every_quarter.size, 1):
        raise EstimationError("the panel of quarters is not a complete grid")
    # What comes after the window is no part of its effect.
    panel = panel[(panel["quarter"] < 0) | ((panel["quarter"] + 1) * quarter_days <= after_days)]
    quarter = np.sort(panel["quarter"].unique()).astype(np.int64)
    n_quarters = max(quarter.size, 1)
    sample = build_sample(panel, every=n_quarters)
    cohort = panel["cohort"].to_numpy(dtype=np.int64)[::n_quarters]
    outcomes, absent = split_outcomes(
        panel, units_of_outcomes, missing="quarters hold days of sick leave and benefits alone"
    )
    days = {name: build_numbers(panel[name]).reshape(-1, n_quarters) for name in outcomes}
    windows = after_days / quarter_days

    def select(outcome: str, kept: Rows) -> tuple[NDArray[np.float64], _Panel]:
        values, sets = days[outcome][kept], sample.matched_set[kept]
        unseen = np.unique(sets[~np.isfinite(values).all(axis=1)])
        is_whole = ~np.isin(sets, unseen)
        return values[is_whole], _Panel(
            quarter=quarter,
            is_treated=sample.is_treated[kept][is_whole],
            weight=sample.weight[kept][is_whole],
            matched_set=sets[is_whole],
            person=sample.person[kept][is_whole],
            cohort=cohort[kept][is_whole],
        )

    def by_cohort(outcome: str, kept: Rows) -> AttEstimate:
        find_window_terms(int(quarter[-1]), term_days=quarter_days, after_days=after_days)
        effect = _estimate_by_cohort(*select(outcome, kept), confidence_level)
        return build_stretched(effect, windows)

    def by_regression(outcome: str, kept: Rows) -> TwfeEstimate:
        find_window_terms(int(quarter[-1]), term_days=quarter_days, after_days=after_days)
        if quarter_days not in CALENDAR_QUARTER_DAYS:
            raise NotIdentifiedError(
                f"three periods are {quarter_days} days, and no calendar quarter; it needs"
                " windows.period_days = 30"
            )
        return _estimate_regression(*select(outcome, kept), confidence_level)

    labels = RowLabels(study_id, fingerprint, units_of_outcomes, after_days)
    rows: list[dict[str, object]] = []
    weights: list[dict[str, object]] = []
    notes: list[str] = []
    if "callaway_santanna" in estimators:
        effects, told = estimate_each(sample, by_cohort, sectors=sectors, outcomes=outcomes)
        rows += build_estimate_rows(effects, labels)
        notes += [f"callaway_santanna: {note}" for note in _explain(panel, told) + absent]
    if "twfe" in estimators:
        fits, told = estimate_each(sample, by_regression, sectors=sectors, outcomes=outcomes)
        stretched = {key: build_stretched(fit.estimate, windows) for key, fit in fits.items()}
        rows += build_estimate_rows(stretched, labels)
        weights = [
            {"study_id": study_id, "fingerprint": fingerprint, "sector": sector} | row
            for (sector, outcome), fit in fits.items()
            if outcome == outcomes[0]  # the weights know no outcome
            for row in _sum_weights(fit)
        ]
        notes += [f"twfe: {note}" for note in _explain(panel, told) + absent]
    return StaggeredTables(
        table=build_table("estimates", rows),
        notes=tuple(notes),
        weights=build_table("twfe_weights", weights),
    )


def _explain(panel: pd.DataFrame, notes: list[str]) -> list[str]:
    """An empty panel may have matched sets behind it, whose periods make no quarter."""
    return notes if len(panel) else ["no matched set has a whole quarter around the index date"]


def _estimate_by_cohort(
    outcome: NDArray[np.float64], panel: _Panel, confidence_level: float
) -> AttEstimate:
    """Estimate each index year against its own controls, and take their mean by treated."""
    first = _first_treated(panel)
    year = panel.cohort // QUARTERS_A_YEAR
    effects: list[AttEstimate] = []
    used = np.zeros(year.size, dtype=np.bool_)
    for one in np.unique(year):
        rows = year == one
        try:
            found = estimate_callaway_santanna(
                outcome[rows],
                np.where(panel.is_treated[rows], first, NEVER),
                cluster=panel.matched_set[rows],
                weight=panel.weight[rows],
                confidence_level=confidence_level,
                control="never",
                # The dip before treatment is no base: the first quarter is.
                anticipation=first - 1,
                dimensions=("event_time",),
            )
        except WITHHELD:
            continue
        effects.append(found.overall["event_time"])
        used |= rows
    if not effects:
        raise NotIdentifiedError("no index year has treated and controls enough to be compared")
    n_treated = np.array([effect.n_treated for effect in effects], dtype=np.float64)
    share = n_treated / n_treated.sum()
    att = float(np.sum(share * np.array([effect.att for effect in effects])))
    se = float(np.sqrt(np.sum(np.square(share * np.array([effect.se for effect in effects])))))
    z = (effects[0].ci_high - effects[0].att) / effects[0].se
    n_treated_persons, n_control_persons = panel.count_persons(used)
    return build_att_estimate(
        "callaway_santanna",
        att,
        Interval(se, att - z * se, att + z * se, 2 * float(ndtr(-abs(att) / se))),
        n_treated=n_treated_persons,
        n_control=n_control_persons,
        n_clusters=sum(effect.n_clusters for effect in effects),
    )


def _estimate_regression(
    outcome: NDArray[np.float64], panel: _Panel, confidence_level: float
) -> TwfeEstimate:
    """Lay the quarters of each set where its calendar has them, and regress."""
    if not panel.cohort.size:
        raise NotIdentifiedError("no matched set is observed whole")
    start = panel.cohort - int(panel.cohort.min())
    n_periods = int(start.max()) + panel.quarter.size
    wide = np.full((outcome.shape[0], n_periods), np.nan)
    columns = start[:, None] + np.arange(panel.quarter.size)
    np.put_along_axis(wide, columns, outcome, axis=1)
    first = _first_treated(panel)
    if panel.is_treated.all():
        raise NoControlsError("no unit is a control; widen the matching or pool sectors")
    fit = estimate_twfe(
        wide,
        np.where(panel.is_treated, start + first, NEVER),
        cluster=panel.matched_set,
        weight=panel.weight,
        confidence_level=confidence_level,
    )
    n_treated, n_control = panel.count_persons(np.ones(panel.cohort.size, dtype=np.bool_))
    return replace(fit, estimate=replace(fit.estimate, n_treated=n_treated, n_control=n_control))


def _first_treated(panel: _Panel) -> int:
    """Find the place of quarter 0; there must be one before it."""
    first = int(np.searchsorted(panel.quarter, 0))
    if not 0 < first < panel.quarter.size:
        raise NotIdentifiedError(
            "there must be whole quarters both before and after the index date"
        )
    return first


def _sum_weights(fit: TwfeEstimate) -> list[dict[str, object]]:
    """Sum the weights of cohorts by quarter since the index date."""
    quarter = fit.period - fit.cohort
    found: list[dict[str, object]] = []
    for one in np.unique(quarter):
        cells = fit.cell_weight[quarter == one]
        found.append(
            {
                "quarter": int(one),
                "weight": float(cells.sum()),
                "negative_weight": float(cells[cells < 0].sum()),
            }
        )
    return found
