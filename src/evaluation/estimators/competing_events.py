"""Cumulative incidence of competing events, weighted, with clustered standard errors.

Here is the Aalen-Johansen estimator on arrays. What counts as an event, and the comparison of
arms, are not here. statsmodels' CumIncidenceRight gives the same shares, but no standard error
once persons have weights, and knows no clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.inference import (
    ClusterCodes,
    build_clusters,
    code_labels,
    count_codes,
    estimate_cluster_variance,
)
from evaluation.results import BoolVector, CumulativeIncidence, FloatVector, IntVector

CENSORED = 0
# Below this share nobody is left to whom something could still happen; it is rounding.
ROUNDING_SHARE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """What one cause does, day by day from 0; arrays of shape (last_day + 1,).

    Attributes:
        hazard: Of the cause.
        incidence: Share to whom it has happened by the day.
    """

    hazard: FloatVector
    incidence: FloatVector


@dataclass(frozen=True, slots=True, eq=False)
class _Risk:
    """All causes together, day by day from 0; arrays of shape (last_day + 1,).

    Attributes:
        weight: Of those at risk on the day.
        hazard: Of any event.
        free: Share to whom nothing has happened before the day.
    """

    weight: FloatVector
    hazard: FloatVector
    free: FloatVector


def estimate_cumulative_incidence(
    day: IntVector,
    cause: IntVector,
    *,
    weight: FloatVector,
    person: IntVector,
    clusters: Sequence[IntVector],
    n_causes: int,
    at_days: Sequence[int],
    confidence_level: float,
) -> CumulativeIncidence:
    """Estimate the share to whom each event has happened first, by day.

    F_k(t) = sum over days s <= t of S(s-) h_k(s), where h_k is the weight of those to whom
    event k happens on day s over the weight of those at risk, and S(s-) the product of
    1 - h over earlier days. Someone who is censored on a day is at risk on it. Assumes that
    those censored would have fared like those still at risk.

    The variance is that of the sum of influence values, w_i times

        sum S(s-)/Y(s) dM_ik(s) - sum (F_k(t) - F_k(s)) / ((1 - h(s)) Y(s)) dM_i.(s)

    over s <= t, with Y the weight at risk and M a person's events less their hazards, summed
    within clusters. Limits are those of log(-log F), as in Stata's stcompet, so that they stay
    within 0 and 1, with a t distribution of the clusters less one.

    Args:
        day: Days from time zero to the event or the end of observation, >= 0, (n_units,).
        cause: 0 censored, 1 to n_causes the event, shape (n_units,).
        weight: Finite and above zero, shape (n_units,).
        person: Label of the person; a person may be several units, shape (n_units,).
        clusters: Labels of one or two clustering dimensions, each of shape (n_units,).
        n_causes: Number of competing events.
        at_days: Days at which shares are wanted, in rising order.
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Raises:
        EstimationError: Shapes differ, or a value is outside what is allowed.
        NotIdentifiedError: Nobody is at risk.

    Source: Aalen & Johansen (1978), Scandinavian Journal of Statistics 5:141-150; influence
    values by the functional delta method, Andersen, Borgan, Gill & Keiding (1993), IV.4.
    Checked against R survival (tests/reference/test_against_r.py), statsmodels, a hand sum and a
    bootstrap of clusters (tests/unit/test_competing_events.py).
    """
    _check(day, cause, weight=weight, person=person, n_causes=n_causes, at_days=at_days)
    last_day = at_days[-1]
    # What happens later does not matter: observed to the end.
    is_later = day > last_day
    cause, day = np.where(is_later, CENSORED, cause), np.minimum(day, last_day + 1)
    codes = build_clusters([code_labels(labels) for labels in clusters])
    risk = _describe_risk(day, cause, weight, last_day)
    places = np.asarray(at_days, dtype=np.int64)
    is_known = (risk.weight[places] > 0) | (risk.free[places] <= ROUNDING_SHARE)
    shape = (n_causes, places.size)
    incidence, se = np.empty(shape), np.full(shape, np.nan)
    for number in range(n_causes):
        is_mine = cause == number + 1
        path = _follow(day, is_mine, weight, risk)
        incidence[number] = np.where(is_known, path.incidence[places], np.nan)
        for place in np.flatnonzero(is_known):
            influence = weight * _influence(
                day, cause != CENSORED, is_mine, path=path, risk=risk, at_day=int(places[place])
            )
            se[number, place] = _spread(influence, codes)
    low, high = _limits(
        incidence, se, n_clusters=codes.n_clusters, confidence_level=confidence_level
    )
    return CumulativeIncidence(
        day=places,
        incidence=incidence,
        se=se,
        ci_low=low,
        ci_high=high,
        n_at_risk=np.array([_count(person, day >= t) for t in at_days], dtype=np.int64),
        n_events=np.array(
            [
                [_count(person, (cause == number + 1) & (day <= t)) for t in at_days]
                for number in range(n_causes)
            ],
            dtype=np.int64,
        ).reshape(shape),
        n_persons=_count(person, np.ones(person.size, dtype=np.bool_)),
    )


def _check(
    day: IntVector,
    cause: IntVector,
    *,
    weight: FloatVector,
    person: IntVector,
    n_causes: int,
    at_days: Sequence[int],
) -> None:
    shapes = {array.shape for array in (day, cause, weight, person)}
    if len(shapes) != 1:
        raise EstimationError(f"day, cause, weight and person have shapes {sorted(shapes)}")
    if not day.size:
        raise NotIdentifiedError("nobody is at risk")
    if (day < 0).any() or (cause < 0).any() or (cause > n_causes).any():
        raise EstimationError(f"days must be 0 or more, and causes from 0 to {n_causes}")
    if not np.isfinite(weight).all() or (weight <= 0).any():
        raise EstimationError("weight must be a number above zero")
    if not at_days or at_days[0] < 0 or any(np.diff(at_days) <= 0):
        raise EstimationError(f"at_days must be days from 0 in rising order; got {list(at_days)}")


def _describe_risk(day: IntVector, cause: IntVector, weight: FloatVector, last_day: int) -> _Risk:
    leaving = np.bincount(day, weights=weight, minlength=last_day + 2)
    # From the end, so that nothing is left over by rounding once all have gone.
    at_risk: FloatVector = np.cumsum(leaving[::-1], dtype=np.float64)[::-1][: last_day + 1]
    events = _by_day(day, cause != CENSORED, weight, last_day)
    hazard = np.minimum(_over(events, at_risk), 1.0)
    free = np.concatenate([[1.0], np.cumprod(1 - hazard)[:-1]])
    return _Risk(at_risk, hazard, free)


def _follow(day: IntVector, is_mine: BoolVector, weight: FloatVector, risk: _Risk) -> _Path:
    events = _by_day(day, is_mine, weight, risk.weight.size - 1)
    hazard = np.minimum(_over(events, risk.weight), 1.0)
    return _Path(hazard, np.cumsum(risk.free * hazard))


def _influence(
    day: IntVector,
    is_event: BoolVector,
    is_mine: BoolVector,
    *,
    path: _Path,
    risk: _Risk,
    at_day: int,
) -> FloatVector:
    """Influence values of units of weight one on the share at a day, shape (n_units,)."""
    direct = _over(risk.free, risk.weight)
    # Where all leave at once the share stays as it is, and nothing follows.
    left = np.where(risk.hazard < 1, 1 - risk.hazard, np.inf)
    through = _over((path.incidence[at_day] - path.incidence) / left, risk.weight)
    until = np.minimum(day, at_day)
    has_come = is_event & (day <= at_day)
    own = np.where(has_come & is_mine, direct[until], 0.0) - np.where(has_come, through[until], 0.0)
    expected = np.cumsum(direct * path.hazard - through * risk.hazard)[until]
    values: FloatVector = own - expected
    return values


def _spread(influence: FloatVector, clusters: ClusterCodes) -> float:
    try:
        spread = estimate_cluster_variance(
            influence, clusters, n_observations=influence.size, n_parameters=1
        )
    except NotIdentifiedError:  # nothing has happened yet, or to everybody
        return float("nan")
    return float(np.sqrt(spread.variance))


def _limits(
    incidence: NDArray[np.float64],
    se: NDArray[np.float64],
    *,
    n_clusters: int,
    confidence_level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = np.full(incidence.shape, np.nan), np.full(incidence.shape, np.nan)
    inside = np.isfinite(se) & (incidence > 0) & (incidence < 1)
    share = incidence[inside]
    quantile = float(stdtrit(max(n_clusters - 1, 1), (1 + confidence_level) / 2))
    width = quantile * se[inside] / (share * np.abs(np.log(share)))
    low[inside], high[inside] = share ** np.exp(width), share ** np.exp(-width)
    return low, high


def _by_day(day: IntVector, kept: BoolVector, weight: FloatVector, last_day: int) -> FloatVector:
    total = np.bincount(day[kept], weights=weight[kept], minlength=last_day + 2)
    return np.asarray(total[: last_day + 1], dtype=np.float64)


def _over(part: FloatVector, whole: FloatVector) -> FloatVector:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _count(person: IntVector, kept: BoolVector) -> int:
    return count_codes(code_labels(person[kept])) if kept.any() else 0
