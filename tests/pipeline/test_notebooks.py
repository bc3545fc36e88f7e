"""Every notebook runs on the results of a run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.resources import ROOT

SAYS = {
    "01_first_look": ["sick_leave_days", "true_att"],
    # 91 days from 2 March and 205 from 10 June are sick leave in 2009.
    "02_one_person": ["[RP, TU]", "sick_leave_days 296 15"],
    # Meyer, Viscusi & Durbin (1995): 0.191 (0.069) and 0.192 (0.154).
    "03_time_off_work": ["found 0.191 0.069", "found 0.192 0.154"],
}
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs(notebook: Path, finished_run: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(notebook)],
        env={**os.environ, "EVALUATION_OUT": str(finished_run)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = " ".join(ran.stdout.split())
    for words in SAYS[notebook.stem]:
        assert words in told


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS
