import operator
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.errors import DeliveryError, QualityError, StudyError
from evaluation.quality import QualityReport, check_quality
from evaluation.quality.forms import name_form, read_row_rule
from evaluation.quality.scan import scan_rules
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


ROWS = (
    "select file_index, row_number, {broken} as is_broken, 'odd_value' as rule_name,"
    " 'value' as column_name from stg_things"
)
ROW_RULE = "select\n    {broken} as is_broken\nfrom stg_things\nwhere number < 100"
CELLS = "select 'cell ' || number as place, {broken} as is_broken from stg_things"


def check(
    connection: Connection,
    broken: str,
    *,
    form: str = ROWS,
    name: str = "check_things",
    severity: str = "error",
    threshold: str = "0.1",
) -> SqlModel:
    return parse_sql_model(
        name,
        f"-- {name}\n-- Rows that are wrong.\n-- family: plausibility\n-- severity: {severity}\n"
        f"-- table: stg_things\n-- column: value\n-- threshold: {threshold}\n"
        "-- means: Estimates\n--   suffer\n-- what_to_do: correct the delivery\n\n"
        + form.format(broken=broken),
        connection,
    )


def judge(
    connection: Connection,
    *checks: SqlModel,
    thresholds: dict[str, float] | None = None,
    **params: int,
) -> QualityReport:
    named = {each.name: each for each in checks}
    return check_quality(connection, named, params, fingerprint="f", thresholds=thresholds)


@pytest.mark.parametrize("form", [ROWS, ROW_RULE, CELLS])
@pytest.mark.parametrize(
    ("broken", "status"), [(0, "pass"), (9, "pass"), (10, "pass"), (11, "fail"), (100, "fail")]
)
def test_a_check_fails_when_more_than_the_allowed_share_breaks_it(
    broken: int, status: str, form: str, warehouse: Connection
) -> None:
    report = judge(warehouse, check(warehouse, f"number < {broken}", form=form))
    row = check_table("quality", report.table).iloc[0]
    assert (row["status"], row["n_rows"], row["n_violations"]) == (status, 100, broken)
    assert row["share"] == broken / 100
    assert row["what_to_do"] == "correct the delivery"
    assert (row["family"], row["means"]) == ("plausibility", "Estimates suffer")
    assert len(report.error_problems) == (status == "fail")


def test_a_row_of_a_check_may_stand_for_many_rows_of_the_delivery(warehouse: Connection) -> None:
    form = (
        "select file_index, min(row_number) as row_number, count(*) as n_rows,"
        " {broken} as is_broken"
        " from stg_things group by file_index, number % 10"
    )
    one_by_one = judge(warehouse, check(warehouse, "number % 10 in (3, 4)"))
    together = judge(warehouse, check(warehouse, "number % 10 in (3, 4)", form=form))
    assert together.table.equals(one_by_one.table)
    counted = ["place", "n_rows", "n_violations", "first_row"]
    assert together.places[counted].equals(one_by_one.places[counted])
    assert together.table["n_violations"].to_list() == [20]


def test_a_check_of_an_empty_table_is_not_applicable(warehouse: Connection) -> None:
    warehouse.execute("delete from stg_things")
    report = judge(warehouse, check(warehouse, "true"))
    assert report.table["status"].to_list() == ["not_applicable"]
    report.validate()


def test_a_threshold_of_nothing_allows_nothing(warehouse: Connection) -> None:
    report = judge(warehouse, check(warehouse, "number = 0", threshold="0"))
    assert report.table["status"].to_list() == ["fail"]


@pytest.mark.parametrize("form", [ROWS, ROW_RULE, CELLS])
def test_parameters_reach_the_check(form: str, warehouse: Connection) -> None:
    report = judge(warehouse, check(warehouse, "number < $limit", form=form), limit=3, unused=1)
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
        warehouse,
        check(warehouse, "number = 0", severity="contract", threshold="0"),
        check(warehouse, "true", name="check_others"),
    )
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


def test_a_warning_within_what_is_allowed_is_not_told(warehouse: Connection) -> None:
    assert judge(warehouse, check(warehouse, "number < 4", severity="warning")).warnings == ()


def test_an_unknown_answer_counts_as_not_broken(warehouse: Connection) -> None:
    forms = {"check_a": ROWS, "check_b": ROW_RULE, "check_c": CELLS}
    checks = [check(warehouse, "null::boolean", form=form, name=n) for n, form in forms.items()]
    assert judge(warehouse, *checks).table["n_violations"].to_list() == [0, 0, 0]


def test_a_threshold_of_the_study_goes_before_the_default(warehouse: Connection) -> None:
    checks = [check(warehouse, "number < 20", name=name) for name in ("check_a", "check_b")]
    report = judge(warehouse, *checks, thresholds={"check_b": 0.2})
    assert report.table["status"].to_list() == ["fail", "pass"]
    assert report.table["threshold"].to_list() == [0.1, 0.2]


def test_a_threshold_for_an_unknown_check_is_refused_and_the_known_ones_are_named(
    warehouse: Connection,
) -> None:
    with pytest.raises(StudyError, match=r"check_typo.*check_things"):
        judge(warehouse, check(warehouse, "true"), thresholds={"check_typo": 0.2})


