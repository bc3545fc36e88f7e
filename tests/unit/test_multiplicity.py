"""Adjusted p-values: Holm against statsmodels, Romano-Wolf against loops and against size."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.multitest import multipletests

from evaluation.errors import EstimationError
from evaluation.estimators.multiplicity import estimate_holm, estimate_romano_wolf


@pytest.mark.parametrize("seed", range(5))
def test_holm_equals_statsmodels(seed):
    p_value = np.random.default_rng(seed).beta(0.5, 2, 8)
    expected = multipletests(p_value, method="holm")[1]
    assert_allclose(estimate_holm(p_value), expected, rtol=1e-12)


def draw(seed, n_tests=5, n_draws=199):
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.5, 2, n_tests)
    common = rng.normal(size=(n_draws, 1))
    return rng.normal(0, 2, n_tests), se, (0.7 * common + rng.normal(size=(n_draws, n_tests))) * se


@pytest.mark.parametrize("seed", range(4))
def test_romano_wolf_equals_its_definition(seed):
    att, se, draws = draw(seed)
    found = np.abs(att / se)
    order = sorted(range(5), key=lambda test: -found[test])
    expected, floor = {}, 0.0
    for step, test in enumerate(order):
        rest = order[step:]
        largest = [max(abs(one[j]) / se[j] for j in rest) for one in draws]
        reached = (1 + sum(value >= found[test] for value in largest)) / 200
        floor = expected[test] = max(floor, reached)
    assert_allclose(estimate_romano_wolf(att, se, draws), [expected[j] for j in range(5)])


def test_one_hypothesis_is_not_adjusted_and_copies_cost_nothing():
    att, se, draws = draw(7, n_tests=1)
    alone = estimate_romano_wolf(att, se, draws)
    copies = estimate_romano_wolf(np.repeat(att, 4), np.repeat(se, 4), np.repeat(draws, 4, axis=1))
    assert_allclose(copies, np.repeat(alone, 4))
    # Holm cannot know that they are copies.
    assert_allclose(estimate_holm(np.repeat(alone, 4)), np.repeat(np.minimum(4 * alone, 1), 4))


def test_what_cannot_be_adjusted_is_refused():
    with pytest.raises(EstimationError, match="not between 0 and 1"):
        estimate_holm(np.array([0.1, np.nan]))
    att, se, draws = draw(8)
    with pytest.raises(EstimationError, match="above zero"):
        estimate_romano_wolf(att, np.zeros(5), draws)
    with pytest.raises(EstimationError, match="same tests"):
        estimate_romano_wolf(att, se, draws[:, :4])
