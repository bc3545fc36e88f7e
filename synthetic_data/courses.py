"""Courses of specialist care and their contacts, before anybody is treated.

A course is a run of contacts of one person in one sector. First contacts of one person are at
least `spacing_days` apart in whatever sector, so that neither courses nor windows touch.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic_data.days import (
    NPR_END,
    NPR_START,
    Flags,
    Ints,
    draw_category,
    take,
    year_of,
)
from synthetic_data.population import Persons
from synthetic_data.scenario import ARR, SECTORS, by_sector

OUTPATIENT, DAY_CARE, INPATIENT = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Courses:
    """One entry per course, in order of person and day; every array has shape (n,).

    Attributes:
        person: Position of the person.
        index_day: Day of the first contact.
        year: Its calendar year.
        sector: Position in `SECTORS`.
        diagnosis: Position in the scenario's list of diagnoses.
        variant: Which four-character code of that diagnosis.
        z_main: Position of the Z code that stands as main code, -1 when none does.
        age: Calendar year less birth year.
        education: Group known before the year, 0 to 3.
    """

    person: Ints
    index_day: Ints
    year: Ints
    sector: Ints
    diagnosis: Ints
    variant: Ints
    z_main: Ints
    age: Ints
    education: Ints


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


def build_courses(persons: Persons, scenario: dict[str, Any], rng: np.random.Generator) -> Courses:
    """Draw the courses of everybody.

    Args:
        persons: The population.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    settings = scenario["courses"]
    person, index_day = _draw_index_days(len(persons.sex), settings, rng)
    alive = index_day < persons.exit_day[person]
    person, index_day = person[alive], index_day[alive]
    nobody = np.zeros(len(person), dtype=np.int64)
    sector = draw_category(rng, by_sector(settings["sector_shares"]), nobody)
    year = year_of(index_day)
    age = year - persons.birth_year[person]
    has_z = (sector == ARR) & (rng.random(len(person)) < settings["z_main_share"])
    diagnosis = _draw_diagnosis(
        sector, age, persons.sex[person], diagnoses=scenario["diagnosis"], rng=rng
    )
    variants = np.array([len(entry["icd10"]) for entry in scenario["diagnosis"]])
    return Courses(
        person=person,
        index_day=index_day,
        year=year,
        sector=sector,
        diagnosis=diagnosis,
        variant=(rng.random(len(person)) * variants[diagnosis]).astype(np.int64),
        z_main=np.where(has_z, rng.integers(0, len(settings["z_codes"]), len(person)), -1),
        age=age,
        education=persons.education_group(person, year),
    )


def _draw_index_days(
    persons: int, settings: dict[str, Any], rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Draw days at least `spacing_days` apart, uniform over what the spacing leaves."""
    number = draw_category(rng, settings["number_shares"], np.zeros(persons, dtype=np.int64))
    most, spacing = len(settings["number_shares"]) - 1, settings["spacing_days"]
    free_days = NPR_END - NPR_START - (number - 1) * spacing
    point = rng.random((persons, most))
    point[np.arange(most) >= number[:, None]] = 2.0  # beyond the register; sorted last, then cut
    point.sort(axis=1)
    day = np.floor(point * free_days[:, None]) + np.arange(most) * spacing + NPR_START
    person, place = np.nonzero(point < 1.0)
    return person, day[person, place].astype(np.int64)


def _draw_diagnosis(
    sector: Ints,
    age: Ints,
    sex: Ints,
    *,
    diagnoses: list[dict[str, Any]],
    rng: np.random.Generator,
) -> Ints:
    """Draw a diagnosis with shares by sector, age group and sex."""
    weights = np.zeros((len(SECTORS), 3, 2, len(diagnoses)))
    for position, entry in enumerate(diagnoses):
        shares = np.array(entry["weights"])
        weights[SECTORS.index(entry["sector"]), :, 1, position] = shares
        if not entry.get("women_only", False):
            weights[SECTORS.index(entry["sector"]), :, 0, position] = shares
    age_group = np.digitize(age, [35, 55])
    group = (sector * 3 + age_group) * 2 + (sex - 1)
    return draw_category(rng, weights.reshape(-1, len(diagnoses)), group)


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
    extra = np.array(by_sector(settings["mean_extra_contacts"]))[courses.sector]
    number = rng.geometric(1.0 / (1.0 + extra))
    course = np.repeat(np.arange(len(number)), number)
    first = np.cumsum(number) - number
    is_first = np.zeros(len(course), dtype=np.bool_)
    is_first[first] = True
    mean_gap = np.array(by_sector(settings["mean_gap_days"]))[courses.sector]
    gap = np.where(is_first, 0, np.ceil(rng.exponential(mean_gap[course]))).astype(np.int64)
    since_start = np.cumsum(gap)
    since_index = since_start - since_start[first][course]
    start_day = courses.index_day[course] + since_index
    care_level = draw_category(rng, _care_shares(settings), np.zeros(len(course), dtype=np.int64))
    stay = np.where(care_level == 2, rng.integers(1, 11, len(course)), 0)
    last_day = np.minimum(persons.exit_day[courses.person[course]], NPR_END) - 1
    ordinary = rng.random(len(course)) < scenario["treatment"]["ordinary_contact_share"]
    contacts = Contacts(
        course=course,
        start_day=start_day,
        end_day=np.minimum(start_day + stay, last_day),
        care_level=np.array([OUTPATIENT, DAY_CARE, INPATIENT])[care_level],
        is_first=is_first,
        is_ordinary=ordinary & ~is_first,
    )
    return take(
        contacts, (since_index <= settings["longest_course_days"]) & (start_day <= last_day)
    )


def _care_shares(settings: dict[str, Any]) -> list[float]:
    day_care, inpatient = settings["day_care_share"], settings["inpatient_share"]
    return [1.0 - day_care - inpatient, day_care, inpatient]
