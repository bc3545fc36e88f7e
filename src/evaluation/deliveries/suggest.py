"""Find out what the files of a received folder are: by their names and by their columns.

A name of one family and columns that fit it leave no doubt. A file with an odd name is placed by
its columns: by those that hardly another family has, or else by the names known for any file of a
table. Everything uncertain is said, for a person to settle.
"""

from dataclasses import dataclass
from pathlib import Path

from evaluation.deliveries.families import (
    NO_FAMILY,
    Family,
    find_first,
    find_reason_not_to_read,
    read_families,
)
from evaluation.deliveries.file_bytes import UnreadableError
from evaluation.deliveries.headers import read_file_columns
from evaluation.deliveries.metadata import (
    find_kind,
    guess_encoding,
    read_first_line,
    read_start,
    split_header,
)
from evaluation.deliveries.spec import SPEC_FILE, FileEntry
from evaluation.deliveries.tables import CANONICAL_TABLES, match_columns
from evaluation.deliveries.understanding import Understanding, understand

UNKNOWN = "?"
"""Stands where a person must fill in; no field of delivery.toml takes it."""

# A file that gives fewer columns of a table than this has not shown that it is one.
_FEWEST_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as it lies in the folder.

    Attributes:
        name: Path inside the folder.
        kind: "csv", "parquet", "sas7bdat", "sav" or "dta".
        columns: Names as delivered.
        delimiter: Of a csv.
        encoding: Of a csv in which signs beyond ASCII were seen.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file, and what it is taken for.

    Attributes:
        file: The file.
        table: Canonical table.
        family: Family, none, or UNKNOWN.
        needs_sector: Nothing says the sector.
        has_nav_key: A column bears NAV's own key.
        is_by_month: Its dates are months.
        todos: What a person must look into.
    """

    file: ReceivedFile
    table: str
    family: str | None
    needs_sector: bool = False
    has_nav_key: bool = False
    is_by_month: bool = False
    todos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnplacedFile:
    """A file that no table takes.

    Attributes:
        name: Path inside the folder.
        reason: Why.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    table: str
    family: Family | None
    meant: Understanding
    mark_count: int

    @property
    def lacking(self) -> tuple[str, ...]:
        # A person can say the sector of a file, and nothing else that is required.
        return tuple(column for column in self.meant.missing if column != "sector")

    @property
    def fits(self) -> bool:
        is_told_apart = self.family is None or self.family.kept is None or self.meant.kept
        return not self.lacking and bool(is_told_apart) and self.column_count >= _FEWEST_COLUMNS

    @property
    def column_count(self) -> int:
        columns = {name for names in self.meant.mapping.values() for name in names}
        return len(columns | set(self.meant.year_columns.values()))

    @property
    def name(self) -> str:
        return self.table if self.family is None else self.family.name


def place_files(folder: Path) -> tuple[list[PlacedFile], list[UnplacedFile]]:
    """Look at every file of a folder, and say what it is.

    Args:
        folder: What was received; files that begin with a dot are left alone.

    Returns:
        The files that are placed, and those that are not; both in the order of their names.
    """
    placed: list[PlacedFile] = []
    unplaced: list[UnplacedFile] = []
    root = folder.resolve()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or name == SPEC_FILE or any(p[0] == "." for p in name.split("/")):
            continue
        if root not in path.resolve().parents:
            unplaced.append(UnplacedFile(name, "a link that leads out of the folder"))
            continue
        try:
            found = place_file(_look_at(path, name))
        except UnreadableError as error:
            found = UnplacedFile(name, str(error))
        if isinstance(found, PlacedFile):
            placed.append(found)
        else:
            unplaced.append(found)
    return placed, unplaced


def _look_at(path: Path, name: str) -> ReceivedFile:
    kind = find_kind(path)
    if kind != "csv":
        return ReceivedFile(name, kind, read_file_columns(path, kind).names)
    encoding = guess_encoding(read_start(path))
    delimiter, names = split_header(read_first_line(path), encoding or "utf-8", None)
    return ReceivedFile(name, kind, tuple(names), delimiter, encoding)


def place_file(file: ReceivedFile) -> PlacedFile | UnplacedFile:
    """Say what one file is.

    Args:
        file: Its name and columns.
    """
    base = Path(file.name).name
    named = [f for f in read_families().values() if f.fits_name(base)]
    if len(named) == 1:
        return _place_named(file, _look(file, named[0].table, named[0]))
    reason = find_reason_not_to_read(base)
    if not named and reason is not None:
        return UnplacedFile(file.name, f"known by its name: {reason}")
    if named:
        return _place_among(file, [_look(file, family.table, family) for family in named])
    return _place_by_columns(file)


