"""Read delivered files into raw tables: every value as text, every row with its place.

A raw table has the canonical columns, `file_index` and `row_number` (1 = first row after the
header). Lines that are no rows (too few or too many columns) go to `raw_rejects`. For each
file: rows delivered = rows read + rows rejected, or the load stops.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.deliveries.identity_numbers import (
    build_identity_number_test,
    build_shape_test,
)
from evaluation.deliveries.inventory import PlannedFile
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
    """Scan every column of every file.

    Args:
        connection: Any warehouse; nothing is written to it.
        files: The delivery.

    Raises:
        DeliveryError: Names file, column and first row of each column that holds such a number.
    """
    problems = []
    for file in files:
        # Few columns hold eleven digits at all; only those are worth the control digits.
        for column in _columns_where(connection, file, build_shape_test, file.delivered_columns):
            row = _first_row(connection, file, column)
            if row is not None:
                problems.append(
                    f"{file.name}: column {column}, row {row} holds a national identity number."
                    " Such numbers must never be delivered: delete this copy, tell the data"
                    " controller, and ask for a delivery with pseudonyms."
                )
    if problems:
        raise DeliveryError(problems)


def _columns_where(
    connection: Connection,
    file: PlannedFile,
    build_test: Callable[[str], str],
    columns: Sequence[str],
) -> list[str]:
    tests = ", ".join(f"coalesce(bool_or({build_test(_text(c))}), false)" for c in columns)
    held = _query(connection, file, f"select {tests} from {_source(file, keep_rejects=False)}")
    return [column for column, is_held in zip(columns, held, strict=True) if is_held]


def _first_row(connection: Connection, file: PlannedFile, column: str) -> int | None:
    test = build_identity_number_test(_text(column))
    found = _query(
        connection,
        file,
        f"select min(place) from (select row_number() over () as place, {test} as is_held"
        f" from {_source(file, keep_rejects=False)}) where is_held",
    )
    return None if found[0] is None else int(str(found[0]))


def _query(connection: Connection, file: PlannedFile, sql: str) -> tuple[object, ...]:
    try:
        return connection.execute(sql, _source_params(file)).fetchone() or ()
    except QueryError as error:
        raise _unreadable(file, error) from None


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
        raise _unreadable(file, error) from None
    read = int(
        scalar(
            connection,
            f"select count(*) from {file.table.raw_table} where file_index = $1",
            [file_index],
        )
    )
    if file.line_count is not None and read + rejected != file.line_count:
        raise DeliveryError(
            f"{file.name}: the file has {file.line_count} rows, but {read} were read and"
            f" {rejected} rejected. The file may be cut off or oddly quoted; deliver it again."
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
        f" {_source(file, keep_rejects=True)}",
        _source_params(file),
    )


def _canonical(file: PlannedFile, column: str) -> str:
    if column == "sector" and file.sector is not None:
        return f"'{file.sector}'"
    names = file.mapping.get(column, ())
    if not names:
        return "null"
    texts = [f"nullif(trim({_text(name)}), '')" for name in names]
    if column in file.table.joined:
        return f"nullif(concat_ws('|', {', '.join(texts)}), '')"
    if column in _DATE_COLUMNS and file.date_format is not None:
        form = file.date_format.replace("'", "''")
        return f"coalesce(strftime(try_strptime({texts[0]}, '{form}'), '%Y-%m-%d'), {texts[0]})"
    return texts[0]


def _text(name: str) -> str:
    quoted = name.replace('"', '""')
    return f'cast("{quoted}" as varchar)'


def _source(file: PlannedFile, *, keep_rejects: bool) -> str:
    if file.kind == "parquet":
        return "read_parquet($path, file_row_number = true)"
    rejects = "store_rejects = true, rejects_limit = 0" if keep_rejects else "ignore_errors = true"
    columns = ", ".join(
        "'" + name.replace("'", "''") + "': 'varchar'" for name in file.delivered_columns
    )
    return (
        f"read_csv($path, delim = '{file.delimiter}', quote = '\"', escape = '\"', header = true,"
        f" encoding = '{file.encoding}', auto_detect = false, columns = {{{columns}}},"
        f" max_line_size = 10000000, {rejects})"
    )


def _source_params(file: PlannedFile) -> dict[str, str]:
    return {"path": str(file.path)}


def _move_rejects(connection: Connection, file: PlannedFile, file_index: int) -> int:
    """Note rejected lines with their row numbers, and renumber the rows after them."""
    lines = connection.execute(
        "select distinct on (line) line - 1, lower(replace(cast(error_type as varchar), ' ', '_')),"
        " csv_line from reject_errors where scan_id in"
        " (select scan_id from reject_scans where file_path = $path) order by line",
        _source_params(file),
    ).fetchall()
    if not lines:
        return 0
    connection.executemany(
        f"insert into {REJECTS_TABLE} values ($1, $2, $3, $4, $5)",
        [[file_index, file.table.name, row, rule, raw] for row, rule, raw in lines],
    )
    _renumber(connection, file.table, file_index)
    return len(lines)


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
                select row_number - row_number() over (order by row_number) as rows_before,
                    row_number() over (order by row_number) as line_count
                from {REJECTS_TABLE} where file_index = $1
            ) as skipped on read.row_number > skipped.rows_before
            where read.file_index = $1
        ) as moved
        where target.file_index = $1 and target.row_number = moved.old_number
        """,
        [file_index],
    )


def _unreadable(file: PlannedFile, error: QueryError) -> DeliveryError:
    return DeliveryError(
        f"{file.name}: cannot be read as {file.kind} ({type(error).__name__}). Check delimiter,"
        " encoding and quoting in delivery.toml, or deliver the file again."
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
