"""The speed of the commands: registers made, and the steps of the default study beside each other.

Run by tests/bench.py, or alone: `python tests/bench_run.py`. Each command is a process of its own.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pipelines.resources import DEFAULT_STUDY

_STEP = re.compile(r"\[\d+/\d+\]\s+([\d.]+) s\s+(\w+) done")
_DATA = re.compile(
    "delivery|codelists|quarantine|quality|match_computed|link|(stg|core|mart)_", re.ASCII
)
_PAGES = {"manifest", "report", "published"}


def run_command(words: Sequence[object]) -> tuple[float, float, str]:
    """Run `evaluation` in a process of its own: seconds, most memory held in GB, what it told."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "evaluation.cli", *map(str, words)]
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, stdout=told, stderr=told)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        told.seek(0)
        text = told.read()
    assert status == 0, text[-2000:]
    # A child counts its parent's memory at its birth, so nothing large is made in this process.
    return seconds, used.ru_maxrss / 1e6, text


def time_steps(text: str) -> dict[str, float]:
    """Give the seconds of each step from the lines of a run's progress."""
    ends = [(name, float(end)) for end, name in _STEP.findall(text)]
    begins = [0.0, *(end for _, end in ends)]
    return {name: end - begin for (name, end), begin in zip(ends, begins, strict=False)}


def bench_synth(persons: int, form: str) -> None:
    """Make registers, and print one line."""
    with tempfile.TemporaryDirectory() as name:
        seconds, gigabytes, _ = run_command(
            ["synth", "--persons", persons, "--format", form, "--out", Path(name) / "delivery"]
        )
    print(
        f"{f'registers made, {form}':<44}{persons:>12,} persons {seconds:>8.1f} s"
        f" {gigabytes:>5.2f} GB in the largest process",
        flush=True,
    )


def bench_run(persons: int) -> None:
    """Run the default study, and print what goes to data, to estimates and to pages."""
    with tempfile.TemporaryDirectory() as name:
        delivery, out = Path(name) / "delivery", Path(name) / "out"
        run_command(["synth", "--persons", persons, "--out", delivery])
        words = ["run", DEFAULT_STUDY, "--delivery", delivery, "--out", out]
        seconds, gigabytes, text = run_command(words)
    steps = time_steps(text)
    data = sum(value for step, value in steps.items() if _DATA.match(step))
    pages = sum(value for step, value in steps.items() if step in _PAGES)
    rest = sum(steps.values()) - data - pages
    again = sum(steps[step] for step in ("specifications", "sensitivity"))
    print(
        f"{'default study':<44}{persons:>12,} persons {seconds:>8.1f} s {gigabytes:>5.2f} GB\n"
        f"{'':<44}data {data:.1f} s, estimates and gate {rest - again:.1f} s, other choices"
        f" {again:.1f} s, pages {pages:.1f} s; estimates with other choices to data: ratio"
        f" {rest / data:.2f}",
        flush=True,
    )


def main() -> None:
    """Run all."""
    bench_run(200_000)
    bench_synth(200_000, "csv")
    bench_synth(5_300_000, "parquet")


if __name__ == "__main__":
    main()
