"""A run killed in the middle leaves nothing half done behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from exit_codes import FINISHED
from lean_study import LEAN_STUDY

COMMAND = [sys.executable, "-m", "evaluation.cli"]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("stg_npr__contacts", marks=pytest.mark.slow),
        "core_benefit_spells",
        pytest.param("mart_match_pool", marks=pytest.mark.slow),
        "estimates",
    ],
)
def test_the_run_after_a_kill_gives_the_results_of_an_undisturbed_one(
    step: str, synthetic_delivery: Path, finished_run: Path, tmp_path: Path, evaluation
) -> None:
    out = tmp_path / "out"
    arguments = ["run", LEAN_STUDY, "--delivery", synthetic_delivery, "--out", out]
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if f" {step} done" in line:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    assert not (out / "results").exists()

    result = evaluation(*arguments)

    assert result.exit_code in FINISHED, result.output
    assert "nothing had changed" in result.output, "what was built before the kill is kept"
    for name in ("estimates", "event_study", "attrition", "composition", "matched_share"):
        file = f"results/{name}.csv"
        assert (out / file).read_bytes() == (finished_run / file).read_bytes()


def test_a_kill_during_a_later_run_leaves_the_earlier_results_whole(
    copied_run: Path, synthetic_delivery: Path, tmp_path: Path
) -> None:
    before = {
        path: path.read_bytes()
        for folder in ("results", "report")
        for path in (copied_run / folder).iterdir()
    }
    study = tmp_path / "other.toml"
    text = LEAN_STUDY.read_text(encoding="utf-8")
    study.write_text(text.replace("washout_days = 365", "washout_days = 180"), encoding="utf-8")
    arguments = ["run", study, "--delivery", synthetic_delivery, "--out", copied_run]
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if " estimates done" in line:
                process.kill()
                break
        process.stdout.read()
    assert {path: path.read_bytes() for path in before} == before


def test_a_second_run_on_the_same_folder_is_told_to_wait(
    copied_run: Path, synthetic_delivery: Path, evaluation
) -> None:
    holder = (
        "import duckdb, sys, time\n"
        f"connection = duckdb.connect({str(copied_run / 'restricted' / 'warehouse.duckdb')!r})\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        result = evaluation(
            "run", LEAN_STUDY, "--delivery", synthetic_delivery, "--out", copied_run
        )
        process.stdin.close()
    assert result.exit_code == 1
    assert "in use by another run" in result.stderr
