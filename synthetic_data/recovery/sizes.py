"""How often each way to infer rejects what is true, in a design whose assumptions hold.

An estimate that moves with its effect covers it in all other draws, so that size is coverage too.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from synthetic_data.recovery.designs import DESIGNS, LEVEL, Design

N_DRAWS = 2_000
"""Seeds 0 to N_DRAWS - 1, the same in each design."""
NOISE = float(3 * np.sqrt(LEVEL * (1 - LEVEL) / N_DRAWS))
"""Three standard errors of a share of 5 % in so many draws."""


def measure_size(design: Design, n_draws: int = N_DRAWS) -> float:
    """Give the share of draws in which a method rejects.

    Args:
        design: Method and design.
        n_draws: Draws; the first has seed 0.
    """
    return float(np.mean([design.reject(np.random.default_rng(seed)) for seed in range(n_draws)]))


def run_sizes(work: Path, *, workers: int, console: Console) -> None:
    """Measure every method that is not there yet.

    Args:
        work: Folder of the results.
        workers: Processes.
        console: Where progress is shown.
    """
    work.mkdir(parents=True, exist_ok=True)
    missing = [place for place in range(len(DESIGNS)) if not _file_of(place, work).exists()]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for place, size in zip(missing, pool.map(_measure, missing), strict=True):
            _file_of(place, work).write_text(f"{size}\n", encoding="utf-8")
            console.print(f"{DESIGNS[place].method}: rejects in {100 * size:.2f} %")


def _measure(place: int) -> float:
    return measure_size(DESIGNS[place])


def _file_of(place: int, work: Path) -> Path:
    name = "".join(c if c.isalnum() else "-" for c in DESIGNS[place].method.lower())
    return work / f"size-{name}-{N_DRAWS}.txt"


def read_sizes(work: Path) -> pd.DataFrame:
    """Read the sizes that are there.

    Args:
        work: Folder of the results.

    Returns:
        method, drawn, claim (level, or at most), size, error (Monte Carlo, of one standard error).
    """
    rows = [
        {
            "method": design.method,
            "drawn": design.drawn,
            "is_exact": design.is_exact,
            "size": float(_file_of(place, work).read_text(encoding="utf-8")),
        }
        for place, design in enumerate(DESIGNS)
        if _file_of(place, work).exists()
    ]
    table = pd.DataFrame(rows, columns=["method", "drawn", "is_exact", "size"])
    return table.assign(error=np.sqrt(table["size"] * (1 - table["size"]) / N_DRAWS))


def write_sizes(table: pd.DataFrame) -> str:
    """Write the part of the page.

    Args:
        table: From `read_sizes`.
    """
    if table.empty:
        return ""
    lines = [
        "## Does each way to infer hold its size?",
        "",
        f"{N_DRAWS:,} draws each of data in which nothing happens and the assumptions of the method"
        " hold: how often it rejects at 5 %. Its intervals cover in all other draws. ± is 1.96"
        " Monte Carlo standard errors. The errors of `stratified` take strata as drawn by chance,"
        " so that what both arms of a stratum share widens them: where strata differ much, as here,"
        " it rejects almost never.",
        "",
        "| method | drawn | claims, % | rejects, % | ± |",
        "|---|---|---|--:|--:|",
    ]
    for row in table.itertuples():
        claim = "5" if row.is_exact else "at most 5"
        lines.append(
            f"| {row.method} | {row.drawn} | {claim} | {100 * float(row.size):.1f}"
            f" | {196 * float(row.error):.1f} |"
        )
    return "\n".join([*lines, ""])
