"""Read delivered files into raw tables: every value as text, every row with its place.

A raw table has the canonical columns, `file_index` and `row_number` (1 = first row after the
header). Lines that are no rows (too few or too many columns) go to `raw_rejects`. For each
file: rows delivered = rows read + rows rejected, or the load stops.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.deliveries.identity_numbers import find_identity_numbers
from evaluation.deliveries.inventory import PlannedFile
from evaluation.deliveries.sources import (
    rejects_params,
    rejects_sql,
    source_params,
    source_sql,
    text_sql,
    unreadable,
)
from evaluation.deliveries.tables import CANONICAL_TABLES, CanonicalTable
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import Connection, QueryError, scalar

_DATE_COLUMNS = {"start_date", "end_date", "death_date", "emigration_date", "immigration_date"}
FILES_TABLE = "raw_files"
REJECTS_TABLE = "raw_rejects"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """Rows of one file.

    Attributes:
        rows_read: Rows now in the raw table.
        rows_rejected: Lines that were no rows.
    """

    rows_read: int
    rows_rejected: int


def refuse_identity_numbers(connection: Connection, files: Sequence[PlannedFile]) -> None:
    """Scan every column of every file, and the lines that are no rows.

    Args:
        connection: Any database; nothing is written to it.
        files: The delivery.

    Raises:
        DeliveryError: Names file, column and first row of each column that holds such a number.
    """
    problems: list[str] = []
    for file in files:
        try:
            problems += [
                f"{file.name}: {place} holds a national identity number. Such numbers must never"
                " be delivered: delete this copy, tell the data controller, and ask for a"
                " delivery with pseudonyms."
                for place in find_identity_numbers(connection, file)
            ]
        except QueryError as error:
            raise unreadable(file, error) from None
    if problems:
        raise DeliveryError(problems)


def create_raw_tables(connection: Connection) -> None:
    """Make every raw table empty, so that SQL may read those not delivered too."""
    for table in CANONICAL_TABLES.values():
        columns = ", ".join(f"{column} varchar" for column in table.columns)
        connection.execute(
            f"create or replace table {table.raw_table}"
            f" (file_index integer, row_number bigint, {columns})"
        )
    connection.execute(
        f"create or replace table {FILES_TABLE} (file_index integer, table_name varchar,"
        " file varchar, row_count bigint, rejected_count bigint)"
    )
    connection.execute(
        f"create or replace table {REJECTS_TABLE} (file_index integer, table_name varchar,"
        " row_number bigint, rule varchar, raw varchar)"
    )


def load_file(connection: Connection, file: PlannedFile, file_index: int) -> LoadedFile:
    """Append one file to its raw table.

    Args:
        connection: The warehouse, with the raw tables made.
        file: What to load.
        file_index: Number of the file in the delivery.

    Raises:
        DeliveryError: The file cannot be read, or rows would be lost.
    """
    try:
        _insert(connection, file, file_index)
        rejected = 0 if file.kind == "parquet" else _move_rejects(connection, file, file_index)
    except QueryError as error:
        raise unreadable(file, error) from None
    read = int(
        scalar(
            connection,
            f"select count(*) from {file.table.raw_table} where file_index = $1",
            [file_index],
        )
    )
    if file.row_counts and read + rejected not in file.row_counts:
        raise DeliveryError(
            f"{file.name}: the file has {file.row_counts[-1]} rows, but {read} were read and"
            f" {rejected} rejected. A quote may be opened and never closed, or the file is cut"
            " off; deliver it again."
        )
    connection.execute(
        f"insert into {FILES_TABLE} values ($1, $2, $3, $4, $5)",
        [file_index, file.table.name, file.name, read, rejected],
    )
    return LoadedFile(read, rejected)


def _insert(connection: Connection, file: PlannedFile, file_index: int) -> None:
    columns = [_canonical(file, column) for column in file.table.columns]
    place = "file_row_number + 1" if file.kind == "parquet" else "row_number() over ()"
    connection.execute(
        f"insert into {file.table.raw_table}"
        f" select {file_index}, {place}, {', '.join(columns)} from"
        f" {source_sql(file)}",
        source_params(file),
    )


def _canonical(file: PlannedFile, column: str) -> str:
    if column == "sector" and file.sector is not None:
        return f"'{file.sector}'"
    names = file.mapping.get(column, ())
    if not names:
        return "null"
    texts = [f"nullif(trim({text_sql(name)}), '')" for name in names]
    if column in file.table.joined:
        return f"nullif(concat_ws('|', {', '.join(texts)}), '')"
    if column in _DATE_COLUMNS and file.date_format is not None:
        form = file.date_format.replace("'", "''")
        return f"coalesce(strftime(try_strptime({texts[0]}, '{form}'), '%Y-%m-%d'), {texts[0]})"
    return texts[0]


def _move_rejects(connection: Connection, file: PlannedFile, file_index: int) -> int:
    """Note rejected lines with their row numbers, and renumber the rows after them."""
    params = rejects_params(connection, file)
    if not params:
        return 0
    connection.execute(
        f"insert into {REJECTS_TABLE} select $file_index, $table_name, row_number, rule, raw"
        f" from ({rejects_sql()}) order by row_number",
        {**params, "file_index": file_index, "table_name": file.table.name},
    )
    _renumber(connection, file.table, file_index)
    return int(
        scalar(
            connection,
            f"select count(*) from {REJECTS_TABLE} where file_index = $1",
            [file_index],
        )
    )


def _renumber(connection: Connection, table: CanonicalTable, file_index: int) -> None:
    # The i-th rejected line (from 0) at row r stands after r - 1 - i rows that were read.
    connection.execute(
        f"""
        update {table.raw_table} as target set row_number = moved.row_number
        from (
            select read.row_number as old_number,
                read.row_number + coalesce(skipped.line_count, 0) as row_number
            from {table.raw_table} as read
            asof left join (
                select row_number - place as rows_before, max(place) as line_count
                from (
                    select row_number, row_number() over (order by row_number) as place
                    from {REJECTS_TABLE} where file_index = $1
                )
                group by all
            ) as skipped on read.row_number > skipped.rows_before
            where read.file_index = $1
        ) as moved
        where target.file_index = $1 and target.row_number = moved.old_number
        """,
        [file_index],
    )


def hash_sources(files: Sequence[PlannedFile]) -> str:
    """Join what decides the raw tables: bytes, mapping and reading options of each file."""
    return "\n".join(
        repr((f.name, f.sha256, f.mapping, f.sector, f.date_format, f.encoding, f.delimiter))
        for f in files
    )


def read_code_list(connection: Connection, path: Path, table: str) -> None:
    """Load a code list of sql/codelists as it stands; empty cells are null."""
    connection.execute(
        f"create or replace table {table} as select * from read_csv($path, header = true,"
        " all_varchar = true, delim = ',', quote = '\"')",
        {"path": str(path)},
    )


def refuse_empty_tables(connection: Connection, delivered: Collection[str]) -> None:
    """Stop when a table that a run needs has no row in any of its files.

    Args:
        connection: The warehouse, everything loaded.
        delivered: Tables with files; a check goes on without the others.

    Raises:
        DeliveryError: Names the empty tables.
    """
    empty = [
        table.name
        for table in CANONICAL_TABLES.values()
        if table.is_required
        and table.name in delivered
        and not scalar(connection, f"select count(*) from {table.raw_table}")
    ]
    if empty:
        raise DeliveryError(
            f"no rows at all in the files of the required tables {', '.join(empty)}; deliver them"
            " again."
        )
