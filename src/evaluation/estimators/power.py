"""How small an effect the data could have shown: the minimal detectable effect, in days."""

from scipy.optimize import brentq
from scipy.special import stdtrit
from scipy.stats import nct

from evaluation.errors import EstimationError
from evaluation.estimators.inference import MIN_CLUSTERS

# From here on a finding of the wrong sign has a chance below 1e-8, and scipy may give NaN for it.
NEGLIGIBLE_FROM = 5.0


def estimate_minimal_detectable_effect(
    se: float, *, n_clusters: int, power: float, confidence_level: float
) -> float:
    """Find the effect that a two-sided test would find in a share of samples.

    The effect over se follows a non-central t with n_clusters - 1 degrees of freedom.

    Args:
        se: Standard error of the estimate, above zero, days.
        n_clusters: Clusters in the smallest dimension.
        power: Share of samples that find it, above 1 - confidence_level. Typical: 0.8.
        confidence_level: Of the test, 0-1. Typical: 0.95.

    Returns:
        The smallest effect, above zero, days.

    Raises:
        EstimationError: A number out of its range.

    Source: Bloom (1995), doi:10.1177/0193841X9501900504.
    Checked against statsmodels: tests/unit/test_power.py.
    """
    level = 1 - confidence_level
    if not (se > 0 and n_clusters >= MIN_CLUSTERS and 0 < level < power < 1):
        raise EstimationError(
            f"se is {se}, n_clusters {n_clusters}, power {power}, confidence_level"
            f" {confidence_level}; se must be above 0, clusters at least {MIN_CLUSTERS}, and power"
            " between 1 - confidence_level and 1. Typical: 0.8 and 0.95"
        )
    degrees = n_clusters - 1
    critical = float(stdtrit(degrees, 1 - level / 2))

    def shortfall(effect: float) -> float:
        wrong_sign = nct.cdf(-critical, degrees, effect) if effect < NEGLIGIBLE_FROM else 0.0
        return float(nct.sf(critical, degrees, effect) + wrong_sign) - power

    high = critical
    while shortfall(high) < 0:
        high *= 2
    return float(brentq(shortfall, 0.0, high, xtol=1e-12)) * se
