"""Multiplier draws have the covariance of the scores, and bands hold all terms at once."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators import multiplier
from evaluation.estimators.multiplier import estimate_bands, simulate_multiplier_draws


def scores(seed=1, n_terms=3, n_clusters=500):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n_clusters)
    return (rng.normal(size=(n_terms, n_clusters)) + common) / n_clusters


def test_draws_have_mean_zero_and_the_covariance_of_the_scores():
    given = scores()
    draws = simulate_multiplier_draws(given, n_draws=40_000, seed=2)
    expected = given @ given.T
    # Four standard errors of a mean and of a covariance of 40,000 draws.
    assert (np.abs(draws.mean(axis=0)) < 4 * np.sqrt(np.diag(expected) / 40_000)).all()
    assert_allclose(np.cov(draws.T), expected, atol=4 * expected.max() * np.sqrt(2 / 40_000))


def test_each_draw_is_the_scores_with_signs(monkeypatch):
    monkeypatch.setattr(multiplier, "CLUSTERS_AT_A_TIME", 8)
    given = np.eye(20)
    draws = simulate_multiplier_draws(given, n_draws=50, seed=3)
    assert set(np.unique(draws)) == {-1.0, 1.0}
    assert np.abs(np.corrcoef(draws.T) - np.eye(20)).max() < 0.7


def test_the_same_seed_gives_the_same_draws_and_another_others():
    given = scores()
    first = simulate_multiplier_draws(given, n_draws=9, seed=4)
    assert_array_equal(first, simulate_multiplier_draws(given, n_draws=9, seed=4))
    assert (first != simulate_multiplier_draws(given, n_draws=9, seed=5)).any()


def test_independent_terms_have_the_critical_value_of_sidak():
    rng = np.random.default_rng(6)
    se = np.array([1.0, 2.0, 5.0, 0.1])
    bands = estimate_bands(
        np.zeros(4), se, rng.normal(size=(200_000, 4)) * se, confidence_level=0.95
    )
    # (2 Phi(c) - 1)^4 = 0.95: c = 2.4909
    assert_allclose(bands.critical_value, 2.4909, atol=0.02)
    assert_allclose(bands.high - bands.low, 2 * bands.critical_value * se)


def test_one_term_has_the_pointwise_value_and_the_reference_no_width():
    rng = np.random.default_rng(7)
    draws = np.column_stack([rng.normal(size=200_000), np.zeros(200_000)])
    bands = estimate_bands(np.array([3.0, 0.0]), np.array([1.0, 0.0]), draws, confidence_level=0.9)
    assert_allclose(bands.critical_value, 1.6449, atol=0.015)
    assert (bands.low[1], bands.high[1]) == (0, 0)
    assert_allclose(bands.p_value, 0.0027, atol=0.0006)


def test_bands_need_an_error_a_level_draws_and_clusters():
    with pytest.raises(NotIdentifiedError, match="no term has"):
        estimate_bands(np.zeros(2), np.zeros(2), np.zeros((9, 2)), confidence_level=0.95)
    with pytest.raises(EstimationError, match="confidence_level is 95"):
        estimate_bands(np.zeros(2), np.ones(2), np.zeros((9, 2)), confidence_level=95)
    with pytest.raises(EstimationError, match="n_draws is 0"):
        simulate_multiplier_draws(scores(), n_draws=0, seed=1)
    with pytest.raises(NotIdentifiedError, match="at least two"):
        simulate_multiplier_draws(np.ones((3, 1)), n_draws=9, seed=1)
