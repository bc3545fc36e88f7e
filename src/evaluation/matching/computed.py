"""Matched sets by nearness, propensity score or balance, a sector at a time.

Exact matching and full stratification are SQL (sql/marts/mart_matched_sets.sql). Here are the
methods that solve something; the algebra is in estimators/.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from evaluation.errors import NoControlsError, NoOverlapError
from evaluation.estimators.entropy_balancing import estimate_balancing_weights
from evaluation.estimators.nearest import match_nearest
from evaluation.estimators.propensity import build_att_weights, estimate_propensity_scores
from evaluation.matching.design import build_covariates
from evaluation.results import BoolVector, FloatVector

Method = Literal["nearest", "propensity_weights", "entropy_weights"]
COLUMNS = ["matched_set_id", "sector", "is_treated", "person_id", "weight"]


@dataclass(frozen=True, slots=True)
class MatchingChoice:
    """What a study says of matching, as far as it is computed here.

    Attributes:
        method: How comparators are found.
        balance_on: Columns of the pool that scores and weights are fitted to.
        nearest_on: Position of nearest matching.
        n_controls: At most so many controls for a treated person.
        caliper: Largest distance: days, or standard deviations of the logit of the score.
        with_replacement: A control may serve several treated persons.
    """

    method: Method
    balance_on: tuple[str, ...]
    nearest_on: Literal["index_date", "propensity_score"]
    n_controls: int
    caliper: float
    with_replacement: bool


@dataclass(frozen=True, slots=True, eq=False)
class ComputedSets:
    """Matched sets, and sectors that have none.

    Attributes:
        table: COLUMNS; one row per person in a set. Weighted methods have one set per person.
        notes: One line for each sector without sets.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]


def build_computed_sets(
    pool: pd.DataFrame, choice: MatchingChoice, *, sectors: Sequence[str]
) -> ComputedSets:
    """Find comparators in each sector.

    Only cells (strata) that hold both arms take part.

    Args:
        pool: One row per eligible person and arm: sector, is_treated, person_id, random_order,
            stratum, is_comparable, index_date and the columns of balance_on.
        choice: What the study says.
        sectors: Order in which sets are numbered.

    Returns:
        Sets, numbered from 1 over all sectors; the same for any order of the rows.

    Raises:
        EstimationError: A covariate is missing for someone.

    Checked against loops and R-checked kernels: tests/unit/test_computed_sets.py.
    """
    frames, notes, first = [], [], 1
    ordered = pool.sort_values(["sector", "is_treated", "random_order", "person_id"])
    for sector in sectors:
        mine = _keep_common_cells(ordered[ordered["sector"] == sector].reset_index(drop=True))
        if mine.empty:
            notes.append(f"{sector}: no cell holds both treated and comparators")
            continue
        try:
            sets = _MATCHERS[choice.method](mine, choice)
        except (NoOverlapError, NoControlsError) as error:
            notes += [f"{sector}: {problem}" for problem in error.problems]
            continue
        frames.append(sets.assign(matched_set_id=sets["matched_set_id"] + first))
        first += sets["matched_set_id"].nunique()
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
    return ComputedSets(table=table[COLUMNS], notes=tuple(notes))


def _keep_common_cells(pool: pd.DataFrame) -> pd.DataFrame:
    pool = pool[pool["is_comparable"]]
    has_both = pool.groupby("stratum")["is_treated"].transform("nunique") == 2
    return pool[has_both].reset_index(drop=True)


def _match_nearest(pool: pd.DataFrame, choice: MatchingChoice) -> pd.DataFrame:
    is_treated = pool["is_treated"].to_numpy(dtype=np.bool_)
    pairs = match_nearest(
        _find_position(pool, choice),
        is_treated,
        cell=pd.factorize(pool["stratum"], sort=True)[0].astype(np.int64),
        # Rows are in the order of the seeded hash.
        tie_order=np.arange(len(pool), dtype=np.int64),
        n_controls=choice.n_controls,
        caliper=choice.caliper,
        with_replacement=choice.with_replacement,
    )
    treated, set_of, size = np.unique(pairs.treated, return_inverse=True, return_counts=True)
    rows = np.concatenate([treated, pairs.control])
    sets = np.concatenate([np.arange(treated.size), set_of])
    weight = np.concatenate([np.ones(treated.size), 1.0 / size[set_of]])
    return _describe(pool, rows, sets=sets, weight=weight)


def _find_position(pool: pd.DataFrame, choice: MatchingChoice) -> FloatVector:
    if choice.nearest_on == "index_date":
        days = pool["index_date"].to_numpy(dtype="datetime64[D]")
        return days.astype(np.float64)
    scores = estimate_propensity_scores(
        build_covariates(pool, choice.balance_on), pool["is_treated"].to_numpy(dtype=np.bool_)
    ).score
    logit = np.log(scores / (1 - scores))
    spread = logit.std()
    if not spread > 0:  # everybody is equally near
        return np.zeros_like(logit)
    return np.asarray(logit / spread, dtype=np.float64)


def _weigh_by_score(pool: pd.DataFrame, choice: MatchingChoice) -> pd.DataFrame:
    def weigh(covariates: FloatVector, is_treated: BoolVector) -> FloatVector:
        scores = estimate_propensity_scores(covariates, is_treated)
        return build_att_weights(scores.score, is_treated)

    return _weigh(pool, choice, weigh)


def _weigh_by_balance(pool: pd.DataFrame, choice: MatchingChoice) -> pd.DataFrame:
    return _weigh(pool, choice, estimate_balancing_weights)


def _weigh(
    pool: pd.DataFrame,
    choice: MatchingChoice,
    weigh: Callable[[FloatVector, BoolVector], FloatVector],
) -> pd.DataFrame:
    is_treated = pool["is_treated"].to_numpy(dtype=np.bool_)
    weight = weigh(build_covariates(pool, choice.balance_on), is_treated)
    rows = np.flatnonzero(weight > 0)
    return _describe(pool, rows, sets=np.arange(rows.size), weight=weight[rows])


def _describe(
    pool: pd.DataFrame, rows: np.ndarray, *, sets: np.ndarray, weight: FloatVector
) -> pd.DataFrame:
    chosen = pool.loc[rows, ["sector", "is_treated", "person_id"]].reset_index(drop=True)
    return chosen.assign(matched_set_id=sets, weight=weight)


_MATCHERS: dict[Method, Callable[[pd.DataFrame, MatchingChoice], pd.DataFrame]] = {
    "nearest": _match_nearest,
    "propensity_weights": _weigh_by_score,
    "entropy_weights": _weigh_by_balance,
}
