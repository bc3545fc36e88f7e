"""The minimal detectable effect against statsmodels, and against how often it is found."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import nct, t
from statsmodels.stats.power import TTestPower

from evaluation.errors import EstimationError
from evaluation.estimators.power import estimate_minimal_detectable_effect


@pytest.mark.parametrize("n_clusters", [3, 12, 200, 50_000])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_it_equals_statsmodels_on_one_mean_of_as_many_clusters(n_clusters, power):
    found = estimate_minimal_detectable_effect(
        2.5, n_clusters=n_clusters, power=power, confidence_level=0.95
    )
    effect_size = found / 2.5 / np.sqrt(n_clusters)
    # statsmodels has NaN where the wrong sign has no chance; one-sided is then the same.
    one_sided = TTestPower().power(effect_size, n_clusters, 0.025, alternative="larger")
    assert_allclose(one_sided, power, rtol=2e-4)


def test_an_effect_of_that_size_is_found_as_often_as_asked():
    effect = estimate_minimal_detectable_effect(
        1.0, n_clusters=10, power=0.8, confidence_level=0.95
    )
    drawn = nct.rvs(9, effect, size=20_000, random_state=np.random.default_rng(1))
    assert_allclose(np.mean(np.abs(drawn) > t.ppf(0.975, 9)), 0.8, atol=0.012)


@pytest.mark.parametrize(
    "changed", [{"se": 0.0}, {"n_clusters": 1}, {"power": 0.04}, {"confidence_level": 1.0}]
)
def test_numbers_out_of_range_are_refused(changed):
    given = {"se": 1.0, "n_clusters": 9, "power": 0.8, "confidence_level": 0.95} | changed
    with pytest.raises(EstimationError, match="power between"):
        estimate_minimal_detectable_effect(given.pop("se"), **given)
