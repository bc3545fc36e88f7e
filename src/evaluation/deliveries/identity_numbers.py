"""Refuse a delivery that holds national identity numbers, before anything is written.

`identity_digits.py` says what counts as one. Twelve random eleven-digit numbers in ten thousand
pass by chance, so a pseudonym should not have eleven digits; a column that looks like that is
refused too, for nobody can tell, and the message says what it may be.
"""

import csv
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.deliveries.file_bytes import open_unpacked
from evaluation.deliveries.identity_digits import judge_cell
from evaluation.deliveries.identity_sql import (
    Counts,
    NumberedSource,
    count_in_numbers,
    count_in_texts,
    find_candidates,
)
from evaluation.deliveries.inventory import PlannedFile
from evaluation.deliveries.sources import source_params, unreadable
from evaluation.deliveries.statistics_files import STATISTICS_KINDS, read_text_chunks
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import Connection, QueryError

# Of so many random numbers about one passes; four times the chance is no longer chance.
_FEWEST_FOR_CHANCE = 1_000
_MOST_BY_CHANCE = 0.005
_CSV_FIELD_LIMIT = 1 << 30
_SURE = (
    "holds a national identity number. Such numbers must never be delivered: delete this copy,"
    " tell the data controller, and ask for a delivery with pseudonyms."
)


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
            problems += [f"{file.name}: {told}" for told in find_identity_numbers(connection, file)]
        except QueryError as error:
            raise unreadable(file, error) from None
    if problems:
        raise DeliveryError(problems)


def find_identity_numbers(connection: Connection, file: PlannedFile) -> Iterator[str]:
    """Tell each column and first row that holds such a number, and the first line that is no row.

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


def _tell(place: str, counts: Counts) -> str:
    is_chance = (
        not counts.is_cut
        and counts.total >= _FEWEST_FOR_CHANCE
        and counts.passed <= _MOST_BY_CHANCE * counts.total
    )
    if not is_chance:
        return f"{place} {_SURE}"
    return (
        f"{place} is the first of {counts.passed:,} among {counts.total:,} eleven-digit values"
        " with the date and both control digits of a national identity number. Chance gives about"
        " 0.12 %, so these may be pseudonyms, but nobody can tell them from such numbers. Ask for"
        " pseudonyms that are not eleven digits, or have a letter put in front of them by the one"
        " who delivers; if they are no pseudonyms, delete this copy and tell the data controller."
    )


def _find_in_csv(file: PlannedFile) -> Iterator[str]:
    found, odd_row = _count_in_csv(file, csv.QUOTE_MINIMAL)
    if not found:
        # A quote that is never closed would swallow the rest; such lines are read plainly too.
        found, plain_row = _count_in_csv(file, csv.QUOTE_NONE)
        odd_row = plain_row if found or odd_row is None else odd_row
    names = dict(enumerate(file.delivered_columns))
    for place, counts in sorted(found.items()):
        # The first line may itself be a row, and its values must not be shown.
        column = f"column {names.get(place, f'no. {place + 1}')}, row {counts.row}"
        yield _tell(column if counts.row else f"the first line, column no. {place + 1},", counts)
    if odd_row is not None:
        yield f"row {odd_row}, which has too few or too many columns, {_SURE}"


def _count_in_csv(
    file: PlannedFile, quoting: Literal[0, 3]
) -> tuple[dict[int, Counts], int | None]:
    width = len(file.delivered_columns)
    rows: dict[int, int] = {}
    passed = dict.fromkeys(range(width), 0)
    total = dict.fromkeys(range(width), 0)
    odd_row = None
    csv.field_size_limit(_CSV_FIELD_LIMIT)
    encoding = "utf-8-sig" if file.encoding == "utf-8" else file.encoding
    with open_unpacked(file.path) as stream:
        text = TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        cells = csv.reader(text, delimiter=file.delimiter, quoting=quoting)
        for row, record in enumerate(record for record in cells if record):
            judged = [(place, judge_cell(cell.strip('"'))) for place, cell in enumerate(record)]
            held = [place for place, is_held in judged if is_held]
            if row > 0 and len(record) != width:
                odd_row = row if held and odd_row is None else odd_row
                continue
            for place, is_held in judged:
                if is_held is not None:
                    total[place] += 1
            for place in held:
                rows.setdefault(place, row)
                passed[place] += 1
    return {p: Counts(row, passed[p], total[p]) for p, row in rows.items()}, odd_row


def _find_in_chunks(connection: Connection, file: PlannedFile) -> Iterator[str]:
    found: dict[str, Counts] = {}
    rows_before = 0
    for chunk in read_text_chunks(file.path, file.kind):
        connection.register("scanned_chunk", chunk)
        source = NumberedSource("scanned_chunk", f"row_number() over () + {rows_before}", {})
        for column in find_candidates(connection, source, chunk.column_names, []):
            counts = count_in_texts(connection, source, column)
            found[column] = found.get(column, Counts(None, 0, 0)) + counts
        connection.unregister("scanned_chunk")
        rows_before += chunk.num_rows
    yield from _tell_columns(found)


def _find_in_parquet(connection: Connection, file: PlannedFile) -> Iterator[str]:
    schema = pq.read_schema(file.path)
    numbers = [field.name for field in schema if _is_number(field.type)]
    texts = [f.name for f in schema if f.name not in numbers and _may_hold_digits(f.type)]
    source = NumberedSource(
        "read_parquet($path, file_row_number = true)", "file_row_number + 1", source_params(file)
    )
    candidates = find_candidates(connection, source, texts, numbers)
    found = {
        column: (count_in_numbers if column in numbers else count_in_texts)(
            connection, source, column
        )
        for column in candidates
    }
    yield from _tell_columns(found)


def _tell_columns(found: dict[str, Counts]) -> Iterator[str]:
    for column, counts in found.items():
        if counts.row is not None:
            yield _tell(f"column {column}, row {counts.row}", counts)


def _is_number(kind: pa.DataType) -> bool:
    is_kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(is_kind(kind) for is_kind in is_kinds)


def _may_hold_digits(kind: pa.DataType) -> bool:
    return not any(is_kind(kind) for is_kind in (pa.types.is_temporal, pa.types.is_boolean))
