"""Rows of NPR's contact files, as positions and day numbers: contacts and planted defects.

Defects are rows that a pipeline must not take for contacts of a known person: indirect
contacts, rows without a usable key, impossible dates. None of them moves an index date.
How a row is written as text is in npr_files.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthetic_data.contacts import Contacts, OtherContacts
from synthetic_data.courses import Courses
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
_CONTACT_TYPE_SHARES = [0.25, 0.6, 0.15]
"""Assessment, treatment, follow-up: assumption."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the contact files; every array has shape (n,).

    Attributes:
        person: Position of the person.
        sector: Position in `SECTORS`.
        start_day: First day.
        end_day: Last day.
        referral_day: Day on which the referral came in.
        care_level: 1, 2 or 3.
        contact_type: kontaktType.
        is_treatment: Whether the row is coded debitor 20.
        is_treated: Whether it belongs to a treated course, coded or not.
        diagnosis: Position in the scenario's list, or in the sector's list of other codes.
        variant: Which code of it; -1 for another diagnosis than the scheme's.
        z_main: Z code as main code, -1 for none.
        link_status: NPRId_reg.
        is_broken: Whether innDato is an impossible date.
    """

    person: Ints
    sector: Ints
    start_day: Ints
    end_day: Ints
    referral_day: Ints
    care_level: Ints
    contact_type: Ints
    is_treatment: Flags
    is_treated: Flags
    diagnosis: Ints
    variant: Ints
    z_main: Ints
    link_status: Ints
    is_broken: Flags


def build_npr_rows(
    courses: Courses,
    contacts: Contacts,
    other: OtherContacts,
    treatment: Treatment,
    *,
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> Rows:
    """Build all rows of the contact files, in no order.

    Args:
        courses: All courses.
        contacts: Their contacts.
        other: Contacts for other diagnoses.
        treatment: Who is treated and coded.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    rows = concatenate(
        [
            _course_rows(courses, contacts, treatment),
            _second_sector_rows(courses, treatment, scenario=scenario, rng=rng),
            _other_rows(other),
        ]
    )
    count = len(rows.person)
    types = 1 + draw_category(rng, _CONTACT_TYPE_SHARES, np.zeros(count, dtype=np.int64))
    rows = replace(rows, contact_type=types)
    return _add_defects(rows, scenario["register"], rng)


def _course_rows(courses: Courses, contacts: Contacts, treatment: Treatment) -> Rows:
    course = contacts.course
    sector = courses.sector[course]
    # The scheme does not reach TSB in 2018 (F14).
    reaches = (sector != TSB) | (contacts.start_day < day_number(LAST_YEAR))
    return Rows(
        person=courses.person[course],
        sector=sector,
        start_day=contacts.start_day,
        end_day=contacts.end_day,
        referral_day=courses.referral_day[course],
        care_level=contacts.care_level,
        contact_type=np.zeros_like(course),
        is_treatment=treatment.is_coded[course] & ~contacts.is_ordinary & reaches,
        is_treated=treatment.is_treated[course],
        diagnosis=courses.diagnosis[course],
        variant=courses.variant[course],
        z_main=courses.z_main[course],
        link_status=np.ones_like(course),
        is_broken=np.zeros(len(course), dtype=np.bool_),
    )


def _second_sector_rows(
    courses: Courses, treatment: Treatment, *, scenario: dict[str, Any], rng: np.random.Generator
) -> Rows:
    """Give the debitor-20 contact that some treated have in another sector the same year."""
    course, count = treatment.second_course, len(treatment.second_course)
    sector_of = np.array([SECTORS.index(entry["sector"]) for entry in scenario["diagnosis"]])
    usable = [not entry.get("women_only", False) for entry in scenario["diagnosis"]]
    shares = (sector_of[None, :] == np.arange(len(SECTORS))[:, None]) * np.array(usable)
    return Rows(
        person=courses.person[course],
        sector=treatment.second_sector,
        start_day=treatment.second_day,
        end_day=treatment.second_day,
        referral_day=courses.referral_day[course],
        care_level=np.full(count, 3),
        contact_type=np.zeros_like(course),
        is_treatment=np.ones(count, dtype=np.bool_),
        is_treated=np.ones(count, dtype=np.bool_),
        diagnosis=draw_category(rng, shares, treatment.second_sector),
        variant=np.zeros_like(course),
        z_main=np.full(count, -1),
        link_status=np.ones_like(course),
        is_broken=np.zeros(count, dtype=np.bool_),
    )


def _other_rows(other: OtherContacts) -> Rows:
    nowhere = np.full(len(other.person), -1)
    nothing = np.zeros(len(other.person), dtype=np.bool_)
    return Rows(
        person=other.person,
        sector=other.sector,
        start_day=other.start_day,
        end_day=other.end_day,
        referral_day=other.referral_day,
        care_level=other.care_level,
        contact_type=np.zeros_like(nowhere),
        is_treatment=nothing,
        is_treated=nothing,
        diagnosis=other.diagnosis,
        variant=nowhere,
        z_main=nowhere,
        link_status=np.ones_like(nowhere),
        is_broken=nothing,
    )


def _add_defects(rows: Rows, settings: dict[str, Any], rng: np.random.Generator) -> Rows:
    """Add rows that a pipeline must not take for contacts of a known person."""

    def draw(share: float) -> Rows:
        return take(rows, np.flatnonzero(rng.random(count) < share))

    count = len(rows.person)
    differs = np.flatnonzero(rng.random(count) < settings["key_differs_share"])
    rows.link_status[differs] = rng.integers(2, 4, len(differs))
    indirect = draw(settings["indirect_contact_share"])
    # Before the contact they belong to, so that taking them for contacts moves index dates.
    day = np.maximum(indirect.start_day - rng.integers(0, 21, len(indirect.person)), NPR_START)
    indirect = replace(
        indirect,
        start_day=day,
        end_day=day,
        care_level=np.full(len(day), 3),
        contact_type=np.full(len(day), INDIRECT),
    )
    unlinkable = draw(settings["unlinkable_contact_share"])
    unlinkable = replace(unlinkable, link_status=np.full(len(unlinkable.person), UNLINKABLE))
    broken = draw(settings["broken_date_share"])
    broken = replace(broken, is_broken=np.ones(len(broken.person), dtype=np.bool_))
    return concatenate([rows, indirect, unlinkable, broken])
