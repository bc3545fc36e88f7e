"""Two-way fixed effects against pyfixest and linearmodels, and its weights against theory."""

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators import fixed_effects
from evaluation.estimators.fixed_effects import estimate_twfe

# pyfixest 0.60 calls pandas with arguments that pandas 3.1 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
RTOL = 1e-8
# pyfixest takes its p from 1 - cdf, which holds 16 decimals.
ATOL_P = 1e-15
N_UNITS, N_PERIODS = 120, 7


def draw(seed, *, share_missing=0.0):
    rng = np.random.default_rng(seed)
    first = rng.choice([-1, 2, 3, 5], N_UNITS, p=[0.4, 0.2, 0.2, 0.2])
    treated = (first[:, None] >= 0) & (np.arange(N_PERIODS) >= first[:, None])
    covariate = rng.normal(size=(N_UNITS, N_PERIODS)) + treated
    outcome = (
        rng.normal(0, 3, (N_UNITS, 1))
        + np.arange(N_PERIODS)
        + 1.5 * treated
        + 0.7 * covariate
        + rng.normal(size=(N_UNITS, N_PERIODS))
    )
    outcome[rng.random(outcome.shape) < share_missing] = np.nan
    return outcome, first, covariate, rng.integers(0, 25, N_UNITS), rng.uniform(0.5, 2, N_UNITS)


def stacked(outcome, first, covariate, cluster, weight):
    unit, period = np.indices(outcome.shape)
    frame = pd.DataFrame(
        {
            "y": outcome.ravel(),
            "d": ((first[:, None] >= 0) & (period >= first[:, None])).ravel().astype(float),
            "x": covariate.ravel(),
            "unit": unit.ravel(),
            "period": period.ravel(),
            "cluster": np.repeat(cluster, outcome.shape[1]),
            "weight": np.repeat(weight, outcome.shape[1]),
        }
    )
    return frame.dropna()


@pytest.mark.parametrize("share_missing", [0.0, 0.3])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_coefficient_and_limits_equal_pyfixest(share_missing, is_weighted, monkeypatch):
    monkeypatch.setattr(fixed_effects, "UNITS_AT_A_TIME", 50)
    outcome, first, covariate, cluster, weight = draw(1, share_missing=share_missing)
    fit = pf.feols(
        "y ~ d + x | unit + period",
        stacked(outcome, first, covariate, cluster, weight),
        weights="weight" if is_weighted else None,
        vcov={"CRV1": "cluster"},
        demeaner=pf.MapDemeaner(fixef_tol=1e-12),
    ).tidy()
    ours = estimate_twfe(
        outcome,
        first,
        cluster=cluster,
        confidence_level=0.95,
        covariates=[covariate],
        weight=weight if is_weighted else None,
    ).estimate
    expected = fit.loc["d", ["Estimate", "Std. Error", "2.5%", "97.5%"]].to_numpy(dtype=float)
    assert_allclose([ours.att, ours.se, ours.ci_low, ours.ci_high], expected, rtol=RTOL)
    assert_allclose(ours.p_value, fit.loc["d", "Pr(>|t|)"], rtol=RTOL, atol=ATOL_P)


def test_coefficient_equals_linearmodels_and_the_error_but_for_its_factor():
    outcome, first, covariate, cluster, weight = draw(2)
    frame = stacked(outcome, first, covariate, cluster, weight)
    fit = PanelOLS(
        frame.set_index(["unit", "period"])["y"],
        frame.set_index(["unit", "period"])[["d"]],
        entity_effects=True,
        time_effects=True,
    ).fit(
        cov_type="clustered",
        cluster_entity=True,
        debiased=False,
        auto_df=False,
        count_effects=False,
    )
    ours = estimate_twfe(outcome, first, cluster=np.arange(N_UNITS), confidence_level=0.95)
    n_rows = outcome.size
    factor = N_UNITS / (N_UNITS - 1) * (n_rows - 1) / (n_rows - 1 - N_PERIODS)
    assert_allclose(ours.estimate.att, fit.params["d"], rtol=RTOL)
    assert_allclose(ours.estimate.se, fit.std_errors["d"] * np.sqrt(factor), rtol=RTOL)


def test_the_weights_give_the_coefficient_back_from_the_effects_of_the_cells():
    outcome, first, *_ = draw(3)
    rng = np.random.default_rng(4)
    effects = rng.normal(size=(N_PERIODS, N_PERIODS))
    is_treated = (first[:, None] >= 0) & (np.arange(N_PERIODS) >= first[:, None])
    planted = np.where(is_treated, effects[first], 0.0)
    settings = {"cluster": np.arange(N_UNITS), "confidence_level": 0.95}
    without = estimate_twfe(outcome, first, **settings)
    found = estimate_twfe(outcome + planted, first, **settings)
    assert_allclose(
        found.estimate.att - without.estimate.att,
        np.sum(found.cell_weight * effects[found.cohort, found.period]),
        rtol=1e-10,
    )
    assert_allclose(found.cell_weight.sum(), 1, rtol=1e-10)


def test_early_cohorts_seen_long_get_negative_weights():
    first = np.array([1] * 40 + [4] * 10)
    outcome = np.random.default_rng(5).normal(size=(50, 6))
    found = estimate_twfe(outcome, first, cluster=np.arange(50), confidence_level=0.95)
    late = (found.cohort == 1) & (found.period >= 4)
    assert (found.cell_weight[late] < 0).all()
    assert_allclose(found.negative_weight, found.cell_weight[late].sum(), rtol=1e-12)


@pytest.mark.parametrize(
    ("outcome", "first", "problem"),
    [
        (np.random.default_rng(6).normal(size=(6, 3)), np.full(6, 1), "sum of unit and period"),
        (np.random.default_rng(6).normal(size=(6, 3)), np.full(6, -1), "sum of unit and period"),
        (np.full((6, 3), 30.0), np.array([1, 1, 1, -1, -1, -1]), "does not vary"),
        (np.full((6, 3), np.nan), np.array([1, 1, 1, -1, -1, -1]), "two periods"),
    ],
)
def test_what_the_data_do_not_determine_is_refused(outcome, first, problem):
    with pytest.raises(NotIdentifiedError, match=problem):
        estimate_twfe(outcome, first, cluster=np.arange(6), confidence_level=0.95)


def test_one_cluster_is_refused():
    outcome, first, *_ = draw(7)
    with pytest.raises(NotIdentifiedError, match="at least 2 clusters"):
        estimate_twfe(outcome, first, cluster=np.zeros(N_UNITS, int), confidence_level=0.95)


@pytest.mark.parametrize(
    "changed",
    [
        {"first_treated": np.full(N_UNITS, N_PERIODS)},
        {"first_treated": np.zeros(3, int)},
        {"weight": np.zeros(N_UNITS)},
        {"covariates": [np.zeros((2, 2))]},
        {"covariates": [np.full((N_UNITS, N_PERIODS), np.nan)]},
    ],
)
def test_arrays_that_cannot_be_are_refused(changed):
    outcome, first, *_ = draw(8)
    given = {"first_treated": first} | changed
    with pytest.raises(EstimationError):
        estimate_twfe(
            outcome, given.pop("first_treated"), cluster=np.arange(N_UNITS),
            confidence_level=0.95, **given,
        )  # fmt: skip
