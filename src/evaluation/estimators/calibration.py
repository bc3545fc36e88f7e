"""Negative-control outcomes: how far off estimates are where the truth is no effect.

Here are the distribution of systematic error, and p-values and limits that take it in.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.between_variance import estimate_between_variance
from evaluation.results import FloatVector, Interval

MIN_CONTROLS = 3


@dataclass(frozen=True, slots=True)
class SystematicError:
    """Error that more persons do not remove, as negative controls show it.

    Attributes:
        mean: Mean of the systematic error, unit of the estimates.
        sd: Its standard deviation, same unit.
        expected_absolute: Mean of its absolute value, same unit.
        n_controls: Negative controls.
    """

    mean: float
    sd: float
    expected_absolute: float
    n_controls: int


def estimate_systematic_error(att: FloatVector, se: FloatVector) -> SystematicError:
    """Estimate the distribution of systematic error by maximum likelihood.

    att_i ~ N(mean, sd^2 + se_i^2), since the true effect of a negative control is 0.

    Args:
        att: Estimates on negative-control outcomes, shape (n_controls,), one unit for all.
        se: Their standard errors, above zero, same shape and unit.

    Raises:
        NotIdentifiedError: Fewer than three negative controls.
        EstimationError: Shapes differ, a value is missing, or an error is not above zero.

    Source: Schuemie et al. (2014), doi:10.1002/sim.5925.
    Checked against R EmpiricalCalibration: tests/reference/test_calibration.py.
    """
    if att.size < MIN_CONTROLS:
        raise NotIdentifiedError(
            f"{att.size} negative controls; at least {MIN_CONTROLS} are needed to see how they vary"
        )
    mean, variance = estimate_between_variance(att, se, likelihood="ml")
    sd = float(np.sqrt(variance))
    return SystematicError(mean, sd, _expect_absolute(mean, sd), att.size)


def estimate_calibrated_interval(
    estimate: float, se: float, error: SystematicError, *, confidence_level: float
) -> Interval:
    """Estimate the p-value and limits of an effect given the systematic error.

    The error is taken as added to any effect, of the same distribution as where there is none.

    Args:
        estimate: The effect as estimated.
        se: Its standard error, above zero, same unit.
        error: As `estimate_systematic_error` gives it.
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Returns:
        Standard error with the systematic part, limits about the estimate less the mean error,
        and the calibrated p-value.

    Raises:
        EstimationError: se is not above zero, or confidence_level not between 0 and 1.

    Source: Schuemie et al. (2014), doi:10.1002/sim.5925; Schuemie et al. (2018),
    doi:10.1073/pnas.1708282114 (limits).
    Checked against R EmpiricalCalibration: tests/reference/test_calibration.py.
    """
    if not se > 0 or not 0 < confidence_level < 1:
        raise EstimationError(
            f"se is {se} and confidence_level {confidence_level}; the first must be above 0, the"
            " second between 0 and 1. Typical: 0.95"
        )
    centre = estimate - error.mean
    spread = float(np.hypot(se, error.sd))
    half_width = float(ndtri((1 + confidence_level) / 2)) * spread
    return Interval(
        se=spread,
        ci_low=centre - half_width,
        ci_high=centre + half_width,
        p_value=2 * float(ndtr(-abs(centre) / spread)),
    )


def _expect_absolute(mean: float, sd: float) -> float:
    """Mean of the absolute value of a normal (the folded normal)."""
    if sd == 0:
        return abs(mean)
    density = np.exp(-((mean / sd) ** 2) / 2) / np.sqrt(2 * np.pi)
    return float(2 * sd * density + mean * (1 - 2 * ndtr(-mean / sd)))
