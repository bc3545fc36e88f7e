"""What is given to the spell engine, read into one form or refused with all that is wrong.

Keys become text or integers, dates dates, all else text; `evaluation.spells` does the rest. No
message holds a value of a table.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from numbers import Integral
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evaluation.study import CALENDAR_FIRST_DATE, CALENDAR_LAST_DATE

Reader = Callable[[pa.ChunkedArray], pa.ChunkedArray]
_TEXT = pa.large_string()
_EPOCH = date(1970, 1, 1)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A frame of pandas that was filtered carries its row labels along.
_ROW_LABELS = re.compile(r"__index_level_[0-9]+__")
_DATES = "dates, timestamps at midnight without a time zone, or text such as 2010-01-31"
_CALENDAR = f"{CALENDAR_FIRST_DATE} to {CALENDAR_LAST_DATE} (sql/core/core_calendar.sql)"


class _RefusedError(Exception):
    """A column that cannot be read; the text tells the rest of the message."""


def read_table(
    what: str,
    given: Any,
    readers: Mapping[str, Reader],
    *,
    needed: Sequence[str],
    problems: list[str],
    has_others: bool = False,
) -> pa.Table:
    """Read a table; a column that is refused is left out, and told in `problems`.

    Args:
        what: Its name in messages.
        given: An Arrow table, or whatever gives one as a stream (pandas, Polars, DuckDB).
        readers: How to read each column that is allowed.
        needed: Columns that must be there.
        problems: What is wrong is added here.
        has_others: Whether other columns may be there; they are not read.
    """
    table = _read_frame(what, given, problems)
    if table is None:
        return pa.table({})
    names = table.column_names
    told = [f"column {name} is missing; add it." for name in needed if name not in names]
    told += [
        f"column {name} stands there {names.count(name)} times; keep one."
        for name in dict.fromkeys(names)
        if name in readers and names.count(name) > 1
    ]
    if not has_others:
        allowed = ", ".join(readers)
        told += [
            f"column {name} is not known; allowed: {allowed}. Rename or remove it."
            for name in names
            if name not in readers
        ]
    columns = {}
    for name, read in readers.items():
        if names.count(name) == 1:
            try:
                columns[name] = read(table[name])
            except _RefusedError as refused:
                told.append(f"column {name} {refused}")
    problems += [f"{what}: {text}" for text in told]
    return pa.table(columns)


def _read_frame(what: str, given: Any, problems: list[str]) -> pa.Table | None:
    try:
        if not (isinstance(given, pa.Table) or hasattr(given, "__arrow_c_stream__")):
            raise TypeError
        table = pa.table(given)
        labels = [name for name in table.column_names if _ROW_LABELS.fullmatch(name)]
        table = table.drop_columns(labels)
        return pa.table([_decode(column) for column in table.columns], names=table.column_names)
    except (pa.ArrowException, TypeError, ValueError) as error:
        # Its text is withheld: Arrow tells the value that it stumbles over.
        problems.append(
            f"{what}: {type(given).__name__} cannot be read as a table ({type(error).__name__});"
            " allowed: an Arrow table, or a frame of pandas or Polars with one type a column."
        )
        return None


def _decode(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give the values of a dictionary (a categorical), and one type to all kinds of text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        # Arrow cannot take from the string views that Polars has in its dictionaries.
        value = _TEXT if _is_text(kind.value_type) else kind.value_type
        chunks = [chunk.dictionary.cast(value).take(chunk.indices) for chunk in column.chunks]
        return pa.chunked_array(chunks, value)
    return column.cast(_TEXT) if _is_text(kind) else column


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _refuse_type(column: pa.ChunkedArray, allowed: str) -> _RefusedError:
    return _RefusedError(f"is of type {column.type}; allowed: {allowed}. Convert it.")


def read_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read a code: text or integers; blanks around it are no part of it, and '' is missing."""
    if pa.types.is_null(column.type) or pa.types.is_integer(column.type):
        return column.cast(_TEXT)
    if not _is_text(column.type):
        raise _refuse_type(column, "text or integers")
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, _TEXT), trimmed)


