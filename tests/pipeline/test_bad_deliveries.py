"""Each kind of bad input: its exit code, one clear message, no value, nothing left behind."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from exit_codes import FINISHED
from lean_study import LEAN_STUDY
from small_delivery import SmallDelivery

# A made-up number with a valid date and both control digits right; it belongs to nobody.
IDENTITY_NUMBER = "01010750160"

Spoil = Callable[[SmallDelivery], None]


def _missing_column(delivery: SmallDelivery) -> None:
    delivery.replace("contacts.csv", "debitor", "betaler", row=0)


def _unknown_table(delivery: SmallDelivery) -> None:
    delivery.tables["education.csv"] = "schooling"


def _unreadable_encoding(delivery: SmallDelivery) -> None:
    delivery.spec += '\n[[file]]\ntable = "residence"\npath = "residence.csv"\n'
    delivery.lines["residence.csv"] = ["ssb_lopenr;aargang;kommnr", "S1;2010;0301"]


def _empty_file(delivery: SmallDelivery) -> None:
    delivery.lines["education.csv"] = []


def _missing_file(delivery: SmallDelivery) -> None:
    del delivery.lines["education.csv"]


def _duplicate_in_link(delivery: SmallDelivery) -> None:
    delivery.lines["link.csv"].append("N0;V9;S9")


def _identity_number(delivery: SmallDelivery) -> None:
    delivery.replace("link.csv", "N3", IDENTITY_NUMBER, row=4)


def _wrong_date(delivery: SmallDelivery) -> None:
    delivery.replace("contacts.csv", "2012-03-09;2", "2012-33-09;2", row=4)


def _end_before_start(delivery: SmallDelivery) -> None:
    delivery.replace("benefits.csv", "2012-05-10", "2011-05-10", row=3)


CASES: dict[str, tuple[Spoil, int, list[str], list[str]]] = {
    "missing column": (
        _missing_column,
        3,
        ["contacts.csv", "debitor_code", "missing", "columns = {"],
        [],
    ),
    "unknown table": (
        _unknown_table,
        3,
        ["[[file]] no. 4", "schooling", "allowed", "education"],
        [],
    ),
    "unreadable encoding": (
        _unreadable_encoding,
        3,
        ["residence.csv", "unreadable encoding", "utf-8, latin-1", "Convert"],
        [],
    ),
    "empty file": (_empty_file, 3, ["education.csv", "the file is empty", "deliver it again"], []),
    "missing file": (_missing_file, 3, ["education.csv", "no such file", "correct the path"], []),
    "duplicate person in link": (
        _duplicate_in_link,
        3,
        ["link.csv", "npr_id", "2 rows", "first in row 1", "one row per person"],
        ["N0", "S9"],
    ),
    "identity number": (
        _identity_number,
        3,
        ["link.csv", "npr_lopenr", "row 4", "national identity number", "delete this copy"],
        [IDENTITY_NUMBER],
    ),
    "wrong date": (
        _wrong_date,
        4,
        ["contacts.csv", "start_date", "row 4", "invalid date", "correct the delivery"],
        ["2012-33-04", "N3"],
    ),
    "end before start": (
        _end_before_start,
        4,
        ["benefits.csv", "end_date", "row 3", "end before start", "correct the delivery"],
        ["2011-05-10", "V2"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_gets_its_exit_code_and_one_clear_message(
    case: str, small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    spoil, exit_code, told, withheld = CASES[case]
    spoil(small_delivery)
    folder = small_delivery.write(tmp_path / "delivery")
    if case == "unreadable encoding":
        (folder / "residence.csv").write_bytes(b"ssb_lopenr;aargang;kommnr\nS1;2010;\x81\xff\n")
    out = tmp_path / "out"

    result = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", out)

    assert result.exit_code == exit_code, result.output
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, result.stderr
    for words in told:
        assert words in errors[0]
    for value in withheld:
        assert value not in result.output
        assert value not in result.stderr
    assert "Traceback" not in result.output + result.stderr
    assert not (out / "results").exists()
    assert not (out / "report").exists()
    if exit_code == 3:
        assert not out.exists()
    else:
        assert (out / "restricted" / "quarantine.parquet").exists()


def test_all_problems_are_told_at_once(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    _missing_column(small_delivery)
    _empty_file(small_delivery)
    folder = small_delivery.write(tmp_path / "delivery")
    result = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "contacts.csv" in result.stderr
    assert "education.csv" in result.stderr


def test_a_bad_delivery_leaves_earlier_results_untouched(
    copied_run: Path, small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    before = {p: p.read_bytes() for p in (copied_run / "results").iterdir()}
    _wrong_date(small_delivery)
    folder = small_delivery.write(tmp_path / "delivery")
    result = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", copied_run)
    assert result.exit_code == 4
    assert {p: p.read_bytes() for p in (copied_run / "results").iterdir()} == before


def test_a_path_that_leads_out_of_the_delivery_is_refused(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    small_delivery.spec += '\n[[file]]\ntable = "residence"\npath = "../residence.csv"\n'
    folder = small_delivery.write(tmp_path / "delivery")
    result = evaluation("check", folder, "--out", tmp_path / "check")
    assert result.exit_code == 3
    assert "leads out of the delivery" in result.stderr


def test_months_are_refused_because_days_cannot_be_counted(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    small_delivery.spec = small_delivery.spec.replace('"day"', '"month"')
    folder = small_delivery.write(tmp_path / "delivery")
    result = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "days cannot be counted" in result.stderr


def test_months_give_months_when_the_study_asks_for_nothing_else(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    small_delivery.spec = small_delivery.spec.replace('"day"', '"month"')
    small_delivery.lines["benefits.csv"] = [
        re.sub(r"(20\d\d)-(\d\d)-\d\d", r"\1\2", line)
        for line in small_delivery.lines["benefits.csv"]
    ]
    study = tmp_path / "study.toml"
    text = LEAN_STUDY.read_text(encoding="utf-8")
    text = text.replace(
        'primary = ["sick_leave_days", "health_benefit_days"]',
        'primary = ["sick_leave_months", "health_benefit_months"]',
    )
    study.write_text(text.replace('["sick_leave_dagsverk"]', "[]"), encoding="utf-8")
    folder = small_delivery.write(tmp_path / "delivery")
    result = evaluation("run", study, "--delivery", folder, "--out", tmp_path / "out")
    assert result.exit_code in FINISHED, result.stderr
    found = pd.read_csv(tmp_path / "out" / "results" / "estimates.csv")
    assert set(found["unit"]) == {"months"}
    # Two are treated in March 2012, on sick leave from February to March and to April.
    assert set(found["treated_before"]) == {2.0}
    assert set(found["treated_after"]) == {0.5}
    assert pd.read_csv(tmp_path / "out" / "results" / "event_study.csv").empty
    assert pd.read_csv(tmp_path / "out" / "results" / "return_to_work.csv").empty
    report = (tmp_path / "out" / "report" / "report.en.html").read_text(encoding="utf-8")
    assert "benefits known by month do not tell the day of a return" in report


def test_the_small_delivery_itself_is_good(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    folder = small_delivery.write(tmp_path / "delivery")
    result = evaluation("check", folder, "--out", tmp_path / "check")
    assert result.exit_code == 0, result.output + result.stderr


def test_a_required_table_without_rows_is_refused(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    small_delivery.lines["benefits.csv"] = small_delivery.lines["benefits.csv"][:1]
    folder = small_delivery.write(tmp_path / "delivery")
    result = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert "no rows at all in the files of the required tables nav_benefit" in result.stderr


def test_keys_that_do_not_link_stop_the_run(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    small_delivery.replace("benefits.csv", "V1", "v1")
    small_delivery.replace("benefits.csv", "V2", "v2")
    folder = small_delivery.write(tmp_path / "delivery")
    result = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", tmp_path / "out")
    assert result.exit_code == 4
    assert "column nav_id, not linked in 2 rows, first in row 2" in result.stderr


def test_a_delivery_is_never_written_to(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    folder = small_delivery.write(tmp_path / "delivery")
    for out in (folder, folder / "out", tmp_path):
        result = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", out)
        assert result.exit_code == 2
        assert "a delivery is never written to" in result.stderr
    assert not (folder / "restricted").exists()


def test_results_without_an_estimate_are_no_success_and_say_why(
    small_delivery: SmallDelivery, tmp_path: Path, evaluation
) -> None:
    small_delivery.replace("contacts.csv", ";20;", ";1;")
    folder = small_delivery.write(tmp_path / "delivery")
    out = tmp_path / "out"
    result = evaluation("run", LEAN_STUDY, "--delivery", folder, "--out", out)
    assert result.exit_code == 1
    assert "no estimate could be made" in result.stderr
    assert "attrition.csv" in result.stderr
    assert (out / "report" / "report.nb.html").exists()
