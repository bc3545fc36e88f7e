"""Days as whole numbers since 1970-01-01, and drawing from shares. No state."""

from dataclasses import fields, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Table = TypeVar("Table")

_THURSDAY = 3
"""Weekday of 1970-01-01, Monday being 0."""

NEVER = 10**6
"""A day that does not come: no death, no emigration."""


def day_number(year: int, month: int = 1, day: int = 1) -> int:
    """Give the number of one calendar day."""
    return (date(year, month, day) - date(1970, 1, 1)).days


NPR_START = day_number(2008)
NPR_END = day_number(2019)
"""First day after the contacts."""
NAV_START = day_number(2006)
NAV_END = day_number(2021)
"""First day after the benefits; a spell that reaches it is ongoing."""


def year_of(days: Ints) -> Ints:
    """Give the calendar year of each day."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def first_day_of(years: Ints) -> Ints:
    """Give 1 January of each year."""
    stamps = (np.asarray(years) - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    return stamps.astype(np.int64)


def count_weekdays_before(days: Ints) -> Ints:
    """Count Mondays to Fridays between a fixed Monday and each day, the day not included."""
    since_monday = days + _THURSDAY
    return since_monday // 7 * 5 + np.minimum(since_monday % 7, 5)


def move_weekends(days: Ints, stays_share: float, rng: np.random.Generator) -> Ints:
    """Move most Saturdays and Sundays to a working day of the week that follows.

    Args:
        days: Day numbers, shape (n,).
        stays_share: Part of the weekend days that stay.
        rng: Random numbers.
    """
    weekday = (days + _THURSDAY) % 7
    moves = (weekday >= 5) & (rng.random(len(days)) >= stays_share)
    return days + np.where(moves, 7 - weekday + rng.integers(0, 5, len(days)), 0)


def take(table: Table, rows: Any) -> Table:
    """Pick rows of a frozen dataclass of equally long arrays.

    Args:
        table: Dataclass instance, every field an array of the same length.
        rows: Positions, a mask or a slice.
    """
    picked = {field.name: getattr(table, field.name)[rows] for field in fields(table)}  # type: ignore[arg-type]
    return replace(table, **picked)  # type: ignore[type-var]


def concatenate(tables: list[Table]) -> Table:
    """Put frozen dataclasses of arrays after each other."""
    names = [field.name for field in fields(tables[0])]  # type: ignore[arg-type]
    joined = {name: np.concatenate([getattr(table, name) for table in tables]) for name in names}
    return replace(tables[0], **joined)  # type: ignore[type-var]


def draw_category(rng: np.random.Generator, shares: ArrayLike, group: Ints) -> Ints:
    """Draw one category per row, with shares that depend on the row's group.

    Args:
        rng: Random numbers.
        shares: Weights, shape (n_groups, n_categories); rows need not sum to one.
        group: Group of each row, shape (n,).

    Returns:
        Category of each row, shape (n,).
    """
    weights = np.atleast_2d(np.asarray(shares, dtype=float))
    bounds = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    point = rng.random(len(group))
    chosen = np.zeros(len(group), dtype=np.int64)
    for bound in bounds.T[:-1]:
        chosen += point >= bound[group]
    return chosen


def round_randomly(rng: np.random.Generator, values: Floats) -> Ints:
    """Round up or down at random so that the mean is kept."""
    return np.floor(values + rng.random(len(values))).astype(np.int64)
