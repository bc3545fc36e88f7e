"""Columns of register files: texts as positions in a list, so that each text is made once."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data.days import Flags, Ints, day_number

_FIRST_DAY = day_number(1990)
_AFTER_LAST_DAY = day_number(2025)

ISO, NORWEGIAN = "%Y-%m-%d", "%d.%m.%Y"
"""The two date styles seen in deliveries; one style a file."""


def look_up(texts: Sequence[str | None], positions: Ints, empty: Flags | None = None) -> pa.Array:
    """Turn positions into texts; a None in the list becomes an empty cell.

    Args:
        texts: What the positions stand for.
        positions: Position of each row, shape (n,).
        empty: Where the cell is empty besides, shape (n,).
    """
    is_none = np.array([text is None for text in texts])
    mask = is_none[positions]
    if empty is not None:
        mask |= empty
    dictionary = pa.array([text or "" for text in texts], type=pa.string())
    return _dictionary(positions, dictionary, mask)


def padded(numbers: Ints, width: int) -> pa.Array:
    """Write numbers as text with leading zeros."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")


def prefixed(prefix: str, texts: pa.Array) -> pa.Array:
    """Put the same letters before every text."""
    return pc.binary_join_element_wise(pa.scalar(prefix), texts, "")


def format_days(days: Ints, style: str = ISO, empty: Flags | None = None) -> pa.Array:
    """Write days as dates.

    Args:
        days: Day numbers, shape (n,).
        style: ISO or NORWEGIAN.
        empty: Where the cell is empty, shape (n,).
    """
    mask = np.zeros(len(days), dtype=np.bool_) if empty is None else empty
    known = days if empty is None else days[~mask]
    first = int(known.min(initial=_AFTER_LAST_DAY - 1))
    last = int(known.max(initial=first))
    calendar = _calendar_texts(style).slice(first - _FIRST_DAY, last - first + 1)
    return _dictionary(np.where(mask, 0, days - first), calendar, mask)


def format_years(years: Ints) -> pa.Array:
    """Write years."""
    first = int(years.min(initial=1900))
    texts = [str(year) for year in range(first, int(years.max(initial=first)) + 1)]
    return look_up(texts, years - first)


def _dictionary(positions: Ints, dictionary: pa.Array, mask: Flags) -> pa.Array:
    indices = pa.array(positions.astype(np.int32), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, dictionary)


@lru_cache(maxsize=2)
def _calendar_texts(style: str) -> pa.Array:
    calendar = pa.array(np.arange(_FIRST_DAY, _AFTER_LAST_DAY, dtype=np.int32)).cast(pa.date32())
    return pc.strftime(calendar, format=style)


def npr_ids(numbers: Ints) -> pa.Array:
    """Ten characters, as LNr in NPR's deliveries."""
    return padded(numbers, 10)


def nav_ids(numbers: Ints) -> pa.Array:
    """A letter and eight digits."""
    return prefixed("V", padded(numbers, 8))


def ssb_ids(numbers: Ints) -> pa.Array:
    """Nine digits."""
    return padded(numbers, 9)
