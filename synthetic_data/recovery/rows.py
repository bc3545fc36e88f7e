"""Register rows as staging makes them, straight from the generator's arrays.

Writing dates and codes as text and reading them again takes most of a delivery's time and
changes no number; here it is left out. So are rows that staging would judge broken, and rows
in the middle of a course, which move no index date, and those of children and the old.
tests/recovery/test_engine.py holds both ways against each other.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data import columns, nav_rows, npr_rows
from synthetic_data.block import Lives
from synthetic_data.days import NAV_END, NPR_START, Flags, Ints, take
from synthetic_data.npr_files import draw_procedures
from synthetic_data.population import Persons
from synthetic_data.scenario import PHV, SECTORS, TSB

TREATMENT_CODE, ORDINARY_CODE = "20", "1"
WITHOUT_PROCEDURES = (PHV, TSB)
"""Sectors whose files have no column of procedures."""
_BUCKET_DAYS, _BUCKETS = 300, 64
"""Stretches that the register's years are cut in, and more of them than it has."""


def build_contact_rows(
    lives: Lives,
    scenario: dict[str, Any],
    rng: np.random.Generator,
    *,
    birth_years: range,
    procedure_rng: np.random.Generator | None = None,
) -> pa.Table:
    """Build the usable rows of stg_npr__contacts that a study reads.

    Args:
        lives: The block.
        scenario: The whole scenario.
        rng: The stream "npr_files".
        birth_years: Of those who are of the study's age at some day of the register.
        procedure_rng: The stream "procedures": every usable row is kept, with its procedures, as
            the gate needs; else those rows that index dates depend on.
    """
    rows = npr_rows.build_npr_rows(
        lives.courses,
        lives.contacts,
        lives.other,
        lives.treatment,
        scenario=scenario,
        rng=rng,
    )
    is_usable = ~rows.is_broken & (rows.link_status != npr_rows.UNLINKABLE)
    procedures: dict[str, pa.Array] = {}
    if procedure_rng is not None:
        drawn = draw_procedures(rows, scenario["treatment"], procedure_rng).cast(pa.string())
        has_column = pa.array(~np.isin(rows.sector, WITHOUT_PROCEDURES))
        kept = np.flatnonzero(is_usable)
        procedures["procedure_codes"] = pc.if_else(has_column, drawn, None).take(pa.array(kept))
        rows = take(rows, kept)
    else:
        is_usable &= rows.contact_type != npr_rows.INDIRECT
        born = lives.persons.birth_year[rows.person]
        is_of_age = (born >= birth_years.start) & (born < birth_years.stop)
        rows = take(rows, np.flatnonzero(is_usable & is_of_age))
        rows = take(rows, find_needed_contacts(rows))
    main, second = _write_diagnoses(rows, scenario)
    debitors = columns.look_up([ORDINARY_CODE, TREATMENT_CODE], rows.is_treatment.astype(np.int64))
    return pa.table(
        {
            "npr_id": columns.npr_ids(lives.persons.npr_number).take(pa.array(rows.person)),
            "sector": columns.look_up(SECTORS, rows.sector),
            "care_level_code": columns.look_up([None, "1", "2", "3"], rows.care_level),
            "contact_type_code": columns.look_up(
                [None, "1", "2", "3", None, "5"], rows.contact_type
            ),
            "start_date": _write_days(rows.start_day),
            "end_date": _write_days(rows.end_day),
            "debitor_code": debitors,
            "main_icd10_code": main,
            "secondary_icd10_codes": second,
            "npr_link_status_code": columns.look_up([None, "1", "2", "3", "4"], rows.link_status),
            **procedures,
        }
    )


def build_benefit_rows(
    lives: Lives, scenario: dict[str, Any], rng: np.random.Generator, *, is_wanted: Flags
) -> pa.Table:
    """Build the usable rows of stg_nav__benefit_spells of some persons.

    Args:
        lives: The block.
        scenario: The whole scenario.
        rng: The stream "nav_files".
        is_wanted: Whose rows, shape (n_persons,). The others' are drawn all the same.
    """
    rows = nav_rows.build_nav_rows(lives.observed, lives.courses, scenario, rng)
    # A last day before the first is what staging calls end_before_start.
    rows = take(rows, np.flatnonzero(is_wanted[rows.person] & (rows.end > rows.start)))
    persons = lives.persons
    return pa.table(
        {
            "nav_id": columns.nav_ids(persons.nav_number).take(pa.array(rows.person)),
            "benefit_code": columns.look_up(nav_rows.CODES, rows.code),
            "start_date": _write_days(rows.start),
            "until_date": _write_days(rows.end),
            "is_ongoing": pa.array(rows.end >= NAV_END),
            "grade_percent": pa.array(np.where(rows.grade == 0, 100, rows.grade).astype(float)),
            "job_id": columns.look_up([None, "1", "2"], rows.job),
            "position_percent": pa.array(
                rows.position_percent.astype(float), mask=rows.position_percent == 0
            ),
        }
    )


def find_needed_contacts(rows: npr_rows.Rows) -> Ints:
    """Find the contacts that index dates depend on; the others lie between two of them.

    A course ends after a year without a contact (study: index.course_gap_days), so within 300
    days only a person's first and last days in a sector matter, besides treatment and stays
    over night.

    Args:
        rows: Contacts with the patient present.

    Returns:
        Their positions, in the order of person, sector and day.
    """
    bucket = (rows.start_day - NPR_START) // _BUCKET_DAYS
    group = (rows.person * len(SECTORS) + rows.sector) * _BUCKETS + bucket
    order = np.argsort(group * _BUCKET_DAYS + (rows.start_day - NPR_START) % _BUCKET_DAYS)
    group, day = group[order], rows.start_day[order]
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    number = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(group)))
    first, last = day[begins], day[np.append(begins[1:], len(group)) - 1]
    is_needed = (day == first[number]) | (day == last[number])
    is_needed |= rows.is_treatment[order] | (rows.end_day[order] > day)
    return order[is_needed]


def find_persons(persons: Persons, nav_ids: pa.ChunkedArray | pa.Array) -> Flags:
    """Tell who of a block has one of some pseudonyms of NAV's, shape (n_persons,)."""
    texts = np.asarray(nav_ids.to_numpy(zero_copy_only=False), dtype="U9")
    numbers = np.array([int(text[1:]) for text in texts.tolist()], dtype=np.int64)
    return np.isin(persons.nav_number, numbers)


def _write_days(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _write_diagnoses(rows: npr_rows.Rows, scenario: dict[str, Any]) -> tuple[pa.Array, pa.Array]:
    """Give the main code, and the second one where a Z code has taken its place."""
    z_codes = scenario["courses"]["z_codes"]
    own = [entry["icd10"] for entry in scenario["diagnosis"]]
    other = [scenario["other_contacts"]["icd10"].get(name, []) for name in SECTORS]
    lists = [*own, *other, z_codes]
    first = np.cumsum([0, *map(len, lists)])[:-1]
    texts = [code for codes in lists for code in codes]
    is_other = rows.variant < 0
    real = np.where(
        is_other,
        first[len(own) + rows.sector] + rows.diagnosis,
        first[np.where(is_other, 0, rows.diagnosis)] + np.maximum(rows.variant, 0),
    )
    has_z = rows.z_main >= 0
    main = np.where(has_z, first[-1] + rows.z_main, real)
    return columns.look_up(texts, main), columns.look_up(texts, real, empty=~has_z)
