"""Scores, weights and matches against the printed results of R MatchIt and WeightIt.

tests/data/nsw_psid.csv is `lalonde` of MatchIt: 185 treated of the National Supported Work
demonstration (Dehejia & Wahba 1999) and 429 comparators. Printed results: MatchIt 4.7 "Getting
started" (summary of nearest matching), ?method_exact and ?method_cem; WeightIt 1.x "Using
WeightIt" (weightit(treat ~ age + educ + race + married + nodegree + re74 + re75, estimand =
"ATT") with method "glm" and "ebal").
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from evaluation.errors import (
    EstimationError,
    NoControlsError,
    NoOverlapError,
    NotConvergedError,
)
from evaluation.estimators.entropy_balancing import estimate_balancing_weights
from evaluation.estimators.nearest import match_nearest
from evaluation.estimators.propensity import (
    build_att_weights,
    estimate_propensity_scores,
)
from evaluation.estimators.stratified import build_stratum_weights

DATA = pd.read_csv(Path(__file__).parents[1] / "data" / "nsw_psid.csv")
TREATED = DATA["treat"].to_numpy() == 1
COVARIATES = np.column_stack(
    [
        *(DATA[name] for name in ("age", "educ", "married", "nodegree", "re74", "re75")),
        *(DATA["race"] == race for race in ("black", "hispan")),
    ]
).astype(float)
FOUR_DIGITS = 5.1e-5


def effective_size(weight):
    """Kish (1965): how many equally weighted persons carry as much."""
    return weight.sum() ** 2 / np.sum(weight**2)


def test_scores_equal_statsmodels():
    fit = sm.GLM(
        TREATED.astype(float), sm.add_constant(COVARIATES), family=sm.families.Binomial()
    ).fit(tol=1e-14)
    found = estimate_propensity_scores(COVARIATES, TREATED)
    assert_allclose(found.score, fit.fittedvalues, rtol=1e-7)
    assert not found.is_regularised


def test_rows_that_stand_for_many_equal_the_rows_themselves():
    discrete = COVARIATES[:, [2, 3, 6, 7]]
    cells = pd.DataFrame(discrete).assign(treated=TREATED)
    counts = cells.value_counts().reset_index()
    compressed = estimate_propensity_scores(
        counts.iloc[:, :4].to_numpy(), counts["treated"].to_numpy(),
        weight=counts["count"].to_numpy(dtype=float),
    )  # fmt: skip
    plain = estimate_propensity_scores(discrete, TREATED)
    assert_allclose(compressed.coefficients, plain.coefficients, rtol=1e-8)


def test_inverse_propensity_weights_equal_weightit():
    score = estimate_propensity_scores(COVARIATES, TREATED).score
    weight = build_att_weights(score, TREATED)
    assert_allclose(effective_size(weight[~TREATED]), 99.82, atol=5e-3)
    assert_allclose(weight[~TREATED].max(), 3.743, atol=5e-4)
    assert effective_size(weight[TREATED]) == 185


def test_entropy_balancing_equals_weightit():
    weight = estimate_balancing_weights(COVARIATES, TREATED)
    assert_allclose(effective_size(weight[~TREATED]), 98.46, atol=5e-3)
    target = COVARIATES[TREATED].mean(axis=0)
    balanced = np.average(COVARIATES[~TREATED], axis=0, weights=weight[~TREATED])
    assert_allclose(balanced, target, atol=1e-7 * COVARIATES[TREATED].std(axis=0).max())
    assert_allclose(weight[~TREATED].sum(), 185)
    # Its printed effect, from a regression on treatment, covariates and their products.
    earnings = DATA["re78"].to_numpy()
    centred = COVARIATES - target
    design = np.column_stack([np.ones(614), TREATED, centred, centred * TREATED[:, None]])
    fit = sm.WLS(earnings, design, weights=weight).fit()
    assert_allclose(fit.params[1], 1273, atol=0.5)


def test_nearest_scores_give_the_means_that_matchit_prints():
    score = estimate_propensity_scores(COVARIATES, TREATED).score
    found = match_nearest(
        score, TREATED, cell=np.zeros(614, int), tie_order=np.arange(614), n_controls=1,
        caliper=np.inf,
    )  # fmt: skip
    controls = DATA.iloc[found.control]
    assert found.treated.size == np.unique(found.control).size == 185
    means = [
        score[found.control].mean(), controls["age"].mean(), controls["educ"].mean(),
        (controls["race"] == "black").mean(), (controls["race"] == "hispan").mean(),
        controls["married"].mean(), controls["nodegree"].mean(),
    ]  # fmt: skip
    printed = [0.3629, 25.3027, 10.6054, 0.4703, 0.2162, 0.2108, 0.6378]
    assert_allclose(means, printed, atol=FOUR_DIGITS)
    assert_allclose(controls["re74"].mean(), 2342.1076, atol=FOUR_DIGITS)


def test_exact_cells_equal_matchit():
    cells = DATA.groupby(["age", "race", "married", "educ"]).ngroup().to_numpy()
    weight = build_stratum_weights(TREATED, cells)
    assert ((weight > 0) & TREATED).sum() == 54
    assert ((weight > 0) & ~TREATED).sum() == 59
    assert_allclose(effective_size(weight[~TREATED]), 40.36, atol=5e-3)


def test_coarsened_cells_equal_matchit():
    age = DATA["age"].to_numpy(dtype=float)
    educ = DATA["educ"].to_numpy(dtype=float)
    # Equally wide bins: Sturges' number of them for age, five for education.
    age_bin = np.digitize(age, np.histogram_bin_edges(age, "sturges")[1:-1])
    educ_bin = np.digitize(educ, np.histogram_bin_edges(educ, 5)[1:-1])
    columns = [age_bin, educ_bin, DATA["race"] == "black", DATA["married"]]
    cells = DATA.groupby(columns).ngroup().to_numpy()
    weight = build_stratum_weights(TREATED, cells)
    kept = weight > 0
    assert ((kept & TREATED).sum(), (kept & ~TREATED).sum()) == (149, 244)
    assert_allclose(effective_size(weight[~TREATED]), 52.84, atol=5e-3)
    assert_allclose(age[kept & TREATED].mean(), 24.1007, atol=FOUR_DIGITS)
    assert_allclose(np.average(age[~TREATED], weights=weight[~TREATED]), 23.7091, atol=FOUR_DIGITS)
    assert_allclose(np.average(educ[~TREATED], weights=weight[~TREATED]), 10.8649, atol=FOUR_DIGITS)


@pytest.mark.parametrize("with_replacement", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_nearest_equals_loops_over_all_controls(seed, with_replacement):
    rng = np.random.default_rng(seed)
    n = 90
    position = rng.integers(0, 25, n).astype(float)
    is_treated, cell = rng.random(n) < 0.3, rng.integers(0, 3, n)
    tie = rng.permutation(n)
    found = match_nearest(
        position, is_treated, cell=cell, tie_order=tie, n_controls=3, caliper=4.0,
        with_replacement=with_replacement,
    )  # fmt: skip
    used: set[int] = set()
    expected = set()
    order = sorted(np.flatnonzero(is_treated), key=lambda i: (cell[i], -position[i], tie[i]))
    for _ in range(3):
        for unit in order:
            free = [
                c for c in np.flatnonzero(~is_treated & (cell == cell[unit]))
                if c not in used and (unit, c) not in expected
                and abs(position[c] - position[unit]) <= 4
            ]  # fmt: skip
            if free:
                best = min(free, key=lambda c: (abs(position[c] - position[unit]), tie[c]))
                expected.add((unit, best))
                if not with_replacement:
                    used.add(best)
    assert set(zip(found.treated.tolist(), found.control.tolist(), strict=True)) == expected
    assert set(found.unmatched) == set(order) - {unit for unit, _ in expected}


def test_the_order_of_the_rows_changes_no_pair():
    rng = np.random.default_rng(9)
    position, is_treated = rng.integers(0, 9, 60).astype(float), rng.random(60) < 0.3
    tie, order = rng.permutation(60), rng.permutation(60)
    settings = {"n_controls": 2, "caliper": np.inf}
    zeros = np.zeros(60, int)
    plain = match_nearest(position, is_treated, cell=zeros, tie_order=tie, **settings)
    mixed = match_nearest(
        position[order], is_treated[order], cell=zeros, tie_order=tie[order], **settings
    )
    pairs = set(zip(plain.treated, plain.control, strict=True))
    assert pairs == set(zip(order[mixed.treated], order[mixed.control], strict=True))


def test_a_caliper_leaves_the_far_unmatched_and_says_who():
    found = match_nearest(
        np.array([0.0, 10.0, 1.0, 2.0]), np.array([True, True, False, False]),
        cell=np.zeros(4, int), tie_order=np.arange(4), n_controls=5, caliper=1.5,
    )  # fmt: skip
    assert (found.treated.tolist(), found.control.tolist()) == ([0], [2])
    assert found.unmatched.tolist() == [1]


def test_separated_arms_are_fitted_with_a_prior_and_it_is_said():
    covariates = np.column_stack([np.linspace(-1, 1, 40), np.random.default_rng(1).normal(size=40)])
    found = estimate_propensity_scores(covariates, covariates[:, 0] > 0)
    assert found.is_regularised
    assert ((found.score > 0) & (found.score < 1)).all()
    assert np.isfinite(found.coefficients).all()


def test_treated_outside_the_controls_cannot_be_balanced():
    covariates = np.append(np.full(10, 5.0), np.linspace(0, 1, 30))[:, None]
    with pytest.raises(NoOverlapError, match="no weights of the controls"):
        estimate_balancing_weights(covariates, np.arange(40) < 10)


def test_dummies_of_all_levels_balance_though_they_sum_to_one():
    level = np.random.default_rng(3).integers(0, 4, 200)
    is_treated = np.arange(200) < 50
    weight = estimate_balancing_weights(np.eye(4)[level], is_treated)
    cells = build_stratum_weights(is_treated, level)
    assert_allclose(weight, cells, rtol=1e-6)


@pytest.mark.parametrize("estimate", [estimate_propensity_scores, estimate_balancing_weights])
def test_covariates_that_cannot_be_are_refused(estimate):
    with pytest.raises(EstimationError, match="missing"):
        estimate(np.full((614, 1), np.nan), TREATED)
    with pytest.raises(EstimationError, match="same units"):
        estimate(np.ones((3, 1)), TREATED)
    with pytest.raises(NoControlsError):
        estimate(COVARIATES, np.ones(614, bool))


def test_a_constant_covariate_has_no_score():
    with pytest.raises(NotConvergedError, match="constant"):
        estimate_propensity_scores(np.ones((614, 1)), TREATED)


def test_scores_and_ties_that_cannot_be_are_refused():
    with pytest.raises(NoOverlapError, match="score of 1"):
        build_att_weights(np.ones(614), TREATED)
    with pytest.raises(EstimationError, match="between 0 and 1"):
        build_att_weights(np.full(614, 2.0), TREATED)
    with pytest.raises(EstimationError, match="equal values"):
        match_nearest(
            np.zeros(614), TREATED, cell=np.zeros(614, int), tie_order=np.zeros(614, int),
            n_controls=1, caliper=1.0,
        )  # fmt: skip
