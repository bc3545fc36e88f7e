"""What is small, how a row is marked, and how rows are found. Nothing is hidden here."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from evaluation.errors import DisclosureError

POOLED = "ALL"


def with_marks(frame: pd.DataFrame) -> pd.DataFrame:
    """Number the rows anew and add the columns of marks where they are not there yet.

    Args:
        frame: Any table; it is not changed.
    """
    result = frame.reset_index(drop=True)
    if "is_hidden" not in result:
        result["is_hidden"] = False
        result["small_counts"] = ""
    return result


def find_small(counts: pd.Series, min_cell_count: int) -> "pd.Series[bool]":
    """Find the counts from 1 to `min_cell_count` - 1.

    Args:
        counts: Counts of persons.
        min_cell_count: Smallest count that may be shown.

    Raises:
        DisclosureError: A count is negative.
    """
    numbers = counts.astype("Int64")
    if numbers.lt(0).any():
        raise DisclosureError(
            f"{counts.name} has negative counts; a count of persons is 0 or more. "
            "Correct the table before it is reported."
        )
    return numbers.between(1, min_cell_count - 1).fillna(False).astype(bool)


def find_close_counts(counts: pd.Series, min_cell_count: int) -> list[Any]:
    """List the labels of counts close to one that is shown; the ends are judged first.

    The last is judged before the first, and then the others from the last to the first.

    Args:
        counts: Counts of persons in the order of the steps; NA where hidden.
        min_cell_count: Smallest difference that may be shown.
    """
    known = dict(counts.dropna().items())
    ends = [label for label in (counts.index[-1], counts.index[0]) if label in known]
    too_close, kept = [], list[int]()
    for label in dict.fromkeys([*ends, *reversed(known)]):
        count = int(known[label])
        if any(0 < abs(count - other) < min_cell_count for other in kept):
            too_close.append(label)
        else:
            kept.append(count)
    return too_close


def check_columns(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuse a table that lacks a column.

    Args:
        frame: Any table.
        columns: Names it must have.

    Raises:
        DisclosureError: A column is not there.
    """
    missing = sorted(set(columns) - set(frame.columns))
    if missing:
        raise DisclosureError(
            f"disclosure control needs columns {missing}; the table has {list(frame.columns)}. "
            "Give the table its columns in schemas.TABLES."
        )


def is_equal(frame: pd.DataFrame, column: str, value: str) -> "pd.Series[bool]":
    """Find the rows with a value; none where the column or the value is missing.

    Args:
        frame: Any table.
        column: Name of the column.
        value: Value to find.
    """
    if column not in frame:
        return pd.Series(False, index=frame.index)
    return frame[column].eq(value).fillna(False).astype(bool)


def build_row_keys(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Build one key a row from several columns; missing counts as a value.

    Args:
        frame: Any table.
        columns: Names of the columns.
    """
    text = frame[list(columns)].astype("string").fillna("")
    return pd.Series(list(zip(*(text[name] for name in columns), strict=True)), index=frame.index)
