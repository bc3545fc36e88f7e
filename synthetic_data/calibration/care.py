"""Count care, the scheme and its effects in a block of synthetic persons."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthetic_data.block import Lives
from synthetic_data.contacts import INPATIENT, OUTPATIENT
from synthetic_data.days import day_number, take, year_of
from synthetic_data.effects import WINDOW_DAYS
from synthetic_data.scenario import FIRST_YEAR, LAST_YEAR, PHV, SECTORS, SOM
from synthetic_data.spells import (
    count_days,
)
from synthetic_data.truth import KINDS

Counts = dict[str, NDArray[np.float64]]


def count_care(lives: Lives, _scenario: dict[str, Any]) -> Counts:
    """Outpatient contacts of the whole period in somatic and mental care, and person-years.

    Args:
        lives: The block.
        _scenario: Same for all counts; not used.
    """
    contacts, other = lives.contacts, lives.other
    sector = np.concatenate([lives.courses.sector[contacts.course], other.sector])
    level = np.concatenate([contacts.care_level, other.care_level])
    wanted = [(level == OUTPATIENT) & (sector == which) for which in (SOM, PHV)]
    begin = np.maximum(lives.persons.immigration_day, day_number(FIRST_YEAR))
    end = np.minimum(lives.persons.exit_day, day_number(LAST_YEAR + 1))
    years = (end - begin).clip(0).sum() / 365.25
    waits = lives.courses.index_day - lives.courses.referral_day
    in_2008 = waits[(lives.courses.year == FIRST_YEAR)].clip(0, 364)
    return {
        "outpatient": np.array([flags.sum() for flags in wanted], dtype=float),
        "person_years": np.array([years]),
        "waits_2008": np.bincount(in_2008, minlength=365).astype(float),
    }


def count_scheme(lives: Lives, scenario: dict[str, Any]) -> Counts:
    """Who is coded as treated: by year and sector, sex, age, diagnosis, region, care level.

    Args:
        lives: The block.
        scenario: The whole scenario.
    """
    courses, treatment, contacts = lives.courses, lives.treatment, lives.contacts
    counted = treatment.is_coded[contacts.course] & ~contacts.is_ordinary
    person = courses.person[contacts.course[counted]]
    sector = courses.sector[contacts.course[counted]]
    year = year_of(contacts.start_day[counted])
    person = np.concatenate([person, courses.person[treatment.second_course]])
    sector = np.concatenate([sector, treatment.second_sector])
    year = np.concatenate([year, year_of(treatment.second_day)])
    # The scheme does not reach TSB in 2018 (F14); npr_rows shows no such contact either.
    reached = (SECTORS[2] != np.array(SECTORS)[sector]) | (year < LAST_YEAR)
    key = (person * 100 + year - FIRST_YEAR)[reached] * len(SECTORS) + sector[reached]
    pairs = np.unique(key)
    person_year, count = np.unique(pairs // len(SECTORS), return_counts=True)
    coded = take(courses, np.flatnonzero(treatment.is_coded))
    sick = lives.sick_days[treatment.is_coded]
    letter = np.array([entry["icd10"][0][0] for entry in scenario["diagnosis"]])[coded.diagnosis]
    regions = sorted({place["rhf"] for place in scenario["municipality"]})
    region = np.array([regions.index(place["rhf"]) for place in scenario["municipality"]])
    home = region[lives.persons.municipality[coded.person]]
    position, width = coded.year - FIRST_YEAR, LAST_YEAR - FIRST_YEAR + 1
    cell = (pairs // len(SECTORS) % 100) * len(SECTORS) + pairs % len(SECTORS)

    def by_year(values: Any = None) -> NDArray[np.float64]:
        return np.bincount(position, values, width).astype(float)

    return {
        "scheme": np.bincount(cell, minlength=width * len(SECTORS))
        .reshape(width, len(SECTORS))
        .astype(float),
        "scheme_persons": np.bincount(person_year % 100, minlength=width).astype(float),
        "scheme_in_two": np.bincount((person_year % 100)[count > 1], minlength=width).astype(float),
        "index": by_year(),
        "index_women": by_year(lives.persons.sex[coded.person] == 2),
        "index_age": by_year(coded.age),
        "index_young": by_year(coded.age < 30),
        "index_sick": by_year(sick > 0),
        "index_sick_days": by_year(sick),
        "index_musculoskeletal": by_year(np.isin(letter, ["M"])),
        "index_mental": by_year(letter == "F"),
        "index_region": np.bincount(home, minlength=len(regions)).astype(float),
        "treatment_contacts": np.array(
            [counted.sum(), (counted & (contacts.care_level == INPATIENT)).sum()], dtype=float
        ),
    }


def count_effects(lives: Lives, _scenario: dict[str, Any]) -> Counts:
    """Sum of y1 - y0 over the coded by sector, days in the year from the index date.

    Args:
        lives: The block.
        _scenario: Same for all counts; not used.
    """
    coded = take(lives.courses, np.flatnonzero(lives.treatment.is_coded))
    index, width = coded.index_day, len(SECTORS)
    counts: Counts = {"effect_n": np.bincount(coded.sector, minlength=width).astype(float)}
    for outcome, kinds in KINDS.items():
        y0, y1 = (
            count_days(spells, coded.person, index, end=index + WINDOW_DAYS, kinds=kinds)
            for spells in (lives.untreated, lives.observed)
        )
        counts[f"effect_{outcome}"] = np.bincount(coded.sector, y1 - y0, width)
    return counts
