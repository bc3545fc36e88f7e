"""Write register-like CSV files: semicolons, Latin-1, no quotes. Texts come from look-up tables."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from synthetic_data.days import Flags, Ints, day_number

_FIRST_DAY = day_number(1990)
_AFTER_LAST_DAY = day_number(2025)

ISO, NORWEGIAN = "%Y-%m-%d", "%d.%m.%Y"
"""The two date styles seen in deliveries; one style a file."""


def write_csv(table: pa.Table, path: Path) -> None:
    """Write one file, empty cells for nulls.

    Args:
        table: Text columns in the order of the file.
        path: The file; its folder exists.
    """
    options = pa_csv.WriteOptions(
        include_header=False, delimiter=";", quoting_style="none", batch_size=65536
    )
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(table, sink, write_options=options)
    text = sink.getvalue().to_pybytes()
    header = (";".join(table.column_names) + "\n").encode("latin-1")
    path.write_bytes(header + (text if text.isascii() else text.decode().encode("latin-1")))


def look_up(texts: Sequence[str | None], positions: Ints) -> pa.Array:
    """Turn positions into texts; a None in the list becomes an empty cell."""
    return pa.array(texts, type=pa.string()).take(pa.array(positions))


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
    positions = np.where(mask, 0, days - _FIRST_DAY)
    return _calendar_texts(style).take(pa.array(positions, mask=mask))


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
