"""Calendar estimators on the clock of the index date: held against regressions by pyfixest."""

import numpy as np
import pandas as pd
import pyfixest
import pytest

from evaluation.errors import EstimationError
from evaluation.estimators.staggered_tables import build_staggered
from evaluation.schemas import TABLES

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
QUARTERS = np.arange(-4, 4)
STUDY = {
    "study_id": "demo",
    "fingerprint": "f",
    "sectors": ("SOM", "ARR"),
    "units_of_outcomes": {"sick_leave_days": "days"},
    "period_days": 30,
    "after_days": 360,
    "confidence_level": 0.95,
}
BOTH = ("did_2x2", "callaway_santanna", "twfe")


def draw_panel(seed, *, n_sets=120, effect=-6.0, trend=0.0):
    """Sets of one treated and two controls, treated in quarters of three years."""
    rng = np.random.default_rng(seed)
    n_units = 3 * n_sets
    cohort = np.repeat(8040 + rng.integers(0, 12, n_sets), 3)
    is_treated = np.tile([True, False, False], n_sets)
    peak = 20 * np.exp(-np.abs(QUARTERS))  # everyone's own, at his index date
    calendar = 0.3 * (cohort[:, None] + QUARTERS - 8040)
    days = 10 + rng.normal(0, 4, (n_units, 1)) + peak + calendar
    days = days + rng.normal(0, 3, (n_units, QUARTERS.size))
    days = days + np.where(is_treated[:, None] & (QUARTERS >= 0), effect, 0.0)
    days = days + np.where(is_treated[:, None], trend * QUARTERS, 0.0)
    n_quarters = QUARTERS.size
    return pd.DataFrame(
        {
            "sector": "SOM",
            "matched_set_id": np.repeat(np.repeat(np.arange(n_sets), 3), n_quarters),
            "person_id": np.repeat(np.arange(n_units), n_quarters),
            "is_treated": np.repeat(is_treated, n_quarters),
            "weight": np.repeat(np.where(is_treated, 1.0, 0.5), n_quarters),
            "cohort": np.repeat(cohort, n_quarters),
            "quarter": np.tile(QUARTERS, n_units),
            "sick_leave_days": days.ravel(),
        }
    )


def find(result, estimator, sector="SOM"):
    table = result.table.set_index(["estimator", "sector"])
    return table.loc[(estimator, sector)]


