"""Structural equations of treatment: benefits without it (y0) become benefits with it (y1).

U is uniform on (0.5, 1.5), m the person's own multiplier (1 unless the scenario says otherwise),
rounding is random with the mean kept. Nothing is tied to the end of a window: a spell that ends
early stays ended. No person's effect depends on another person's. By sector, as the scenario's
[effects] say:

substituted_fraction f   sick leave under way at the index date ends K = f m U R days early, R its
                         days left; the K days become an allowance. Sick leave falls, the total
                         does not.
shortened_fraction f     the same, but the K days are days of work. Only spells that no other
                         benefit follows at once.
allowance_fraction f     an allowance under way at the index date, or begun within a year of it,
                         ends at s + (1 - f m U)(e - s), s the later of its start and the index.
                         Only allowances that no other benefit follows at once.
added_share p            with probability p m, an allowance of L days (10 to 50) follows the sick
                         leave under way at the index date (or the index date itself) where 60
                         days are free of other benefits.
prevented_share q        a spell of sick leave that would have begun within `prevented_days` after
                         the index date does not come, with probability q m.
waiting_days w           before treatment: with probability waiting_share, who waits and has no
                         benefit is on sick leave in the w days before the index date
                         (anticipation: y1 differs from y0 before the index).

True effect: the sum over persons of y1 - y0, heterogeneous through R, U, L and m.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import Flags, Floats, Ints, concatenate, round_randomly, take
from synthetic_data.population import Persons
from synthetic_data.scenario import SECTORS
from synthetic_data.spells import (
    ALLOWANCE,
    SICK_LEAVE,
    Spells,
    find_overlaps,
    make_spells,
    overlaps_any,
    sort_spells,
)

WINDOW_DAYS = 365
"""Windows of the truth, and how soon an allowance must begin for treatment to bear on it."""
SHORTEST_ADDED, LONGEST_ADDED = 10, 50
ROOM_DAYS = 60
"""Days free of other benefits that an added allowance needs."""


def apply_treatment(
    untreated: Spells,
    treated: Courses,
    persons: Persons,
    *,
    scenario: dict[str, Any],
    multiplier: Floats,
    rng: np.random.Generator,
) -> Spells:
    """Change the benefits of the treated.

    Args:
        untreated: Disjoint spells without treatment, sorted.
        treated: The truly treated courses, coded or not; one per person.
        persons: The block.
        scenario: The whole scenario.
        multiplier: How strongly each of them is affected, shape (n_treated,).
        rng: Random numbers.

    Returns:
        Disjoint spells with treatment, sorted.
    """
    spells = untreated
    for sector, name in enumerate(SECTORS):
        settings = scenario["effects"].get(name, {})
        rows = np.flatnonzero(treated.sector == sector)
        mine, strength = take(treated, rows), multiplier[rows]
        if "waiting_days" in settings:
            spells = _add_waiting(spells, mine, persons, settings=settings, rng=rng)
        for key, change in _CHANGES.items():
            if settings.get(key, 0.0) > 0.0:
                spells = change(spells, mine, persons, settings, strength * settings[key], rng)
    return spells


def _days_lost(days: Ints, fraction: Floats, rng: np.random.Generator) -> Ints:
    """Take a random part of each number of days, at most all of them."""
    wanted = days * fraction * rng.uniform(0.5, 1.5, len(days))
    return np.minimum(round_randomly(rng, wanted), days)


def _sick_at_index(spells: Spells, treated: Courses) -> tuple[Ints, Ints]:
    """Give row of the treated and spell, for sick leave under way at the index date."""
    index = treated.index_day
    row, spell, _, _ = find_overlaps(spells, treated.person, index, end=index + 1)
    under_way = spells.kind[spell] == SICK_LEAVE
    return row[under_way], spell[under_way]


def _is_followed(spells: Spells) -> Flags:
    """Whether another spell of the person begins on the day after a spell."""
    follows = np.zeros(len(spells.person), dtype=np.bool_)
    same = spells.person[1:] == spells.person[:-1]
    follows[:-1] = same & (spells.start[1:] == spells.end[:-1])
    return follows


def _substitute(
    spells: Spells,
    treated: Courses,
    _persons: Persons,
    _settings: dict[str, Any],
    fraction: Floats,
    rng: np.random.Generator,
) -> Spells:
    row, spell = _sick_at_index(spells, treated)
    end = spells.end[spell]
    days = _days_lost(end - treated.index_day[row], fraction[row], rng)
    stop = spells.end.copy()
    stop[spell] = end - days
    allowance = make_spells(spells.person[spell], end - days, end, kind=ALLOWANCE)
    return _without_empty(concatenate([replace(spells, end=stop), allowance]))


def _shorten_sick_leave(
    spells: Spells,
    treated: Courses,
    _persons: Persons,
    _settings: dict[str, Any],
    fraction: Floats,
    rng: np.random.Generator,
) -> Spells:
    row, spell = _sick_at_index(spells, treated)
    days = _days_lost(spells.end[spell] - treated.index_day[row], fraction[row], rng)
    return _end_early(spells, spell, days)


def _shorten_allowances(
    spells: Spells,
    treated: Courses,
    _persons: Persons,
    _settings: dict[str, Any],
    fraction: Floats,
    rng: np.random.Generator,
) -> Spells:
    index = treated.index_day
    row, spell, start, _ = find_overlaps(spells, treated.person, index, end=index + WINDOW_DAYS)
    is_allowance = spells.kind[spell] == ALLOWANCE
    row, spell, start = row[is_allowance], spell[is_allowance], start[is_allowance]
    days = _days_lost(spells.end[spell] - start, fraction[row], rng)
    return _end_early(spells, spell, days)


def _end_early(spells: Spells, spell: Ints, days: Ints) -> Spells:
    """End spells some days early unless another benefit follows at once."""
    stop = spells.end.copy()
    stop[spell] -= np.where(_is_followed(spells)[spell], 0, days)
    return _without_empty(replace(spells, end=stop))


def _add_allowances(
    spells: Spells,
    treated: Courses,
    persons: Persons,
    _settings: dict[str, Any],
    share: Floats,
    rng: np.random.Generator,
) -> Spells:
    index = treated.index_day
    begin = index.copy()
    row, spell, _, _ = find_overlaps(spells, treated.person, index, end=index + 1)
    begin[row] = spells.end[spell]
    fits = begin + ROOM_DAYS <= np.minimum(index + WINDOW_DAYS, persons.benefit_end[treated.person])
    fits &= begin >= persons.benefit_begin[treated.person]
    busy, _, _, _ = find_overlaps(spells, treated.person, begin, end=begin + ROOM_DAYS)
    fits[busy] = False
    length = rng.integers(SHORTEST_ADDED, LONGEST_ADDED + 1, len(index))
    chosen = np.flatnonzero(fits & (rng.random(len(index)) < share))
    start = begin[chosen]
    added = make_spells(treated.person[chosen], start, start + length[chosen], kind=ALLOWANCE)
    return _without_empty(concatenate([spells, added]))


def _prevent(
    spells: Spells,
    treated: Courses,
    persons: Persons,
    settings: dict[str, Any],
    share: Floats,
    rng: np.random.Generator,
) -> Spells:
    index = np.full(len(persons.sex), -settings["prevented_days"] - 1)
    index[treated.person] = treated.index_day
    share_of = np.zeros(len(index))
    share_of[treated.person] = share
    since = spells.start - index[spells.person]
    is_in_reach = (spells.kind == SICK_LEAVE) & (since > 0) & (since < settings["prevented_days"])
    is_in_reach &= ~_is_followed(spells)
    prevented = is_in_reach & (rng.random(len(since)) < share_of[spells.person])
    return take(spells, np.flatnonzero(~prevented))


def _add_waiting(
    spells: Spells,
    treated: Courses,
    persons: Persons,
    *,
    settings: dict[str, Any],
    rng: np.random.Generator,
) -> Spells:
    waits = treated.is_employed & (rng.random(len(treated.person)) < settings["waiting_share"])
    days = 1 + rng.integers(0, 2 * settings["waiting_days"], len(waits))
    start = np.maximum(treated.index_day - days, persons.benefit_begin[treated.person])
    chosen = np.flatnonzero(waits & (start < treated.index_day))
    added = make_spells(
        treated.person[chosen], start[chosen], treated.index_day[chosen], kind=SICK_LEAVE, grade=100
    )
    return sort_spells(concatenate([spells, take(added, ~overlaps_any(added, spells, 0))]))


def _without_empty(spells: Spells) -> Spells:
    return sort_spells(take(spells, spells.start < spells.end))


_CHANGES = {
    "substituted_fraction": _substitute,
    "shortened_fraction": _shorten_sick_leave,
    "allowance_fraction": _shorten_allowances,
    "added_share": _add_allowances,
    "prevented_share": _prevent,
}
"""In the order in which they are applied."""
