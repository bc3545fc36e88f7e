"""Which rows of the units and of the panel go into which row of the result tables."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from reference.matched_sets import draw_matched_sets

from evaluation.errors import EstimationError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.estimate_rows import join_estimates
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.tables import build_estimates, build_event_study
from evaluation.schemas import TABLES

SECTORS = ("SOM", "PHV", "TSB", "ARR")
OUTCOMES = ("sick_leave_days", "health_benefit_days")
EVENT_TIME = np.arange(-2, 2)
INFERENCE = {"confidence_level": 0.95, "cluster_on": ("matched_set", "person")}
UNITS = dict.fromkeys(OUTCOMES, "days")
PATHS = {"period_days": 30, "after_days": 75, "draws": 199, "seed": 1}
STUDY = {"study_id": "demo", "fingerprint": "f", "sectors": SECTORS}


def unit_frame(drawn, sector, *, first_set=0):
    frame = pd.DataFrame(
        {
            "sector": sector,
            "matched_set_id": drawn.matched_set + first_set,
            "person_id": drawn.person,
            "is_treated": drawn.is_treated,
            "weight": drawn.weight,
        }
    )
    days = np.rint(drawn.outcome).astype("int64")
    frame["sick_leave_days_before"], frame["sick_leave_days_after"] = days[:, 0], days[:, 1]
    frame["health_benefit_days_before"] = days[:, 0] + 3
    frame["health_benefit_days_after"] = days[:, 1] * 2
    return frame


def panel_frame(drawn, sector, *, first_set=0):
    n_periods = EVENT_TIME.size
    days = pd.Series(np.rint(drawn.outcome[:, :n_periods]).ravel()).astype("Int64")
    return pd.DataFrame(
        {
            "sector": sector,
            "matched_set_id": np.repeat(drawn.matched_set + first_set, n_periods),
            "person_id": np.repeat(drawn.person, n_periods),
            "is_treated": np.repeat(drawn.is_treated, n_periods),
            "weight": np.repeat(drawn.weight, n_periods),
            "event_time": np.tile(EVENT_TIME, drawn.person.size),
            "sick_leave_days": days,
            "health_benefit_days": days + 1,
        }
    )


def two_sectors(frame_of):
    som, arr = (draw_matched_sets(seed, n_periods=4, n_sets=15) for seed in (61, 62))
    return pd.concat(
        [frame_of(arr, "ARR", first_set=1000), frame_of(som, "SOM")], ignore_index=True
    )


def estimates(units):
    return build_estimates(units, units_of_outcomes=UNITS, **STUDY, **INFERENCE, after_days=365)


def event_study(panel):
    return build_event_study(
        panel, units_of_outcomes=UNITS, **STUDY, **INFERENCE, **PATHS, reference_event_time=-2
    )


def test_an_outcome_has_its_own_unit_and_a_secondary_one_its_own_row():
    units = two_sectors(unit_frame)
    for side in ("before", "after"):
        units[f"sick_leave_dagsverk_{side}"] = units[f"sick_leave_days_{side}"] * 0.5
    outcomes = {"sick_leave_days": "days", "sick_leave_dagsverk": "dagsverk"}
    table = build_estimates(
        units, units_of_outcomes=outcomes, **STUDY, **INFERENCE, after_days=365
    ).table
    assert table.groupby("outcome")["unit"].unique().map(list).to_dict() == {
        outcome: [unit] for outcome, unit in outcomes.items()
    }
    days, dagsverk = (table[table["outcome"] == outcome]["att"].to_numpy() for outcome in outcomes)
    assert_allclose(dagsverk.astype(float), days.astype(float) / 2)


def test_each_sector_with_sets_and_all_have_one_row_per_outcome():
    result = estimates(two_sectors(unit_frame))
    assert result.table[["sector", "outcome"]].to_numpy().tolist() == [
        [sector, outcome] for sector in ("SOM", "ARR", "ALL") for outcome in OUTCOMES
    ]
    assert result.notes == ()


@pytest.mark.parametrize("sector", ["SOM", "ARR", "ALL"])
def test_a_row_holds_the_2x2_of_its_sector(sector):
    units = two_sectors(unit_frame)
    table = estimates(units).table
    row = table[(table["sector"] == sector) & (table["outcome"] == "health_benefit_days")].iloc[0]
    part = units if sector == "ALL" else units[units["sector"] == sector]
    did = estimate_did_2x2(
        part["health_benefit_days_before"].to_numpy(dtype=float),
        part["health_benefit_days_after"].to_numpy(dtype=float),
        part["is_treated"].to_numpy(),
        weight=part["weight"].to_numpy(),
        matched_set=part["matched_set_id"].to_numpy(),
        person=part["person_id"].to_numpy(),
        **INFERENCE,
    )
    assert (row["att"], row["se"], row["p_value"]) == (did.att, did.se, did.p_value)
    assert (row["n_treated"], row["n_control"]) == (did.n_treated, did.n_control)


def test_sectors_need_not_stand_together():
    units = two_sectors(unit_frame)
    mixed = units.sample(frac=1, random_state=np.random.default_rng(64))
    numbers = ["att", "se", "ci_low", "p_value", "n_treated", "n_control", "n_clusters"]
    table, expected = estimates(mixed).table, estimates(units).table
    assert table["sector"].tolist() == expected["sector"].tolist()
    assert_allclose(
        table[numbers].to_numpy(dtype=float), expected[numbers].to_numpy(dtype=float), rtol=1e-12
    )


def test_the_fixed_columns_say_what_was_estimated():
    table = estimates(two_sectors(unit_frame)).table
    assert list(table.columns) == [column.name for column in TABLES["estimates"]]
    expected = {
        "study_id": "demo",
        "specification_id": "main",
        "subgroup": "all",
        "unit": "days",
        "estimand": "att",
        "estimator": "did_2x2",
        "window_days": 365,
        "gate": "not_run",
        "gate_reasons": "the study fixes no diagnostics",
        "fingerprint": "f",
    }
    for name, value in expected.items():
        assert table[name].unique().tolist() == [value]
    ratios = ["ratio", "ratio_low", "ratio_high"]
    assert table[ratios].isna().all(axis=None)
    assert not table.drop(columns=ratios).isna().any(axis=None)


def test_a_sector_with_one_set_has_a_note_and_no_row_and_counts_in_all():
    units = two_sectors(unit_frame)
    lone = unit_frame(draw_matched_sets(63, n_sets=1), "TSB", first_set=5000)
    lone["person_id"] += 10_000
    result = estimates(pd.concat([units, lone], ignore_index=True))
    assert "TSB" not in result.table["sector"].tolist()
    assert [note.split(":")[0] for note in result.notes] == [
        "TSB, sick_leave_days",
        "TSB, health_benefit_days",
    ]
    pooled = result.table[result.table["sector"] == "ALL"]
    # The 15 treated persons of SOM are those of ARR too, and count once.
    assert pooled["n_treated"].tolist() == [16, 16]


@pytest.mark.parametrize(
    ("build", "frame_of", "name"),
    [(estimates, unit_frame, "estimates"), (event_study, panel_frame, "event_study")],
)
def test_no_matched_sets_give_an_empty_table_and_a_note(build, frame_of, name):
    result = build(two_sectors(frame_of).iloc[:0])
    assert len(result.table) == 0
    assert list(result.table.columns) == [column.name for column in TABLES[name]]
    assert len(result.notes) == 1


@pytest.mark.parametrize(
    ("build", "frame_of"), [(estimates, unit_frame), (event_study, panel_frame)]
)
def test_a_sector_that_the_study_does_not_have_is_refused(build, frame_of):
    with pytest.raises(EstimationError, match="XYZ"):
        build(two_sectors(frame_of).assign(sector="XYZ"))


def test_event_study_rows_hold_the_path_of_their_sector():
    result = event_study(two_sectors(panel_frame))
    table = result.table
    assert list(table.columns) == [column.name for column in TABLES["event_study"]]
    assert len(table) == 3 * 2 * EVENT_TIME.size
    drawn = draw_matched_sets(61, n_periods=4, n_sets=15)
    path = estimate_event_study(
        np.rint(drawn.outcome),
        EVENT_TIME,
        drawn.is_treated,
        **drawn.labels(),
        **INFERENCE,
        reference_event_time=-2,
    )
    rows = table[(table["sector"] == "SOM") & (table["outcome"] == "sick_leave_days")]
    assert rows["event_time"].tolist() == path.term.tolist()
    for name in ("att", "se", "ci_high", "n_control", "control_mean"):
        assert rows[name].tolist() == getattr(path, name).tolist()
    assert result.notes == ()


def test_a_period_without_observations_has_a_note_and_no_row():
    panel = two_sectors(panel_frame)
    unseen = (panel["sector"] == "ARR") & (panel["event_time"] == 1)
    panel.loc[unseen, "sick_leave_days"] = pd.NA
    result = event_study(panel)
    arr = result.table[(result.table["sector"] == "ARR")]
    assert arr["outcome"].value_counts().to_dict() == {OUTCOMES[0]: 3, OUTCOMES[1]: 4}
    first, second = result.notes
    assert first.startswith("ARR, sick_leave_days: event time 1: no")
    # The window is of 75 days, and the path of 30: their mean is no effect of the window.
    assert second.startswith("event_study mean: ARR, sick_leave_days: the path ends 30 days after")
    assert result.means.query("sector == 'ARR' and outcome == 'sick_leave_days'").empty


@pytest.mark.parametrize(
    "broken",
    [
        lambda panel: panel.iloc[1:],
        lambda panel: panel.sort_values("event_time"),
        lambda panel: panel.iloc[::-1].sort_values("person_id"),
    ],
)
def test_a_panel_that_is_not_a_complete_grid_is_refused(broken):
    with pytest.raises(EstimationError, match="complete grid"):
        event_study(broken(two_sectors(panel_frame)))


def test_the_mean_of_a_path_is_in_days_per_window_and_over_whole_periods_only():
    panel = two_sectors(panel_frame)
    result = event_study(panel)
    means = result.means.set_index(["sector", "outcome"])
    assert means["estimator"].unique().tolist() == ["event_study"]
    # Event times -2 to 1; a window of 75 days holds periods 0 and 1 whole, and is 2.5 periods.
    path = result.table[(result.table["sector"] == "SOM") & (result.table["event_time"] >= 0)]
    att = path.groupby("outcome")["att"].mean() * 2.5
    for outcome in OUTCOMES:
        assert means.loc[("SOM", outcome), "att"] == pytest.approx(att[outcome])


def test_a_window_shorter_than_a_period_has_no_mean_but_a_note():
    panel = two_sectors(panel_frame)
    settings = PATHS | {"after_days": 20}
    result = build_event_study(
        panel, units_of_outcomes=UNITS, **STUDY, **INFERENCE, **settings, reference_event_time=-2
    )
    assert len(result.means) == 0
    assert len(result.notes) == 6
    assert all("no period lies whole" in note for note in result.notes)


def test_an_outcome_that_no_period_holds_has_a_note():
    result = build_event_study(
        two_sectors(panel_frame), units_of_outcomes=UNITS | {"sick_leave_months": "months"},
        **STUDY, **INFERENCE, **PATHS, reference_event_time=-2,
    )  # fmt: skip
    assert result.notes == ("ALL, sick_leave_months: a period does not hold it, so it has no path",)
    assert set(result.table["outcome"]) == set(UNITS)


def test_bands_come_of_the_seed_and_are_nothing_at_the_reference():
    panel = two_sectors(panel_frame)
    first, second = (event_study(panel).table for _ in range(2))
    assert first["band_low"].tolist() == second["band_low"].tolist()
    reference = first[first["event_time"] == -2]
    assert (reference[["band_low", "band_high"]] == 0).all(axis=None)


def test_poisson_stands_beside_the_2x2_with_its_ratio():
    units = two_sectors(unit_frame)
    result = build_estimates(
        units,
        units_of_outcomes=UNITS,
        **STUDY,
        **INFERENCE,
        after_days=365,
        estimators=("did_2x2", "poisson"),
    )
    ratios = result.table.set_index(["estimator", "sector", "outcome"])
    row = ratios.loc[("poisson", "SOM", "sick_leave_days")]
    changes = row["treated_after"] / row["treated_before"]
    changes_of_controls = row["control_after"] / row["control_before"]
    assert row["ratio"] == pytest.approx(changes / changes_of_controls)
    assert row["ratio_low"] < row["ratio"] < row["ratio_high"]
    assert row["estimand"] == "att_ratio_trends"


def test_an_arm_without_a_day_has_no_ratio_but_a_note():
    units = two_sectors(unit_frame)
    units.loc[units["is_treated"], "sick_leave_days_before"] = 0
    result = build_estimates(
        units,
        units_of_outcomes=UNITS,
        **STUDY,
        **INFERENCE,
        after_days=365,
        estimators=("did_2x2", "poisson"),
    )
    rows = result.table[result.table["estimator"] == "poisson"]
    assert rows["outcome"].unique().tolist() == ["health_benefit_days"]
    assert len(result.notes) == 3
    assert all(note.startswith("poisson: ") for note in result.notes)


def test_rows_follow_the_order_of_the_study_and_subgroups_come_last():
    units = two_sectors(unit_frame)
    main = estimates(units).table
    other = main.assign(estimator="poisson")
    parts = main.assign(subgroup="sex=1")
    unknown = main.assign(estimator="twfe")
    joined = join_estimates([parts, main, other, unknown], estimators=("poisson", "did_2x2"))
    shown = joined[["estimator", "subgroup"]].drop_duplicates().to_numpy().tolist()
    assert shown == [["poisson", "all"], ["did_2x2", "all"], ["did_2x2", "sex=1"]]
    assert joined["sector"].tolist() == main["sector"].tolist() * 3


def test_with_few_sets_a_band_is_no_narrower_than_its_periods():
    # By t with one degree of freedom a limit is 12.7 errors away; no draw is.
    panel = panel_frame(draw_matched_sets(66, n_periods=4, n_sets=2), "SOM")
    table = event_study(panel).table
    assert (table["ci_high"] - table["att"]).max() / table["se"].max() > 12
    assert (table["band_low"] <= table["ci_low"]).all()
    assert (table["band_high"] >= table["ci_high"]).all()
