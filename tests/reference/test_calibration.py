"""Negative controls against R EmpiricalCalibration 3.1.4, on its data set `sccs`.

tests/data/negative_controls.csv holds its 45 negative controls and one positive control (log
relative risks of self-controlled case series, Apache licence 2.0). Its vignette prints
`fitNull`: mean 0.7922, sd 0.2834, and `calibrateP` 0.8389. R's search stops at 1e-4 or so.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.calibration import (
    SystematicError,
    estimate_calibrated_interval,
    estimate_systematic_error,
)

RTOL_R = 2e-4
DATA = Path(__file__).parents[1] / "data" / "negative_controls.csv"


def test_the_null_and_the_calibrated_p_value_equal_r():
    data = pd.read_csv(DATA)
    negative = data[data["is_negative_control"] == 1]
    positive = data[data["is_negative_control"] == 0].iloc[0]
    error = estimate_systematic_error(negative["log_rr"].to_numpy(), negative["se"].to_numpy())
    assert_allclose([error.mean, error.sd], [0.792158051924, 0.283436345836], rtol=RTOL_R)
    found = estimate_calibrated_interval(
        positive["log_rr"], positive["se"], error, confidence_level=0.95
    )
    assert_allclose(found.p_value, 0.838914166118, rtol=RTOL_R)
    assert error.n_controls == 45


def test_the_mean_absolute_error_is_that_of_draws():
    for mean, sd in ((0.0, 2.0), (1.0, 0.5), (-1.5, 3.0)):
        rng = np.random.default_rng(1)
        controls = rng.normal(mean, sd, 4_000)
        error = estimate_systematic_error(controls, np.full(4_000, 1e-6))
        assert_allclose(error.expected_absolute, np.abs(controls).mean(), rtol=0.01)


def test_controls_alike_leave_a_shift_and_no_spread():
    error = estimate_systematic_error(np.full(5, -2.0), np.ones(5))
    assert (error.mean, error.sd, error.expected_absolute) == (-2, 0, 2)
    found = estimate_calibrated_interval(-5.0, 1.0, error, confidence_level=0.95)
    assert_allclose([found.ci_low, found.ci_high], [-3 - 1.959964, -3 + 1.959964], rtol=1e-6)


def test_without_systematic_error_nothing_changes():
    none = SystematicError(0.0, 0.0, 0.0, 10)
    found = estimate_calibrated_interval(1.959963985, 1.0, none, confidence_level=0.95)
    assert_allclose([found.p_value, found.ci_low], [0.05, 0.0], atol=1e-8)


def test_calibrated_limits_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(2)
    held = []
    for _ in range(1_000):
        error = estimate_systematic_error(rng.normal(3, np.hypot(2, 1), 60), np.ones(60))
        found = estimate_calibrated_interval(
            rng.normal(10 + 3, np.hypot(2, 1)), 1.0, error, confidence_level=0.95
        )
        held.append(found.ci_low < 10 < found.ci_high)
    assert 0.92 < np.mean(held) < 0.97


def test_what_cannot_be_calibrated_is_refused():
    with pytest.raises(NotIdentifiedError, match="2 negative controls"):
        estimate_systematic_error(np.ones(2), np.ones(2))
    with pytest.raises(EstimationError, match="missing"):
        estimate_systematic_error(np.array([1, 2, np.nan]), np.ones(3))
    with pytest.raises(EstimationError, match="se is 0"):
        estimate_calibrated_interval(1.0, 0.0, SystematicError(0, 1, 1, 9), confidence_level=0.95)
