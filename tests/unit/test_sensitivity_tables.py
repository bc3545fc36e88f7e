"""Services and years left out, and a placebo date, against sums and refits by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.sensitivity_tables import (
    SensitivitySettings,
    build_left_out,
    build_path_checks,
    build_sensitivity,
)
from evaluation.schemas import TABLES

SETTINGS = SensitivitySettings(
    honest_joined_periods=2,
    relative_magnitudes=(0.0, 0.5),
    smoothness_days=(0.0,),
    placebo_event_time=-2,
    min_service_treated=5,
    period_days=30,
    after_days=120,
    reference_event_time=-4,
    seed=1,
    confidence_level=0.95,
    cluster_on=("matched_set",),
)
LABELS = {"study_id": "s", "fingerprint": "f", "sectors": ["SOM", "ARR"], "settings": SETTINGS}
# Treated of each service; the last two are small.
SERVICES = {1: 20, 2: 12, 3: 3, None: 2}


def draw_units(seed=1):
    rng = np.random.default_rng(seed)
    services = [service for service, n in SERVICES.items() for _ in range(n)]
    rows = []
    for number, service in enumerate(services, start=1):
        for place in range(3):
            before = rng.integers(0, 200)
            rows.append(
                {
                    "sector": "ARR" if number % 2 else "SOM",
                    "matched_set_id": number,
                    "person_id": 10 * number + place,
                    "is_treated": place == 0,
                    "weight": 1.0 if place == 0 else 0.5,
                    "index_year": 2016 + number % 3,
                    "service": service,
                    "sick_leave_days_before": before,
                    "sick_leave_days_after": before + rng.integers(-40, 40),
                }
            )
    frame = pd.DataFrame(rows)
    return frame.assign(service=frame["service"].astype("Int64"))


def refit(units):
    return estimate_did_2x2(
        units["sick_leave_days_before"].to_numpy(float),
        units["sick_leave_days_after"].to_numpy(float),
        units["is_treated"].to_numpy(bool),
        weight=units["weight"].to_numpy(float),
        matched_set=units["matched_set_id"].to_numpy(np.int64),
        person=units["person_id"].to_numpy(np.int64),
        confidence_level=0.95,
        cluster_on=["matched_set"],
    )


def left_out(units, **changes):
    labels = LABELS | {"settings": replace(SETTINGS, **changes)}
    return build_left_out(units, outcomes=["sick_leave_days"], **labels)


def test_a_year_left_out_is_a_refit_without_its_sets():
    units = draw_units()
    table = left_out(units).table
    years = table[table["analysis"].eq("leave_one_year_out") & table["sector"].eq("ALL")]
    assert list(years["level"]) == ["2016", "2017", "2018"]
    for _, row in years.iterrows():
        wanted = refit(units[units["index_year"].ne(int(row["level"]))])
        for name in ("att", "se", "ci_low", "ci_high", "n_treated", "n_control"):
            assert row[name] == pytest.approx(getattr(wanted, name), rel=1e-12)


def test_services_have_their_smallest_and_largest_effect_and_small_ones_go_together():
    units = draw_units()
    table = left_out(units).table
    rows = table[table["analysis"].eq("leave_one_service_out") & table["sector"].eq("ALL")]
    effects = [
        refit(units[units["service"].ne(service).fillna(True)]).att for service in (1, 2)
    ] + [refit(units[units["service"].isin([1, 2]).fillna(False)]).att]
    by_level = rows.set_index("level")["att"]
    assert by_level["smallest"] == pytest.approx(min(effects))
    assert by_level["largest"] == pytest.approx(max(effects))
    assert set(rows["parts"]) == {3}


def test_no_number_of_a_service_is_told():
    result = left_out(draw_units())
    levels = result.table.loc[result.table["analysis"].eq("leave_one_service_out"), "level"]
    assert set(levels) == {"smallest", "largest"}


def test_without_named_services_and_with_one_year_nothing_is_left_out():
    units = draw_units().assign(service=pd.NA, index_year=2016)
    result = left_out(units.assign(service=units["service"].astype("Int64")))
    assert result.table.empty
    assert list(result.table.columns) == [column.name for column in TABLES["sensitivity"]]


def test_too_few_to_leave_anything_out_is_a_note_that_names_no_service():
    units = draw_units()
    units = units[units["matched_set_id"].isin([1, 2])].assign(index_year=[2016] * 3 + [2017] * 3)
    units["service"] = pd.array([1] * 3 + [2] * 3, dtype="Int64")
    result = left_out(units, min_service_treated=1)
    assert result.table.empty
    told = [note for note in result.notes if note.startswith("ALL")]
    assert told == [
        "ALL, sick_leave_days: leave_one_service_out: what remains when one is left out has no"
        " estimate",
        "ALL, sick_leave_days: leave_one_year_out: what remains when one is left out has no"
        " estimate",
    ]


def draw_panel(seed=2, sets=60):
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(1, sets + 1):
        for place in range(2):
            for time in range(-4, 5):
                effect = -6 if place == 0 and time >= 0 else 0
                rows.append(
                    {
                        "sector": "SOM",
                        "matched_set_id": number,
                        "person_id": 10 * number + place,
                        "is_treated": place == 0,
                        "weight": 1.0,
                        "event_time": time,
                        "sick_leave_days": float(rng.integers(8, 20)) + effect,
                    }
                )
    return pd.DataFrame(rows)


def checks(panel, **changes):
    labels = LABELS | {"settings": replace(SETTINGS, **changes)}
    return build_path_checks(panel, outcomes=["sick_leave_days"], **labels)


def test_the_placebo_compares_the_days_before_the_index_date_with_as_many_before_those():
    panel = draw_panel()
    days = panel.pivot_table(
        index=["matched_set_id", "is_treated"], columns="event_time", values="sick_leave_days"
    )
    change = (days[-2] + days[-1] - days[-4] - days[-3]).unstack("is_treated")
    table = checks(panel).table
    row = table[table["analysis"].eq("placebo_date")].iloc[0]
    assert row["att"] == pytest.approx((change[True] - change[False]).mean())
    assert (row["window_days"], row["level"]) == (60, "-2")


def test_a_set_that_is_not_observed_whole_before_is_left_out_of_the_placebo():
    panel = draw_panel()
    gone = panel["matched_set_id"].eq(1) & panel["event_time"].eq(-4) & panel["is_treated"]
    panel.loc[gone, "sick_leave_days"] = np.nan
    table = checks(panel, reference_event_time=-1).table
    row = table[table["analysis"].eq("placebo_date")].iloc[0]
    assert row["n_treated"] == 59
    rest = checks(draw_panel()[lambda frame: frame["matched_set_id"].ne(1)]).table
    assert row["att"] == pytest.approx(rest[rest["analysis"].eq("placebo_date")]["att"].iloc[0])


def test_a_placebo_beyond_the_event_times_is_a_note():
    result = checks(draw_panel(), placebo_event_time=-3)
    assert "placebo_date" not in set(result.table["analysis"])
    assert any("do not reach 6 periods back" in note for note in result.notes)


def test_the_honest_effect_is_that_of_the_window_and_every_bound_has_its_row():
    panel = draw_panel()
    table = checks(panel).table
    honest = table[table["sector"].eq("SOM") & table["analysis"].str.startswith("honest")]
    assert list(honest["level"]) == ["0", "0.5", "breakdown", "0", "breakdown"]
    days = panel.groupby(["is_treated", "event_time"])["sick_leave_days"].mean()
    gap = days[True] - days[False]
    after = sum(gap[time] for time in range(4)) - 2 * (gap[-2] + gap[-1])
    assert honest["att"].astype(float).to_numpy() == pytest.approx(after)
    assert set(honest["verdict"].dropna()) <= {"no_finding", "holds", "breaks"}


def test_a_path_that_cannot_be_made_is_a_note_and_no_row():
    panel = draw_panel()
    panel.loc[panel["event_time"].eq(1), "sick_leave_days"] = np.nan
    result = checks(panel)
    assert not result.table["analysis"].str.startswith("honest").any()
    assert any("SOM, sick_leave_days" in note for note in result.notes)


def test_nothing_matched_gives_an_empty_table():
    result = checks(draw_panel()[:0])
    assert result.table.empty
    joined = build_sensitivity([result, left_out(draw_units()[:0])], ["SOM"])
    assert joined.table.empty


def test_joined_tables_stand_in_the_order_of_the_sectors():
    joined = build_sensitivity([checks(draw_panel()), left_out(draw_units())], ["SOM", "ARR"])
    assert list(dict.fromkeys(joined.table["sector"])) == ["SOM", "ARR", "ALL"]
