"""Courses of care for the diagnoses that the scheme treats, before anybody is treated.

A course is a run of contacts of one person in one sector. First contacts of one person are at
least `spacing_days` apart in whatever sector, so that neither courses nor windows touch.
Contacts of a course are in contacts.py.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic_data.days import (
    NPR_END,
    NPR_START,
    Flags,
    Floats,
    Ints,
    draw_category,
    move_weekends,
    year_of,
)
from synthetic_data.population import Persons, is_in_work
from synthetic_data.scenario import ARR, SECTORS, by_sector

_AGE_GROUPS = [13, 18, 68]
"""Where the groups of `kept_by_age` begin."""


@dataclass(frozen=True, slots=True)
class Courses:
    """One entry per course, in order of person and day; every array has shape (n,).

    Attributes:
        person: Position of the person.
        index_day: Day of the first contact.
        referral_day: Day on which the referral came in.
        year: Calendar year of the first contact.
        sector: Position in `SECTORS`.
        diagnosis: Position in the scenario's list of diagnoses.
        variant: Which four-character code of that diagnosis.
        z_main: Position of the Z code that stands as main code, -1 when none does.
        age: Calendar year less birth year.
        education: Group known before the year, 0 to 3.
        is_employed: Whether the person is in work at that age.
    """

    person: Ints
    index_day: Ints
    referral_day: Ints
    year: Ints
    sector: Ints
    diagnosis: Ints
    variant: Ints
    z_main: Ints
    age: Ints
    education: Ints
    is_employed: Flags


def build_courses(persons: Persons, scenario: dict[str, Any], rng: np.random.Generator) -> Courses:
    """Draw the courses of everybody.

    Args:
        persons: The population.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    settings = scenario["courses"]
    person, index_day = _draw_index_days(len(persons.sex), settings, rng)
    index_day = np.minimum(move_weekends(index_day, settings["weekend_share"], rng), NPR_END - 1)
    sector = draw_category(rng, by_sector(settings["sector_shares"]), np.zeros_like(person))
    age = year_of(index_day) - persons.birth_year[person]
    employed = is_in_work(persons, person, age, scenario["population"])
    kept = _draw_kept(persons, person, index_day, age, sector, employed, settings=settings, rng=rng)
    person, index_day, sector = person[kept], index_day[kept], sector[kept]
    age, year = age[kept], year_of(index_day)
    has_z = (sector == ARR) & (rng.random(len(person)) < settings["z_main_share"])
    diagnosis = _draw_diagnosis(
        sector, age, persons.sex[person], diagnoses=scenario["diagnosis"], rng=rng
    )
    variants = np.array([len(entry["icd10"]) for entry in scenario["diagnosis"]])
    median = np.array(by_sector(settings["waiting_median_days"]))[sector]
    waiting = median * np.exp(settings["waiting_log_sd"] * rng.standard_normal(len(person)))
    return Courses(
        person=person,
        index_day=index_day,
        referral_day=index_day - np.ceil(waiting).astype(np.int64),
        year=year,
        sector=sector,
        diagnosis=diagnosis,
        variant=(rng.random(len(person)) * variants[diagnosis]).astype(np.int64),
        z_main=np.where(has_z, rng.integers(0, len(settings["z_codes"]), len(person)), -1),
        age=age,
        education=persons.education_group(person, year),
        is_employed=employed[kept],
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


def _draw_kept(
    persons: Persons,
    person: Ints,
    index_day: Ints,
    age: Ints,
    sector: Ints,
    employed: Flags,
    *,
    settings: dict[str, Any],
    rng: np.random.Generator,
) -> Flags:
    """Thin out courses by age and work, and drop those of people who are not in the country."""
    share = np.array(settings["kept_by_age"])[np.digitize(age, _AGE_GROUPS)]
    without_work: Floats = np.array(by_sector(settings["kept_not_employed"]))[sector]
    share = share * np.where(employed, 1.0, without_work)
    lives_here = index_day < persons.exit_day[person]
    lives_here &= index_day >= persons.immigration_day[person]
    return lives_here & (rng.random(len(person)) < share)


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