def read_key(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read a key: text as `read_text`, or integers, which stay such."""
    if pa.types.is_integer(column.type):
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            raise _RefusedError("holds integers above 2^63; give it as text.") from None
    # Without a value it has no kind either.
    return column if pa.types.is_null(column.type) else read_text(column)


def read_full_key(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read a key that every row must have."""
    return _refuse_empty(read_key(column))


def read_number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read a number as text, which the SQL judges row by row."""
    kind = column.type
    if pa.types.is_floating(kind):
        broken = pc.sum(pc.invert(pc.is_finite(column))).as_py()
        if broken:
            raise _RefusedError(
                f"holds NaN or infinity in {broken} rows; leave them empty or correct them."
            )
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(_TEXT)
    try:
        return read_text(column)
    except _RefusedError:
        raise _refuse_type(column, "numbers, or text such as 50 or 50,5") from None


def read_dates(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read dates; text must be ISO (yyyy-mm-dd)."""
    if _is_text(column.type):
        return _parse_dates(read_text(column))
    if pa.types.is_null(column.type) or pa.types.is_date32(column.type):
        return column.cast(pa.date32())
    if pa.types.is_date64(column.type):
        column = column.cast(pa.timestamp("ms"))
    if not pa.types.is_timestamp(column.type):
        raise _refuse_type(column, _DATES)
    if column.type.tz is not None:
        # Midnight in one zone is the day before in another.
        raise _RefusedError(
            f"has the time zone {column.type.tz}; allowed: {_DATES}. Make it dates of that zone."
        )
    days = column.cast(pa.date32(), safe=False)
    broken = pc.sum(pc.not_equal(days.cast(column.type), column)).as_py()
    if broken:
        raise _RefusedError(
            f"has another time of day than midnight in {broken} rows; allowed: {_DATES}."
            " Make it dates."
        )
    return days


def read_full_dates(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read dates that every row must have."""
    return _refuse_empty(read_dates(column))


def read_date_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read dates as ISO text; what text is no date, the SQL finds row by row."""
    return read_text(column) if _is_text(column.type) else read_dates(column).cast(_TEXT)


def _refuse_empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.null_count:
        raise _RefusedError(
            f"is empty in {column.null_count} rows; fill it in or remove these rows."
        )
    return column


def _parse_dates(column: pa.ChunkedArray) -> pa.ChunkedArray:
    # Each text once: there are far fewer days than rows.
    texts = pc.unique(column)
    days = pa.array([_parse_date(text) for text in texts.to_pylist()], pa.date32())
    read = pa.chunked_array([days.take(pc.index_in(column, texts).combine_chunks())])
    broken = read.null_count - column.null_count
    if broken:
        raise _RefusedError(f"is no date in {broken} rows; allowed: {_DATES}. Correct them.")
    return read


def _parse_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None and _ISO.fullmatch(text) else None
    except ValueError:
        return None


def check_same_keys(tables: Mapping[str, pa.Table]) -> list[str]:
    """Tell tables whose keys differ in kind: '01' and 1 must never meet.

    Args:
        tables: Name -> table; without a key, or with none but empty ones, it has no kind.
    """
    kinds = {}
    for what, table in tables.items():
        if "person_id" in table.column_names and len(table) > table["person_id"].null_count:
            kinds[what] = "text" if _is_text(table["person_id"].type) else "integers"
    if len(set(kinds.values())) < 2:
        return []
    told = ", ".join(f"{kind} in {what}" for what, kind in kinds.items())
    return [f"person_id is {told}; allowed: the same kind in all. Convert one of them."]


def take_kind_of_key(table: pa.Table, other: pa.Table) -> pa.Table:
    """Give a table without rows, whose key is of no kind, the key of another.

    Args:
        table: Any with a person_id; with rows it stays as it is.
        other: Too.
    """
    if len(table):
        return table
    place = table.schema.get_field_index("person_id")
    return table.set_column(place, "person_id", pa.nulls(0, other["person_id"].type))


def check_repeats(persons: pa.Table) -> list[str]:
    """Tell persons that stand in two rows.

    Args:
        persons: One row a person, if all is well.
    """
    if "person_id" not in persons.column_names:
        return []
    repeated = len(persons) - len(persons["person_id"].unique())
    if not repeated:
        return []
    return [f"persons: a person_id stands in two rows, {repeated} too many; keep one row a person."]


def check_register(first_date: Any, last_date: Any) -> list[str]:
    """Tell what is wrong with the days that a register covers.

    Args:
        first_date: First day.
        last_date: Last day.
    """
    given = {"first_date": first_date, "last_date": last_date}
    problems = [
        f"settings: {name} is {value!r}; allowed: a date without a time of day, such as"
        " date(2010, 1, 31)."
        for name, value in given.items()
        if not isinstance(value, date) or isinstance(value, datetime)
    ]
    if problems:
        return problems
    if last_date < first_date:
        problems.append(
            f"settings: last_date is {last_date}, before first_date, {first_date}; it must be that"
            " day or later."
        )
    # The day after the last is looked up too.
    last_allowed = CALENDAR_LAST_DATE - timedelta(days=1)
    problems += [
        f"settings: {name} is {day}; allowed: {CALENDAR_FIRST_DATE} to {last_allowed}, what"
        " sql/core/core_calendar.sql can count. Choose a day within."
        for name, day in given.items()
        if not CALENDAR_FIRST_DATE <= day <= last_allowed
    ]
    return problems


def check_windows(windows: Any, problems: list[str]) -> dict[str, tuple[int, int]]:
    """Return the windows that can be used; the others are told in `problems`.

    Args:
        windows: Name -> (first day, day after the last).
        problems: What is wrong is added here.
    """
    form = "a mapping of names to (first day, day after the last), such as {'after': (0, 365)}"
    if not isinstance(windows, Mapping):
        problems.append(f"windows: {type(windows).__name__} given; allowed: {form}.")
        return {}
    if not windows:
        problems.append("windows: give one at least.")
    read: dict[str, tuple[int, int]] = {}
    for name, days in windows.items():
        if not (
            isinstance(name, str)
            and isinstance(days, Sequence)
            and len(days) == 2
            and all(isinstance(day, Integral) and not isinstance(day, bool) for day in days)
        ):
            problems.append(f"windows: {name!r} is {days!r}; allowed: {form}, in whole days.")
        elif days[1] <= days[0]:
            problems.append(
                f"windows: {name} is ({days[0]}, {days[1]}); the second day must come after the"
                " first."
            )
        else:
            read[name] = (int(days[0]), int(days[1]))
    return read


def check_reach(windows: Mapping[str, tuple[int, int]], index_dates: pa.ChunkedArray) -> list[str]:
    """Tell windows that leave the calendar, without which day's work cannot be counted.

    Args:
        windows: As `check_windows` returns them.
        index_dates: Dates.
    """
    earliest, latest = ((day - _EPOCH).days for day in (CALENDAR_FIRST_DATE, CALENDAR_LAST_DATE))
    counts = pc.value_counts(index_dates.cast(pa.int32())).to_pylist()
    problems = []
    for name, (first, until) in windows.items():
        n_out = sum(
            each["counts"]
            for each in counts
            if each["values"] + first < earliest or each["values"] + until > latest
        )
        if n_out:
            problems.append(
                f"windows: {name}, ({first}, {until}), leaves {_CALENDAR} at {n_out} index dates;"
                " shorten it, or leave out these index dates."
            )
    return problems


def check_codes(name: str, codes: Any, allowed: Sequence[str]) -> list[str]:
    """Tell codes of benefits that are not in the code list.

    Args:
        name: Of the argument.
        codes: As given.
        allowed: The code list.
    """
    told = f"allowed: a list or tuple of {', '.join(allowed)}."
    if isinstance(codes, str | Mapping) or not isinstance(codes, Collection):
        return [f"{name}: {codes!r} is no list; {told}"]
    unknown = [code for code in codes if code not in allowed]
    return [f"{name}: {', '.join(map(repr, unknown))} not known; {told}"] if unknown else []
