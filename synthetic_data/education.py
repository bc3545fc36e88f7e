"""Education by age: levels are reached in their order, never before their age."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic_data.days import NEVER, Flags, Ints, draw_category

MISSING_EDUCATION = 3
GROUP_OF_LEVEL = np.array([MISSING_EDUCATION, 0, 0, 1, 1, 1, 2, 2, 2, MISSING_EDUCATION])
"""Level 1-2, 3-5, 6-8 and missing (0 and 9) as groups 0 to 3; Source: register facts 3.1."""
UNKNOWN_LEVEL = 9
_FIRST_UPGRADE, _AFTER_UPGRADE = 2008, 2018
_YOUNGEST_UPGRADED = 32
"""Years of age when an adult's level rises: all ordinary steps are behind (assumption)."""


@dataclass(frozen=True, slots=True)
class Education:
    """One entry per person; every array has shape (n,) unless said.

    Attributes:
        level: Final NUS2000 level of the ordinary course, 0 to 9.
        upgrade_year: Year whose 1 October shows the higher level; NEVER for most.
        upgraded_level: Level from then on.
        has_row: Whether the education file knows the person.
        steps: Pairs (age, highest level from that age on), shape (n_steps, 2).
    """

    level: Ints
    upgrade_year: Ints
    upgraded_level: Ints
    has_row: Flags
    steps: Ints

    def level_at(self, person: Ints, status_year: Ints, birth_year: Ints) -> Ints:
        """Give the level shown on 1 October of a year, 0 before the first step.

        Args:
            person: Positions, shape (m,).
            status_year: Year of each, shape (m,).
            birth_year: Birth year of each, shape (m,).
        """
        age = status_year - birth_year
        highest = np.zeros(len(person), dtype=np.int64)
        for step_age, step_level in self.steps:
            highest = np.where(age >= step_age, step_level, highest)
        final = self.level[person]
        # Who goes on to a university has level 4 on the way, not level 5.
        highest = np.where((highest == 5) & (final > 5), 4, highest)
        level = np.where(final == UNKNOWN_LEVEL, final, np.minimum(final, highest))
        is_upgraded = self.upgrade_year[person] <= status_year
        return np.where(is_upgraded, self.upgraded_level[person], level)

    def group_before(self, person: Ints, year: Ints, birth_year: Ints) -> Ints:
        """Give the group as known before a year: the status of the 1 October before.

        Args:
            person: Positions, shape (m,).
            year: Calendar year of each, shape (m,).
            birth_year: Birth year of each, shape (m,).
        """
        group = GROUP_OF_LEVEL[self.level_at(person, year - 1, birth_year)]
        return np.where(self.has_row[person], group, MISSING_EDUCATION)


def draw_education(
    birth_year: Ints, is_immigrant: Flags, settings: dict[str, Any], rng: np.random.Generator
) -> Education:
    """Draw the education of a block of persons.

    Args:
        birth_year: Calendar year, shape (n,).
        is_immigrant: Who came after 2006, shape (n,).
        settings: The scenario's education section.
        rng: Random numbers.
    """
    count = len(birth_year)
    cohort = np.digitize(birth_year, [1955, 1975])
    level = np.array(settings["levels"])[draw_category(rng, settings["shares"], cohort)]
    level = np.where(rng.random(count) < settings["below_school_share"], 0, level)
    is_unknown = is_immigrant & (rng.random(count) < settings["immigrants_unknown_share"])
    level = np.where(is_unknown, UNKNOWN_LEVEL, level)
    year = rng.integers(_FIRST_UPGRADE, _AFTER_UPGRADE, count)
    rises = (rng.random(count) < settings["upgrade_share"]) & (level >= 2) & (level <= 6)
    rises &= year - birth_year >= _YOUNGEST_UPGRADED
    age = settings["reached_at_age"]
    return Education(
        level=level,
        upgrade_year=np.where(rises, year, NEVER),
        upgraded_level=np.where(level == 6, 7, np.where(level >= 4, 6, 4)),
        has_row=rng.random(count) >= settings["without_row_share"],
        steps=np.array(
            [
                (age["lower"], 2),
                (age["upper"], 5),
                (age["bachelor"], 6),
                (age["master"], 7),
                (age["doctor"], 8),
            ]
        ),
    )
