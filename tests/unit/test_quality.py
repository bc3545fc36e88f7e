from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.errors import DeliveryError, QualityError
from evaluation.quality import QualityReport, check_quality
from evaluation.schemas import check_table
from evaluation.warehouse.connection import Connection, RunSettings, open_warehouse
from evaluation.warehouse.models import SqlModel, parse_sql_model

CANARY = "CANARY-N123456"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    file = tmp_path / "w.duckdb"
    with open_warehouse(file, readable=(), settings=RunSettings(threads=1)) as connection:
        connection.execute(
            "create table raw_files as select * from"
            " (values (0, 'a.csv'), (1, 'b.csv')) t(file_index, file)"
        )
        connection.execute(
            "create table stg_things as select i % 2 as file_index, i // 2 + 1 as row_number,"
            f" '{CANARY}' as value, i as number from range(100) t(i)"
        )
        yield connection


def check(
    connection: Connection, where: str, *, severity: str = "error", threshold: str = "0.1"
) -> SqlModel:
    return parse_sql_model(
        "check_things",
        f"-- check_things\n-- Rows that are wrong.\n-- severity: {severity}\n-- table: stg_things\n"
        f"-- column: value\n-- threshold: {threshold}\n-- what_to_do: correct the delivery\n\n"
        "select file_index, row_number, 'odd_value' as rule_name, 'value' as column_name"
        f" from stg_things where {where}",
        connection,
    )


def judge(connection: Connection, *checks: SqlModel, **params: int) -> QualityReport:
    named = {f"{each.name}{place}": each for place, each in enumerate(checks)}
    return check_quality(connection, named, params, fingerprint="f")


@pytest.mark.parametrize(
    ("broken", "status"), [(0, "pass"), (9, "pass"), (10, "pass"), (11, "fail"), (100, "fail")]
)
def test_a_check_fails_when_more_than_the_allowed_share_breaks_it(
    broken: int, status: str, warehouse: Connection
) -> None:
    report = judge(warehouse, check(warehouse, f"number < {broken}"))
    row = check_table("quality", report.table).iloc[0]
    assert (row["status"], row["n_rows"], row["n_violations"]) == (status, 100, broken)
    assert row["share"] == broken / 100
    assert row["what_to_do"] == "correct the delivery"
    assert len(report.error_problems) == (status == "fail")


def test_a_check_of_an_empty_table_is_not_applicable(warehouse: Connection) -> None:
    warehouse.execute("delete from stg_things")
    report = judge(warehouse, check(warehouse, "true"))
    assert report.table["status"].to_list() == ["not_applicable"]
    report.validate()


def test_a_threshold_of_nothing_allows_nothing(warehouse: Connection) -> None:
    report = judge(warehouse, check(warehouse, "number = 0", threshold="0"))
    assert report.table["status"].to_list() == ["fail"]


def test_parameters_reach_the_check(warehouse: Connection) -> None:
    report = judge(warehouse, check(warehouse, "number < $limit"), limit=3, unused=1)
    assert report.table["n_violations"].to_list() == [3]


@pytest.mark.parametrize(
    ("severity", "error"), [("contract", DeliveryError), ("error", QualityError), ("warning", None)]
)
def test_the_severity_decides_whether_the_run_stops(
    severity: str, error: type[Exception] | None, warehouse: Connection
) -> None:
    report = judge(warehouse, check(warehouse, "true", severity=severity))
    if error is None:
        report.validate()
        assert len(report.warnings) == 1
    else:
        with pytest.raises(error, match="odd value in 100 rows"):
            report.validate()


def test_a_broken_contract_tells_the_errors_too(warehouse: Connection) -> None:
    report = judge(
        warehouse, check(warehouse, "number = 0", severity="contract", threshold="0"),
        check(warehouse, "true"),
    )  # fmt: skip
    with pytest.raises(DeliveryError) as caught:
        report.validate()
    assert len(caught.value.problems) == 2


def test_a_message_says_where_how_many_and_what_to_do_but_no_value(warehouse: Connection) -> None:
    report = judge(warehouse, check(warehouse, "number >= 40 and file_index = 1"))
    (text,) = report.error_problems
    # Odd numbers are in b.csv; 41 is the 21st of them.
    assert text.startswith("b.csv: column value, odd value in 30 rows, first in row 21.")
    assert "Allowed: 10.0% of 100 rows. To do: correct the delivery." in text
    assert CANARY not in str(report)


def test_one_rule_broken_in_several_files_gives_one_line(warehouse: Connection) -> None:
    report = judge(warehouse, check(warehouse, "number >= 40"))
    (text,) = report.error_problems
    assert "60 rows" in text
    assert "2 files" in text
    assert "row 21 of a.csv" in text


def test_rows_within_what_is_allowed_are_still_told_as_a_warning(warehouse: Connection) -> None:
    report = judge(warehouse, check(warehouse, "number < 4"))
    assert report.error_problems == ()
    assert len(report.warnings) == 1
