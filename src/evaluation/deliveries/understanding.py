"""From the column names of a file to what each column is, by entry, family and aliases."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from evaluation.deliveries.families import Family, find_family, find_first
from evaluation.deliveries.spec import FileEntry
from evaluation.deliveries.tables import CANONICAL_TABLES, CanonicalTable, match_columns

# Four digits, or no letter.
_VALUE = re.compile(r"\d{4}|^[^A-Za-zÆØÅæøå]*$")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the columns of one file are; the parts are those of PlannedFile.

    Attributes:
        family: The family that applied.
        mapping: Canonical column -> delivered columns.
        values: Canonical column -> constant.
        codes: Canonical column -> delivered value -> canonical value.
        kept: Delivered column and its values that count.
        substitutes: Canonical column -> text, and the delivered column to read instead.
        year_columns: Year -> delivered column, of a wide file.
        missing: Required columns that nothing gives, in the delivery's own words.
        problems: What is wrong, `missing` included; without the file's name.
    """

    family: Family | None
    mapping: dict[str, tuple[str, ...]]
    values: dict[str, str]
    codes: dict[str, dict[str, str]]
    kept: tuple[str, tuple[str, ...]] | None
    substitutes: dict[str, tuple[str, str]]
    year_columns: dict[int, str]
    missing: tuple[str, ...]
    problems: tuple[str, ...]


def understand(
    entry: FileEntry, file_name: str, columns: list[str], nav_key: str | None
) -> Understanding:
    """Find what each column of a file is.

    Args:
        entry: What delivery.toml says of it.
        file_name: Without folders.
        columns: Names as delivered.
        nav_key: The key column of NAV files; none when it is not known yet and either will do.
    """
    table = CANONICAL_TABLES[entry.table]
    family = find_family(entry.table, file_name, entry.family)
    found = match_columns(table, columns, entry.columns, family)
    mapping = {canonical: tuple(names) for canonical, names in found.items()}
    if nav_key == "ssb_id" and "nav_id" in table.columns:
        # NAV files then carry SSB's key, and so the link needs no column for NAV.
        mapping["nav_id"] = mapping.get("ssb_id", ())
    elif nav_key is None and "nav_id" in table.columns and "nav_id" not in mapping:
        mapping["nav_id"] = mapping.get("ssb_id", ())
    years = {} if family is None else family.find_year_columns(columns)
    if years:
        mapping = {c: n for c, n in mapping.items() if c not in ("year", table.wide_column)}
    mapping = {c: n for c, n in mapping.items() if n and c not in entry.constants}
    values = {c: v for c, v in _constants_of(family).items() if c not in mapping}
    values.update(entry.constants)
    missing = _find_missing(table, {*mapping, *values}, bool(years), nav_key)
    kept, kept_problem = _find_kept(family, columns)
    known = {name.lower() for names in mapping.values() for name in names}
    known |= {name.lower() for name in years.values()}
    shown = _show(columns, known)
    problems = [
        *(_tell_absent(entry, columns, shown)),
        *(_tell_twice(columns, known)),
        *(_tell_missing(table, missing, shown)),
        *(_tell_clashes(table, mapping)),
        *(_tell_codes(entry, family, mapping)),
        *([kept_problem] if kept_problem else []),
    ]
    if not mapping and not years:
        # The first line may then be a row, and its values must not be shown.
        problems = [
            f"no name in its first line is known for {table.name}. The first line must hold the"
            " column names; check the delimiter too, or give the names under columns in"
            " delivery.toml."
        ]
    return Understanding(
        family=family,
        mapping={c: n for c, n in mapping.items() if c in table.columns},
        values=values,
        codes=_find_codes(entry, family, mapping),
        kept=kept,
        substitutes=_find_substitutes(family, columns, mapping),
        year_columns=years,
        missing=missing,
        problems=tuple(problems),
    )


def _constants_of(family: Family | None) -> dict[str, str]:
    return {} if family is None else family.values


