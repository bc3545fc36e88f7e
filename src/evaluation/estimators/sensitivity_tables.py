"""The table of sensitivity: honest limits, a placebo date, services and years left out.

Here is which rows of the matched units and their event-time panel go into which analysis. The
estimates on arrays are in honest_tables.py, did.py, event_study.py and subgroups.py.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.honest_tables import build_honest_path, build_honest_rows
from evaluation.estimators.subgroups import estimate_subgroups
from evaluation.estimators.units import ClusterDimension
from evaluation.results import AttPath, BoolVector, FloatVector, IntVector, ResultTable
from evaluation.schemas import NOT_RUN, TABLES, check_table

POOLED = "ALL"
PLACEBO, SERVICES, YEARS = "placebo_date", "leave_one_service_out", "leave_one_year_out"
_EFFECT = ("att", "se", "ci_low", "ci_high", "p_value", "n_treated", "n_control")
_NOTHING_LEFT = "what remains when one is left out has no estimate"
_Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SensitivitySettings:
    """What is tried, and how the windows and periods are cut.

    Attributes:
        honest_joined_periods: Periods of the event study taken as one.
        relative_magnitudes: Bounds on steps of trends, no unit, rising.
        smoothness_days: Bounds on bends of trends, days per joined period, rising.
        placebo_event_time: Period at which a placebo treatment begins, below 0.
        min_service_treated: Services with fewer treated are left out together.
        period_days: Length of a period.
        after_days: Length of the window after the index date.
        reference_event_time: Period that others of the event study are compared with.
        seed: Of the draws of a test.
        confidence_level: Share of intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.
    """

    honest_joined_periods: int
    relative_magnitudes: Sequence[float]
    smoothness_days: Sequence[float]
    placebo_event_time: int
    min_service_treated: int
    period_days: int
    after_days: int
    reference_event_time: int
    seed: int
    confidence_level: float
    cluster_on: Sequence[ClusterDimension]


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Arrays of the units of a sector, shape (n_units,)."""

    is_treated: BoolVector
    weight: FloatVector
    matched_set: IntVector
    person: IntVector

    def at(self, rows: BoolVector) -> dict[str, Any]:
        return {name: values[rows] for name, values in asdict(self).items()}


def build_left_out(
    units: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    outcomes: Sequence[str],
    sectors: Sequence[str],
    settings: SensitivitySettings,
) -> ResultTable:
    """Estimate each effect without each service, and without each index year.

    Of the services the smallest and the largest effect have a row, so that no service is
    told apart; of the years, each.

    Args:
        units: One row per person within a matched set: sector, matched_set_id, person_id,
            is_treated, weight, index_year and service of the set's treated (service missing
            where the contact names none), and `<outcome>_before` and `<outcome>_after`.
        study_id: Study that is run.
        fingerprint: Of the study.
        outcomes: Outcomes, in the order of the rows.
        sectors: Every sector of the study, in the order of the rows.
        settings: Of the study.

    Returns:
        Rows of schemas.TABLES["sensitivity"].
    """
    rows: _Rows = []
    notes: list[str] = []
    for sector, part in _list_sectors(units, sectors):
        sample = _read_sample(part)
        services = _code_services(part, settings.min_service_treated)
        years = part["index_year"].to_numpy(dtype=np.int64)
        for outcome in outcomes:
            before, after = (_numbers(part[f"{outcome}_{side}"]) for side in ("before", "after"))

            def leave_out(
                codes: IntVector,
                sample: _Sample = sample,
                before: FloatVector = before,
                after: FloatVector = after,
            ) -> AttPath:
                return estimate_subgroups(
                    before,
                    after,
                    **asdict(sample),
                    subgroup=codes,
                    confidence_level=settings.confidence_level,
                    cluster_on=settings.cluster_on,
                    leaves_out=True,
                )

            labels = {"sector": sector, "outcome": outcome, "window_days": settings.after_days}
            found, told = _try_left_out(leave_out, services, years)
            rows += [labels | row for row in found]
            notes += [f"{sector}, {outcome}: {note}" for note in told]
    return _table(rows, notes, study_id=study_id, fingerprint=fingerprint)


