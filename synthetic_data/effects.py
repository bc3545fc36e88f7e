"""Structural equations of treatment: benefits without it (y0) become benefits with it (y1).

All change lies in [index, index + 365) and nothing else moves, so an effect is the difference
of two counts over that window. U is uniform on (0.5, 1.5), rounding is random with the mean
kept, and factors are set so that the mean over the treated of a sector is the planted one.

ARR  sick leave that is under way at the index date ends K = f U R days early, R its days left
     after the index date; the K days become an allowance. Sick leave falls, the total does not.
PHV  the last K = f U A days of the last allowance in the window are not paid, A its days there.
SOM  with a probability p, L days (10 to 50) of allowance follow the sick leave under way at the
     index date (or the index date itself) where no other benefit is near.
TSB  nothing.

True effect: the sum over persons of y1 - y0, heterogeneous through R, A, U and L.
Naive contrast: biased, because treatment depends on diagnosis, sex, age and education, and so
does the course of sick leave around a first contact.
"""

from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import Floats, Ints, concatenate, round_randomly, take
from synthetic_data.population import Persons
from synthetic_data.scenario import ARR, PHV, SECTORS, SOM
from synthetic_data.spells import ALLOWANCE, SICK_LEAVE, Spells, find_overlaps, sort_spells

WINDOW_DAYS = 365
SHORTEST_ADDED, LONGEST_ADDED = 10, 50
ROOM_DAYS = 60
"""Days free of other benefits that an added allowance needs."""


def apply_treatment(
    untreated: Spells,
    treated: Courses,
    persons: Persons,
    *,
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> Spells:
    """Change the benefits of the treated.

    Args:
        untreated: Disjoint spells without treatment, sorted.
        treated: The truly treated courses, coded or not; one per person.
        persons: The population.
        scenario: The whole scenario.
        rng: Random numbers.

    Returns:
        Disjoint spells with treatment, sorted.
    """
    targets = scenario["effects"]
    in_sector = [take(treated, treated.sector == sector) for sector in range(len(SECTORS))]
    spells = _substitute_sick_leave(
        untreated, in_sector[ARR], targets["ARR"]["sick_leave_days"], rng=rng
    )
    spells = _shorten_allowances(
        spells, in_sector[PHV], targets["PHV"]["health_benefit_days"], rng=rng
    )
    return _add_allowances(
        spells, in_sector[SOM], persons, mean_effect=targets["SOM"]["health_benefit_days"], rng=rng
    )


def _scaled_days(
    days: Ints, mean_per_person: float, count: int, *, rng: np.random.Generator
) -> Ints:
    """Take a random part of each number of days, with a given sum in expectation.

    Args:
        days: Days there are, shape (m,).
        mean_per_person: Days to take, mean over `count` persons.
        count: Number of persons in the sector, with or without days.
        rng: Random numbers.

    Returns:
        Days to take, at most `days`, shape (m,).
    """
    weighted: Floats = days * rng.uniform(0.5, 1.5, len(days))
    factor = mean_per_person * count / max(weighted.sum(), 1.0)
    return np.minimum(round_randomly(rng, factor * weighted), days)


def _substitute_sick_leave(
    spells: Spells, treated: Courses, mean_effect: float, *, rng: np.random.Generator
) -> Spells:
    index = treated.index_day
    person, spell, _, end = find_overlaps(spells, treated.person, index, end=index + 1)
    under_way = spells.kind[spell] == SICK_LEAVE
    person, spell = person[under_way], spell[under_way]
    end = np.minimum(spells.end[spell], index[person] + WINDOW_DAYS)
    days = _scaled_days(end - index[person], -mean_effect, len(index), rng=rng)
    stop = spells.end.copy()
    stop[spell] = end - days
    allowance = Spells(
        person=spells.person[spell],
        start=end - days,
        end=end,
        kind=np.full(len(spell), ALLOWANCE),
    )
    shortened = Spells(person=spells.person, start=spells.start, end=stop, kind=spells.kind)
    return _without_empty(concatenate([shortened, allowance]))


def _shorten_allowances(
    spells: Spells, treated: Courses, mean_effect: float, *, rng: np.random.Generator
) -> Spells:
    index = treated.index_day
    person, spell, start, end = find_overlaps(
        spells, treated.person, index, end=index + WINDOW_DAYS
    )
    is_allowance = spells.kind[spell] == ALLOWANCE
    person, spell = person[is_allowance], spell[is_allowance]
    start, end = start[is_allowance], end[is_allowance]
    is_last = np.append(person[1:] != person[:-1], True)[: len(person)]
    spell, start, end = spell[is_last], start[is_last], end[is_last]
    days = _scaled_days(end - start, -mean_effect, len(index), rng=rng)
    stop = spells.end.copy()
    stop[spell] = end - days
    resumed = Spells(
        person=spells.person[spell], start=end, end=spells.end[spell], kind=spells.kind[spell]
    )
    shortened = Spells(person=spells.person, start=spells.start, end=stop, kind=spells.kind)
    return _without_empty(concatenate([shortened, resumed]))


def _add_allowances(
    spells: Spells,
    treated: Courses,
    persons: Persons,
    *,
    mean_effect: float,
    rng: np.random.Generator,
) -> Spells:
    index = treated.index_day
    begin = index.copy()
    person, spell, _, _ = find_overlaps(spells, treated.person, index, end=index + 1)
    begin[person] = spells.end[spell]
    fits = begin + ROOM_DAYS <= np.minimum(index + WINDOW_DAYS, persons.benefit_end[treated.person])
    fits &= begin >= persons.benefit_begin[treated.person]
    busy, _, _, _ = find_overlaps(spells, treated.person, begin, end=begin + ROOM_DAYS)
    fits[busy] = False
    room = np.flatnonzero(fits)
    mean_length = (SHORTEST_ADDED + LONGEST_ADDED) / 2
    number = round(mean_effect * len(index) / mean_length)
    chosen = rng.choice(room, size=min(number, len(room)), replace=False)
    length = rng.integers(SHORTEST_ADDED, LONGEST_ADDED + 1, len(chosen))
    added = Spells(
        person=treated.person[chosen],
        start=begin[chosen],
        end=begin[chosen] + length,
        kind=np.full(len(chosen), ALLOWANCE),
    )
    return _without_empty(concatenate([spells, added]))


def _without_empty(spells: Spells) -> Spells:
    return sort_spells(take(spells, spells.start < spells.end))
