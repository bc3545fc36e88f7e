"""The tables that commands print, in the units that their rows are in."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from evaluation.commands import _print_estimates, _print_gate, _refuse_no_estimates
from evaluation.errors import NotIdentifiedError

from .made_tables import make_tables


def _print_lines(estimates: pd.DataFrame, out: Path) -> list[str]:
    (out / "results").mkdir()
    estimates.to_parquet(out / "results" / "estimates.parquet")
    printed = io.StringIO()
    _print_estimates(out, Console(file=printed, width=160))
    return printed.getvalue().splitlines()


def _title_of(estimates: pd.DataFrame, out: Path) -> str:
    return _print_lines(estimates, out)[0].strip()


@pytest.mark.parametrize(
    ("units", "title"),
    [
        (("days", "days"), "Effects in days"),
        (("months", "months"), "Effects in months"),
        (("days", "dagsverk"), "Effects in days and dagsverk"),
    ],
)
def test_the_title_of_the_effects_has_the_units_of_the_rows(
    units: tuple[str, ...], title: str, tmp_path: Path
) -> None:
    estimates = make_tables()["estimates"].iloc[:2].assign(unit=list(units))
    assert _title_of(estimates, tmp_path) == title


def test_no_effects_have_no_unit(tmp_path: Path) -> None:
    assert _title_of(make_tables()["estimates"].iloc[:0], tmp_path) == "Effects"


def test_effects_that_the_gate_withholds_are_not_printed(tmp_path: Path) -> None:
    estimates = make_tables()["estimates"].query("sector in ('SOM', 'ARR')")
    gate = estimates["sector"].map({"SOM": "pass", "ARR": "fail"})
    lines = _print_lines(estimates.assign(gate=gate), tmp_path)
    [shown] = [line for line in lines if line.startswith("SOM") and "sick_leave" in line]
    [withheld] = [line for line in lines if line.startswith("ARR") and "sick_leave" in line]
    assert "0.140" in shown
    assert shown.rstrip().endswith("pass")
    cells = [cell.strip() for cell in withheld.split("│")]
    assert cells == ["ARR", "sick_leave_days", *[""] * 5, "641", "3011", "fail"]


@pytest.mark.parametrize(
    ("statuses", "words"),
    [
        ((), "gate: no diagnostic was run"),
        (("not_run", "not_run"), "gate: no diagnostic was run"),
        (("pass", "not_run"), "gate: no diagnostic failed"),
    ],
)
def test_a_gate_without_diagnostics_is_no_gate_that_passed(
    statuses: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    (tmp_path / "results").mkdir()
    rows = make_tables()["diagnostics"].iloc[: len(statuses)].assign(status=list(statuses))
    rows.to_parquet(tmp_path / "results" / "diagnostics.parquet")
    printed = io.StringIO()
    _print_gate(tmp_path, Console(file=printed, width=160))
    assert printed.getvalue().strip() == words


@pytest.mark.parametrize(
    ("n_matched", "said", "unsaid"),
    [
        (0, "attrition.csv tells at which step persons left", "estimates_notes.json"),
        (8127, "estimates_notes.json tells why", "attrition.csv"),
    ],
)
def test_persons_are_said_to_have_left_only_where_nobody_is_matched(
    n_matched: int, said: str, unsaid: str, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    results.mkdir()
    tables = make_tables()
    tables["estimates"].iloc[:0].to_parquet(results / "estimates.parquet")
    shares = tables["matched_share"].assign(n_matched=n_matched)
    shares.to_parquet(results / "matched_share.parquet")
    note = "SOM, sick_leave_days: the change does not vary"
    (results / "estimates_notes.json").write_text(json.dumps([note]), encoding="utf-8")
    with pytest.raises(NotIdentifiedError) as error:
        _refuse_no_estimates(tmp_path)
    first, second = error.value.problems
    assert said in first
    assert unsaid not in first
    assert second == note
