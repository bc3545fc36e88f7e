"""Count sick leave, allowances, disability benefit and work in a block of synthetic persons."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthetic_data.block import Lives
from synthetic_data.days import Flags, Floats, Ints, day_number, year_of
from synthetic_data.nav_rows import NO_DIAGNOSIS, draw_diagnoses
from synthetic_data.population import is_in_work
from synthetic_data.spells import (
    ALLOWANCE,
    DISABILITY,
    SICK_LEAVE,
    Spells,
    find_overlaps,
)

YEARS = np.arange(2008, 2018)
AGE_BANDS = 11
"""16-19, 20-24, ..., 65-69."""
STOCK_DATES = {
    "2010": day_number(2010, 12, 31),
    "2012": day_number(2012, 12, 31),
    "2013": day_number(2013, 12, 31),
    "2015": day_number(2015, 12, 31),
    "2017": day_number(2017, 12, 31),
    "2018": day_number(2018, 12, 31),
    "2019-06": day_number(2019, 6, 30),
}
STOCK_AGES = [18, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 68]
_SHORT_DAYS, _EIGHT_WEEKS, _CEILING_DAYS = 16, 56, 365
_SOON = 31
"""An allowance that begins within a month after sick leave comes from it."""

Counts = dict[str, NDArray[np.float64]]


def _quarter(year: int, quarter: int) -> tuple[int, int]:
    begin = day_number(year, 3 * quarter - 2)
    return begin, day_number(year + quarter // 4, 3 * quarter % 12 + 1)


def _lost_and_agreed(
    lives: Lives, scenario: dict[str, Any], begin: int, end: int
) -> tuple[Floats, Floats, Ints]:
    """Give lost and agreed days of each person in a period, and age.

    Lost days are weighted by grade; agreed days are those in the country, in work by age, and
    without an allowance or disability benefit.
    """
    persons, spells = lives.persons, lives.observed
    everybody = np.arange(len(persons.sex))
    age = year_of(np.array([begin]))[0] - persons.birth_year
    opens = np.full(len(everybody), begin)
    row, spell, start, stop = find_overlaps(spells, everybody, opens, end=opens + end - begin)
    days = (stop - start).astype(float)
    is_sick = spells.kind[spell] == SICK_LEAVE
    grade = np.where(spells.grade[spell] == 0, 100, spells.grade[spell]) / 100.0
    works = is_in_work(persons, everybody, age, scenario["population"])
    lost = np.bincount(row, np.where(is_sick, days * grade, 0.0), len(everybody)) * works
    away = np.bincount(row, np.where(is_sick, 0.0, days), len(everybody))
    here = np.minimum(persons.exit_day, end) - np.maximum(persons.immigration_day, begin)
    agreed = np.maximum(here.clip(0) - away, 0.0) * works
    return np.where(agreed > 0, lost, 0.0), agreed, age


def _by_sex_and_band(values: Floats, sex: Ints, age: Ints) -> NDArray[np.float64]:
    band = (age - 15) // 5
    inside = (age >= 16) & (band < AGE_BANDS)
    cell = (sex - 1)[inside] * AGE_BANDS + band[inside]
    return np.bincount(cell, values[inside], 2 * AGE_BANDS).reshape(2, AGE_BANDS)


def count_sick_percent(lives: Lives, scenario: dict[str, Any]) -> Counts:
    """Lost and agreed days in the second quarter of each year, and in the third of 2016.

    Args:
        lives: The block.
        scenario: The whole scenario.
    """
    periods = {str(year): _quarter(int(year), 2) for year in YEARS}
    periods["2016-3"] = _quarter(2016, 3)
    counts: Counts = {}
    for name, (begin, end) in periods.items():
        lost, agreed, age = _lost_and_agreed(lives, scenario, begin, end)
        counts[f"lost_{name}"] = _by_sex_and_band(lost, lives.persons.sex, age)
        counts[f"agreed_{name}"] = _by_sex_and_band(agreed, lives.persons.sex, age)
    return counts


def count_quarters(lives: Lives, scenario: dict[str, Any]) -> Counts:
    """Lost and agreed days by quarter, 2012 and 2013 together.

    Args:
        lives: The block.
        scenario: The whole scenario.
    """
    lost, agreed = np.zeros(4), np.zeros(4)
    for quarter in range(4):
        for year in (2012, 2013):
            begin, end = _quarter(year, quarter + 1)
            some, of, _ = _lost_and_agreed(lives, scenario, begin, end)
            lost[quarter] += some.sum()
            agreed[quarter] += of.sum()
    return {"lost_by_quarter": lost, "agreed_by_quarter": agreed}


def _started(spells: Spells, kind: int, first_year: int, last_year: int) -> Ints:
    year = year_of(spells.start)
    return np.flatnonzero((spells.kind == kind) & (year >= first_year) & (year <= last_year))


def count_durations(lives: Lives, _scenario: dict[str, Any]) -> Counts:
    """Length of the sick leave that began 2008-2017.

    Args:
        lives: The block.
        _scenario: Same for all counts; not used.
    """
    rows = _started(lives.untreated, SICK_LEAVE, 2008, 2017)
    days = lives.untreated.end[rows] - lives.untreated.start[rows]
    found = [len(days), days.sum(), (days <= _SHORT_DAYS).sum(), (days < _EIGHT_WEEKS).sum()]
    return {"durations": np.array([*found, (days >= _CEILING_DAYS).sum()], dtype=float)}


def count_diagnoses(lives: Lives, scenario: dict[str, Any], rng: np.random.Generator) -> Counts:
    """Days of sick leave that began 2008-2017 by chapter: L, P, any.

    Args:
        lives: The block.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    spells = lives.observed
    diagnosis = draw_diagnoses(spells, lives.courses, scenario, rng)
    rows = _started(spells, SICK_LEAVE, 2008, 2017)
    rows = rows[diagnosis[rows] != NO_DIAGNOSIS]
    letters = np.array([code[0] for code in scenario["sick_leave_diagnosis"]["icpc2"]])
    letter = letters[diagnosis[rows]]
    days = (spells.end - spells.start)[rows]
    found = [days[letter == "L"].sum(), days[letter == "P"].sum(), days.sum()]
    return {"diagnosis_days": np.array(found, dtype=float)}


