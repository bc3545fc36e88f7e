"""The speed of the estimators beside the fastest peer, each in a process of its own.

Run by tests/bench.py, or alone: `python tests/bench_estimators.py`. A task is read from one
Parquet file, estimated and told in seconds and most memory held; the bare scan of the same columns
is the limit. Answers must be equal. Seconds of the processor say how much other work the machine
had.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

# Persons and periods of the issue: 20, 14 and 21.6 million rows.
SIZES = {"twfe": (1_250_000, 16), "event_study": (875_000, 16), "staggered": (600_000, 36)}
# (N-1)/(N-k) counts another k in one regression a period than in one for all.
RTOL = {"twfe": 1e-7, "event_study": 1e-5, "staggered": 1e-7}
PEERS = {"twfe": "pyfixest", "event_study": "pyfixest", "staggered": "diff-diff"}
# First treated period, 0 for never, of person i.
COHORTS = {
    "twfe": "[0, 5, 9, 13][1 + i % 4]",
    "event_study": "if(i % 7 = 0, 9, 0)",
    "staggered": "if(i % 6 = 0, 13 + (i // 6) % 12, 0)",
}
Answer = dict[str, list[float]]
Work = Callable[[Path], Answer]


def make_file(task: str, path: Path) -> None:
    """Write the panel, ordered by person and period; numbers that look random and stay."""
    n_persons, n_periods = SIZES[task]
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = true")
        connection.execute(
            "copy (select i::integer as id, t::smallint as period, first::smallint as first,"
            " x, (hash(i) % 1000 / 500 + t * 0.1 + 0.3 * x + if(first > 0 and t >= first, 1.0, 0)"
            " + hash(i * 64 + t) % 1000003 / 300000)::double as y"
            " from (select i, t, (hash(i * 64 + t + 7) % 1000033 / 400000)::double as x,"
            f" {COHORTS[task]} as first from range({n_persons}) a(i), range(1, {n_periods + 1})"
            f" b(t)) order by id, period) to '{path}' (format parquet, row_group_size 122880)"
        )


def read_wide(path: Path, task: str, columns: list[str]) -> dict[str, np.ndarray]:
    """Read columns into (persons, periods), a batch at a time."""
    shape = SIZES[task]
    wide = {name: np.empty(shape[0] * shape[1]) for name in columns}
    start = 0
    for batch in pq.ParquetFile(path, pre_buffer=False).iter_batches(
        batch_size=131_072, columns=columns
    ):
        stop = start + batch.num_rows
        for name in columns:
            wide[name][start:stop] = batch.column(name).to_numpy()
        start = stop
    return {name: values.reshape(shape) for name, values in wide.items()}


def read_first(path: Path, task: str) -> np.ndarray:
    """Read the first treated column of each person, -1 for never."""
    first = pq.read_table(path, columns=["first"]).column("first").to_numpy()
    return first[:: SIZES[task][1]].astype(np.int64) - 1


def ours_twfe() -> Work:
    """Blocks of a wide panel."""
    from evaluation.estimators.fixed_effects import estimate_twfe

    def work(path: Path) -> Answer:
        wide = read_wide(path, "twfe", ["y", "x"])
        first = read_first(path, "twfe")
        found = estimate_twfe(
            wide["y"], first, cluster=np.arange(first.size), confidence_level=0.95,
            covariates=[wide["x"]],
        ).estimate  # fmt: skip
        return {"att": [found.att], "se": [found.se]}

    return work


def peer_twfe() -> Work:
    """Fixed effects of pyfixest."""
    import pandas as pd
    import pyfixest as pf

    def work(path: Path) -> Answer:
        data = pd.read_parquet(path)
        data["d"] = ((data["first"] > 0) & (data["period"] >= data["first"])).astype(float)
        fit = pf.feols(
            "y ~ d + x | id + period", data, vcov={"CRV1": "id"}, store_data=False, copy_data=False,
            lean=True, demeaner=pf.MapDemeaner(fixef_tol=1e-10),
        )  # fmt: skip
        return {"att": [float(fit.coef()["d"])], "se": [float(fit.se()["d"])]}

    return work


def ours_event_study() -> Work:
    """A 2x2 a period, arms built once."""
    from evaluation.estimators.event_study import estimate_event_study

    def work(path: Path) -> Answer:
        outcome = read_wide(path, "event_study", ["y"])["y"]
        n_persons, n_periods = outcome.shape
        person = np.arange(n_persons)
        path_found = estimate_event_study(
            outcome, np.arange(n_periods) - 8, read_first(path, "event_study") >= 0,
            weight=np.ones(n_persons), matched_set=person, person=person, reference_event_time=-1,
            confidence_level=0.95, cluster_on=("person",),
        )  # fmt: skip
        kept = path_found.term != -1
        return {"att": path_found.att[kept].tolist(), "se": path_found.se[kept].tolist()}

    return work


def peer_event_study() -> Work:
    """One regression with all periods by pyfixest."""
    import pandas as pd
    import pyfixest as pf

    def work(path: Path) -> Answer:
        data = pd.read_parquet(path, columns=["id", "period", "first", "y"])
        data["d"] = (data.pop("first") > 0).astype(float)
        fit = pf.feols(
            "y ~ i(period, d, ref=8) | id + period", data, vcov={"CRV1": "id"}, store_data=False,
            copy_data=False, lean=True, demeaner=pf.MapDemeaner(fixef_tol=1e-10),
        )  # fmt: skip
        return {"att": fit.coef().tolist(), "se": fit.se().tolist()}

    return work


def ours_staggered() -> Work:
    """Cells of slices, and the mean over all."""
    from evaluation.estimators.callaway_santanna import estimate_callaway_santanna

    def work(path: Path) -> Answer:
        found = estimate_callaway_santanna(
            read_wide(path, "staggered", ["y"])["y"], read_first(path, "staggered"),
            cluster=np.arange(SIZES["staggered"][0]), confidence_level=0.95, control="never",
            dimensions=("simple",),
        )  # fmt: skip
        return {"att": [found.overall["simple"].att], "se": [found.overall["simple"].se]}

    return work


def peer_staggered() -> Work:
    """Callaway and Sant'Anna of diff-diff."""
    import pandas as pd
    from diff_diff import CallawaySantAnna

    def work(path: Path) -> Answer:
        data = pd.read_parquet(path, columns=["id", "period", "first", "y"])
        found = CallawaySantAnna(control_group="never_treated", n_bootstrap=0).fit(
            data, outcome="y", unit="id", time="period", first_treat="first"
        )
        return {"att": [float(found.overall_att)], "se": [float(found.overall_se)]}

    return work


