"""How one value is written: dates, codes, diagnoses and numbers in the ways seen in deliveries.

Source: register facts 1.1, 1.4, 2.2, 3.4 and 7.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache

import numpy as np

Row = dict[str, str | None]
Speller = Callable[[Row], str | None]

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DATE_STYLES: dict[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "norwegian": lambda day: day.strftime("%d.%m.%Y"),
    "compact": lambda day: day.strftime("%Y%m%d"),
    "with_time": lambda day: f"{day.isoformat()} 00:00:00",
    "sas": lambda day: f"{day.day:02}{_MONTHS[day.month - 1]}{day.year}",
}
IMPOSSIBLE = {
    "iso": "2012-02-30",
    "norwegian": "30.02.2012",
    "compact": "20120230",
    "with_time": "2012-02-30 00:00:00",
    "sas": "30FEB2012",
}
"""A day that no calendar has, in each style."""


def plain(column: str) -> Speller:
    """Write a canonical column as it is."""
    return lambda row: row.get(column)


def constant(text: str | None) -> Speller:
    """Write the same in every row."""
    return lambda row: text


def day(column: str, style: str) -> Speller:
    """Write a date in the style of the file; a month becomes yyyymm."""
    return lambda row: spell_date(row.get(column), style)


@cache
def spell_date(text: str | None, style: str) -> str | None:
    """Write one ISO date or month in a style."""
    if text is None:
        return None
    if len(text) == len("2012-03"):
        return text.replace("-", "")
    return _DATE_STYLES[style](date.fromisoformat(text))


def cut_to_month(text: str | None) -> str | None:
    """Cut an ISO date to its month."""
    return None if text is None else text[: len("2012-03")]


def code(column: str, rng: np.random.Generator, *, is_mixed: bool) -> Speller:
    """Write a code plainly, or with a blank, a zero in front or a decimal part."""

    def spell(row: Row) -> str | None:
        text = row.get(column)
        if text is None or not is_mixed:
            return text
        forms = [text, f" {text}", f"0{text}", f"{text}.0"]
        letters = [text, text.lower(), f" {text}", text.title()]
        return _choose(forms if text.isdigit() else letters, rng)

    return spell


def icd10(column: str, rng: np.random.Generator, *, is_dotted: bool, place: int = 0) -> Speller:
    """Write the diagnosis in one place of a column, plainly or with signs in it."""

    def spell(row: Row) -> str | None:
        text = part_of(row.get(column), place)
        if text is None or not is_dotted:
            return text
        head, tail = text[:3], text[3:]
        forms = [text, f"{head}.{tail}", f"{head},{tail}", f"{head} {tail}"] if tail else [text]
        return _choose([*forms, text.lower()], rng)

    return spell


def part(column: str, place: int) -> Speller:
    """Write one of several codes joined by vertical bars."""
    return lambda row: part_of(row.get(column), place)


def part_of(text: str | None, place: int) -> str | None:
    """Find the code in a place, counted from 0, of several joined by vertical bars."""
    parts = (text or "").split("|")
    return parts[place] or None if place < len(parts) else None


def number(column: str, decimal: str, *, is_mixed: bool) -> Speller:
    """Write a number, with a decimal part where types are mixed."""

    def spell(row: Row) -> str | None:
        text = row.get(column)
        if text is None or not is_mixed:
            return text
        return text.replace(".", decimal) if "." in text else f"{text}{decimal}0"

    return spell


def _choose(forms: Sequence[str], rng: np.random.Generator) -> str:
    # Half of the values stay plain, as most do in a real file.
    place = int(rng.integers(0, 2 * len(forms)))
    return forms[place] if place < len(forms) else forms[0]
