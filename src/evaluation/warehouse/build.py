"""Build tables in the warehouse: whole or not at all, and only when something changed."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.errors import EvaluationError, SqlModelError
from evaluation.warehouse.connection import Connection, QueryError, scalar
from evaluation.warehouse.models import SqlModel
from evaluation.warehouse.owner_only import make_files_private

_STATE = "_built"


@dataclass(frozen=True, slots=True)
class Built:
    """What became of one table.

    Attributes:
        table: Name.
        rows: Rows it holds.
        distinct_rows: Distinct values of its grain; equal to `rows` when the grain holds.
        is_unchanged: It was already built from the same inputs, and left alone.
    """

    table: str
    rows: int
    distinct_rows: int
    is_unchanged: bool


def build_model(connection: Connection, model: SqlModel, params: Mapping[str, Any]) -> Built:
    """Build a model's table, unless it stands there already from the same inputs.

    Args:
        connection: The warehouse.
        model: The SQL file.
        params: At least the model's parameters.

    Raises:
        SqlModelError: A parameter or an input is missing, or the query fails.
    """
    bound = _bind(model, params)
    key = _hash(model.text_hash, repr(bound), *_keys_of(connection, model))
    grain = ", ".join(model.grain)

    def create() -> None:
        create_model(connection, model, params)

    def count_distinct() -> int:
        return int(
            scalar(connection, f"select count(*) from (select distinct {grain} from {model.name})")
        )

    return build_table(
        connection, model.name, key=key, create=create, count_distinct=count_distinct
    )


def create_model(connection: Connection, model: SqlModel, params: Mapping[str, Any]) -> None:
    """Make a model's table and nothing else: no key, no transaction, no look at its grain.

    Args:
        connection: The warehouse.
        model: The SQL file.
        params: At least the model's parameters.

    Raises:
        SqlModelError: A parameter is missing.
    """
    bound = _bind(model, params)
    connection.execute(f"create or replace table {model.name} as {model.sql}", bound or None)


def _bind(model: SqlModel, params: Mapping[str, Any]) -> dict[str, Any]:
    missing = sorted(model.params - params.keys())
    if missing:
        raise SqlModelError(f"{model.name}.sql needs parameters that are not given: {missing}")
    return {name: params[name] for name in sorted(model.params)}


def build_table(
    connection: Connection,
    table: str,
    *,
    key: str,
    create: Callable[[], None],
    count_distinct: Callable[[], int] | None = None,
) -> Built:
    """Run `create` and note its key in one transaction; a crash leaves the previous table.

    Args:
        connection: The warehouse.
        table: Table that `create` makes.
        key: Hash of all that goes into it.
        create: Makes the table in the open transaction.
        count_distinct: Counts distinct grains, where the table has a grain.

    Raises:
        SqlModelError: The query fails. The message carries no value from the data.
    """
    connection.execute(
        f"create table if not exists {_STATE}"
        " (table_name text primary key, key text, row_count bigint, distinct_count bigint,"
        " build_seconds double)"
    )
    # Fetched whole: an unfinished result would bar the connection to whoever reads next.
    known = connection.execute(
        f"select key, row_count, distinct_count from {_STATE} where table_name = $1", [table]
    ).fetchall()
    if known and known[0][0] == key:
        return Built(table, known[0][1], known[0][2], is_unchanged=True)
    started = perf_counter()
    try:
        connection.execute("begin")
        create()
        rows = int(scalar(connection, f"select count(*) from {table}"))
        distinct = rows if count_distinct is None else count_distinct()
        connection.execute(
            f"insert or replace into {_STATE} values ($1, $2, $3, $4, $5)",
            [table, key, rows, distinct, perf_counter() - started],
        )
        connection.execute("commit")
    except QueryError as error:
        connection.execute("rollback")
        raise SqlModelError(f"{table} could not be built: {describe_query_error(error)}") from None
    except BaseException:
        connection.execute("rollback")
        raise
    return Built(table, rows, distinct, is_unchanged=False)


def describe_query_error(error: QueryError) -> str:
    """Tell why a query failed, without any value from the data.

    Args:
        error: What DuckDB raised.
    """
    # DuckDB quotes the offending value in conversion errors; binder and parser errors are ours.
    kind = type(error).__name__
    if kind in {"BinderException", "ParserException", "CatalogException"}:
        return f"{kind}: {error}"
    if kind == "OutOfMemoryException":
        return "memory ran out; give more with --memory, or free disk for the spill folder"
    return f"{kind} (the text is withheld because it may hold a value from the data)"


def _keys_of(connection: Connection, model: SqlModel) -> list[str]:
    return read_keys(connection, sorted(model.reads), reader=model.name)


def read_keys(connection: Connection, tables: Sequence[str], *, reader: str) -> list[str]:
    """Read what tables were made from, as hashes: the key of a table made from them.

    Args:
        connection: The warehouse.
        tables: Their names.
        reader: Who reads them, for the message.

    Raises:
        SqlModelError: One of them has not been built.
    """
    keys = []
    for table in tables:
        try:
            row = connection.execute(
                f"select key from {_STATE} where table_name = $1", [table]
            ).fetchone()
        except QueryError:
            row = None
        if row is None:
            raise SqlModelError(f"{reader} reads {table}, which has not been built")
        keys.append(row[0])
    return keys


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def read_table(
    connection: Connection, table: str, *, columns: str = "*", order_by: str = "all"
) -> pa.Table:
    """Read a whole table in a fixed order.

    Args:
        connection: The warehouse.
        table: Its name, or several joined.
        columns: Which, and in what order.
        order_by: Columns; "all" orders by every column from left to right.
    """
    return connection.sql(f"select {columns} from {table} order by {order_by}").to_arrow_table()


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a row-level table for the owner only; no half file is ever seen in its place."""
    part = path.with_name(path.name + ".part")
    try:
        with make_files_private():
            part.unlink(missing_ok=True)
            pq.write_table(table, part, compression="zstd")
        part.replace(path)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror}.") from None
