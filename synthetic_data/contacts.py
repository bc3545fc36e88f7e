"""Contacts of courses, and all other contacts with specialist care.

Other contacts have diagnoses that the scheme does not treat, and no bearing on benefits: a
person may have any number of them before, during and after a course.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import (
    NPR_END,
    NPR_START,
    Flags,
    Ints,
    concatenate,
    draw_category,
    move_weekends,
    take,
    year_of,
)
from synthetic_data.population import Persons
from synthetic_data.scenario import ARR, FIRST_YEAR, LAST_YEAR, SECTORS, SOM, by_sector

OUTPATIENT, DAY_CARE, INPATIENT = 3, 2, 1
_CARE_LEVELS = np.array([OUTPATIENT, DAY_CARE, INPATIENT])
_LONGEST_STAY = 10
"""Nights of an inpatient stay, at least 1: assumption."""
_AGE_GROUPS = [30, 45, 60]
"""Where the groups of `courses_per_year` begin."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """One entry per contact, in order of course and day; every array has shape (n,).

    Attributes:
        course: Position of the course.
        start_day: First day of the contact.
        end_day: Last day of the contact.
        care_level: 1 inpatient, 2 day, 3 outpatient.
        is_first: Whether it opens the course.
        is_ordinary: Whether it is paid in the ordinary way even in a treated course.
    """

    course: Ints
    start_day: Ints
    end_day: Ints
    care_level: Ints
    is_first: Flags
    is_ordinary: Flags


@dataclass(frozen=True, slots=True)
class OtherContacts:
    """Contacts for other diagnoses; every array has shape (n,).

    Attributes:
        person: Position of the person.
        sector: Position in `SECTORS`.
        diagnosis: Position in the sector's list of other codes.
        start_day: First day.
        end_day: Last day.
        care_level: 1 inpatient, 2 day, 3 outpatient.
        referral_day: Day on which the referral came in.
    """

    person: Ints
    sector: Ints
    diagnosis: Ints
    start_day: Ints
    end_day: Ints
    care_level: Ints
    referral_day: Ints


def build_contacts(
    courses: Courses, persons: Persons, scenario: dict[str, Any], *, rng: np.random.Generator
) -> Contacts:
    """Draw the contacts of every course.

    Args:
        courses: Courses, sorted by person and day.
        persons: The population; nobody has a contact after leaving it.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    settings = scenario["courses"]
    mean = 1.0 + np.array(by_sector(settings["mean_extra_contacts"]))[courses.sector]
    mean_gap = np.array(by_sector(settings["mean_gap_days"]))[courses.sector]
    course, is_first, start_day = _draw_days(courses.index_day, mean, mean_gap, settings, rng=rng)
    care_level, end_day = _draw_stays(start_day, courses.sector[course], settings, rng)
    last_day = np.minimum(persons.exit_day[courses.person[course]], NPR_END) - 1
    ordinary = rng.random(len(course)) < scenario["treatment"]["ordinary_contact_share"]
    contacts = Contacts(
        course=course,
        start_day=start_day,
        end_day=np.minimum(end_day, last_day),
        care_level=care_level,
        is_first=is_first,
        is_ordinary=ordinary & ~is_first,
    )
    is_inside = start_day - courses.index_day[course] <= settings["longest_course_days"]
    return take(contacts, np.flatnonzero(is_inside & (start_day <= last_day)))


