"""The speed of exact matching beside pandas, each in a process of its own.

Run by tests/bench.py, or alone: `python tests/bench_matching.py`. The model of sql/marts reads a
pool in a DuckDB file; pandas orders and ranks the same columns of a Parquet file. Who is matched
must be equal; the bare scan of the columns is the limit.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from pipelines.resources import SQL_FOLDER

K = 5
COLUMNS = ["is_treated", "sector", "person_id", "index_date", "random_order", "stratum_id"]
# As many cells as 60 diagnoses, 2 sexes, 14 age bands and 10 years.
CELLS = 16_800
COMPUTED = (
    "create table match_computed (matched_set_id bigint, sector varchar, is_treated boolean,"
    " person_id bigint, weight double)"
)
Answer = tuple[int, int]


def make_pool(folder: Path, n_treated: int, n_controls: int) -> None:
    """Write the pool as a table and as Parquet; numbers that look random and stay."""
    with duckdb.connect(str(folder / "pool.duckdb")) as connection:
        connection.execute(
            "create table mart_match_pool as"
            f" select i < {n_treated} as is_treated, 'SOM' as sector, i as person_id,"
            " date '2012-01-01' as index_date, md5_number_upper(i::varchar) as random_order,"
            f" (hash(i + 1) % {CELLS})::bigint as stratum_id,"
            f" true as is_comparable from range({n_treated + n_controls}) t(i)"
        )
        connection.execute(COMPUTED)
        connection.execute(f"copy mart_match_pool to '{folder / 'pool.parquet'}'")


def scan(folder: Path) -> Answer:
    """Read every column that matching needs."""
    with duckdb.connect(str(folder / "pool.duckdb"), read_only=True) as connection:
        sums = ", ".join(f"max({column})" for column in COLUMNS)
        connection.execute(f"select count(*), {sums} from mart_match_pool").fetchall()
    return 0, 0


def ours(folder: Path) -> Answer:
    """Build the model."""
    sql = (SQL_FOLDER / "marts" / "mart_matched_sets.sql").read_text(encoding="utf-8")
    params = {"match_method": "exact", "with_replacement": False, "controls_per_treated": K}
    with duckdb.connect(str(folder / "pool.duckdb")) as connection:
        connection.execute("set threads = 2")
        connection.execute(f"create or replace table mart_matched_sets as {sql}", params)
        row = connection.execute(
            "select count(*), sum(person_id * is_treated::integer + 3 * person_id)"
            " from mart_matched_sets"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def peer(folder: Path) -> Answer:
    """Order, rank and join in pandas."""
    pool = pd.read_parquet(folder / "pool.parquet", columns=COLUMNS)
    frame = pool.sort_values(["stratum_id", "random_order", "person_id"], kind="stable")
    rank = frame.groupby(["stratum_id", "is_treated"], sort=False).cumcount()
    treated = frame[frame["is_treated"]].assign(rank=rank)
    controls = frame[~frame["is_treated"]].assign(rank=rank)
    size = treated.groupby("stratum_id").size().rename("size")
    controls = controls.join(size, on="stratum_id", how="inner")
    controls = controls[controls["rank"] // controls["size"] < K]
    controls["rank"] = controls["rank"] % controls["size"]
    pairs = controls.merge(treated, on=["stratum_id", "rank"], suffixes=("", "_treated"))
    own = pairs["person_id_treated"].unique()
    return len(pairs) + own.size, int(3 * pairs["person_id"].sum() + 4 * own.sum())


def run_apart(name: str, folder: Path) -> tuple[float, float, list[int]]:
    """Run one piece of work in a process: seconds, most memory held in GB, answer."""
    command = [sys.executable, __file__, name, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    return told["seconds"], used.ru_maxrss / 1e6, told["answer"]


def bench_matching(n_treated: int, n_controls: int) -> None:
    """Match k:1, and print one line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A child counts its parent's memory at its birth, so the pool is made in a child too.
        run_apart(f"make:{n_treated}:{n_controls}", folder)
        bare, _, _ = run_apart("scan", folder)
        seconds, memory, answer = run_apart("ours", folder)
        peer_seconds, peer_memory, expected = run_apart("peer", folder)
    assert answer == expected
    print(
        f"{f'matching {n_treated:,} treated 1:{K}':<44}{n_treated + n_controls:>12,} rows"
        f" {seconds:>8.2f} s {memory:>5.2f} GB   {'pandas':<12}{peer_seconds:>8.2f} s"
        f" {peer_memory:>5.2f} GB   ratio {seconds / peer_seconds:>6.3f}   bare scan {bare:.2f} s",
        flush=True,
    )


WORK: dict[str, Callable[[Path], Answer]] = {"scan": scan, "ours": ours, "peer": peer}


def main() -> None:
    """Run one piece of work and tell of it, or the benchmark."""
    if len(sys.argv) == 1:
        bench_matching(100_000, 5_000_000)
        return
    name, folder = sys.argv[1], Path(sys.argv[2])
    answer: Answer = (0, 0)
    started = time.perf_counter()
    if name.startswith("make:"):
        _, n_treated, n_controls = name.split(":")
        make_pool(folder, int(n_treated), int(n_controls))
    else:
        answer = WORK[name](folder)
    print(json.dumps({"seconds": time.perf_counter() - started, "answer": answer}))


if __name__ == "__main__":
    main()
