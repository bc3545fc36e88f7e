"""Subgroups, services and checks: which sets are in which row, and which tests are one family."""

import numpy as np
import pandas as pd
import pyfixest
import pytest
from reference.matched_sets import draw_matched_sets
from statsmodels.stats.multitest import multipletests

from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.pooling import estimate_pooled
from evaluation.estimators.service_tables import build_inference_checks, build_services
from evaluation.estimators.subgroup_tables import build_subgroups
from evaluation.schemas import TABLES

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
OUTCOMES = ("sick_leave_days", "health_benefit_days")
SECTORS = ("SOM", "ARR")
INFERENCE = {"confidence_level": 0.95, "cluster_on": ("matched_set", "person")}
STUDY = {"study_id": "demo", "fingerprint": "f", "sectors": SECTORS}


def draw_units(seed, sector, *, first_set=0, n_sets=90, n_services=4):
    drawn = draw_matched_sets(seed, n_sets=n_sets, n_people=600)
    of_set = np.random.default_rng(seed)
    n_labels = int(drawn.matched_set.max()) + 1
    sex = of_set.choice(["1", "2"], n_labels)
    service = of_set.integers(1, n_services + 1, n_labels)
    days = np.rint(drawn.outcome).astype("int64")
    return pd.DataFrame(
        {
            "sector": sector,
            "matched_set_id": drawn.matched_set + first_set,
            "person_id": drawn.person + first_set,
            "is_treated": drawn.is_treated,
            "weight": drawn.weight,
            "sex": sex[drawn.matched_set],
            "one": "x",
            "service": pd.array(service[drawn.matched_set], dtype="Int64"),
            "sick_leave_days_before": days[:, 0],
            "sick_leave_days_after": days[:, 1],
            "health_benefit_days_before": days[:, 0] + 3,
            "health_benefit_days_after": days[:, 1] * 2,
        }
    )


@pytest.fixture(scope="module")
def units():
    return pd.concat(
        [draw_units(3, "SOM"), draw_units(4, "ARR", first_set=5000)], ignore_index=True
    )


def subgroups(units, *, variables=("sex", "one"), min_treated=5):
    return build_subgroups(
        units,
        units,
        units_of_outcomes=dict.fromkeys(OUTCOMES, "days"),
        variables=variables,
        min_treated=min_treated,
        after_days=365,
        draws=499,
        seed=7,
        **STUDY,
        **INFERENCE,
    )


def services(units, *, min_treated=5):
    return build_services(units, outcomes=OUTCOMES, min_treated=min_treated, **STUDY, **INFERENCE)


def checks(units, *, draws=499):
    return build_inference_checks(
        units, units, outcomes=OUTCOMES, confidence_level=0.95, draws=draws, seed=7, **STUDY
    )


def did(part, outcome):
    return estimate_did_2x2(
        part[f"{outcome}_before"].to_numpy(dtype=float),
        part[f"{outcome}_after"].to_numpy(dtype=float),
        part["is_treated"].to_numpy(),
        weight=part["weight"].to_numpy(),
        matched_set=part["matched_set_id"].to_numpy(),
        person=part["person_id"].to_numpy(),
        **INFERENCE,
    )


def test_a_subgroup_is_the_2x2_of_its_sets_alone(units):
    table = subgroups(units).table
    assert list(table.columns) == [column.name for column in TABLES["estimates"]]
    for sector in (*SECTORS, "ALL"):
        part = units if sector == "ALL" else units[units["sector"] == sector]
        for level in ("1", "2"):
            row = table[
                (table["sector"] == sector)
                & (table["subgroup"] == f"sex={level}")
                & (table["outcome"] == "sick_leave_days")
            ].iloc[0]
            alone = did(part[part["sex"] == level], "sick_leave_days")
            assert row["att"] == pytest.approx(alone.att, rel=1e-12)
            assert row["se"] == pytest.approx(alone.se, rel=1e-12)
            assert row["p_value"] == pytest.approx(alone.p_value, rel=1e-9)
            assert (row["n_treated"], row["n_clusters"]) == (alone.n_treated, alone.n_clusters)
            assert row["treated_change"] == pytest.approx(alone.treated_change)


def test_a_small_level_has_a_note_that_does_not_name_it(units):
    few = units.copy()
    last = few["matched_set_id"].max()
    few.loc[few["matched_set_id"] == last, "sex"] = "odd"
    result = subgroups(few, variables=("sex",))
    assert "sex=odd" not in result.table["subgroup"].tolist()
    assert set(result.notes) == {
        f"{sector}, sex: levels with fewer than 5 matched treated have no estimate"
        for sector in ("ARR", "ALL")
    }


def test_families_are_the_headline_and_the_subgroups_of_each_sector(units):
    tests = subgroups(units).tests
    sizes = tests.groupby(["family", "sector"]).size().to_dict()
    # Headline: two sectors, two outcomes. Subgroups: three levels, two outcomes.
    assert sizes == {("headline", "SOM"): 2, ("headline", "ARR"): 2} | {
        ("subgroups", sector): 6 for sector in (*SECTORS, "ALL")
    }
    assert tests[tests["family"] == "headline"]["n_tests"].unique().tolist() == [4]
    assert tests[tests["family"] == "subgroups"]["n_tests"].unique().tolist() == [6]
    for _, family in tests[tests["family"] == "subgroups"].groupby("sector"):
        expected = multipletests(family["p_value"].to_numpy(dtype=float), method="holm")[1]
        assert family["p_holm"].to_numpy(dtype=float) == pytest.approx(expected)
    assert (tests["p_romano_wolf"] >= tests["p_value"]).all()