def build_path_checks(
    panel: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    outcomes: Sequence[str],
    sectors: Sequence[str],
    settings: SensitivitySettings,
) -> ResultTable:
    """Estimate honest limits and the effect of a placebo date from the event-time panel.

    Args:
        panel: One row per person within a matched set and event time: sector, matched_set_id,
            person_id, is_treated, weight, event_time, and each outcome in days, missing when
            not observed. Every unit has the same event times in the same order, and the rows
            of a unit stand together.
        study_id: Study that is run.
        fingerprint: Of the study.
        outcomes: Outcomes that a period can hold, in the order of the rows.
        sectors: Every sector of the study, in the order of the rows.
        settings: Of the study.

    Returns:
        Rows of schemas.TABLES["sensitivity"]; what the data do not determine has a note.
    """
    rows: _Rows = []
    notes: list[str] = []
    for sector, part in _list_sectors(panel, sectors):
        n_periods = part["event_time"].nunique()
        event_time = part["event_time"].to_numpy(dtype=np.int64)[:n_periods]
        sample = _read_sample(part.iloc[::n_periods])
        for outcome in outcomes:
            days = _numbers(part[outcome]).reshape(-1, n_periods)
            for check in (_try_placebo, _try_honest):
                try:
                    found, told = check(days, event_time, sample, settings)
                except EstimationError as error:
                    found, told = [], list(error.problems)
                rows += [{"sector": sector, "outcome": outcome, **row} for row in found]
                notes += [f"{sector}, {outcome}: {note}" for note in told]
    return _table(rows, notes, study_id=study_id, fingerprint=fingerprint)


def build_sensitivity(parts: Sequence[ResultTable], sectors: Sequence[str]) -> ResultTable:
    """Put the rows of several analyses in the order of sector and outcome.

    Args:
        parts: Tables with the columns of schemas.TABLES["sensitivity"].
        sectors: Every sector of the study.
    """
    filled = [part.table for part in parts if len(part.table)]
    table = pd.concat(filled, ignore_index=True) if filled else parts[0].table
    order = {sector: place for place, sector in enumerate((*sectors, POOLED))}
    table = table.sort_values(
        ["sector", "outcome"], key=lambda column: column.map(order).fillna(0), kind="stable"
    )
    return ResultTable(
        check_table("sensitivity", table.reset_index(drop=True)),
        tuple(note for part in parts for note in part.notes),
    )


def _try_left_out(
    leave_out: Callable[[IntVector], AttPath], services: IntVector | None, years: IntVector
) -> tuple[_Rows, list[str]]:
    rows: _Rows = []
    notes: list[str] = []
    if services is not None and np.unique(services).size > 1:
        try:
            path = leave_out(services)
        except NotIdentifiedError:
            notes.append(f"{SERVICES}: {_NOTHING_LEFT}")
        else:
            ends = (("smallest", int(path.att.argmin())), ("largest", int(path.att.argmax())))
            rows += [_path_row(path, place, SERVICES, level) for level, place in ends]
            # A service is never told apart, not by a number either.
            if path.notes:
                notes.append(f"{SERVICES}: {len(path.notes)} of them leave no estimate behind")
    if np.unique(years).size > 1:
        try:
            path = leave_out(years)
        except NotIdentifiedError:
            notes.append(f"{YEARS}: {_NOTHING_LEFT}")
        else:
            rows += [
                _path_row(path, place, YEARS, str(year))
                for place, year in enumerate(path.term.tolist())
            ]
            notes += [f"{YEARS}: {note.replace('subgroup', 'without')}" for note in path.notes]
    return rows, notes


def _path_row(path: AttPath, place: int, analysis: str, level: str) -> dict[str, Any]:
    names = ("att", "se", "ci_low", "ci_high", "n_treated", "n_control")
    return {
        "analysis": analysis,
        "level": level,
        "parts": path.term.size,
        **{name: getattr(path, name)[place].item() for name in names},
    }


