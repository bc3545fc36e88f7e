"""Read delivered files into raw tables: every value as text, every row with its place.

Each file becomes a Parquet file of canonical columns in the restricted area, whatever its
kind, and a raw table is a view over those of its table, with `file_index` and `row_number`
(1 = first row after the header). Lines that are no rows (too few or too many columns) go to
`raw_rejects`. For each file: rows delivered = rows read + rows rejected, or the load stops.
"""

import hashlib
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.deliveries.inventory import PlannedFile
from evaluation.deliveries.raw_columns import build_column_sql
from evaluation.deliveries.sources import (
    readable_copy,
    rejects_params,
    rejects_sql,
    source_params,
    source_sql,
    text_sql,
    unreadable,
)
from evaluation.deliveries.statistics_files import STATISTICS_KINDS, read_text_chunks
from evaluation.deliveries.tables import CANONICAL_TABLES, CanonicalTable
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import Connection, QueryError, scalar

FILES_TABLE = "raw_files"
REJECTS_TABLE = "raw_rejects"
_COPY = "(format parquet, compression lz4)"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """Rows of one file, or of one year of a wide file.

    Attributes:
        file_index: Its number in raw_files.
        parquet: Its rows, in the restricted area; a wide file's years share one.
        rows_read: Rows now in the raw table.
        rows_rejected: Lines that were no rows.
    """

    file_index: int
    parquet: Path
    rows_read: int
    rows_rejected: int


def load_files(
    connection: Connection,
    files: Sequence[PlannedFile],
    folder: Path,
    *,
    tell: Callable[[str], None] = lambda name: None,
) -> list[LoadedFile]:
    """Load a delivery: every raw table stands there after, also those not delivered.

    Args:
        connection: The warehouse.
        files: The delivery.
        folder: Restricted folder for the Parquet files; made anew.
        tell: Called with the name of each file before it is read.

    Raises:
        DeliveryError: A file cannot be read, rows would be lost, or a required table is empty.
    """
    _clear(folder)
    drop_raw_tables(connection)
    _create_lists(connection)
    loaded: list[LoadedFile] = []
    parquet_files: dict[str, list[Path]] = {}
    for number, file in enumerate(files):
        tell(file.name)
        parts = _load_file(connection, file, folder, number=number, first_index=len(loaded))
        loaded += parts
        parquet_files.setdefault(file.table.name, []).append(parts[0].parquet)
    for table in CANONICAL_TABLES.values():
        _create_view(connection, table, parquet_files.get(table.name, []))
    return loaded


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


def remove_other_loads(folder: Path) -> None:
    """Remove the Parquet files of earlier loads, once nothing reads them any more.

    Args:
        folder: Folder of the load that the raw tables read now.
    """
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def drop_raw_tables(connection: Connection) -> None:
    """Drop the raw tables, which may be views."""
    kinds = connection.execute(
        "select table_name, table_type from information_schema.tables"
        " where table_name like 'raw!_%' escape '!'"
    ).fetchall()
    for name, kind in kinds:
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {name}")


def create_raw_tables(connection: Connection) -> None:
    """Make every raw table, empty: what a delivery without files would give.

    Args:
        connection: The warehouse.
    """
    drop_raw_tables(connection)
    _create_lists(connection)
    for table in CANONICAL_TABLES.values():
        columns = ", ".join(f"{column} varchar" for column in table.columns)
        connection.execute(
            f"create table {table.raw_table} (file_index integer, row_number bigint, {columns})"
        )


def _create_lists(connection: Connection) -> None:
    connection.execute(
        f"create table {FILES_TABLE} (file_index integer, file_number integer, table_name varchar,"
        " file varchar, row_count bigint, rejected_count bigint)"
    )
    connection.execute(
        f"create table {REJECTS_TABLE} (file_index integer, table_name varchar,"
        " row_number bigint, rule varchar, raw varchar)"
    )