def build_other_contacts(
    persons: Persons, scenario: dict[str, Any], rng: np.random.Generator
) -> OtherContacts:
    """Draw contacts for other diagnoses.

    Args:
        persons: The population.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    settings, ordinary = scenario["other_contacts"], scenario["courses"]
    begin = np.maximum(persons.immigration_day, NPR_START)
    end = np.minimum(persons.exit_day, NPR_END)
    years = np.maximum(end - begin, 0) / 365.25
    middle_age = year_of((begin + end) // 2) - persons.birth_year
    age_group = np.digitize(middle_age, _AGE_GROUPS)
    shape = settings["frailty_shape"]
    person, sector = [], []
    for name, per_year in settings["courses_per_year"].items():
        frailty = rng.gamma(shape, 1.0 / shape, len(years))
        number = rng.poisson(np.array(per_year)[age_group] * frailty * years)
        person.append(np.repeat(np.arange(len(years)), number))
        sector.append(np.full(len(person[-1]), SECTORS.index(name)))
    whose, where = np.concatenate(person), np.concatenate(sector)
    opens = begin[whose] + np.floor(rng.random(len(whose)) * (end - begin)[whose]).astype(np.int64)
    opens = move_weekends(opens, ordinary["weekend_share"], rng)
    mean = np.array([settings["mean_contacts"].get(name, 1.0) for name in SECTORS])[where]
    mean_gap = np.array([settings["mean_gap_days"].get(name, 1.0) for name in SECTORS])[where]
    course, _, start_day = _draw_days(opens, mean, mean_gap, ordinary, rng=rng)
    kept = np.flatnonzero(start_day < end[whose[course]])
    course, start_day = course[kept], start_day[kept]
    care_level, end_day = _draw_stays(start_day, where[course], ordinary, rng)
    codes = np.array([len(settings["icd10"].get(name, [])) for name in SECTORS])
    diagnosis = np.floor(rng.random(len(whose)) * codes[where]).astype(np.int64)
    median = np.array(by_sector(ordinary["waiting_median_days"]))[where]
    waiting = median * np.exp(ordinary["waiting_log_sd"] * rng.standard_normal(len(whose)))
    return OtherContacts(
        person=whose[course],
        sector=where[course],
        diagnosis=diagnosis[course],
        start_day=start_day,
        end_day=np.minimum(end_day, end[whose[course]] - 1),
        care_level=care_level,
        referral_day=(opens - np.ceil(waiting).astype(np.int64))[course],
    )


def add_illness(
    other: OtherContacts,
    courses: Courses,
    persons: Persons,
    *,
    is_ill: Flags,
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> OtherContacts:
    """Add somatic contacts after the index date of courses whose person falls ill.

    A Poisson number at `contacts_per_day` in [0, to_day), outpatient, diagnoses as of others.

    Args:
        other: Contacts that everybody has.
        courses: All courses.
        persons: The population; nobody has a contact after leaving it.
        is_ill: Whose contacts are added, shape (n_courses,).
        scenario: The whole scenario.
        rng: Random numbers.
    """
    settings = scenario["threat"]["illness"]
    rows = np.flatnonzero(is_ill)
    row = np.repeat(rows, rng.poisson(settings["contacts_per_day"] * settings["to_day"], len(rows)))
    offset = np.floor(settings["to_day"] * rng.random(len(row))).astype(np.int64)
    person = courses.person[row]
    day = move_weekends(courses.index_day[row] + offset, scenario["courses"]["weekend_share"], rng)
    codes = len(scenario["other_contacts"]["icd10"][SECTORS[SOM]])
    added = OtherContacts(
        person=person,
        sector=np.full(len(row), SOM),
        diagnosis=rng.integers(0, codes, len(row)),
        start_day=day,
        end_day=day,
        care_level=np.full(len(row), OUTPATIENT),
        referral_day=day,
    )
    last = np.minimum(persons.exit_day[person], NPR_END) - 1
    return concatenate([other, take(added, np.flatnonzero(day <= last))])


def _draw_days(
    opens: Ints, mean: Any, mean_gap: Any, settings: dict[str, Any], *, rng: np.random.Generator
) -> tuple[Ints, Flags, Ints]:
    """Draw the days of each course: a geometric number, with exponential gaps.

    Returns:
        Course, whether it is its first contact, and day, one entry per contact.
    """
    number = rng.geometric(1.0 / mean)
    course = np.repeat(np.arange(len(number)), number)
    first = np.cumsum(number) - number
    is_first = np.zeros(len(course), dtype=np.bool_)
    is_first[first] = True
    gap = np.ceil(rng.standard_exponential(len(course)) * mean_gap[course]).astype(np.int64)
    gap[first] = 0
    since_start = np.cumsum(gap)
    day = opens[course] + since_start - since_start[first][course]
    moved = move_weekends(day, settings["weekend_share"], rng)
    return course, is_first, np.where(is_first, day, moved)


def _draw_stays(
    start_day: Ints, sector: Ints, settings: dict[str, Any], rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Draw care level and last day of each contact; rehabilitation moves from stays to days."""
    day_care, inpatient = settings["day_care_share"], settings["inpatient_share"]
    shares = [1.0 - day_care - inpatient, day_care, inpatient]
    level = _CARE_LEVELS[draw_category(rng, shares, np.zeros_like(start_day))]
    end_day = start_day.copy()
    stays = np.flatnonzero(level == INPATIENT)
    end_day[stays] += rng.integers(1, _LONGEST_STAY + 1, len(stays))
    # Random numbers of its own, so that what rehabilitation does moves no other sector.
    own = rng.spawn(1)[0]
    rehab = np.flatnonzero((sector == ARR) & (level != OUTPATIENT))
    first, last = settings["rehab_day_care_of_stays"]
    passed = (year_of(start_day[rehab]) - FIRST_YEAR) / (LAST_YEAR - FIRST_YEAR)
    is_day = own.random(len(rehab)) < first + (last - first) * np.clip(passed, 0.0, 1.0)
    level[rehab] = np.where(is_day, DAY_CARE, INPATIENT)
    nights = own.integers(1, _LONGEST_STAY + 1, len(rehab))
    end_day[rehab] = start_day[rehab] + np.where(is_day, 0, nights)
    return level, end_day
