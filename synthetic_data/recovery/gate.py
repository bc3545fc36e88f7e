"""How often each diagnostic of the gate fires, in replicates of 200,000 persons.

A replicate is made by the engine with every contact and its procedures, so that the gate's own
models (negative controls, marks of work-directed care) read what they would in a delivery. Each
run's diagnostics are kept in a file, so that a killed run goes on.
"""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import pandas as pd
import pyarrow as pa
from rich.console import Console
from statsmodels.stats.proportion import proportion_confint

from evaluation.balance import build_balance
from evaluation.diagnostics import DIAGNOSTIC_MARTS, diagnose, read_diagnosed
from evaluation.warehouse.build import read_table
from synthetic_data.recovery.engine import Engine, open_engine
from synthetic_data.recovery.plan import FIRST_SEEDS

GATE_PERSONS = 200_000
GATE_SCENARIOS = (
    *("sintef", "dip", "trend", "anticipation", "coding_loss", "unmeasured", "illness"),
    *("leaving", "small", "scarce"),
)
QUIET = ("sintef",)
"""Scenarios in which the gate should be quiet: they get more runs, for a rarer thing is counted."""
QUIET_RUNS = 5
"""So many times more."""
WHOLE = "any"
"""In the place of a diagnostic: that any of them fails, so that the estimate is withheld."""
_SEED_STEP = 50_000
"""Away from the seeds of the small replicates."""
GATE_MARTS = (*DIAGNOSTIC_MARTS, "mart_balance", "mart_matched_share", "mart_attrition")


def run_gate(runs: int, work: Path, *, workers: int, console: Console) -> None:
    """Make the runs that are not there yet.

    Args:
        runs: Runs of each scenario; QUIET_RUNS times as many where the gate should be quiet.
        work: Folder of the results.
        workers: Processes; each holds some four gigabytes.
        console: Where progress is shown.
    """
    work.mkdir(parents=True, exist_ok=True)
    wanted = [
        (number, name)
        for number in range(runs * QUIET_RUNS)
        for name in GATE_SCENARIOS
        if number < runs or name in QUIET
    ]
    missing = [each for each in wanted if not _file_of(work, *each).exists()]
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_use_one_thread) as pool:
        waiting = [pool.submit(make_gate_run, name, number, work) for number, name in missing]
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                future.result()
                left = (time.monotonic() - started) / done * (len(missing) - done) / 60
                console.print(f"gate: {done} of {len(missing)} runs, {left:.0f} minutes left")
        finally:
            pool.shutdown(cancel_futures=True)


def make_gate_run(scenario: str, number: int, work: Path, *, persons: int = GATE_PERSONS) -> Path:
    """Make one run and write its diagnostics, whole or not at all.

    Args:
        scenario: Its name.
        number: Of the run, from 0.
        work: Folder of the results.
        persons: Size of the population.
    """
    seed = FIRST_SEEDS[scenario] + _SEED_STEP + number
    with open_engine(GATE_MARTS, memory="6GB") as engine:
        engine.build(scenario, seed=seed, persons=persons, has_all_contacts=True)
        rows = judge_replicate(engine)
    target = _file_of(work, number, scenario)
    part = target.with_suffix(f".part{os.getpid()}")
    rows.to_parquet(part, compression="zstd")
    part.replace(target)
    return target


def judge_replicate(engine: Engine) -> pd.DataFrame:
    """Judge what the engine has built, as the asset `diagnostics` judges a run.

    Args:
        engine: With the gate's marts of one replicate.

    Returns:
        schemas.TABLES["diagnostics"].
    """
    study, connection = engine.study, engine.connection

    def read(mart: str, order_by: str) -> pd.DataFrame:
        return read_table(connection, mart, order_by=order_by).to_pandas()

    return diagnose(
        read_diagnosed(connection),
        study,
        balance=build_balance(
            read("mart_balance", "all"), study_id=study.id, fingerprint=study.fingerprint
        ),
        matched_share=read("mart_matched_share", "sector"),
        attrition=read("mart_attrition", "sector, arm desc, step"),
    )


def _use_one_thread() -> None:
    pa.set_cpu_count(1)


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
        these in which it failed for any outcome). WHOLE stands for the whole gate.
    """
    judged = rows[rows["status"] != "not_run"]
    whole = judged.assign(diagnostic=WHOLE)
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
    return table.merge(runs, on="scenario")


def write_gate(rows: pd.DataFrame) -> str:
    """Write the part of the page: how often estimates are withheld, and by which diagnostic.

    Args:
        rows: From `read_gate`.
    """
    if rows.empty:
        return ""
    table = summarise_gate(rows)
    sectors = [name for name in ("SOM", "PHV", "TSB", "ARR", "ALL") if name in set(table["sector"])]
    whole = table[table["diagnostic"] == WHOLE]
    fails = table[table["diagnostic"] != WHOLE]
    fails = fails[fails.groupby(["scenario", "diagnostic"])["power"].transform("max") > 0]
    head = f"{' | '.join(sectors)} |"
    rule = "--:|" * len(sectors)
    lines = [
        "## How often the gate withholds",
        "",
        f"Share of runs of {GATE_PERSONS:,} persons in which a diagnostic fails, in per cent, with"
        " its 95 % interval (Wilson). In sintef none should; in unmeasured none can see the bias."
        " TSB has fewer than a hundred treated, save in scarce, and is withheld for want of power.",
        "",
        f"| scenario | runs | {head}",
        f"|---|--:|{rule}",
    ]
    for scenario, mine in whole.groupby("scenario", sort=False):
        cells = _write_cells(mine, sectors, with_limits=True)
        lines.append(f"| {scenario} | {int(mine['runs'].iloc[0])} | {cells} |")
    lines += [
        "",
        *(_tell_quiet_runs(rows, name) for name in QUIET if name in set(rows["scenario"])),
        "",
        "By diagnostic, where it fails in any run. A cell is empty where it was never run.",
        "",
        f"| scenario | diagnostic | {head}",
        f"|---|---|{rule}",
    ]
    for (scenario, name), mine in fails.groupby(["scenario", "diagnostic"], sort=False):
        lines.append(f"| {scenario} | {name} | {_write_cells(mine, sectors)} |")
    return "\n".join([*lines, ""])


def _tell_quiet_runs(rows: pd.DataFrame, scenario: str) -> str:
    """Say in how many runs anything fails where nothing should, TSB apart."""
    mine = rows[(rows["scenario"] == scenario) & (rows["sector"] != "TSB")]
    fails = mine.loc[mine["status"] == "fail", "run"].nunique()
    return (
        f"In {fails} of {mine['run'].nunique()} runs of {scenario} a diagnostic fails in any sector"
        " but TSB."
    )


def _write_cells(rows: pd.DataFrame, sectors: list[str], *, with_limits: bool = False) -> str:
    by_sector = rows.set_index("sector")
    cells = []
    for sector in sectors:
        if sector not in by_sector.index:
            cells.append("")
            continue
        row = by_sector.loc[sector]
        text = f"{100 * row['power']:.0f}"
        if with_limits:
            fails = round(row["power"] * row["judged"])
            low, high = proportion_confint(fails, row["judged"], method="wilson")
            text += f" ({100 * low:.0f} to {100 * high:.0f})"
        cells.append(text)
    return " | ".join(cells)
