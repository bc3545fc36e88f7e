"""What must hold of every estimator: order, labels, units and constants.

Each case turns one drawn sample into an effect, its error and limits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evaluation.estimators.callaway_santanna import estimate_callaway_santanna
from evaluation.estimators.cross_sections import estimate_did_cross_sections
from evaluation.estimators.fixed_effects import estimate_twfe
from evaluation.estimators.poisson import estimate_poisson_did
from evaluation.estimators.stratified import estimate_stratified
from evaluation.estimators.subgroups import estimate_subgroups
from evaluation.estimators.wild_bootstrap import estimate_wild_bootstrap
from evaluation.results import AttEstimate

# Sums of some hundred numbers in another order; differences of numbers a hundred times as large.
RTOL, RTOL_SHIFTED = 1e-9, 1e-7
N, PERIODS = 160, 4
LEVEL = {"confidence_level": 0.95}


@dataclass(frozen=True)
class Sample:
    """Days in four periods, first treated period, stratum and label of each person."""

    days: np.ndarray
    first: np.ndarray
    stratum: np.ndarray
    person: np.ndarray


def draw(seed=1):
    rng = np.random.default_rng(seed)
    first = rng.choice([-1, -1, 2, 3], N)
    stratum = rng.integers(0, 8, N)
    days = 20 + rng.normal(0, 4, (N, 1)) + stratum[:, None] + rng.normal(0, 2, (N, PERIODS))
    days -= 3 * ((first[:, None] >= 0) & (np.arange(PERIODS) >= first[:, None]))
    return Sample(days, first, stratum, np.arange(N))


def numbers(found: AttEstimate):
    return np.array([found.att, found.se, found.ci_low, found.ci_high])


def twfe(s):
    return numbers(estimate_twfe(s.days, s.first, cluster=s.person, **LEVEL).estimate)


def staggered(s):
    found = estimate_callaway_santanna(
        s.days, s.first, cluster=s.person, covariates=s.stratum[:, None] / 8.0, **LEVEL
    )
    return np.append(numbers(found.overall["simple"]), found.paths["event_time"].att)


def stratified(s):
    return numbers(
        estimate_stratified(
            s.days[:, 0], s.days[:, 3], s.first >= 0, stratum=s.stratum, person=s.person,
            cluster_on=("person",), **LEVEL,
        ).estimate
    )  # fmt: skip


def poisson(s):
    return numbers(
        estimate_poisson_did(
            s.days[:, 0], s.days[:, 3], s.first >= 0, weight=np.ones(N), matched_set=s.stratum,
            person=s.person, cluster_on=("matched_set",), **LEVEL,
        ).estimate
    )  # fmt: skip


def subgroups(s):
    found = estimate_subgroups(
        s.days[:, 0], s.days[:, 3], s.first >= 0, weight=np.ones(N), matched_set=s.stratum,
        person=s.person, subgroup=np.unique(s.stratum, return_inverse=True)[1] % 2,
        cluster_on=("person",), **LEVEL,
    )  # fmt: skip
    # Other labels may exchange the two subgroups.
    return np.concatenate([np.sort(found.att), np.sort(found.se)])


def cross_sections(s):
    return numbers(
        estimate_did_cross_sections(
            s.days[:, 3], s.first >= 0, np.isin(s.stratum % 2, [s.stratum[s.person == 0] % 2]),
            weight=np.ones(N), cluster=s.person, **LEVEL,
        )
    )  # fmt: skip


def wild_bootstrap(s):
    found = estimate_wild_bootstrap(
        s.days[:, 3] - s.days[:, 0], np.column_stack([np.ones(N), s.first >= 0]),
        cluster=s.stratum, weight=np.ones(N), tested=1, n_draws=300, seed=1, **LEVEL,
    )  # fmt: skip
    return np.array([found.estimate, found.se, found.ci_low, found.ci_high])


ALL: list[Callable] = [
    twfe, staggered, stratified, poisson, subgroups, cross_sections, wild_bootstrap
]  # fmt: skip


@pytest.mark.parametrize("estimate", ALL)
def test_row_order_changes_nothing(estimate):
    plain = draw()
    order = np.random.default_rng(2).permutation(N)
    mixed = Sample(*(getattr(plain, n)[order] for n in ("days", "first", "stratum", "person")))
    assert_allclose(estimate(mixed), estimate(plain), rtol=RTOL)


@pytest.mark.parametrize("estimate", [e for e in ALL if e is not cross_sections])
def test_other_labels_of_persons_change_nothing(estimate):
    plain = draw()
    labelled = Sample(plain.days, plain.first, plain.stratum, 10**9 - 7 * plain.person)
    assert_allclose(estimate(labelled), estimate(plain), rtol=RTOL)


@pytest.mark.parametrize("estimate", ALL)
def test_weeks_instead_of_days_divide_everything_by_seven(estimate):
    plain = draw()
    weeks = Sample(plain.days / 7, plain.first, plain.stratum, plain.person)
    assert_allclose(estimate(weeks) * 7, estimate(plain), rtol=RTOL)


@pytest.mark.parametrize("estimate", [e for e in ALL if e is not poisson])
def test_a_constant_added_to_all_days_leaves_the_effect(estimate):
    plain = draw()
    shifted = Sample(plain.days + 1_000, plain.first, plain.stratum, plain.person)
    assert_allclose(estimate(shifted), estimate(plain), rtol=RTOL_SHIFTED)


# In logs, and of other persons, an added number is another effect: see tests/reference.
@pytest.mark.parametrize("estimate", [e for e in ALL if e not in (poisson, cross_sections)])
def test_an_effect_added_to_the_treated_is_found_whole(estimate):
    plain = draw()
    treated = (plain.first[:, None] >= 0) & (np.arange(PERIODS) >= plain.first[:, None])
    more = Sample(plain.days - 5 * treated, plain.first, plain.stratum, plain.person)
    difference = estimate(more) - estimate(plain)
    effect = difference[:2] if estimate is subgroups else difference[:1]
    assert_allclose(effect, -5, rtol=RTOL_SHIFTED)