def _code_services(part: pd.DataFrame, min_treated: int) -> IntVector | None:
    """Number the services of each set; small ones, and treated without one, share a number."""
    treated = part[part["is_treated"].astype(bool)]
    sizes = treated["service"].value_counts()
    large = sizes.index[sizes >= min_treated].to_numpy(dtype=np.int64)
    if not large.size:
        return None
    codes = part["service"].to_numpy(dtype=np.float64, na_value=-1)
    return np.where(np.isin(codes, large), codes, 0).astype(np.int64)


def _try_placebo(
    days: FloatVector, event_time: IntVector, sample: _Sample, settings: SensitivitySettings
) -> tuple[_Rows, list[str]]:
    """Compare the periods from the placebo date to the index date with as many before it."""
    length = -settings.placebo_event_time
    after = (event_time >= -length) & (event_time < 0)
    before = (event_time >= -2 * length) & (event_time < -length)
    if after.sum() != length or before.sum() != length:
        return [], [f"{PLACEBO}: the event times do not reach {2 * length} periods back"]
    whole = ~np.isnan(days[:, before | after]).any(axis=1)
    # A set with a person who is not observed is left out whole.
    kept = ~np.isin(sample.matched_set, sample.matched_set[~whole])
    if not kept.any():
        return [], [f"{PLACEBO}: nobody is observed in these periods"]
    estimate = estimate_did_2x2(
        days[kept][:, before].sum(axis=1),
        days[kept][:, after].sum(axis=1),
        **sample.at(kept),
        confidence_level=settings.confidence_level,
        cluster_on=settings.cluster_on,
    )
    window = {"window_days": length * settings.period_days}
    return [
        {"analysis": PLACEBO, "level": str(-length), **window}
        | {name: getattr(estimate, name) for name in _EFFECT}
    ], []


def _try_honest(
    days: FloatVector, event_time: IntVector, sample: _Sample, settings: SensitivitySettings
) -> tuple[_Rows, list[str]]:
    path = estimate_event_study(
        days,
        event_time,
        **asdict(sample),
        reference_event_time=settings.reference_event_time,
        confidence_level=settings.confidence_level,
        cluster_on=settings.cluster_on,
    )
    honest = build_honest_path(
        path,
        joined_periods=settings.honest_joined_periods,
        period_days=settings.period_days,
        after_days=settings.after_days,
    )
    found, notes = build_honest_rows(
        honest,
        relative_magnitudes=settings.relative_magnitudes,
        smoothness_days=settings.smoothness_days,
        confidence_level=settings.confidence_level,
        seed=settings.seed,
    )
    labels = {
        "window_days": settings.after_days,
        "att": float(honest.target @ honest.path.post),
        "n_treated": int(path.n_treated.max()),
        "n_control": int(path.n_control.max()),
    }
    return [labels | asdict(row) for row in found], notes


def _list_sectors(
    frame: pd.DataFrame, sectors: Sequence[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    for sector in sectors:
        part = frame[frame["sector"].eq(sector)]
        if len(part):
            yield sector, part
    if len(frame):
        yield POOLED, frame


def _read_sample(units: pd.DataFrame) -> _Sample:
    return _Sample(
        is_treated=units["is_treated"].to_numpy(dtype=np.bool_),
        weight=_numbers(units["weight"]),
        matched_set=units["matched_set_id"].to_numpy(dtype=np.int64),
        person=units["person_id"].to_numpy(dtype=np.int64),
    )


def _numbers(column: pd.Series) -> FloatVector:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _table(rows: _Rows, notes: list[str], *, study_id: str, fingerprint: str) -> ResultTable:
    columns = [column.name for column in TABLES["sensitivity"]]
    frame = pd.DataFrame(rows).reindex(columns=columns)
    frame = frame.assign(study_id=study_id, fingerprint=fingerprint, gate=NOT_RUN)
    return ResultTable(check_table("sensitivity", frame), tuple(notes))
