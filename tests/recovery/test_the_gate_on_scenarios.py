"""Each diagnostic fires in a scenario whose threat it is for, and is quiet in `sintef`.

The shares of runs (90 % fire, 95 % quiet) are measured by `make recovery`; here is one run each.
"""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from evaluation.outputs import OutputLayout
from pipelines.resources import DEFAULT_STUDY
from pipelines.run import RunRequest, run_until
from synthetic_data.generate import write_delivery

PERSONS, FEW = 200_000, 40_000
# TSB has fewer than a hundred treated in 200,000 persons, and is withheld for want of power.
PUBLISHED = ("SOM", "PHV", "ARR", "ALL")
OUTCOMES = ("sick_leave_days", "health_benefit_days")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]


def fired(scenario: str, persons: int, tmp_path: Path, seed: int = 1) -> pd.DataFrame:
    """Run the graph up to the gate, and give the diagnostics that failed."""
    write_delivery(scenario=scenario, persons=persons, seed=seed, out=tmp_path / "delivery")
    request = RunRequest(DEFAULT_STUDY, tmp_path / "delivery", tmp_path / "out")
    run_until(request, Console(quiet=True), assets=["diagnostics"])
    table = OutputLayout(tmp_path / "out").read_result("diagnostics")
    assert table is not None
    shutil.rmtree(tmp_path / "delivery")
    return table[table["status"].eq("fail") & table["sector"].isin(PUBLISHED)]


def names_of(found: pd.DataFrame, sector: str) -> set[str]:
    return set(found.loc[found["sector"].eq(sector), "diagnostic"])


@pytest.mark.parametrize("scenario", ["sintef", "unmeasured"])
def test_nothing_fires_where_nothing_can_be_seen(scenario: str, tmp_path: Path) -> None:
    found = fired(scenario, PERSONS, tmp_path)
    assert found.empty, found[["sector", "outcome", "diagnostic", "detail"]].to_string()


@pytest.mark.parametrize(
    ("scenario", "persons", "expected"),
    [
        ("dip", FEW, {"balance", "pre_trend", "pre_trend_equivalence", "placebo"}),
        ("anticipation", FEW, {"pre_trend", "pre_trend_equivalence", "placebo"}),
        ("trend", PERSONS, {"placebo"}),
        ("coding_loss", FEW, {"coding"}),
        ("illness", FEW, {"negative_controls"}),
        ("leaving", FEW, {"follow_up"}),
        ("small", PERSONS, {"power", "matched_share"}),
    ],
)
def test_the_diagnostics_of_a_threat_fire(
    scenario: str, persons: int, expected: set[str], tmp_path: Path
) -> None:
    found = fired(scenario, persons, tmp_path)
    assert expected <= names_of(found, "ALL"), found[["sector", "diagnostic", "value"]].to_string()


def test_a_coding_loss_withholds_every_sector_though_codes_tell_in_one(tmp_path: Path) -> None:
    found = fired("coding_loss", FEW, tmp_path, seed=2)
    for sector in PUBLISHED:
        assert "coding" in names_of(found, sector)
