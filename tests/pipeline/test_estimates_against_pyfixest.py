"""The estimates of a whole run equal a saturated regression on its matched sets."""

from pathlib import Path

import duckdb
import pandas as pd
import pyfixest
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
TOLERANCE = 1e-8


@pytest.fixture(scope="module")
def units(finished_run: Path) -> pd.DataFrame:
    file = str(finished_run / "restricted" / "warehouse.duckdb")
    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute("select * from mart_matched_units").df()


@pytest.mark.parametrize("outcome", ["sick_leave_days", "health_benefit_days"])
@pytest.mark.parametrize("sector", ["SOM", "PHV", "ARR", "ALL"])
def test_effect_and_clustered_error_equal_pyfixest(
    sector: str, outcome: str, units: pd.DataFrame, finished_run: Path
) -> None:
    estimates = pd.read_parquet(finished_run / "results" / "estimates.parquet")
    ours = estimates.set_index(["sector", "outcome"]).loc[(sector, outcome)]
    chosen = units if sector == "ALL" else units[units["sector"] == sector]
    panel = pd.concat(
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
    fit = pyfixest.feols(
        "days ~ treated * post",
        data=panel,
        weights="weight",
        vcov={"CRV1": "matched_set + person"},
    )
    theirs = fit.tidy().loc["treated:post"]
    assert ours["att"] == pytest.approx(theirs["Estimate"], rel=TOLERANCE, abs=TOLERANCE)
    assert ours["se"] == pytest.approx(theirs["Std. Error"], rel=TOLERANCE)