def _look(file: ReceivedFile, table: str, family: Family | None) -> _Candidate:
    entry = FileEntry(table=table, path="-", family=family.name if family else NO_FAMILY)
    meant = understand(entry, Path(file.name).name, list(file.columns), None)
    marks = () if family is None else family.marks
    found = [mark for mark in marks if find_first((mark,), list(file.columns))]
    return _Candidate(table, family, meant, len(found))


def _place_named(file: ReceivedFile, named: _Candidate) -> PlacedFile | UnplacedFile:
    if named.fits:
        return _placed(file, named)
    marked = _best_marked(file)
    if marked is not None and marked.family is not named.family:
        return _placed(
            file, marked, f"its name is that of {named.name}, but its columns are of {marked.name}"
        )
    if named.column_count == 0:
        return UnplacedFile(
            file.name,
            f"its name is that of family {named.name}, but no column is known; does its first line"
            " hold the column names?",
        )
    lacking = ", ".join(named.lacking) or "the column that tells which rows count"
    doubt = f"nothing gives {lacking}; name the column under columns, or ask for it"
    if named.lacking:
        doubt += f': columns = {{ name_in_file = "{named.lacking[0]}" }}'
    return _placed(file, named, doubt)


def _place_among(file: ReceivedFile, candidates: list[_Candidate]) -> PlacedFile | UnplacedFile:
    """Choose among families whose names or columns fit alike."""
    fitting = [c for c in candidates if c.fits] or candidates
    names = ", ".join(sorted(c.name for c in fitting))
    if len(fitting) == 1:
        return _placed(file, fitting[0], "its name fits several families; is this the right one?")
    if len({c.table for c in fitting}) > 1:
        return UnplacedFile(file.name, f"it could be any of {names}")
    doubt = f"it could be any of {names}; say which"
    return PlacedFile(
        file=file,
        table=fitting[0].table,
        family=UNKNOWN,
        has_nav_key=_has_nav_key(file, fitting[0]),
        is_by_month=_is_by_month(fitting[0]),
        todos=(doubt,),
    )


def _place_by_columns(file: ReceivedFile) -> PlacedFile | UnplacedFile:
    marked = _best_marked(file)
    if marked is not None:
        return _placed(file, marked, f"its name is unknown, its columns are of {marked.name}")
    plain = [_look(file, table, None) for table in CANONICAL_TABLES]
    best = max(plain, key=lambda c: c.column_count)
    fitting = [c for c in plain if c.fits]
    most = max((c.column_count for c in fitting), default=0)
    chosen = [c for c in fitting if c.column_count == most]
    if chosen and best.column_count <= most:
        if len(chosen) > 1:
            names = ", ".join(c.name for c in chosen)
            return UnplacedFile(file.name, f"its columns fit several tables alike: {names}")
        return _placed(
            file, chosen[0], f"its name is unknown, its columns are of {chosen[0].table}"
        )
    families = [_look(file, f.table, f) for f in read_families().values()]
    families = [c for c in families if c.fits and c.column_count >= best.column_count]
    if families:
        return _place_among(file, families)
    if best.column_count > _FEWEST_COLUMNS:
        lacking = ", ".join(best.lacking)
        return UnplacedFile(
            file.name, f"it looks most like {best.table}, but nothing gives {lacking}"
        )
    return UnplacedFile(file.name, "its columns fit no table")


def _best_marked(file: ReceivedFile) -> _Candidate | None:
    marked = [_look(file, f.table, f) for f in read_families().values() if f.marks]
    marked = [c for c in marked if c.fits and c.mark_count]
    most = max((c.mark_count for c in marked), default=0)
    best = [c for c in marked if c.mark_count == most]
    return best[0] if len(best) == 1 else None


def _placed(file: ReceivedFile, found: _Candidate, *todos: str) -> PlacedFile:
    return PlacedFile(
        file=file,
        table=found.table,
        family=found.family.name if found.family else None,
        needs_sector="sector" in found.meant.missing,
        has_nav_key=_has_nav_key(file, found),
        is_by_month=_is_by_month(found),
        todos=(*todos, *_doubts(found)),
    )


def _doubts(found: _Candidate) -> list[str]:
    clashes = [text for text in found.meant.problems if "would all be" in text]
    own = found.family.doubt if found.family else None
    return [*clashes, *([own] if own else [])]


def _has_nav_key(file: ReceivedFile, found: _Candidate) -> bool:
    table = CANONICAL_TABLES[found.table]
    return "nav_id" in match_columns(table, list(file.columns), {}, found.family)


def _is_by_month(found: _Candidate) -> bool:
    return found.family is not None and found.family.name.startswith("fd_")
