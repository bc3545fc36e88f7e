"""Cluster variances against Stata, on Grunfeld's investment data.

The regression is invest ~ value + capital, 10 companies, 20 years. Numbers of Stata's
`ivreg2 invest mvalue kstock, cluster(company time) small` and
`regress invest mvalue kstock, vce(cluster company)`, as stored by statsmodels 0.15 in
regression/tests/results/results_grunfeld_ols_robust_cluster.py.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.datasets import grunfeld

from evaluation.estimators.inference import (
    build_clusters,
    code_labels,
    estimate_cluster_variance,
    estimate_interval,
)

# Stata reads the data as 4-byte floats.
RTOL = 1e-6
# se, p-value, lower and upper limit of value, capital and the constant
STATA = {
    ("company", "year"): [
        [0.01635175387097, 5.873628221e-05, 0.07857191892244, 0.15255239320949],
        [0.07847391274682, 0.0164986315003, 0.05315816373679, 0.40819881136285],
        [19.505607409785, 0.05626393734425, -86.839118533508, 1.4103805000422],
    ],
    ("company",): [
        [0.01589433647768, 4.710548549e-05, 0.07960666895505, 0.15151764317688],
        [0.08496711097464, 0.02380515903536, 0.03846952885627, 0.42288744624337],
        [20.425202580078, 0.06604843284516, -88.919387334862, 3.4906493013959],
    ],
}


@pytest.mark.parametrize("dimensions", STATA)
def test_se_p_value_and_limits_equal_stata(dimensions):
    data = grunfeld.load_pandas().data.iloc[:200].astype({"year": int})
    labels = {"company": pd.factorize(data["firm"])[0], "year": data["year"].to_numpy()}
    design = np.column_stack([data["value"], data["capital"], np.ones(200)])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ data["invest"].to_numpy()
    residual = data["invest"].to_numpy() - design @ coefficients
    influence = (design @ inverse) * residual[:, None]
    clusters = build_clusters([code_labels(labels[name]) for name in dimensions])
    for column, expected in enumerate(STATA[dimensions]):
        spread = estimate_cluster_variance(
            np.ascontiguousarray(influence[:, column]),
            clusters,
            n_observations=200,
            n_parameters=3,
        )
        ours = estimate_interval(coefficients[column], spread, confidence_level=0.95)
        assert_allclose([ours.se, ours.p_value, ours.ci_low, ours.ci_high], expected, rtol=RTOL)
