"""Write files of a delivery part by part, in the order in which the parts come."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synthetic_data.parts import (
    BlockParts,
    Format,
    csv_header,
    csv_lines,
    read_stream,
)

_ROWS_OF_A_GROUP = 100_000
"""Whole blocks are gathered until a row group has so many rows: a group for each block would
be small and slow to read."""
_TEXT_OF_MANY = ("LNr", "lopenr", "nav_lopenr", "jobb_id")
"""Columns with so many values that a dictionary does not pay."""


class DeliveryFiles:
    """The open files of a delivery; a context manager that closes them."""

    def __init__(self, folder: Path, file_format: Format) -> None:
        """Open nothing yet; a file is made when its first part comes.

        Args:
            folder: The delivery.
            file_format: Of the registers; the truth is always Parquet.
        """
        self._folder, self._format = folder, file_format
        self._files: dict[str, Any] = {}

    def __enter__(self) -> "DeliveryFiles":
        """Start writing."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Write what is gathered, and close."""
        for file in self._files.values():
            file.close()

    def add(self, parts: BlockParts) -> None:
        """Write the parts of the next block."""
        for path, content in parts.registers.items():
            if self._format == "csv":
                self._csv(path, parts.headers[path]).write(content)
            else:
                self._parquet(path).add(read_stream(content))
        for path, content in parts.truth.items():
            self._parquet(path).add(read_stream(content))

    def add_table(self, path: str, table: pa.Table) -> None:
        """Write a small table that belongs to no block."""
        if self._format == "csv":
            self._csv(path, csv_header(table)).write(csv_lines(table))
        else:
            self._parquet(path).add(table)

    def _csv(self, path: str, header: bytes) -> Any:
        if path not in self._files:
            target = self._folder / f"{path}.csv"
            target.parent.mkdir(parents=True, exist_ok=True)
            self._files[path] = target.open("wb")
            self._files[path].write(header)
        return self._files[path]

    def _parquet(self, path: str) -> "_ParquetFile":
        if path not in self._files:
            target = self._folder / f"{path}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            self._files[path] = _ParquetFile(target)
        file: _ParquetFile = self._files[path]
        return file


class _ParquetFile:
    """A Parquet file whose row groups are whole blocks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._gathered: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        self._gathered.append(table)
        if sum(part.num_rows for part in self._gathered) >= _ROWS_OF_A_GROUP:
            self._write()

    def close(self) -> None:
        if self._gathered:
            self._write()
        if self._writer is not None:
            self._writer.close()

    def _write(self) -> None:
        table = pa.concat_tables(self._gathered).unify_dictionaries()
        self._gathered = []
        if self._writer is None:
            coded = [name for name in table.column_names if name not in _TEXT_OF_MANY]
            self._writer = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", use_dictionary=coded
            )
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))
