"""Statistics Norway's files and the link file."""

from typing import Any

import numpy as np
import pyarrow as pa

from synthetic_data import columns
from synthetic_data.days import NEVER, Ints, first_day_of
from synthetic_data.population import Persons

KEY = "w26_0001_lopenr_person"
FIRST_STATUS_YEAR, AFTER_LAST_STATUS_YEAR = 2006, 2020
TRONDELAG_YEAR = 2018
"""County reform; Source: register facts 3.5."""


def build_ssb_tables(
    persons: Persons, scenario: dict[str, Any], rng: np.random.Generator
) -> dict[str, pa.Table]:
    """Build the block's part of each file, by its path without ending.

    Args:
        persons: The block.
        scenario: The whole scenario.
        rng: Random numbers.
    """
    ids = columns.ssb_ids(persons.ssb_number)
    return {
        "ssb/faste_oppl": _build_persons(persons, ids),
        "ssb/f_utd_demografi": _build_education(persons, ids, scenario["education"], rng),
        "ssb/bosted": _build_homes(persons, ids, scenario["municipality"]),
        "kobling": _build_links(persons, ids),
    }


def _build_persons(persons: Persons, ids: pa.Array) -> pa.Table:
    dead, gone = persons.death_day < NEVER, persons.emigration_day < persons.death_day
    came = persons.immigration_day > -NEVER
    return pa.table(
        {
            KEY: ids,
            "kjoenn": columns.look_up([None, "1", "2"], persons.sex),
            "foedselsaar": columns.format_years(persons.birth_year),
            "doddato": columns.format_days(persons.death_day, empty=~dead | gone),
            "emigrertdato": columns.format_days(persons.emigration_day, empty=~gone),
            "immigration_date": columns.format_days(persons.immigration_day, empty=~came),
        }
    )


def _build_education(
    persons: Persons, ids: pa.Array, settings: dict[str, Any], rng: np.random.Generator
) -> pa.Table:
    """Write the first status of each person, and every year in which it rose."""
    education, count = persons.education, len(persons.sex)
    codes = [[settings["below_school_code"]], *settings["codes"]]
    first = np.cumsum([0, *map(len, codes)])[:-1]
    number = np.array([len(of_level) for of_level in codes])
    texts = [code for of_level in codes for code in of_level]
    years = np.arange(FIRST_STATUS_YEAR, AFTER_LAST_STATUS_YEAR)
    everybody = np.arange(count)
    status = np.stack(
        [education.level_at(everybody, np.full(count, year), persons.birth_year) for year in years],
        axis=1,
    )
    age = years[None, :] - persons.birth_year[:, None]
    is_here = first_day_of(years)[None, :] + 365 > persons.immigration_day[:, None]
    is_shown = education.has_row[:, None] & (age >= settings["reached_at_age"]["lower"]) & is_here
    before = np.pad(np.where(is_shown, status, -1)[:, :-1], ((0, 0), (1, 0)), constant_values=-1)
    person, place = np.nonzero(is_shown & (status != before))
    level = status[person, place]
    chosen = first[level] + np.floor(rng.random(len(level)) * number[level]).astype(np.int64)
    values = columns.look_up(texts, chosen)
    return _status_table(ids, person, years[place], name="nus2000", values=values)


def _build_homes(persons: Persons, ids: pa.Array, places: list[dict[str, Any]]) -> pa.Table:
    """Write the first home, the one after a move, and where a code changed in 2018."""
    old = [place["code"] for place in places]
    new = [place.get("code_from_2018", place["code"]) for place in places]
    everybody = np.arange(len(persons.sex))
    came = persons.immigration_day.clip(first_day_of(np.array([FIRST_STATUS_YEAR]))[0])
    begins = came.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    begins = np.where(persons.immigration_day > -NEVER, begins + 1, FIRST_STATUS_YEAR)
    moved = np.flatnonzero((persons.move_year < NEVER) & (persons.move_year > begins))
    has_moved = np.zeros(len(everybody), dtype=np.bool_)
    has_moved[moved] = True
    last = np.where(has_moved, persons.moved_to, persons.municipality)
    differs = np.array(old)[last] != np.array(new)[last]
    renamed = np.flatnonzero(differs & (begins < TRONDELAG_YEAR))
    first = persons.municipality + np.where(begins >= TRONDELAG_YEAR, len(places), 0)
    person = np.concatenate([everybody, moved, renamed])
    year = np.concatenate([begins, persons.move_year[moved], np.full(len(renamed), TRONDELAG_YEAR)])
    place = np.concatenate([first, persons.moved_to[moved], last[renamed] + len(places)])
    values = columns.look_up([*old, *new], place)
    return _status_table(ids, person, year, name="kommnr", values=values)


def _status_table(
    ids: pa.Array, person: Ints, year: Ints, *, name: str, values: pa.Array
) -> pa.Table:
    return pa.table(
        {KEY: ids.take(pa.array(person)), "aargang": columns.format_years(year), name: values}
    )


def _build_links(persons: Persons, ids: pa.Array) -> pa.Table:
    table = pa.table(
        {
            "npr_lopenr": columns.npr_ids(persons.npr_number),
            "nav_lopenr": columns.nav_ids(persons.nav_number),
            "ssb_lopenr": ids,
        }
    )
    return table.filter(pa.array(persons.is_linked))
