"""Allowances (AAP and what came before it) and disability benefit.

Nothing here knows who is treated.
"""

from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import (
    NAV_END,
    NAV_START,
    Floats,
    Ints,
    concatenate,
    day_number,
    draw_category,
    first_day_of,
    take,
    year_of,
)
from synthetic_data.population import FIRST_AGE_OF_LONG_TERM, Persons, pension_day
from synthetic_data.scenario import by_sector
from synthetic_data.spells import ALLOWANCE, DISABILITY, Spells, make_spells

REFORM_2018 = day_number(2018)
"""The ordinary maximum of AAP became three years; Source: register facts 2.5."""
_INFLOW_BEGINS = day_number(2002)
"""Allowances under way in 2006 began at most four years before."""
_AGE_GROUPS = [30, 40, 50, 60]
_STOCK_AGES = [20, 25, 30, 35, 40, 45, 50, 55, 60, 65]


def draw_disability(persons: Persons, settings: dict[str, Any], rng: np.random.Generator) -> Spells:
    """Draw disability benefit that follows no allowance: the stock of 2006 and what is new.

    Args:
        persons: The population.
        settings: The scenario's section on long-term benefits.
        rng: Random numbers.
    """
    age = 2006 - persons.birth_year
    share = np.array(settings["disability_share_2006"])[np.digitize(age, _STOCK_AGES)]
    # Divided so that both sexes together have the published share.
    ratio = settings["disability_women_ratio"]
    share = share * np.where(persons.sex == 2, ratio, 1.0) * 2.0 / (1.0 + ratio)
    is_adult = age >= FIRST_AGE_OF_LONG_TERM
    has_it = is_adult & (rng.random(len(share)) < share) & (persons.immigration_day < NAV_START)
    old = np.flatnonzero(has_it)
    new, start = _draw_inflow(
        persons, settings["disability_per_year"], ratio, begin=NAV_START, rng=rng
    )
    person = np.concatenate([old, new])
    start = np.concatenate([np.full(len(old), NAV_START), start])
    return _disability(person, start, settings, rng)


def draw_other_allowances(
    persons: Persons, settings: dict[str, Any], rng: np.random.Generator
) -> Spells:
    """Draw allowances that follow neither sick leave nor a course.

    Args:
        persons: The population.
        settings: The scenario's section on long-term benefits.
        rng: Random numbers.
    """
    rates, ratio = settings["allowance_per_year"], settings["women_ratio_allowance"]
    person, start = _draw_inflow(persons, rates, ratio, begin=NAV_START, rng=rng)
    earlier = np.array(rates) * settings["allowance_per_year_before_2006_ratio"]
    earlier_person, earlier_start = _draw_inflow(
        persons, earlier, ratio, begin=_INFLOW_BEGINS, end=NAV_START, rng=rng
    )
    person = np.concatenate([person, earlier_person])
    start = np.concatenate([start, earlier_start])
    days = _draw_length(len(person), settings, rng)
    birth_year = persons.birth_year[person]
    return draw_allowances(person, start, days, birth_year, settings=settings, rng=rng)


