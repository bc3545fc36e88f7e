"""Designs in which each way to infer is right, or too careful: nothing happens in them.

Each draws data and tells whether the method rejects: its 95 % interval leaves out 0, or its
p-value is below 5 %.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from evaluation.estimators.callaway_santanna import estimate_callaway_santanna
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.equivalence import estimate_joint_test
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.fixed_effects import estimate_twfe
from evaluation.estimators.multiplicity import estimate_holm, estimate_romano_wolf
from evaluation.estimators.multiplier import estimate_bands, simulate_multiplier_draws
from evaluation.estimators.poisson import estimate_poisson_did
from evaluation.estimators.randomisation import estimate_randomisation_test
from evaluation.estimators.stratified import estimate_stratified
from evaluation.estimators.subgroups import estimate_subgroups
from evaluation.estimators.wild_bootstrap import estimate_wild_bootstrap
from synthetic_data.days import Flags, Floats

LEVEL = 0.05
_SETS, _CONTROLS, _PERIODS = 80, 2, 5
_CONFIDENCE = 1 - LEVEL
_BOOTSTRAP_DRAWS = 399

Reject = Callable[[np.random.Generator], bool]


@dataclass(frozen=True, slots=True)
class Design:
    """A method and the design it is drawn in.

    Attributes:
        method: What infers.
        drawn: The design, in words.
        reject: Draws data and tells whether the method rejects.
        is_exact: Whether it claims 5 %; else at most so much.
    """

    method: str
    drawn: str
    reject: Reject
    is_exact: bool = True


def _draw_sets(
    rng: np.random.Generator, *, n_periods: int = 2, reuses_controls: bool = False
) -> tuple[Floats, Flags, dict[str, Any]]:
    """Draw sets with an effect of their own on the change; controls may be in many sets."""
    n = _SETS * (1 + _CONTROLS)
    matched_set = np.repeat(np.arange(_SETS), 1 + _CONTROLS)
    is_treated = np.tile([True, *[False] * _CONTROLS], _SETS)
    person = np.arange(n)
    if reuses_controls:
        person[~is_treated] = n + rng.integers(0, 100, _SETS * _CONTROLS)
    # An effect of set or person in one period only moves the change.
    outcome = rng.normal(0, 1, (_SETS, n_periods))[matched_set] + rng.normal(0, 1, (n, n_periods))
    if reuses_controls:
        outcome = rng.normal(0, 1, (2 * n, n_periods))[person] + 0.5 * outcome
    labels = {
        "weight": np.where(is_treated, 1.0, 1 / _CONTROLS),
        "matched_set": matched_set,
        "person": person,
    }
    return outcome, is_treated, labels


def _by_clusters(
    rng: np.random.Generator, *, cluster_on: tuple[str, ...], reuses_controls: bool = False
) -> bool:
    outcome, is_treated, labels = _draw_sets(rng, reuses_controls=reuses_controls)
    found = estimate_did_2x2(
        outcome[:, 0],
        outcome[:, 1],
        is_treated,
        **labels,
        confidence_level=_CONFIDENCE,
        cluster_on=cluster_on,
    )
    return not found.ci_low < 0 < found.ci_high


def _by_strata(rng: np.random.Generator) -> bool:
    stratum = np.repeat(np.arange(10), 40)
    is_treated = rng.random(400) < np.linspace(0.1, 0.5, 10)[stratum]
    before = rng.normal(0, 3, 400)
    after = before + stratum + rng.normal(0, 1 + is_treated, 400)
    found = estimate_stratified(
        before,
        after,
        is_treated,
        stratum=stratum,
        person=np.arange(400),
        confidence_level=_CONFIDENCE,
        cluster_on=("person",),
    ).estimate
    return not found.ci_low < 0 < found.ci_high


def _by_poisson(rng: np.random.Generator) -> bool:
    _, is_treated, labels = _draw_sets(rng)
    person = rng.gamma(2, 5, is_treated.size)
    found = estimate_poisson_did(
        rng.poisson(person).astype(float),
        rng.poisson(0.7 * person).astype(float),
        is_treated,
        **labels,
        confidence_level=_CONFIDENCE,
        cluster_on=("person",),
    ).estimate
    return not found.ci_low < 0 < found.ci_high


def _by_path(rng: np.random.Generator, *, jointly: bool) -> bool:
    outcome, is_treated, labels = _draw_sets(rng, n_periods=_PERIODS)
    path = estimate_event_study(
        outcome,
        np.arange(_PERIODS) - 2,
        is_treated,
        **labels,
        reference_event_time=-1,
        confidence_level=_CONFIDENCE,
        cluster_on=("matched_set",),
    )
    if jointly:
        kept = path.term != -1
        covariance = path.covariance[np.ix_(kept, kept)]
        return estimate_joint_test(path.att[kept], covariance, n_clusters=_SETS).p_value < LEVEL
    seed = int(rng.integers(2**31))
    draws = simulate_multiplier_draws(path.scores, n_draws=_BOOTSTRAP_DRAWS, seed=seed)
    bands = estimate_bands(path.att, path.se, draws, confidence_level=_CONFIDENCE)
    return bool(((bands.low > 0) | (bands.high < 0)).any())


def _by_cohorts(rng: np.random.Generator) -> bool:
    first = np.repeat([-1, 2, 3], [100, 50, 50])
    outcome = np.cumsum(rng.normal(0, 1, (200, _PERIODS)), axis=1)
    found = estimate_callaway_santanna(
        outcome,
        first,
        cluster=np.arange(200),
        confidence_level=_CONFIDENCE,
        dimensions=("simple",),
    ).overall["simple"]
    return not found.ci_low < 0 < found.ci_high


def _by_two_ways(rng: np.random.Generator) -> bool:
    first = np.repeat([-1, 2, 3], [60, 30, 30])
    outcome = np.cumsum(rng.normal(0, 1, (120, _PERIODS)), axis=1)
    found = estimate_twfe(
        outcome, first, cluster=np.arange(120), confidence_level=_CONFIDENCE
    ).estimate
    return not found.ci_low < 0 < found.ci_high


def _by_wild_draws(rng: np.random.Generator, *, law: str, n_clusters: int) -> bool:
    cluster = np.repeat(np.arange(n_clusters), 15)
    treated = (np.arange(cluster.size) % 3 == 0).astype(float)
    slope = rng.normal(0, 1, n_clusters)[cluster]
    change = rng.normal(0, 1, n_clusters)[cluster] + slope * treated
    change += rng.normal(0, 1, cluster.size)
    found = estimate_wild_bootstrap(
        change,
        np.column_stack([np.ones(cluster.size), treated]),
        cluster=cluster,
        weight=np.ones(cluster.size),
        tested=1,
        confidence_level=_CONFIDENCE,
        n_draws=_BOOTSTRAP_DRAWS,
        seed=int(rng.integers(2**31)),
        law=law,
    )
    return found.p_value < LEVEL


def _by_chance(rng: np.random.Generator) -> bool:
    outcome, is_treated, labels = _draw_sets(rng)
    found = estimate_randomisation_test(
        outcome[:, 1] - outcome[:, 0],
        is_treated,
        cell=labels["matched_set"],
        n_draws=99,
        seed=int(rng.integers(2**31)),
    )
    return found.p_value <= LEVEL


def _of_many(rng: np.random.Generator, *, method: str) -> bool:
    outcome, is_treated, labels = _draw_sets(rng)
    path = estimate_subgroups(
        outcome[:, 0],
        outcome[:, 1],
        is_treated,
        **labels,
        subgroup=labels["matched_set"] % 2,
        confidence_level=_CONFIDENCE,
        cluster_on=("matched_set",),
    )
    seed = int(rng.integers(2**31))
    draws = simulate_multiplier_draws(path.scores, n_draws=_BOOTSTRAP_DRAWS, seed=seed)
    if method == "romano_wolf":
        return bool(estimate_romano_wolf(path.att, path.se, draws).min() < LEVEL)
    raw = np.array([np.mean(np.abs(draws[:, j]) >= abs(path.att[j])) for j in range(2)])
    return bool(estimate_holm(raw).min() < LEVEL)


_SETS_TOLD = f"{_SETS} sets of one treated and {_CONTROLS} controls"
DESIGNS = (
    Design(
        "did_2x2, errors by matched set",
        _SETS_TOLD,
        partial(_by_clusters, cluster_on=("matched_set",)),
    ),
    Design(
        "did_2x2, errors by person and matched set",
        f"{_SETS_TOLD}, who are in several sets",
        partial(_by_clusters, cluster_on=("matched_set", "person"), reuses_controls=True),
    ),
    # What a set shares cancels between its arms; clusters of persons do not know that.
    Design(
        "did_2x2, errors by person",
        f"{_SETS_TOLD}; sets differ",
        partial(_by_clusters, cluster_on=("person",)),
        is_exact=False,
    ),
    # What differs between cells is in the residuals but not in the estimate, whose treated and
    # controls have the same cells: the error is too wide, never too narrow.
    Design("stratified, errors by person", "400 persons in 10 cells", _by_strata, is_exact=False),
    Design("poisson, errors by person", f"{_SETS_TOLD}; counts of days", _by_poisson),
    Design(
        "event_study, simultaneous bands",
        f"{_SETS_TOLD}, 5 periods",
        partial(_by_path, jointly=False),
    ),
    Design("event_study, joint F", f"{_SETS_TOLD}, 5 periods", partial(_by_path, jointly=True)),
    Design("callaway_santanna", "200 persons, 2 cohorts, 5 periods, random walks", _by_cohorts),
    Design("twfe", "120 persons, 2 cohorts, 5 periods, random walks", _by_two_ways),
    Design(
        "wild cluster bootstrap, Rademacher",
        "12 clusters of 15",
        partial(_by_wild_draws, law="rademacher", n_clusters=12),
    ),
    Design(
        "wild cluster bootstrap, Webb",
        "8 clusters of 15",
        partial(_by_wild_draws, law="webb", n_clusters=8),
    ),
    Design("randomisation within sets", _SETS_TOLD, _by_chance),
    Design(
        "Romano-Wolf over subgroups",
        f"{_SETS_TOLD}, 2 subgroups, any finding",
        partial(_of_many, method="romano_wolf"),
    ),
    Design(
        "Holm over subgroups",
        f"{_SETS_TOLD}, 2 subgroups, any finding",
        partial(_of_many, method="holm"),
        is_exact=False,
    ),
)
"""Every method of the report."""
