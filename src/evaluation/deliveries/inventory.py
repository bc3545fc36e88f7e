"""Look at the files of a delivery before anything is loaded: are they there, what are they?

One pass over the bytes of each file gives its hash, its encoding and its number of lines.
"""

import codecs
import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.deliveries.tables import CANONICAL_TABLES, CanonicalTable, match_columns
from evaluation.errors import DeliveryError

_CHUNK_BYTES = 1 << 22
_DELIMITERS = ";,\t|"
_BLANK_LINES = re.compile(rb"\n(?:[ \t]*\r?\n)+")


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A delivered file, looked at and understood.

    Attributes:
        table: Canonical table it holds.
        path: Where it is.
        name: Path inside the delivery, for messages and the manifest.
        size_bytes: Size.
        sha256: Hash of the bytes.
        kind: "csv" or "parquet".
        delivered_columns: Column names as delivered, in order.
        mapping: Canonical column -> delivered columns.
        sector: Sector of the whole file, where the entry says it.
        date_format: strptime format of its dates, where the entry says it.
        encoding: Of a csv: "utf-8" or "latin-1".
        delimiter: Of a csv.
        line_count: Of a csv without quote characters: non-blank lines after the header; else None.
    """

    table: CanonicalTable
    path: Path
    name: str
    size_bytes: int
    sha256: str
    kind: str
    delivered_columns: tuple[str, ...]
    mapping: dict[str, tuple[str, ...]]
    sector: str | None
    date_format: str | None
    encoding: str = "utf-8"
    delimiter: str = ","
    line_count: int | None = None


@dataclass(frozen=True, slots=True)
class _Bytes:
    sha256: str
    size: int
    is_utf8: bool
    is_latin1: bool
    has_quotes: bool
    filled_lines: int
    first_line: bytes


def plan_files(folder: Path, spec: DeliverySpec) -> list[PlannedFile]:
    """Check every file of a delivery against the contract.

    Args:
        folder: The delivery.
        spec: Its delivery.toml.

    Returns:
        The files in the order of delivery.toml, globs in name order.

    Raises:
        DeliveryError: All that is wrong with any file, at once.
    """
    planned: list[PlannedFile] = []
    problems: list[str] = []
    seen: set[Path] = set()
    for entry in spec.files:
        for path in _find(folder, entry, problems):
            name = path.relative_to(folder.resolve()).as_posix()
            if path in seen:
                problems.append(f"{name}: named by two [[file]] entries; keep one.")
                continue
            seen.add(path)
            file = _plan(path, name, entry, spec, problems)
            if file is not None:
                planned.append(file)
    if problems:
        raise DeliveryError(problems)
    return planned


def _find(folder: Path, entry: FileEntry, problems: list[str]) -> Iterator[Path]:
    root = folder.resolve()
    if Path(entry.path).is_absolute() or ".." in Path(entry.path).parts:
        problems.append(
            f"{entry.path}: leads out of the delivery; give a path inside the delivery folder."
        )
        return
    found = sorted(path.resolve() for path in root.glob(entry.path) if path.is_file())
    if not found:
        problems.append(
            f"{entry.path}: no such file in the delivery (table {entry.table});"
            " correct the path in delivery.toml or deliver the file."
        )
    for path in found:
        if root not in path.parents:
            problems.append(
                f"{entry.path}: a link leads out of the delivery folder; copy the file in."
            )
        else:
            yield path


def _plan(
    path: Path, name: str, entry: FileEntry, spec: DeliverySpec, problems: list[str]
) -> PlannedFile | None:
    table = CANONICAL_TABLES[entry.table]
    facts = _read_bytes(path)
    if not facts.first_line.strip():
        problems.append(
            f"{name}: the file is empty, or its first line is; deliver it again or remove its"
            " entry from delivery.toml."
        )
        return None
    if path.suffix.lower() == ".parquet":
        columns = _parquet_columns(path, name, problems)
        encoding, delimiter, lines = "utf-8", ",", None
    elif path.name.lower().endswith((".csv", ".txt", ".sdv")):
        encoding = _encoding(facts, entry, name, problems)
        delimiter, columns = _header(facts, entry, encoding)
        lines = None if facts.has_quotes else facts.filled_lines - 1
    else:
        problems.append(f"{name}: unknown kind of file; allowed: .csv, .txt, .sdv, .parquet.")
        return None
    if columns is None:
        return None
    mapping = _mapping(table, columns, entry, spec, name, problems)
    return PlannedFile(
        table=table,
        path=path,
        name=name,
        size_bytes=facts.size,
        sha256=facts.sha256,
        kind="parquet" if path.suffix.lower() == ".parquet" else "csv",
        delivered_columns=tuple(columns),
        mapping=mapping,
        sector=entry.sector,
        date_format=entry.date_format,
        encoding=encoding,
        delimiter=delimiter,
        line_count=lines,
    )


def _read_bytes(path: Path) -> _Bytes:
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, is_latin1, has_quotes = True, True, False
    size = newlines = blanks = 0
    first = last = b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            if size == 0:
                first = chunk.split(b"\n", 1)[0]
            size += len(chunk)
            if is_utf8:
                is_utf8 = _decodes(decoder, chunk)
            if is_latin1:
                # 0x80-0x9F are control characters in Latin-1 and letters in Windows-1252.
                is_latin1 = chunk.isascii() or not re.search(rb"[\x80-\x9f]", chunk)
            has_quotes = has_quotes or b'"' in chunk
            newlines += chunk.count(b"\n")
            blanks += sum(found.count(b"\n") - 1 for found in _BLANK_LINES.findall(last + chunk))
            last = chunk[-1:]
    lines = newlines + (last not in (b"\n", b""))
    return _Bytes(digest.hexdigest(), size, is_utf8, is_latin1, has_quotes, lines - blanks, first)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(facts: _Bytes, entry: FileEntry, name: str, problems: list[str]) -> str:
    possible = [
        encoding
        for encoding, fits in (("utf-8", facts.is_utf8), ("latin-1", facts.is_latin1))
        if fits
    ]
    if entry.encoding is not None and entry.encoding not in possible:
        problems.append(
            f"{name}: not readable as {entry.encoding}, which delivery.toml says it is;"
            f" readable as: {', '.join(possible) or 'none of utf-8, latin-1'}."
        )
    elif not possible:
        problems.append(
            f"{name}: unreadable encoding; allowed: utf-8, latin-1. Convert the file, for example"
            " with iconv -f CP1252 -t UTF-8."
        )
    return entry.encoding or (possible[0] if possible else "utf-8")


def _header(facts: _Bytes, entry: FileEntry, encoding: str) -> tuple[str, list[str]]:
    python_name = "utf-8-sig" if encoding == "utf-8" else encoding
    line = facts.first_line.decode(python_name, errors="replace").rstrip("\r")
    counts = Counter(character for character in line if character in _DELIMITERS)
    delimiter = entry.delimiter or (counts.most_common(1)[0][0] if counts else ",")
    return delimiter, [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]


def _parquet_columns(path: Path, name: str, problems: list[str]) -> list[str] | None:
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError):
        problems.append(f"{name}: not a readable Parquet file; deliver it again.")
        return None


def _mapping(
    table: CanonicalTable,
    columns: list[str],
    entry: FileEntry,
    spec: DeliverySpec,
    name: str,
    problems: list[str],
) -> dict[str, tuple[str, ...]]:
    twice = [column for column, count in Counter(c.lower() for c in columns).items() if count > 1]
    if twice:
        problems.append(f"{name}: column names occur twice: {', '.join(sorted(twice))}.")
    mapping = {
        canonical: tuple(names)
        for canonical, names in match_columns(table, columns, entry.columns).items()
    }
    if spec.nav_key == "ssb_id" and "nav_id" in table.columns:
        # NAV files then carry SSB's key, and so the link needs no column for NAV.
        mapping["nav_id"] = mapping.get("ssb_id", ())
    if entry.sector is not None:
        mapping["sector"] = ()
    given = {c for c, names in mapping.items() if names} | ({"sector"} if entry.sector else set())
    for column in table.required:
        if column not in given:
            problems.append(
                f"{name}: required column {column} of {table.name} is missing. Columns found:"
                f" {', '.join(columns)}. Name it under columns in delivery.toml if it has another"
                " name."
            )
    for column, names in mapping.items():
        if len(names) > 1 and column not in table.joined:
            problems.append(
                f"{name}: columns {', '.join(names)} would all be {column}; say which one under"
                " columns in delivery.toml."
            )
    return {column: names for column, names in mapping.items() if column in table.columns}
