"""Estimators against R fixest itself, on panels drawn once.

Stored values: tests/data/r/fixest.csv, written by tests/reference/r/fixest.R with the versions in
fixest_versions.csv. Its default is our convention: one factor G/(G-1) of the dimension with fewest
clusters, (N-1)/(N-k), and unit effects nested in the clusters not counted.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.fixed_effects import estimate_twfe
from evaluation.estimators.poisson import estimate_poisson_did

FOLDER = Path(__file__).parents[1] / "data" / "r"
FIXEST = pd.read_csv(FOLDER / "fixest.csv").set_index("model")
RTOL = 1e-8
# fepois stops at 3e-13 of the deviance.
RTOL_ITERATED = 1e-6
CLUSTERS = {"both": ("matched_set", "person"), "set": ("matched_set",)}


def read_sets(name, outcome):
    panel = pd.read_csv(FOLDER / f"{name}.csv")
    wide = panel.pivot(index="unit", columns="event_time", values=outcome)
    first = panel.drop_duplicates("unit")
    labels = {name: first[name].to_numpy() for name in ("weight", "matched_set", "person")}
    is_treated = first["treated"].to_numpy() == 1
    return wide.to_numpy(dtype=float), wide.columns.to_numpy(), is_treated, labels


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_2x2_equals_feols(cluster):
    wide, _, is_treated, labels = read_sets("matched_panel", "y")
    found = estimate_did_2x2(
        wide[:, 0], wide[:, 1], is_treated, **labels,
        confidence_level=0.95, cluster_on=CLUSTERS[cluster],
    )  # fmt: skip
    expected = FIXEST.loc[f"2x2 by {cluster}", ["coefficient", "se", "low", "high", "p"]]
    assert_allclose(
        [found.att, found.se, found.ci_low, found.ci_high, found.p_value],
        expected.to_numpy(dtype=float),
        rtol=RTOL,
    )


def test_the_poisson_2x2_equals_fepois():
    wide, _, is_treated, labels = read_sets("matched_panel", "days")
    found = estimate_poisson_did(
        wide[:, 0], wide[:, 1], is_treated, **labels,
        confidence_level=0.95, cluster_on=("matched_set",),
    )  # fmt: skip
    expected = FIXEST.loc["poisson"]
    assert_allclose(found.log_ratio, expected["coefficient"], rtol=RTOL_ITERATED)
    assert_allclose(found.log_interval.se, expected["se"], rtol=RTOL_ITERATED)


def test_two_way_fixed_effects_equal_feols():
    panel = pd.read_csv(FOLDER / "staggered_panel.csv")
    wide = panel.pivot(index="unit", columns="period", values="y").to_numpy()
    first = panel.groupby("unit")["first"].first().to_numpy()
    found = estimate_twfe(wide, first, cluster=np.arange(len(wide)), confidence_level=0.95).estimate
    expected = FIXEST.loc["twfe", ["coefficient", "se", "low", "high"]]
    assert_allclose(
        [found.att, found.se, found.ci_low, found.ci_high],
        expected.to_numpy(dtype=float),
        rtol=RTOL,
    )


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_event_study_equals_feols_but_for_the_rows_that_are_counted(cluster):
    wide, event_time, is_treated, labels = read_sets("matched_path", "y")
    found = estimate_event_study(
        wide, event_time, is_treated, **labels,
        reference_event_time=-2, confidence_level=0.95, cluster_on=CLUSTERS[cluster],
    )  # fmt: skip
    expected = FIXEST.loc[f"event study by {cluster}"]
    terms = expected["term"].str.extract(r"event_time::(-?\d+):treated")[0].astype(int)
    assert terms.tolist() == [-3, -1, 0, 1, 2]
    compared = found.term != -2
    # Each period is a 2x2 of its own, with (N-1)/(N-4); feols is asked for none.
    n_rows = 2 * is_treated.size
    factor = np.sqrt((n_rows - 1) / (n_rows - 4))
    assert_allclose(found.att[compared], expected["coefficient"], rtol=RTOL)
    assert_allclose(found.se[compared] / factor, expected["se"], rtol=RTOL)
