"""The 2x2 against three regression packages on the stacked two-period panel.

pyfixest has our convention (CRV1, G_df = "min"). statsmodels with one dimension has it too,
but corrects each term of the two-way sum by its own G/(G-1); linearmodels' own correction
counts n/(n-k) for (n-1)/(n-k). Both are asked for the plain sum, and our factor is applied in
the open.
"""

import numpy as np
import pyfixest as pf
import pytest
import statsmodels.api as sm
from linearmodels.iv import IV2SLS
from numpy.testing import assert_allclose
from reference.matched_sets import draw_matched_sets, stack

from evaluation.estimators.did import estimate_did_2x2

# pyfixest 0.60 calls pandas with arguments that pandas 3.1 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")

# Both sides add some hundred numbers in different order and one solves a linear system.
RTOL = 1e-8
CLUSTERINGS = [("matched_set",), ("person",), ("matched_set", "person")]


def estimate(drawn, cluster_on):
    return estimate_did_2x2(
        drawn.outcome[:, 0],
        drawn.outcome[:, 1],
        drawn.is_treated,
        **drawn.labels(),
        confidence_level=0.95,
        cluster_on=cluster_on,
    )


def regression_panel(drawn):
    panel = stack(drawn, [0, 1]).rename(columns={"event_time": "post"})
    panel["both"] = panel["treated"] * panel["post"]
    return panel


def small_sample(n_clusters, n_rows):
    return n_clusters / (n_clusters - 1) * (n_rows - 1) / (n_rows - 4)


@pytest.mark.parametrize("cluster_on", CLUSTERINGS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_estimate_se_limits_and_p_value_equal_pyfixest(seed, cluster_on):
    drawn = draw_matched_sets(seed)
    fit = pf.feols(
        "y ~ treated + post + both",
        regression_panel(drawn),
        weights="weight",
        vcov={"CRV1": "+".join(cluster_on)},
    ).tidy()
    ours = estimate(drawn, cluster_on)
    expected = fit.loc["both", ["Estimate", "Std. Error", "2.5%", "97.5%", "Pr(>|t|)"]]
    assert_allclose(
        [ours.att, ours.se, ours.ci_low, ours.ci_high, ours.p_value],
        expected.to_numpy(dtype=float),
        rtol=RTOL,
    )


def test_the_four_means_equal_the_regression_coefficients():
    drawn = draw_matched_sets(4)
    fit = pf.feols("y ~ treated + post + both", regression_panel(drawn), weights="weight").coef()
    ours = estimate(drawn, ("matched_set",))
    assert_allclose(ours.control_before, fit["Intercept"], rtol=RTOL)
    assert_allclose(ours.control_change, fit["post"], rtol=RTOL)
    assert_allclose(ours.treated_before, fit["Intercept"] + fit["treated"], rtol=RTOL)
    assert_allclose(ours.treated_change, fit["post"] + fit["both"], rtol=RTOL)


@pytest.mark.parametrize("cluster_on", CLUSTERINGS)
def test_se_equals_statsmodels(cluster_on):
    drawn = draw_matched_sets(5)
    panel = regression_panel(drawn)
    fit = sm.WLS(
        panel["y"], sm.add_constant(panel[["treated", "post", "both"]]), weights=panel["weight"]
    ).fit(
        cov_type="cluster",
        cov_kwds={
            "groups": panel[list(cluster_on)].to_numpy().squeeze(),
            "use_correction": False,
        },
    )
    ours = estimate(drawn, cluster_on)
    factor = small_sample(ours.n_clusters, len(panel))
    assert_allclose(ours.att, fit.params["both"], rtol=RTOL)
    assert_allclose(ours.se, fit.bse["both"] * np.sqrt(factor), rtol=RTOL)


def test_se_equals_statsmodels_own_correction_with_one_dimension():
    drawn = draw_matched_sets(6)
    panel = regression_panel(drawn)
    fit = sm.WLS(
        panel["y"], sm.add_constant(panel[["treated", "post", "both"]]), weights=panel["weight"]
    ).fit(cov_type="cluster", cov_kwds={"groups": panel["matched_set"], "use_correction": True})
    assert_allclose(estimate(drawn, ("matched_set",)).se, fit.bse["both"], rtol=RTOL)


@pytest.mark.parametrize("cluster_on", CLUSTERINGS)
def test_se_equals_linearmodels(cluster_on):
    drawn = draw_matched_sets(7)
    panel = regression_panel(drawn)
    fit = IV2SLS(
        panel["y"],
        sm.add_constant(panel[["treated", "post", "both"]]),
        None,
        None,
        weights=panel["weight"],
    ).fit(cov_type="clustered", clusters=panel[list(cluster_on)], debiased=False)
    ours = estimate(drawn, cluster_on)
    factor = small_sample(ours.n_clusters, len(panel))
    assert_allclose(ours.att, fit.params["both"], rtol=RTOL)
    assert_allclose(ours.se, fit.std_errors["both"] * np.sqrt(factor), rtol=RTOL)


def test_no_clustering_equals_clustering_the_regression_on_the_unit():
    drawn = draw_matched_sets(8)
    fit = pf.feols(
        "y ~ treated + post + both",
        regression_panel(drawn),
        weights="weight",
        vcov={"CRV1": "unit"},
    )
    assert_allclose(estimate(drawn, ()).se, fit.se()["both"], rtol=RTOL)
