"""Read a delivery of the generator into canonical rows: ISO dates, plain codes, nothing broken.

The rows are what both twins hold. A row that the generator planted as a defect is left out:
this package plants its own, and lists them.
"""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from synthetic_data.raw_forms.options import RawOptions
from synthetic_data.raw_forms.spelling import Row

_SECTOR_OF_FILE = {"som": "SOM", "phv": "PHV", "tsb": "TSB", "rehab": "ARR"}
_MAIN = ("tilstand_1_1", "tilst1akse1")
_SECOND = ("tilstand_2_1", "tilst2akse1")
_THIRD = ("E66", "G442", "R52")
"""More secondary diagnoses, register facts 4."""
_LETTERS = ("GR", "IN", "OF", "PA", "PF", "RE", "TR")
LAST_YEAR_OF_LETTERS = 2009
"""Letter codes of debitor; register facts 1.1."""
_LAST_NAV_DAY = "2020-12-31"
FIRST_YEAR, LAST_YEAR = 2006, 2018
"""Years of residence in a wide file."""


@dataclass(slots=True)
class Registers:
    """Canonical rows by table; `about` is the [delivery] section of the source."""

    about: dict[str, Any]
    contacts: list[Row]
    benefits: list[Row]
    persons: list[Row]
    npr_persons: list[Row]
    education: list[Row]
    residence: list[Row]
    links: list[Row]
    institutions: list[Row]


def read_registers(source: Path, options: RawOptions) -> Registers:
    """Read all tables of a delivery that the generator wrote.

    Args:
        source: Its folder.
        options: Which content both twins have.

    Raises:
        FileNotFoundError: There is no such delivery.
    """
    rng = np.random.default_rng([options.seed, 0])
    spec = tomllib.loads((source / "delivery.toml").read_text(encoding="utf-8"))
    persons = [_person(row, rng) for row in _rows(source, "ssb/faste_oppl.csv")]
    links = [
        {"npr_id": row["npr_lopenr"], "nav_id": row["nav_lopenr"], "ssb_id": row["ssb_lopenr"]}
        for row in _rows(source, "kobling.csv")
    ]
    contacts = [contact for contact in _contacts(source, options, rng) if contact is not None]
    benefits = [spell for spell in _benefits(source, options) if spell is not None]
    education = [
        {"ssb_id": _key(row), "year": row["aargang"], "nus2000_code": row["nus2000"]}
        for row in _rows(source, "ssb/f_utd_demografi.csv")
    ]
    return Registers(
        about=spec["delivery"],
        contacts=contacts,
        benefits=benefits,
        persons=persons,
        npr_persons=_npr_persons(persons, links),
        education=education,
        residence=_residence(source),
        links=links,
        institutions=_institutions(source, options),
    )


def _rows(source: Path, pattern: str) -> Iterator[Row]:
    for path in sorted(source.glob(pattern)):
        with path.open(encoding="latin-1", newline="") as lines:
            for row in csv.DictReader(lines, delimiter=";", quoting=csv.QUOTE_NONE):
                yield {"file": path.stem, **{name: value or None for name, value in row.items()}}


def _key(row: Row) -> str | None:
    return next(value for name, value in row.items() if name.endswith("_lopenr_person"))


@cache
def _iso(text: str | None) -> str | None:
    """Read a date of the generator; None also for one that no calendar has."""
    if text is None:
        return None
    style = "%d.%m.%Y" if text[2] == "." else "%Y-%m-%d"
    try:
        return datetime.strptime(text, style).date().isoformat()
    except ValueError:
        return None


def _code(text: str | None) -> str | None:
    return None if text is None else text.strip().removesuffix(".0").lstrip("0")


def _icd10(text: str | None) -> str | None:
    return None if text is None else text.replace(".", "").upper()


def _first(row: Row, names: tuple[str, ...]) -> str | None:
    return next((row[name] for name in names if name in row), None)


