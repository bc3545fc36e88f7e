"""A delivered file in memory, and how it becomes bytes: csv, Parquet, SPSS or Stata."""

import gzip
import re
import tempfile
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from synthetic_data.raw_forms.options import RawOptions
from synthetic_data.raw_forms.spelling import Row, Speller

BOM = b"\xef\xbb\xbf"
_ENDINGS = {"parquet": ".parquet", "sav": ".sav", "dta": ".dta"}
# The two programs stamp the hour of writing into the file; the same input shall give the same
# bytes. Source: ReadStat's headers of SPSS (from byte 92) and Stata files.
_SAV_STAMP = slice(92, 109)
_FIXED_SAV_STAMP = b"01 Jan 2600:00:00"
_DTA_STAMP = re.compile(rb"<timestamp>.*?</timestamp>", re.DOTALL)
_FIXED_DTA_STAMP = b"<timestamp>\x1101 Jan 2026 00:00</timestamp>"


@dataclass(frozen=True, slots=True)
class Style:
    """The writing of one file.

    Attributes:
        kind: "csv", "parquet", "sav" or "dta".
        delimiter: Between the columns of a csv.
        encoding: Of a csv, in Python's words.
        has_bom: Whether a csv begins with a byte order mark.
        is_gzipped: Whether a csv is packed.
        dates: A style of spelling.IMPOSSIBLE.
        case: "as_is", "lower" or "upper": the column names.
        decimal: "." or ",".
    """

    kind: str = "csv"
    delimiter: str = ";"
    encoding: str = "utf-8"
    has_bom: bool = False
    is_gzipped: bool = False
    dates: str = "iso"
    case: str = "as_is"
    decimal: str = "."

    def settle(self, options: RawOptions) -> "Style":
        """Take back what is switched off, and what a kind of file cannot have."""
        style = self
        if not options.file_kinds:
            style = replace(style, kind="csv", delimiter=";", is_gzipped=False)
        if not options.encodings:
            style = replace(style, encoding="utf-8", has_bom=False)
        if not options.date_styles or style.kind != "csv":
            style = replace(style, dates="iso")
        if not options.mixed_case:
            style = replace(style, case="as_is")
        if not options.decimal_comma or style.kind != "csv":
            style = replace(style, decimal=".")
        return style


@dataclass(frozen=True, slots=True)
class Column:
    """A delivered column.

    Attributes:
        name: As delivered.
        canonical: What it is: a canonical column, "_kept" for the one that tells which rows
            count, or None for one that is read by nobody.
        spell: Writes its value.
        type: "text", "number" or "date", for kinds of files that have types.
    """

    name: str
    canonical: str | None
    spell: Speller
    type: str = "text"


@dataclass(slots=True)
class Line:
    """One row of a file, or a broken line of it.

    Attributes:
        cells: Texts in the order of the columns.
        row: What it was written from; None for a planted row.
        rule: Rule of quarantine that it breaks.
        column: Canonical column that breaks it.
        extra: Why the clean twin does not hold it, though it is a good row.
    """

    cells: list[str | None]
    row: Row | None = None
    rule: str | None = None
    column: str | None = None
    extra: str | None = None


@dataclass(slots=True)
class RawFile:
    """A file of the raw delivery; `entry` holds further keys of its [[file]]."""

    stem: str
    table: str
    columns: list[Column]
    style: Style
    lines: list[Line]
    entry: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Path inside the delivery."""
        ending = _ENDINGS.get(self.style.kind, ".csv")
        return self.stem + ending + (".gz" if self.style.is_gzipped else "")

    def find(self, canonical: str) -> int | None:
        """Find the place of the first column that is a canonical one."""
        places = [p for p, column in enumerate(self.columns) if column.canonical == canonical]
        return places[0] if places else None

    def spell(self, row: Row) -> list[str | None]:
        """Write one row in the columns of the file."""
        return [column.spell(row) for column in self.columns]

    def to_bytes(self) -> bytes:
        """Return the file as it is delivered."""
        if self.style.kind == "parquet":
            return _parquet_bytes(self)
        if self.style.kind in ("sav", "dta"):
            return _statistics_bytes(self)
        return _csv_bytes(self)


def build_file(
    stem: str,
    table: str,
    columns: list[Column],
    style: Style,
    rows: list[Row],
    entry: dict[str, Any] | None = None,
) -> RawFile:
    """Write rows in the columns of a file.

    Args:
        stem: Path without ending.
        table: Canonical table.
        columns: Columns, with their usual names.
        style: Settled style.
        rows: What it holds.
        entry: Further keys of its [[file]].
    """
    said = dict(entry or {})
    if style.decimal == ",":
        said["decimal"] = ","
    change = {"as_is": str, "lower": str.lower, "upper": str.upper}[style.case]
    named = [replace(column, name=change(column.name)) for column in columns]
    file = RawFile(stem, table, named, style, [], said)
    file.lines = [Line(file.spell(row), row) for row in rows]
    return file


def quote(text: str | None, delimiter: str) -> str:
    """Write a cell of a csv, in quotes where it needs them."""
    if text is None:
        return ""
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def _csv_bytes(file: RawFile) -> bytes:
    style = file.style
    rows = [[column.name for column in file.columns], *(line.cells for line in file.lines)]
    text = "".join(
        style.delimiter.join(quote(cell, style.delimiter) for cell in row) + "\n" for row in rows
    )
    content = (BOM if style.has_bom else b"") + text.encode(style.encoding)
    return gzip.compress(content, mtime=0) if style.is_gzipped else content


def _typed(text: str | None, kind: str) -> Any:
    if text is None or kind == "text":
        return text
    return date.fromisoformat(text) if kind == "date" else float(text)


def _parquet_bytes(file: RawFile) -> bytes:
    types = {"text": pa.string(), "number": pa.int64(), "date": pa.date32()}
    arrays = []
    for place, column in enumerate(file.columns):
        values = [_typed(line.cells[place], column.type) for line in file.lines]
        if column.type == "number":
            values = [None if value is None else int(value) for value in values]
        arrays.append(pa.array(values, type=types[column.type]))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays, names=[column.name for column in file.columns]), sink)
    return bytes(sink.getvalue().to_pybytes())


def _statistics_bytes(file: RawFile) -> bytes:
    # The library takes a while to load, and only these two kinds need it.
    import pyreadstat

    frame = pd.DataFrame(
        {
            column.name: _series([line.cells[place] for line in file.lines], column.type)
            for place, column in enumerate(file.columns)
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file.{file.style.kind}"
        write = pyreadstat.write_sav if file.style.kind == "sav" else pyreadstat.write_dta
        write(frame, str(path))
        content = path.read_bytes()
    if file.style.kind == "sav":
        before, after = content[: _SAV_STAMP.start], content[_SAV_STAMP.stop :]
        return before + _FIXED_SAV_STAMP + after
    return _DTA_STAMP.sub(lambda found: _FIXED_DTA_STAMP, content, count=1)


def _series(cells: list[str | None], kind: str) -> pd.Series:
    if kind == "text":
        # An empty text is what these programs have for nothing.
        return pd.Series([cell or "" for cell in cells], dtype=object)
    values = [_typed(cell, kind) for cell in cells]
    return pd.Series(values, dtype="float64" if kind == "number" else object)