def _find_missing(
    table: CanonicalTable, given: set[str], is_wide: bool, nav_key: str | None
) -> tuple[str, ...]:
    if is_wide and table.wide_column is not None:
        given = {*given, "year", table.wide_column}
    own_names = {"nav_id": nav_key or "nav_id"}
    return tuple(own_names.get(c, c) for c in table.required if c not in given)


def _find_kept(
    family: Family | None, columns: list[str]
) -> tuple[tuple[str, tuple[str, ...]] | None, str | None]:
    if family is None or family.kept is None:
        return None, None
    found = find_first(family.kept.columns, columns)
    if found:
        return (found[0], family.kept.values), None
    return None, (
        f"column {family.kept.columns[0]}, which tells the rows of family {family.name} that count"
        f" ({', '.join(family.kept.values)}), is missing. Ask for it; if every row counts, say"
        ' family = "none" and name what the file holds under columns and values.'
    )


def _find_codes(
    entry: FileEntry, family: Family | None, mapping: dict[str, tuple[str, ...]]
) -> dict[str, dict[str, str]]:
    known = {} if family is None else family.codes
    columns = [column for column in {**known, **entry.codes} if column in mapping]
    return {c: {**known.get(c, {}), **entry.codes.get(c, {})} for c in columns}


def _find_substitutes(
    family: Family | None, columns: list[str], mapping: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, str]]:
    found = {}
    for canonical, substitute in ({} if family is None else family.substitutes).items():
        other = find_first(substitute.columns, columns)
        if canonical in mapping and other and other[0] not in mapping[canonical]:
            found[canonical] = (substitute.text, other[0])
    return found


def _show(columns: list[str], known: set[str]) -> str:
    """List names; where others than the known ones look like values, the line may hold a row."""
    others = [column for column in columns if column.lower() not in known]
    if not any(_VALUE.search(column) for column in others):
        return ", ".join(columns)
    names = [column for column in columns if column.lower() in known]
    withheld = f"{len(others)} not shown because they look like values of a row"
    return ", ".join([*names, withheld])


def _tell_absent(entry: FileEntry, columns: list[str], shown: str) -> Iterator[str]:
    delivered = {column.lower() for column in columns}
    absent = [column for column in entry.columns if column.lower() not in delivered]
    if absent:
        yield (
            f"columns in delivery.toml names {', '.join(absent)}, which the file does not have."
            f" Columns found: {shown}."
        )


def _tell_twice(columns: list[str], known: set[str]) -> Iterator[str]:
    counts = Counter(column.lower() for column in columns)
    twice = sorted(column for column, count in counts.items() if count > 1)
    if twice:
        yield f"column names occur twice: {_show(twice, known)}."


def _tell_missing(table: CanonicalTable, missing: tuple[str, ...], shown: str) -> Iterator[str]:
    for column in missing:
        yield (
            f"required column {column} of {table.name} is missing. Columns found:"
            f" {shown}. If it has another name, say so in delivery.toml, such as"
            f' columns = {{ name_in_file = "{column}" }}.'
        )


def _tell_clashes(table: CanonicalTable, mapping: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for column, names in mapping.items():
        if len(names) > 1 and column not in table.joined:
            yield (
                f"columns {', '.join(names)} would all be {column}; say which one under columns in"
                " delivery.toml."
            )


def _tell_codes(
    entry: FileEntry, family: Family | None, mapping: dict[str, tuple[str, ...]]
) -> Iterator[str]:
    unused = [column for column in entry.codes if column not in mapping]
    if unused:
        yield (
            f"codes in delivery.toml names {', '.join(unused)}, which no column of the file gives;"
            " name the column under columns."
        )
    needed = None if family is None else family.needs_codes
    said = {*entry.codes, *entry.constants, *entry.columns.values()}
    if family is not None and needed is not None and needed in mapping and needed not in said:
        yield (
            f"the codes of {mapping[needed][0]} mean different things in different deliveries of"
            f" family {family.name}; say what they mean here under codes in delivery.toml, such as"
            f' codes = {{ {needed} = {{ 1 = "TSB", 2 = "PHV" }} }}.'
        )
