"""The event study beside the planted path: three treated in two sectors, sums done by hand."""

import pandas as pd
import pytest

from evaluation.errors import EvaluationError
from evaluation.schemas import TABLES
from evaluation.verify_event_time import build_verify_event_time, summarise_coverage

REFERENCE = -2
TREATED = pd.DataFrame(
    {
        "sector": ["SOM", "SOM", "ARR"],
        "matched_set_id": [1, 2, 3],
        "npr_id": ["a", "b", "c"],
        "index_date": pd.Timestamp("2012-03-06"),
    }
)
# a: 4 days less in period 0, and 1 day more in the reference; c: 6 days less in period 0.
PLANTED = pd.DataFrame(
    {
        "npr_id": ["a", "a", "c", "stranger"],
        "sector": ["SOM", "SOM", "ARR", "SOM"],
        "index_date": pd.Timestamp("2012-03-06"),
        "outcome": "sick_leave_days",
        "event_time": [0, REFERENCE, 0, 0],
        "effect": [-4.0, 1.0, -6.0, 99.0],
    }
)
NOBODY = pd.DataFrame({"matched_set_id": [], "event_time": []}, dtype="int64")
COUNTS = {"SOM": 2, "ARR": 1, "ALL": 3}


def event_study(counts=COUNTS):
    rows = [
        {
            "sector": sector,
            "outcome": "sick_leave_days",
            "event_time": time,
            "att": 0.0 if time == REFERENCE else -2.0,
            "se": 0.0 if time == REFERENCE else 0.5,
            "ci_low": 0.0 if time == REFERENCE else -3.0,
            "ci_high": 0.0 if time == REFERENCE else -1.0,
            "n_treated": count,
        }
        for sector, count in counts.items()
        for time in (REFERENCE, -1, 0)
    ]
    return pd.DataFrame(rows)


def build(estimates=None, unobserved=NOBODY, planted=PLANTED):
    table = build_verify_event_time(
        event_study() if estimates is None else estimates,
        TREATED,
        unobserved,
        planted,
        reference_event_time=REFERENCE,
        fingerprint="f",
    )
    return table.set_index(["sector", "event_time"])


def test_the_truth_is_the_mean_less_that_of_the_reference_period():
    true = build()["true_att"].to_dict()
    assert true == {
        # a: -4 - 1 in period 0 and 0 - 1 in period -1; b: nothing. Two treated.
        ("SOM", REFERENCE): 0,
        ("SOM", -1): -0.5,
        ("SOM", 0): -2.5,
        ("ARR", REFERENCE): 0,
        ("ARR", -1): 0,
        ("ARR", 0): -6,
        ("ALL", REFERENCE): 0,
        ("ALL", -1): pytest.approx(-1 / 3),
        ("ALL", 0): pytest.approx(-11 / 3),
    }


def test_z_and_coverage_equal_those_done_by_hand():
    table = build()
    assert table.loc[("SOM", 0), "z"] == pytest.approx((-2 + 2.5) / 0.5)
    assert table.loc[("SOM", 0), "covered"]
    assert table.loc[("ARR", 0), "z"] == pytest.approx((-2 + 6) / 0.5)
    assert not table.loc[("ARR", 0), "covered"]


def test_the_reference_period_is_no_finding():
    row = build().loc[("SOM", REFERENCE)]
    assert pd.isna(row["z"])
    assert pd.isna(row["covered"])


def test_a_set_that_is_not_observed_whole_leaves_the_truth_of_the_period():
    # A control of set 1 is not seen in period 0: a leaves it, b remains with no effect.
    gaps = pd.DataFrame({"matched_set_id": [1, 1], "event_time": [0, 0]})
    estimates = event_study()
    is_period = estimates["event_time"] == 0
    estimates.loc[is_period & (estimates["sector"] == "SOM"), "n_treated"] = 1
    estimates.loc[is_period & (estimates["sector"] == "ALL"), "n_treated"] = 2
    true = build(estimates, gaps)["true_att"]
    assert true[("SOM", 0)] == 0
    assert true[("SOM", -1)] == -0.5
    assert true[("ALL", 0)] == -3


def test_a_set_without_the_reference_leaves_every_period():
    gaps = pd.DataFrame({"matched_set_id": [1], "event_time": [REFERENCE]})
    true = build(event_study({"SOM": 1, "ARR": 1, "ALL": 2}), gaps)["true_att"]
    assert true[("SOM", 0)] == 0
    assert true[("SOM", -1)] == 0
    assert true[("ALL", 0)] == -3


def test_an_outcome_without_any_planted_effect_has_the_truth_nought():
    table = build(planted=PLANTED.iloc[:0])
    assert (table["true_att"] == 0).all()


def test_other_persons_than_the_estimated_are_refused_by_number_alone():
    with pytest.raises(EvaluationError) as raised:
        build(event_study({"SOM": 5, "ARR": 1, "ALL": 6}))
    assert "SOM, sick_leave_days, event time -1: 5 treated" in str(raised.value)
    assert len(raised.value.problems) == 3


def test_the_columns_are_those_of_the_schema_in_the_order_of_the_estimates():
    table = build().reset_index()
    assert set(table.columns) == {column.name for column in TABLES["verify_event_time"]}
    assert table["sector"].drop_duplicates().tolist() == ["SOM", "ARR", "ALL"]


def test_the_summary_counts_periods_that_hold_the_truth():
    rows = summarise_coverage(build().reset_index()).set_index("sector")
    # SOM: -0.5 in period -1 lies outside [-3, -1], -2.5 in period 0 inside.
    assert rows.loc["SOM"].to_dict() == {
        "outcome": "sick_leave_days",
        "periods": 2,
        "covered": 1,
        "largest_z": pytest.approx(3.0),
    }
