"""The result table of return to work: who goes into which curve, and its rows.

The estimator on arrays is in competing_events.py.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from evaluation.errors import EstimationError
from evaluation.estimators.competing_events import estimate_cumulative_incidence
from evaluation.estimators.units import ClusterDimension
from evaluation.results import CumulativeIncidence, IntVector, ResultTable
from evaluation.schemas import TABLES, check_table

POOLED = "ALL"
EVENTS = ("return_to_work", "aap", "disability", "death")
CENSORED = "censored"
ARMS = {"treated": True, "control": False}
# Shares are told every tenth day: a third of a period, fine enough for a curve (our choice).
DAYS_APART = 10
_CODES = {CENSORED: 0, **{event: number + 1 for number, event in enumerate(EVENTS)}}


def build_return_to_work(
    units: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    sectors: Sequence[str],
    last_event_time: int,
    period_days: int,
    after_days: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> ResultTable:
    """Build the table of cumulative incidence by sector, arm and length of a sustained return.

    Args:
        units: `mart_competing_events`: sector, matched_set_id, person_id, is_treated, weight,
            sustained_days, days and event (EVENTS or CENSORED).
        study_id: Study that is run.
        fingerprint: Of the study.
        sectors: Every sector of the study, in the order of the rows.
        last_event_time: Last period; curves end with it.
        period_days: Length of a period.
        after_days: Length of the window after the index date, a day that is told too.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.

    Returns:
        schemas.TABLES["return_to_work"]. An arm without persons at risk has a note, no row.

    Raises:
        EstimationError: An event or sector is not known.
    """
    unknown = sorted(set(units["event"]) - _CODES.keys()) + sorted(
        set(units["sector"]) - set(sectors)
    )
    if unknown:
        raise EstimationError(f"mart_competing_events has {unknown}, which the study does not know")
    last_day = (last_event_time + 1) * period_days
    at_days = sorted({*range(0, last_day + 1, DAYS_APART), min(after_days, last_day), last_day})
    labels = {"study_id": study_id, "fingerprint": fingerprint}
    rows: list[dict[str, object]] = []
    notes = []
    for length, of_length in units.groupby("sustained_days"):
        for sector in (*sectors, POOLED):
            mine = of_length if sector == POOLED else of_length[of_length["sector"].eq(sector)]
            for arm, is_treated in ARMS.items():
                kept = mine[mine["is_treated"].eq(is_treated)]
                if kept.empty:
                    notes.append(f"{sector}, {arm}: nobody is on a benefit at the index date")
                    continue
                found = _estimate(
                    kept,
                    at_days=at_days,
                    confidence_level=confidence_level,
                    cluster_on=cluster_on,
                )
                keys = {"sector": sector, "arm": arm, "sustained_days": length}
                rows += [labels | keys | row for row in _rows_of(found)]
    columns = [column.name for column in TABLES["return_to_work"]]
    table = pd.DataFrame(rows, columns=columns)
    return ResultTable(check_table("return_to_work", table), tuple(dict.fromkeys(notes)))


def _estimate(
    units: pd.DataFrame,
    *,
    at_days: Sequence[int],
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> CumulativeIncidence:
    labels: dict[ClusterDimension, IntVector] = {
        "matched_set": units["matched_set_id"].to_numpy(dtype=np.int64),
        "person": units["person_id"].to_numpy(dtype=np.int64),
    }
    clusters = [labels[name] for name in cluster_on]
    return estimate_cumulative_incidence(
        units["days"].to_numpy(dtype=np.int64),
        np.asarray(units["event"].map(_CODES), dtype=np.int64),
        weight=units["weight"].to_numpy(dtype=np.float64),
        person=labels["person"],
        clusters=clusters or [np.arange(len(units), dtype=np.int64)],
        n_causes=len(EVENTS),
        at_days=at_days,
        confidence_level=confidence_level,
    )


def _rows_of(found: CumulativeIncidence) -> Iterator[dict[str, object]]:
    for cause, event in enumerate(EVENTS):
        for place, day in enumerate(found.day.tolist()):
            yield {
                "event": event,
                "day": day,
                "incidence": found.incidence[cause, place],
                "se": found.se[cause, place],
                "ci_low": found.ci_low[cause, place],
                "ci_high": found.ci_high[cause, place],
                "n_at_risk": int(found.n_at_risk[place]),
                "n_events": int(found.n_events[cause, place]),
                "n_persons": found.n_persons,
            }
