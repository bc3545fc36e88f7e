"""NAV's benefit files as delivered: many rows for the same days, codes that change by law.

A spell may be written as two jobs, as consecutive prolongations or with a repeated row. None
of it changes which days of a person are covered, but a sum over rows would count days twice.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from synthetic_data import csv_files
from synthetic_data.days import NAV_END, Ints, concatenate, day_number, draw_category, take, year_of
from synthetic_data.population import Persons
from synthetic_data.spells import ALLOWANCE, DISABILITY, SICK_LEAVE, Spells

CODES = ["SP", "RP", "AF", "TU", "AAP", "UFP", "UT"]
_AAP, _UFP, _UT = 4, 5, 6
AAP_BEGINS = day_number(2010, 3, 1)
UT_BEGINS = day_number(2015)
"""Benefit reforms; Source: register facts 2.5."""

GRADES: list[str | None] = ["100", "80", "60", "50", "40", "20", None]
SICK_GRADE_SHARES = [0.62, 0.06, 0.07, 0.15, 0.05, 0.03, 0.02]
DISABILITY_GRADE_SHARES = [0.75, 0.03, 0.05, 0.17, 0.0, 0.0, 0.0]
"""Assumption; a missing grade means 100."""

ICPC: list[str | None] = [
    "L84", "L86", "L03", "L02", "L92", "L08", "L83", "L18", "P76", "P74", "P02", "P29", None,
]  # fmt: skip
ICPC_SHARES = [0.12, 0.08, 0.1, 0.06, 0.09, 0.06, 0.06, 0.05, 0.1, 0.06, 0.1, 0.05, 0.07]
"""Codes: register facts 4. Shares: assumption; chapters other than L and P are left out."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the benefit files; every array has shape (n,).

    Attributes:
        person: Position of the person.
        start: First day.
        end: First day after; NAV_END for ongoing.
        code: Position in `CODES`.
        grade: Position in `GRADES`.
        job: 0 no job, 1 first job, 2 second job.
        diagnosis: Position in `ICPC`.
    """

    person: Ints
    start: Ints
    end: Ints
    code: Ints
    grade: Ints
    job: Ints
    diagnosis: Ints


def write_nav_files(
    spells: Spells,
    persons: Persons,
    scenario: dict[str, Any],
    *,
    rng: np.random.Generator,
    folder: Path,
) -> None:
    """Write nav/ytelser_<year>.csv by the year in which a row begins.

    Args:
        spells: Disjoint spells with treatment.
        persons: The population.
        scenario: The whole scenario.
        rng: Random numbers.
        folder: The delivery.
    """
    (folder / "nav").mkdir()
    settings = scenario["register"]
    rows = _split_at_reforms(_build_rows(spells, settings, rng))
    rows = _show_as_registers_do(rows, settings, rng)
    broken = take(rows, rng.integers(0, len(rows.person), settings["broken_spell_rows"]))
    broken = replace(broken, end=broken.start - 2)
    rows = concatenate([rows, broken])
    shuffled = rng.permutation(len(rows.person))
    rows = take(rows, shuffled[np.argsort(year_of(rows.start[shuffled]), kind="stable")])
    table = _build_table(rows, persons)
    years, first = np.unique(year_of(rows.start), return_index=True)
    after = [*first[1:], len(rows.person)]
    for year, begin, end in zip(years, first, after, strict=True):
        csv_files.write_csv(table.slice(begin, end - begin), folder / "nav" / f"ytelser_{year}.csv")


def _build_rows(spells: Spells, settings: dict[str, Any], rng: np.random.Generator) -> Rows:
    """Give each spell its code, grade and diagnosis."""
    shares = settings["allowance_codes_before_2010"]
    everybody = np.zeros(len(spells.person), dtype=np.int64)
    early = np.array([CODES.index(code) for code in shares])
    early = early[draw_category(rng, list(shares.values()), everybody)]
    is_sick = spells.kind == SICK_LEAVE
    sick_grade = draw_category(rng, SICK_GRADE_SHARES, everybody)
    disability_grade = draw_category(rng, DISABILITY_GRADE_SHARES, everybody)
    # Before its reform a spell has the old code; _split_at_reforms changes the rest.
    code = np.select([is_sick, spells.kind == ALLOWANCE], [0, early], _UFP)
    grade = np.select([is_sick, spells.kind == DISABILITY], [sick_grade, disability_grade], 0)
    diagnosis = draw_category(rng, ICPC_SHARES, everybody)
    return Rows(
        person=spells.person,
        start=spells.start,
        end=spells.end,
        code=code,
        grade=grade,
        job=is_sick.astype(np.int64),
        diagnosis=np.where(is_sick, diagnosis, len(ICPC) - 1),
    )


def _split_at_reforms(rows: Rows) -> Rows:
    """Change the code on the day of a reform; a spell that crosses it becomes two rows."""
    reform = np.where(rows.code == _UFP, UT_BEGINS, AAP_BEGINS)
    new_code = np.where(rows.code == _UFP, _UT, _AAP)
    has_reform = rows.code > 0
    begins_after = has_reform & (rows.start >= reform)
    crosses = has_reform & (rows.start < reform) & (rows.end > reform)
    old = replace(
        rows,
        code=np.where(begins_after, new_code, rows.code),
        end=np.where(crosses, reform, rows.end),
    )
    return concatenate(
        [old, replace(take(rows, crosses), start=reform[crosses], code=new_code[crosses])]
    )


def _show_as_registers_do(rows: Rows, settings: dict[str, Any], rng: np.random.Generator) -> Rows:
    """Write some sick leave as two jobs, as prolongations, or with a repeated row."""
    point = rng.random(len(rows.person))
    can_be_cut = (rows.code == 0) & (rows.end - rows.start >= 8)
    bounds = np.cumsum(
        [settings["two_jobs_share"], settings["prolonged_share"], settings["repeated_share"]]
    )
    kind = np.where(can_be_cut, np.searchsorted(bounds, point, side="right"), len(bounds))
    plain = take(rows, kind == len(bounds))
    two_jobs, prolonged, repeated = (take(rows, kind == number) for number in range(3))
    first_part, second_part = _cut(prolonged, rng)
    return concatenate(
        [
            plain,
            *(two_jobs, replace(_inside(two_jobs, rng), job=np.full(len(two_jobs.job), 2))),
            *(first_part, second_part),
            *(repeated, _inside(repeated, rng)),
        ]
    )


def _inside(rows: Rows, rng: np.random.Generator) -> Rows:
    """Shift both ends inwards by up to three days, half of the time not at all."""
    shift = rng.integers(0, 4, (2, len(rows.person))) * (rng.random(len(rows.person)) < 0.5)
    return replace(rows, start=rows.start + shift[0], end=rows.end - shift[1])


def _cut(rows: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Cut each row in two that follow each other without a gap; the grade may change."""
    length = rows.end - rows.start
    cut = rows.start + 1 + np.floor(rng.random(len(length)) * (length - 1)).astype(np.int64)
    grade = draw_category(rng, SICK_GRADE_SHARES, np.zeros(len(length), dtype=np.int64))
    return replace(rows, end=cut), replace(rows, start=cut, grade=grade)