def _create_view(connection: Connection, table: CanonicalTable, files: Sequence[Path]) -> None:
    columns = ", ".join(table.columns)
    if files:
        paths = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        connection.execute(
            f"create view {table.raw_table} as select file_index,"
            f" coalesce(delivered_row, file_row_number + 1) as row_number, {columns}"
            f" from read_parquet([{paths}], file_row_number = true)"
        )
    else:
        nothing = ", ".join(f"null::varchar as {column}" for column in table.columns)
        connection.execute(
            f"create view {table.raw_table} as select null::integer as file_index,"
            f" null::bigint as row_number, {nothing} where false"
        )


def _load_file(
    connection: Connection, file: PlannedFile, folder: Path, *, number: int, first_index: int
) -> list[LoadedFile]:
    target = folder / f"{first_index}.parquet"
    try:
        rejected = _read_rows(connection, file, target, first_index)
    except QueryError as error:
        raise unreadable(file, error) from None
    target.chmod(0o600)
    # Each year of a wide file is a part with an index of its own.
    years: list[int | None] = [*sorted(file.year_columns)] or [None]
    read = pq.ParquetFile(target).metadata.num_rows // len(years)
    if file.row_counts and read + rejected not in file.row_counts:
        raise DeliveryError(
            f"{file.name}: the file has {file.row_counts[-1]} rows, but {read} were read and"
            f" {rejected} rejected. A quote may be opened and never closed, or the file is cut"
            " off; deliver it again."
        )
    parts = []
    for index, year in enumerate(years, start=first_index):
        name = file.name if year is None else f"{file.name}, year {year}"
        if index > first_index:
            _repeat_rejects(connection, first_index, index)
        connection.execute(
            f"insert into {FILES_TABLE} values ($1, $2, $3, $4, $5, $6)",
            [index, number, file.table.name, name, read, rejected],
        )
        parts.append(LoadedFile(index, target, read, rejected))
    return parts


def _read_rows(connection: Connection, file: PlannedFile, target: Path, file_index: int) -> int:
    """Write the rows of a file as Parquet, note its rejected lines, and count these."""
    rejected = 0
    if file.kind in STATISTICS_KINDS:
        _copy_chunks(connection, file, target, file_index)
    elif file.kind == "parquet":
        _copy(connection, file, target, file_index)
    else:
        with readable_copy(file, target.parent) as source:
            _copy(connection, source, target, file_index)
            rejected = _keep_rejects(connection, source, file_index)
    if rejected:
        _number_anew(connection, target, file_index)
    if file.year_columns:
        _unpivot(connection, file, target, file_index)
    return rejected


def _select_sql(file: PlannedFile, file_index: int) -> str:
    columns = [f"{build_column_sql(file, c)} as {c}" for c in file.table.columns]
    # One list a row, until the years of a wide file become rows of their own.
    columns += [f"{text_sql(c)} as year_{y}" for y, c in sorted(file.year_columns.items())]
    texts = ", ".join(columns)
    return f"select {file_index}::integer as file_index, null::bigint as delivered_row, {texts}"


def _copy(connection: Connection, file: PlannedFile, target: Path, file_index: int) -> None:
    sql = f"{_select_sql(file, file_index)} from {source_sql(file)}"
    connection.execute(
        f"copy ({sql}) to $target {_COPY}", {**source_params(file), "target": str(target)}
    )


def _copy_chunks(connection: Connection, file: PlannedFile, target: Path, file_index: int) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        # One chunk at least, if without rows.
        for chunk in read_text_chunks(file.path, file.kind):
            connection.register("delivered_chunk", chunk)
            sql = f"{_select_sql(file, file_index)} from delivered_chunk"
            rows = _with_text(connection.sql(sql).to_arrow_table())
            connection.unregister("delivered_chunk")
            writer = writer or pq.ParquetWriter(target, rows.schema, compression="lz4")
            writer.write_table(rows)
    finally:
        if writer is not None:
            writer.close()


def _with_text(rows: pa.Table) -> pa.Table:
    # A column of nothing but nulls has no type of its own in a chunk.
    fields = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in rows.schema]
    return rows.cast(pa.schema(fields))


