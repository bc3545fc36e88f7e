"""Means over a path equal those of a regression, and the 2x2 of the summed periods."""

import numpy as np
import pyfixest as pf
import pytest
from numpy.testing import assert_allclose
from reference.matched_sets import draw_matched_sets, stack

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.path_means import estimate_path_mean, find_window_terms

EVENT_TIME = np.arange(-3, 3)
SETTINGS = {"confidence_level": 0.95, "cluster_on": ("matched_set",)}
AFTER = np.array([0, 1, 2])


def draw_path(seed=1):
    drawn = draw_matched_sets(seed, n_periods=6)
    path = estimate_event_study(
        drawn.outcome, EVENT_TIME, drawn.is_treated, **drawn.labels(),
        reference_event_time=-1, **SETTINGS,
    )  # fmt: skip
    return drawn, path


def test_the_periods_of_a_window_are_those_that_lie_whole_in_it():
    assert find_window_terms(12, term_days=30, after_days=365).tolist() == list(range(12))
    assert find_window_terms(11, term_days=30, after_days=360).tolist() == list(range(12))
    assert find_window_terms(5, term_days=30, after_days=59).tolist() == [0]
    with pytest.raises(NotIdentifiedError, match="no period lies whole"):
        find_window_terms(5, term_days=30, after_days=29)
    # Eleven periods of 30 days are 330 of the 365.
    with pytest.raises(NotIdentifiedError, match="the path ends 330 days after"):
        find_window_terms(10, term_days=30, after_days=365)


def test_the_mean_over_the_periods_after_is_the_2x2_of_their_mean():
    drawn, path = draw_path()
    mean = estimate_path_mean(path, AFTER, confidence_level=0.95)
    did = estimate_did_2x2(
        drawn.outcome[:, 2], drawn.outcome[:, 3:].mean(axis=1), drawn.is_treated,
        **drawn.labels(), **SETTINGS,
    )  # fmt: skip
    for name in ("att", "se", "ci_low", "ci_high", "p_value", "n_treated", "n_clusters"):
        assert_allclose(getattr(mean, name), getattr(did, name), rtol=1e-9)


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
def test_the_mean_and_its_error_equal_those_of_the_saturated_regression():
    drawn, path = draw_path(2)
    fit = pf.feols(
        "y ~ i(event_time, treated, ref=-1) | unit + event_time",
        stack(drawn, EVENT_TIME),
        weights="weight",
        vcov={"CRV1": "matched_set"},
        ssc=pf.ssc(k_adj=False),
        demeaner=pf.MapDemeaner(fixef_tol=1e-12),
    )
    share = np.array([0, 0, 1, 1, 1]) / 3
    n_rows = 2 * drawn.is_treated.size
    mean = estimate_path_mean(path, AFTER, confidence_level=0.95)
    assert_allclose(mean.att, share @ fit.coef().to_numpy(), rtol=1e-8)
    factor = (n_rows - 1) / (n_rows - 4)
    assert_allclose(mean.se, np.sqrt(share @ fit._vcov @ share * factor), rtol=1e-8)


def test_terms_that_are_withheld_or_hold_nothing_are_refused():
    _, path = draw_path()
    with pytest.raises(NotIdentifiedError, match=r"event_time \[9\] has no estimate"):
        estimate_path_mean(path, np.array([0, 9]), confidence_level=0.95)
    with pytest.raises(NotIdentifiedError, match="only the reference"):
        estimate_path_mean(path, np.array([-1]), confidence_level=0.95)
    with pytest.raises(EstimationError, match="named once"):
        estimate_path_mean(path, np.array([0, 0]), confidence_level=0.95)
