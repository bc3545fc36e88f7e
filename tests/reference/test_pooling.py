"""Random effects and shrinkage against R metafor, matrices and Paule-Mandel's equation.

metafor's `rma(yi, vi, data = dat.bcg, method = "REML")` on log risk ratios of 13 BCG trials, as
printed in its documentation and in that of RoBMA: tau^2 0.3132, I^2 92.22 %, Q 152.2330,
estimate -0.7145 (0.1798), limits -1.0669 and -0.3622.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.between_variance import estimate_between_variance
from evaluation.estimators.pooling import build_funnel_limits, estimate_pooled

# Vaccinated with and without tuberculosis, controls with and without (Colditz et al. 1994).
BCG = np.array([
    [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619],
    [33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892],
    [29, 7470, 45, 7232], [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338],
    [27, 16886, 29, 17825],
])  # fmt: skip
PRINTED = 5e-5  # four decimals


def log_risk_ratios():
    sick, well, control_sick, control_well = BCG.T
    treated, control = sick + well, control_sick + control_well
    ratio = np.log((sick / treated) / (control_sick / control))
    return ratio, np.sqrt(1 / sick - 1 / treated + 1 / control_sick - 1 / control)


def test_bcg_trials_equal_metafor():
    found = estimate_pooled(*log_risk_ratios(), confidence_level=0.95)
    ours = [found.mean, found.se, found.ci_low, found.ci_high, found.tau**2, found.i_squared]
    assert_allclose(ours, [-0.7145, 0.1798, -1.0669, -0.3622, 0.3132, 0.9222], atol=PRINTED)
    assert found.p_value < 1e-4


def test_shrunken_effects_equal_the_best_linear_prediction_by_matrices():
    att, se = log_risk_ratios()
    found = estimate_pooled(att, se, confidence_level=0.95)
    effects = found.tau**2 * np.eye(13)
    total = effects + np.diag(se**2)
    ones = np.ones((13, 1))
    weights = np.linalg.solve(ones.T @ np.linalg.solve(total, ones), ones.T) @ np.linalg.inv(total)
    predict = effects @ np.linalg.inv(total) @ (np.eye(13) - ones @ weights) + ones @ weights
    assert_allclose(found.att, predict @ att, rtol=1e-10)
    # Error of the prediction: what it takes of the noise, and what it misses of the effects.
    missed = predict - np.eye(13)
    error = predict @ np.diag(se**2) @ predict.T + missed @ effects @ missed.T
    assert_allclose(found.att_se, np.sqrt(np.diag(error)), rtol=1e-10)


@pytest.mark.parametrize("likelihood", ["ml", "reml"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_variance_maximises_the_likelihood(likelihood, seed):
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.5, 3, 20)
    att = rng.normal(2, 2, 20) + rng.normal(0, se)
    mean, variance = estimate_between_variance(att, se, likelihood=likelihood)

    def minus_log_likelihood(value):
        total = se**2 + value
        centre = np.average(att, weights=1 / total)
        penalty = np.log(np.sum(1 / total)) / 2 if likelihood == "reml" else 0.0
        return penalty - norm.logpdf(att, centre, np.sqrt(total)).sum()

    best = minimize_scalar(
        minus_log_likelihood, bounds=(0, 100), method="bounded", options={"xatol": 1e-10}
    )
    assert_allclose(variance, best.x, rtol=1e-5, atol=1e-6)
    assert_allclose(mean, np.average(att, weights=1 / (se**2 + variance)), rtol=1e-12)


def test_services_that_differ_by_noise_alone_are_drawn_wholly_to_the_mean():
    found = estimate_pooled(np.array([1.0, 1.1, 0.9]), np.array([1.0, 2.0, 1.0]),
                            confidence_level=0.95)  # fmt: skip
    assert found.tau == 0
    assert_allclose(found.att, found.mean)
    assert_allclose(found.own_share, 0)


def test_one_scale_for_all():
    att, se = log_risk_ratios()
    plain = estimate_pooled(att, se, confidence_level=0.95)
    scaled = estimate_pooled(30 * att, 30 * se, confidence_level=0.95)
    assert_allclose(scaled.att_low, 30 * plain.att_low, rtol=1e-9)
    assert_allclose(scaled.p_value, plain.p_value, rtol=1e-9)


def test_alike_services_lie_inside_the_funnel_as_often_as_it_says():
    rng = np.random.default_rng(5)
    se = rng.uniform(0.5, 3, 20_000)
    att = rng.normal(4, np.sqrt(se**2 + 0.5**2))
    low, high = build_funnel_limits(se, mean=4, tau=0.5, confidence_level=0.95)
    assert_allclose(np.mean((low < att) & (att < high)), 0.95, atol=0.007)


def test_what_cannot_be_pooled_is_refused():
    with pytest.raises(NotIdentifiedError, match="fewer than two"):
        estimate_pooled(np.ones(1), np.ones(1), confidence_level=0.95)
    with pytest.raises(EstimationError, match="above zero"):
        estimate_pooled(np.ones(3), np.zeros(3), confidence_level=0.95)
    with pytest.raises(EstimationError, match="confidence_level"):
        estimate_pooled(np.ones(3), np.ones(3), confidence_level=95)