def _keep_rejects(connection: Connection, file: PlannedFile, file_index: int) -> int:
    """Note rejected lines with their row numbers."""
    params = rejects_params(connection, file)
    if not params:
        return 0
    connection.execute(
        f"insert into {REJECTS_TABLE} select $file_index, $table_name, row_number, rule, raw"
        f" from ({rejects_sql()}) order by row_number",
        {**params, "file_index": file_index, "table_name": file.table.name},
    )
    # Such a quote swallows rows, and by chance the rest of the file may still add up.
    swallowing = scalar(
        connection,
        f"select min(row_number) from {REJECTS_TABLE} where file_index = $1"
        " and rule = 'unquoted_value' and contains(raw, chr(10))",
        [file_index],
    )
    if swallowing is not None:
        raise DeliveryError(
            f"{file.name}: in row {swallowing} a quote is opened and never closed, or closed in the"
            " middle of a value of a later line, so that it cannot be told where rows begin. Write"
            " a quote within a value twice, and the value between quotes; deliver it again."
        )
    return int(
        scalar(
            connection,
            f"select count(*) from {REJECTS_TABLE} where file_index = $1",
            [file_index],
        )
    )


def _number_anew(connection: Connection, target: Path, file_index: int) -> None:
    """Give the rows of a file their places between the rejected lines."""
    # The i-th rejected line (from 0) at row r stands after r - 1 - i rows that were read.
    _rewrite(
        connection,
        target,
        f"""
        select read.* exclude (delivered_row, file_row_number),
            read.file_row_number + 1 + coalesce(skipped.line_count, 0) as delivered_row
        from read_parquet($source, file_row_number = true) as read
        asof left join (
            select row_number - place - 1 as rows_before, max(place) as line_count
            from (
                select row_number, row_number() over (order by row_number) as place
                from {REJECTS_TABLE} where file_index = {file_index}
            )
            group by all
        ) as skipped on read.file_row_number > skipped.rows_before
        """,
    )


def _unpivot(connection: Connection, file: PlannedFile, target: Path, first_index: int) -> None:
    """Make one row of each year of a wide file; each year is a part with an index of its own."""
    years = sorted(file.year_columns)
    value = file.table.wide_column
    texts = ", ".join(f"nullif(trim(year_{year}), '')" for year in years)
    indexes = ", ".join(str(first_index + place) for place in range(len(years)))
    wide = ", ".join(f"year_{year}" for year in years)
    _rewrite(
        connection,
        target,
        f"""
        select * exclude ({wide}, file_index, delivered_row, file_row_number, "year", {value}),
            coalesce(delivered_row, file_row_number + 1) as delivered_row,
            unnest([{indexes}]::integer[]) as file_index,
            unnest([{", ".join(f"'{year}'" for year in years)}]) as "year",
            unnest([{texts}]) as {value}
        from read_parquet($source, file_row_number = true)
        """,
    )


def _rewrite(connection: Connection, target: Path, sql: str) -> None:
    source = target.with_suffix(".wide.parquet")
    target.rename(source)
    connection.execute(
        f"copy ({sql}) to $target {_COPY}", {"source": str(source), "target": str(target)}
    )
    source.unlink()


def _repeat_rejects(connection: Connection, first_index: int, index: int) -> None:
    # A line that is no row is lost to every year of a wide file.
    connection.execute(
        f"insert into {REJECTS_TABLE} select $2, table_name, row_number, rule, raw"
        f" from {REJECTS_TABLE} where file_index = $1",
        [first_index, index],
    )


def hash_sources(files: Sequence[PlannedFile]) -> str:
    """Join what decides the raw tables: the bytes of each file, how it is read, and this code.

    Args:
        files: The delivery.
    """
    code = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        code.update(module.read_bytes())
    read = [
        (file.name, file.sha256, file.kind, file.mapping, file.date_format, file.values)
        for file in files
    ]
    # What delivery.toml may say of a file beside its columns.
    options = [
        (f.codes, f.kept, f.substitutes, f.year_columns, f.encoding, f.delimiter, f.decimal)
        for f in files
    ]
    return "\n".join([code.hexdigest(), *map(repr, read), *map(repr, options)])


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