def count_stocks(lives: Lives, scenario: dict[str, Any]) -> Counts:
    """Residents and recipients on some dates, by sex and age, and those with work.

    Args:
        lives: The block.
        scenario: The whole scenario.
    """
    persons, spells = lives.persons, lives.observed
    everybody = np.arange(len(persons.sex))
    counts: Counts = {}
    for name, day in STOCK_DATES.items():
        age = year_of(np.array([day]))[0] - persons.birth_year
        is_here = (persons.exit_day > day) & (persons.immigration_day <= day)
        on_day = np.full(len(everybody), day)
        row, spell, _, _ = find_overlaps(spells, everybody, on_day, end=on_day + 1)
        for title, kind in {"allowance": ALLOWANCE, "disability": DISABILITY}.items():
            has = np.zeros(len(everybody), dtype=np.bool_)
            has[row[spells.kind[spell] == kind]] = True
            counts[f"{title}_{name}"] = _by_sex_and_stock_age(has & is_here, persons.sex, age)
        counts[f"residents_{name}"] = _by_sex_and_stock_age(is_here, persons.sex, age)
    works = is_in_work(persons, everybody, 2017 - persons.birth_year, scenario["population"])
    of_age = (2017 - persons.birth_year >= 16) & (2017 - persons.birth_year <= 74)
    of_age &= (persons.exit_day > STOCK_DATES["2017"]) & (
        persons.immigration_day <= STOCK_DATES["2017"]
    )
    counts["in_work_2017"] = np.array([(works & of_age).sum()], dtype=float)
    counts["residents_16_74_2017"] = np.array([of_age.sum()], dtype=float)
    return counts


def _by_sex_and_stock_age(flags: Flags, sex: Ints, age: Ints) -> NDArray[np.float64]:
    group = np.digitize(age, STOCK_AGES) - 1
    inside = flags & (group >= 0) & (group < len(STOCK_AGES) - 1)
    width = len(STOCK_AGES) - 1
    cell = (sex - 1)[inside] * width + group[inside]
    return np.bincount(cell, minlength=2 * width).reshape(2, width).astype(float)


def count_flows(lives: Lives, _scenario: dict[str, Any]) -> Counts:
    """New allowances and disability 2011-2016, and what they come from.

    Args:
        lives: The block.
        _scenario: Same for all counts; not used.
    """
    spells = lives.observed
    gap = np.full(len(spells.person), 10**6)
    same = spells.person[1:] == spells.person[:-1]
    gap[1:][same] = (spells.start[1:] - spells.end[:-1])[same]
    before = np.concatenate([[-1], spells.kind[:-1]])
    counts: Counts = {}
    for title, kind, source in (
        ("new_allowance", ALLOWANCE, SICK_LEAVE),
        ("new_disability", DISABILITY, ALLOWANCE),
    ):
        rows = _started(spells, kind, 2011, 2016)
        from_source = (gap[rows] <= _SOON) & (before[rows] == source)
        counts[title] = np.array([len(rows), from_source.sum()], dtype=float)
    return counts
