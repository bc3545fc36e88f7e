"""Result tables of the paths around treatment, and their mean over the window after.

Here is which rows of a panel go into which path. The path on arrays is in event_study.py, bands in
multiplier.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.estimate_rows import (
    EVERYBODY,
    RowLabels,
    build_estimate_rows,
    build_stretched,
    build_table,
)
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.multiplier import Bands, estimate_bands, simulate_multiplier_draws
from evaluation.estimators.path_means import estimate_path_mean, find_window_terms
from evaluation.estimators.samples import (
    Rows,
    build_numbers,
    build_sample,
    estimate_each,
    split_outcomes,
)
from evaluation.estimators.units import ClusterDimension
from evaluation.results import AttEstimate, AttPath, IntVector, ResultTable

_PER_PERIOD = (
    *("att", "se", "ci_low", "ci_high", "n_treated", "n_control"),
    *("treated_mean", "control_mean"),
)
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class EventStudyTables(ResultTable):
    """The table of paths with its notes, and what goes into `estimates`.

    Attributes:
        means: One row per sector and outcome, as schemas.TABLES["estimates"].
    """

    means: pd.DataFrame


def build_event_study(
    panel: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    units_of_outcomes: Mapping[str, str],
    sectors: Sequence[str],
    reference_event_time: int,
    period_days: int,
    after_days: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
    draws: int,
    seed: int,
) -> EventStudyTables:
    """Build the table of event-study estimates, one row per sector, outcome and period.

    The mean over the periods that lie whole in the window after, times the window's length in
    periods, stands beside the 2x2: what it is compared with is the reference period, not the
    whole window before.

    Args:
        panel: One row per person within a matched set and event time: sector, matched_set_id,
            person_id, is_treated, weight, event_time, and each outcome in days, missing when
            not observed. Every unit has the same event times in the same order, and the rows
            of a unit stand together.
        study_id: Study that is run.
        fingerprint: Of the study.
        units_of_outcomes: Outcomes, in the order of the rows, and what each is counted in.
        sectors: Every sector of the study, in the order of the rows.
        reference_event_time: Period that all others are compared with.
        period_days: Length of a period.
        after_days: Length of the window after the index date.
        confidence_level: Share of such intervals, and of such bands, that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.
        draws: Of the bootstrap of the bands.
        seed: Of these draws; the same seed gives the same bands.

    Returns:
        schemas.TABLES["event_study"]. What the data do not determine has a note, no row.

    Raises:
        EstimationError: The rows are not such a grid, or the study lacks a sector.
    """
    event_time = _event_times(panel)
    n_periods = max(event_time.size, 1)
    sample = build_sample(panel, every=n_periods)
    outcomes, absent = split_outcomes(
        panel, units_of_outcomes, missing="a period does not hold it, so it has no path"
    )
    days = {name: build_numbers(panel[name]).reshape(-1, n_periods) for name in outcomes}

    def estimate(outcome: str, kept: Rows) -> AttPath:
        return estimate_event_study(
            days[outcome][kept],
            event_time,
            sample.is_treated[kept],
            weight=sample.weight[kept],
            matched_set=sample.matched_set[kept],
            person=sample.person[kept],
            reference_event_time=reference_event_time,
            confidence_level=confidence_level,
            cluster_on=cluster_on,
        )

    paths, notes = estimate_each(sample, estimate, sectors=sectors, outcomes=outcomes)
    notes += absent
    rows: list[dict[str, object]] = []
    of_study = {"study_id": study_id, "fingerprint": fingerprint}
    for (sector, outcome), path in paths.items():
        notes += [f"{sector}, {outcome}: {note}" for note in path.notes]
        bands = _estimate_bands(path, draws=draws, seed=seed, confidence_level=confidence_level)
        labels = {"sector": sector, "outcome": outcome, "subgroup": EVERYBODY} | of_study
        rows += [labels | period for period in _periods(path, bands)]
    means, untold = _estimate_means(
        paths, period_days=period_days, after_days=after_days, confidence_level=confidence_level
    )
    row_labels = RowLabels(study_id, fingerprint, units_of_outcomes, after_days)
    return EventStudyTables(
        table=build_table("event_study", rows),
        notes=(*notes, *untold),
        means=build_table("estimates", build_estimate_rows(means, row_labels)),
    )


def _estimate_bands(path: AttPath, *, draws: int, seed: int, confidence_level: float) -> Bands:
    # Draws have the spread of the first dimension of clusters; they get that of the whole error.
    spread = np.sqrt(np.square(path.scores).sum(axis=1))
    scale = np.divide(path.se, spread, out=np.zeros_like(spread), where=spread > 0)
    drawn = simulate_multiplier_draws(path.scores * scale[:, None], n_draws=draws, seed=seed)
    bands = estimate_bands(path.att, path.se, drawn, confidence_level=confidence_level)
    # With few clusters the t of one period reaches farther than the draws, which know no t.
    low, high = np.minimum(bands.low, path.ci_low), np.maximum(bands.high, path.ci_high)
    return replace(bands, low=low, high=high)


def _estimate_means(
    paths: Mapping[_Key, AttPath], *, period_days: int, after_days: int, confidence_level: float
) -> tuple[dict[_Key, AttEstimate], list[str]]:
    """Estimate the mean over the periods whole in the window, in the unit of a window."""
    means: dict[_Key, AttEstimate] = {}
    notes: list[str] = []
    for (sector, outcome), path in paths.items():
        try:
            whole = find_window_terms(
                int(path.term.max()), term_days=period_days, after_days=after_days
            )
            mean = estimate_path_mean(path, whole, confidence_level=confidence_level)
        except NotIdentifiedError as error:
            notes += [f"event_study mean: {sector}, {outcome}: {text}" for text in error.problems]
            continue
        means[sector, outcome] = build_stretched(mean, after_days / period_days)
    return means, notes


def _event_times(panel: pd.DataFrame) -> IntVector:
    """Read the event times of one unit, when all units have them in the same order."""
    times = panel["event_time"].to_numpy(dtype=np.int64)
    n_periods = len(pd.unique(times))
    if not n_periods:
        return times
    is_grid = times.size % n_periods == 0 and all(
        (values == values[:, :1]).all()
        for values in (
            panel[name].to_numpy(dtype=np.int64).reshape(-1, n_periods)
            for name in ("matched_set_id", "person_id")
        )
    )
    if not is_grid or (times.reshape(-1, n_periods) != times[:n_periods]).any():
        raise EstimationError(
            "the event-time panel is not a complete grid: every person in a matched set must"
            " have every event time once, in order, on rows that stand together"
        )
    return times[:n_periods]


def _periods(path: AttPath, bands: Bands) -> list[dict[str, object]]:
    columns: dict[str, NDArray[np.generic]] = {"event_time": path.term}
    columns |= {name: getattr(path, name) for name in _PER_PERIOD}
    columns |= {"band_low": bands.low, "band_high": bands.high}
    return [
        {"estimator": path.estimator, **dict(zip(columns, values, strict=True))}
        for values in zip(*columns.values(), strict=True)
    ]