WORK: dict[str, Callable[[], Work]] = {
    "ours_twfe": ours_twfe,
    "peer_twfe": peer_twfe,
    "ours_event_study": ours_event_study,
    "peer_event_study": peer_event_study,
    "ours_staggered": ours_staggered,
    "peer_staggered": peer_staggered,
}


def run_apart(name: str, path: Path) -> tuple[float, float, Answer]:
    """Run in a process of its own: seconds from file to answer, most memory in GB, the answer."""
    process = subprocess.Popen(
        [sys.executable, __file__, name, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.read().splitlines()[-1])
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    return told["seconds"], used.ru_maxrss / 1e6, told["answer"]


def bench_estimators() -> None:
    """Hold each estimator against its peer."""
    for task, (n_persons, n_periods) in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "panel.parquet"
            # A child counts its parent's memory at its birth, so nothing large is made here.
            scan, _, _ = run_apart(f"scan_{task}", path)
            seconds, memory, answer = run_apart(f"ours_{task}", path)
            peer_seconds, peer_memory, expected = run_apart(f"peer_{task}", path)
        for name in ("att", "se"):
            np.testing.assert_allclose(answer[name], expected[name], rtol=RTOL[task], atol=1e-9)
        print(
            f"{task:<44}{n_persons * n_periods:>12,} rows {seconds:>8.2f} s {memory:>5.2f} GB"
            f"   {PEERS[task]:<12}{peer_seconds:>8.2f} s {peer_memory:>5.2f} GB"
            f"   ratio {seconds / peer_seconds:>6.3f}   bare scan {scan:.2f} s   processor"
            f" {answer['processor'][0]:.2f} and {expected['processor'][0]:.2f} s",
            flush=True,
        )


def scan_bare(task: str, path: Path) -> float:
    """Make the file, and sum its columns: seconds of the sums."""
    make_file(task, path)
    columns = "sum(y), sum(first)" + (", sum(x)" if task == "twfe" else "")
    started = time.perf_counter()
    duckdb.sql(f"select {columns} from '{path}'").fetchall()
    return time.perf_counter() - started


def main() -> None:
    """Run one piece of work and tell of it, or all."""
    if len(sys.argv) == 1:
        bench_estimators()
        return
    name, path = sys.argv[1], Path(sys.argv[2])
    answer: Answer = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name.startswith("scan_"):
            seconds = scan_bare(name.removeprefix("scan_"), path)
        else:
            work = WORK[name]()
            started, processor = time.perf_counter(), time.process_time()
            answer = work(path)
            seconds = time.perf_counter() - started
            answer["processor"] = [time.process_time() - processor]
    print(json.dumps({"seconds": seconds, "answer": answer}))


if __name__ == "__main__":
    main()
