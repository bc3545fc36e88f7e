"""Full stratification and the Poisson 2x2 against regressions, and against each other."""

import dataclasses

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from reference.matched_sets import draw_matched_sets, stack

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.poisson import estimate_poisson_did
from evaluation.estimators.stratified import build_stratum_weights, estimate_stratified

# pyfixest 0.60 calls pandas with arguments that pandas 3.1 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
RTOL = 1e-8
RTOL_ITERATED = 1e-5  # fepois and GLM stop at 1e-8 of the deviance
SETTINGS = {"confidence_level": 0.95, "cluster_on": ("matched_set",)}


def draw_cells(seed, n=400):
    rng = np.random.default_rng(seed)
    stratum = rng.integers(0, 12, n)
    is_treated = rng.random(n) < np.linspace(0.1, 0.7, 12)[stratum]
    before = rng.gamma(2, 20, n)
    after = before * 0.6 + stratum + 3 * is_treated + rng.normal(0, 4, n)
    return before, after, is_treated, stratum


@pytest.mark.parametrize("cluster", ["matched_set", "person"])
def test_stratification_is_the_weighted_regression(cluster):
    before, after, is_treated, stratum = draw_cells(1)
    found = estimate_stratified(
        before, after, is_treated, stratum=stratum, person=np.arange(400),
        confidence_level=0.95, cluster_on=(cluster,),
    )  # fmt: skip
    # Cell by cell: own change less the mean change of the controls of the cell.
    cells = pd.DataFrame({"d": after - before, "t": is_treated, "s": stratum})
    means = cells.groupby(["s", "t"])["d"].agg(["mean", "size"]).unstack()
    gap = means["mean"][True] - means["mean"][False]
    assert_allclose(found.estimate.att, np.average(gap, weights=means["size"][True]), rtol=RTOL)
    design = sm.add_constant(np.repeat(is_treated.astype(float), 2))
    post = np.tile([0.0, 1.0], 400)
    design = np.column_stack([design, post, design[:, 1] * post])
    fit = sm.WLS(
        np.column_stack([before, after]).ravel(), design, weights=np.repeat(found.weight, 2)
    ).fit(
        cov_type="cluster",
        cov_kwds={"groups": np.repeat(stratum if cluster == "matched_set" else np.arange(400), 2)},
    )
    assert_allclose([found.estimate.att, found.estimate.se], [fit.params[3], fit.bse[3]], rtol=RTOL)


def test_one_to_k_with_every_control_is_stratification():
    drawn = draw_matched_sets(2)
    matched = estimate_did_2x2(
        drawn.outcome[:, 0], drawn.outcome[:, 1], drawn.is_treated, **drawn.labels(), **SETTINGS
    )
    found = estimate_stratified(
        drawn.outcome[:, 0], drawn.outcome[:, 1], drawn.is_treated,
        stratum=drawn.matched_set, person=drawn.person, **SETTINGS,
    )  # fmt: skip
    assert dataclasses.replace(found.estimate, estimator="did_2x2") == matched


def test_cells_without_an_arm_are_counted_and_weigh_nothing():
    is_treated = np.array([True, True, False, False, True, False])
    stratum = np.array([0, 0, 0, 0, 1, 2])
    assert build_stratum_weights(is_treated, stratum).tolist() == [1, 1, 1, 1, 0, 0]
    found = estimate_stratified(
        np.arange(6.0), np.array([3.0, 1, 4, 1, 5, 9]), is_treated, stratum=stratum,
        person=np.arange(6), confidence_level=0.95, cluster_on=("person",),
    )  # fmt: skip
    assert (found.n_treated_lost, found.n_control_unused) == (1, 1)
    assert (found.estimate.n_treated, found.estimate.n_control) == (2, 2)


def test_no_cell_with_both_arms_is_refused():
    with pytest.raises(NoControlsError, match="no cell holds both"):
        build_stratum_weights(np.array([True, False]), np.array([0, 1]))


def counts(seed):
    drawn = draw_matched_sets(seed)
    return dataclasses.replace(drawn, outcome=np.rint(np.maximum(drawn.outcome - 15, 0)))


def poisson(drawn, **settings):
    return estimate_poisson_did(
        drawn.outcome[:, 0], drawn.outcome[:, 1], drawn.is_treated,
        **drawn.labels() | SETTINGS | settings,
    )  # fmt: skip