def draw_course_allowances(
    courses: Courses, scenario: dict[str, Any], rng: np.random.Generator
) -> Spells:
    """Draw those who already have an allowance at their first contact.

    Args:
        courses: All courses.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    settings, long_term = scenario["course_sick_leave"], scenario["long_term"]
    share = np.array(by_sector(settings["allowance_share"]))[courses.sector]
    chosen = take(courses, np.flatnonzero(rng.random(len(share)) < share))
    before = rng.integers(20, settings["allowance_longest_elapsed_days"], len(chosen.person))
    after = rng.exponential(settings["allowance_mean_remaining_days"], len(before))
    start = chosen.index_day - before
    birth_year = chosen.year - chosen.age
    days = before + np.ceil(after)
    return draw_allowances(chosen.person, start, days, birth_year, settings=long_term, rng=rng)


def draw_sequel(
    person: Ints,
    start: Ints,
    birth_year: Ints,
    *,
    settings: dict[str, Any],
    rng: np.random.Generator,
) -> Spells:
    """Draw what follows sick leave that reached its ceiling: allowance, disability or work.

    Args:
        person: Position of each who reached it, shape (m,).
        start: First day after sick leave, shape (m,).
        birth_year: Of each, shape (m,).
        settings: The scenario's section on long-term benefits.
        rng: Random numbers.
    """
    allowance = settings["after_ceiling_allowance_share"]
    disability = settings["after_ceiling_disability_share"]
    shares = [allowance, disability, max(1.0 - allowance - disability, 0.0)]
    sequel = draw_category(rng, shares, np.zeros_like(person))
    first, second = sequel == 0, sequel == 1
    length = _draw_length(int(first.sum()), settings, rng)
    allowances = draw_allowances(
        person[first], start[first], length, birth_year[first], settings=settings, rng=rng
    )
    return concatenate([allowances, _disability(person[second], start[second], settings, rng)])


def draw_allowances(
    person: Ints,
    start: Ints,
    days: Floats,
    birth_year: Ints,
    *,
    settings: dict[str, Any],
    rng: np.random.Generator,
) -> Spells:
    """Lay allowances of a wanted length, some of which end in disability.

    Until 2018 the ordinary maximum is four years. From 2018 it is three: who is beyond it then
    leaves within some time, who is not leaves when it is reached.

    Args:
        person: Position of each, shape (m,).
        start: First day of each, shape (m,).
        days: Wanted length, days, shape (m,).
        birth_year: Of each, shape (m,).
        settings: The scenario's section on long-term benefits.
        rng: Random numbers.
    """
    length = np.clip(days, 1, settings["allowance_maximum_days"]).astype(np.int64)
    end = start + length
    three_years = start + settings["allowance_maximum_days_2018"]
    leaves = REFORM_2018 + rng.integers(0, settings["allowance_leave_2018_days"], len(person))
    end = np.where(end > REFORM_2018, np.minimum(end, np.maximum(three_years, leaves)), end)
    spells = make_spells(person, start, end, kind=ALLOWANCE)
    age_group = np.digitize(year_of(end) - birth_year, _AGE_GROUPS)
    share = np.array(settings["disability_after_allowance_share"])[age_group]
    disabled = rng.random(len(person)) < share
    sequel = _disability(person[disabled], end[disabled], settings, rng)
    return concatenate([spells, sequel])


def _disability(
    person: Ints, start: Ints, settings: dict[str, Any], rng: np.random.Generator
) -> Spells:
    nobody = np.zeros(len(person), dtype=np.int64)
    shares = settings["disability_grade_shares"]
    grade = np.array(settings["disability_grades"])[draw_category(rng, shares, nobody)]
    return make_spells(person, start, NAV_END, kind=DISABILITY, grade=grade)


def _draw_length(count: int, settings: dict[str, Any], rng: np.random.Generator) -> Floats:
    log_days = settings["allowance_log_sd"] * rng.standard_normal(count)
    return np.ceil(settings["allowance_median_days"] * np.exp(log_days))


def _draw_inflow(
    persons: Persons,
    rates: Any,
    women_ratio: float,
    *,
    begin: int,
    end: int = NAV_END,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Draw events at a rate by age and sex; an age group is that of the middle of the period.

    Returns:
        Person and day of each event.
    """
    adult = first_day_of(persons.birth_year + FIRST_AGE_OF_LONG_TERM)
    opens = np.maximum(np.maximum(adult, persons.immigration_day), begin)
    closes = np.minimum(np.minimum(pension_day(persons.birth_year), persons.exit_day), end)
    days = np.maximum(closes - opens, 0)
    by_sex = np.where(persons.sex == 2, women_ratio, 1.0) * 2.0 / (1.0 + women_ratio)
    highest = np.max(rates)
    number = rng.poisson(highest * by_sex * days / 365.25)
    person = np.repeat(np.arange(len(days)), number)
    day = opens[person] + np.floor(rng.random(len(person)) * days[person]).astype(np.int64)
    age = year_of(day) - persons.birth_year[person]
    # Drawn at the highest rate and thinned to that of the age on the day.
    share = np.array(rates)[np.digitize(age, _AGE_GROUPS)] / highest
    kept = rng.random(len(person)) < share
    return person[kept], day[kept]
