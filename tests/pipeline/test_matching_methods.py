"""Matching methods of a study, through the graph on a finished run."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from lean_study import LEAN_STUDY
from rich.console import Console

from evaluation.outputs import OutputLayout
from pipelines.run import RunRequest, run_until


@pytest.fixture
def run_with(copied_run: Path, synthetic_delivery: Path, tmp_path: Path):
    """Run the study with another method of matching; give its estimates and its sets."""

    def run(**settings: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        text = LEAN_STUDY.read_text(encoding="utf-8")
        for name, value in settings.items():
            (line,) = [line for line in text.splitlines() if line.startswith(f"{name} = ")]
            text = text.replace(line, f"{name} = {value}")
        changed = tmp_path / "changed.toml"
        changed.write_text(text, encoding="utf-8")
        run_until(
            RunRequest(changed, synthetic_delivery, copied_run),
            Console(quiet=True),
            assets=["estimates", "balance", "matched_sets"],
        )
        estimates = OutputLayout(copied_run).read_result("estimates")
        assert estimates is not None
        is_headline = estimates["estimator"].eq("did_2x2") & estimates["subgroup"].eq("all")
        estimates = estimates[is_headline].reset_index(drop=True)
        return estimates, pd.read_parquet(copied_run / "restricted" / "matched_sets.parquet")

    return run


def test_entropy_weights_balance_what_the_study_names(run_with, copied_run: Path) -> None:
    estimates, sets = run_with(method='"entropy_weights"', balance_on='["age_years", "sex_code"]')
    balance = OutputLayout(copied_run).read_result("balance")
    assert balance is not None
    mine = balance[balance["sector"].eq("SOM") & balance["covariate"].isin(["age_years", "sex"])]
    assert np.allclose(mine["smd_after"].astype(float), 0, atol=1e-6)
    assert (mine["smd_before"].astype(float).abs() > 0.01).any()
    som = estimates[estimates["sector"] == "SOM"].iloc[0]
    controls = sets[~sets["is_treated"] & (sets["sector"] == "SOM")]
    assert som["n_control"] == len(controls)
    assert np.isclose(controls["weight"].sum(), som["n_treated"])


@pytest.mark.slow
def test_nearest_dates_stay_within_the_caliper(run_with) -> None:
    estimates, sets = run_with(method='"nearest"', caliper="14.0", controls_per_treated="2")
    treated = sets[sets["is_treated"]].set_index("matched_set_id")
    controls = sets[~sets["is_treated"]]
    own = pd.to_datetime(treated.loc[controls["matched_set_id"], "index_date"]).to_numpy()
    apart = np.abs(pd.to_datetime(controls["index_date"]).to_numpy() - own)
    assert apart.max() <= np.timedelta64(14, "D")
    assert controls.groupby("matched_set_id").size().max() == 2
    assert (estimates["n_treated"] > 0).all()


@pytest.mark.slow
def test_matching_on_levels_before_makes_arms_alike_before(run_with) -> None:
    plain = run_with()[0].set_index(["sector", "outcome"])
    variables = '["diagnosis", "sex", "sick_leave_level"]'
    levelled = run_with(exact_on=variables)[0].set_index(["sector", "outcome"])

    def gap(estimates: pd.DataFrame) -> float:
        row = estimates.loc["SOM", "sick_leave_days"]
        return abs(row["treated_before"] - row["control_before"])

    assert gap(levelled) < 5
    assert levelled.loc[("SOM", "sick_leave_days"), "n_treated"] > 0
    assert gap(plain) != gap(levelled)


@pytest.mark.slow
def test_coarse_strata_weigh_controls_like_the_treated_of_their_cell(run_with, copied_run) -> None:
    _, sets = run_with(
        method='"stratification"', age_band_years="[30, 45, 60]", exact_on='["sex", "age_band"]'
    )
    with duckdb.connect(str(OutputLayout(copied_run).warehouse_file), read_only=True) as connection:
        pool = connection.sql(
            "select person_id, sector, is_treated, sex_code, age_years, index_year"
            " from mart_match_pool where is_comparable"
        ).df()
    pool["band"] = np.digitize(pool["age_years"], [30, 45, 60])
    cell = ["sector", "sex_code", "band", "index_year"]
    arms = pool.groupby([*cell, "is_treated"]).size().unstack(fill_value=0)
    arms = arms[(arms[True] > 0) & (arms[False] > 0)]
    assert len(sets) == arms.to_numpy().sum()
    joined = sets.merge(pool, on=["person_id", "sector", "is_treated"], validate="one_to_one")
    expected = (arms[True] / arms[False]).rename("expected")
    controls = joined[~joined["is_treated"]].merge(expected.reset_index(), on=cell)
    assert np.allclose(controls["weight"], controls["expected"])


@pytest.mark.slow
def test_a_study_run_again_leaves_its_sets_as_they_stood(run_with) -> None:
    first, _ = run_with(controls_per_treated="3")
    second, _ = run_with(controls_per_treated="3")
    pd.testing.assert_frame_equal(first, second)
