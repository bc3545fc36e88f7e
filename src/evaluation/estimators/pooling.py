"""Subgroups and services: estimates drawn towards their common mean as far as they are noise.

Here are random effects, shrunken estimates and funnel limits. There is no ranking: the order
of noisy estimates is mostly noise.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri

from evaluation.errors import EstimationError
from evaluation.estimators.between_variance import estimate_between_variance
from evaluation.results import FloatVector


@dataclass(frozen=True, slots=True, eq=False)
class PooledEstimates:
    """Effects of services, or subgroups, as draws from one distribution of effects.

    All but p_value and i_squared are in the unit of att. Arrays have shape (n_services,).

    Attributes:
        mean: Mean of the true effects.
        se: Standard error of the mean.
        ci_low: Lower confidence limit of the mean.
        ci_high: Upper confidence limit of the mean.
        tau: Standard deviation of the true effects.
        p_value: Of all true effects being the same (Cochran's Q), 0-1.
        i_squared: Share of the spread that is not error, 0-1.
        att: Shrunken effect of each service.
        att_se: Its standard error, tau taken as known.
        att_low: Lower limit of the shrunken effect.
        att_high: Upper limit of the shrunken effect.
        own_share: Weight of the service's own estimate in it, 0-1.
    """

    mean: float
    se: float
    ci_low: float
    ci_high: float
    tau: float
    p_value: float
    i_squared: float
    att: FloatVector
    att_se: FloatVector
    att_low: FloatVector
    att_high: FloatVector
    own_share: FloatVector


def estimate_pooled(
    att: FloatVector, se: FloatVector, *, confidence_level: float
) -> PooledEstimates:
    """Estimate the distribution of effects by REML, and each effect given all.

    With v the variance between effects, a service keeps own_share = v / (v + se^2) of its own
    estimate and takes the rest from the mean. Services are taken as independent.

    Args:
        att: Estimate of each service, shape (n_services,), days.
        se: Its standard error, above zero, same shape and unit.
        confidence_level: Share of such intervals that hold the truth, 0-1.

    Raises:
        NotIdentifiedError: Fewer than two services.
        EstimationError: Shapes differ, a value is missing, or an error is not above zero.

    Source: Morris (1983), doi:10.1080/01621459.1983.10477920; Viechtbauer (2005),
    doi:10.3102/10769986030003261.
    Checked against R metafor: tests/reference/test_pooling.py.
    """
    z = _quantile(confidence_level)
    mean, variance = estimate_between_variance(att, se, likelihood="reml")
    weight = 1 / (se**2 + variance)
    mean_variance = 1 / float(weight.sum())
    share = variance / (variance + se**2)
    shrunken = share * att + (1 - share) * mean
    shrunken_se = np.sqrt(share * se**2 + (1 - share) ** 2 * mean_variance)
    precision = 1 / se**2
    common = np.sum(precision * att) / precision.sum()
    q = float(np.sum(precision * (att - common) ** 2))
    # The error of a typical service, as metafor has it.
    typical = (att.size - 1) / (precision.sum() - np.sum(precision**2) / precision.sum())
    mean_se = float(np.sqrt(mean_variance))
    return PooledEstimates(
        mean=mean,
        se=mean_se,
        ci_low=mean - z * mean_se,
        ci_high=mean + z * mean_se,
        tau=float(np.sqrt(variance)),
        p_value=float(chdtrc(att.size - 1, q)),
        i_squared=float(variance / (variance + typical)),
        att=shrunken,
        att_se=shrunken_se,
        att_low=shrunken - z * shrunken_se,
        att_high=shrunken + z * shrunken_se,
        own_share=share,
    )


def build_funnel_limits(
    se: FloatVector, *, mean: float, tau: float, confidence_level: float
) -> tuple[FloatVector, FloatVector]:
    """Build limits within which estimates of alike services fall.

    Args:
        se: Standard errors at which the limits are wanted, any shape, unit of mean.
        mean: Centre of the funnel.
        tau: Spread of true effects that counts as ordinary; 0 for services all alike.
        confidence_level: Share of alike services inside, 0-1. Typical: 0.95 and 0.998.

    Returns:
        Lower and upper limits, shape of se.

    Source: Spiegelhalter (2005), doi:10.1002/sim.1970.
    """
    half_width = _quantile(confidence_level) * np.sqrt(se**2 + tau**2)
    return mean - half_width, mean + half_width


def _quantile(confidence_level: float) -> float:
    if not 0 < confidence_level < 1:
        raise EstimationError(
            f"confidence_level is {confidence_level}; it must be between 0 and 1. Typical: 0.95"
        )
    return float(ndtri((1 + confidence_level) / 2))
