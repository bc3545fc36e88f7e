"""Result tables of the estimators, from the matched units and their event-time panel.

Here is which rows of a frame go into which estimate. The frames are made by SQL (sql/mart);
the estimates on arrays are in did.py and event_study.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.units import ClusterDimension
from evaluation.results import (
    AttEstimate,
    AttPath,
    BoolVector,
    FloatVector,
    IntVector,
    ResultTable,
)
from evaluation.schemas import TABLES, check_table

POOLED = "ALL"
MAIN_SPECIFICATION = "main"
EVERYBODY = "all"
_PER_PERIOD = (
    *("att", "se", "ci_low", "ci_high", "n_treated", "n_control"),
    *("treated_mean", "control_mean"),
)

_Estimate = TypeVar("_Estimate")
_Rows: TypeAlias = slice | BoolVector  # a slice costs no copy


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Unit-level arrays shared by every outcome, shape (n_units,).

    `sector` holds places in `sector_names`.
    """

    sector_names: tuple[str, ...]
    sector: IntVector
    is_treated: BoolVector
    weight: FloatVector
    matched_set: IntVector
    person: IntVector


def build_estimates(
    units: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    units_of_outcomes: Mapping[str, str],
    sectors: Sequence[str],
    after_days: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> ResultTable:
    """Build the table of matched 2x2 estimates, one row per sector and outcome.

    ALL pools every matched set, so a sector weighs as much as it has matched treated.

    Args:
        units: One row per person within a matched set: sector, matched_set_id (unique over
            sectors), person_id, is_treated, weight, and `<outcome>_before` and
            `<outcome>_after`.
        study_id: Study that is run.
        fingerprint: Of the study.
        units_of_outcomes: Outcomes, in the order of the rows, and what each is counted in.
        sectors: Every sector of the study, in the order of the rows.
        after_days: Length of the window after the index date, days.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.

    Returns:
        schemas.TABLES["estimates"]. A sector without matched sets has no row (it shows in
        the attrition table); an estimate that the data do not determine has no row but a note.

    Raises:
        EstimationError: A sector that the study does not have, or a missing value.
    """
    sample = _sample(units)
    labels = {
        "study_id": study_id,
        "specification_id": MAIN_SPECIFICATION,
        "subgroup": EVERYBODY,
        "estimand": "att",
        "window_days": after_days,
        "gate": "not_run",
        "gate_reasons": "the study fixes no diagnostics",
        "fingerprint": fingerprint,
    }

    def estimate(outcome: str, kept: _Rows) -> AttEstimate:
        return estimate_did_2x2(
            _numbers(units[f"{outcome}_before"])[kept],
            _numbers(units[f"{outcome}_after"])[kept],
            sample.is_treated[kept],
            weight=sample.weight[kept],
            matched_set=sample.matched_set[kept],
            person=sample.person[kept],
            confidence_level=confidence_level,
            cluster_on=cluster_on,
        )

    estimates, notes = _estimate_each(
        sample, estimate, sectors=sectors, outcomes=list(units_of_outcomes)
    )
    rows = [
        labels
        | {"sector": sector, "outcome": outcome, "unit": units_of_outcomes[outcome]}
        | asdict(estimate)
        for (sector, outcome), estimate in estimates.items()
    ]
    return ResultTable(table=_table("estimates", rows), notes=tuple(notes))


def build_event_study(
    panel: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    outcomes: Sequence[str],
    sectors: Sequence[str],
    reference_event_time: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> ResultTable:
    """Build the table of event-study estimates, one row per sector, outcome and period.

    Args:
        panel: One row per person within a matched set and event time: sector, matched_set_id,
            person_id, is_treated, weight, event_time, and each outcome in days, missing when
            not observed. Every unit has the same event times in the same order, and the rows
            of a unit stand together.
        study_id: Study that is run.
        fingerprint: Of the study.
        outcomes: Names of the outcomes, in the order of the rows.
        sectors: Every sector of the study, in the order of the rows.
        reference_event_time: Period that all others are compared with.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.

    Returns:
        schemas.TABLES["event_study"]. What the data do not determine has a note, no row.

    Raises:
        EstimationError: The rows are not such a grid, or the study lacks a sector.
    """
    event_time = _event_times(panel)
    n_periods = max(event_time.size, 1)
    sample = _sample(panel, every=n_periods)
    labels = {
        "study_id": study_id,
        "subgroup": EVERYBODY,
        "estimator": "event_study",
        "fingerprint": fingerprint,
    }

    days = {name: _numbers(panel[name]).reshape(-1, n_periods) for name in outcomes}

    def estimate(outcome: str, kept: _Rows) -> AttPath:
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

    estimates, notes = _estimate_each(sample, estimate, sectors=sectors, outcomes=outcomes)
    rows = []
    for (sector, outcome), path in estimates.items():
        notes += [f"{sector}, {outcome}: {note}" for note in path.notes]
        rows += [
            labels | {"sector": sector, "outcome": outcome} | period for period in _periods(path)
        ]
    return ResultTable(table=_table("event_study", rows), notes=tuple(notes))


def _estimate_each(
    sample: _Sample,
    estimate: Callable[[str, _Rows], _Estimate],
    *,
    sectors: Sequence[str],
    outcomes: Sequence[str],
) -> tuple[dict[tuple[str, str], _Estimate], list[str]]:
    estimates: dict[tuple[str, str], _Estimate] = {}
    notes: list[str] = []
    for sector, kept in _sector_rows(sample, sectors):
        for outcome in outcomes:
            try:
                estimates[sector, outcome] = estimate(outcome, kept)
            except (NoControlsError, NotIdentifiedError) as error:
                notes += [f"{sector}, {outcome}: {problem}" for problem in error.problems]
    if not sample.sector.size:
        notes.append(f"{POOLED}: no matched set in any sector; the attrition table shows why")
    return estimates, notes


def _sector_rows(sample: _Sample, sectors: Sequence[str]) -> Iterator[tuple[str, _Rows]]:
    unknown = sorted(set(sample.sector_names) - set(sectors))
    if unknown:
        raise EstimationError(f"matched sets in sectors {unknown}; the study has {list(sectors)}")
    for sector in sectors:
        if sector in sample.sector_names:
            yield sector, _rows_of(sample.sector == sample.sector_names.index(sector))
    if sample.sector.size:
        yield POOLED, slice(None)


def _rows_of(kept: BoolVector) -> _Rows:
    """Write rows that stand together as a slice."""
    first, last = int(kept.argmax()), kept.size - int(kept[::-1].argmax())
    return slice(first, last) if kept[first:last].all() else kept


def _sample(units: pd.DataFrame, *, every: int = 1) -> _Sample:
    """Read the labels of the units, each of which has `every` rows that stand together."""
    first = {
        name: units[name].iloc[::every]
        for name in ("sector", "is_treated", "weight", "matched_set_id", "person_id")
    }
    codes, names = pd.factorize(first["sector"], use_na_sentinel=False)
    return _Sample(
        sector_names=tuple(str(name) for name in names),
        sector=np.asarray(codes, dtype=np.int64),
        is_treated=first["is_treated"].to_numpy(dtype=np.bool_),
        weight=_numbers(first["weight"]),
        matched_set=first["matched_set_id"].to_numpy(dtype=np.int64),
        person=first["person_id"].to_numpy(dtype=np.int64),
    )


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


def _numbers(column: pd.Series) -> FloatVector:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _periods(path: AttPath) -> list[dict[str, object]]:
    columns = {"event_time": path.term} | {name: getattr(path, name) for name in _PER_PERIOD}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _table(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    columns = [column.name for column in TABLES[name]]
    return check_table(name, pd.DataFrame(rows, columns=columns if not rows else None))
