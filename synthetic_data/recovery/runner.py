"""Make batches in processes of their own, and keep each in a file: a killed run goes on."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import pandas as pd
import pyarrow as pa
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from synthetic_data.recovery.engine import open_engine
from synthetic_data.recovery.estimates import estimate_replicate
from synthetic_data.recovery.plan import Batch


def run_batches(batches: list[Batch], work: Path, *, workers: int, console: Console) -> None:
    """Make what is not there yet.

    Args:
        batches: What is wanted.
        work: Folder of the results; made when absent.
        workers: Processes.
        console: Where progress is shown.
    """
    work.mkdir(parents=True, exist_ok=True)
    missing = [batch for batch in batches if not _file_of(batch, work).exists()]
    done = sum(batch.count for batch in batches) - sum(batch.count for batch in missing)
    console.print(f"{done} replicates are there already in {work}")
    # A process of its own for each worker: a fork of a program with threads may hang.
    context = multiprocessing.get_context("spawn")
    with (
        _progress(console) as progress,
        ProcessPoolExecutor(workers, context, initializer=_use_one_thread) as pool,
    ):
        task = progress.add_task("replicates", total=sum(batch.count for batch in missing))
        waiting = {pool.submit(make_batch, batch, work): batch for batch in missing}
        try:
            for future in as_completed(waiting):
                future.result()
                progress.advance(task, waiting[future].count)
                _tell(console, progress, task)
        finally:
            pool.shutdown(cancel_futures=True)


def make_batch(batch: Batch, work: Path) -> Path:
    """Make one batch and write it, whole or not at all.

    Args:
        batch: Which.
        work: Folder of the results.
    """
    frames = []
    with open_engine() as engine:
        for place, seed in enumerate(batch.seeds):
            started = time.process_time()
            is_whole = batch.first + place < batch.n_whole
            replicate = engine.run(
                batch.scenario,
                seed=seed,
                persons=batch.persons,
                whole_pool=is_whole,
            )
            rows = estimate_replicate(replicate, engine.study, with_naive=is_whole)
            seconds = time.process_time() - started
            frames.append(rows.assign(scenario=batch.scenario, seed=seed, seconds=seconds))
    target = _file_of(batch, work)
    part = target.with_suffix(f".part{os.getpid()}")
    pd.concat(frames, ignore_index=True).to_parquet(part, compression="zstd")
    part.replace(target)
    return target


def read_batches(batches: list[Batch], work: Path) -> pd.DataFrame:
    """Read the results of batches that are there.

    Args:
        batches: Which.
        work: Folder of the results.
    """
    files = [_file_of(batch, work) for batch in batches]
    return pd.concat([pd.read_parquet(file) for file in files if file.exists()])


def _file_of(batch: Batch, work: Path) -> Path:
    return work / f"{batch.name}.parquet"


def _use_one_thread() -> None:
    pa.set_cpu_count(1)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=600,
        disable=not console.is_terminal,
    )


def _tell(console: Console, progress: Progress, task: object) -> None:
    """Say it in lines where there is no terminal."""
    if console.is_terminal:
        return
    now = progress.tasks[0]
    elapsed = now.finished_time or now.elapsed or 0.0
    rate = now.completed / elapsed if elapsed else 0.0
    left = (now.total - now.completed) / rate / 60 if rate and now.total else 0.0
    console.print(
        f"{now.completed:.0f} of {now.total:.0f} replicates, {rate:.2f} a second,"
        f" {left:.0f} minutes left"
    )
