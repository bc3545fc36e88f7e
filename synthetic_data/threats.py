"""What a scenario does to the assumptions: who is treated, and how benefits go without treatment.

Each key of a scenario's [threat] table is one threat; equations stand beside each function. The
untreated paths are changed before anybody is treated, and for treated and others alike, so that
y0 stays the path that would have been without treatment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import Flags, Floats, Ints, concatenate, day_number, take
from synthetic_data.population import Persons
from synthetic_data.sick_leave import draw_grades
from synthetic_data.spells import (
    SICK_LEAVE,
    Spells,
    clip_to_bounds,
    find_overlaps,
    follows_too_soon,
    make_spells,
    overlaps_any,
    sort_spells,
)

_QUARTER_DAYS = 91
ILLNESS = "illness"
"""A shock that shows in contacts too (contacts.py)."""


@dataclass(frozen=True, slots=True)
class Threat:
    """What treatment and effects are made with.

    Attributes:
        untreated: Benefits without treatment, disjoint and sorted.
        weight: What the chance of treatment is multiplied with, shape (n_courses,).
        is_ill: Courses whose person falls ill in other ways from the index date on, (n_courses,).
    """

    untreated: Spells
    weight: Floats
    is_ill: Flags


def plant_threats(
    untreated: Spells,
    courses: Courses,
    persons: Persons,
    *,
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> Threat:
    """Change untreated benefits and the chance of treatment as the scenario says.

    Args:
        untreated: Benefits without treatment, disjoint and sorted.
        courses: All courses of the block.
        persons: The block.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    weight = np.ones(len(courses.person))
    is_ill = np.zeros(len(courses.person), dtype=np.bool_)
    for name, settings in scenario.get("threat", {}).items():
        untreated, factor = _THREATS[name](untreated, courses, persons, settings, scenario, rng)
        weight = weight * factor
        if name == ILLNESS:
            is_ill = factor != 1.0
    return Threat(untreated=untreated, weight=weight, is_ill=is_ill)


def sick_days_before(untreated: Spells, courses: Courses) -> Ints:
    """Days since sick leave that is under way on the day before the index date began, else 0."""
    eve = courses.index_day - 1
    row, spell, _, _ = find_overlaps(untreated, courses.person, eve, end=eve + 1)
    is_sick = untreated.kind[spell] == SICK_LEAVE
    elapsed = np.zeros(len(eve), dtype=np.int64)
    elapsed[row[is_sick]] = (courses.index_day[row] - untreated.start[spell])[is_sick]
    return elapsed


def _select_on_sick_leave(
    untreated: Spells,
    courses: Courses,
    _persons: Persons,
    settings: dict[str, Any],
    scenario: dict[str, Any],
    _rng: np.random.Generator,
) -> tuple[Spells, Floats]:
    """Weight w for who has been on sick leave for shortest to longest days, 1 for others.

    With reaches_ceiling, only for those whose sick leave will last until its right ends.
    """
    elapsed = sick_days_before(untreated, courses)
    is_chosen = (elapsed >= settings["shortest_days"]) & (elapsed <= settings["longest_days"])
    if settings.get("reaches_ceiling", False):
        ceiling = scenario["sick_leave"]["ceiling_days"]
        last = courses.index_day - elapsed + ceiling - 1
        row, spell, _, _ = find_overlaps(untreated, courses.person, last, end=last + 1)
        reaches = np.zeros(len(elapsed), dtype=np.bool_)
        reaches[row[untreated.start[spell] == (courses.index_day - elapsed)[row]]] = True
        is_chosen &= reaches
    return untreated, np.where(is_chosen, settings["weight"], 1.0)


