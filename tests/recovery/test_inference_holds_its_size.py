"""Each way to infer, 2,000 times where nothing happens and its assumptions hold.

A test at 5 % must reject in 5 % of the draws, to the noise of 2,000 draws: three standard
errors are 1.46 percentage points. Where a method is too wide by design, it must not reject more.
"""

import numpy as np
import pytest

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

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
N_DRAWS = 2_000
LEVEL = 0.05
NOISE = 3 * np.sqrt(LEVEL * (1 - LEVEL) / N_DRAWS)
SETS, CONTROLS, PERIODS = 80, 2, 5


def rejection_rate(reject):
    return np.mean([reject(np.random.default_rng(seed)) for seed in range(N_DRAWS)])


def assert_size(reject):
    rate = rejection_rate(reject)
    print(f"rejects in {100 * rate:.2f} %")
    assert LEVEL - NOISE < rate < LEVEL + NOISE


def draw_sets(rng, *, n_periods=2, reuses_controls=False):
    """Sets with an effect of their own on the change; controls may be in many sets."""
    n = SETS * (1 + CONTROLS)
    matched_set = np.repeat(np.arange(SETS), 1 + CONTROLS)
    is_treated = np.tile([True, *[False] * CONTROLS], SETS)
    person = np.arange(n)
    if reuses_controls:
        person[~is_treated] = n + rng.integers(0, 100, SETS * CONTROLS)
    # An effect of set or person in one period only moves the change.
    outcome = rng.normal(0, 1, (SETS, n_periods))[matched_set] + rng.normal(0, 1, (n, n_periods))
    if reuses_controls:
        outcome = rng.normal(0, 1, (2 * n, n_periods))[person] + 0.5 * outcome
    labels = {
        "weight": np.where(is_treated, 1.0, 1 / CONTROLS),
        "matched_set": matched_set,
        "person": person,
    }
    return outcome, is_treated, labels


@pytest.mark.parametrize(
    ("reuses_controls", "cluster_on"),
    [(False, ("matched_set",)), (False, ("person",)), (True, ("matched_set", "person"))],
)
def test_the_matched_2x2(reuses_controls, cluster_on):
    def reject(rng):
        outcome, is_treated, labels = draw_sets(rng, reuses_controls=reuses_controls)
        found = estimate_did_2x2(
            outcome[:, 0], outcome[:, 1], is_treated, **labels, confidence_level=0.95,
            cluster_on=cluster_on,
        )  # fmt: skip
        return not found.ci_low < 0 < found.ci_high

    # What a set shares cancels between its arms; clusters of persons do not know that.
    if cluster_on == ("person",):
        assert rejection_rate(reject) < LEVEL
    else:
        assert_size(reject)


def test_stratification():
    stratum = np.repeat(np.arange(10), 40)

    def reject(rng):
        is_treated = rng.random(400) < np.linspace(0.1, 0.5, 10)[stratum]
        before = rng.normal(0, 3, 400)
        after = before + stratum + rng.normal(0, 1 + is_treated, 400)
        found = estimate_stratified(
            before, after, is_treated, stratum=stratum, person=np.arange(400),
            confidence_level=0.95, cluster_on=("person",),
        ).estimate  # fmt: skip
        return not found.ci_low < 0 < found.ci_high

    # What differs between cells is in the residual of the arms but not in the estimate, whose
    # treated and controls have the same cells: the error is too wide, never too narrow.
    assert rejection_rate(reject) < LEVEL + NOISE


def test_poisson_in_days_and_as_a_ratio():
    def reject(rng):
        _, is_treated, labels = draw_sets(rng)
        person = rng.gamma(2, 5, is_treated.size)
        found = estimate_poisson_did(
            rng.poisson(person).astype(float), rng.poisson(0.7 * person).astype(float), is_treated,
            **labels, confidence_level=0.95, cluster_on=("person",),
        )  # fmt: skip
        return not found.estimate.ci_low < 0 < found.estimate.ci_high

    assert_size(reject)


