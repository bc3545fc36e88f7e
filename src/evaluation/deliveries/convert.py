"""Turn one delivered file into a Parquet file of canonical columns, every value as text.

Nothing here touches the warehouse, so that files can be turned beside each other. Lines that
are no rows (too few or too many columns) go to a Parquet file of their own.
"""

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
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import Connection, QueryError, scalar

_COPY = "(format parquet, compression lz4)"


@dataclass(frozen=True, slots=True)
class ConvertedFile:
    """One delivered file in the restricted area.

    Attributes:
        parquet: Its rows; a wide file has those of every year.
        rejects: Its lines that were no rows (row_number, rule, raw); None without any.
        rows_read: Rows of the delivered file that were read.
        rows_rejected: Lines of it that were no rows.
    """

    parquet: Path
    rejects: Path | None
    rows_read: int
    rows_rejected: int


def convert_file(
    connection: Connection, file: PlannedFile, target: Path, *, first_index: int
) -> ConvertedFile:
    """Write the rows of a file as Parquet, and its rejected lines beside it.

    Args:
        connection: A cursor of its own, so that rejected lines are those of this file.
        file: The delivered file.
        target: The Parquet file to make.
        first_index: Number of the file, or of the first year of a wide one.

    Raises:
        DeliveryError: It cannot be read, or rows would be lost.
    """
    try:
        rejects = _read_rows(connection, file, target, first_index)
        rejected = 0 if rejects is None else pq.ParquetFile(rejects).metadata.num_rows
    except QueryError as error:
        raise unreadable(file, error) from None
    read = pq.ParquetFile(target).metadata.num_rows // max(len(file.year_columns), 1)
    if file.row_counts and read + rejected not in file.row_counts:
        raise DeliveryError(
            f"{file.name}: the file has {file.row_counts[-1]} rows, but {read} were read and"
            f" {rejected} rejected. A quote may be opened and never closed, or the file is cut"
            " off; deliver it again."
        )
    return ConvertedFile(target, rejects, read, rejected)


def _read_rows(
    connection: Connection, file: PlannedFile, target: Path, file_index: int
) -> Path | None:
    rejects = None
    if file.kind in STATISTICS_KINDS:
        _copy_chunks(connection, file, target, file_index)
    elif file.kind == "parquet":
        _copy(connection, file, target, file_index)
    else:
        with readable_copy(file, target.with_suffix(".csv")) as source:
            _copy(connection, source, target, file_index)
            rejects = _keep_rejects(connection, source, target.with_suffix(".rejects.parquet"))
    if rejects is not None:
        _number_anew(connection, target, rejects)
    if file.year_columns:
        _unpivot(connection, file, target, file_index)
    return rejects


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


def _keep_rejects(connection: Connection, file: PlannedFile, target: Path) -> Path | None:
    """Note rejected lines with their row numbers."""
    params = rejects_params(connection, file)
    if not params:
        return None
    connection.execute(
        f"copy (select row_number, rule, raw from ({rejects_sql()}) order by row_number)"
        f" to $target {_COPY}",
        {**params, "target": str(target)},
    )
    # Such a quote swallows rows, and by chance the rest of the file may still add up. What DuckDB
    # tells of such a line can be another's text; so with line feeds between quotes anywhere in the
    # file, none is believed.
    swallowing = scalar(
        connection,
        "select min(row_number) from read_parquet($target)"
        " where rule = 'unquoted_value' and (contains(raw, chr(10)) or $has_fed_quotes)",
        {"target": str(target), "has_fed_quotes": len(set(file.row_counts)) > 1},
    )
    if swallowing is not None:
        raise DeliveryError(
            f"{file.name}: in row {int(swallowing)} a quote is opened and never closed, or closed"
            " in the middle of a value of a later line, so that it cannot be told where rows begin."
            " Write a quote within a value twice, and the value between quotes; deliver it again."
        )
    return target


def _number_anew(connection: Connection, target: Path, rejects: Path) -> None:
    """Give the rows of a file their places between the rejected lines."""
    # The i-th rejected line (from 0) at row r stands after r - 1 - i rows that were read.
    _rewrite(
        connection,
        target,
        """
        select read.* exclude (delivered_row, file_row_number),
            read.file_row_number + 1 + coalesce(skipped.line_count, 0) as delivered_row
        from read_parquet($source, file_row_number = true) as read
        asof left join (
            select row_number - place - 1 as rows_before, max(place) as line_count
            from (
                select row_number, row_number() over (order by row_number) as place
                from read_parquet($rejects)
            )
            group by all
        ) as skipped on read.file_row_number > skipped.rows_before
        """,
        {"rejects": str(rejects)},
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
        {},
    )


def _rewrite(connection: Connection, target: Path, sql: str, params: dict[str, str]) -> None:
    source = target.with_suffix(".before.parquet")
    target.rename(source)
    connection.execute(
        f"copy ({sql}) to $target {_COPY}",
        {"source": str(source), "target": str(target), **params},
    )
    source.unlink()
