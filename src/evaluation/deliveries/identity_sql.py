"""Look for national identity numbers in the columns of a SQL source.

What is a whole cell is judged in SQL; only longer texts that hold eleven digits by their place
are taken out and looked at one by one.
"""

from dataclasses import dataclass

from evaluation.deliveries.identity_digits import (
    FIRST_WEIGHTS,
    SECOND_WEIGHTS,
    SQL_IN_TEXT,
    SQL_WHOLE,
    judge_cell,
)
from evaluation.deliveries.sources import text_sql
from evaluation.warehouse.connection import Connection

_BATCH_ROWS = 10_000
# More than chance, and far less than a column of numbers with days 01 to 09.
_CHANCE_OF_CUT = 0.05


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands in a column.

    Attributes:
        row: First row with a national identity number, counted from one, or none.
        passed: Cells with one.
        total: Cells with eleven digits that could be one by their place.
        is_cut: Shorter numbers pass too, as when the zero before is lost, and not by chance.
    """

    row: int | None
    passed: int
    total: int
    is_cut: bool = False

    def __add__(self, other: "Counts") -> "Counts":
        """Return both together."""
        rows = [row for row in (self.row, other.row) if row is not None]
        return Counts(
            min(rows, default=None),
            self.passed + other.passed,
            self.total + other.total,
            self.is_cut or other.is_cut,
        )


@dataclass(frozen=True, slots=True)
class NumberedSource:
    """A SQL source whose rows have places.

    Attributes:
        sql: The source.
        place: SQL expression of the place of a row, counted from one.
        params: Parameters of both.
    """

    sql: str
    place: str
    params: dict[str, str]


def find_candidates(
    connection: Connection, source: NumberedSource, texts: list[str], numbers: list[str]
) -> list[str]:
    """Find the columns that hold eleven digits at all, in one scan.

    Args:
        connection: Any database.
        source: Where.
        texts: Columns to look at as text, nested ones too.
        numbers: Columns of numbers.
    """
    shapes = [f"{_whole(text_sql(c))} or {_within(text_sql(c))}" for c in texts]
    shapes += [f"{_quoted(column)} between 1000000000 and 99999999999" for column in numbers]
    tests = ", ".join(f"coalesce(bool_or({shape}), false)" for shape in shapes)
    if not tests:
        return []
    found = connection.execute(f"select {tests} from {source.sql}", source.params).fetchall()[0]
    return [column for column, held in zip([*texts, *numbers], found, strict=True) if held]


def count_in_texts(connection: Connection, source: NumberedSource, column: str) -> Counts:
    """Count the numbers in a column, each the whole cell or within a longer text.

    Args:
        connection: Any database.
        source: Where.
        column: Read as text, whatever its type.
    """
    value = text_sql(column)
    placed = f"select {source.place} as place, {value} as value from {source.sql}"
    row, passed, total, longer = connection.execute(
        "select min(place) filter (is_held), count(*) filter (is_held),"
        " count(*) filter (is_whole), count(*) filter (is_longer)"
        f" from (select place, {_whole('value')} as is_whole,"
        f" {_within('value')} as is_longer,"
        f" {build_identity_number_test('value')} as is_held from ({placed}))",
        source.params,
    ).fetchall()[0]
    counts = Counts(row, passed, total)
    if not longer:
        return counts
    cells = connection.execute(
        f"select place, value from ({placed}) where {_within('value')}", source.params
    )
    while batch := cells.fetchmany(_BATCH_ROWS):
        judged = [(place, judge_cell(text)) for place, text in batch]
        held = [int(place) for place, is_held in judged if is_held]
        shaped = sum(is_held is not None for _, is_held in judged)
        counts += Counts(min(held, default=None), len(held), shaped)
    return counts


def count_in_numbers(connection: Connection, source: NumberedSource, column: str) -> Counts:
    """Count the numbers in a column of numbers, whose zero before may be lost (days 01 to 09).

    Two in a thousand ten-digit pseudonyms pass as such by chance, so they count only where
    more than `_CHANCE_OF_CUT` of a column's ten-digit numbers pass.

    Args:
        connection: Any database.
        source: Where.
        column: A column of numbers.
    """
    digits = f"cast(try_cast({_quoted(column)} as decimal(38, 0)) as varchar)"
    test = build_identity_number_test("lpad(digits, 11, '0')")
    found = connection.execute(
        "select length(digits), min(place) filter (is_held), count(*) filter (is_held), count(*)"
        f" from (select *, {test} as is_held from"
        f" (select {source.place} as place, {digits} as digits from {source.sql})"
        " where length(digits) between 10 and 11) group by 1",
        source.params,
    ).fetchall()
    counts = {length: Counts(row, passed, total) for length, row, passed, total in found}
    whole, cut = (counts.get(length, Counts(None, 0, 0)) for length in (11, 10))
    if cut.passed <= _CHANCE_OF_CUT * cut.total:
        return whole
    return whole + Counts(cut.row, cut.passed, cut.total, is_cut=True)


def build_identity_number_test(value: str) -> str:
    """Return a SQL expression that is true when a whole text is a national identity number.

    Args:
        value: SQL expression of type varchar.
    """
    text = _squeezed(value)
    digits = [f"cast(substr({text}, {place}, 1) as integer)" for place in range(1, 12)]
    day, month = f"cast(substr({text}, 1, 2) as integer)", f"cast(substr({text}, 3, 2) as integer)"
    return (
        f"case when {_whole(value)}"
        f" then ({day} between 1 and 31 or {day} between 41 and 71)"
        f" and ({month} between 1 and 12 or {month} between 41 and 52)"
        f" and ({_weighted(FIRST_WEIGHTS, digits)}) % 11 = 0"
        f" and ({_weighted(SECOND_WEIGHTS, digits)}) % 11 = 0"
        " else false end"
    )


def _whole(value: str) -> str:
    is_shaped = f"regexp_full_match({value}, '{SQL_WHOLE}')"
    return f"(length({value}) >= 11 and {is_shaped} and length({_squeezed(value)}) = 11)"


def _within(value: str) -> str:
    is_longer = f"length({value}) > 11 and regexp_matches({value}, '{SQL_IN_TEXT}')"
    return f"(case when {is_longer} then not {_whole(value)} else false end)"


def _squeezed(value: str) -> str:
    return f"regexp_replace({value}, '[.,]0+\\s*$|[^0-9]', '', 'g')"


def _weighted(weights: tuple[int, ...], digits: list[str]) -> str:
    return " + ".join(f"{weight} * {digit}" for weight, digit in zip(weights, digits, strict=False))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
