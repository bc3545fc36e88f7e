"""What replicates are summarised to: four estimates, sums done by hand."""

import math

import pandas as pd
import pytest

from synthetic_data.recovery.estimates import NO_EVENT_TIME
from synthetic_data.recovery.gate import summarise_gate, write_gate
from synthetic_data.recovery.page import expect_outside, write_page
from synthetic_data.recovery.plan import FIRST_SEEDS, plan_batches
from synthetic_data.recovery.summary import summarise_estimates, summarise_event_times
from synthetic_data.scenario import list_scenarios


def rows_of(estimator="did_2x2", event_time=NO_EVENT_TIME, scenario="null", **changes):
    frame = pd.DataFrame(
        {
            "scenario": scenario,
            "estimator": estimator,
            "sector": "SOM",
            "outcome": "sick_leave_days",
            "event_time": event_time,
            "true_att": [1.0, 1.0, 1.0, 1.0],
            "att": [0.0, 1.0, 2.0, 5.0],
            "se": [1.0, 1.0, 1.0, 3.0],
            "ci_low": [-2.0, -1.0, 0.0, 2.0],
            "ci_high": [2.0, 3.0, 4.0, 8.0],
            "n_treated": 40,
            "seed": range(4),
            "seconds": 1.5,
        }
    )
    return frame.assign(**changes)


def test_bias_error_spread_and_coverage_equal_those_done_by_hand():
    row = summarise_estimates(rows_of()).iloc[0]
    # Errors -1, 0, 1, 4: mean 1, squares 18 / 4, spread sqrt(14 / 3).
    assert row["bias"] == 1
    assert row["rmse"] == pytest.approx(math.sqrt(4.5))
    assert row["spread"] == pytest.approx(math.sqrt(14 / 3))
    assert row["bias_error"] == pytest.approx(math.sqrt(14 / 3) / 2)
    assert row["mean_se"] == 1.5
    # The last interval misses 1; it alone leaves out 0 (the third has 0 on its limit).
    assert row["coverage"] == 0.75
    assert row["coverage_error"] == pytest.approx(math.sqrt(0.75 * 0.25 / 4))
    assert row["rejected"] == 0.25


def test_coverage_is_of_the_mean_effect_and_beside_it_of_the_effect_in_the_replicate():
    # Means 1 x 10 + 9 x 30 over 40 treated are 7, which the last interval holds and no other.
    rows = rows_of(true_att=[1.0, 1.0, 9.0, 9.0], n_treated=[10, 10, 30, 30])
    row = summarise_estimates(rows).iloc[0]
    assert row["true_att"] == 7.0
    assert (row["coverage"], row["realised_coverage"]) == (0.25, 0.5)


def test_the_reference_period_and_whole_windows_are_no_event_times():
    rows = pd.concat(
        [
            rows_of("event_study"),
            rows_of("event_study", 3),
            rows_of("event_study", -12, se=0.0),
        ]
    )
    assert summarise_event_times(rows)["event_time"].tolist() == [3]
    assert len(summarise_estimates(rows)) == 1


def test_the_plan_has_every_replicate_once_and_a_seed_of_its_own():
    batches = plan_batches({"sintef": 25, "dip": 5}, persons=20_000)
    seeds = [seed for batch in batches for seed in batch.seeds]
    assert len(seeds) == len(set(seeds)) == 30
    assert sorted(seeds)[:25] == list(range(100_000, 100_025))
    assert len({batch.name for batch in batches}) == len(batches) == 4


def test_every_scenario_but_the_dirty_one_has_seeds():
    assert {*FIRST_SEEDS, "dirty"} == set(list_scenarios())


def test_the_page_tells_what_was_made(tmp_path):
    parts = []
    for scenario in ("sintef", "null", "dip"):
        for name in ("did_2x2", "stratified", "poisson", "naive", "event_study"):
            parts.append(rows_of(name, scenario=scenario, sector="ALL"))
        parts.append(rows_of("event_study", 3, scenario=scenario))
    write_page(pd.concat(parts), tmp_path / "recovery.md")
    page = (tmp_path / "recovery.md").read_text(encoding="utf-8")
    assert "Replicates: sintef 4, null 4, dip 4." in page
    assert "| did_2x2 | ALL | sick_leave_days | 4 | 40 | 1.00 | 1.00 |" in page
    assert "75.0 % to 75.0 %; 0 of 2 cells" in page
    # Four replicates cannot give a share between 94 and 96 per cent.
    assert "and their mean is 75.0 %. Were it 95.0 % in every cell, chance would leave 2.0" in page
    for name in ("coverage_null", "bias", "event_time_null_sick_leave_days"):
        assert f"recovery/{name}.svg" in page
        text = (tmp_path / "recovery" / f"{name}.svg").read_text(encoding="utf-8")
        assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')


def test_the_power_of_a_diagnostic_is_the_share_of_runs_in_which_it_fails():
    rows = pd.DataFrame(
        [
            # Two outcomes in two runs: it fails for one outcome of the first run.
            ("dip", 0, "SOM", "balance", "fail"),
            ("dip", 0, "SOM", "balance", "pass"),
            ("dip", 1, "SOM", "balance", "pass"),
            ("dip", 1, "SOM", "balance", "pass"),
            ("dip", 0, "SOM", "coding", "pass"),
            ("dip", 1, "SOM", "coding", "not_run"),
        ],
        columns=["scenario", "run", "sector", "diagnostic", "status"],
    )
    table = summarise_gate(rows).set_index("diagnostic")
    assert table["power"].to_dict() == {"balance": 0.5, "coding": 0.0, "any": 0.5}
    assert table["judged"].to_dict() == {"balance": 2, "coding": 1, "any": 2}
    page = write_gate(rows)
    # Wilson, z = 1.96: (0.5 + z2 / 4) / (1 + z2 / 2) is 0.5, -+ 0.405.
    assert "| dip | 2 | 50 (9 to 91) |" in page
    assert "| dip | balance | 50 |" in page
    assert "coding" not in page, "it fails in no run"


def test_runs_where_nothing_should_fail_are_counted_without_the_smallest_sector():
    rows = pd.DataFrame(
        [
            ("sintef", 0, "SOM", "balance", "fail"),
            ("sintef", 0, "ALL", "balance", "fail"),
            ("sintef", 1, "TSB", "power", "fail"),
            ("sintef", 1, "SOM", "balance", "pass"),
            ("sintef", 2, "SOM", "balance", "not_run"),
        ],
        columns=["scenario", "run", "sector", "diagnostic", "status"],
    )
    assert "In 1 of 3 runs of sintef a diagnostic fails" in write_gate(rows)


def test_cells_outside_by_chance_are_counted_by_the_binomial_distribution():
    # 94 to 96 of 100 is 94, 95 or 96 of them.
    chance = sum(math.comb(100, k) * 0.95**k * 0.05 ** (100 - k) for k in (94, 95, 96))
    assert expect_outside(pd.Series([100, 100])) == pytest.approx(2 * (1 - chance))
