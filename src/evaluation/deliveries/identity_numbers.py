"""Refuse a delivery that holds national identity numbers, before anything is written.

A number counts as one when it has eleven digits, a valid day and month (day + 40 in a
D-number, month + 40 in an H-number) and both control digits right. Twelve random eleven-digit
numbers in ten thousand pass by chance, so a pseudonym should not have eleven digits.

Source: the national population register's rules for fødselsnummer, D- and H-numbers.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.deliveries.file_bytes import are_identity_numbers, open_unpacked
from evaluation.deliveries.inventory import PlannedFile
from evaluation.deliveries.sources import source_params, source_sql, text_sql, unreadable
from evaluation.deliveries.statistics_files import STATISTICS_KINDS, read_text_chunks
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import Connection, QueryError

# More than chance, and far less than a column of numbers with days 01 to 09.
_CHANCE = 0.05
_WEIGHTS_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_WEIGHTS_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# 'ddmmyy nnnnn', 'ddmmyy-nnnnn', and '.0' where a program took the number for a measurement.
_SHAPE = "[0-9]{6}[ -]?[0-9]{5}|[0-9 ]{11,15}"
_CELL = re.compile(rf"\s*({_SHAPE})([.,]0+)?\s*")
_LONGEST_CELL = 64
_CSV_FIELD_LIMIT = 1 << 30


def refuse_identity_numbers(connection: Connection, files: Sequence[PlannedFile]) -> None:
    """Scan every column of every file, and the lines that are no rows.

    Args:
        connection: Any database; nothing is written to it.
        files: The delivery.

    Raises:
        DeliveryError: Names file, column and first row of each column that holds such a number.
    """
    problems: list[str] = []
    for file in files:
        try:
            problems += [
                f"{file.name}: {place} holds a national identity number. Such numbers must never"
                " be delivered: delete this copy, tell the data controller, and ask for a"
                " delivery with pseudonyms."
                for place in find_identity_numbers(connection, file)
            ]
        except QueryError as error:
            raise unreadable(file, error) from None
    if problems:
        raise DeliveryError(problems)


def find_identity_numbers(connection: Connection, file: PlannedFile) -> Iterator[str]:
    """Yield each column and first row that holds such a number, and the first line that is no row.

    Args:
        connection: Any database; nothing is written to it.
        file: What to scan.
    """
    if file.kind == "parquet":
        yield from _find_in_parquet(connection, file)
    elif file.kind in STATISTICS_KINDS:
        yield from _find_in_chunks(connection, file)
    elif file.may_hold_identity_numbers:
        # The bytes told that there may be one; only then are the cells worth reading one by one.
        yield from _find_in_csv(file)


def is_identity_number(cell: str) -> bool:
    """Say whether a cell holds a national identity number.

    Args:
        cell: Its text.
    """
    found = _CELL.fullmatch(cell) if 11 <= len(cell) <= _LONGEST_CELL else None
    if found is None:
        return False
    digits = re.sub("[ -]", "", found[1])
    return len(digits) == 11 and bool(are_identity_numbers(digits.encode())[0])


def _find_in_csv(file: PlannedFile) -> Iterator[str]:
    first_rows: dict[int, int] = {}
    width = len(file.delivered_columns)
    odd_row = None
    csv.field_size_limit(_CSV_FIELD_LIMIT)
    encoding = "utf-8-sig" if file.encoding == "utf-8" else file.encoding
    with open_unpacked(file.path) as stream:
        text = TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        # A quote that is never closed would swallow the rest; such lines are read plainly too.
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            text.seek(0)
            cells = csv.reader(text, delimiter=file.delimiter, quoting=quoting)
            records = (record for record in cells if record)
            for row, record in enumerate(records):
                held = [i for i, cell in enumerate(record) if is_identity_number(cell.strip('"'))]
                if held and row > 0 and len(record) != width:
                    odd_row = row if odd_row is None else odd_row
                    continue
                for place in held:
                    first_rows.setdefault(place, row)
            if first_rows or odd_row is not None:
                break
    for place, row in sorted(first_rows.items()):
        name = file.delivered_columns[place] if place < width else f"no. {place + 1}"
        # The first line may itself be a row, and its values must not be shown.
        yield f"column {name}, row {row}" if row else f"the first line, column no. {place + 1},"
    if odd_row is not None:
        yield f"row {odd_row}, which has too few or too many columns,"


def _find_in_chunks(connection: Connection, file: PlannedFile) -> Iterator[str]:
    first_rows: dict[str, int] = {}
    rows_before = 0
    for chunk in read_text_chunks(file.path, file.kind):
        connection.register("scanned_chunk", chunk)
        for column in chunk.column_names:
            if column not in first_rows:
                test = build_identity_number_test(text_sql(column))
                found = connection.execute(
                    "select min(place) from (select row_number() over () as place,"
                    f" {test} as is_held from scanned_chunk) where is_held"
                ).fetchall()[0][0]
                if found is not None:
                    first_rows[column] = rows_before + int(found)
        connection.unregister("scanned_chunk")
        rows_before += chunk.num_rows
    for column, row in first_rows.items():
        yield f"column {column}, row {row}"


def _find_in_parquet(connection: Connection, file: PlannedFile) -> Iterator[str]:
    numbers = _number_columns(file)
    texts = [column for column in file.delivered_columns if column not in numbers]
    # Few columns hold eleven digits at all; only those are worth the control digits.
    shapes = [build_shape_test(text_sql(column)) for column in texts]
    shapes += [f"{_quoted(column)} between 1000000000 and 99999999999" for column in numbers]
    tests = ", ".join(f"coalesce(bool_or({shape}), false)" for shape in shapes)
    held = _one_row(connection, file, f"select {tests} from {source_sql(file)}")
    for column, is_held in zip([*texts, *numbers], held, strict=True):
        if is_held:
            find = _first_number if column in numbers else _first_text
            row = find(connection, file, column)
            if row is not None:
                yield f"column {column}, row {row}"


def build_shape_test(value: str) -> str:
    """Return a cheap SQL expression that is true for every text that could be such a number.

    Args:
        value: SQL expression of type varchar.
    """
    digits = f"regexp_full_match({_squeezed(value)}, '[0-9]{{11}}')"
    return f"length({value}) between 11 and 15 and {digits}"


def _squeezed(value: str) -> str:
    return f"translate(regexp_replace(trim({value}), '[.,]0+$', ''), ' -', '')"


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


def _number_columns(file: PlannedFile) -> list[str]:
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
        f"select min(place) from (select file_row_number + 1 as place, {test} as is_held"
        f" from {_numbered_source()}) where is_held",
    )
    return None if found[0] is None else int(found[0])


def _numbered_source() -> str:
    return "read_parquet($path, file_row_number = true)"


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
        f" (select file_row_number + 1 as place, {digits} as digits from {_numbered_source()})"
        " where length(digits) between 10 and 11)",
    )
    is_chance = passed <= _CHANCE * total
    rows = [int(row) for row in (whole, None if is_chance else cut) if row is not None]
    return min(rows, default=None)


def _one_row(connection: Connection, file: PlannedFile, sql: str) -> tuple[Any, ...]:
    return connection.execute(sql, source_params(file)).fetchall()[0]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
