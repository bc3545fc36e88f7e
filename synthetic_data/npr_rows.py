"""Rows of NPR's contact files, as positions and day numbers: contacts and planted defects.

Defects are rows that a pipeline must not take for contacts of a known person: indirect
contacts, rows without a usable key, impossible dates. None of them moves an index date.
How a row is written as text is in npr_files.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthetic_data.courses import Contacts, Courses
from synthetic_data.days import (
    NPR_START,
    Flags,
    Ints,
    concatenate,
    day_number,
    draw_category,
    take,
)
from synthetic_data.scenario import LAST_YEAR, SECTORS, TSB
from synthetic_data.treatment import Treatment

INDIRECT, UNLINKABLE = 5, 4


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the contact files; every array has shape (n,).

    Attributes:
        course: Position of the course the row belongs to.
        person: Position of the person.
        sector: Position in `SECTORS`.
        start_day: First day.
        end_day: Last day.
        care_level: 1, 2 or 3.
        contact_type: kontaktType.
        is_treatment: Whether the row is coded debitor 20.
        diagnosis: Position in the scenario's list.
        variant: Which code of it.
        z_main: Z code as main code, -1 for none.
        link_status: NPRId_reg.
        is_broken: Whether innDato is an impossible date.
    """

    course: Ints
    person: Ints
    sector: Ints
    start_day: Ints
    end_day: Ints
    care_level: Ints
    contact_type: Ints
    is_treatment: Flags
    diagnosis: Ints
    variant: Ints
    z_main: Ints
    link_status: Ints
    is_broken: Flags


def build_npr_rows(
    courses: Courses,
    contacts: Contacts,
    treatment: Treatment,
    *,
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> Rows:
    """Build all rows of the contact files, in no order.

    Args:
        courses: All courses.
        contacts: Their contacts.
        treatment: Who is treated and coded.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    rows = _build_rows(courses, contacts, treatment, rng=rng)
    rows = _second_sector_rows(rows, courses, treatment, scenario=scenario, rng=rng)
    return _add_defects(rows, scenario["register"], rng)


def _build_rows(
    courses: Courses, contacts: Contacts, treatment: Treatment, *, rng: np.random.Generator
) -> Rows:
    course = contacts.course
    sector = courses.sector[course]
    # The scheme does not reach TSB in 2018 (F14).
    reaches = (sector != TSB) | (contacts.start_day < day_number(LAST_YEAR))
    count = len(course)
    return Rows(
        course=course,
        person=courses.person[course],
        sector=sector,
        start_day=contacts.start_day,
        end_day=contacts.end_day,
        care_level=contacts.care_level,
        contact_type=1 + draw_category(rng, [0.25, 0.6, 0.15], np.zeros(count, dtype=np.int64)),
        is_treatment=treatment.is_coded[course] & ~contacts.is_ordinary & reaches,
        diagnosis=courses.diagnosis[course],
        variant=courses.variant[course],
        z_main=courses.z_main[course],
        link_status=np.where(rng.random(count) < 0.002, rng.integers(2, 4, count), 1),
        is_broken=np.zeros(count, dtype=np.bool_),
    )


def _second_sector_rows(
    rows: Rows,
    courses: Courses,
    treatment: Treatment,
    *,
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> Rows:
    """Add the debitor-20 contact that some treated have in another sector the same year."""
    count = len(treatment.second_course)
    sector_of = np.array([SECTORS.index(entry["sector"]) for entry in scenario["diagnosis"]])
    usable = [not entry.get("women_only", False) for entry in scenario["diagnosis"]]
    shares = (sector_of[None, :] == np.arange(len(SECTORS))[:, None]) * np.array(usable)
    added = Rows(
        course=treatment.second_course,
        person=courses.person[treatment.second_course],
        sector=treatment.second_sector,
        start_day=treatment.second_day,
        end_day=treatment.second_day,
        care_level=np.full(count, 3),
        contact_type=np.full(count, 2),
        is_treatment=np.ones(count, dtype=np.bool_),
        diagnosis=draw_category(rng, shares, treatment.second_sector),
        variant=np.zeros(count, dtype=np.int64),
        z_main=np.full(count, -1),
        link_status=np.ones(count, dtype=np.int64),
        is_broken=np.zeros(count, dtype=np.bool_),
    )
    return concatenate([rows, added])


def _add_defects(rows: Rows, settings: dict[str, Any], rng: np.random.Generator) -> Rows:
    """Add rows that a pipeline must not take for contacts of a known person."""
    count = len(rows.course)
    indirect = take(rows, np.flatnonzero(rng.random(count) < settings["indirect_contact_share"]))
    # Before the contact they belong to, so that taking them for contacts moves index dates.
    day = np.maximum(indirect.start_day - rng.integers(0, 21, len(indirect.course)), NPR_START)
    indirect = replace(
        indirect,
        start_day=day,
        end_day=day,
        care_level=np.full(len(day), 3),
        contact_type=np.full(len(day), INDIRECT),
    )
    unlinkable = take(
        rows, np.flatnonzero(rng.random(count) < settings["unlinkable_contact_share"])
    )
    unlinkable = replace(unlinkable, link_status=np.full(len(unlinkable.course), UNLINKABLE))
    broken = take(rows, rng.integers(0, count, settings["broken_date_rows"]))
    broken = replace(broken, is_broken=np.ones(len(broken.course), dtype=np.bool_))
    return concatenate([rows, indirect, unlinkable, broken])
