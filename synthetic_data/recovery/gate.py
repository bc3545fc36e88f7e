"""How often each diagnostic of the gate fires: whole runs of 200,000 persons, by the commands.

A run is `evaluation synth` and `evaluation run`, as anybody would do them: the gate reads more
than the engine builds (negative controls, marks of work-directed care). Each run's diagnostics
are kept in a file, so that a killed run goes on.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from synthetic_data.recovery.plan import FIRST_SEEDS

GATE_PERSONS = 200_000
GATE_SCENARIOS = ("sintef", "dip", "trend", "anticipation", "coding_loss", "unmeasured")
_SEED_STEP = 50_000
"""Away from the seeds of the small replicates."""
_WITHHELD = 5
"""Exit code of a run whose estimates the gate withheld: a result, not a fault."""
_STUDY = Path(__file__).parents[2] / "pipelines" / "studies" / "raskere_tilbake.toml"


def run_gate(runs: int, work: Path, console: Console) -> None:
    """Make the runs that are not there yet, one after the other.

    Args:
        runs: Runs of each scenario.
        work: Folder of the results.
        console: Where progress is shown.
    """
    work.mkdir(parents=True, exist_ok=True)
    wanted = [(number, name) for number in range(runs) for name in GATE_SCENARIOS]
    missing = [each for each in wanted if not _file_of(work, *each).exists()]
    started = time.monotonic()
    for done, (number, scenario) in enumerate(missing, start=1):
        _run_one(scenario, number, work)
        left = (time.monotonic() - started) / done * (len(missing) - done) / 60
        console.print(f"gate: {done} of {len(missing)} runs, {left:.0f} minutes left")


def _run_one(scenario: str, number: int, work: Path) -> None:
    seed = FIRST_SEEDS[scenario] + _SEED_STEP + number
    with tempfile.TemporaryDirectory(dir=work) as folder:
        delivery, out = Path(folder) / "delivery", Path(folder) / "out"
        about = ["--scenario", scenario, "--persons", str(GATE_PERSONS), "--seed", str(seed)]
        _call("synth", *about, "--format", "parquet", "--out", str(delivery))
        _call("run", str(_STUDY), "--delivery", str(delivery), "--out", str(out))
        target = _file_of(work, number, scenario)
        part = target.with_suffix(".part")
        shutil.copyfile(out / "results" / "diagnostics.parquet", part)
        part.replace(target)


def _call(*arguments: str) -> None:
    command = [sys.executable, "-m", "evaluation.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode not in (0, _WITHHELD):
        raise RuntimeError(f"evaluation {arguments[0]} failed: {done.stderr[-2000:]}")


def _file_of(work: Path, number: int, scenario: str) -> Path:
    return work / f"gate-{scenario}-{GATE_PERSONS}-{number:03d}.parquet"


def read_gate(runs: int, work: Path) -> pd.DataFrame:
    """Read the diagnostics of all runs that are there, with scenario and run.

    Args:
        runs: Runs of each scenario.
        work: Folder of the results.
    """
    frames = [
        pd.read_parquet(_file_of(work, number, name)).assign(scenario=name, run=number)
        for name in GATE_SCENARIOS
        for number in range(runs)
        if _file_of(work, number, name).exists()
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def summarise_gate(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the share of runs in which each diagnostic fails, by sector.

    Args:
        rows: Diagnostics with scenario and run.

    Returns:
        scenario, sector, diagnostic, runs, judged (runs in which it was run), power (share of
        these in which it failed for any outcome) and its Monte Carlo error. "any" stands for the
        whole gate.
    """
    judged = rows[rows["status"] != "not_run"]
    whole = judged.assign(diagnostic="any")
    by_run = (
        pd.concat([judged, whole])
        .assign(fails=lambda frame: frame["status"] == "fail")
        .groupby(["scenario", "sector", "diagnostic", "run"], sort=False, as_index=False)
        .agg(fails=("fails", "max"))
    )
    table = by_run.groupby(["scenario", "sector", "diagnostic"], sort=False, as_index=False).agg(
        judged=("fails", "size"), power=("fails", "mean")
    )
    runs = rows.groupby("scenario")["run"].nunique().rename("runs").reset_index()
    table = table.merge(runs, on="scenario")
    table["error"] = np.sqrt(table["power"] * (1 - table["power"]) / table["judged"])
    return table


def write_gate(rows: pd.DataFrame) -> str:
    """Write the part of the page: a row a scenario and diagnostic, a column a sector.

    Args:
        rows: From `read_gate`.
    """
    if rows.empty:
        return ""
    table = summarise_gate(rows)
    sectors = [name for name in ("SOM", "PHV", "TSB", "ARR", "ALL") if name in set(table["sector"])]
    lines = [
        "## How often the gate fires",
        "",
        f"Share of runs of {GATE_PERSONS:,} persons in which a diagnostic fails, in per cent. In"
        " sintef it should not; in unmeasured none can see the bias. A cell is empty where the"
        " diagnostic was never run.",
        "",
        f"| scenario | runs | diagnostic | {' | '.join(sectors)} |",
        f"|---|--:|---|{'--:|' * len(sectors)}",
    ]
    for (scenario, diagnostic), mine in table.groupby(["scenario", "diagnostic"], sort=False):
        power = mine.set_index("sector")
        cells = [
            f"{100 * power.loc[name, 'power']:.0f}" if name in power.index else ""
            for name in sectors
        ]
        runs = int(mine["runs"].iloc[0])
        lines.append(f"| {scenario} | {runs} | {diagnostic} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