@pytest.mark.parametrize("form", [ROWS, ROW_RULE, CELLS])
@pytest.mark.parametrize("broken", ["value::integer = 1", "no_such_column", "number < $absent"])
def test_a_check_that_cannot_be_computed_stops_the_run_and_the_others_go_on(
    broken: str, form: str, warehouse: Connection
) -> None:
    failing = check(warehouse, broken, form=form, name="check_failing")
    report = judge(warehouse, failing, check(warehouse, "number < 5", form=form))
    assert report.table["status"].to_list() == ["error", "pass"]
    assert report.table["n_violations"].to_list() == [0, 5]
    assert CANARY not in str(report)
    with pytest.raises(QualityError, match="check_failing could not be computed"):
        report.validate()


def test_a_warning_that_cannot_be_computed_does_not_stop_the_run(warehouse: Connection) -> None:
    report = judge(warehouse, check(warehouse, "no_such_column", severity="warning"))
    assert report.table["status"].to_list() == ["error"]
    assert "could not be computed" in report.warnings[0]
    report.validate()


def test_a_check_is_not_applicable_without_another_table_that_it_needs(
    warehouse: Connection,
) -> None:
    warehouse.execute("create table stg_others as select 1 as number limit 0")
    broken = "number not in (select stg_others.number from stg_others)"
    checks = check(warehouse, broken)
    assert judge(warehouse, checks).table["status"].to_list() == ["not_applicable"]
    warehouse.execute("insert into stg_others values (5)")
    assert judge(warehouse, checks).table["n_violations"].to_list() == [99]


def test_the_places_are_told_the_most_broken_first_and_at_most_twenty(
    warehouse: Connection,
) -> None:
    rows = check(warehouse, "number >= 41 or number = 0", name="check_rows")
    cells = check(warehouse, "number >= 50", form=CELLS, name="check_cells")
    places = check_table("quality_places", judge(warehouse, rows, cells).places)
    files, found = places[:2], places[2:]
    assert files["place"].to_list() == ["a.csv", "b.csv"]
    assert files["n_rows"].to_list() == [50, 50]
    assert files["n_violations"].to_list() == [30, 30]
    assert files["first_row"].to_list() == [1, 21]
    assert len(found) == 20
    assert found["place"].iloc[0] == "cell 50"
    assert found["first_row"].isna().all()


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.none() | st.integers(0, 9))),
    st.lists(
        st.tuples(st.sampled_from(["<", ">", "="]), st.integers(0, 9), st.integers(0, 9)),
        min_size=1,
        max_size=70,
    ),
)
@settings(max_examples=60, deadline=None)
def test_one_scan_for_all_rules_finds_what_each_rule_finds_alone(
    rows: list[tuple[int, int, int | None]], rules: list[tuple[str, int, int]]
) -> None:
    files = {index: f"{index}.csv" for index in range(3)}
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            "create table stg_things (file_index int, number int, value int, row_number bigint)"
        )
        for number, row in enumerate(rows):
            connection.execute("insert into stg_things values (?, ?, ?, ?)", [*row, number])
        form = "select\n    {broken} as is_broken\nfrom stg_things\nwhere number <> "
        checks = [
            check(connection, f"value {sign} {limit}", form=f"{form}{other}", name=f"check_{i}")
            for i, (sign, limit, other) in enumerate(rules)
        ]
        taken_apart = [(each, read_row_rule(each)) for each in checks]
        together = scan_rules(connection, [(c, r) for c, r in taken_apart if r], {}, files)
    assert len(together) == len(rules)
    signs = {"<": operator.lt, ">": operator.gt, "=": operator.eq}
    for i, (sign, limit, other) in enumerate(rules):
        for index in files:
            seen = [
                (number, value is not None and signs[sign](value, limit))
                for number, (file, key, value) in enumerate(rows)
                if file == index and key != other
            ]
            broken = [number for number, is_broken in seen if is_broken]
            places = [p for p in together[f"check_{i}"].places if p.place == files[index]]
            assert [(p.n_rows, p.n_violations, p.first_row) for p in places] == (
                [(len(seen), len(broken), broken[0])] if broken else []
            )
        examined = sum(key != other for _, key, _ in rows)
        assert together[f"check_{i}"].examined == examined


@pytest.mark.parametrize(
    ("sql", "form"),
    [
        ("select a = 1 as is_broken\nfrom stg_things", "row rule"),
        ("select\n    a in (select b from c) as is_broken\nfrom stg_things\nwhere a", "row rule"),
        ("select a as is_broken\nfrom stg_things\ngroup by a", "rows"),
        ("select a as is_broken\nfrom stg_things\nwhere a\nlimit 1", "rows"),
        ("select file_index, row_number, a as is_broken\nfrom stg_things", "rows"),
        ("select a in ('(', ',') and f(b, g(c, d)) as is_broken\nfrom stg_things", "row rule"),
        ("with\n\nx as (\n    select 1 as a\n)\n\nselect a as place from x", "cells"),
    ],
)
def test_the_form_of_a_check_is_told_from_its_text(sql: str, form: str) -> None:
    with duckdb.connect() as connection:
        model = parse_sql_model("check_a", f"-- check_a\n-- Text.\n\n{sql}\n", connection)
    assert name_form(model) == form
