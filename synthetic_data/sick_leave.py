"""Benefits as they would have been without treatment.

Layers, each drawn on its own and laid so that days are disjoint: disability from before and by
itself; sick leave and allowances that go with a course; allowances that go with nothing; and
everybody's background of sick leave. A spell of sick leave that reaches 52 weeks may pass into
an allowance, an allowance into disability (long_term.py).
Nothing here knows who is treated: given sector, diagnosis, sex, age and education the process
around a first contact is the same for all courses. Scenarios that break this do it in threats.py.
"""

from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import (
    Floats,
    Ints,
    concatenate,
    draw_category,
    first_day_of,
    take,
)
from synthetic_data.long_term import (
    draw_course_allowances,
    draw_disability,
    draw_other_allowances,
    draw_sequel,
)
from synthetic_data.population import FIRST_AGE_OF_SICK_LEAVE, Persons, is_in_work
from synthetic_data.scenario import by_sector
from synthetic_data.spells import (
    SICK_LEAVE,
    Spells,
    clip_to_bounds,
    clip_to_disjoint,
    follows_too_soon,
    make_spells,
    overlaps_any,
    sort_spells,
)

DAYS_PER_YEAR = 365.25
_FIRST_YEAR = 2005
"""One year before the register opens, so that spells are under way when it does."""
_YEARS = np.arange(_FIRST_YEAR, 2021)
_DAY_OF_MONTH_ENDS = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


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
    long_term = scenario["long_term"]
    blocks = clip_to_disjoint(
        concatenate(
            [
                draw_disability(persons, long_term, rng),
                _draw_course_sick_leave(persons, courses, scenario, rng=rng),
                draw_course_allowances(courses, scenario, rng),
                draw_other_allowances(persons, long_term, rng),
            ]
        )
    )
    background = _draw_background(persons, scenario, rng)
    gap_days = scenario["sick_leave"]["gap_days"]
    background = take(background, ~overlaps_any(background, blocks, gap_days))
    everything = clip_to_disjoint(concatenate([blocks, background]))
    is_sick = everything.kind == SICK_LEAVE
    begin = np.where(
        is_sick,
        persons.benefit_begin[everything.person],
        persons.long_term_begin[everything.person],
    )
    return clip_to_bounds(everything, begin, persons.benefit_end[everything.person])


def _draw_course_sick_leave(
    persons: Persons, courses: Courses, scenario: dict[str, Any], *, rng: np.random.Generator
) -> Spells:
    """Draw sick leave that begins before a first contact and mostly outlasts it.

    Equations: of those in work a share is sick; waiting W and remaining R are gamma; both grow
    with age, R also with sex and education; spell = [index - W, index + R), at most 365 days.
    """
    settings = scenario["course_sick_leave"]
    diagnoses = scenario["diagnosis"]
    sick_share = np.array([entry["sick_share"] for entry in diagnoses])[courses.diagnosis]
    is_sick = courses.is_employed & (rng.random(len(sick_share)) < sick_share)
    chosen = take(courses, np.flatnonzero(is_sick))
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
    return _cut_at_ceiling(
        chosen.person, start, before + after, persons=persons, scenario=scenario, rng=rng
    )


