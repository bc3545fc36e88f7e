"""What several kinds of tests share."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from exit_codes import FINISHED
from lean_study import LEAN_STUDY
from small_delivery import SmallDelivery

from evaluation.cli import main
from evaluation.study import StudyDefinition
from pipelines.resources import DEFAULT_STUDY
from synthetic_data.generate import write_delivery

# Enough for every published sector to have an estimate, few enough for seconds.
PERSONS = 14_000


@pytest.fixture(scope="session")
def study() -> StudyDefinition:
    return StudyDefinition.from_toml(DEFAULT_STUDY)


@pytest.fixture(scope="session")
def lean_study() -> StudyDefinition:
    """The study of `finished_run`."""
    return StudyDefinition.from_toml(LEAN_STUDY)


@pytest.fixture
def small_delivery() -> SmallDelivery:
    return SmallDelivery()


@pytest.fixture(scope="session")
def synthetic_delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "delivery"
    write_delivery(scenario="sintef", persons=PERSONS, seed=7, out=folder)
    return folder


@dataclass(frozen=True)
class Command:
    """Runs `evaluation` in this process."""

    def __call__(self, *arguments: object) -> Result:
        # Errors for people go to stderr; a traceback would be a failure of the test itself.
        return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture
def evaluation() -> Command:
    return Command()


@pytest.fixture(scope="session")
def finished_run(synthetic_delivery: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of a whole run with the truth beside it; tests must not change it."""
    out = tmp_path_factory.mktemp("finished") / "out"
    result = Command()(
        "run", LEAN_STUDY, "--delivery", synthetic_delivery, "--out", out, "--threads", 2
    )
    assert result.exit_code in FINISHED, result.output
    verified = Command()("verify", out, "--truth", synthetic_delivery / "truth")
    assert verified.exit_code == 0, verified.output
    return out


@pytest.fixture
def copied_run(finished_run: Path, tmp_path: Path) -> Path:
    """A copy of the finished run that a test may change."""
    return Path(shutil.copytree(finished_run, tmp_path / "out"))
