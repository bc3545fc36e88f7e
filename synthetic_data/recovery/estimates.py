"""Estimate everything in one replicate, each estimate beside the planted effect of its treated.

One row per estimate. What the data do not determine has no row, so that its absence counts.
The truth of an estimate is the mean planted effect of the treated that are in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluation.errors import NoControlsError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.path_means import estimate_path_mean
from evaluation.estimators.poisson import estimate_poisson_did
from evaluation.estimators.staggered_tables import (
    QUARTER_PERIODS,
    QUARTERS_A_YEAR,
    build_staggered,
)
from evaluation.estimators.stratified import build_stratum_weights, estimate_stratified
from evaluation.results import AttEstimate, AttPath
from evaluation.study import StudyDefinition
from synthetic_data.days import Flags, Floats, Ints
from synthetic_data.recovery.engine import Replicate

POOLED = "ALL"
NO_EVENT_TIME = -999
"""Event time of an estimate that has none."""
_KEYS = ["npr_id", "sector", "index_date"]
COLUMNS = ("att", "se", "ci_low", "ci_high", "p_value")


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Arrays of comparable units, shape (n,).

    Attributes:
        frame: Outcomes, as <outcome>_before and <outcome>_after.
        is_treated: Arm.
        weight: Of each unit.
        group: Matched set or stratum, codes from 0.
        person: Label of the person.
        sector: Sector.
        effects: Planted effect by outcome, NaN for controls.
    """

    frame: pd.DataFrame
    is_treated: Flags
    weight: Floats
    group: Ints
    person: Ints
    sector: np.ndarray
    effects: dict[str, Floats]


def estimate_replicate(
    replicate: Replicate, study: StudyDefinition, *, with_naive: bool
) -> pd.DataFrame:
    """Estimate by every estimator, sector and outcome.

    Args:
        replicate: From the engine.
        study: The protocol.
        with_naive: Whether the pool is whole, so that all may be contrasted without matching.

    Returns:
        estimator, sector, outcome, event_time (`NO_EVENT_TIME` for none), true_att, att, se,
        ci_low, ci_high, p_value, n_treated; days per window, or per 30-day period.
    """
    outcomes = [name for name in study.outcomes.every if not name.endswith("_months")]
    matched = _units(replicate.units, replicate.effects, outcomes, group="matched_set_id")
    pool = _units(replicate.pool, replicate.effects, outcomes, group="stratum")
    rows = [
        *_estimate_windows(matched, pool, outcomes, study, with_naive=with_naive),
        *_estimate_paths(replicate, matched, study),
        *_estimate_quarters(replicate, matched, study),
    ]
    return pd.DataFrame(rows)


def _units(frame: pd.DataFrame, effects: pd.DataFrame, outcomes: list[str], *, group: str) -> Units:
    is_treated = frame["is_treated"].to_numpy(dtype=np.bool_)
    weight = frame["weight"].to_numpy(dtype=float) if "weight" in frame else np.ones(len(frame))
    return Units(
        frame=frame,
        is_treated=is_treated,
        weight=weight,
        group=_code(frame["sector"] + "|" + frame[group].astype(str)),
        person=frame["person_id"].to_numpy(dtype=np.int64),
        sector=frame["sector"].to_numpy(dtype=str),
        effects=_find_effects(frame, effects, outcomes),
    )


def _code(labels: pd.Series) -> Ints:
    return np.asarray(pd.factorize(labels)[0], dtype=np.int64)


def _find_effects(
    frame: pd.DataFrame, effects: pd.DataFrame, outcomes: list[str]
) -> dict[str, Floats]:
    """Give the planted effect of each unit by outcome, NaN for controls."""
    wide = effects.pivot(index=_KEYS, columns="outcome", values="effect").reset_index()
    is_treated = frame["is_treated"].to_numpy(dtype=np.bool_)
    found = frame.loc[is_treated, _KEYS].merge(wide, on=_KEYS, how="left")
    if len(found) != is_treated.sum() or found[outcomes].isna().to_numpy().any():
        raise ValueError("a treated person has no planted effect, or more than one")
    values = {name: np.full(len(frame), np.nan) for name in outcomes}
    for name in outcomes:
        values[name][is_treated] = found[name]
    return values


def _sectors(units: Units, study: StudyDefinition) -> Iterator[tuple[str, Flags]]:
    for name in study.sectors:
        yield name, units.sector == name
    yield POOLED, np.ones(units.sector.size, dtype=np.bool_)


