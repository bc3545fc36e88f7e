"""Look at the files of a delivery before anything is loaded: are they there, what are they?

One pass over the bytes of each file gives its hash, its encoding and its number of lines.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.deliveries.file_bytes import FileBytes, UnpackError, read_bytes
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.deliveries.tables import CANONICAL_TABLES, CanonicalTable, match_columns
from evaluation.errors import DeliveryError

_DELIMITERS = ";,\t|"
# Four digits, or no letter.
_VALUE = re.compile(r"\d{4}|^[^A-Za-zÆØÅæøå]*$")


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
        row_counts: Of a csv: numbers of rows it may hold, with and without line feeds between
            quotes taken for line ends; blank lines and the header do not count. Else empty.
        has_blank_lines: Of a csv: some lines are empty.
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
    row_counts: tuple[int, ...] = ()
    has_blank_lines: bool = False


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
    # Read as on Windows too, where a backslash or a drive leads out; a delivery.toml travels.
    path_there = PureWindowsPath(entry.path)
    if path_there.drive or path_there.root or ".." in path_there.parts:
        problems.append(
            f"{entry.path}: leads out of the delivery; give a path inside the delivery folder."
        )
        return
    try:
        found = sorted(path.resolve() for path in root.glob(entry.path) if path.is_file())
    except (OSError, ValueError, IndexError):
        problems.append(f"{entry.path[:200]!r}: cannot be a path; correct it in delivery.toml.")
        return
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
    try:
        facts = read_bytes(path)
    except UnpackError as error:
        problems.append(f"{name}: {error}")
        return None
    counts: tuple[int, ...] = ()
    if not facts.first_line.strip():
        problems.append(
            f"{name}: the file is empty, or its first line is; deliver it again or remove its"
            " entry from delivery.toml."
        )
        return None
    if path.suffix.lower() == ".parquet":
        columns = _parquet_columns(path, name, problems)
        encoding, delimiter = "utf-8", ","
    elif path.name.lower().removesuffix(".gz").endswith((".csv", ".txt", ".sdv")):
        if b"\r" in facts.first_line.rstrip(b"\r"):
            problems.append(
                f"{name}: its lines end with carriage returns alone, so that it looks like one"
                " line; allowed: line feeds, with or without carriage returns. Convert the file."
            )
            return None
        encoding = _encoding(facts, entry, name, problems)
        delimiter, columns = _header(facts, entry, encoding)
        counts = (facts.filled_lines - 1, facts.filled_records - 1)
    else:
        problems.append(
            f"{name}: unknown kind of file; allowed: .csv, .txt, .sdv (also .gz), .parquet."
            " Files of SAS, SPSS and Stata are not read yet: convert them."
        )
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
        row_counts=counts,
        has_blank_lines=facts.has_blank_lines,
    )


def _encoding(facts: FileBytes, entry: FileEntry, name: str, problems: list[str]) -> str:
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


def _header(facts: FileBytes, entry: FileEntry, encoding: str) -> tuple[str, list[str]]:
    python_name = "utf-8-sig" if encoding == "utf-8" else encoding
    line = facts.first_line.decode(python_name, errors="replace").rstrip("\r")
    counts = Counter(character for character in line if character in _DELIMITERS)
    delimiter = entry.delimiter or (counts.most_common(1)[0][0] if counts else ",")
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    # Exports with an index column, or a delimiter at the end of each line, leave one unnamed.
    return delimiter, [name or f"unnamed_{place}" for place, name in enumerate(names, start=1)]


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
    mapping = {
        canonical: tuple(names)
        for canonical, names in match_columns(table, columns, entry.columns).items()
    }
    if not mapping:
        # The first line may then be a row, and its values must not be shown.
        problems.append(
            f"{name}: no name in its first line is known for {table.name}. The first line must"
            " hold the column names; check the delimiter too, or give the names under columns in"
            " delivery.toml."
        )
        return {}
    delivered = {column.lower() for column in columns}
    absent = [column for column in entry.columns if column.lower() not in delivered]
    if absent:
        problems.append(
            f"{name}: columns in delivery.toml names {', '.join(absent)}, which the file does not"
            f" have. Columns found: {_shown(columns, mapping)}."
        )
    twice = [column for column, count in Counter(c.lower() for c in columns).items() if count > 1]
    if twice:
        problems.append(f"{name}: column names occur twice: {_shown(sorted(twice), mapping)}.")
    if spec.nav_key == "ssb_id" and "nav_id" in table.columns:
        # NAV files then carry SSB's key, and so the link needs no column for NAV.
        mapping["nav_id"] = mapping.get("ssb_id", ())
    if entry.sector is not None:
        mapping["sector"] = ()
    problems += [
        f"{name}: required column {column} of {table.name} is missing. Columns found:"
        f" {_shown(columns, mapping)}. Name it under columns in delivery.toml if it has another"
        " name."
        for column in _lacking(table, mapping, entry, spec)
    ]
    for column, names in mapping.items():
        if len(names) > 1 and column not in table.joined:
            problems.append(
                f"{name}: columns {', '.join(names)} would all be {column}; say which one under"
                " columns in delivery.toml."
            )
    return {column: names for column, names in mapping.items() if column in table.columns}


def _shown(columns: list[str], mapping: dict[str, tuple[str, ...]]) -> str:
    """List names; where others than the known ones look like values, the line may hold a row."""
    known = {name.lower() for names in mapping.values() for name in names}
    others = [column for column in columns if column.lower() not in known]
    if not any(_VALUE.search(column) for column in others):
        return ", ".join(columns)
    shown = [column for column in columns if column.lower() in known]
    withheld = f"{len(others)} not shown because they look like values of a row"
    return ", ".join([*shown, withheld])


def _lacking(
    table: CanonicalTable,
    mapping: dict[str, tuple[str, ...]],
    entry: FileEntry,
    spec: DeliverySpec,
) -> list[str]:
    given = {column for column, names in mapping.items() if names}
    if entry.sector is not None:
        given.add("sector")
    own_names = {"nav_id": spec.nav_key}
    return [own_names.get(column, column) for column in table.required if column not in given]
