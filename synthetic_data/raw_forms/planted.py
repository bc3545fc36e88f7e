"""Plant rows that the clean twin does not hold, and list where each of them stands.

A bad row is a copy of a good one with one thing spoiled, so that exactly one rule is broken.
The rules and their columns are those of the quarantine.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthetic_data.raw_forms.files import Line, RawFile
from synthetic_data.raw_forms.options import RawOptions
from synthetic_data.raw_forms.spelling import IMPOSSIBLE, Row, spell_date

_COPIES = 3
_UNLINKABLE = "4"
_KEYS = {
    "npr_contact": (),
    "nav_benefit": ("nav_id",),
    "person": ("ssb_id",),
    "education": ("ssb_id",),
    "residence": ("ssb_id",),
    "link": ("npr_id", "ssb_id"),
    "institution": ("institution_id",),
    "npr_person": ("npr_id",),
}
_DATED = ("npr_contact", "nav_benefit")
_REPEATED = ("npr_contact", "nav_benefit", "person")
# Values of the column that tells the rows which count, none of which counts.
_OTHER = {"ytelse": "XX", "spkode": "70", "attfkode_mnd": "30", "kode": "1", "pnsjkode": "30"}
_BEFORE_ALL = "2005-12-31"
_NO_MONTH, _ONLY_MONTH = "201213", "201203"


@dataclass(frozen=True, slots=True)
class _Spoiled:
    """One thing to spoil: the rule, its canonical column, and texts by place in the row."""

    rule: str
    column: str
    cells: dict[int, str | None]


def plant(file: RawFile, options: RawOptions, rng: np.random.Generator) -> None:
    """Put the planted rows into a file, each in a place drawn at random.

    Args:
        file: Its lines change.
        options: What is switched on.
        rng: Random numbers.
    """
    good = list(file.lines)
    planted = [
        *_bad_rows(file, good, options, rng),
        *_broken_lines(file, good, options, rng),
        *_extra_rows(file, good, options, rng),
    ]
    for line in planted:
        file.lines.insert(int(rng.integers(0, len(file.lines) + 1)), line)


def list_quarantined(files: list[RawFile]) -> pa.Table:
    """List the rows that must be in quarantine: file, row_number, rule and column.

    Args:
        files: All files; a row number counts from 1 after the header. A row of a wide file,
            which becomes a typed row a year, stands here once.
    """
    rows = [
        (file.path, number, line.rule, line.column)
        for file in files
        for number, line in enumerate(file.lines, start=1)
        if line.rule is not None
    ]
    schema = pa.schema(
        [
            ("file", pa.string()),
            ("row_number", pa.int64()),
            ("rule", pa.string()),
            ("column", pa.string()),
        ]
    )
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    return pa.table(columns, schema=schema)


def list_extra(files: list[RawFile]) -> pa.Table:
    """List good rows that the clean twin does not hold: file, row_number and why.

    Args:
        files: All files.
    """
    rows = [
        (file.path, number, line.extra)
        for file in files
        for number, line in enumerate(file.lines, start=1)
        if line.extra is not None
    ]
    schema = pa.schema([("file", pa.string()), ("row_number", pa.int64()), ("why", pa.string())])
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return pa.table(columns, schema=schema)


def _pick(lines: list[Line], rng: np.random.Generator) -> Line:
    return lines[int(rng.integers(0, len(lines)))]


def _bad_rows(
    file: RawFile, good: list[Line], options: RawOptions, rng: np.random.Generator
) -> Iterator[Line]:
    spoiled: list[_Spoiled] = []
    if options.unlinkable_rows:
        spoiled += _without_person(file)
    if options.bad_rows:
        spoiled += _without_key(file)
        spoiled += _wrong_dates(file, options)
        spoiled += _wrong_codes(file)
        spoiled += _wrong_numbers(file)
    for bad in spoiled:
        cells = list(_pick(good, rng).cells)
        for place, text in bad.cells.items():
            cells[place] = text
        yield Line(cells, rule=bad.rule, column=bad.column)


def _without_person(file: RawFile) -> Iterator[_Spoiled]:
    """Spoil the key of a contact, as where there was no national number to make it from."""
    key, status = file.find("npr_id"), file.find("npr_link_status_code")
    if file.table == "npr_contact" and key is not None and status is not None:
        yield _Spoiled("missing_key", "npr_id", {key: None, status: _UNLINKABLE})


def _without_key(file: RawFile) -> Iterator[_Spoiled]:
    for column in _KEYS[file.table]:
        place = file.find(column)
        if place is not None:
            yield _Spoiled("missing_key", column, {place: None})


def _wrong_dates(file: RawFile, options: RawOptions) -> Iterator[_Spoiled]:
    """Spoil dates; a kind of file that has dates cannot hold one that is none."""
    is_month = options.form == "month" and file.table == "nav_benefit"
    can_be_invalid = file.style.kind == "csv"
    start, end = file.find("start_date"), file.find("end_date")
    if is_month:
        invalid, before = _NO_MONTH, spell_date(_BEFORE_ALL[:7], "iso")
    else:
        invalid, before = IMPOSSIBLE[file.style.dates], spell_date(_BEFORE_ALL, file.style.dates)
        before = before if can_be_invalid else _BEFORE_ALL
    if file.table in _DATED and start is not None:
        yield _Spoiled("missing_date", "start_date", {start: None})
        if can_be_invalid:
            yield _Spoiled("invalid_date", "start_date", {start: invalid})
        if can_be_invalid and not is_month:
            yield _Spoiled("month_only", "start_date", {start: _ONLY_MONTH})
        if end is not None:
            yield _Spoiled("end_before_start", "end_date", {end: before})
        if end is not None and can_be_invalid:
            yield _Spoiled("invalid_date", "end_date", {end: invalid})
    death = file.find("death_date")
    if file.table == "person" and death is not None and can_be_invalid:
        invalid = _NO_MONTH if options.form == "month" else invalid
        yield _Spoiled("invalid_date", "death_date", {death: invalid})


def _wrong_codes(file: RawFile) -> Iterator[_Spoiled]:
    unknown = {
        "sector": "9",
        "benefit_code": "XX",
        "nus2000_code": "1234567",
        "municipality_code": "12345",
    }
    for column, text in unknown.items():
        place = file.find(column)
        if place is not None:
            yield _Spoiled("unknown_code", column, {place: text})
    kept = file.find("_kept")
    if kept is not None:
        other = _OTHER[file.columns[kept].name.lower()]
        yield _Spoiled("other_content", "benefit_code", {kept: other})


def _wrong_numbers(file: RawFile) -> Iterator[_Spoiled]:
    wrong = {
        "grade_percent": ("0", "101"),
        "position_percent": ("-10",),
        "birth_year": ("1700",),
        "year": ("3000",),
    }
    for column, texts in wrong.items():
        place = file.find(column)
        if place is not None and file.table != "npr_person":
            yield from (_Spoiled("invalid_number", column, {place: text}) for text in texts)


def _broken_lines(
    file: RawFile, good: list[Line], options: RawOptions, rng: np.random.Generator
) -> Iterator[Line]:
    if options.broken_lines and file.style.kind == "csv":
        yield Line(_pick(good, rng).cells[:-1], rule="missing_columns")
        yield Line([*_pick(good, rng).cells, "x"], rule="too_many_columns")


def _extra_rows(
    file: RawFile, good: list[Line], options: RawOptions, rng: np.random.Generator
) -> Iterator[Line]:
    if options.duplicates and file.table in _REPEATED:
        for _ in range(_COPIES):
            yield Line(list(_pick(good, rng).cells), extra="duplicate")
    if file.table != "nav_benefit":
        return
    is_month = options.form == "month"
    why = "history_line" if is_month else "overlap"
    if options.history_lines if is_month else options.overlaps:
        for _ in range(_COPIES):
            row = _pick(good, rng).row
            if row is not None:
                yield Line(file.spell(_beginning_of(row)), extra=why)


def _beginning_of(row: Row) -> Row:
    """Return a spell of the first day or month alone, which the whole one covers already."""
    return {**row, "end_date": row["start_date"]}