def _estimate_windows(
    matched: Units,
    pool: Units,
    outcomes: list[str],
    study: StudyDefinition,
    *,
    with_naive: bool,
) -> Iterator[dict[str, Any]]:
    inference = {
        "confidence_level": study.inference.confidence_level,
        "cluster_on": study.inference.cluster_on,
    }

    def did(before: Floats, after: Floats, units: Units, kept: Flags) -> AttEstimate:
        return estimate_did_2x2(
            before, after, units.is_treated[kept], **_labels(units, kept), **inference
        )

    def poisson(before: Floats, after: Floats, units: Units, kept: Flags) -> AttEstimate:
        return estimate_poisson_did(
            before, after, units.is_treated[kept], **_labels(units, kept), **inference
        ).estimate

    def stratified(before: Floats, after: Floats, units: Units, kept: Flags) -> AttEstimate:
        return estimate_stratified(
            before,
            after,
            units.is_treated[kept],
            stratum=units.group[kept],
            person=units.person[kept],
            **inference,
        ).estimate

    def naive(before: Floats, after: Floats, units: Units, kept: Flags) -> AttEstimate:
        labels = {**_labels(units, kept), "matched_set": np.arange(int(kept.sum()))}
        return estimate_did_2x2(
            before,
            after,
            units.is_treated[kept],
            **labels,
            confidence_level=study.inference.confidence_level,
            cluster_on=("person",),
        )

    yield from _estimate_each("did_2x2", did, matched, outcomes, study)
    yield from _estimate_each("poisson", poisson, matched, outcomes, study)
    if with_naive:
        yield from _estimate_each("naive", naive, pool, outcomes, study)
    yield from _estimate_each("stratified", stratified, _in_shared_strata(pool), outcomes, study)


def _labels(units: Units, kept: Flags) -> dict[str, Any]:
    return {
        "weight": units.weight[kept],
        "matched_set": units.group[kept],
        "person": units.person[kept],
    }


def _in_shared_strata(pool: Units) -> Units:
    """Leave out strata that lack an arm, whose treated are in no comparison."""
    kept = build_stratum_weights(pool.is_treated, pool.group) > 0
    return Units(
        frame=pool.frame[kept],
        is_treated=pool.is_treated[kept],
        weight=pool.weight[kept],
        group=pool.group[kept],
        person=pool.person[kept],
        sector=pool.sector[kept],
        effects={name: values[kept] for name, values in pool.effects.items()},
    )


def _estimate_each(
    name: str,
    estimate: Callable[[Floats, Floats, Units, Flags], AttEstimate],
    units: Units,
    outcomes: list[str],
    study: StudyDefinition,
) -> Iterator[dict[str, Any]]:
    days = {
        column: units.frame[column].to_numpy(dtype=float)
        for outcome in outcomes
        for column in (f"{outcome}_before", f"{outcome}_after")
    }
    for sector, kept in _sectors(units, study):
        for outcome in outcomes:
            before, after = days[f"{outcome}_before"][kept], days[f"{outcome}_after"][kept]
            try:
                found = estimate(before, after, units, kept)
            except (NoControlsError, NotIdentifiedError):
                continue
            true = units.effects[outcome][kept & units.is_treated].mean()
            yield {"estimator": name, "sector": sector, "outcome": outcome} | _numbers(
                found, true=float(true)
            )


def _numbers(found: AttEstimate, *, true: float) -> dict[str, Any]:
    return {
        "event_time": NO_EVENT_TIME,
        "true_att": true,
        **{column: getattr(found, column) for column in COLUMNS},
        "n_treated": found.n_treated,
    }


def _estimate_paths(
    replicate: Replicate, matched: Units, study: StudyDefinition
) -> Iterator[dict[str, Any]]:
    """Estimate event studies: every period, and the mean of those from the index date on."""
    windows = study.windows
    times = np.arange(windows.first_event_time, windows.last_event_time + 1)
    reference = windows.reference_event_time
    for outcome in study.outcomes.by_period:
        days = replicate.panel[outcome].to_numpy(dtype=float, na_value=np.nan)
        days = days.reshape(-1, times.size)
        planted = _planted_paths(replicate, outcome, times)
        planted = planted - planted[:, [int(np.flatnonzero(times == reference)[0])]]
        for sector, kept in _sectors(matched, study):
            try:
                path = estimate_event_study(
                    days[kept],
                    times,
                    matched.is_treated[kept],
                    **_labels(matched, kept),
                    reference_event_time=reference,
                    confidence_level=study.inference.confidence_level,
                    cluster_on=study.inference.cluster_on,
                )
            except (NoControlsError, NotIdentifiedError):
                continue
            true = _true_path(days[kept], planted[kept], matched, kept, times == reference)
            for row in _path_rows(path, times, true, study.inference.confidence_level):
                yield {"estimator": "event_study", "sector": sector, "outcome": outcome} | row


