"""Exit code 5: every estimate withheld, results written, and a message that says what to do."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from lean_study import LEAN_STUDY

from evaluation.commands import _refuse_withheld
from evaluation.errors import GateError

OUTCOMES = ["sick_leave_days", "health_benefit_days", "sick_leave_dagsverk"]


def publish(out: Path, gates: list[str]) -> Path:
    (out / "results").mkdir()
    shutil.copyfile(LEAN_STUDY, out / "study.toml")
    rows = pd.DataFrame({"outcome": OUTCOMES[: len(gates)], "gate": gates})
    rows = rows.assign(estimator="did_2x2", subgroup="all")
    # A sector without a headline has other rows, which nobody judges.
    beside = rows.assign(estimator="stratified", gate="not_run")
    rows = pd.concat([rows, beside])
    rows.to_parquet(out / "results" / "estimates.parquet")
    return out


@pytest.mark.parametrize("gates", [["fail", "fail"], ["fail", "fail", "not_run"]])
def test_nothing_but_withheld_primary_outcomes_is_no_success(
    tmp_path: Path, gates: list[str]
) -> None:
    with pytest.raises(GateError, match=r"withheld every estimate of sick_leave_days") as raised:
        _refuse_withheld(publish(tmp_path, gates))
    assert raised.value.exit_code == 5
    assert "diagnostics.csv" in str(raised.value)
    assert "[gate]" in str(raised.value)


@pytest.mark.parametrize("gates", [["fail", "pass"], ["fail", "not_run"], []])
def test_one_estimate_that_is_shown_or_none_at_all_is_not_the_gate_s_refusal(
    tmp_path: Path, gates: list[str]
) -> None:
    _refuse_withheld(publish(tmp_path, gates))