@pytest.mark.parametrize("cluster", ["matched_set", "person"])
def test_log_ratio_and_its_error_equal_a_poisson_regression(cluster):
    # statsmodels clusters no weighted GLM; weights are checked against the jackknife below.
    drawn = dataclasses.replace(counts(3), weight=np.ones(counts(3).weight.size))
    panel = stack(drawn, [0, 1]).rename(columns={"event_time": "post"})
    panel["both"] = panel["treated"] * panel["post"]
    fit = sm.GLM(
        panel["y"],
        sm.add_constant(panel[["treated", "post", "both"]]),
        family=sm.families.Poisson(),
    ).fit(cov_type="cluster", cov_kwds={"groups": panel[cluster]}, tol=1e-14, maxiter=200)
    ours = poisson(drawn, cluster_on=(cluster,))
    assert_allclose(ours.log_ratio, fit.params["both"], rtol=RTOL_ITERATED)
    # statsmodels corrects by G/(G-1) * (N-1)/(N-k) too.
    assert_allclose(ours.log_interval.se, fit.bse["both"], rtol=RTOL_ITERATED)


def test_persons_own_effects_leave_the_ratio_as_fepois_has_it():
    drawn = counts(4)
    drawn.outcome[:, :] += 1  # fepois leaves out persons without a day
    panel = stack(drawn, [0, 1]).rename(columns={"event_time": "post"})
    panel["both"] = panel["treated"] * panel["post"]
    fit = pf.fepois("y ~ both | unit + post", panel, vcov={"CRV1": "unit"}, iwls_tol=1e-12)
    equal = dataclasses.replace(drawn, weight=np.ones(drawn.weight.size))
    assert_allclose(poisson(equal).log_ratio, fit.coef()["both"], rtol=RTOL_ITERATED)


def test_days_are_the_treated_mean_less_what_the_controls_ratio_predicts():
    # Treated 10 -> 4, controls 8 -> 6: expected 10 * 6/8 = 7.5.
    found = estimate_poisson_did(
        np.array([8.0, 12, 6, 10]), np.array([3.0, 5, 5, 7]),
        np.array([True, True, False, False]), weight=np.ones(4),
        matched_set=np.array([1, 2, 1, 2]), person=np.arange(4), **SETTINGS,
    )  # fmt: skip
    assert_allclose(found.estimate.att, 4 - 7.5, rtol=1e-12)
    assert_allclose(found.ratio, (4 / 10) / (6 / 8), rtol=1e-12)


def test_the_error_in_days_is_that_of_a_leave_one_out_jackknife_in_the_limit():
    drawn = counts(5)
    infinitesimal = 1e-6
    base = poisson(drawn, cluster_on=()).estimate
    moves = []
    for unit in range(drawn.weight.size):
        weight = drawn.weight.copy()
        weight[unit] *= 1 + infinitesimal
        moves.append(poisson(dataclasses.replace(drawn, weight=weight)).estimate.att - base.att)
    n = drawn.weight.size
    factor = n / (n - 1) * (2 * n - 1) / (2 * n - 4)
    jackknife = np.sqrt(np.sum(np.square(moves)) * factor) / infinitesimal
    assert_allclose(base.se, jackknife, rtol=1e-4)


def test_equal_means_before_make_linear_and_poisson_the_same():
    drawn = counts(6)
    for arm in (True, False):
        rows = drawn.is_treated == arm
        mean = np.average(drawn.outcome[rows, 0], weights=drawn.weight[rows])
        drawn.outcome[rows, 0] *= 5 / mean
    linear = estimate_did_2x2(
        drawn.outcome[:, 0], drawn.outcome[:, 1], drawn.is_treated, **drawn.labels(), **SETTINGS
    )
    found = poisson(drawn)
    assert_allclose(found.estimate.att, linear.att, rtol=1e-9)
    assert np.sign(found.log_ratio) == np.sign(linear.att)


def test_an_arm_without_a_day_is_refused():
    drawn = counts(7)
    drawn.outcome[drawn.is_treated, 1] = 0
    with pytest.raises(NotIdentifiedError, match="no day at all"):
        poisson(drawn)


def test_one_count_for_all_is_refused():
    drawn = counts(8)
    drawn.outcome[:, :] = 30
    with pytest.raises(NotIdentifiedError, match="no error"):
        poisson(drawn)


def test_counts_below_zero_are_refused():
    drawn = counts(9)
    drawn.outcome[0, 0] = -1
    with pytest.raises(EstimationError, match="below zero"):
        poisson(drawn)
