"""What the estimators hand back: frozen values, no behaviour, no file formats.

Column names, types and order of the written tables are in schemas.py.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatVector = NDArray[np.float64]
IntVector = NDArray[np.int64]
BoolVector = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ClusterVariance:
    """Variance of one estimate, clusters taken as the independent draws.

    Attributes:
        variance: Square of the unit of the estimate, above zero.
        n_clusters: Clusters in the smallest dimension, at least 2.
    """

    variance: float
    n_clusters: int


@dataclass(frozen=True, slots=True)
class Interval:
    """Standard error of an estimate and what follows from it.

    Attributes:
        se: Standard error, unit of the estimate.
        ci_low: Lower confidence limit, unit of the estimate.
        ci_high: Upper confidence limit, unit of the estimate.
        p_value: Two-sided, of the estimate being 0; 0-1.
    """

    se: float
    ci_low: float
    ci_high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class AttEstimate:
    """One mean effect on the treated, whatever estimator found it.

    All but the counts and p_value are in the unit of the outcome (days per window). Means of
    the controls are weighted; means are None where an estimator compares more than two periods.

    Attributes:
        estimator: Id of the estimator, as in the contract.
        att: The effect; of a 2x2, treated_change less control_change.
        se: Standard error of att.
        ci_low: Lower confidence limit of att.
        ci_high: Upper confidence limit of att.
        p_value: Two-sided p-value of att = 0, 0-1.
        n_treated: Different persons among the treated units.
        n_control: Different persons among the control units.
        n_clusters: Clusters in the smallest clustering dimension.
        treated_before: Mean of the treated before.
        treated_after: Mean of the treated after.
        treated_change: treated_after less treated_before.
        control_before: Mean of the controls before.
        control_after: Mean of the controls after.
        control_change: control_after less control_before.
    """

    estimator: str
    att: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    n_treated: int
    n_control: int
    n_clusters: int
    treated_before: float | None = None
    treated_after: float | None = None
    treated_change: float | None = None
    control_before: float | None = None
    control_after: float | None = None
    control_change: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AttPath:
    """Effects estimated together: by event time, cohort, calendar period or subgroup.

    Arrays have shape (n_terms,) unless said otherwise, in the order of term. At the reference
    of an event study att, se and both limits are 0 by construction: it is the zero point, not
    a finding.

    Attributes:
        estimator: Id of the estimator, as in the contract.
        dimension: What term counts: event_time, cohort, calendar or subgroup.
        term: Event time (0 is the first period from the index date), period or subgroup.
        att: Effect, unit of the outcome (days per period).
        se: Standard error of att, same unit.
        ci_low: Lower confidence limit, pointwise, same unit.
        ci_high: Upper confidence limit, pointwise, same unit.
        n_treated: Different treated persons compared.
        n_control: Different control persons compared.
        n_clusters: Clusters in the smallest clustering dimension.
        covariance: Of att, shape (n_terms, n_terms), squared unit; its diagonal is se squared.
        scores: Sums of influence on att over each cluster of the first dimension, shape
            (n_terms, clusters): what bootstraps draw from.
        notes: Why a period has no entry above, one line each.
        treated_mean: Mean of the treated in the period, where the estimator has one.
        control_mean: Weighted mean of the controls in the period, where it has one.
        parts: The effects one by one, where each is a 2x2 of its own.
    """

    estimator: str
    dimension: str
    term: IntVector
    att: FloatVector
    se: FloatVector
    ci_low: FloatVector
    ci_high: FloatVector
    n_treated: IntVector
    n_control: IntVector
    n_clusters: int
    covariance: NDArray[np.float64]
    scores: NDArray[np.float64]
    notes: tuple[str, ...]
    treated_mean: FloatVector | None = None
    control_mean: FloatVector | None = None
    parts: tuple[AttEstimate, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """Share of persons to whom each of several competing events has happened first, by day.

    Arrays of events have shape (n_causes, n_days), others (n_days,). NaN where the data do
    not tell: shares after the last person at risk, errors and limits where nothing happened.

    Attributes:
        day: Days since time zero, the event of the day counted.
        incidence: Share, 0-1, weighted.
        se: Standard error of the share.
        ci_low: Lower confidence limit, pointwise, 0-1.
        ci_high: Upper confidence limit, pointwise, 0-1.
        n_at_risk: Persons to whom nothing has happened before the day, and still observed.
        n_events: Persons to whom the event has happened by the day.
        n_persons: Persons at risk on day 0.
    """

    day: IntVector
    incidence: NDArray[np.float64]
    se: NDArray[np.float64]
    ci_low: NDArray[np.float64]
    ci_high: NDArray[np.float64]
    n_at_risk: IntVector
    n_events: NDArray[np.int64]
    n_persons: int


@dataclass(frozen=True, slots=True, eq=False)
class ResultTable:
    """A result table, and what could not be put in it.

    Attributes:
        table: Columns and types of schemas.TABLES.
        notes: One line for each estimate the data do not determine; no pseudonyms.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]
