"""Rows of NAV's benefit files: many rows for the same days, codes that change by law.

A spell may be written as two jobs, in several certified pieces or with a repeated row. None of
it changes which days of a person are covered, but a sum over rows would count days twice.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import Ints, concatenate, day_number, draw_category, take
from synthetic_data.spells import ALLOWANCE, SICK_LEAVE, Spells, find_overlaps

CODES = ["SP", "RP", "AF", "TU", "AAP", "UFP", "UT"]
_SP, _AAP, _UFP, _UT = 0, 4, 5, 6
AAP_BEGINS = day_number(2010, 3, 1)
UT_BEGINS = day_number(2015)
"""Benefit reforms; Source: register facts 2.5."""
NO_DIAGNOSIS = -1


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the benefit files; every array has shape (n,).

    Attributes:
        person: Position of the person.
        start: First day.
        end: First day after; NAV_END for ongoing.
        code: Position in `CODES`.
        grade: Per cent, 0 where the cell is empty.
        job: 0 no job, 1 first job, 2 second job.
        position_percent: Part of a full position, 0 where there is no job.
        diagnosis: Position in the scenario's list of ICPC-2 codes, NO_DIAGNOSIS for none.
    """

    person: Ints
    start: Ints
    end: Ints
    code: Ints
    grade: Ints
    job: Ints
    position_percent: Ints
    diagnosis: Ints


def build_nav_rows(
    spells: Spells, courses: Courses, scenario: dict[str, Any], rng: np.random.Generator
) -> Rows:
    """Build all rows of the benefit files, in no order.

    Args:
        spells: Disjoint spells with treatment, sorted.
        courses: All courses; sick leave that goes with one has its diagnosis.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    settings = scenario["register"]
    rows = _build_rows(spells, settings, rng)
    rows = replace(rows, diagnosis=draw_diagnoses(spells, courses, scenario, rng))
    rows = _show_as_registers_do(_split_at_reforms(rows), settings, rng)
    is_broken = rng.random(len(rows.person)) < settings["broken_spell_share"]
    broken = take(rows, np.flatnonzero(is_broken))
    return concatenate([rows, replace(broken, end=broken.start - 2)])


def _build_rows(spells: Spells, settings: dict[str, Any], rng: np.random.Generator) -> Rows:
    """Give each spell its code."""
    shares = settings["allowance_codes_before_2010"]
    early = np.array([CODES.index(code) for code in shares])
    early = early[draw_category(rng, list(shares.values()), np.zeros_like(spells.person))]
    is_sick = spells.kind == SICK_LEAVE
    # Before its reform a spell has the old code; _split_at_reforms changes the rest.
    return Rows(
        person=spells.person,
        start=spells.start,
        end=spells.end,
        code=np.select([is_sick, spells.kind == ALLOWANCE], [_SP, early], _UFP),
        grade=spells.grade,
        job=is_sick.astype(np.int64),
        position_percent=np.where(is_sick, 100, 0),
        diagnosis=np.full(len(spells.person), NO_DIAGNOSIS),
    )


def draw_diagnoses(
    spells: Spells, courses: Courses, scenario: dict[str, Any], rng: np.random.Generator
) -> Ints:
    """Draw the diagnosis of sick leave: of the course it goes with, or of everybody's.

    Args:
        spells: Disjoint spells, sorted.
        courses: All courses.
        scenario: The whole scenario.
        rng: Random numbers.

    Returns:
        Position in the scenario's list of each spell, NO_DIAGNOSIS for none, shape (n_spells,).
    """
    codes, letters = scenario["sick_leave_diagnosis"]["icpc2"], "LP"
    weights = np.array(scenario["sick_leave_diagnosis"]["weights"], dtype=float)
    is_of = np.array([[code[0] == letter for code in codes] for letter in letters])
    shares = np.vstack([weights, *(weights * of for of in is_of)])
    group = np.zeros(len(spells.person), dtype=np.int64)
    mental = np.array([entry["icd10"][0][0] == "F" for entry in scenario["diagnosis"]])
    index = courses.index_day
    row, spell, _, _ = find_overlaps(spells, courses.person, index, end=index + 1)
    group[spell] = 1 + mental[courses.diagnosis[row]]
    diagnosis = draw_category(rng, shares, group)
    is_missing = rng.random(len(group)) < scenario["sick_leave_diagnosis"]["missing_share"]
    has_none = (spells.kind != SICK_LEAVE) | is_missing
    return np.where(has_none, NO_DIAGNOSIS, diagnosis)


def _split_at_reforms(rows: Rows) -> Rows:
    """Change the code on the day of a reform; a spell that crosses it becomes two rows."""
    reform = np.where(rows.code == _UFP, UT_BEGINS, AAP_BEGINS)
    new_code = np.where(rows.code == _UFP, _UT, _AAP)
    has_reform = rows.code != _SP
    begins_after = has_reform & (rows.start >= reform)
    crosses = has_reform & (rows.start < reform) & (rows.end > reform)
    old = replace(
        rows,
        code=np.where(begins_after, new_code, rows.code),
        end=np.where(crosses, reform, rows.end),
    )
    later = replace(take(rows, crosses), start=reform[crosses], code=new_code[crosses])
    return concatenate([old, later])


def _show_as_registers_do(rows: Rows, settings: dict[str, Any], rng: np.random.Generator) -> Rows:
    """Write sick leave in certified pieces, some as two jobs or with a repeated row."""
    rows = _cut_in_pieces(rows, settings["prolonged_days"], rng)
    point = rng.random(len(rows.person))
    is_sick = rows.code == _SP
    has_two = is_sick & (point < settings["two_jobs_share"])
    rows = replace(rows, position_percent=np.where(has_two, 50, rows.position_percent))
    second = take(rows, np.flatnonzero(has_two))
    second = replace(second, job=np.full(len(second.job), 2))
    is_long = rows.end - rows.start >= 8
    is_repeated = is_sick & is_long & (point >= 1.0 - settings["repeated_share"])
    repeated = take(rows, np.flatnonzero(is_repeated))
    # Shifted inwards by up to three days at both ends, half of the time not at all.
    shift = rng.integers(0, 4, (2, len(repeated.job))) * (rng.random(len(repeated.job)) < 0.5)
    repeated = replace(repeated, start=repeated.start + shift[0], end=repeated.end - shift[1])
    return concatenate([rows, second, repeated])


def _cut_in_pieces(rows: Rows, usual_days: int, rng: np.random.Generator) -> Rows:
    """Cut sick leave in pieces that follow each other without a gap."""
    length = rows.end - rows.start
    number = np.where(rows.code == _SP, 1 + length // usual_days, 1)
    spell = np.repeat(np.arange(len(number)), number)
    piece = np.arange(len(spell)) - np.repeat(np.cumsum(number) - number, number)
    cut = np.where(piece == 0, 0.0, piece - 0.4 + 0.8 * rng.random(len(spell)))
    begin = np.floor(cut / number[spell] * length[spell]).astype(np.int64)
    is_last = piece == number[spell] - 1
    end = np.where(is_last, length[spell], np.append(begin[1:], 0))
    first_day = rows.start[spell]
    return replace(take(rows, spell), start=first_day + begin, end=first_day + end)
