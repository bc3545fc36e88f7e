"""Joint and equivalence tests against statsmodels, and what they do to noise and to trends."""

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from scipy.stats import t
from statsmodels.stats.weightstats import DescrStatsW

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.equivalence import estimate_equivalence, estimate_joint_test

COVARIANCE = np.array([[1.0, 0.4, 0.1], [0.4, 2.0, 0.3], [0.1, 0.3, 1.5]])
LEVEL = {"n_clusters": 30, "confidence_level": 0.95}


def test_the_joint_test_equals_a_wald_test_of_clustered_coefficients():
    rng = np.random.default_rng(1)
    design = sm.add_constant(rng.normal(size=(300, 3)))
    cluster = np.repeat(np.arange(30), 10)
    response = rng.normal(size=300) + rng.normal(size=30)[cluster]
    fit = sm.OLS(response, design).fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
    expected = fit.wald_test(np.eye(4)[1:], scalar=True)
    found = estimate_joint_test(fit.params[1:], fit.cov_params()[1:, 1:], n_clusters=30)
    assert_allclose([found.statistic, found.p_value], [expected.statistic, expected.pvalue],
                    rtol=1e-9)  # fmt: skip


def test_one_effect_equals_two_one_sided_t_tests():
    values = np.random.default_rng(2).normal(0.4, 1, 30)
    expected = DescrStatsW(values).ttost_mean(-1, 1)[0]
    found = estimate_equivalence(
        np.array([values.mean()]), np.array([[values.var(ddof=1) / 30]]), margin=1.0, **LEVEL
    )
    assert_allclose(found.p_value, expected, rtol=1e-9)


def test_the_worst_effect_decides_and_the_smallest_margin_has_a_p_value_of_the_level():
    att = np.array([0.2, -1.0, 0.5])
    found = estimate_equivalence(att, COVARIANCE, margin=4.0, **LEVEL)
    each = [
        estimate_equivalence(att[[j]], COVARIANCE[[j]][:, [j]], margin=4.0, **LEVEL).p_value
        for j in range(3)
    ]
    assert found.p_value == max(each)
    assert found.largest == 1
    at_smallest = estimate_equivalence(att, COVARIANCE, margin=found.smallest_margin, **LEVEL)
    assert_allclose(at_smallest.p_value, 0.05, rtol=1e-9)


def test_paths_at_the_margin_are_called_alike_in_at_most_five_percent():
    rng = np.random.default_rng(3)
    covariance = np.diag([0.04, 0.04])
    called = [
        estimate_equivalence(
            np.array([1.0, 0.0]) + 0.2 * rng.standard_t(29, 2), covariance, margin=1.0, **LEVEL
        ).p_value < 0.05
        for _ in range(2_000)
    ]  # fmt: skip
    assert np.mean(called) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2_000)


def test_noise_passes_neither_test():
    # Standard errors as large as the margin: no difference is seen, and no likeness shown.
    att = np.array([0.3, -0.2, 0.1])
    assert estimate_joint_test(att, COVARIANCE, n_clusters=30).p_value > 0.5
    assert estimate_equivalence(att, COVARIANCE, margin=1.0, **LEVEL).p_value > 0.2


def test_a_tight_flat_path_is_alike_and_a_tight_slope_differs():
    covariance = 0.01 * COVARIANCE
    flat, slope = np.array([0.01, -0.02, 0.01]), np.array([1.5, 1.0, 0.5])
    assert estimate_equivalence(flat, covariance, margin=1.0, **LEVEL).p_value < 0.001
    assert estimate_joint_test(slope, covariance, n_clusters=30).p_value < 0.001


def test_one_effect_is_the_square_of_its_t():
    found = estimate_joint_test(np.array([2.0]), np.array([[1.0]]), n_clusters=12)
    assert_allclose(found.p_value, 2 * t.sf(2, 11))


def test_what_cannot_be_tested_is_refused():
    att = np.ones(3)
    with pytest.raises(NotIdentifiedError, match="cannot carry"):
        estimate_joint_test(att, COVARIANCE, n_clusters=3)
    with pytest.raises(NotIdentifiedError, match="not positive definite"):
        estimate_joint_test(att, np.ones((3, 3)), n_clusters=30)
    with pytest.raises(NotIdentifiedError, match="leave the reference period out"):
        estimate_joint_test(att, np.diag([1.0, 0.0, 1.0]), n_clusters=30)
    with pytest.raises(EstimationError, match="margin is 0"):
        estimate_equivalence(att, COVARIANCE, margin=0.0, **LEVEL)
    with pytest.raises(EstimationError, match="shape"):
        estimate_equivalence(att[:2], COVARIANCE, margin=1.0, **LEVEL)
    with pytest.raises(NotIdentifiedError, match="at least 2 clusters"):
        estimate_equivalence(att, COVARIANCE, margin=1.0, n_clusters=1, confidence_level=0.95)
