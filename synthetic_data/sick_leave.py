"""Benefits as they would have been without treatment.

Three layers: disability from before; spells that go with a course (sick leave, or an
allowance); and everybody's background of sick leave. A spell of sick leave that reaches the
ceiling of 365 days may pass into an allowance, an allowance into disability.
Nothing here knows who is treated: given sector, diagnosis, sex, age and education the process
around a first contact is the same for all courses. That is the assumption the scenario holds.
"""

from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import NAV_END, NAV_START, Floats, Ints, concatenate, draw_category, take
from synthetic_data.population import Persons
from synthetic_data.scenario import by_sector
from synthetic_data.spells import (
    ALLOWANCE,
    DISABILITY,
    SICK_LEAVE,
    Spells,
    clip_to_bounds,
    clip_to_disjoint,
    follows_too_soon,
    overlaps_any,
    sort_spells,
)

DAYS_PER_YEAR = 365.25


def build_untreated_spells(
    persons: Persons, courses: Courses, scenario: dict[str, Any], *, rng: np.random.Generator
) -> Spells:
    """Draw every person's benefits without treatment.

    Args:
        persons: The population.
        courses: All courses.
        scenario: The whole scenario.
        rng: Random numbers.

    Returns:
        Disjoint spells, sorted by person and first day, inside each person's bounds.
    """
    blocks = clip_to_disjoint(
        concatenate(
            [
                _draw_early_disability(persons, scenario["long_term"], rng),
                _draw_course_sick_leave(persons, courses, scenario, rng=rng),
                _draw_course_allowances(courses, scenario, rng),
            ]
        )
    )
    background = _draw_background(persons, scenario, rng)
    gap_days = scenario["sick_leave"]["gap_days"]
    background = take(background, ~overlaps_any(background, blocks, gap_days))
    everything = clip_to_disjoint(concatenate([blocks, background]))
    return clip_to_bounds(everything, persons.benefit_begin, persons.benefit_end)


def _draw_early_disability(
    persons: Persons, settings: dict[str, Any], rng: np.random.Generator
) -> Spells:
    """Draw who is on disability benefit when the register opens."""
    age_group = np.digitize(2006 - persons.birth_year, [30, 40, 50, 60])
    share = np.array(settings["disability_share_2006"])[age_group]
    person = np.flatnonzero(rng.random(len(share)) < share)
    return _spells(person, np.full(len(person), NAV_START), NAV_END, kind=DISABILITY)


def _spells(person: Ints, start: Ints, end: Any, *, kind: int) -> Spells:
    stop = np.broadcast_to(np.asarray(end, dtype=np.int64), person.shape)
    return Spells(
        person=person, start=start.astype(np.int64), end=stop, kind=np.full(len(person), kind)
    )


def _draw_course_sick_leave(
    persons: Persons, courses: Courses, scenario: dict[str, Any], *, rng: np.random.Generator
) -> Spells:
    """Draw sick leave that begins before a first contact and mostly outlasts it.

    Equations: waiting W and remaining R are gamma; both grow with age, R also with sex and
    education; spell = [index - W, index + R), at most 365 days long.
    """
    settings = scenario["course_sick_leave"]
    diagnoses = scenario["diagnosis"]
    sick_share = np.array([entry["sick_share"] for entry in diagnoses])[courses.diagnosis]
    rows = np.flatnonzero(rng.random(len(sick_share)) < sick_share)
    chosen = take(courses, rows)
    waiting = np.array([entry["waiting_days"] for entry in diagnoses])[chosen.diagnosis]
    remaining = np.array([entry["remaining_days"] for entry in diagnoses])[chosen.diagnosis]
    by_age = np.clip(1.0 + settings["age_slope_per_year"] * (chosen.age - 45), 0.6, 1.4)
    is_woman = persons.sex[chosen.person] == 2
    waiting = waiting * by_age * np.where(chosen.year == 2018, settings["waiting_ratio_2018"], 1.0)
    remaining = remaining * by_age * np.where(is_woman, settings["sex_ratio_women"], 1.0)
    remaining = remaining * np.array(settings["education_ratio"])[chosen.education]
    shape_waiting = np.array(by_sector(settings["gamma_shape_waiting"]))[chosen.sector]
    shape_remaining = np.array(by_sector(settings["gamma_shape_remaining"]))[chosen.sector]
    ceiling = scenario["sick_leave"]["ceiling_days"]
    before = np.ceil(rng.gamma(shape_waiting, waiting / shape_waiting)).clip(1, ceiling - 1)
    after = np.ceil(rng.gamma(shape_remaining, remaining / shape_remaining))
    start = (chosen.index_day - before).astype(np.int64)
    return _with_sequel(chosen.person, start, before + after, scenario=scenario, rng=rng)


