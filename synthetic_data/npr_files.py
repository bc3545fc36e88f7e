"""NPR's contact files as delivered: one per sector and year, written the ways seen in practice.

Two date styles, debitor in four spellings, ICD-10 with dot or in lower case, empty end dates.
Which rows there are is in npr_rows.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data import csv_files
from synthetic_data.courses import Contacts, Courses
from synthetic_data.days import Flags, Ints, draw_category, take, year_of
from synthetic_data.npr_rows import UNLINKABLE, Rows, build_npr_rows
from synthetic_data.population import Persons
from synthetic_data.scenario import ARR, FIRST_YEAR, LAST_YEAR, PHV, SECTORS, SOM, TSB
from synthetic_data.treatment import Treatment

FILE_PREFIX = {SOM: "som", PHV: "phv", TSB: "tsb", ARR: "rehab"}

DEBITOR = ["20", " 20", "020", "20.0", "1", "11", "22", "24", "30", "40", "99"]
TREATED_SHARES = [0.90, 0.04, 0.03, 0.03]
ORDINARY_SHARES = [0.965, 0.004, 0.004, 0.006, 0.004, 0.012, 0.005]
_FIRST_ORDINARY, _MUNICIPALITY = 4, 7
"""Codes: register facts 1.1; code 24 is new in 2017. Shares: assumption."""

SECOND_ICD = ["R52", "F432", "Z560", "Z730", "G442", "E66"]
"""Secondary diagnoses, register facts 1.5 and 4."""
WORK_2010, WORK_2013 = ["WMDV00", "WMEC00", "WNBC00"], ["OABI00", "OACA00", "OBBJ00"]
"""Work-directed procedures 2010-2012 and from 2013, register facts 1.5."""


def write_npr_files(
    courses: Courses,
    contacts: Contacts,
    treatment: Treatment,
    *,
    persons: Persons,
    scenario: dict[str, Any],
    rng: np.random.Generator,
    folder: Path,
) -> None:
    """Write npr/<sector>_<year>.csv and npr/institusjon.csv.

    Args:
        courses: All courses.
        contacts: Their contacts.
        treatment: Who is treated and coded.
        persons: The population.
        scenario: The whole scenario.
        rng: Random numbers.
        folder: The delivery.
    """
    (folder / "npr").mkdir()
    rows = build_npr_rows(courses, contacts, treatment, scenario=scenario, rng=rng)
    shuffled = rng.permutation(len(rows.course))
    file_order = np.lexsort(
        (rows.start_day[shuffled], year_of(rows.start_day[shuffled]), rows.sector[shuffled])
    )
    rows = take(rows, shuffled[file_order])
    file_number = rows.sector * 100 + year_of(rows.start_day) - FIRST_YEAR
    npr_ids = csv_files.npr_ids(persons.npr_number)
    for sector in range(len(SECTORS)):
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            number = sector * 100 + year - FIRST_YEAR
            first, after = np.searchsorted(file_number, [number, number + 1])
            if first < after:
                part = take(rows, slice(first, after))
                table = _build_table(
                    part, sector, year, npr_ids=npr_ids, persons=persons, scenario=scenario, rng=rng
                )
                name = f"{FILE_PREFIX[sector]}_{year}.csv"
                csv_files.write_csv(table, folder / "npr" / name)
    csv_files.write_csv(_build_institutions(scenario), folder / "npr" / "institusjon.csv")


def _build_table(
    rows: Rows,
    sector: int,
    year: int,
    *,
    npr_ids: pa.Array,
    persons: Persons,
    scenario: dict[str, Any],
    rng: np.random.Generator,
) -> pa.Table:
    """Put one file together, with the column names of its kind."""
    style = csv_files.ISO if year % 2 == 0 else csv_files.NORWEGIAN
    impossible = f"{year}-02-30" if style == csv_files.ISO else f"30.02.{year}"
    start = csv_files.format_days(rows.start_day, style)
    blank = (rows.end_day == rows.start_day) & (rng.random(len(rows.course)) < 0.02)
    main, second = _icd_texts(rows, scenario, rng)
    institution, label = _institutions(rows, sector, persons, scenario=scenario)
    identity = npr_ids.take(pa.array(rows.person, mask=rows.link_status == UNLINKABLE))
    shared = [
        pc.if_else(pa.array(rows.is_broken), pa.scalar(impossible), start),
        csv_files.format_days(rows.end_day, style, empty=blank),
        csv_files.look_up([None, "1", "2", "3"], rows.care_level),
        csv_files.look_up([None, "1", "2", "3", None, "5"], rows.contact_type),
        csv_files.look_up(DEBITOR, _debitor_positions(rows.is_treatment, year, rng)),
        main,
        second,
    ]
    status = csv_files.look_up([None, "1", "2", "3", "4"], rows.link_status)
    if sector in (PHV, TSB):
        names = "lopenr inndato utdato omsorgsniva kontaktType debitor tilst1akse1 tilst2akse1"
        columns = [identity, *shared, institution, status]
        return pa.table(columns, names=[*names.split(), "institusjonID", "NPRId_reg"])
    names = "LNr innDato utDato omsorgsniva kontaktType debitor tilstand_1_1 tilstand_2_1 NCMP_1"
    columns = [
        identity,
        *shared,
        _procedures(rows, sector, year, rng=rng),
        institution,
        label,
        status,
    ]
    return pa.table(
        columns, names=[*names.split(), "institusjonID", "institusjon_Navn", "NPRId_reg"]
    )


def _debitor_positions(is_treatment: Flags, year: int, rng: np.random.Generator) -> Ints:
    everybody = np.zeros(len(is_treatment), dtype=np.int64)
    treated = draw_category(rng, TREATED_SHARES, everybody)
    ordinary = _FIRST_ORDINARY + draw_category(rng, ORDINARY_SHARES, everybody)
    if year < 2017:
        ordinary[ordinary == _MUNICIPALITY] = _FIRST_ORDINARY
    return np.where(is_treatment, treated, ordinary)


def _icd_texts(
    rows: Rows, scenario: dict[str, Any], rng: np.random.Generator
) -> tuple[pa.Array, pa.Array]:
    """Write the main and the secondary code; a Z code moves the real one to second place."""
    z_codes = scenario["courses"]["z_codes"]
    own = [entry["icd10"] for entry in scenario["diagnosis"]]
    first = np.cumsum([0, *map(len, own)])[:-1]
    plain = [*(code for codes in own for code in codes), *z_codes, *SECOND_ICD]
    spelled = [
        [code, f"{code[:3]}.{code[3:]}" if code[3:] else code, code.lower()] for code in plain
    ]
    texts: list[str | None] = [*(text for three in spelled for text in three), None]
    nothing = len(texts) - 1
    everybody = np.zeros(len(rows.course), dtype=np.int64)
    spelling = draw_category(rng, [0.93, 0.05, 0.02], everybody)
    real = (first[rows.diagnosis] + rows.variant) * 3 + spelling
    z_first = sum(map(len, own))
    z_main = (z_first + rows.z_main) * 3 + spelling
    other_first = z_first + len(z_codes)
    other = (other_first + rng.integers(0, len(SECOND_ICD), len(real))) * 3
    other = np.where(rng.random(len(real)) < 0.12, other, nothing)
    has_z = rows.z_main >= 0
    main = csv_files.look_up(texts, np.where(has_z, z_main, real))
    return main, csv_files.look_up(texts, np.where(has_z, real, other))


def _procedures(rows: Rows, sector: int, year: int, *, rng: np.random.Generator) -> pa.Array:
    """Write a work-directed procedure for some contacts, mostly in rehabilitation."""
    codes = WORK_2013 if year >= 2013 else WORK_2010 if year >= 2010 else []
    share = 0.3 if sector == ARR else 0.01
    texts: list[str | None] = [None, *codes]
    chosen = 1 + rng.integers(0, max(len(codes), 1), len(rows.course))
    has_code = (rng.random(len(rows.course)) < share) & bool(codes)
    return csv_files.look_up(texts, np.where(has_code, chosen, 0))


def _institutions(
    rows: Rows, sector: int, persons: Persons, *, scenario: dict[str, Any]
) -> tuple[pa.Array, pa.Array]:
    """Write the institution of the person's home, or the rehabilitation unit of its region."""
    places = scenario["municipality"]
    units = scenario["rehab_unit"]
    # Wherever the person lived in 2006: where one is treated has no bearing on anything else.
    home = persons.municipality[rows.person]
    if sector == ARR:
        unit_of_region = {unit["rhf"]: position for position, unit in enumerate(units)}
        region = [unit_of_region.get(place["rhf"], 0) for place in places]
        position = np.array(region)[home]
        numbers, labels = [u["institution"] for u in units], [u["name"] for u in units]
    else:
        position = home
        numbers, labels = [p["hf"] for p in places], [p["name"] for p in places]
    return csv_files.look_up(numbers, position), csv_files.look_up(labels, position)


def _build_institutions(scenario: dict[str, Any]) -> pa.Table:
    entries = [
        *(
            (place["hf"], place["hf"], place["rhf"], place["name"])
            for place in scenario["municipality"]
        ),
        *((u["institution"], u["hf"], u["rhf"], u["name"]) for u in scenario["rehab_unit"]),
    ]
    columns = [pa.array(column) for column in zip(*entries, strict=True)]
    return pa.table(columns, names=["institusjonID", "hf", "rhf", "navn"])