def _worsen(
    untreated: Spells,
    courses: Courses,
    persons: Persons,
    settings: dict[str, Any],
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> tuple[Spells, Floats]:
    """A hidden part of the courses has spells of sick leave at a rate that rises with time.

    Rate at day t from the index date, per day: peak x (t - from_day) / (to_day - from_day) for
    t in [from_day, to_day); length of each spell exponential with a mean. Weight for the hidden.
    """
    reach = settings["to_day"] - settings["from_day"]

    def draw_day(number: int) -> Floats:
        # The root of a uniform number has a density that rises along a line.
        return settings["from_day"] + np.floor(reach * np.sqrt(rng.random(number)))

    mean = settings["peak_per_day"] * reach / 2.0
    return _burden_hidden(untreated, courses, persons, settings, scenario, rng, mean, draw_day)


def _shock(
    untreated: Spells,
    courses: Courses,
    persons: Persons,
    settings: dict[str, Any],
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> tuple[Spells, Floats]:
    """A hidden part of the courses has more sick leave from the index date on, never before it.

    Spells at a constant rate in [0, to_day); length exponential with a mean. Weight for the
    hidden: whoever refers knows what comes, the registers do not.
    """

    def draw_day(number: int) -> Floats:
        return np.floor(settings["to_day"] * rng.random(number))

    mean = settings["per_day"] * settings["to_day"]
    return _burden_hidden(untreated, courses, persons, settings, scenario, rng, mean, draw_day)


def _burden_hidden(
    untreated: Spells,
    courses: Courses,
    persons: Persons,
    settings: dict[str, Any],
    scenario: dict[str, Any],
    rng: np.random.Generator,
    mean_spells: float,
    draw_day: Callable[[int], Floats],
) -> tuple[Spells, Floats]:
    """Give a hidden part of the courses more spells, a mean number each, and their weight."""
    hidden = rng.random(len(courses.person)) < settings["hidden_share"]
    # Drawn for all, so that work, which goes with sick leave before, tells nothing of it.
    rows = np.flatnonzero(hidden & courses.is_employed)
    row = np.repeat(rows, rng.poisson(mean_spells, len(rows)))
    offset = draw_day(len(row))
    return _add_sick_leave(untreated, courses, persons, row, offset, settings, scenario, rng), (
        np.where(hidden, settings["weight"], 1.0)
    )


def _start_services(
    untreated: Spells,
    courses: Courses,
    persons: Persons,
    settings: dict[str, Any],
    scenario: dict[str, Any],
    _rng: np.random.Generator,
) -> tuple[Spells, Floats]:
    """Weight 0 for courses whose service has not started."""
    start = service_start_days(scenario)[persons.municipality[courses.person]]
    return untreated, np.where(courses.index_day >= start, settings["weight"], 0.0)


def _only_in_regions(
    untreated: Spells,
    courses: Courses,
    persons: Persons,
    settings: dict[str, Any],
    scenario: dict[str, Any],
    _rng: np.random.Generator,
) -> tuple[Spells, Floats]:
    """Weight 0 for courses of people from other regions."""
    is_in = np.array([place["rhf"] in settings["rhf"] for place in scenario["municipality"]])
    return untreated, is_in[persons.municipality[courses.person]].astype(float)


def _leave(
    untreated: Spells,
    courses: Courses,
    persons: Persons,
    settings: dict[str, Any],
    _scenario: dict[str, Any],
    _rng: np.random.Generator,
) -> tuple[Spells, Floats]:
    """Weight w for who dies or moves abroad within_days from the index date, 1 for others."""
    days_left = persons.exit_day[courses.person] - courses.index_day
    is_leaving = (days_left >= 0) & (days_left < settings["within_days"])
    return untreated, np.where(is_leaving, settings["weight"], 1.0)


def service_start_days(scenario: dict[str, Any]) -> Ints:
    """First day of the scheme in each place of the scenario's list, by quarters, shape (n,)."""
    settings = scenario["threat"]["staggered"]
    first = day_number(settings["first_year"])
    place = np.arange(len(scenario["municipality"]))
    return first + (place * settings["quarters_between"] % settings["quarters"]) * _QUARTER_DAYS


def _add_sick_leave(
    untreated: Spells,
    courses: Courses,
    persons: Persons,
    row: Ints,
    offset: Floats,
    settings: dict[str, Any],
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> Spells:
    """Add sick leave where it meets no other benefit of the person."""
    start = courses.index_day[row] + offset.astype(np.int64)
    days = np.ceil(rng.exponential(settings["mean_days"], len(row))).astype(np.int64)
    grade = draw_grades(len(row), scenario["sick_leave"], rng)
    added = make_spells(courses.person[row], start, start + days, kind=SICK_LEAVE, grade=grade)
    begin, end = persons.benefit_begin[added.person], persons.benefit_end[added.person]
    added = sort_spells(clip_to_bounds(added, begin, end))
    added = take(added, ~overlaps_any(added, untreated, 1))
    return sort_spells(concatenate([untreated, take(added, ~follows_too_soon(added, 1))]))


_THREATS = {
    "selection": _select_on_sick_leave,
    "trend": _worsen,
    "shock": _shock,
    ILLNESS: _shock,
    "staggered": _start_services,
    "regions": _only_in_regions,
    "leaving": _leave,
}