def _draw_course_allowances(
    courses: Courses, scenario: dict[str, Any], rng: np.random.Generator
) -> Spells:
    """Draw those who already have an allowance at their first contact."""
    settings, long_term = scenario["course_sick_leave"], scenario["long_term"]
    share = np.array(by_sector(settings["allowance_share"]))[courses.sector]
    chosen = take(courses, np.flatnonzero(rng.random(len(share)) < share))
    before = rng.integers(20, settings["allowance_longest_elapsed_days"], len(chosen.person))
    after = rng.exponential(settings["allowance_mean_remaining_days"], len(before))
    length = before + np.ceil(after)
    start = chosen.index_day - before
    return _allowances(chosen.person, start, length, settings=long_term, rng=rng)


def _with_sequel(
    person: Ints, start: Ints, days: Floats, *, scenario: dict[str, Any], rng: np.random.Generator
) -> Spells:
    """Cut sick leave at the ceiling and draw what follows for those who reach it."""
    ceiling, settings = scenario["sick_leave"]["ceiling_days"], scenario["long_term"]
    length = np.minimum(days, ceiling).astype(np.int64)
    sick = _spells(person, start, start + length, kind=SICK_LEAVE)
    reached = np.flatnonzero(length == ceiling)
    allowance = settings["after_ceiling_allowance_share"]
    disability = settings["after_ceiling_disability_share"]
    sequel = draw_category(
        rng, [allowance, disability, 1 - allowance - disability], np.zeros_like(reached)
    )
    to_allowance, to_disability = reached[sequel == 0], reached[sequel == 1]
    log_days = rng.normal(0.0, settings["allowance_log_sd"], len(to_allowance))
    allowance_days = np.ceil(settings["allowance_median_days"] * np.exp(log_days))
    return concatenate(
        [
            sick,
            _allowances(
                person[to_allowance],
                sick.end[to_allowance],
                allowance_days,
                settings=settings,
                rng=rng,
            ),
            _spells(person[to_disability], sick.end[to_disability], NAV_END, kind=DISABILITY),
        ]
    )


def _allowances(
    person: Ints,
    start: Ints,
    days: Ints | Floats,
    *,
    settings: dict[str, Any],
    rng: np.random.Generator,
) -> Spells:
    """Draw allowances, some of which end in disability."""
    length = np.clip(days, 1, settings["allowance_maximum_days"]).astype(np.int64)
    spells = _spells(person, start, start + length, kind=ALLOWANCE)
    disabled = rng.random(len(person)) < settings["disability_after_allowance_share"]
    sequel = _spells(person[disabled], spells.end[disabled], NAV_END, kind=DISABILITY)
    return concatenate([spells, sequel])


def _draw_background(
    persons: Persons, scenario: dict[str, Any], rng: np.random.Generator
) -> Spells:
    """Draw sick leave at a rate by sex, age in 2013, education and the person's frailty."""
    settings = scenario["sick_leave"]
    count = len(persons.sex)
    age_group = np.clip((2013 - persons.birth_year - 15) // 5, 0, 10)
    percent = np.array([settings["percent_men"], settings["percent_women"]])
    everybody = np.arange(count)
    education = persons.education_group(everybody, np.full(count, 2013))
    per_year = (
        percent[persons.sex - 1, age_group]
        / 100.0
        * (DAYS_PER_YEAR / settings["mean_days"])
        * settings["background_share"]
        * np.array(settings["education_ratio"])[education]
        * rng.gamma(settings["frailty_shape"], 1.0 / settings["frailty_shape"], count)
    )
    years = (persons.benefit_end - persons.benefit_begin).clip(0) / DAYS_PER_YEAR
    person = np.repeat(everybody, rng.poisson(per_year * years))
    begin, end = persons.benefit_begin[person], persons.benefit_end[person]
    start = begin + np.floor(rng.random(len(person)) * (end - begin)).astype(np.int64)
    length = _draw_length(len(person), settings, rng)
    spells = sort_spells(_with_sequel(person, start, length, scenario=scenario, rng=rng))
    is_sequel = spells.kind != SICK_LEAVE
    return take(spells, is_sequel | ~follows_too_soon(spells, settings["gap_days"]))


def _draw_length(count: int, settings: dict[str, Any], rng: np.random.Generator) -> Floats:
    """Draw days from a mixture of short and long log-normal spells."""
    is_short = rng.random(count) < settings["short_share"]
    median = np.where(is_short, settings["short_median_days"], settings["long_median_days"])
    log_sd = np.where(is_short, settings["short_log_sd"], settings["long_log_sd"])
    return np.ceil(median * np.exp(log_sd * rng.standard_normal(count)))
