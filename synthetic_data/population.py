"""Who the persons are: sex, birth, work, home, death and moves in and out of the country.

Education is in education.py; benefits and contacts are not here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic_data.days import (
    NAV_END,
    NAV_START,
    NEVER,
    Flags,
    Floats,
    Ints,
    day_number,
    draw_category,
    first_day_of,
)
from synthetic_data.education import Education, draw_education
from synthetic_data.pseudonyms import scramble

NPR_DIGITS, NAV_DIGITS, SSB_DIGITS = 10, 8, 9
BIRTH_YEAR_STEP = 5
LAST_AGE_OF_BENEFITS = 67
_HALF_A_YEAR = 181
FIRST_AGE_OF_SICK_LEAVE, FIRST_AGE_OF_LONG_TERM = 16, 18
"""Years: sick leave is published from 16 [NAV-T], AAP and disability benefit from 18."""


@dataclass(frozen=True, slots=True)
class Persons:
    """One entry per person; every array has shape (n,).

    Attributes:
        sex: 1 man, 2 woman.
        birth_year: Calendar year.
        immigration_day: Day number; -NEVER for who has always lived here.
        death_day: Day number, NEVER for the living.
        emigration_day: Day number, NEVER for those who stay.
        work_rank: Uniform number; a person is in work where it is below the share of the age.
        municipality: Position in the scenario's list in 2006.
        move_year: Year of the only move; NEVER for most.
        moved_to: Position of the municipality after it.
        is_linked: Whether the person is in the link file.
        npr_number: Number behind the pseudonym in NPR, unique.
        nav_number: Likewise in NAV.
        ssb_number: Likewise in Statistics Norway.
        education: The courses of education; its arrays have shape (n,) too.
    """

    sex: Ints
    birth_year: Ints
    immigration_day: Ints
    death_day: Ints
    emigration_day: Ints
    work_rank: Floats
    municipality: Ints
    move_year: Ints
    moved_to: Ints
    is_linked: Flags
    npr_number: Ints
    nav_number: Ints
    ssb_number: Ints
    education: Education

    @property
    def exit_day(self) -> Ints:
        """First day on which the person no longer lives in Norway, shape (n,)."""
        return np.minimum(self.death_day + 1, self.emigration_day)

    @property
    def benefit_begin(self) -> Ints:
        """First day on which sick leave can be seen: 16 years of age, here, in the register."""
        opens = np.maximum(first_day_of(self.birth_year + FIRST_AGE_OF_SICK_LEAVE), NAV_START)
        return np.maximum(opens, self.immigration_day)

    @property
    def long_term_begin(self) -> Ints:
        """First day on which an allowance or disability benefit can be had: 18 years of age."""
        return np.maximum(
            first_day_of(self.birth_year + FIRST_AGE_OF_LONG_TERM), self.benefit_begin
        )

    @property
    def benefit_end(self) -> Ints:
        """First day without benefits: 67 years of age, exit or end of register."""
        pension = pension_day(self.birth_year)
        return np.minimum(np.minimum(pension, self.exit_day), NAV_END)

    def education_group(self, person: Ints, year: Ints) -> Ints:
        """Give the education group as known before a year.

        Args:
            person: Positions, shape (m,).
            year: Calendar year of each, shape (m,); the status of an earlier 1 October counts.
        """
        return self.education.group_before(person, year, self.birth_year[person])


def build_persons(
    count: int, scenario: dict[str, Any], rng: np.random.Generator, *, first: int = 0, seed: int = 0
) -> Persons:
    """Draw a block of the population.

    Args:
        count: Number of persons.
        scenario: The whole scenario.
        rng: Random numbers.
        first: Position of the first of them in the whole population.
        seed: Of the delivery; decides the pseudonyms.
    """
    settings = scenario["population"]
    birth_year = _draw_birth_year(count, settings, rng)
    immigration_day = _draw_immigration(birth_year, settings, rng)
    is_immigrant = immigration_day > NAV_START
    arrival = np.maximum(immigration_day, NAV_START)
    leaves = np.where(
        is_immigrant,
        settings["emigration_per_year_immigrants"],
        settings["emigration_per_year"],
    )
    position = np.arange(first, first + count)
    return Persons(
        sex=1 + (rng.random(count) < settings["women_share"]).astype(np.int64),
        birth_year=birth_year,
        immigration_day=immigration_day,
        death_day=_draw_death(birth_year, arrival, settings["death_per_year_at_45"], rng=rng),
        emigration_day=_until_end(arrival + 30 + rng.exponential(365.25 / leaves)),
        work_rank=rng.random(count),
        **_draw_homes(count, scenario, rng),
        is_linked=rng.random(count) >= settings["unlinked_share"],
        npr_number=scramble(position, NPR_DIGITS, seed=seed, register=0),
        nav_number=scramble(position, NAV_DIGITS, seed=seed, register=1),
        ssb_number=scramble(position, SSB_DIGITS, seed=seed, register=2),
        education=draw_education(birth_year, is_immigrant, scenario["education"], rng),
    )


def pension_day(birth_year: Ints) -> Ints:
    """Give the day of turning 67, at which benefits end; birthdays are taken for 1 July."""
    return first_day_of(birth_year + LAST_AGE_OF_BENEFITS) + _HALF_A_YEAR


def is_in_work(persons: Persons, person: Ints, age: Ints, settings: dict[str, Any]) -> Flags:
    """Tell who is in work at an age.

    Args:
        persons: The population.
        person: Positions, shape (m,).
        age: Age of each, years, shape (m,).
        settings: The scenario's population section.
    """
    share = np.array([0.0, *settings["employed_share"], 0.0])
    band = np.clip(np.where(age < 16, 0, (age - 15) // 5 + 1), 0, len(share) - 1)
    return persons.work_rank[person] < share[band]


def _draw_birth_year(count: int, settings: dict[str, Any], rng: np.random.Generator) -> Ints:
    weights = settings["birth_year_weights"]
    step = draw_category(rng, weights, np.zeros(count, dtype=np.int64))
    first, last = settings["first_birth_year"], settings["last_birth_year"]
    begin = first + step * BIRTH_YEAR_STEP
    width = np.minimum(begin + BIRTH_YEAR_STEP, last + 1) - begin
    return begin + np.floor(rng.random(count) * width).astype(np.int64)


def _draw_immigration(birth_year: Ints, settings: dict[str, Any], rng: np.random.Generator) -> Ints:
    """Draw the day of arrival between 2006 and 2019, for those born late enough."""
    arrives = rng.random(len(birth_year)) < settings["immigrant_share"]
    arrives &= birth_year >= settings["immigrant_first_birth_year"]
    day = rng.integers(NAV_START + 1, day_number(2020), len(birth_year))
    return np.where(arrives & (day >= first_day_of(birth_year)), day, -NEVER)


def _until_end(day: Floats) -> Ints:
    """Let what comes after the registers never come."""
    return np.where(day < NAV_END, day, NEVER).astype(np.int64)


def _draw_death(birth_year: Ints, arrival: Ints, at_45: float, *, rng: np.random.Generator) -> Ints:
    """Draw death from arrival on; the hazard doubles every eight years of age (Gompertz)."""
    growth = np.log(2.0) / 8.0
    age = (arrival - first_day_of(birth_year)) / 365.25
    hazard = at_45 * np.exp(growth * (age - 45.0))
    years = np.log1p(growth / hazard * rng.exponential(size=len(birth_year))) / growth
    return _until_end(arrival + years * 365.25)


def _draw_homes(count: int, scenario: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    shares = [place["share"] for place in scenario["municipality"]]
    everybody = np.zeros(count, dtype=np.int64)
    moves = rng.random(count) < scenario["population"]["moves_per_year"] * 13
    return {
        "municipality": draw_category(rng, shares, everybody),
        "move_year": np.where(moves, rng.integers(2007, 2018, count), NEVER),
        "moved_to": draw_category(rng, shares, everybody),
    }
