"""What a file says of itself: its kind, the names and types of its columns. No row is read."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.deliveries.file_bytes import UnreadableError, open_unpacked

_ENDINGS = {
    ".csv": "csv",
    ".txt": "csv",
    ".sdv": "csv",
    ".parquet": "parquet",
    ".sas7bdat": "sas7bdat",
    ".sav": "sav",
    ".dta": "dta",
}
_ARCHIVES = (".zip", ".7z", ".tar", ".tgz", ".rar", ".tar.gz")
_SHEETS = (".xlsx", ".xls", ".ods")
_MAKERS = {"sas7bdat": "SAS", "sav": "SPSS", "dta": "Stata"}
_DELIMITERS = ";,\t|"
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip"}
_SEPARATOR_LINE = re.compile(rb'(\xef\xbb\xbf)?"?sep=.?"?\s*', re.IGNORECASE)
# A header of a few hundred columns takes some thousand bytes.
_LONGEST_HEADER = 1 << 20
_START = 1 << 22


@dataclass(frozen=True, slots=True)
class FileColumns:
    """The columns of a file.

    Attributes:
        names: As delivered.
        types: In the words of the file's kind; "text" in a csv.
        row_count: Rows that the file says it has, where it says so.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    row_count: int | None = None


def tell_unopened(error: OSError) -> str:
    """Tell that a file cannot be opened, and what to do.

    Args:
        error: What the system said.
    """
    return f"cannot be opened ({error.strerror}); see that you may read it, and that it is there."


def find_kind(path: Path) -> str:
    """Tell the kind of a file by its name.

    Args:
        path: The file.

    Raises:
        UnreadableError: It is of no kind that is read.
    """
    name = path.name.lower()
    if name.endswith(_ARCHIVES):
        raise UnreadableError(
            "an archive is not read; unpack it first, inside the secure zone, and name the files"
            " that were in it."
        )
    if name.endswith(_SHEETS):
        raise UnreadableError("a spreadsheet is not read; save it as .csv.")
    kind = _ENDINGS.get(Path(name.removesuffix(".gz")).suffix)
    if kind is None or (name.endswith(".gz") and kind != "csv"):
        raise UnreadableError(
            "unknown kind of file; allowed: .csv, .txt, .sdv (also .gz), .parquet, .sas7bdat, .sav,"
            " .dta. Unpack or convert it."
        )
    return kind


def is_data_file(path: Path) -> bool:
    """Say whether a file is of a kind that is read, by its name."""
    try:
        find_kind(path)
    except UnreadableError:
        return False
    return True


def refuse_first_line(line: bytes) -> None:
    """Refuse a csv that is something else by its first line, or whose first line holds no names.

    Args:
        line: The first line.

    Raises:
        UnreadableError: It is packed, or begins with the line `sep=;` of Excel.
    """
    for start, packer in _PACKED.items():
        if line.startswith(start):
            raise UnreadableError(
                f"is packed with {packer}, although its name does not say so; unpack it inside the"
                " secure zone, or, packed with gzip, let its name end in .gz."
            )
    if _SEPARATOR_LINE.fullmatch(line):
        raise UnreadableError(
            "its first line is sep=, a line for Excel that names the delimiter; the first line must"
            " hold the column names. Remove that line, or export without it."
        )


def read_columns(path: Path, kind: str) -> FileColumns:
    """Read names and types of a file that holds them apart from its rows.

    Args:
        path: The file.
        kind: "parquet", "sas7bdat", "sav" or "dta".

    Raises:
        UnreadableError: It is broken.
    """
    if kind == "parquet":
        try:
            schema = pq.read_schema(path)
            count = pq.read_metadata(path).num_rows
        except (pa.ArrowInvalid, OSError):
            raise UnreadableError("not a readable Parquet file; deliver it again.") from None
        return FileColumns(tuple(schema.names), tuple(str(t) for t in schema.types), count)
    return _read_statistics_file(path, kind)


def _read_statistics_file(path: Path, kind: str) -> FileColumns:
    # The library takes a while to load, and most deliveries have no such file.
    import pyreadstat

    readers: dict[str, Callable[..., Any]] = {
        "sas7bdat": pyreadstat.read_sas7bdat,
        "sav": pyreadstat.read_sav,
        "dta": pyreadstat.read_dta,
    }
    try:
        _, found = readers[kind](str(path), metadataonly=True)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, OSError, ValueError):
        raise UnreadableError(
            f"not a readable {_MAKERS[kind]} file; deliver it again, or as .csv."
        ) from None
    count = found.number_rows
    return FileColumns(
        tuple(found.column_names),
        tuple(_describe_type(found, name) for name in found.column_names),
        count if count is not None and count >= 0 else None,
    )


def _describe_type(found: Any, name: str) -> str:
    """Join storage and format: a date is a number whose format says so."""
    form = found.original_variable_types.get(name)
    storage = str(found.readstat_variable_types[name])
    return storage if form in (None, "", "NULL") else f"{storage} {form}"


def read_first_line(path: Path) -> bytes:
    """Read the first line of a csv, gzipped or not, without its line end; nothing after it.

    Args:
        path: The file.

    Raises:
        UnreadableError: It is empty, its first line never ends, or it is broken.
    """
    with open_unpacked(path) as stream:
        line = stream.readline(_LONGEST_HEADER)
    refuse_first_line(line)
    if len(line) == _LONGEST_HEADER:
        raise UnreadableError("the first line never ends; is it a csv at all? Deliver it again.")
    if not line.strip():
        raise UnreadableError(
            "the file is empty, or its first line is; deliver it again or remove its entry from"
            " delivery.toml."
        )
    return line.rstrip(b"\r\n")


def read_start(path: Path) -> bytes:
    """Read some first lines of a csv, whole ones, to see how its letters are written.

    Args:
        path: The file.

    Raises:
        UnreadableError: It is broken.
    """
    with open_unpacked(path) as stream:
        start = stream.read(_START)
    return start[: start.rfind(b"\n") + 1] or start


def guess_encoding(text: bytes) -> str | None:
    """Guess an encoding from some bytes; none when they are plain ASCII and so tell nothing."""
    if text.isascii():
        return None
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        is_windows = any(0x80 <= byte <= 0x9F for byte in text)
        return "cp1252" if is_windows else "latin-1"
    return "utf-8"


def split_header(line: bytes, encoding: str, delimiter: str | None) -> tuple[str, list[str]]:
    """Split the first line of a csv into names.

    Args:
        line: Its bytes.
        encoding: How to read them; what cannot be read becomes a sign.
        delimiter: Between names, or none to find it.

    Returns:
        The delimiter and the names.
    """
    python_name = "utf-8-sig" if encoding == "utf-8" else encoding
    text = line.decode(python_name, errors="replace").rstrip("\r")
    counts = Counter(character for character in text if character in _DELIMITERS)
    delimiter = delimiter or (counts.most_common(1)[0][0] if counts else ",")
    names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    # Exports with an index column, or a delimiter at the end of each line, leave one unnamed.
    return delimiter, [name or f"unnamed_{place}" for place, name in enumerate(names, start=1)]
