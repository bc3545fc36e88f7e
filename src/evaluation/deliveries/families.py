"""Families: files of one kind and maker, with the names and codes that are theirs alone.

They are data, in families_*.toml beside this module. A section is one family:

- `table`: the canonical table; `files`, `not_files`: patterns of its file names. A name is
  compared in lower case without its ending, every sign that is no letter or digit being `_`, with
  `_` before and after; {dddd} is four digits, and so on;
- `columns`: canonical column -> names seen, the first one that is delivered counts (a column
  of several joined ones takes all);
- `values`: constants for canonical columns that no column of the file gives;
- `codes`: canonical column -> delivered value -> canonical value; `needs_codes`: the column
  whose codes differ between deliveries, so that a person must give them;
- `kept`: the rows that count, by the values of one column;
- `substitutes`: a text (empty: nothing) in a canonical column sends the reader to another column;
- `year_columns`: a wide file, one column a year;
- `marks`: columns that hardly another family has; `doubt`: what a person should look into;
- `same_rows_as`: a family that holds the same contacts; `source`: where it has been seen.

[[not_read]] names files that are known and hold nothing for any table.
"""

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
NO_FAMILY = "none"
"""What an entry says when its file belongs to no family, whatever its name."""


@dataclass(frozen=True, slots=True)
class Substitute:
    """A text that stands for "see another column".

    Attributes:
        text: The text; empty for an empty cell.
        columns: Names of the other column, the first one delivered counts.
    """

    text: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that are content of the table.

    Attributes:
        columns: Names of the column that tells, the first one delivered counts.
        values: Its values that count.
    """

    columns: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One family; the module says what each part means."""

    name: str
    table: str
    files: tuple[str, ...]
    source: str
    not_files: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    values: dict[str, str]
    codes: dict[str, dict[str, str]]
    needs_codes: str | None
    kept: Kept | None
    substitutes: dict[str, Substitute]
    year_columns: str | None
    marks: tuple[str, ...]
    doubt: str | None
    same_rows_as: str | None

    def fits_name(self, file_name: str) -> bool:
        """Say whether a file bears a name of this family."""
        name = _comparable(file_name)
        return _fits(name, self.files) and not _fits(name, self.not_files)

    def find_year_columns(self, delivered: list[str]) -> dict[int, str]:
        """Find the columns of a wide file: year -> delivered name."""
        if self.year_columns is None:
            return {}
        before, after = (re.escape(part) for part in self.year_columns.split("{yyyy}"))
        form = re.compile(f"{before}([12][0-9]{{3}}){after}", re.IGNORECASE)
        matches = [(form.fullmatch(name), name) for name in delivered]
        return {int(match[1]): name for match, name in matches if match}


@cache
def read_families() -> dict[str, Family]:
    """Read every family by its name."""
    return {
        name: _build(name, section)
        for content in _contents()
        for name, section in content.items()
        if isinstance(section, dict)
    }


@cache
def _contents() -> tuple[dict[str, Any], ...]:
    return tuple(
        tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(_FOLDER.glob("families_*.toml"))
    )


def _build(name: str, section: dict[str, Any]) -> Family:
    kept = section.get("kept")
    return Family(
        name=name,
        table=section["table"],
        files=tuple(section["files"]),
        source=section["source"],
        not_files=tuple(section.get("not_files", ())),
        columns={column: tuple(names) for column, names in section.get("columns", {}).items()},
        values=section.get("values", {}),
        codes=section.get("codes", {}),
        needs_codes=section.get("needs_codes"),
        kept=None if kept is None else Kept(tuple(kept["columns"]), tuple(kept["values"])),
        substitutes={
            column: Substitute(found["text"], tuple(found["columns"]))
            for column, found in section.get("substitutes", {}).items()
        },
        year_columns=section.get("year_columns"),
        marks=tuple(section.get("marks", ())),
        doubt=section.get("doubt"),
        same_rows_as=section.get("same_rows_as"),
    )


def find_family(table: str, file_name: str, said: str | None) -> Family | None:
    """Find the family of a file: the one said, or the only one of the table with such names.

    Args:
        table: Canonical table of the file.
        file_name: Its name, without folders.
        said: `family` of delivery.toml.
    """
    if said is not None:
        return None if said == NO_FAMILY else read_families()[said]
    fitting = [f for f in read_families().values() if f.table == table and f.fits_name(file_name)]
    return fitting[0] if len(fitting) == 1 else None


def find_reason_not_to_read(file_name: str) -> str | None:
    """Find why a file that is known is not for any table, or none when it is not known."""
    name = _comparable(file_name)
    for content in _contents():
        for known in content.get("not_read", []):
            if _fits(name, tuple(known["files"])):
                return str(known["reason"])
    return None


def find_years(file_name: str) -> set[int]:
    """Find the years in a file name: 1980 to 2049 with no digit beside them."""
    return {int(year) for year in re.findall(r"(?<!\d)(19[89]\d|20[0-4]\d)(?!\d)", file_name)}


def find_first(names: tuple[str, ...], delivered: list[str]) -> list[str]:
    """Find the delivered columns of the first name or pattern that any column fits.

    Args:
        names: Lower-case names or patterns, the best first.
        delivered: Column names as delivered.
    """
    for pattern in names:
        found = [name for name in delivered if fits_pattern(name.lower(), pattern)]
        if found:
            return found
    return []


def fits_pattern(name: str, pattern: str) -> bool:
    """Say whether a lower-case name fits; labels (`kjonn_dsf_190619_navn`) fit no pattern."""
    if name == pattern:
        return True
    return not name.endswith("_navn") and fnmatchcase(name, pattern)


def _comparable(file_name: str) -> str:
    stem = file_name.lower().removesuffix(".gz")
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    return "_" + re.sub(r"[^a-z0-9æøå]+", "_", stem).strip("_") + "_"


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _spelled(patterns))


@cache
def _spelled(patterns: tuple[str, ...]) -> tuple[str, ...]:
    def digits(found: re.Match[str]) -> str:
        return "[0-9]" * len(found[1])

    return tuple(re.sub(r"\{(d+)\}", digits, pattern) for pattern in patterns)
