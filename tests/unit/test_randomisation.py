"""Randomisation within cells against every permutation, and what it refuses."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.randomisation import estimate_randomisation_test

CELL = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2])
TREATED = np.array([1, 0, 0, 1, 1, 0, 0, 1, 0], dtype=bool)
CHANGE = np.array([-9.0, 1, 2, -5, -4, 0, 3, -2, 1])


def effects(treated):
    return np.array(
        [CHANGE[(c == CELL) & treated].mean() - CHANGE[(c == CELL) & ~treated].mean()
         for c in range(3)]
    )  # fmt: skip


def statistic(treated):
    share = np.array([1, 2, 1]) / 4
    att = np.sum(share * effects(treated))
    return abs(att) / np.sqrt(np.sum((share * (effects(treated) - att)) ** 2))


def test_p_value_nears_that_of_all_permutations():
    statistics = []
    for first in combinations([0, 1, 2], 1):
        for second in combinations([3, 4, 5, 6], 2):
            for third in combinations([7, 8], 1):
                treated = np.isin(np.arange(9), [*first, *second, *third])
                statistics.append(statistic(treated))
    exact = np.mean(np.array(statistics) >= statistic(TREATED) * (1 - 1e-10))
    found = estimate_randomisation_test(CHANGE, TREATED, cell=CELL, n_draws=20_000, seed=1)
    assert len(statistics) == 36
    assert_allclose(found.p_value, exact, atol=4 * np.sqrt(exact * (1 - exact) / 20_000))
    assert_allclose(found.att, np.sum(np.array([1, 2, 1]) / 4 * effects(TREATED)))
    assert (found.n_cells, found.is_studentised) == (3, True)


def test_one_cell_compares_the_att_itself():
    found = estimate_randomisation_test(
        np.array([5.0, 6, 7, 0, 1, 2]), np.arange(6) < 3, cell=np.zeros(6, int), n_draws=9_999,
        seed=2,
    )  # fmt: skip
    assert not found.is_studentised
    # 2 of the 20 ways to choose three reach |5|.
    assert_allclose(found.p_value, 0.1, atol=0.012)


def test_row_order_and_labels_change_nothing_and_a_lone_arm_is_left_out():
    order = np.random.default_rng(3).permutation(9)
    settings = {"n_draws": 99, "seed": 4}
    plain = estimate_randomisation_test(CHANGE, TREATED, cell=CELL, **settings)
    mixed = estimate_randomisation_test(
        np.append(CHANGE[order], 50.0),
        np.append(TREATED[order], True),
        cell=np.append(CELL[order] * 10 + 5, 999),
        **settings,
    )
    assert plain == mixed


def test_without_an_effect_five_percent_are_below_five_percent():
    rng = np.random.default_rng(5)
    cell = np.repeat(np.arange(10), 4)
    p_values = [
        estimate_randomisation_test(
            rng.normal(size=40), np.tile([True, False, False, False], 10), cell=cell,
            n_draws=59, seed=seed,
        ).p_value
        for seed in range(400)
    ]  # fmt: skip
    # 400 draws of 5 %: standard error 1.1 %.
    assert 0.015 < np.mean(np.array(p_values) <= 0.05) < 0.085


@pytest.mark.parametrize(
    ("changed", "error", "problem"),
    [
        ({"is_treated": np.ones(9, bool)}, NoControlsError, "both treated and controls"),
        ({"change": np.full(9, 2.0)}, NotIdentifiedError, "same for all"),
        ({"change": np.full(9, np.nan)}, EstimationError, "missing"),
        ({"n_draws": 0}, EstimationError, "n_draws"),
        ({"cell": CELL[:4]}, EstimationError, "one shape"),
    ],
)
def test_what_cannot_be_tested_is_refused(changed, error, problem):
    given = {"change": CHANGE, "is_treated": TREATED, "cell": CELL, "n_draws": 9, "seed": 1}
    given |= changed
    with pytest.raises(error, match=problem):
        estimate_randomisation_test(given.pop("change"), given.pop("is_treated"), **given)
