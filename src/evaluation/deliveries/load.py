"""Read delivered files into raw tables: every value as text, every row with its place.

Each file becomes a Parquet file of canonical columns in the restricted area, whatever its
kind, and a raw table is a view over those of its table, with `file_index` and `row_number`
(1 = first row after the header). Lines that are no rows (too few or too many columns) go to
`raw_rejects`. For each file: rows delivered = rows read + rows rejected, or the load stops.
"""

import hashlib
import shutil
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from evaluation.deliveries.convert import ConvertedFile, convert_file
from evaluation.deliveries.inventory import PlannedFile
from evaluation.deliveries.tables import CANONICAL_TABLES, CanonicalTable
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import Connection, scalar

FILES_TABLE = "raw_files"
REJECTS_TABLE = "raw_rejects"
# Each holds a buffer of its file; more readers than this win nothing.
_BESIDE = 4


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
        DeliveryError: Files cannot be read, or rows would be lost; all of them at once.
    """
    _clear(folder)
    drop_raw_tables(connection)
    _create_lists(connection)
    loaded: list[LoadedFile] = []
    parquet_files: dict[str, list[Path]] = {}
    for number, (file, done) in enumerate(
        zip(files, _convert_all(connection, files, folder, tell), strict=True)
    ):
        parts = _note_parts(connection, file, done, number=number, first_index=len(loaded))
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


def _convert_all(
    connection: Connection,
    files: Sequence[PlannedFile],
    folder: Path,
    tell: Callable[[str], None],
) -> list[ConvertedFile]:
    """Convert files beside each other: one alone keeps a second thread waiting for its reader."""
    threads = int(scalar(connection, "select current_setting('threads')"))
    counts = [max(len(file.year_columns), 1) for file in files]
    starts = [sum(counts[:number]) for number in range(len(files))]

    def convert(file: PlannedFile, first_index: int) -> ConvertedFile:
        with connection.cursor() as cursor:
            return convert_file(
                cursor, file, folder / f"{first_index}.parquet", first_index=first_index
            )

    converted: list[ConvertedFile] = []
    problems: list[str] = []
    with ThreadPoolExecutor(min(threads, _BESIDE)) as pool:
        waiting = [pool.submit(convert, *each) for each in zip(files, starts, strict=True)]
        try:
            for file, future in zip(files, waiting, strict=True):
                tell(file.name)
                try:
                    converted.append(future.result())
                except DeliveryError as error:
                    problems += error.problems
        finally:
            pool.shutdown(cancel_futures=True)
    if problems:
        raise DeliveryError(problems)
    return converted


def _note_parts(
    connection: Connection, file: PlannedFile, done: ConvertedFile, *, number: int, first_index: int
) -> list[LoadedFile]:
    # Each year of a wide file is a part with an index of its own.
    years: list[int | None] = [*sorted(file.year_columns)] or [None]
    parts = []
    for index, year in enumerate(years, start=first_index):
        name = file.name if year is None else f"{file.name}, year {year}"
        connection.execute(
            f"insert into {FILES_TABLE} values ($1, $2, $3, $4, $5, $6)",
            [index, number, file.table.name, name, done.rows_read, done.rows_rejected],
        )
        if done.rejects is not None:
            # A line that is no row is lost to every year of a wide file.
            connection.execute(
                f"insert into {REJECTS_TABLE} select $file_index, $table_name, row_number, rule,"
                " raw from read_parquet($rejects) order by row_number",
                {
                    "file_index": index,
                    "table_name": file.table.name,
                    "rejects": str(done.rejects),
                },
            )
        parts.append(LoadedFile(index, done.parquet, done.rows_read, done.rows_rejected))
    if done.rejects is not None:
        done.rejects.unlink()
    return parts


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