def test_simultaneous_bands_and_the_joint_test():
    rejected = []

    def reject(rng):
        outcome, is_treated, labels = draw_sets(rng, n_periods=PERIODS)
        path = estimate_event_study(
            outcome, np.arange(PERIODS) - 2, is_treated, **labels, reference_event_time=-1,
            confidence_level=0.95, cluster_on=("matched_set",),
        )  # fmt: skip
        draws = simulate_multiplier_draws(path.scores, n_draws=399, seed=int(rng.integers(2**31)))
        kept = path.term != -1
        joint = estimate_joint_test(
            path.att[kept], path.covariance[np.ix_(kept, kept)], n_clusters=SETS
        )
        rejected.append(joint.p_value < LEVEL)
        bands = estimate_bands(path.att, path.se, draws, confidence_level=0.95)
        return ((bands.low > 0) | (bands.high < 0)).any()

    assert_size(reject)
    # F of four effects with 79 degrees of freedom rejects a little often in 80 sets.
    assert LEVEL - NOISE < np.mean(rejected) < LEVEL + NOISE + 0.02


def test_staggered_means():
    def reject(rng):
        first = np.repeat([-1, 2, 3], [100, 50, 50])
        outcome = np.cumsum(rng.normal(0, 1, (200, 5)), axis=1)
        found = estimate_callaway_santanna(
            outcome, first, cluster=np.arange(200), confidence_level=0.95, dimensions=("simple",)
        ).overall["simple"]
        return not found.ci_low < 0 < found.ci_high

    assert_size(reject)


def test_two_way_fixed_effects():
    def reject(rng):
        first = np.repeat([-1, 2, 3], [60, 30, 30])
        outcome = np.cumsum(rng.normal(0, 1, (120, 5)), axis=1)
        found = estimate_twfe(outcome, first, cluster=np.arange(120), confidence_level=0.95)
        return not found.estimate.ci_low < 0 < found.estimate.ci_high

    assert_size(reject)


@pytest.mark.parametrize(("law", "n_clusters"), [("rademacher", 12), ("webb", 8)])
def test_the_wild_cluster_bootstrap_with_few_clusters(law, n_clusters):
    def reject(rng):
        cluster = np.repeat(np.arange(n_clusters), 15)
        treated = (np.arange(cluster.size) % 3 == 0).astype(float)
        slope = rng.normal(0, 1, n_clusters)[cluster]
        change = rng.normal(0, 1, n_clusters)[cluster] + slope * treated
        change += rng.normal(0, 1, cluster.size)
        found = estimate_wild_bootstrap(
            change, np.column_stack([np.ones(cluster.size), treated]), cluster=cluster,
            weight=np.ones(cluster.size), tested=1, confidence_level=0.95, n_draws=399,
            seed=int(rng.integers(2**31)), law=law,
        )  # fmt: skip
        assert (found.p_value < LEVEL) == (not found.ci_low <= 0 <= found.ci_high)
        return found.p_value < LEVEL

    assert_size(reject)


def test_randomisation_within_sets():
    def reject(rng):
        outcome, is_treated, labels = draw_sets(rng)
        found = estimate_randomisation_test(
            outcome[:, 1] - outcome[:, 0], is_treated, cell=labels["matched_set"], n_draws=99,
            seed=int(rng.integers(2**31)),
        )  # fmt: skip
        return found.p_value <= LEVEL

    assert_size(reject)


def test_many_subgroups_give_a_false_finding_in_five_percent():
    holm = []

    def reject(rng):
        outcome, is_treated, labels = draw_sets(rng)
        path = estimate_subgroups(
            outcome[:, 0], outcome[:, 1], is_treated, **labels,
            subgroup=labels["matched_set"] % 2, confidence_level=0.95,
            cluster_on=("matched_set",),
        )  # fmt: skip
        draws = simulate_multiplier_draws(path.scores, n_draws=399, seed=int(rng.integers(2**31)))
        adjusted = estimate_romano_wolf(path.att, path.se, draws)
        raw = np.array([np.mean(np.abs(draws[:, j]) >= abs(path.att[j])) for j in range(2)])
        holm.append(estimate_holm(raw).min() < LEVEL)
        return adjusted.min() < LEVEL

    assert_size(reject)
    assert np.mean(holm) < LEVEL + NOISE