def _contacts(source: Path, options: RawOptions, rng: np.random.Generator) -> Iterator[Row | None]:
    for delivered in _rows(source, "npr/*_*.csv"):
        sector = _SECTOR_OF_FILE[str(delivered["file"]).split("_")[0]]
        row = {name.lower(): value for name, value in delivered.items()}
        start, end = _iso(row["inndato"]), _iso(row["utdato"])
        npr_id = row.get("lnr") or row.get("lopenr")
        if npr_id is None or start is None:
            yield None
            continue
        second = _icd10(_first(row, _SECOND))
        third = _THIRD[int(rng.integers(0, len(_THIRD)))] if rng.random() < 0.3 else None
        procedure = row.get("ncmp_1")
        yield {
            "npr_id": npr_id,
            "sector": sector,
            "care_level_code": _code(row["omsorgsniva"]),
            "contact_type_code": _code(row["kontakttype"]),
            "start_date": start,
            "end_date": end or start,
            "debitor_code": _debitor(row["debitor"], start, options, rng),
            "main_icd10_code": _icd10(_first(row, _MAIN)),
            "secondary_icd10_codes": f"{second}|{third}" if second and third else second,
            "procedure_codes": procedure,
            "institution_id": row["institusjonid"],
            "npr_link_status_code": _code(row["nprid_reg"]),
        }


def _debitor(
    text: str | None, start: str, options: RawOptions, rng: np.random.Generator
) -> str | None:
    found = _code(text)
    letter = _LETTERS[int(rng.integers(0, len(_LETTERS)))]
    has_letter = rng.random() < 0.03 and int(start[:4]) <= LAST_YEAR_OF_LETTERS
    return letter if options.debitor_letters and has_letter and found != "20" else found


def _benefits(source: Path, options: RawOptions) -> Iterator[Row | None]:
    for row in _rows(source, "nav/ytelser_*.csv"):
        start, end = _iso(row["fom"]), _iso(row["tom"])
        is_broken = start is None or (end is None) != (row["tom"] is None)
        if is_broken or (end is not None and end < str(start)):
            yield None
            continue
        yield {
            "nav_id": row["nav_lopenr"],
            "benefit_code": row["ytelse"],
            "start_date": start,
            "end_date": end or (None if options.open_ends else _LAST_NAV_DAY),
            "grade_percent": row["grad"],
            "job_id": row["jobb_id"],
            "position_percent": row["stillingsprosent"],
            "diagnosis_code": row["hoveddiagnose"],
            "diagnosis_system": row["diagnosesystem"],
        }


def _person(row: Row, rng: np.random.Generator) -> Row:
    # The generator has no month of birth and knows everybody's sex; the form needs both cases.
    month = str(int(rng.integers(1, 13)))
    is_unknown = rng.random() < 0.002
    return {
        "ssb_id": _key(row),
        "sex_code": "0" if is_unknown else row["kjoenn"],
        "birth_year": row["foedselsaar"],
        "birth_month": month,
        "death_date": _iso(row["doddato"]),
        "emigration_date": _iso(row["emigrertdato"]),
    }


def _npr_persons(persons: list[Row], links: list[Row]) -> list[Row]:
    by_key = {person["ssb_id"]: person for person in persons}
    rows = []
    for link in links:
        person = by_key[link["ssb_id"]]
        known = {name: value for name, value in person.items() if name != "ssb_id"}
        rows.append({"npr_id": link["npr_id"], **known})
    return rows


def _residence(source: Path) -> list[Row]:
    """Read where each person lived on 1 January of every year, as a wide file has it."""
    moves: dict[str | None, dict[int, str | None]] = {}
    for row in _rows(source, "ssb/bosted.csv"):
        moves.setdefault(_key(row), {})[int(str(row["aargang"]))] = row["kommnr"]
    rows: list[Row] = []
    for key, homes in moves.items():
        home = None
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            home = homes.get(year, home)
            rows.append({"ssb_id": key, "year": str(year), "municipality_code": home})
    return rows


def _institutions(source: Path, options: RawOptions) -> list[Row]:
    return [
        {
            "institution_id": row["institusjonID"],
            "hf_code": row["hf"],
            "rhf_code": row["rhf"],
            "name": f"{row['navn']} – HF"
            if options.windows_signs and row["hf"] == row["institusjonID"]
            else row["navn"],
        }
        for row in _rows(source, "npr/institusjon.csv")
    ]
