"""Sets by computation: against loops, sums by hand, and what weights must do."""

import numpy as np
import pandas as pd
import pytest

from evaluation.errors import EstimationError
from evaluation.estimators.propensity import estimate_propensity_scores
from evaluation.matching.computed import MatchingChoice, build_computed_sets
from evaluation.matching.design import build_covariates

SECTORS = ("SOM", "PHV")


def choose(method, **changes):
    settings = {
        "balance_on": ("age_years", "sex_code"),
        "nearest_on": "index_date",
        "n_controls": 2,
        "caliper": 30.0,
        "with_replacement": False,
    }
    return MatchingChoice(method=method, **(settings | changes))


def draw_pool(seed=3, persons=400):
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 60, persons)
    is_treated = rng.random(persons) < 1 / (1 + np.exp(-(age - 50) / 10))
    return pd.DataFrame(
        {
            "sector": rng.choice(SECTORS, persons),
            "is_treated": is_treated,
            "person_id": np.arange(1, persons + 1),
            "random_order": rng.permutation(persons),
            "stratum": rng.choice(list("ABC"), persons),
            "is_comparable": True,
            "index_date": np.datetime64("2012-01-01") + rng.integers(0, 300, persons),
            "age_years": age,
            "sex_code": rng.choice(["1", "2"], persons),
            "index_year": 2012,
        }
    )


def read_pool(rows):
    columns = ["person_id", "is_treated", "stratum", "index_date"]
    pool = pd.DataFrame(rows, columns=columns).astype({"index_date": "datetime64[s]"})
    return pool.assign(
        sector="SOM", is_comparable=True, random_order=pool["person_id"], age_years=40
    )


def test_the_nearest_dates_of_the_cell_are_taken_and_weigh_one_together():
    pool = read_pool(
        [
            (1, True, "A", "2012-06-10"),
            (2, False, "A", "2012-06-12"),
            (3, False, "A", "2012-06-01"),
            (4, False, "A", "2012-06-30"),  # 20 days away, but two are nearer
            (5, False, "B", "2012-06-10"),  # another cell, without treated
        ]
    )
    sets = build_computed_sets(pool, choose("nearest"), sectors=SECTORS)
    rows = sets.table.sort_values("person_id")[["matched_set_id", "person_id", "weight"]]
    assert rows.to_numpy().tolist() == [[1, 1, 1.0], [1, 2, 0.5], [1, 3, 0.5]]
    assert sets.notes == ("PHV: no cell holds both treated and comparators",)


def test_beyond_the_caliper_there_is_no_set():
    pool = read_pool([(1, True, "A", "2012-06-10"), (2, False, "A", "2012-08-10")])
    assert build_computed_sets(pool, choose("nearest"), sectors=["SOM"]).table.empty


def test_who_is_not_comparable_is_in_no_set():
    pool = read_pool([(1, True, "A", "2012-06-10"), (2, False, "A", "2012-06-11")])
    pool = pd.concat([pool, pool.assign(person_id=[3, 4], random_order=[3, 4])])
    pool["is_comparable"] = pool["person_id"] != 2
    sets = build_computed_sets(pool, choose("nearest"), sectors=["SOM"]).table
    assert sorted(sets["person_id"].loc[~sets["is_treated"]]) == [4]


def test_of_equally_near_controls_the_seeded_order_chooses():
    rows = [
        (1, True, "A", "2012-06-10"),
        (2, False, "A", "2012-06-11"),
        (3, False, "A", "2012-06-09"),
    ]
    for order, expected in (([1, 2, 3], 2), ([1, 3, 2], 3)):
        pool = read_pool(rows).assign(random_order=order)
        sets = build_computed_sets(pool, choose("nearest", n_controls=1), sectors=["SOM"]).table
        assert sets["person_id"].loc[~sets["is_treated"]].tolist() == [expected]


def test_with_replacement_the_only_control_serves_both():
    rows = [
        (1, True, "A", "2012-06-10"),
        (2, True, "A", "2012-06-12"),
        (3, False, "A", "2012-06-11"),
    ]
    for with_replacement, expected in ((True, [3, 3]), (False, [3])):
        choice = choose("nearest", with_replacement=with_replacement)
        sets = build_computed_sets(read_pool(rows), choice, sectors=["SOM"]).table
        assert sets["person_id"].loc[~sets["is_treated"]].tolist() == expected


def test_the_caliper_of_a_score_is_in_standard_deviations_of_its_logit():
    pool = draw_pool(persons=2_000)
    chance = np.random.default_rng(1).random(len(pool))
    pool["is_treated"] = chance < 1 / (1 + np.exp(-(pool["age_years"] - 50) / 3))
    mine = pool[pool["sector"] == "SOM"].sort_values(["is_treated", "random_order"])
    covariates = build_covariates(mine.reset_index(drop=True), ("age_years", "sex_code"))
    score = estimate_propensity_scores(covariates, mine["is_treated"].to_numpy()).score
    logit = pd.Series(np.log(score / (1 - score)), index=mine["person_id"].to_numpy())
    choice = choose("nearest", nearest_on="propensity_score", caliper=0.1, n_controls=1)
    sets = build_computed_sets(pool, choice, sectors=["SOM"]).table
    pairs = sets.pivot(index="matched_set_id", columns="is_treated", values="person_id")
    apart = (logit[pairs[True]].to_numpy() - logit[pairs[False]].to_numpy()) / logit.std(ddof=0)
    # Some pairs are almost as far apart as is allowed, so that another unit would be seen.
    assert 0.05 < np.abs(apart).max() <= 0.1 + 1e-9


