"""What a delivery is by its column names and types alone; not one row is read."""

from dataclasses import dataclass
from pathlib import Path

from evaluation.deliveries.file_bytes import UnreadableError
from evaluation.deliveries.inventory import find_files, tell_same_rows
from evaluation.deliveries.metadata import (
    FileColumns,
    find_kind,
    guess_encoding,
    read_columns,
    read_first_line,
    split_header,
    tell_unopened,
)
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.deliveries.understanding import Understanding, understand


@dataclass(frozen=True, slots=True)
class ColumnHeader:
    """A delivered column.

    Attributes:
        name: As delivered.
        type: In the words of the file's kind; "text" in a csv.
        canonical: What it is, or none when it is not read.
    """

    name: str
    type: str
    canonical: str | None


@dataclass(frozen=True, slots=True)
class FileHeader:
    """A delivered file.

    Attributes:
        name: Path inside the delivery.
        kind: "csv", "parquet", "sas7bdat", "sav" or "dta"; none when it cannot be read.
        table: Canonical table.
        family: Family that applied.
        columns: Every column, in order; none when the first line may be a row.
        values: Canonical column -> constant, for what the file does not hold.
        missing: Required columns that nothing gives.
        problems: What is wrong with the file, without its name.
    """

    name: str
    kind: str | None
    table: str
    family: str | None
    columns: tuple[ColumnHeader, ...]
    values: dict[str, str]
    missing: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryHeaders:
    """A delivery by its headers.

    Attributes:
        files: In the order of delivery.toml.
        missing_tables: Table that is not delivered -> what cannot be done without it.
        problems: Everything that keeps the delivery from being checked, each with its place; a
            table that is not delivered is none of them, for `check` goes on without it.
    """

    files: tuple[FileHeader, ...]
    missing_tables: dict[str, str]
    problems: tuple[str, ...]


def read_headers(folder: Path, spec: DeliverySpec) -> DeliveryHeaders:
    """Read the headers of every file of a delivery, and hold them against the contract.

    Args:
        folder: The delivery.
        spec: Its delivery.toml.

    Returns:
        What was found, with all problems; nothing is raised for a file that is wrong.
    """
    problems: list[str] = []
    files = [
        _read_file(path, name, entry, spec)
        for entry, path, name in find_files(folder, spec, problems)
    ]
    problems += [f"{file.name}: {problem}" for file in files for problem in file.problems]
    problems += tell_same_rows({file.name: file.family for file in files if file.family})
    lost = {name: CANONICAL_TABLES[name].lost_without for name in spec.missing_tables}
    return DeliveryHeaders(tuple(files), lost, tuple(problems))


def read_file_columns(path: Path, kind: str, entry: FileEntry | None = None) -> FileColumns:
    """Read names and types of one file: of a csv its first line, of others what they say.

    Args:
        path: The file.
        kind: What `find_kind` says.
        entry: What delivery.toml says of it, where it says anything.

    Raises:
        UnreadableError: It is empty or broken.
    """
    if kind != "csv":
        return read_columns(path, kind)
    line = read_first_line(path)
    encoding = (entry.encoding if entry else None) or guess_encoding(line) or "utf-8"
    _, names = split_header(line, encoding, entry.delimiter if entry else None)
    return FileColumns(tuple(names), ("text",) * len(names))


def _read_file(path: Path, name: str, entry: FileEntry, spec: DeliverySpec) -> FileHeader:
    kind = None
    try:
        kind = find_kind(path)
        found = read_file_columns(path, kind, entry)
    except UnreadableError as error:
        return FileHeader(name, kind, entry.table, entry.family, (), {}, (), (str(error),))
    except OSError as error:
        told = tell_unopened(error)
        return FileHeader(name, kind, entry.table, entry.family, (), {}, (), (told,))
    meant = understand(entry, path.name, list(found.names), spec.nav_key)
    roles = _find_roles(meant, entry)
    # Where no name is known the first line may be a row, whose values must not be shown.
    shown = zip(found.names, found.types, strict=True) if roles else ()
    return FileHeader(
        name=name,
        kind=kind,
        table=entry.table,
        family=meant.family.name if meant.family else None,
        columns=tuple(ColumnHeader(n, t, ", ".join(roles.get(n, ())) or None) for n, t in shown),
        values=meant.values,
        missing=meant.missing,
        problems=meant.problems,
    )


def _find_roles(meant: Understanding, entry: FileEntry) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}
    for canonical, names in meant.mapping.items():
        for name in names:
            roles.setdefault(name, []).append(canonical)
    wide = CANONICAL_TABLES[entry.table].wide_column
    for year, name in meant.year_columns.items():
        roles.setdefault(name, []).append(f"{wide} of {year}")
    return roles