def test_copies_of_a_test_cost_nothing_by_romano_wolf(units):
    # "one" is everybody; the same level twice moves together, which Holm cannot know.
    copied = units.assign(two=units["one"], three=units["one"])
    few = subgroups(copied, variables=("one",)).tests
    many = subgroups(copied, variables=("one", "two", "three")).tests
    for name, costs in (("p_romano_wolf", False), ("p_holm", True)):
        one, all_three = (
            table[(table["family"] == "subgroups") & (table["sector"] == "SOM")][name]
            .astype(float)
            .min()
            for table in (few, many)
        )
        assert (all_three > one + 1e-9) == (costs and one < 1), name


def test_few_clusters_are_no_finding_by_romano_wolf(units):
    # Two sets whose changes are nearly alike: t is large, and worth little with one degree.
    lone = draw_units(9, "ARR", first_set=9000, n_sets=2)
    effect = np.where(lone["is_treated"], 60 + 20 * (lone["matched_set_id"] % 2), 0)
    lone["sick_leave_days_after"] = lone["sick_leave_days_before"] + effect
    frame = pd.concat([units[units["sector"] == "SOM"], lone], ignore_index=True)
    tests = subgroups(frame, variables=()).tests
    row = tests[(tests["sector"] == "ARR") & (tests["outcome"] == "sick_leave_days")].iloc[0]
    assert abs(row["att"]) / row["se"] > 5
    assert row["p_romano_wolf"] >= row["p_value"] > 0.05


def test_a_service_is_the_2x2_of_its_sets_and_is_drawn_to_the_others(units):
    table = services(units).table
    part = table[(table["sector"] == "SOM") & (table["outcome"] == "sick_leave_days")]
    som = units[units["sector"] == "SOM"]
    alone = [did(som[som["service"] == number], "sick_leave_days") for number in part["service"]]
    assert part["att"].tolist() == pytest.approx([one.att for one in alone])
    assert part["se"].tolist() == pytest.approx([one.se for one in alone])
    att, se = (part[name].to_numpy(dtype=float) for name in ("att", "se"))
    pooled = estimate_pooled(att, se, confidence_level=0.95)
    assert part["pooled_att"].tolist() == pytest.approx(pooled.att.tolist())
    assert part["tau"].unique().tolist() == pytest.approx([pooled.tau])
    # Limits of services alike: 1.96 and 3.09 errors from the mean.
    half = (part["funnel_high"] - part["mean"]).to_numpy(dtype=float) / se
    outer = (part["mean"] - part["funnel_outer_low"]).to_numpy(dtype=float) / se
    assert half == pytest.approx(1.959964, rel=1e-5)
    assert outer == pytest.approx(3.090232, rel=1e-5)


def test_a_small_service_and_an_unknown_one_are_left_out(units):
    some = units.copy()
    unknown = some["matched_set_id"] == 0
    some.loc[unknown, "service"] = pd.NA
    result = services(some, min_treated=23)
    assert result.table["n_treated"].min() >= 23
    assert any("names no institution" in note for note in result.notes)


def test_one_service_has_nothing_to_be_compared_with(units):
    result = services(units.assign(service=1))
    assert len(result.table) == 0
    assert len(result.notes) == 6
    assert all("fewer than two services" in note for note in result.notes)


def test_the_checks_are_of_the_headline(units):
    table = checks(units).table
    assert list(table.columns) == [column.name for column in TABLES["inference_checks"]]
    for row in table.itertuples():
        part = units if row.sector == "ALL" else units[units["sector"] == row.sector]
        headline = did(part, row.outcome)
        if row.method == "wild_bootstrap_by_service":
            assert row.statistic == pytest.approx(headline.att)
            assert row.ci_low < row.statistic < row.ci_high
            assert row.n_clusters == part["service"].nunique()
        else:
            assert row.statistic == pytest.approx(headline.att)
            assert row.n_clusters == part["matched_set_id"].nunique()


def test_many_services_agree_with_the_clustered_error_of_pyfixest():
    units = draw_units(11, "SOM", n_sets=600, n_services=60)
    table = checks(units, draws=4999).table
    row = table[(table["method"] == "wild_bootstrap_by_service") & (table["sector"] == "SOM")]
    found = row[row["outcome"] == "sick_leave_days"].iloc[0]
    frame = units.assign(
        change=(units["sick_leave_days_after"] - units["sick_leave_days_before"]).astype(float),
        treated=units["is_treated"].astype(float),
        service=units["service"].astype(int),
    )
    fit = pyfixest.feols("change ~ treated", data=frame, weights="weight", vcov={"CRV1": "service"})
    theirs = fit.tidy().loc["treated"]
    assert found["statistic"] == pytest.approx(theirs["Estimate"])
    width = (found["ci_high"] - found["ci_low"]) / (theirs["97.5%"] - theirs["2.5%"])
    assert width == pytest.approx(1, abs=0.1)


def test_two_services_are_too_few_and_told(units):
    result = checks(units.assign(service=units["service"] % 2))
    assert set(result.table["method"]) == {"randomisation_in_sets"}
    assert len(result.notes) == 6
    assert all(note.startswith("wild_bootstrap_by_service: ") for note in result.notes)