def _estimate_quarters(
    replicate: Replicate, matched: Units, study: StudyDefinition
) -> Iterator[dict[str, Any]]:
    """Estimate by Callaway and Sant'Anna: the quarters from the index date, in days per window."""
    windows = study.windows
    times = np.arange(windows.first_event_time, windows.last_event_time + 1)
    quarters = np.unique(replicate.quarters["quarter"])
    is_in = np.isin(times // QUARTER_PERIODS, quarters)
    n_after = int((quarters >= 0).sum())
    stretch = windows.after_days / (QUARTER_PERIODS * windows.period_days) / max(n_after, 1)
    rows = build_staggered(
        replicate.quarters,
        study_id=study.id,
        fingerprint=study.fingerprint,
        units_of_outcomes=study.outcomes.units_of_primary,
        sectors=study.sectors,
        period_days=windows.period_days,
        after_days=windows.after_days,
        confidence_level=study.inference.confidence_level,
        estimators=("callaway_santanna",),
    ).table.set_index(["outcome", "sector"])
    cohort = replicate.quarters["cohort"].to_numpy()[:: max(quarters.size, 1)]
    year = cohort // QUARTERS_A_YEAR
    for outcome in study.outcomes.by_period:
        days = replicate.panel[outcome].to_numpy(dtype=float, na_value=np.nan)
        is_seen = np.isfinite(days.reshape(-1, times.size)[:, is_in]).all(axis=1)
        is_whole = ~np.isin(matched.group, np.unique(matched.group[~is_seen]))
        planted = _planted_paths(replicate, outcome, times)
        # Against the first quarter, as the estimate is.
        first = planted[:, times // QUARTER_PERIODS == quarters[0]].sum(axis=1)
        total = planted[:, is_in & (times >= 0)].sum(axis=1) - n_after * first
        for sector, kept in _sectors(matched, study):
            treated = kept & matched.is_treated & is_whole
            # An index year of one set alone has no standard error, and is in no estimate.
            seen, count = np.unique(year[treated], return_counts=True)
            treated &= np.isin(year, seen[count > 1])
            if (outcome, sector) not in rows.index:
                continue
            row = rows.loc[(outcome, sector)]
            # Nor is a year in which nobody's days move; which year that was is not known here.
            if row["n_treated"] != treated.sum():
                continue
            yield {
                "estimator": "callaway_santanna",
                "sector": sector,
                "outcome": outcome,
                "event_time": NO_EVENT_TIME,
                "true_att": float(total[treated].mean() * stretch),
                **{name: float(row[name]) for name in COLUMNS},
                "n_treated": int(row["n_treated"]),
            }


def _planted_paths(replicate: Replicate, outcome: str, times: Ints) -> Floats:
    """Give the planted effect of each unit by event time, 0 for controls and where no row is."""
    truth = replicate.event_time
    truth = truth[truth["outcome"] == outcome]
    units = replicate.units
    treated = units.loc[units["is_treated"], _KEYS].assign(
        place=np.flatnonzero(units["is_treated"].to_numpy())
    )
    found = truth.merge(treated, on=_KEYS)
    found = found[found["event_time"].between(times[0], times[-1])]
    planted = np.zeros((len(units), times.size))
    planted[found["place"], found["event_time"].to_numpy() - times[0]] = found["effect"]
    return planted


def _true_path(
    days: Floats, planted: Floats, matched: Units, kept: Flags, is_reference: Flags
) -> Floats:
    """Average the planted paths of the treated whose sets are observed whole."""
    is_missing = np.isnan(days) | np.isnan(days[:, is_reference])
    sets = _code(pd.Series(matched.group[kept]))
    gaps = np.zeros((int(sets.max(initial=-1)) + 1, days.shape[1]), dtype=np.bool_)
    rows, columns = np.nonzero(is_missing)
    gaps[sets[rows], columns] = True
    counts = ~gaps[sets] & matched.is_treated[kept][:, None]
    total = (planted * counts).sum(axis=0)
    return np.divide(total, counts.sum(axis=0), out=np.zeros(days.shape[1]), where=counts.any(0))


def _path_rows(path: AttPath, times: Ints, true: Floats, level: float) -> Iterator[dict[str, Any]]:
    by_time = dict(zip(times.tolist(), true.tolist(), strict=True))
    for place, time in enumerate(path.term.tolist()):
        numbers = {name: float(getattr(path, name)[place]) for name in COLUMNS[:4]}
        yield (
            {"event_time": time, "true_att": by_time[time]}
            | numbers
            | {
                "p_value": np.nan,
                "n_treated": int(path.n_treated[place]),
            }
        )
    try:
        mean = estimate_path_mean(path, times[times >= 0], confidence_level=level)
    except NotIdentifiedError:
        return
    yield _numbers(mean, true=float(true[times >= 0].mean()))
