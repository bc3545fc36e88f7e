"""The estimates of a whole run equal a saturated regression on its matched sets."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyfixest
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
TOLERANCE = 1e-8


def read_mart(run: Path, query: str) -> pd.DataFrame:
    file = str(run / "restricted" / "warehouse.duckdb")
    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute(query).df()


def find_row(run: Path, sector: str, outcome: str, estimator: str) -> pd.Series:
    table = pd.read_parquet(run / "results" / "estimates.parquet")
    keys = ["sector", "outcome", "estimator", "subgroup"]
    return table.set_index(keys).loc[(sector, outcome, estimator, "all")]


def stack_windows(chosen: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "days": chosen[f"{outcome}_{window}"].astype(float),
                    "post": float(window == "after"),
                    "treated": chosen["is_treated"].astype(float),
                    "weight": chosen["weight"],
                    "matched_set": chosen["matched_set_id"],
                    "person": chosen["person_id"],
                }
            )
            for window in ("before", "after")
        ],
        ignore_index=True,
    )


@pytest.fixture(scope="module")
def units(finished_run: Path) -> pd.DataFrame:
    return read_mart(finished_run, "select * from mart_matched_units")


@pytest.mark.parametrize("outcome", ["sick_leave_days", "health_benefit_days"])
@pytest.mark.parametrize("sector", ["SOM", "PHV", "ARR", "ALL"])
def test_effect_and_clustered_error_equal_pyfixest(
    sector: str, outcome: str, units: pd.DataFrame, finished_run: Path
) -> None:
    ours = find_row(finished_run, sector, outcome, "did_2x2")
    chosen = units if sector == "ALL" else units[units["sector"] == sector]
    panel = stack_windows(chosen, outcome)
    fit = pyfixest.feols(
        "days ~ treated * post",
        data=panel,
        weights="weight",
        vcov={"CRV1": "matched_set + person"},
    )
    theirs = fit.tidy().loc["treated:post"]
    assert ours["att"] == pytest.approx(theirs["Estimate"], rel=TOLERANCE, abs=TOLERANCE)
    assert ours["se"] == pytest.approx(theirs["Std. Error"], rel=TOLERANCE)


@pytest.mark.parametrize("sector", ["SOM", "ALL"])
def test_stratified_equals_the_weighted_regression_on_everybody_of_the_strata(
    sector: str, finished_run: Path
) -> None:
    pool = read_mart(
        finished_run,
        "select * from mart_match_pool inner join mart_window_outcomes"
        " using (is_treated, sector, person_id) where is_comparable",
    )
    chosen = pool if sector == "ALL" else pool[pool["sector"] == sector]
    cell = chosen["sector"] + "|" + chosen["stratum"]
    n_treated = chosen["is_treated"].groupby(cell).transform("sum")
    n_control = (~chosen["is_treated"]).groupby(cell).transform("sum")
    weight = (n_treated / n_control).where(~chosen["is_treated"], 1.0)
    chosen = chosen.assign(weight=weight, matched_set_id=cell.factorize()[0])
    panel = stack_windows(chosen[(n_treated > 0) & (n_control > 0)], "sick_leave_days")
    fit = pyfixest.feols(
        "days ~ treated * post",
        data=panel,
        weights="weight",
        vcov={"CRV1": "matched_set + person"},
    )
    theirs = fit.tidy().loc["treated:post"]
    ours = find_row(finished_run, sector, "sick_leave_days", "stratified")
    assert ours["att"] == pytest.approx(theirs["Estimate"], rel=TOLERANCE, abs=TOLERANCE)
    assert ours["se"] == pytest.approx(theirs["Std. Error"], rel=TOLERANCE)


@pytest.mark.parametrize("sector", ["PHV", "ALL"])
def test_the_ratio_of_poisson_is_that_of_pyfixest_and_its_days_follow(
    sector: str, units: pd.DataFrame, finished_run: Path
) -> None:
    chosen = units if sector == "ALL" else units[units["sector"] == sector]
    panel = stack_windows(chosen, "health_benefit_days")
    fit = pyfixest.fepois(
        "days ~ treated * post", data=panel, weights="weight", vcov={"CRV1": "matched_set"}
    )
    ours = find_row(finished_run, sector, "health_benefit_days", "poisson")
    ratio = float(np.exp(fit.coef()["treated:post"]))
    assert ours["ratio"] == pytest.approx(ratio, rel=1e-6)
    # What the treated would have had: their mean before times the controls' ratio.
    assert ours["treated_after"] - ours["att"] == pytest.approx(
        ours["treated_after"] / ratio, rel=1e-6
    )


@pytest.mark.parametrize("sector", ["SOM", "ALL"])
def test_the_event_study_in_days_per_window_is_a_regression_on_the_mean_of_its_periods(
    sector: str, finished_run: Path
) -> None:
    panel = read_mart(
        finished_run,
        "select * from mart_event_time inner join mart_matched_sets"
        " using (matched_set_id, person_id) where event_time = -12 or event_time between 0 and 11",
    )
    chosen = panel if sector == "ALL" else panel[panel["sector"] == sector]
    is_after = chosen["event_time"] >= 0
    keys = ["matched_set_id", "person_id"]
    after = chosen[is_after].groupby(keys)["sick_leave_days"].mean()
    before = chosen[~is_after].set_index(keys)["sick_leave_days"]
    people = chosen[~is_after].set_index(keys)[["is_treated", "weight"]]
    frame = people.assign(change=(after - before) * 365 / 30).reset_index()
    frame["treated"] = frame["is_treated"].astype(float)
    fit = pyfixest.feols(
        "change ~ treated",
        data=frame,
        weights="weight",
        vcov={"CRV1": "matched_set_id + person_id"},
    )
    theirs = fit.tidy().loc["treated"]
    ours = find_row(finished_run, sector, "sick_leave_days", "event_study")
    assert frame["change"].notna().all(), "someone is not observed, and the two would differ"
    assert ours["att"] == pytest.approx(theirs["Estimate"], rel=1e-9)
    # Theirs has one row a person and two coefficients, ours two and four.
    assert ours["se"] == pytest.approx(theirs["Std. Error"], rel=1e-3)


def test_bands_hold_the_limits_of_each_period_and_the_same_number_of_errors(
    finished_run: Path,
) -> None:
    table = pd.read_parquet(finished_run / "results" / "event_study.parquet")
    paths = table[table["se"] > 0]
    assert (paths["band_low"] <= paths["ci_low"]).all()
    assert (paths["band_high"] >= paths["ci_high"]).all()
    errors = (paths["band_high"] - paths["att"]) / paths["se"]
    # In large samples wider than one by one (1.96), narrower than Bonferroni over 24 (3.08).
    large = paths["sector"].isin(["SOM", "ALL"])
    assert errors[large].between(2.0, 3.1).all()
    spread = errors.groupby([paths["sector"], paths["outcome"]]).agg(["min", "max"])
    assert np.allclose(spread["min"].astype(float), spread["max"].astype(float))