def _cut_at_ceiling(
    person: Ints,
    start: Ints,
    days: Floats,
    *,
    persons: Persons,
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> Spells:
    """Cut sick leave at 52 weeks, and draw what follows for those who reach them."""
    settings = scenario["sick_leave"]
    ceiling = settings["ceiling_days"]
    length = np.minimum(days, ceiling).astype(np.int64)
    grade = draw_grades(len(person), settings, rng)
    sick = make_spells(person, start, start + length, kind=SICK_LEAVE, grade=grade)
    reached = np.flatnonzero(length == ceiling)
    who = person[reached]
    birth_year, settings = persons.birth_year[who], scenario["long_term"]
    sequel = draw_sequel(who, sick.end[reached], birth_year, settings=settings, rng=rng)
    return concatenate([sick, sequel])


def draw_grades(count: int, settings: dict[str, Any], rng: np.random.Generator) -> Ints:
    """Draw the grade of spells of sick leave, per cent, 0 for one that is not written down."""
    nobody = np.zeros(count, dtype=np.int64)
    grade = np.array(settings["grades"])[draw_category(rng, settings["grade_shares"], nobody)]
    is_empty = (grade == 100) & (rng.random(count) < settings["ungraded_share"])
    return np.where(is_empty, 0, grade)


def _draw_background(
    persons: Persons, scenario: dict[str, Any], rng: np.random.Generator
) -> Spells:
    """Draw sick leave at a rate by sex, age, year, education and the person's frailty.

    Equation: starts per day = percentage(sex, age, year) / mean length x part left for these
    spells x education ratio x frailty; by month within the year.
    """
    settings = scenario["sick_leave"]
    number = rng.poisson(_expected_starts(persons, scenario, rng))
    person, year = np.repeat(np.indices(number.shape).reshape(2, -1), number.ravel(), axis=1)
    start = first_day_of(_YEARS)[year] + _draw_day_of_year(len(person), settings, rng)
    is_open = start < persons.benefit_end[person]
    is_open &= start >= persons.immigration_day[person]
    person, start = person[is_open], start[is_open]
    length = _draw_length(len(person), settings, rng)
    spells = _cut_at_ceiling(person, start, length, persons=persons, scenario=scenario, rng=rng)
    spells = sort_spells(spells)
    is_sequel = spells.kind != SICK_LEAVE
    return take(spells, is_sequel | ~follows_too_soon(spells, settings["gap_days"]))


def _expected_starts(
    persons: Persons, scenario: dict[str, Any], rng: np.random.Generator
) -> Floats:
    """Expected number of background spells, shape (n_persons, n_years)."""
    settings = scenario["sick_leave"]
    count = len(persons.sex)
    age = _YEARS[None, :] - persons.birth_year[:, None]
    percent = np.array([settings["percent_men"], settings["percent_women"]])
    percent = percent * np.array([settings["background_men"], settings["background_women"]])
    band = np.clip((age - 15) // 5, 0, percent.shape[1] - 1)
    whole_year = np.array([settings["percent_by_year"][0], *settings["percent_by_year"]])
    everybody = np.arange(count)
    education = persons.education_group(everybody, np.full(count, 2013))
    shape = settings["frailty_shape"]
    of_person = np.array(settings["education_ratio"])[education]
    of_person = of_person * rng.gamma(shape, 1.0 / shape, count)
    works = is_in_work(persons, everybody[:, None], age, scenario["population"])
    works &= age >= FIRST_AGE_OF_SICK_LEAVE
    per_day = percent[(persons.sex - 1)[:, None], band] / 100.0 / settings["mean_days"]
    by_year = whole_year / settings["percent_level"]
    expected: Floats = works * per_day * by_year[None, :] * of_person[:, None] * DAYS_PER_YEAR
    return expected


def _draw_day_of_year(count: int, settings: dict[str, Any], rng: np.random.Generator) -> Ints:
    """Draw the day of the year, 0 to 364, with the weights of the months."""
    days = np.diff(_DAY_OF_MONTH_ENDS)
    weights = np.repeat(np.array(settings["month_weights"]), days)
    bounds = np.cumsum(weights) / weights.sum()
    return np.searchsorted(bounds[:-1], rng.random(count), side="right")


def _draw_length(count: int, settings: dict[str, Any], rng: np.random.Generator) -> Floats:
    """Draw days from short and long log-normal spells, and some that last to the ceiling."""
    point = rng.random(count)
    is_short = point < settings["short_share"]
    median = np.where(is_short, settings["short_median_days"], settings["long_median_days"])
    log_sd = np.where(is_short, settings["short_log_sd"], settings["long_log_sd"])
    days = np.ceil(median * np.exp(log_sd * rng.standard_normal(count)))
    return np.where(point >= 1.0 - settings["ceiling_share"], settings["ceiling_days"], days)
