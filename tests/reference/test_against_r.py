"""Estimators against R itself: survival, sandwich and MatchIt.

Stored values: tests/data/r, written by tests/reference/r/reference.R with the versions in
versions.csv. Where a definition differs, the factor stands in the test. R fixest is in
test_against_fixest.py, R did in test_callaway_santanna.py, R HonestDiD in test_honest_did.py.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evaluation.estimators.competing_events import estimate_cumulative_incidence
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.fixed_effects import estimate_twfe
from evaluation.estimators.nearest import match_nearest
from evaluation.estimators.poisson import estimate_poisson_did
from evaluation.estimators.propensity import estimate_propensity_scores
from evaluation.estimators.stratified import build_stratum_weights

DATA = Path(__file__).parents[1] / "data"
RTOL = 1e-9
# glm stops at 1e-14 of the deviance, and its sandwich is taken there.
RTOL_ITERATED = 1e-7
LALONDE = pd.read_csv(DATA / "nsw_psid.csv")
TREATED = LALONDE["treat"].to_numpy() == 1


def read(name):
    return pd.read_csv(DATA / "r" / f"{name}.csv")


def small_sample(n_clusters, n_rows, n_coefficients):
    return np.sqrt(n_clusters / (n_clusters - 1) * (n_rows - 1) / (n_rows - n_coefficients))


def read_sets(outcome):
    panel = read("matched_panel")
    wide = panel.pivot(index="unit", columns="event_time", values=outcome).to_numpy(dtype=float)
    first = panel.drop_duplicates("unit")
    labels = {name: first[name].to_numpy() for name in ("weight", "matched_set", "person")}
    return wide, first["treated"].to_numpy() == 1, labels


@pytest.mark.parametrize("curve", ["plain", "weighted", "clustered"])
def test_shares_of_competing_events_and_their_errors_equal_survival(curve):
    expected = read("competing_events").query("curve == @curve")
    data = read("mgus2")
    rows = np.arange(len(data))
    cluster = data["cluster"].to_numpy() if curve == "clustered" else rows
    found = estimate_cumulative_incidence(
        data["months"].to_numpy(),
        data["event"].to_numpy(),
        weight=np.ones(len(data)) if curve == "plain" else data["weight"].to_numpy(),
        person=rows,
        clusters=[cluster],
        n_causes=2,
        at_days=expected["months"].tolist(),
        confidence_level=0.95,
    )
    assert_allclose(found.incidence, expected[["share_1", "share_2"]].to_numpy().T, rtol=RTOL)
    # The infinitesimal jackknife of survival has no G/(G-1).
    n_clusters = np.unique(cluster).size
    plain = found.se * np.sqrt((n_clusters - 1) / n_clusters)
    assert_allclose(plain, expected[["se_1", "se_2"]].to_numpy().T, rtol=RTOL)


@pytest.mark.parametrize("dimension", ["matched_set", "person"])
def test_the_2x2_equals_lm_with_clustered_errors(dimension):
    expected = read("did_2x2").set_index("model").loc["linear"]
    wide, is_treated, labels = read_sets("y")
    found = estimate_did_2x2(
        wide[:, 0], wide[:, 1], is_treated, **labels, confidence_level=0.95, cluster_on=(dimension,)
    )
    assert_allclose(found.att, expected["coefficient"], rtol=RTOL)
    assert_allclose(found.se, expected[f"se_{dimension}"], rtol=RTOL)


def test_clusters_in_two_ways_equal_sandwich_but_for_the_factor():
    expected = read("did_2x2").set_index("model").loc["linear"]
    wide, is_treated, labels = read_sets("y")
    found = estimate_did_2x2(
        wide[:, 0], wide[:, 1], is_treated, **labels,
        confidence_level=0.95, cluster_on=("matched_set", "person"),
    )  # fmt: skip
    fewest = min(np.unique(labels[name]).size for name in ("matched_set", "person"))
    factor = small_sample(fewest, wide.size, 4)
    assert_allclose(found.se, expected["se_both_plain"] * factor, rtol=RTOL)


@pytest.mark.parametrize("dimension", ["matched_set", "person"])
def test_the_poisson_2x2_equals_glm_with_clustered_errors(dimension):
    expected = read("did_2x2").set_index("model").loc["poisson"]
    wide, is_treated, labels = read_sets("days")
    found = estimate_poisson_did(
        wide[:, 0], wide[:, 1], is_treated, **labels, confidence_level=0.95, cluster_on=(dimension,)
    )
    assert_allclose(found.log_ratio, expected["coefficient"], rtol=RTOL_ITERATED)
    assert_allclose(found.log_interval.se, expected[f"se_{dimension}"], rtol=RTOL_ITERATED)


def test_two_way_fixed_effects_equal_dummies_in_lm():
    expected = read("twfe").iloc[0]
    panel = read("staggered_panel")
    wide = panel.pivot(index="unit", columns="period", values="y")
    first = panel.groupby("unit")["first"].first().to_numpy()
    found = estimate_twfe(
        wide.to_numpy(), first, cluster=np.arange(len(wide)), confidence_level=0.95
    ).estimate
    assert_allclose(found.att, expected["coefficient"], rtol=RTOL)
    # As fixest counts: the effects of units are nested in the clusters and not counted.
    factor = small_sample(len(wide), len(panel), 1 + panel["period"].nunique())
    assert_allclose(found.se, expected["se_plain"] * factor, rtol=RTOL)


@pytest.mark.parametrize("with_replacement", [False, True])
def test_pairs_within_cells_and_a_caliper_equal_matchit(with_replacement):
    covariates = np.column_stack(
        [
            *(LALONDE[name] for name in ("age", "educ", "married", "nodegree", "re74", "re75")),
            *(LALONDE["race"] == race for race in ("black", "hispan")),
        ]
    ).astype(float)
    score = estimate_propensity_scores(covariates, TREATED).score
    position = np.log(score / (1 - score)).round(9)
    found = match_nearest(
        position, TREATED, cell=LALONDE["nodegree"].to_numpy(), tie_order=np.arange(len(LALONDE)),
        n_controls=1 if with_replacement else 2, caliper=0.2, with_replacement=with_replacement,
    )  # fmt: skip
    expected = read("matchit_pairs").query("replace == @with_replacement")
    assert len(expected) == (183 if with_replacement else 143)

    # Persons with the same covariates are alike, and either may stand for the other.
    def describe(treated, control):
        return sorted(zip(position[treated], position[control], strict=True))

    mine, theirs = (
        describe(np.asarray(pairs.treated), np.asarray(pairs.control))
        for pairs in (found, expected)
    )
    assert_allclose(mine, theirs, atol=1e-6)


@pytest.mark.parametrize("method", ["exact", "coarse"])
def test_weights_of_cells_equal_matchit(method):
    if method == "exact":
        columns = [LALONDE[name] for name in ("age", "race", "married", "educ")]
    else:
        age = np.digitize(LALONDE["age"], [20, 25, 30, 40])
        columns = [age, np.digitize(LALONDE["educ"], [8.5, 11.5]), LALONDE["married"]]
    cells = LALONDE.groupby(columns).ngroup().to_numpy()
    weight = build_stratum_weights(TREATED, cells)
    # MatchIt makes the controls' weights sum to their number.
    controls = weight[~TREATED]
    weight[~TREATED] = controls * (controls > 0).sum() / controls.sum()
    assert_allclose(weight, read("matchit_weights")[method], rtol=RTOL)
