"""Benefit spells as whole days: disjoint within a person, counted by window.

Two concepts never overlap in a person, so days are summed without a union. This is the
generator's own bookkeeping; it shares no code with the pipeline, which counts from the files.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from synthetic_data.days import Flags, Floats, Ints, count_weekdays_before, take

SICK_LEAVE, ALLOWANCE, DISABILITY = range(3)
"""Kinds: sick pay; work assessment and what came before it; permanent disability."""

_PERSON_STEP = 100_000
"""More than any day number, so that person * step + day sorts by person, then day."""


@dataclass(frozen=True, slots=True)
class Spells:
    """One entry per spell; every array has shape (n,).

    Attributes:
        person: Position of the person.
        start: First day.
        end: First day after the spell.
        kind: SICK_LEAVE, ALLOWANCE or DISABILITY.
        grade: Per cent, 20 to 100; 0 where none is written down, which means 100.
    """

    person: Ints
    start: Ints
    end: Ints
    kind: Ints
    grade: Ints


def make_spells(
    person: Ints, start: Ints, end: Ints | int, *, kind: int, grade: Ints | int = 0
) -> Spells:
    """Make spells of one kind; an end or a grade may be the same for all."""
    return Spells(
        person=person,
        start=start.astype(np.int64),
        end=np.broadcast_to(np.asarray(end, dtype=np.int64), person.shape),
        kind=np.full(len(person), kind),
        grade=np.broadcast_to(np.asarray(grade, dtype=np.int64), person.shape),
    )


def sort_spells(spells: Spells) -> Spells:
    """Order by person, then first day."""
    return take(spells, np.argsort(spells.person * _PERSON_STEP + spells.start, kind="stable"))


def clip_to_disjoint(spells: Spells) -> Spells:
    """Let a spell begin when all earlier spells of the person are over; drop what is empty."""
    spells = sort_spells(spells)
    start = np.maximum(spells.start, _latest_end_before(spells))
    kept = start < spells.end
    return take(replace(spells, start=start), kept)


def clip_to_bounds(spells: Spells, begin: Ints, end: Ints) -> Spells:
    """Keep the days of each spell inside its bounds.

    Args:
        spells: Spells, n of them.
        begin: First day allowed, shape (n,).
        end: First day no longer allowed, shape (n,).
    """
    clipped = replace(
        spells, start=np.maximum(spells.start, begin), end=np.minimum(spells.end, end)
    )
    return take(clipped, clipped.start < clipped.end)


def follows_too_soon(spells: Spells, gap_days: int) -> Flags:
    """Tell which spells begin within a gap after any earlier one of the person.

    Args:
        spells: Spells sorted by person and first day.
        gap_days: Days that must lie between.
    """
    return spells.start < _latest_end_before(spells) + gap_days


def _latest_end_before(spells: Spells) -> Ints:
    """Latest end among earlier spells of the person; 0 for the first. Needs sorted spells."""
    base = spells.person * _PERSON_STEP
    latest = np.maximum.accumulate(base + spells.end)
    before = np.concatenate([[0], latest[:-1]])
    return np.maximum(before - base, 0)


def find_overlaps(
    spells: Spells, person: Ints, begin: Ints, *, end: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Find the spells that meet each window.

    Args:
        spells: Disjoint spells, sorted by person and first day.
        person: Person of each window, shape (m,).
        begin: First day of the window, shape (m,).
        end: First day after the window, shape (m,).

    Returns:
        Four arrays with one entry per meeting: window, spell, first day, first day after.
    """
    base = spells.person * _PERSON_STEP
    first = np.searchsorted(base + spells.end, person * _PERSON_STEP + begin, side="right")
    after = np.searchsorted(base + spells.start, person * _PERSON_STEP + end, side="left")
    number = np.maximum(after - first, 0)
    window = np.repeat(np.arange(len(person)), number)
    offset = np.arange(len(window)) - np.repeat(np.cumsum(number) - number, number)
    spell = first[window] + offset
    return (
        window,
        spell,
        np.maximum(spells.start[spell], begin[window]),
        np.minimum(spells.end[spell], end[window]),
    )


def count_days(
    spells: Spells, person: Ints, begin: Ints, *, end: Ints, kinds: Collection[int]
) -> Ints:
    """Count the days of each window that are covered by spells of some kinds.

    Args:
        spells: Disjoint spells, sorted by person and first day.
        person: Person of each window, shape (m,).
        begin: First day of the window, shape (m,).
        end: First day after the window, shape (m,).
        kinds: Kinds that count.

    Returns:
        Days, shape (m,).
    """
    window, spell, start, stop = find_overlaps(spells, person, begin, end=end)
    days = np.where(np.isin(spells.kind[spell], list(kinds)), stop - start, 0)
    return np.bincount(window, weights=days, minlength=len(person)).astype(np.int64)


def count_dagsverk(spells: Spells, person: Ints, begin: Ints, *, end: Ints) -> Floats:
    """Count the weekdays of sick leave in each window, weighted by grade; positions are full.

    Args:
        spells: Disjoint spells, sorted by person and first day.
        person: Person of each window, shape (m,).
        begin: First day of the window, shape (m,).
        end: First day after the window, shape (m,).

    Returns:
        Dagsverk, shape (m,).
    """
    window, spell, start, stop = find_overlaps(spells, person, begin, end=end)
    grade = np.where(spells.grade[spell] == 0, 100, spells.grade[spell]) / 100.0
    weekdays = count_weekdays_before(stop) - count_weekdays_before(start)
    value = np.where(spells.kind[spell] == SICK_LEAVE, weekdays * grade, 0.0)
    # Of no window at all numpy makes whole numbers, whatever the weights.
    return np.bincount(window, weights=value, minlength=len(person)).astype(np.float64)


def overlaps_any(candidates: Spells, blocks: Spells, gap_days: int) -> Flags:
    """Tell which candidates come within a gap of any block of the same person.

    Args:
        candidates: Spells in any order.
        blocks: Disjoint spells, sorted by person and first day.
        gap_days: Days that must lie between.
    """
    base = blocks.person * _PERSON_STEP
    own = candidates.person * _PERSON_STEP
    first = np.searchsorted(base + blocks.end, own + candidates.start - gap_days, side="right")
    after = np.searchsorted(base + blocks.start, own + candidates.end + gap_days, side="left")
    return after > first
