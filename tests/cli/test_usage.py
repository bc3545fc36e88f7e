import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from lean_study import LEAN_STUDY
from small_delivery import SmallDelivery

import evaluation.check_command
from evaluation.cli import main
from evaluation.truth import TRUTH_FILES
from pipelines.resources import DEFAULT_STUDY

CANARY = "CANARY-N123456"


@pytest.mark.parametrize(
    "arguments",
    [
        ["estimate"],
        ["run"],
        ["run", "study.toml"],
        ["run", "study.toml", "--delivery", "d"],
        ["verify", "out"],
        ["check"],
        ["synth"],
        ["report", "out", "--lang", "sv"],
        ["check", "d", "--threads", "0"],
        ["check", "d", "--surprise"],
        *(["check", "d", "--memory", size] for size in ("8", "GB", "0GB", "-1GB", "1.5GB", "8TB")),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(arguments: list[str], evaluation) -> None:
    result = evaluation(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("size", ["8GB", "500MB", "8gb"])
def test_a_memory_limit_is_a_number_with_a_unit(size: str, tmp_path: Path, evaluation) -> None:
    result = evaluation("check", tmp_path, "--memory", size)
    assert result.exit_code == 3, "the size is taken, and the empty folder is no delivery"


def test_synthetic_registers_never_overwrite_a_folder(tmp_path: Path, evaluation) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = evaluation("synth", "--persons", 100, "--out", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_scenario_is_told_with_the_known_ones(tmp_path: Path, evaluation) -> None:
    result = evaluation("synth", "--scenario", "moon", "--out", tmp_path / "d")
    assert result.exit_code == 2
    assert "moon" in result.stderr
    assert "sintef" in result.stderr
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("option", [("--persons", -1), ("--persons", 0), ("--seed", -1)])
def test_a_population_or_seed_below_the_least_is_wrong_usage(
    option: tuple[str, int], tmp_path: Path, evaluation
) -> None:
    result = evaluation("synth", *option, "--out", tmp_path / "d")
    assert result.exit_code == 2, result.stderr
    assert not (tmp_path / "d" / "delivery.toml").exists()


def test_a_missing_study_is_told_and_leaves_no_folder(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    folder = small_delivery.write(tmp_path / "d")
    out = tmp_path / "out"
    result = evaluation("run", tmp_path / "absent.toml", "--delivery", folder, "--out", out)
    assert result.exit_code == 2
    assert "absent.toml: cannot be read" in result.stderr
    assert not out.exists()


def test_a_missing_delivery_is_told_and_leaves_no_folder(tmp_path: Path, evaluation) -> None:
    out = tmp_path / "out"
    result = evaluation("run", LEAN_STUDY, "--delivery", tmp_path / "absent", "--out", out)
    assert result.exit_code == 3
    assert "A delivery is a folder with a delivery.toml" in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("command", ["report", "verify"])
def test_a_folder_without_results_is_told_with_what_to_run(
    command: str, exists: bool, tmp_path: Path, evaluation
) -> None:
    out, truth = tmp_path / "out", tmp_path / "truth"
    truth.mkdir()
    for name in TRUTH_FILES:
        (truth / name).write_bytes(b"")
    if exists:
        out.mkdir()
    result = evaluation(command, out, *(["--truth", truth] if command == "verify" else []))
    assert result.exit_code == 2
    assert "no finished results there" in result.stderr
    assert "run `evaluation run` first" in result.stderr
    assert out.exists() is exists
    assert not exists or not list(out.iterdir())


def test_a_folder_without_a_truth_is_told(tmp_path: Path, evaluation) -> None:
    result = evaluation("verify", tmp_path / "out", "--truth", tmp_path)
    assert result.exit_code == 2
    assert "no effects.parquet or event_time.parquet or parameters.toml there" in result.stderr


def test_the_truth_of_other_registers_is_refused(tmp_path: Path, evaluation) -> None:
    out, truth = tmp_path / "out", tmp_path / "truth"
    out.mkdir()
    truth.mkdir()
    for name in ("effects.parquet", "event_time.parquet"):
        (truth / name).write_bytes(b"")
    (truth / "parameters.toml").write_text('scenario = "trend"\npersons = 900\nseed = 1\n')
    (out / "manifest.json").write_text('{"delivery": {"id": "synthetic-sintef-900-1"}}')
    (out / "study.toml").write_bytes(DEFAULT_STUDY.read_bytes())
    result = evaluation("verify", out, "--truth", truth)
    assert result.exit_code == 2
    assert "the truth of synthetic-trend-900-1, but the run in" in result.stderr


def test_an_unexpected_error_shows_neither_traceback_nor_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr(evaluation.check_command, "check_delivery", fail)
    result = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert "unexpected KeyError at test_usage.py:" in result.stderr
    assert CANARY not in result.output
    assert "Traceback" not in result.output


def test_stopping_by_hand_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation.check_command, "check_delivery", stop)
    result = CliRunner().invoke(main, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr == "stopped. Run again to go on; what was built is kept.\n"


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evaluation.cli", "nonsense"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "No such command 'nonsense'" in done.stderr


def test_the_demo_never_removes_what_is_not_its_own(tmp_path: Path, evaluation) -> None:
    kept = tmp_path / "delivery" / "notes.txt"
    kept.parent.mkdir()
    kept.write_text("mine", encoding="utf-8")
    result = evaluation("demo", "--folder", tmp_path, "--persons", 1000)
    assert result.exit_code == 2
    assert "not from an earlier demo" in result.stderr
    assert kept.read_text(encoding="utf-8") == "mine"
