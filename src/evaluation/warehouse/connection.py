"""Open the warehouse: one DuckDB file, bounded memory, no way out of its folders."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from evaluation.errors import EvaluationError, WarehouseBusyError
from evaluation.warehouse.owner_only import make_files_private

Connection = duckdb.DuckDBPyConnection
QueryError = duckdb.Error
# Text columns are written in two thirds of the time that older formats take (measured on eleven
# million contacts); DuckDB before this version cannot open the file.
_STORAGE = "v1.4.0"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Where and how a run works; never changes a number.

    Attributes:
        threads: Threads of DuckDB.
        memory: Memory limit of DuckDB, such as "4GB"; what exceeds it spills to disk.
    """

    threads: int = os.cpu_count() or 1
    memory: str = "4GB"


@contextmanager
def open_scanner(*, readable: Sequence[Path], settings: RunSettings) -> Iterator[Connection]:
    """Open a database in memory that writes nothing, to look at files before loading them.

    Args:
        readable: Folders whose files may be read.
        settings: Threads and memory.
    """
    with duckdb.connect() as connection:
        _harden(connection, readable=readable, spill="", settings=settings)
        yield connection


@contextmanager
def open_warehouse(
    file: Path, *, readable: Sequence[Path], settings: RunSettings
) -> Iterator[Connection]:
    """Open the warehouse file for one step and close it after.

    Until then every file that this process makes is for the owner only, whatever the umask.

    Args:
        file: The DuckDB file; made when absent. Its folder also takes the spill files.
        readable: Folders whose files may be read, besides the warehouse's own.
        settings: Threads and memory.

    Raises:
        WarehouseBusyError: Another process holds the file.
    """
    with make_files_private():
        connection = _connect(file)
        try:
            # A warehouse that was copied here may be open to others.
            file.chmod(0o600)
            spill = str(file.parent / "spill")
            _harden(connection, readable=[file.parent, *readable], spill=spill, settings=settings)
            yield connection
        finally:
            connection.close()


def _connect(file: Path) -> Connection:
    try:
        return duckdb.connect(str(file), config={"storage_compatibility_version": _STORAGE})
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WarehouseBusyError(
                f"{file} is in use by another run. Wait for it to end, or choose another --out."
            ) from None
        raise EvaluationError(f"{file} cannot be opened as a warehouse.") from None


def _harden(
    connection: Connection, *, readable: Sequence[Path], spill: str, settings: RunSettings
) -> None:
    folders = [f"{folder.resolve()}/" for folder in readable]
    set_option(connection, "threads", settings.threads)
    set_option(connection, "memory_limit", settings.memory)
    set_option(connection, "temp_directory", spill)
    set_option(connection, "enable_progress_bar", False)
    set_option(connection, "python_enable_replacements", False)
    set_option(connection, "autoinstall_known_extensions", False)
    set_option(connection, "autoload_known_extensions", False)
    set_option(connection, "allowed_directories", folders)
    set_option(connection, "enable_external_access", False)
    set_option(connection, "lock_configuration", True)


def set_option(connection: Connection, name: str, value: Any) -> None:
    """Set a DuckDB option; the value is quoted here because SET takes no parameters."""
    connection.execute(f"set {name} = {_literal(value)}")


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def scalar(connection: Connection, sql: str, params: Any = None) -> Any:
    """Return the single value of a query."""
    row = connection.execute(sql, params).fetchone()
    return None if row is None else row[0]