def test_cohorts_against_their_own_controls_are_a_regression_on_changes_by_year():
    panel = draw_panel(1)
    ours = find(build_staggered(panel, estimators=BOTH, **STUDY), "callaway_santanna")
    wide = panel.pivot(index=["matched_set_id", "person_id"], columns="quarter")["sick_leave_days"]
    people = panel[panel["quarter"] == 0].set_index(["matched_set_id", "person_id"])
    frame = people[["is_treated", "weight", "cohort"]].assign(
        # Four quarters are a window of 360 days.
        change=4 * (wide[[0, 1, 2, 3]].mean(axis=1) - wide[-4]),
        treated=people["is_treated"].astype(float),
    )
    att, variance = 0.0, 0.0
    for _, year in frame.groupby(frame["cohort"] // 4):
        fit = pyfixest.feols(
            "change ~ treated",
            data=year.reset_index(),
            weights="weight",
            vcov={"CRV1": "matched_set_id"},
        )
        share = year["is_treated"].sum() / frame["is_treated"].sum()
        row = fit.tidy().loc["treated"]
        att += share * row["Estimate"]
        variance += (share * row["Std. Error"]) ** 2
    assert ours["att"] == pytest.approx(att, rel=1e-9)
    # Theirs has G/(G-1) x (N-1)/(N-k), ours none: about 40 sets a year.
    assert ours["se"] == pytest.approx(np.sqrt(variance), rel=0.02)
    assert ours["n_treated"] == 120
    assert ours["estimand"] == "att_from_reference"


def test_two_way_fixed_effects_are_those_of_pyfixest_on_the_shared_calendar():
    panel = draw_panel(2)
    ours = find(build_staggered(panel, estimators=BOTH, **STUDY), "twfe")
    frame = panel.assign(
        calendar=panel["cohort"] + panel["quarter"],
        exposed=(panel["is_treated"] & (panel["quarter"] >= 0)).astype(float),
    )
    fit = pyfixest.feols(
        "sick_leave_days ~ exposed | person_id + calendar",
        data=frame,
        weights="weight",
        vcov={"CRV1": "matched_set_id"},
    )
    row = fit.tidy().loc["exposed"]
    assert ours["att"] == pytest.approx(4 * row["Estimate"], rel=1e-7)
    assert ours["se"] == pytest.approx(4 * row["Std. Error"], rel=2e-3)
    assert ours["estimand"] == "weighted_att"


def test_weights_of_the_quarters_sum_to_one_and_those_below_zero_are_told():
    result = build_staggered(draw_panel(3), estimators=BOTH, **STUDY)
    assert list(result.weights.columns) == [column.name for column in TABLES["twfe_weights"]]
    for _, rows in result.weights.groupby("sector"):
        assert rows["quarter"].tolist() == [0, 1, 2, 3]
        assert rows["weight"].sum() == pytest.approx(1)
        assert (rows["negative_weight"] <= 0).all()


def test_cohorts_find_what_was_planted_and_the_regression_takes_the_peak_for_an_effect():
    result = build_staggered(draw_panel(4, n_sets=1500), estimators=BOTH, **STUDY)
    cohorts = find(result, "callaway_santanna")
    assert abs(cohorts["att"] + 4 * 6) < 4 * cohorts["se"]
    # Everyone has a peak at his own index date, controls too, but those of other cohorts do not
    # have it in the same calendar: the rise of the treated's own peak counts as effect.
    peak = 20 * np.exp(-np.abs(QUARTERS))
    rise = peak[QUARTERS >= 0].mean() - peak[QUARTERS < 0].mean()
    regression = find(result, "twfe")
    assert regression["att"] == pytest.approx(4 * (rise - 6), abs=1.5)
    assert abs(regression["att"] + 4 * 6) > 10 * regression["se"]


def test_a_set_with_someone_not_observed_is_left_out_whole():
    panel = draw_panel(5)
    gone = panel.copy()
    gone.loc[gone["person_id"] == 1, "sick_leave_days"] = np.nan
    found = find(build_staggered(gone, estimators=BOTH, **STUDY), "callaway_santanna")
    rest = panel[panel["matched_set_id"] != 0].reset_index(drop=True)
    expected = find(build_staggered(rest, estimators=BOTH, **STUDY), "callaway_santanna")
    assert found["att"] == expected["att"]
    assert found["n_treated"] == 119


def test_only_what_the_study_names_is_estimated():
    result = build_staggered(draw_panel(6), estimators=("did_2x2",), **STUDY)
    assert len(result.table) == len(result.weights) == 0
    assert result.notes == ()


def test_nobody_to_compare_with_is_a_note_and_no_row():
    panel = draw_panel(7)
    alone = panel[panel["is_treated"]].reset_index(drop=True)
    result = build_staggered(alone, estimators=BOTH, **STUDY)
    assert len(result.table) == 0
    assert [note.split(":")[0] for note in result.notes] == ["callaway_santanna"] * 2 + ["twfe"] * 2


def test_one_set_or_no_quarter_before_is_a_note_and_no_row():
    panel = draw_panel(8)
    one = panel[panel["matched_set_id"] == 0].reset_index(drop=True)
    after = panel[panel["quarter"] >= 0].reset_index(drop=True)
    for few in (one, after):
        result = build_staggered(few, estimators=BOTH, **STUDY)
        assert len(result.table) == 0
        assert len(result.notes) == 4


def test_a_panel_that_lacks_a_row_is_refused():
    with pytest.raises(EstimationError, match="complete grid"):
        build_staggered(draw_panel(9).iloc[1:], estimators=BOTH, **STUDY)


@pytest.mark.parametrize("estimator", ["callaway_santanna", "twfe"])
def test_a_person_in_several_sets_is_counted_once(estimator):
    panel = draw_panel(9)
    whole = find(build_staggered(panel, estimators=BOTH, **STUDY), estimator)
    # Sets 0 and 1 hold the persons 0 to 5, of whom 0 and 3 are treated.
    again = panel.assign(person_id=panel["person_id"].replace({3: 0, 4: 1}))
    found = find(build_staggered(again, estimators=BOTH, **STUDY), estimator)
    assert (whole["n_treated"], whole["n_control"]) == (120, 240)
    assert (found["n_treated"], found["n_control"]) == (119, 239)
    assert found["att"] == whole["att"]


def test_persons_of_a_year_without_an_estimate_are_not_counted():
    panel = draw_panel(9)
    first_year = panel["cohort"].lt(8044)
    alone = panel[~first_year | panel["is_treated"]]
    found = find(build_staggered(alone, estimators=BOTH, **STUDY), "callaway_santanna")
    rest = panel[~first_year & panel["is_treated"]]
    assert found["n_treated"] == rest["person_id"].nunique()


@pytest.mark.parametrize("estimator", BOTH[1:])
def test_quarters_after_the_window_are_no_part_of_its_effect(estimator):
    panel = draw_panel(3)
    late = panel["quarter"].ge(2) & panel["is_treated"]
    changed = panel.assign(sick_leave_days=panel["sick_leave_days"] + 50.0 * late)
    # 180 days are the quarters 0 and 1.
    settings = STUDY | {"after_days": 180}
    found = find(build_staggered(changed, estimators=BOTH, **settings), estimator)
    cut = panel[panel["quarter"] < 2]
    assert found["att"] == find(build_staggered(cut, estimators=BOTH, **settings), estimator)["att"]


@pytest.mark.parametrize("estimator", BOTH[1:])
def test_a_path_that_ends_before_the_window_is_not_stretched_over_it(estimator):
    panel = draw_panel(3)
    result = build_staggered(panel[panel["quarter"] < 2], estimators=[estimator], **STUDY)
    assert result.table.empty
    assert len(result.notes) == 2
    assert all(f"{estimator}: " in note and "path ends 180 days" in note for note in result.notes)


def test_periods_that_make_no_calendar_quarter_give_no_regression_over_the_calendar():
    settings = STUDY | {"period_days": 15, "after_days": 180}
    result = build_staggered(draw_panel(3), estimators=BOTH, **settings)
    assert set(result.table["estimator"]) == {"callaway_santanna"}
    assert all("twfe" in note and "three periods are 45 days" in note for note in result.notes)
    # Four quarters of 45 days; the effect is of each.
    found = find(result, "callaway_santanna")
    assert found["att"] == pytest.approx(4 * -6.0, abs=4 * found["se"])


def test_an_outcome_without_quarters_has_a_note_and_hides_no_other():
    outcomes = {"sick_leave_dagsverk": "dagsverk", "sick_leave_days": "days"}
    settings = STUDY | {"units_of_outcomes": outcomes}
    result = build_staggered(draw_panel(3), estimators=BOTH, **settings)
    assert set(result.table["outcome"]) == {"sick_leave_days"}
    assert [note.split(": ")[1] for note in result.notes] == 2 * ["ALL, sick_leave_dagsverk"]


def test_no_quarter_at_all_is_told_as_that():
    result = build_staggered(draw_panel(3).head(0), estimators=BOTH, **STUDY)
    assert all("no matched set has a whole quarter" in note for note in result.notes)
    assert len(result.notes) == 2