def test_persons_whose_scores_do_not_differ_are_all_equally_near():
    rows = [
        (1, True, "A", "2012-06-10"),
        (2, False, "A", "2012-06-11"),
        (3, False, "A", "2012-06-12"),
    ]
    pool = read_pool(rows).assign(age_years=40)
    choice = choose(
        "nearest", nearest_on="propensity_score", balance_on=("age_years",), n_controls=1
    )
    sets = build_computed_sets(pool, choice, sectors=["SOM"]).table
    assert sets["is_treated"].tolist() == [True, False]


def test_nearest_never_crosses_cells_sectors_or_calipers_and_uses_nobody_twice():
    pool = draw_pool()
    sets = build_computed_sets(pool, choose("nearest", caliper=20.0), sectors=SECTORS).table
    rows = sets.merge(pool, on=["sector", "is_treated", "person_id"], validate="one_to_one")
    assert len(rows) == len(sets) > 100
    treated = rows[rows["is_treated"]].set_index("matched_set_id")
    controls = rows[~rows["is_treated"]]
    own = treated.loc[controls["matched_set_id"]]
    assert (own["stratum"].to_numpy() == controls["stratum"].to_numpy()).all()
    assert (own["sector"].to_numpy() == controls["sector"].to_numpy()).all()
    apart = own["index_date"].to_numpy() - controls["index_date"].to_numpy()
    assert (np.abs(apart) <= np.timedelta64(20, "D")).all()
    assert np.allclose(controls.groupby("matched_set_id")["weight"].sum(), 1.0)
    assert controls.groupby("matched_set_id").size().max() == 2


def test_the_order_of_the_rows_decides_nothing():
    pool = draw_pool()
    shuffled = pool.sample(frac=1, random_state=5).reset_index(drop=True)
    for method in ("nearest", "propensity_weights", "entropy_weights"):
        first = build_computed_sets(pool, choose(method), sectors=SECTORS).table
        second = build_computed_sets(shuffled, choose(method), sectors=SECTORS).table
        pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("method", ["propensity_weights", "entropy_weights"])
def test_weights_make_controls_like_the_treated(method):
    pool = draw_pool(persons=3000)
    sets = build_computed_sets(pool, choose(method), sectors=["SOM"]).table
    rows = sets.merge(pool, on=["sector", "is_treated", "person_id"])
    treated, controls = rows[rows["is_treated"]], rows[~rows["is_treated"]]
    assert (treated["weight"] == 1).all()
    assert sets["matched_set_id"].is_unique, "a weighted person is a set of his own"
    mean = np.average(controls["age_years"], weights=controls["weight"])
    unweighted = controls["age_years"].mean()
    apart = abs(mean - treated["age_years"].mean())
    assert abs(unweighted - treated["age_years"].mean()) > 5
    assert apart < (1e-6 if method == "entropy_weights" else 1.0)


def test_saturated_scores_are_the_weights_of_stratification():
    # With one binary covariate the odds of a level are treated over controls in it.
    pool = draw_pool(persons=1000).assign(stratum="A")
    pool["age_years"] = (pool["age_years"] > 40).astype(int)
    choice = choose("propensity_weights", balance_on=("age_years",))
    sets = build_computed_sets(pool, choice, sectors=["SOM"]).table
    rows = sets.merge(pool, on=["sector", "is_treated", "person_id"])
    for level, mine in rows.groupby("age_years"):
        odds = mine["is_treated"].sum() / (~mine["is_treated"]).sum()
        weights = mine.loc[~mine["is_treated"], "weight"]
        assert np.allclose(weights, odds, rtol=1e-6), level


def test_means_outside_the_controls_leave_a_note_and_no_sets():
    pool = draw_pool()
    pool["age_years"] = np.where(pool["is_treated"], 70, 30)
    sets = build_computed_sets(
        pool, choose("entropy_weights", balance_on=("age_years",)), sectors=["SOM"]
    )
    assert sets.table.empty
    assert "no weights of the controls have the treated's means" in sets.notes[0]


def test_only_cells_with_both_arms_take_part():
    pool = draw_pool()
    pool.loc[pool["is_treated"], "stratum"] = "A"
    sets = build_computed_sets(pool, choose("propensity_weights"), sectors=["SOM"]).table
    rows = sets.merge(pool, on=["sector", "is_treated", "person_id"])
    assert set(rows["stratum"]) == {"A"}


def test_categories_are_columns_rare_levels_together_and_constants_left_out():
    pool = pd.DataFrame(
        {
            "diagnosis": ["M54"] * 50 + ["F32"] * 30 + ["G43"] * 3 + ["L20"] * 2,
            "age_years": list(range(85)),
            "sex_code": ["1"] * 85,
        }
    )
    covariates = build_covariates(pool, ["diagnosis", "age_years", "sex_code"])
    # Age, F32, and the five of two rare diagnoses; M54 is what they are compared with.
    sums = sorted(covariates.sum(axis=0).tolist())
    assert sums == [5.0, 30.0, float(sum(range(85)))]


def test_a_missing_covariate_is_refused():
    pool = pd.DataFrame({"sex_code": ["1", None, "2"]})
    with pytest.raises(EstimationError, match="sex_code is missing"):
        build_covariates(pool, ["sex_code"])
