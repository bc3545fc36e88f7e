"""Statistics Norway's files and the link file."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from synthetic_data import csv_files
from synthetic_data.days import NEVER, Ints
from synthetic_data.population import Persons

KEY = "w26_0001_lopenr_person"
FIRST_STATUS_YEAR = 2006
SCHOOL_AGE = 16
"""Nobody has a row of education before the year of 16."""
TRONDELAG_YEAR = 2018
"""County reform; Source: register facts 3.5."""


def write_ssb_files(
    persons: Persons, scenario: dict[str, Any], rng: np.random.Generator, *, folder: Path
) -> None:
    """Write ssb/faste_oppl.csv, ssb/f_utd_demografi.csv, ssb/bosted.csv and kobling.csv.

    Args:
        persons: The population.
        scenario: The whole scenario.
        rng: Random numbers.
        folder: The delivery.
    """
    (folder / "ssb").mkdir()
    ids = csv_files.ssb_ids(persons.ssb_number)
    tables = {
        "ssb/faste_oppl.csv": _build_persons(persons, ids),
        "ssb/f_utd_demografi.csv": _build_education(persons, ids, scenario["education"], rng=rng),
        "ssb/bosted.csv": _build_homes(persons, ids, scenario["municipality"]),
        "kobling.csv": _build_links(persons, ids),
    }
    for name, table in tables.items():
        shuffled = table.take(pa.array(rng.permutation(table.num_rows)))
        csv_files.write_csv(shuffled, folder / name)


def _build_persons(persons: Persons, ids: pa.Array) -> pa.Table:
    dead, gone = persons.death_day < NEVER, persons.emigration_day < persons.death_day
    columns = {
        KEY: ids,
        "kjoenn": csv_files.look_up([None, "1", "2"], persons.sex),
        "foedselsaar": pa.array(persons.birth_year).cast(pa.string()),
        "doddato": csv_files.format_days(persons.death_day, empty=~dead | gone),
        "emigrertdato": csv_files.format_days(persons.emigration_day, empty=~gone),
    }
    return pa.table(columns)


def _build_education(
    persons: Persons, ids: pa.Array, settings: dict[str, Any], *, rng: np.random.Generator
) -> pa.Table:
    """Write the first status and, for some, the year in which it rose."""
    codes = [[settings["below_school_code"]], *settings["codes"]]
    first = np.cumsum([0, *map(len, codes)])[:-1]
    number = np.array([len(of_level) for of_level in codes])
    texts = [code for of_level in codes for code in of_level]
    begins = np.maximum(persons.birth_year + SCHOOL_AGE, FIRST_STATUS_YEAR)
    everybody = np.flatnonzero(persons.has_education_row)
    risen = np.flatnonzero(persons.has_education_row & (persons.upgrade_year < NEVER))
    person = np.concatenate([everybody, risen])
    year = np.concatenate([begins[everybody], persons.upgrade_year[risen]])
    level = np.concatenate([persons.level[everybody], persons.upgraded_level[risen]])
    chosen = first[level] + np.floor(rng.random(len(level)) * number[level]).astype(np.int64)
    return _status_table(ids, person, year, name="nus2000", values=csv_files.look_up(texts, chosen))


def _build_homes(persons: Persons, ids: pa.Array, places: list[dict[str, Any]]) -> pa.Table:
    """Write the home in 2006, after a move, and where a code changed in 2018."""
    old = [place["code"] for place in places]
    new = [place.get("code_from_2018", place["code"]) for place in places]
    everybody = np.arange(len(persons.sex))
    moved = np.flatnonzero(persons.move_year < NEVER)
    last = np.where(persons.move_year < NEVER, persons.moved_to, persons.municipality)
    renamed = np.flatnonzero(np.array(old)[last] != np.array(new)[last])
    person = np.concatenate([everybody, moved, renamed])
    year = np.concatenate(
        [
            np.full(len(everybody), FIRST_STATUS_YEAR),
            persons.move_year[moved],
            np.full(len(renamed), TRONDELAG_YEAR),
        ]
    )
    place = np.concatenate(
        [persons.municipality, persons.moved_to[moved], last[renamed] + len(places)]
    )
    return _status_table(
        ids, person, year, name="kommnr", values=csv_files.look_up([*old, *new], place)
    )


def _status_table(
    ids: pa.Array, person: Ints, year: Ints, *, name: str, values: pa.Array
) -> pa.Table:
    return pa.table(
        {KEY: ids.take(pa.array(person)), "aargang": pa.array(year).cast(pa.string()), name: values}
    )


def _build_links(persons: Persons, ids: pa.Array) -> pa.Table:
    table = pa.table(
        {
            "npr_lopenr": csv_files.npr_ids(persons.npr_number),
            "nav_lopenr": csv_files.nav_ids(persons.nav_number),
            "ssb_lopenr": ids,
        }
    )
    return table.filter(pa.array(persons.is_linked))
