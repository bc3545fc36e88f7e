"""The event study against one saturated regression of all periods, nobody missing.

One regression of T periods counts more rows and coefficients than a 2x2 does, so (N-1)/(N-k)
is left out on both sides: pyfixest by k_adj=False, ours by dividing it out.
"""

import numpy as np
import pyfixest as pf
import pytest
from numpy.testing import assert_allclose
from reference.matched_sets import draw_matched_sets, stack

from evaluation.estimators.event_study import estimate_event_study

# pyfixest 0.60 calls pandas with arguments that pandas 3.1 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")

# pyfixest demeans by iteration, to 1e-6 by default and tighter here.
RTOL = 1e-8
EVENT_TIME = np.arange(-3, 4)


@pytest.mark.parametrize("cluster_on", [("matched_set",), ("matched_set", "person")])
def test_balanced_panel_equals_the_saturated_regression(cluster_on):
    drawn = draw_matched_sets(11, n_periods=EVENT_TIME.size)
    fit = pf.feols(
        "y ~ i(event_time, treated, ref=-2) | unit + event_time",
        stack(drawn, EVENT_TIME),
        weights="weight",
        vcov={"CRV1": "+".join(cluster_on)},
        ssc=pf.ssc(k_adj=False),
        demeaner=pf.MapDemeaner(fixef_tol=1e-12),
    )
    ours = estimate_event_study(
        drawn.outcome,
        EVENT_TIME,
        drawn.is_treated,
        **drawn.labels(),
        reference_event_time=-2,
        confidence_level=0.95,
        cluster_on=cluster_on,
    )
    compared = ours.term != -2
    n_rows = 2 * drawn.is_treated.size
    factor = (n_rows - 1) / (n_rows - 4)
    assert len(fit.coef()) == compared.sum()
    assert_allclose(ours.att[compared], fit.coef().to_numpy(), rtol=RTOL)
    assert_allclose(ours.se[compared] / np.sqrt(factor), fit.se().to_numpy(), rtol=RTOL)
    # Off the diagonal products of scores cancel, so the scale is the largest variance.
    joint = ours.covariance[np.ix_(compared, compared)] / factor
    assert_allclose(joint, fit._vcov, rtol=RTOL, atol=RTOL * joint.max())
