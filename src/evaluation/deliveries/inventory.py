"""Look at the files of a delivery before anything is loaded: are they there, what are they?

One pass over the bytes of each file gives its hash, its encoding and its number of lines.
"""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from evaluation.deliveries.families import find_years, read_families
from evaluation.deliveries.file_bytes import FileBytes, UnreadableError, read_bytes
from evaluation.deliveries.metadata import (
    find_kind,
    read_columns,
    refuse_first_line,
    split_header,
    tell_unopened,
)
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.deliveries.tables import CANONICAL_TABLES, CanonicalTable
from evaluation.deliveries.understanding import understand
from evaluation.errors import DeliveryError

# Files are read beside each other; hashing and searching leave the interpreter free.
_READERS = 2
# Keys alone take a byte a row; what claims far more rows is broken or made to fill the disk.
_MOST_ROWS = 1_000_000
_MOST_ROWS_A_BYTE = 4
# Types of Parquet columns, in the words of pyarrow.
_NESTED = re.compile("(struct|map|(large_|fixed_size_)?list)(_view)?<")
_ROW_NUMBER = "file_row_number"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A delivered file, looked at and understood.

    Attributes:
        table: Canonical table it holds.
        path: Where it is.
        name: Path inside the delivery, for messages and the manifest.
        size_bytes: Size.
        sha256: Hash of the bytes.
        kind: "csv", "parquet", "sas7bdat", "sav" or "dta".
        delivered_columns: Column names as delivered, in order.
        mapping: Canonical column -> delivered columns.
        date_format: strptime format of its dates or "sas_days", where the entry says it.
        values: Canonical column -> constant, for columns that the file does not hold.
        codes: Canonical column -> delivered value -> canonical value; others stay as they are.
        kept: Delivered column, and those of its values that make a row content of this table.
        substitutes: Canonical column -> a text that stands for another delivered column, and
            that column; an empty text stands for an empty cell.
        year_columns: Of a wide file: year -> delivered column with the table's wide_column.
        encoding: Of a csv: "utf-8", "latin-1" or "cp1252".
        delimiter: Of a csv.
        decimal: Between whole and part of a number in a text: "." or ",".
        row_counts: Of a csv: numbers of rows it may hold, with and without line feeds between
            quotes taken for line ends; blank lines and the header do not count. Of SAS, SPSS
            and Stata: the number that the file says it has. Else empty.
        has_blank_lines: Of a csv: some lines are empty.
        has_uneven_lines: Of a csv: it must be read with its lines made even, because they end in
            two ways, or because some are empty where a row has one column.
        may_hold_identity_numbers: Of a csv: its cells must be looked at for such numbers.
        may_have_edge_blanks: Its cells must be trimmed.
    """

    table: CanonicalTable
    path: Path
    name: str
    size_bytes: int
    sha256: str
    kind: str
    delivered_columns: tuple[str, ...]
    mapping: dict[str, tuple[str, ...]]
    date_format: str | None
    values: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    kept: tuple[str, tuple[str, ...]] | None = None
    substitutes: dict[str, tuple[str, str]] = field(default_factory=dict)
    year_columns: dict[int, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    row_counts: tuple[int, ...] = ()
    has_blank_lines: bool = False
    has_uneven_lines: bool = False
    may_hold_identity_numbers: bool = False
    may_have_edge_blanks: bool = True

    @property
    def sector(self) -> str | None:
        """Sector of the whole file, where one is said."""
        return self.values.get("sector")


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
    families: dict[str, str] = {}
    found = list(find_files(folder, spec, problems))
    with ThreadPoolExecutor(_READERS) as pool:
        reading = [pool.submit(read_bytes, path) for _, path, _ in found]
        for (entry, path, name), facts in zip(found, reading, strict=True):
            file = _plan(path, name, entry, spec, problems, families, facts)
            if file is not None:
                planned.append(file)
    problems += tell_same_rows(families)
    if problems:
        raise DeliveryError(problems)
    return planned


def find_files(
    folder: Path, spec: DeliverySpec, problems: list[str]
) -> Iterator[tuple[FileEntry, Path, str]]:
    """Yield the files of a delivery: entry, place, and path inside the delivery.

    Args:
        folder: The delivery.
        spec: Its delivery.toml.
        problems: Where to put what is wrong.
    """
    seen: set[Path] = set()
    for entry in spec.files:
        for path in _find(folder, entry, problems):
            name = path.relative_to(folder.resolve()).as_posix()
            if path in seen:
                problems.append(f"{name}: named by two [[file]] entries; keep one.")
                continue
            seen.add(path)
            yield entry, path, name


def tell_same_rows(families: dict[str, str]) -> list[str]:
    """Tell families that hold the same contacts for the same years, once a pair.

    Args:
        families: File name -> family.
    """
    problems = []
    for family in read_families().values():
        other = family.same_rows_as
        if other is None or family.name > other:
            continue
        one, two = (sorted(n for n, f in families.items() if f == x) for x in (family.name, other))
        pairs = [(a, b) for a in one for b in two if _may_overlap(a, b)]
        if pairs:
            problems.append(
                f"{pairs[0][0]}, {pairs[0][1]}: families {family.name} and {other} hold the same"
                " contacts, which would count twice. Keep the entries of one: department stays"
                " (AVD) keep what each department wrote, hospital stays (SHO) put the departments"
                " of a stay together."
            )
    return problems


def _may_overlap(one: str, two: str) -> bool:
    years, others = find_years(Path(one).name), find_years(Path(two).name)
    return not years or not others or bool(years & others)


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
    path: Path,
    name: str,
    entry: FileEntry,
    spec: DeliverySpec,
    problems: list[str],
    families: dict[str, str],
    reading: Future[FileBytes],
) -> PlannedFile | None:
    try:
        kind = find_kind(path)
        facts = reading.result()
        read = _read_csv_columns if kind == "csv" else _read_other_columns
        looks = read(path, kind, facts, entry)
    except UnreadableError as error:
        problems.append(f"{name}: {error}")
        return None
    except OSError as error:
        problems.append(f"{name}: {tell_unopened(error)}")
        return None
    found = understand(entry, path.name, list(looks.columns), spec.nav_key)
    problems += [
        f"{name}: {problem}"
        for problem in (*looks.problems, *found.problems, *_tell_nested(looks, found.mapping))
    ]
    if found.family is not None:
        families[name] = found.family.name
    return PlannedFile(
        table=CANONICAL_TABLES[entry.table],
        path=path,
        name=name,
        size_bytes=facts.size,
        sha256=facts.sha256,
        kind=kind,
        delivered_columns=looks.columns,
        mapping=found.mapping,
        date_format=entry.date_format,
        values=found.values,
        codes=found.codes,
        kept=found.kept,
        substitutes=found.substitutes,
        year_columns=found.year_columns,
        encoding=looks.encoding,
        delimiter=looks.delimiter,
        decimal=entry.decimal or ".",
        row_counts=looks.row_counts,
        has_blank_lines=kind == "csv" and facts.has_blank_lines,
        has_uneven_lines=looks.has_uneven_lines,
        may_hold_identity_numbers=kind == "csv" and facts.may_hold_identity_numbers,
        may_have_edge_blanks=looks.may_have_edge_blanks,
    )


def _tell_nested(looks: "_Looks", mapping: dict[str, tuple[str, ...]]) -> list[str]:
    used = {name for names in mapping.values() for name in names}
    nested = [name for name in looks.columns if name in used and name in looks.nested]
    return [
        f"column {name} holds a list or a structure in each cell; allowed: plain values. Deliver"
        " its parts as columns."
        for name in nested
    ]


@dataclass(frozen=True, slots=True)
class _Looks:
    columns: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    row_counts: tuple[int, ...] = ()
    has_uneven_lines: bool = False
    may_have_edge_blanks: bool = True
    problems: tuple[str, ...] = ()
    nested: frozenset[str] = frozenset()


def _read_csv_columns(path: Path, kind: str, facts: FileBytes, entry: FileEntry) -> _Looks:
    if not facts.first_line.strip():
        raise UnreadableError(
            "the file is empty, or its first line is; deliver it again or remove its entry from"
            " delivery.toml."
        )
    refuse_first_line(facts.first_line)
    if b"\0" in facts.first_line:
        raise UnreadableError(
            "its first line holds null bytes, as UTF-16 has between letters; allowed: utf-8,"
            " latin-1, cp1252. Convert the file, for example with iconv -f UTF-16 -t UTF-8."
        )
    if facts.has_lone_returns:
        raise UnreadableError(
            "its lines end with carriage returns alone, or values hold some outside quotes; allowed"
            " as line ends: line feeds, with or without a carriage return before. Convert the file."
        )
    encoding, problems = _find_encoding(facts, entry)
    delimiter, columns = split_header(facts.first_line, encoding, entry.delimiter)
    counts = (facts.filled_lines - 1, facts.filled_records - 1)
    is_uneven = facts.has_mixed_line_ends or (facts.has_blank_lines and len(columns) == 1)
    is_blank = facts.may_have_edge_blanks or delimiter.isalnum()
    return _Looks(tuple(columns), encoding, delimiter, counts, is_uneven, is_blank, problems)


def _read_other_columns(path: Path, kind: str, facts: FileBytes, entry: FileEntry) -> _Looks:
    if facts.size == 0:
        raise UnreadableError(
            "the file is empty; deliver it again or remove its entry from delivery.toml."
        )
    found = read_columns(path, kind)
    if (found.row_count or 0) > _MOST_ROWS + _MOST_ROWS_A_BYTE * facts.size:
        raise UnreadableError(
            f"says that it has {found.row_count} rows, more than {facts.size} bytes can hold; it is"
            " broken, or made to fill the disk. Deliver it again, or as .csv."
        )
    if kind == "parquet":
        _refuse_names(found.names)
    nested = {n for n, t in zip(found.names, found.types, strict=True) if _NESTED.match(t)}
    # Parquet's own count is what its reader goes by, and so proves nothing.
    is_counted = kind != "parquet" and found.row_count is not None
    counts = (found.row_count or 0,) if is_counted else ()
    return _Looks(found.names, row_counts=counts, nested=frozenset(nested))


def _refuse_names(names: tuple[str, ...]) -> None:
    if "" in names or _ROW_NUMBER in map(str.lower, names):
        raise UnreadableError(
            f"a column has no name, or the name {_ROW_NUMBER}, which the reader of Parquet takes"
            " for itself; deliver the file again with another name."
        )


def _find_encoding(facts: FileBytes, entry: FileEntry) -> tuple[str, tuple[str, ...]]:
    possible = facts.encodings
    if entry.encoding is not None and entry.encoding not in possible:
        return entry.encoding, (
            f"not readable as {entry.encoding}, which delivery.toml says it is; readable as:"
            f" {', '.join(possible) or 'none of utf-8, latin-1, cp1252'}.",
        )
    if not possible:
        return "utf-8", (
            "unreadable encoding; allowed: utf-8, latin-1, cp1252. Convert the file, for example"
            " with iconv -f UTF-16 -t UTF-8.",
        )
    # Where all mean the same, DuckDB reads UTF-8 the fastest.
    return "utf-8" if facts.is_ascii else entry.encoding or possible[0], ()
