"""Refuse a delivery that holds national identity numbers, before anything is written.

A number counts as one when it has eleven digits, a valid day and month (day + 40 in a
D-number, month + 40 in an H-number) and both control digits right. Nine random eleven-digit
numbers in ten thousand pass by chance, so a pseudonym should not have eleven digits.

Source: the national population register's rules for fødselsnummer, D- and H-numbers.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.deliveries.inventory import PlannedFile
from evaluation.deliveries.sources import (
    rejects_params,
    rejects_sql,
    source_params,
    source_sql,
    text_sql,
)
from evaluation.warehouse.connection import Connection

# More than chance, and far less than a column of numbers with days 01 to 09.
_CHANCE = 0.05
_WEIGHTS_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_WEIGHTS_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def build_shape_test(value: str) -> str:
    """Return a cheap SQL expression that is true for every text that could be such a number.

    Args:
        value: SQL expression of type varchar.
    """
    digits = f"regexp_full_match({_squeezed(value)}, '[0-9]{{11}}')"
    return f"length({value}) between 11 and 15 and {digits}"


def _squeezed(value: str) -> str:
    # 'ddmmyy nnnnn', and '.0' where a program took the number for a measurement.
    return f"replace(regexp_replace(trim({value}), '[.]0$', ''), ' ', '')"


def build_identity_number_test(value: str) -> str:
    """Return a SQL expression that is true when a text is a national identity number.

    Args:
        value: SQL expression of type varchar.
    """
    text = _squeezed(value)
    digits = [f"cast(substr({text}, {place}, 1) as integer)" for place in range(1, 12)]
    day, month = f"cast(substr({text}, 1, 2) as integer)", f"cast(substr({text}, 3, 2) as integer)"
    return (
        f"case when {build_shape_test(value)}"
        f" then ({day} between 1 and 31 or {day} between 41 and 71)"
        f" and ({month} between 1 and 12 or {month} between 41 and 52)"
        f" and ({_weighted(_WEIGHTS_FIRST, digits)}) % 11 = 0"
        f" and ({_weighted(_WEIGHTS_SECOND, digits)}) % 11 = 0"
        " else false end"
    )


def _weighted(weights: tuple[int, ...], digits: list[str]) -> str:
    return " + ".join(f"{weight} * {digit}" for weight, digit in zip(weights, digits, strict=False))


def find_identity_numbers(connection: Connection, file: PlannedFile) -> Iterator[str]:
    """Yield each column and first row that holds such a number, and the first line that is no row.

    Args:
        connection: Any database; nothing is written to it.
        file: What to scan.
    """
    numbers = _number_columns(file)
    texts = [column for column in file.delivered_columns if column not in numbers]
    # Few columns hold eleven digits at all; only those are worth the control digits.
    shapes = [build_shape_test(text_sql(column)) for column in texts]
    shapes += [f"{_quoted(column)} between 1000000000 and 99999999999" for column in numbers]
    tests = ", ".join(f"coalesce(bool_or({shape}), false)" for shape in shapes)
    held = _one_row(connection, file, f"select {tests} from {source_sql(file)}")
    rejected = [] if file.kind == "parquet" else _rejected_rows(connection, file)
    for column, is_held in zip([*texts, *numbers], held, strict=True):
        if is_held:
            find = _first_number if column in numbers else _first_text
            row = find(connection, file, column)
            if row is not None:
                yield f"column {column}, row {_place(row, rejected)}"
    for row, is_held in rejected:
        if is_held:
            yield f"row {row}, which has too few or too many columns,"
            break


def _number_columns(file: PlannedFile) -> list[str]:
    if file.kind != "parquet":
        return []
    return [
        field.name
        for field in pq.read_schema(file.path)
        if pa.types.is_integer(field.type)
        or pa.types.is_floating(field.type)
        or pa.types.is_decimal(field.type)
    ]


def _first_text(connection: Connection, file: PlannedFile, column: str) -> int | None:
    test = build_identity_number_test(text_sql(column))
    found = _one_row(
        connection,
        file,
        f"select min(place) from (select row_number() over () as place, {test} as is_held"
        f" from {source_sql(file)}) where is_held",
    )
    return None if found[0] is None else int(found[0])


def _first_number(connection: Connection, file: PlannedFile, column: str) -> int | None:
    """Look for numbers whose leading zero may be lost, as happens to days 01 to 09.

    Two in a thousand ten-digit pseudonyms pass as such by chance, so they count only where
    more than `_CHANCE` of a column's ten-digit numbers pass.
    """
    digits = f"cast(try_cast({_quoted(column)} as decimal(38, 0)) as varchar)"
    test = build_identity_number_test("lpad(digits, 11, '0')")
    whole, cut, passed, total = _one_row(
        connection,
        file,
        "select min(place) filter (is_held and length(digits) = 11),"
        " min(place) filter (is_held and length(digits) = 10),"
        " count(*) filter (is_held and length(digits) = 10),"
        " count(*) filter (length(digits) = 10)"
        f" from (select *, {test} as is_held from"
        f" (select file_row_number + 1 as place, {digits} as digits from {source_sql(file)})"
        " where length(digits) between 10 and 11)",
    )
    is_chance = passed <= _CHANCE * total
    rows = [int(row) for row in (whole, None if is_chance else cut) if row is not None]
    return min(rows, default=None)


def _rejected_rows(connection: Connection, file: PlannedFile) -> list[tuple[int, bool]]:
    """Return row number and whether it holds such a number, of each line that is no row."""
    params = rejects_params(connection, file)
    if not params:
        return []
    test = build_identity_number_test("trim(part, ' \"')")
    rows = connection.execute(
        "select row_number, bool_or(is_held) from ("
        f" select row_number, {test} as is_held from"
        f" (select row_number, unnest(string_split(raw, $delimiter)) as part"
        f" from ({rejects_sql()}))) group by all order by all",
        {**params, "delimiter": file.delimiter},
    ).fetchall()
    return [(int(row), bool(is_held)) for row, is_held in rows]


def _place(row: int, rejected: Sequence[tuple[int, bool]]) -> int:
    """Turn the n-th row read into its place in the file, where rejected lines stand between."""
    for other, _ in rejected:
        row += other <= row
    return row


def _one_row(connection: Connection, file: PlannedFile, sql: str) -> tuple[Any, ...]:
    # All of the result is fetched, because DuckDB notes rejected lines when a query ends.
    return connection.execute(sql, source_params(file)).fetchall()[0]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
