"""Cluster variances against the formula written out, and their limits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.inference import (
    build_clusters,
    code_labels,
    estimate_cluster_variance,
    estimate_interval,
)
from evaluation.results import ClusterVariance

# Sums of some hundred numbers, added in another order.
RTOL = 1e-12


def sum_over_pairs(influence, is_together):
    """Add the products of all pairs of units that share a cluster, one pair at a time."""
    total = 0.0
    for i in range(len(influence)):
        for j in range(len(influence)):
            if is_together(i, j):
                total += influence[i] * influence[j]
    return total


def estimate(influence, clusters, *, n_observations=200, n_parameters=4):
    return estimate_cluster_variance(
        np.asarray(influence, dtype=float),
        build_clusters([code_labels(np.asarray(labels)) for labels in clusters]),
        n_observations=n_observations,
        n_parameters=n_parameters,
    )


@pytest.fixture
def drawn():
    rng = np.random.default_rng(31)
    return rng.normal(size=80), rng.integers(0, 12, 80), rng.integers(0, 9, 80)


def test_one_way_equals_the_sum_over_pairs_of_units_that_share_a_cluster(drawn):
    influence, first, _ = drawn
    raw = sum_over_pairs(influence, lambda i, j: first[i] == first[j])
    ours = estimate(influence, [first])
    assert_allclose(ours.variance, raw * 12 / 11 * 199 / 196, rtol=RTOL)
    assert ours.n_clusters == 12


def test_two_way_equals_the_sum_over_pairs_of_units_that_share_either_cluster(drawn):
    influence, first, second = drawn
    raw = sum_over_pairs(influence, lambda i, j: first[i] == first[j] or second[i] == second[j])
    ours = estimate(influence, [first, second])
    assert_allclose(ours.variance, raw * 9 / 8 * 199 / 196, rtol=RTOL)
    assert ours.n_clusters == 9


def test_two_way_on_the_same_labels_is_one_way(drawn):
    influence, first, _ = drawn
    assert_allclose(
        estimate(influence, [first, first]).variance,
        estimate(influence, [first]).variance,
        rtol=RTOL,
    )


def test_a_dimension_nested_in_the_other_adds_nothing(drawn):
    influence, first, _ = drawn
    units = np.arange(influence.size)
    assert_allclose(
        estimate(influence, [first, units]).variance,
        estimate(influence, [first]).variance,
        rtol=RTOL,
    )


def test_labels_may_be_any_whole_numbers(drawn):
    influence, first, second = drawn
    assert_allclose(
        estimate(influence, [first * 10**15 - 4, -second]).variance,
        estimate(influence, [first, second]).variance,
        rtol=RTOL,
    )


@pytest.mark.parametrize("clusters", [[[1, 1, 1]], [[1, 2, 3], [7, 7, 7]]])
def test_one_cluster_is_refused(clusters):
    with pytest.raises(NotIdentifiedError, match="at least 2 clusters"):
        estimate([1, 2, 3], clusters)


def test_no_units_are_refused():
    with pytest.raises(NotIdentifiedError, match="at least 2 clusters"):
        estimate([], [np.array([], dtype=int)])


def test_a_zero_variance_is_refused():
    with pytest.raises(NotIdentifiedError, match="not above zero"):
        estimate([0, 0, 0], [[1, 2, 3]])


def test_influences_that_cancel_within_each_cluster_are_refused_in_spite_of_rounding():
    with pytest.raises(NotIdentifiedError, match="not above zero"):
        estimate([0.1, 0.2, -0.3, 0.7, -0.7], [[1, 1, 1, 2, 2]])


def test_a_negative_two_way_variance_is_refused():
    # Rows sum to zero and so do columns, so V_a = V_b = 0 and V = -V_ab.
    with pytest.raises(NotIdentifiedError, match="Cluster on one dimension"):
        estimate([1, -1, -1, 1], [[1, 1, 2, 2], [1, 2, 1, 2]])


def test_as_many_coefficients_as_observations_are_refused():
    with pytest.raises(NotIdentifiedError, match="4 observations"):
        estimate([1, 2], [[1, 2]], n_observations=4)


@pytest.mark.parametrize("n_dimensions", [0, 3])
def test_other_than_one_or_two_dimensions_are_refused(n_dimensions):
    with pytest.raises(EstimationError, match="dimensions"):
        estimate([1, 2], [[1, 2]] * n_dimensions)


def test_labels_of_another_length_are_refused():
    with pytest.raises(EstimationError, match="shape"):
        estimate([1, 2, 3], [[1, 2]])


@pytest.mark.parametrize("n_clusters", [2, 3, 30, 100_000])
def test_limits_and_p_value_equal_those_of_scipy_t(n_clusters):
    spread = ClusterVariance(variance=4.0, n_clusters=n_clusters)
    interval = estimate_interval(-3.0, spread, confidence_level=0.9)
    t = stats.t(n_clusters - 1)
    assert interval.se == 2
    assert_allclose([interval.ci_low, interval.ci_high], -3 + 2 * t.ppf([0.05, 0.95]), rtol=1e-9)
    assert_allclose(interval.p_value, 2 * t.sf(1.5), rtol=1e-9)


def test_the_p_value_equals_alpha_when_the_limit_touches_zero():
    spread = ClusterVariance(variance=1.0, n_clusters=17)
    touching = float(stats.t(16).ppf(0.975))
    interval = estimate_interval(touching, spread, confidence_level=0.95)
    assert_allclose(interval.ci_low, 0, atol=1e-9)
    assert_allclose(interval.p_value, 0.05, rtol=1e-9)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1])
def test_a_confidence_level_outside_0_and_1_is_refused(level):
    with pytest.raises(EstimationError, match=r"Typical: 0\.95"):
        estimate_interval(1.0, ClusterVariance(1.0, 10), confidence_level=level)


def test_some_of_the_units_keep_their_clusters(drawn):
    influence, first, second = drawn
    rows = np.flatnonzero(first != 3)
    clusters = build_clusters([code_labels(first), code_labels(second)]).at(rows)
    kept = estimate_cluster_variance(influence[rows], clusters, n_observations=200, n_parameters=4)
    alone = estimate(influence[rows], [first[rows], second[rows]])
    assert_allclose(kept.variance, alone.variance, rtol=RTOL)
    assert kept.n_clusters == alone.n_clusters == 9
