"""Overlap from cells: against statsmodels on the rows, and what must follow."""

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

from evaluation.matching.overlap import build_overlap

KEYS = ["sector", "diagnosis", "sex_code", "age_band", "education_group", "index_year"]


def draw_persons(persons=4000, seed=5):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "sector": "SOM",
            "diagnosis": rng.choice(["M54", "F32", "G43"], persons),
            "sex_code": rng.choice(["1", "2"], persons),
            "age_band": rng.choice([20, 30, 40], persons),
            "education_group": rng.choice(["compulsory", "tertiary"], persons),
            "index_year": rng.choice([2010, 2011], persons),
        }
    )
    logit = -2 + 1.2 * (frame["sex_code"] == "2") + 0.03 * frame["age_band"]
    frame["is_treated"] = rng.random(persons) < 1 / (1 + np.exp(-logit))
    return frame


def count_cells(persons):
    arms = persons.assign(n_treated=persons["is_treated"], n_control=~persons["is_treated"])
    return arms.groupby(KEYS, as_index=False)[["n_treated", "n_control"]].sum()


def build(cells, sectors=("SOM", "PHV")):
    return build_overlap(cells, sectors=sectors, study_id="s", fingerprint="f")


def test_cells_give_the_scores_of_a_logistic_regression_on_persons():
    persons = draw_persons()
    data = persons.assign(y=persons["is_treated"].astype(int))
    terms = " + ".join(f"C({name})" for name in KEYS[1:])
    score = np.asarray(smf.logit(f"y ~ {terms}", data).fit(disp=0).predict())
    share = data["y"].mean()
    odds = score / (1 - score) * (1 - share) / share
    place = np.floor(odds / (1 + odds) * 20).astype(int)
    table = build(count_cells(persons)).table
    for arm, is_arm in (("treated", data["y"] == 1), ("control", data["y"] == 0)):
        expected = np.bincount(place[is_arm], minlength=20)
        mine = table[table["arm"] == arm]
        assert mine["n_persons"].tolist() == expected.tolist()
        assert np.allclose(mine["share"].astype(float), expected / is_arm.sum())


def test_arms_that_are_alike_lie_in_the_middle():
    persons = draw_persons()
    persons["is_treated"] = np.arange(len(persons)) % 10 == 0
    table = build(count_cells(persons)).table
    middle = table[table["preference_low"].between(0.3, 0.65)]
    assert (middle.groupby("arm")["share"].sum() > 0.95).all()


def test_arms_without_anything_in_common_lie_apart_and_are_no_error():
    persons = draw_persons()
    persons["is_treated"] = persons["sex_code"] == "2"
    table = build(count_cells(persons)).table
    treated = table[(table["arm"] == "treated") & (table["n_persons"] > 0)]
    control = table[(table["arm"] == "control") & (table["n_persons"] > 0)]
    assert treated["preference_low"].min() >= control["preference_high"].max()
    assert treated["preference_high"].max() == 1.0


def test_a_sector_without_an_arm_has_no_row():
    cells = count_cells(draw_persons())
    lone = cells.assign(sector="PHV", n_treated=0)
    table = build(pd.concat([cells, lone])).table
    assert set(table["sector"]) == {"SOM"}
    assert build(cells.iloc[:0]).table.empty


def test_the_order_of_the_cells_decides_nothing():
    cells = count_cells(draw_persons())
    shuffled = cells.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(build(cells).table, build(shuffled).table)


def test_diagnoses_that_no_treated_has_are_left_out():
    cells = count_cells(draw_persons())
    other = cells.assign(diagnosis="Z99", n_treated=0, n_control=1000)
    pd.testing.assert_frame_equal(build(pd.concat([cells, other])).table, build(cells).table)
