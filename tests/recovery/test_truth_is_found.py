"""The planted truth is found at full size by the command; thousands of runs: docs/recovery.md."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

PERSONS = 200_000
PUBLISHED = {"sector": ["SOM", "PHV", "ARR"], "outcome": ["sick_leave_days", "health_benefit_days"]}
MOST_MEMORY_KB = 4 * 1024 * 1024

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]


def keep_published(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the cells that the report of 2022 has a finding for."""
    return table[table[list(PUBLISHED)].isin(PUBLISHED).all(axis=1)]


def test_the_demo_finds_the_truth_in_all_six_cells(tmp_path: Path) -> None:
    started = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "evaluation.cli", "demo", "--folder", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"\ndemo, {PERSONS} persons: {seconds:.0f} s, {memory / 1024**2:.2f} GB at most")

    assert ran.returncode == 0, ran.stderr
    results = tmp_path / "demo" / "out" / "results"
    verify = pd.read_parquet(results / "verify.parquet")
    cells = keep_published(verify)
    assert len(cells) == 6
    assert cells["covered"].all()
    share = pd.read_parquet(results / "matched_share.parquet").set_index("sector")
    assert share.loc["ALL", "matched_share"] > 0.93
    composition = pd.read_parquet(results / "composition.parquet").set_index(["year", "sector"])
    # Seed facts F12-F15: shares of the year, in per cent.
    for year, sector, published in (
        (2008, "SOM", 95),
        (2017, "SOM", 67),
        (2018, "SOM", 62),
        (2018, "PHV", 30),
        (2018, "ARR", 8),
    ):
        assert abs(100 * composition.loc[(year, sector), "share"] - published) < 1.5
    assert memory < MOST_MEMORY_KB
    assert "report.nb.html" in ran.stdout
