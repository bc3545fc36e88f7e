"""NPR's contact files as delivered: one per sector and year, written the ways seen in practice.

Two date styles, debitor in four spellings, ICD-10 with dot or in lower case, empty end dates.
Which rows there are is in npr_rows.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data import columns
from synthetic_data.days import Flags, Ints, draw_category, take, year_of
from synthetic_data.npr_rows import UNLINKABLE, Rows
from synthetic_data.population import Persons
from synthetic_data.scenario import ARR, FIRST_YEAR, PHV, SECTORS, SOM, TSB, by_sector

FILE_PREFIX = {SOM: "som", PHV: "phv", TSB: "tsb", ARR: "rehab"}

DEBITOR = ["20", " 20", "020", "20.0", "1", "11", "22", "24", "30", "40", "99"]
TREATED_SHARES = [0.90, 0.04, 0.03, 0.03]
ORDINARY_SHARES = [0.965, 0.004, 0.004, 0.006, 0.004, 0.012, 0.005]
_FIRST_ORDINARY, _MUNICIPALITY, _MUNICIPALITY_YEAR = 4, 7, 2017
"""Codes: register facts 1.1; code 24 is new in 2017. Shares: assumption."""

SECOND_ICD = ["R52", "F432", "Z560", "Z730", "G442", "E66"]
"""Secondary diagnoses, register facts 1.5 and 4."""
WORK_2010, WORK_2013 = ["WMDV00", "WMEC00", "WNBC00"], ["OABI00", "OACA00", "OBBJ00"]
"""Work-directed procedures 2010-2012 and from 2013, register facts 1.5."""
_SPELLING_SHARES = [0.93, 0.05, 0.02]
"""Plain, with a dot, in lower case: assumption."""
_MENTAL_NAMES = [
    *("lopenr", "inndato", "utdato", "omsorgsniva", "kontaktType", "debitor", "tilst1akse1"),
    *("tilst2akse1", "institusjonID", "mottaksDato", "NPRId_reg"),
]
_SOMATIC_NAMES = [
    *("LNr", "innDato", "utDato", "omsorgsniva", "kontaktType", "debitor", "tilstand_1_1"),
    *("tilstand_2_1", "NCMP_1", "institusjonID", "institusjon_Navn", "mottaksDato", "NPRId_reg"),
]
_YEARS = 100
"""More than the years of the register, so that sector * _YEARS + year numbers the files."""


def build_npr_tables(
    rows: Rows,
    persons: Persons,
    *,
    scenario: dict[str, Any],
    rng: np.random.Generator,
    procedure_rng: np.random.Generator,
) -> dict[str, pa.Table]:
    """Build the block's part of each file, by its path without ending.

    Args:
        rows: Rows in any order.
        persons: The block.
        scenario: The whole scenario.
        rng: Random numbers, of how things are spelt.
        procedure_rng: Random numbers of `draw_procedures`.
    """
    procedures = draw_procedures(rows, scenario["treatment"], procedure_rng)
    number = rows.sector * _YEARS + year_of(rows.start_day) - FIRST_YEAR
    order = np.argsort(number * 100_000 + rows.start_day, kind="stable")
    rows, number = take(rows, order), number[order]
    content = _build_columns(rows, persons, scenario, rng)
    content["procedure"] = procedures.take(pa.array(order))
    numbers, first = np.unique(number, return_index=True)
    after = [*first[1:], len(number)]
    return {
        _path(file): _build_table(content, rows, file, slice(begin, end))
        for file, begin, end in zip(numbers.tolist(), first.tolist(), after, strict=True)
    }


def build_institutions(scenario: dict[str, Any]) -> pa.Table:
    """Build the table of institutions with their trust and region."""
    places = scenario["municipality"]
    entries = [
        *((p["hf"], p["hf"], p["rhf"], p["name"]) for p in places),
        *((u["institution"], u["hf"], u["rhf"], u["name"]) for u in scenario["rehab_unit"]),
    ]
    texts = [pa.array(column) for column in zip(*entries, strict=True)]
    return pa.table(texts, names=["institusjonID", "hf", "rhf", "navn"])


def place_institutions(
    sector: Ints, home: Ints, scenario: dict[str, Any]
) -> tuple[list[str], list[str], Ints]:
    """Give the institution of the person's home, or the rehabilitation unit of its region.

    Wherever the person lived in 2006: where one is treated has no bearing on anything else.

    Args:
        sector: Position of the sector, shape (n,).
        home: Position of the place, shape (n,).
        scenario: The whole scenario.

    Returns:
        Numbers and names of all institutions, and the position of each row's, shape (n,).
    """
    places, units = scenario["municipality"], scenario["rehab_unit"]
    unit_of_region = {unit["rhf"]: position for position, unit in enumerate(units)}
    unit = len(places) + np.array([unit_of_region.get(p["rhf"], 0) for p in places])
    return (
        [place["hf"] for place in places] + [unit["institution"] for unit in units],
        [place["name"] for place in places] + [unit["name"] for unit in units],
        np.where(sector == ARR, unit[home], home),
    )


def _path(file: int) -> str:
    sector, year = divmod(file, _YEARS)
    return f"npr/{FILE_PREFIX[sector]}_{FIRST_YEAR + year}"


def _build_columns(
    rows: Rows, persons: Persons, scenario: dict[str, Any], rng: np.random.Generator
) -> dict[str, Any]:
    """Build the columns that are written alike in every file."""
    year = year_of(rows.start_day)
    main, second = _icd_texts(rows, scenario, rng)
    numbers, labels, place = place_institutions(
        rows.sector, persons.municipality[rows.person], scenario
    )
    # The number behind the key is written once for each person of the block.
    ids = columns.npr_ids(persons.npr_number)
    return {
        "id": ids.take(pa.array(rows.person, mask=rows.link_status == UNLINKABLE)),
        "blank_end": (rows.end_day == rows.start_day) & (rng.random(len(year)) < 0.02),
        "level": columns.look_up([None, "1", "2", "3"], rows.care_level),
        "type": columns.look_up([None, "1", "2", "3", None, "5"], rows.contact_type),
        "debitor": columns.look_up(DEBITOR, _debitor_positions(rows.is_treatment, year, rng)),
        "main": main,
        "second": second,
        "institution": columns.look_up(numbers, place),
        "label": columns.look_up(labels, place),
        "status": columns.look_up([None, "1", "2", "3", "4"], rows.link_status),
    }


def _build_table(content: dict[str, Any], rows: Rows, file: int, part: slice) -> pa.Table:
    """Put one file together, with the column names and the date style of its kind."""
    sector, year = divmod(file, _YEARS)
    style = columns.ISO if year % 2 == 0 else columns.NORWEGIAN
    start = columns.format_days(rows.start_day[part], style)
    if rows.is_broken[part].any():
        calendar_year = FIRST_YEAR + year
        iso = style == columns.ISO
        impossible = f"{calendar_year}-02-30" if iso else f"30.02.{calendar_year}"
        texts = pc.if_else(
            pa.array(rows.is_broken[part]), pa.scalar(impossible), start.cast(pa.string())
        )
        start = texts.dictionary_encode()
    end = columns.format_days(rows.end_day[part], style, empty=content["blank_end"][part])
    referral = columns.format_days(rows.referral_day[part], style)

    def cut(*names: str) -> list[pa.Array]:
        length = part.stop - part.start
        return [content[name].slice(part.start, length) for name in names]

    shared = [*cut("id"), start, end, *cut("level", "type", "debitor", "main", "second")]
    if sector in (PHV, TSB):
        rest = [*cut("institution"), referral, *cut("status")]
        return pa.table([*shared, *rest], names=_MENTAL_NAMES)
    rest = [*cut("procedure", "institution", "label"), referral, *cut("status")]
    return pa.table([*shared, *rest], names=_SOMATIC_NAMES)


def _debitor_positions(is_treatment: Flags, year: Ints, rng: np.random.Generator) -> Ints:
    position = np.full(len(is_treatment), _FIRST_ORDINARY)
    point = rng.random(len(is_treatment))
    odd = np.flatnonzero(is_treatment | (point >= ORDINARY_SHARES[0]))
    treated = draw_category(rng, TREATED_SHARES, np.zeros_like(odd))
    ordinary = _FIRST_ORDINARY + 1 + draw_category(rng, ORDINARY_SHARES[1:], np.zeros_like(odd))
    too_early = (ordinary == _MUNICIPALITY) & (year[odd] < _MUNICIPALITY_YEAR)
    ordinary = np.where(too_early, _FIRST_ORDINARY, ordinary)
    position[odd] = np.where(is_treatment[odd], treated, ordinary)
    return position


def _icd_texts(
    rows: Rows, scenario: dict[str, Any], rng: np.random.Generator
) -> tuple[pa.Array, pa.Array]:
    """Write the main and the secondary code; a Z code moves the real one to second place."""
    z_codes = scenario["courses"]["z_codes"]
    own = [entry["icd10"] for entry in scenario["diagnosis"]]
    other = [scenario["other_contacts"]["icd10"].get(name, []) for name in SECTORS]
    lists = [*own, *other, z_codes, SECOND_ICD]
    first = np.cumsum([0, *map(len, lists)])[:-1] * 3
    plain = [code for codes in lists for code in codes]
    texts = [
        text
        for code in plain
        for text in (code, f"{code[:3]}.{code[3:]}" if code[3:] else code, code.lower())
    ]
    z_first, second_first = first[-2], first[-1]
    spelling = draw_category(rng, _SPELLING_SHARES, np.zeros_like(rows.person))
    is_other = rows.variant < 0
    real = np.where(
        is_other,
        first[len(own) + rows.sector] + rows.diagnosis * 3,
        first[np.where(is_other, 0, rows.diagnosis)] + np.maximum(rows.variant, 0) * 3,
    )
    real = real + spelling
    has_z = rows.z_main >= 0
    main = np.where(has_z, z_first + rows.z_main * 3 + spelling, real)
    point = rng.random(len(real)) / 0.12
    second = second_first + np.floor(np.minimum(point, 0.999) * len(SECOND_ICD)).astype(int) * 3
    second = np.where(has_z, real, second)
    nothing = ~has_z & (point >= 1.0)
    return columns.look_up(texts, main), columns.look_up(texts, second, empty=nothing)


def draw_procedures(
    rows: Rows, settings: dict[str, Any], rng: np.random.Generator
) -> pa.DictionaryArray:
    """Draw a work-directed procedure for some contacts, of treated courses mostly.

    Args:
        rows: All rows of a block, in the order of build_npr_rows.
        settings: The scenario's treatment.
        rng: The stream "procedures".
    """
    year = year_of(rows.start_day)
    treated = np.array(by_sector(settings["work_directed_treated"]))[rows.sector]
    others = np.array(by_sector(settings["work_directed_others"]))[rows.sector]
    share = np.where(rows.is_treated, treated, others)
    point = rng.random(len(share)) / np.maximum(share, np.finfo(float).tiny)
    chosen = np.floor(np.minimum(point, 0.999) * len(WORK_2010)).astype(np.int64)
    chosen += np.where(year >= 2013, len(WORK_2010), 0)
    return columns.look_up([*WORK_2010, *WORK_2013], chosen, empty=(point >= 1.0) | (year < 2010))