def _build_table(rows: Rows, persons: Persons) -> pa.Table:
    nav_ids = csv_files.nav_ids(persons.nav_number)
    is_second = rows.job == 2
    # Two jobs of a person have different numbers that do not tell whose they are.
    job_number = (persons.ssb_number[rows.person] * 7 + persons.nav_number[rows.person]) % 10**7
    jobs = csv_files.prefixed("J", csv_files.padded(job_number * 2 + is_second, 8))
    has_second = np.zeros(len(persons.sex), dtype=np.bool_)
    has_second[rows.person[is_second]] = True
    position = np.where(has_second[rows.person], 1, 0)
    columns = {
        "nav_lopenr": nav_ids.take(pa.array(rows.person)),
        "ytelse": csv_files.look_up(CODES, rows.code),
        "fom": csv_files.format_days(rows.start),
        "tom": csv_files.format_days(rows.end - 1, empty=rows.end >= NAV_END),
        "grad": csv_files.look_up(GRADES, rows.grade),
        "stillingsprosent": csv_files.look_up(
            ["100", "50", None], np.where(rows.job > 0, position, 2)
        ),
        "jobb_id": jobs.take(pa.array(np.arange(len(rows.job)), mask=rows.job == 0)),
        "hoveddiagnose": csv_files.look_up(ICPC, rows.diagnosis),
        "diagnosesystem": csv_files.look_up(
            ["ICPC-2", None], (rows.diagnosis == len(ICPC) - 1).astype(np.int64)
        ),
    }
    return pa.table(columns)
