"""Write a first delivery.toml for a received folder, with all that a person must settle marked."""

import glob
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.deliveries.families import find_years, read_families
from evaluation.deliveries.inventory import tell_same_rows
from evaluation.deliveries.metadata import is_data_file
from evaluation.deliveries.spec import SPEC_FILE
from evaluation.deliveries.suggest import UNKNOWN, PlacedFile, UnplacedFile, place_files
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.errors import DeliveryError, StudyError

_TODO = "# TODO(person): "
_NAV_TABLES = ("nav_benefit", "nav_measure", "link")


@dataclass(frozen=True, slots=True)
class SuggestedEntry:
    """One [[file]] of the suggestion.

    Attributes:
        path: Path or glob inside the folder.
        files: The files it names, all alike.
        is_commented_out: It holds the same contacts as another entry.
    """

    path: str
    files: tuple[PlacedFile, ...]
    is_commented_out: bool = False

    @property
    def todo_count(self) -> int:
        """How many lines of it a person must settle."""
        return sum(_TODO in line for line in _describe_entry(self))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A first delivery.toml.

    Attributes:
        text: The file.
        entries: Its entries.
        unplaced: Files that no entry names.
    """

    text: str
    entries: tuple[SuggestedEntry, ...]
    unplaced: tuple[UnplacedFile, ...]

    @property
    def todo_count(self) -> int:
        """How many lines a person must settle."""
        return self.text.count(_TODO)


def write_suggestion(folder: Path) -> Suggestion:
    """Write a first delivery.toml into a received folder.

    Args:
        folder: What was received.

    Raises:
        StudyError: It is no folder, or it has a delivery.toml already.
        DeliveryError: It holds no file of data; nothing is written.
    """
    path = folder / SPEC_FILE
    if not folder.is_dir():
        raise StudyError(f"{folder}: no such folder; give the folder that holds the files.")
    if path.exists() or path.is_symlink():
        raise StudyError(
            f"{path} exists and is left as it is. Move it away for a new suggestion, or look at it"
            " with `evaluation check DELIVERY --header-only`."
        )
    placed, unplaced = place_files(folder)
    if not placed and not any(is_data_file(Path(file.name)) for file in unplaced):
        raise DeliveryError(
            [
                f"{folder}: holds no file of data, so no {SPEC_FILE} is written. Put the files that"
                " were received there, unpacked.",
                *(f"{_one_line(file.name)}: {_one_line(file.reason)}" for file in unplaced),
            ]
        )
    suggestion = build_suggestion(placed, unplaced)
    with path.open("x", encoding="utf-8", newline="\n") as stream:
        stream.write(suggestion.text)
    return suggestion


def build_suggestion(placed: Sequence[PlacedFile], unplaced: Sequence[UnplacedFile]) -> Suggestion:
    """Build a first delivery.toml.

    Args:
        placed: Files and what they are taken for.
        unplaced: Files that no table takes.
    """
    names = [file.file.name for file in placed] + [file.name for file in unplaced]
    entries = tuple(_group(placed, names))
    order = list(CANONICAL_TABLES)
    entries = tuple(sorted(entries, key=lambda e: (order.index(e.files[0].table), e.path)))
    lines = [
        "# A first suggestion, made from the names of files and columns. Settle every line that",
        "# begins with TODO(person) and put a value where ? stands, then look at the result with",
        "# evaluation check DELIVERY --header-only",
        "",
        *_describe_delivery(placed),
    ]
    for entry in entries:
        lines += ["", *_describe_entry(entry)]
    lines += _describe_rest(placed, unplaced)
    return Suggestion("\n".join(lines) + "\n", entries, tuple(unplaced))


# Entries


def _group(placed: Sequence[PlacedFile], names: list[str]) -> Iterator[SuggestedEntry]:
    groups: dict[tuple[object, ...], list[PlacedFile]] = {}
    for found in placed:
        file = found.file
        key = (_skeleton(file.name), found.table, found.family, found.needs_sector, found.todos)
        groups.setdefault((*key, file.kind, file.delimiter), []).append(found)
    double = _find_double([file for file in placed])
    for files in groups.values():
        pattern = _skeleton(files[0].file.name)
        members = {found.file.name for found in files}
        is_safe = {name for name in names if _fits(name, pattern)} == members
        if len(files) > 1 and is_safe:
            yield SuggestedEntry(pattern, tuple(files), bool(members & double))
        else:
            for found in files:
                name = found.file.name
                yield SuggestedEntry(glob.escape(name), (found,), name in double)


def _skeleton(name: str) -> str:
    """Put ???? for the years in a file name."""
    folder, slash, base = name.rpartition("/")
    years = "|".join(str(year) for year in find_years(base)) or "$^"
    parts = re.split(rf"(?<!\d)(?:{years})(?!\d)", base)
    return glob.escape(folder) + slash + "????".join(glob.escape(part) for part in parts)


def _fits(name: str, pattern: str) -> bool:
    # Path.match takes the pattern from the right; both have all their folders here.
    return name.count("/") == pattern.count("/") and Path(name).match(pattern)


def _find_double(placed: Sequence[PlacedFile]) -> set[str]:
    """Find the files of hospital stays where department stays are there too."""
    families = {p.file.name: p.family for p in placed if p.family}
    known = {name: family for name, family in families.items() if family != UNKNOWN}
    if not tell_same_rows(known):
        return set()
    return {name for name, family in known.items() if family == "npr_sho"}


def _describe_entry(entry: SuggestedEntry) -> list[str]:
    first = entry.files[0]
    lines = [f"{_TODO}{_one_line(todo)}" for todo in first.todos]
    if len(entry.files) > 1:
        lines.append(f"# {len(entry.files)} files")
    if entry.is_commented_out:
        lines.append(
            f"{_TODO}these are the same contacts as in the department stays (AVD); use one of the"
            " two. Department stays keep what each department wrote, hospital stays put the"
            " departments of a stay together."
        )
    body = [
        "[[file]]",
        f"table = {_quoted(first.table)}",
        f"path = {_quoted(entry.path)}",
        *_describe_family(first),
        *_describe_reading(entry),
    ]
    return lines + [f"# {line}" if entry.is_commented_out else line for line in body]


def _describe_family(found: PlacedFile) -> Iterator[str]:
    if found.family is not None:
        yield f"family = {_quoted(found.family)}"
    if found.needs_sector and found.family != UNKNOWN:
        yield f"{_TODO}which sector is it: SOM, PHV, TSB or ARR?"
        yield f"sector = {_quoted(UNKNOWN)}"
    family = read_families().get(found.family or "")
    if family is None:
        return
    for column, value in family.values.items():
        yield f"# {column} is {value} unless a column says it"
    if family.kept is not None:
        yield f"# rows count where {family.kept.columns[0]} is {', '.join(family.kept.values)}"
    if family.needs_codes is not None and not found.needs_sector:
        yield (
            f"{_TODO}the digits of sektor mean different things in different deliveries (2 and 3"
            " were VOP and TSB, later 2 and 1); say what they mean in this one"
        )
        yield (
            f"codes = {{ {family.needs_codes} = {{ 1 = {_quoted(UNKNOWN)}, 2 = {_quoted(UNKNOWN)}"
            " } }"
        )


def _describe_reading(entry: SuggestedEntry) -> Iterator[str]:
    first = entry.files[0].file
    if first.delimiter is not None:
        yield f"delimiter = {_quoted(first.delimiter)}"
    seen = {found.file.encoding for found in entry.files} - {None}
    # Where letters differ from file to file, or none was seen, each file is looked at anew.
    if len(seen) == 1 and not seen & {"utf-8"}:
        yield f"encoding = {_quoted(str(seen.pop()))}"


# The delivery


def _describe_delivery(placed: Sequence[PlacedFile]) -> Iterator[str]:
    yield "[delivery]"
    yield f"{_TODO}a short name of the delivery, letters, digits, dot and dash"
    yield f"id = {_quoted(UNKNOWN)}"
    yield f"{_TODO}synthetic or approved"
    yield f"kind = {_quoted(UNKNOWN)}"
    yield from _describe_dates(_years_of(placed, "npr_contact"))
    yield from _guess("nav_key", _guess_nav_key(placed))
    yield from _guess("benefit_resolution", _guess_resolution(placed))
    yield from _guess("sick_pay_counts_employer_period", _guess_employer_period(placed))
    contact_years, benefit_years = (
        _years_of(placed, table) for table in ("npr_contact", "nav_benefit")
    )
    if benefit_years and _ends(benefit_years) != _ends(contact_years):
        yield ""
        yield "[coverage.nav_benefit]"
        yield from _describe_dates(benefit_years)


def _describe_dates(years: set[int]) -> Iterator[str]:
    if years:
        first, last = min(years), max(years)
        yield f"{_TODO}the days that the register covers; the names of files say {first} to {last}"
        yield f"first_date = {first}-01-01"
        yield f"last_date = {last}-12-31"
    else:
        yield f"{_TODO}the first and last day that the registers cover, such as 2008-01-01"
        yield f"first_date = {_quoted(UNKNOWN)}"
        yield f"last_date = {_quoted(UNKNOWN)}"


def _years_of(placed: Sequence[PlacedFile], table: str) -> set[int]:
    return {
        year
        for found in placed
        if found.table == table
        for year in find_years(Path(found.file.name).name)
    }


def _ends(years: set[int]) -> tuple[int, int] | None:
    return (min(years), max(years)) if years else None


def _guess(field: str, guess: tuple[str, str]) -> Iterator[str]:
    value, evidence = guess
    yield f"{_TODO}{evidence}"
    yield f"{field} = {value}"


def _guess_nav_key(placed: Sequence[PlacedFile]) -> tuple[str, str]:
    found = {p.has_nav_key for p in placed if p.table in _NAV_TABLES}
    if found == {True}:
        return '"nav_id"', "nav_id or ssb_id; the files of NAV and the link have a key of NAV's own"
    if found == {False}:
        return '"ssb_id"', "nav_id or ssb_id; neither the files of NAV nor the link have NAV's key"
    told = (
        "some files of NAV and the link have NAV's key, others not" if found else "no file of NAV"
    )
    return _quoted(UNKNOWN), f"nav_id or ssb_id: the key of the files of NAV; {told}"


def _guess_resolution(placed: Sequence[PlacedFile]) -> tuple[str, str]:
    found = {p.is_by_month for p in placed if p.table == "nav_benefit"}
    if found == {True}:
        return '"month"', "day or month; files of FD-Trygd have months (yyyymm)"
    if found == {False}:
        return '"day"', "day or month; no file of FD-Trygd, so days are likely: look at the dates"
    told = "files of FD-Trygd have months, the others days" if found else "no benefit file"
    return _quoted(UNKNOWN), f"day or month; {told}"


def _guess_employer_period(placed: Sequence[PlacedFile]) -> tuple[str, str]:
    families = {p.family for p in placed if p.table == "nav_benefit"}
    told = "true when sick leave is certified absence with the 16 employer days, false when it is"
    if "fd_sp" in families and "nav_sick_leave" not in families:
        return "false", f"{told} sykepenger without them; f_sp is sykepenger"
    if "nav_sick_leave" in families and "fd_sp" not in families:
        return "true", f"{told} sykepenger without them; files of certified absence are here"
    return _quoted(UNKNOWN), f"{told} sykepenger without them; ask NAV"


# The rest


def _describe_rest(placed: Sequence[PlacedFile], unplaced: Sequence[UnplacedFile]) -> Iterator[str]:
    delivered = {found.table for found in placed}
    lacking = [table for name, table in CANONICAL_TABLES.items() if name not in delivered]
    if lacking:
        yield ""
        yield "# No file was found for these tables:"
    for table in lacking:
        mark = f"{_TODO}needed for a run: " if table.is_required else "# "
        yield f"{mark}{table.name}; without it {table.lost_without}"
    if unplaced:
        yield ""
        yield "# Files that are not placed:"
    for file in unplaced:
        yield f"# {_one_line(file.name)}: {_one_line(file.reason)}"


def _quoted(text: str) -> str:
    # A JSON text is a TOML text.
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)
