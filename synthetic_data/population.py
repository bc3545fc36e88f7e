"""Who the persons are: sex, birth, education, home, death and emigration.

Benefits and contacts are not here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic_data.days import (
    NAV_END,
    NAV_START,
    NEVER,
    NPR_START,
    Flags,
    Ints,
    draw_category,
    first_day_of,
)

MISSING_EDUCATION = 3
EDUCATION_GROUP_OF_LEVEL = np.array([MISSING_EDUCATION, 0, 0, 1, 1, 1, 2, 2, 2, MISSING_EDUCATION])
"""Level 1-2, 3-5, 6-8 and missing (0 and 9) as groups 0 to 3; Source: register facts 3.1."""


@dataclass(frozen=True, slots=True)
class Persons:
    """One entry per person; every array has shape (n,).

    Attributes:
        sex: 1 man, 2 woman.
        birth_year: Calendar year.
        death_day: Day number, NEVER for the living.
        emigration_day: Day number, NEVER for those who stay.
        level: NUS2000 level before any change, 0 to 9.
        upgrade_year: Year whose 1 October shows the higher level; NEVER for most.
        upgraded_level: Level from then on.
        has_education_row: Whether the education file knows the person.
        municipality: Position in the scenario's list in 2006.
        move_year: Year of the only move; NEVER for most.
        moved_to: Position of the municipality after it.
        is_linked: Whether the person is in the link file.
        npr_number: Random number behind the pseudonym in NPR, unique.
        nav_number: Likewise in NAV.
        ssb_number: Likewise in Statistics Norway.
    """

    sex: Ints
    birth_year: Ints
    death_day: Ints
    emigration_day: Ints
    level: Ints
    upgrade_year: Ints
    upgraded_level: Ints
    has_education_row: Flags
    municipality: Ints
    move_year: Ints
    moved_to: Ints
    is_linked: Flags
    npr_number: Ints
    nav_number: Ints
    ssb_number: Ints

    @property
    def exit_day(self) -> Ints:
        """First day on which the person no longer lives in Norway, shape (n,)."""
        return np.minimum(self.death_day + 1, self.emigration_day)

    @property
    def benefit_begin(self) -> Ints:
        """First day on which a benefit can be seen: 18 years of age, and in the register."""
        return np.maximum(first_day_of(self.birth_year + 18), NAV_START)

    @property
    def benefit_end(self) -> Ints:
        """First day without benefits: the end of the year of 67, exit or end of register."""
        pension = first_day_of(self.birth_year + 68)
        return np.minimum(np.minimum(pension, self.exit_day), NAV_END)

    def education_group(self, person: Ints, year: Ints) -> Ints:
        """Give the education group as known before a year.

        Args:
            person: Positions, shape (m,).
            year: Calendar year of each, shape (m,); the status of an earlier 1 October counts.
        """
        is_upgraded = self.upgrade_year[person] < year
        level = np.where(is_upgraded, self.upgraded_level[person], self.level[person])
        group = EDUCATION_GROUP_OF_LEVEL[level]
        return np.where(self.has_education_row[person], group, MISSING_EDUCATION)


def build_persons(count: int, scenario: dict[str, Any], rng: np.random.Generator) -> Persons:
    """Draw the population.

    Args:
        count: Number of persons.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    settings = scenario["population"]
    birth_year = np.clip(
        np.rint(rng.normal(settings["mean_birth_year"], settings["birth_year_sd"], count)),
        settings["first_birth_year"],
        settings["last_birth_year"],
    ).astype(np.int64)
    return Persons(
        sex=1 + (rng.random(count) < settings["women_share"]).astype(np.int64),
        birth_year=birth_year,
        death_day=_draw_death(birth_year, settings["death_per_year_at_45"], rng),
        emigration_day=_draw_event(np.full(count, settings["emigration_per_year"]), rng),
        **_draw_education(birth_year, scenario["education"], rng),
        **_draw_homes(count, scenario, rng),
        is_linked=rng.random(count) >= settings["unlinked_share"],
        npr_number=_draw_numbers(count, 10**10, rng),
        nav_number=_draw_numbers(count, 10**8, rng),
        ssb_number=_draw_numbers(count, 10**9, rng),
    )


def _draw_event(per_year: Any, rng: np.random.Generator) -> Ints:
    """Draw the day of an event from 2008 on, NEVER if it comes after the register."""
    day = NPR_START + rng.exponential(365.25 / np.asarray(per_year))
    return np.where(day < NAV_END, day, NEVER).astype(np.int64)


def _draw_death(birth_year: Ints, at_45: float, rng: np.random.Generator) -> Ints:
    return _draw_event(at_45 * 2.0 ** ((2013 - birth_year - 45) / 8), rng)


def _draw_education(
    birth_year: Ints, settings: dict[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    count = len(birth_year)
    cohort = np.digitize(birth_year, [1955, 1975])
    level = np.array(settings["levels"])[draw_category(rng, settings["shares"], cohort)]
    level = np.where(rng.random(count) < settings["below_school_share"], 0, level)
    rises = (rng.random(count) < settings["upgrade_share"]) & (level >= 2) & (level <= 6)
    return {
        "level": level,
        "upgrade_year": np.where(rises, rng.integers(2008, 2018, count), NEVER),
        "upgraded_level": np.where(level == 6, 7, np.where(level >= 4, 6, 4)),
        "has_education_row": rng.random(count) >= settings["without_row_share"],
    }


def _draw_homes(count: int, scenario: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    shares = [place["share"] for place in scenario["municipality"]]
    everybody = np.zeros(count, dtype=np.int64)
    moves = rng.random(count) < scenario["population"]["moves_per_year"] * 13
    return {
        "municipality": draw_category(rng, shares, everybody),
        "move_year": np.where(moves, rng.integers(2007, 2018, count), NEVER),
        "moved_to": draw_category(rng, shares, everybody),
    }


def _draw_numbers(count: int, below: int, rng: np.random.Generator) -> Ints:
    """Draw different numbers in random order, so that none tells the person's position."""
    return rng.choice(below, size=count, replace=False, shuffle=True)
