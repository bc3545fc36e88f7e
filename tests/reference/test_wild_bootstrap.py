"""The wild cluster bootstrap against wildboottest's answer and against its definition.

wildboottest counts draws whose |t| exceeds the data's, we those that reach it: with all signs
taken the data and its mirror tie with themselves, 2 of 4,096 here.
"""

import itertools

import numpy as np
import pytest
import statsmodels.api as sm
from causaldata import castle
from numpy.testing import assert_allclose

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.wild_bootstrap import WEBB, estimate_wild_bootstrap

SETTINGS = {"confidence_level": 0.95, "n_draws": 9_999, "seed": 1}


def test_castle_doctrine_in_twelve_states_equals_wildboottest():
    # pyfixest 0.60 with wildboottest 0.3.2: feols("l_homicide ~ post | sid + year"),
    # wildboottest(param="post", cluster="sid", reps=9999): 3380 of 4096 draws exceed.
    data = castle.load_pandas().data
    data = data[data["sid"] <= 13].assign(l_homicide=lambda d: np.log(d["homicide"]))
    unit = np.asarray(data["sid"])
    year = np.asarray(data["year"])
    design = np.column_stack(
        [data["post"], *(unit == u for u in np.unique(unit)),
         *(year == y for y in np.unique(year)[1:])]
    ).astype(float)  # fmt: skip
    found = estimate_wild_bootstrap(
        data["l_homicide"].to_numpy(), design, cluster=unit, weight=np.ones(unit.size), tested=0,
        **SETTINGS,
    )  # fmt: skip
    assert (found.is_enumerated, found.n_draws, found.n_clusters) == (True, 4096, 12)
    assert found.p_value == 3382 / 4096


def draw(seed, n_clusters=5, n=60):
    rng = np.random.default_rng(seed)
    cluster = rng.integers(0, n_clusters, n)
    cluster[:n_clusters] = np.arange(n_clusters)
    treated = (rng.random(n) < 0.4).astype(float)
    response = treated * 2 + rng.normal(0, 1, n_clusters)[cluster] + rng.normal(size=n)
    return response, np.column_stack([np.ones(n), treated]), cluster, rng.uniform(0.5, 2, n)


def t_value(response, design, cluster, weight, null=0.0):
    fit = sm.WLS(response, design, weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}
    )
    return (fit.params[1] - null) / fit.bse[1]


def test_enumerated_p_value_equals_its_definition():
    response, design, cluster, weight = draw(2)
    fit = sm.WLS(response, design[:, :1], weights=weight).fit()
    found = abs(t_value(response, design, cluster, weight))
    reached = [
        abs(t_value(fit.fittedvalues + fit.resid * np.array(signs)[cluster], design, cluster,
                    weight)) >= found * (1 - 1e-9)
        for signs in itertools.product([1, -1], repeat=5)
    ]  # fmt: skip
    ours = estimate_wild_bootstrap(
        response, design, cluster=cluster, weight=weight, tested=1, confidence_level=0.8,
        n_draws=100, seed=1,
    )  # fmt: skip
    assert ours.p_value == np.mean(reached)
    n_rows = response.size
    plain = sm.WLS(response, design, weights=weight).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}
    )
    assert_allclose(ours.estimate, plain.params[1], rtol=1e-10)
    assert_allclose(ours.se * np.sqrt((n_rows - 1) / (n_rows - 2)), plain.bse[1], rtol=1e-10)


def test_limits_are_where_the_p_value_crosses_the_level():
    response, design, cluster, weight = draw(3, n_clusters=9)
    common = {"cluster": cluster, "weight": weight, "tested": 1, **SETTINGS}
    found = estimate_wild_bootstrap(response, design, **common)
    for limit, outwards in ((found.ci_low, -1), (found.ci_high, 1)):
        width = found.ci_high - found.ci_low
        for step, is_rejected in ((1e-6, True), (-1e-6, False)):
            shifted = response - design[:, 1] * (limit + outwards * step * width)
            p_value = estimate_wild_bootstrap(shifted, design, **common).p_value
            assert (p_value < 0.05) == is_rejected


def test_webb_draws_have_six_points_of_mean_square_one_and_need_a_seed():
    assert_allclose(np.mean(WEBB**2), 1)
    response, design, cluster, weight = draw(4)
    common = {"cluster": cluster, "weight": weight, "tested": 1, "law": "webb", **SETTINGS}
    first = estimate_wild_bootstrap(response, design, **common)
    assert (first.n_draws, first.is_enumerated) == (9_999, False)
    assert first == estimate_wild_bootstrap(response, design, **common)
    assert first != estimate_wild_bootstrap(response, design, **common | {"seed": 2})


def test_few_clusters_reject_less_than_the_normal_error_does():
    rejected = {"wild": 0, "t": 0}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        cluster = np.repeat(np.arange(6), 20)
        treated = (cluster < 3).astype(float)
        response = rng.normal(0, 1, 6)[cluster] + rng.normal(0, 0.5, 120)
        design = np.column_stack([np.ones(120), treated])
        rejected["t"] += abs(t_value(response, design, cluster, np.ones(120))) > 1.96
        rejected["wild"] += (
            estimate_wild_bootstrap(
                response, design, cluster=cluster, weight=np.ones(120), tested=1,
                confidence_level=0.8, n_draws=199, seed=seed, law="rademacher",
            ).p_value <= 0.05
        )  # fmt: skip
    assert rejected["t"] > 20
    assert rejected["wild"] <= 20


@pytest.mark.parametrize(
    ("changed", "error", "problem"),
    [
        ({"cluster": np.zeros(60, int)}, NotIdentifiedError, "1 clusters"),
        ({"design": np.ones((60, 2))}, NotIdentifiedError, "sums of one another"),
        ({"response": np.full(60, 3.0)}, NotIdentifiedError, "exactly"),
        ({"response": np.full(60, np.nan)}, EstimationError, "missing"),
        ({"weight": np.zeros(60)}, EstimationError, "above zero"),
        ({"confidence_level": 1.0}, EstimationError, "confidence_level"),
        ({"cluster": np.arange(60) % 3}, NotIdentifiedError, "too few clusters for limits"),
    ],
)
def test_what_cannot_be_bootstrapped_is_refused(changed, error, problem):
    response, design, cluster, weight = draw(5, n_clusters=9)
    given = {"response": response, "design": design, "cluster": cluster, "weight": weight}
    given |= {"tested": 1, **SETTINGS} | changed
    with pytest.raises(error, match=problem):
        estimate_wild_bootstrap(given.pop("response"), given.pop("design"), **given)
