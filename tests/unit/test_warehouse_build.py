from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluation.errors import EvaluationError, SqlModelError
from evaluation.warehouse.build import (
    build_model,
    build_table,
    read_table,
    write_parquet,
)
from evaluation.warehouse.connection import Connection, RunSettings, open_warehouse
from evaluation.warehouse.models import SqlModel, parse_sql_model

CANARY = "CANARY-N123456"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    file = tmp_path / "warehouse.duckdb"
    with open_warehouse(file, readable=(), settings=RunSettings(threads=1)) as connection:
        source(connection, "a")
        yield connection


def source(connection: Connection, key: str, values: str = "(1, '10'), (2, '20')") -> None:
    def create() -> None:
        connection.execute(
            f"create or replace table raw_things as select * from (values {values}) t(id, amount)"
        )

    build_table(connection, "raw_things", key=key, create=create)


def model(connection: Connection, body: str, name: str = "stg_things") -> SqlModel:
    return parse_sql_model(name, f"-- {name}\n-- grain: id\n\n{body}", connection)


def rows(connection: Connection, table: str = "stg_things") -> list[Any]:
    return connection.execute(f"select * from {table} order by all").fetchall()


def test_a_model_becomes_a_table_with_its_rows_and_grain_counted(warehouse: Connection) -> None:
    source(warehouse, "b", "(1, '10'), (1, '20'), (2, '20')")
    built = build_model(warehouse, model(warehouse, "select * from raw_things"), {})
    assert (built.table, built.rows, built.distinct_rows) == ("stg_things", 3, 2)
    assert not built.is_unchanged


def test_only_what_changed_is_built_again(warehouse: Connection) -> None:
    body = "select id from raw_things where id < $limit"
    first = model(warehouse, body)
    assert not build_model(warehouse, first, {"limit": 2}).is_unchanged
    assert build_model(warehouse, first, {"limit": 2}).is_unchanged
    assert not build_model(warehouse, first, {"limit": 3}).is_unchanged, "a parameter"
    assert rows(warehouse) == [(1,), (2,)]
    changed = model(warehouse, body.replace("select id", "select id + 10 as id"))
    assert not build_model(warehouse, changed, {"limit": 3}).is_unchanged, "the text"
    assert rows(warehouse) == [(11,), (12,)]
    source(warehouse, "other")
    assert not build_model(warehouse, changed, {"limit": 3}).is_unchanged, "what it reads"
    assert build_model(warehouse, changed, {"limit": 3}).is_unchanged


def test_a_change_far_upstream_reaches_the_end_and_an_unchanged_key_does_not(
    warehouse: Connection,
) -> None:
    chain = [
        model(warehouse, "select * from raw_things"),
        model(warehouse, "select * from stg_things", "core_things"),
        model(warehouse, "select * from core_things", "mart_things"),
    ]

    def build() -> list[bool]:
        return [build_model(warehouse, each, {}).is_unchanged for each in chain]

    assert build() == [False, False, False]
    source(warehouse, "a")
    assert build() == [True, True, True]
    source(warehouse, "b")
    assert build() == [False, False, False]


def test_parameters_the_model_does_not_name_change_nothing(warehouse: Connection) -> None:
    each = model(warehouse, "select id from raw_things where id < $limit")
    build_model(warehouse, each, {"limit": 2, "other": 1})
    assert build_model(warehouse, each, {"limit": 2, "other": 99, "more": []}).is_unchanged


def test_a_parameter_that_is_not_given_is_told(warehouse: Connection) -> None:
    each = model(warehouse, "select id from raw_things where id < $limit and id > $first")
    with pytest.raises(SqlModelError, match=r"needs parameters that are not given: \['first'\]"):
        build_model(warehouse, each, {"limit": 2})


def test_a_table_that_has_not_been_built_is_told(warehouse: Connection) -> None:
    with pytest.raises(SqlModelError, match="stg_things reads raw_absent, which has not been"):
        build_model(warehouse, model(warehouse, "select * from raw_absent"), {})


@pytest.mark.parametrize(
    "body",
    [
        "select id, cast(amount as integer) as amount from raw_things",
        "select id, cast(amount as date) as amount from raw_things",
        "select id, strptime(amount, '%Y') as amount from raw_things",
        "select id, error(amount) as amount from raw_things",
    ],
)
def test_a_failing_query_leaves_the_former_table_and_tells_no_value(
    body: str, warehouse: Connection
) -> None:
    build_model(warehouse, model(warehouse, "select id, amount from raw_things"), {})
    source(warehouse, "b", f"(1, '{CANARY}')")
    with pytest.raises(SqlModelError, match="stg_things could not be built") as caught:
        build_model(warehouse, model(warehouse, body), {})
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert rows(warehouse) == [(1, "10"), (2, "20")]


def test_a_fault_of_the_sql_itself_is_told_in_full(warehouse: Connection) -> None:
    with pytest.raises(SqlModelError, match=r"BinderException.*colour"):
        build_model(warehouse, model(warehouse, "select id, colour from raw_things"), {})


def test_an_error_that_is_not_the_databases_undoes_the_table_too(warehouse: Connection) -> None:
    def create() -> None:
        warehouse.execute("create or replace table raw_things as select 99 as id")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_table(warehouse, "raw_things", key="c", create=create)
    assert rows(warehouse, "raw_things") == [(1, "10"), (2, "20")]
    assert build_table(warehouse, "raw_things", key="a", create=create).is_unchanged


def test_a_table_is_read_in_a_fixed_order(warehouse: Connection) -> None:
    source(warehouse, "b", "(2, 'x'), (1, 'y'), (1, 'a')")
    assert read_table(warehouse, "raw_things").to_pylist() == [
        {"id": 1, "amount": "a"},
        {"id": 1, "amount": "y"},
        {"id": 2, "amount": "x"},
    ]
    ordered = read_table(warehouse, "raw_things", order_by="id desc, amount desc")
    assert ordered["amount"].to_pylist() == ["x", "y", "a"]


def test_a_row_level_file_is_for_the_owner_only_and_never_half_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    write_parquet(pa.table({"id": [1]}), path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert pq.read_table(path).to_pylist() == [{"id": 1}]
    assert [found.name for found in tmp_path.iterdir()] == ["rows.parquet"]


def test_a_row_level_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"rows\.parquet cannot be written"):
        write_parquet(pa.table({"id": [1]}), tmp_path / "absent" / "rows.parquet")
