"""A planned csv or Parquet file as a SQL source, and the lines of a csv that were no rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from evaluation.deliveries.file_bytes import (
    find_blank_lines,
    is_gzipped,
    open_unpacked,
    read_even_lines,
)
from evaluation.deliveries.inventory import PlannedFile
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import Connection, QueryError

_MAX_LINE = 10_000_000
# Without it DuckDB takes sixteen of the longest lines, a whole file for one thread.
_BUFFER = 16_000_000


@contextmanager
def readable_copy(file: PlannedFile, copy: Path) -> Iterator[PlannedFile]:
    """Give a file as DuckDB reads it: itself, or a copy that is removed after.

    DuckDB knows no Windows-1252, takes no file whose lines end in two ways, and takes an empty
    line of a single column for a row.

    Args:
        file: A csv.
        copy: Where to put the copy, in the restricted area.
    """
    is_recoded = file.encoding == "cp1252"
    if not is_recoded and not file.has_uneven_lines:
        yield file
        return
    try:
        with open_unpacked(file.path) as stream, copy.open("wb") as out:
            parts = read_even_lines(stream) if file.has_uneven_lines else _chunks(stream)
            for part in parts:
                out.write(part.decode("cp1252").encode() if is_recoded else part)
        yield replace(
            file,
            path=copy,
            encoding="utf-8" if is_recoded else file.encoding,
            has_blank_lines=file.has_blank_lines and not file.has_uneven_lines,
        )
    finally:
        copy.unlink(missing_ok=True)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(1 << 22):
        yield chunk


def source_sql(file: PlannedFile) -> str:
    """Return the SQL that reads a file; its parameters are `source_params`.

    Every value of a csv comes as text. Lines with too few or too many columns are kept by
    DuckDB in `reject_errors`.

    Args:
        file: What to read.
    """
    if file.kind == "parquet":
        return "read_parquet($path)"
    columns = ", ".join(
        "'" + name.replace("'", "''") + "': 'varchar'" for name in file.delivered_columns
    )
    compression = "gzip" if is_gzipped(file.path) else "none"
    delimiter = file.delimiter.replace("'", "''")
    return (
        f"read_csv($path, delim = '{delimiter}', quote = '\"', escape = '\"', header = true,"
        f" encoding = '{file.encoding}', compression = '{compression}', auto_detect = false,"
        f" columns = {{{columns}}},"
        f" max_line_size = {_MAX_LINE}, buffer_size = {_BUFFER},"
        " store_rejects = true, rejects_limit = 0)"
    )


def source_params(file: PlannedFile) -> dict[str, str]:
    """Return the parameters of `source_sql`."""
    return {"path": str(file.path)}


def text_sql(name: str) -> str:
    """Return a delivered column as text."""
    quoted = name.replace('"', '""')
    return f'cast("{quoted}" as varchar)'


def rejects_sql() -> str:
    """Return a select of `row_number`, `rule` and `raw` of the lines rejected in the last read.

    DuckDB counts the header, empty lines and records; a row number counts records only.
    Its parameters are `rejects_params`.
    """
    return """
        select
            errors.line - 1 - coalesce(blanks.line_count, 0) as row_number,
            errors.rule,
            errors.raw
        from (
            select distinct on (line)
                line,
                lower(replace(cast(error_type as varchar), ' ', '_')) as rule,
                trim(csv_line, chr(10) || chr(13)) as raw
            from reject_errors
            where scan_id = (select max(scan_id) from reject_scans where file_path = $path)
            order by line, column_idx
        ) as errors
        asof left join (
            select unnest($blank_lines::bigint[]) as line,
                generate_subscripts($blank_lines::bigint[], 1) as line_count
        ) as blanks on errors.line > blanks.line
    """


def rejects_params(connection: Connection, file: PlannedFile) -> dict[str, object]:
    """Return the parameters of `rejects_sql`, or none when the last read rejected nothing."""
    is_any = connection.execute(
        "select true from duckdb_tables() where table_name = 'reject_scans' and temporary"
    ).fetchall()
    if not is_any:
        return {}
    found = connection.execute(
        "select count(*) from reject_errors"
        " where scan_id = (select max(scan_id) from reject_scans where file_path = $path)",
        source_params(file),
    ).fetchone()
    if not found or not found[0]:
        return {}
    blank_lines = list(find_blank_lines(file.path)) if file.has_blank_lines else []
    return {**source_params(file), "blank_lines": blank_lines}


def unreadable(file: PlannedFile, error: QueryError) -> DeliveryError:
    """Tell that a file cannot be read; DuckDB's own text may hold a value."""
    return DeliveryError(
        f"{file.name}: cannot be read as {file.kind} ({type(error).__name__}). Check delimiter,"
        " encoding and quoting in delivery.toml, or deliver the file again."
    )
