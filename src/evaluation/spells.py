"""The spell engine alone: benefit spells in, person-time without overlaps out.

For whoever has spells and no study. The SQL is that of the pipeline (`sql/staging`, `sql/core`),
run in a database of its own in memory; nothing is written.
"""

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from evaluation.deliveries.load import read_code_list
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.errors import EvaluationError
from evaluation.spell_inputs import (
    check_codes,
    check_reach,
    check_register,
    check_repeats,
    check_same_keys,
    check_windows,
    read_date_texts,
    read_dates,
    read_full_dates,
    read_full_key,
    read_key,
    read_number,
    read_table,
    read_text,
    take_kind_of_key,
)
from evaluation.warehouse.connection import Connection, RunSettings, open_scanner
from evaluation.warehouse.models import read_sql_models

SQL_FOLDER = Path(__file__).resolve().parents[2] / "sql"
_TABLE = CANONICAL_TABLES["nav_benefit"]
_COLUMNS = {"person_id": "nav_id"}
_NEEDED = ("person_id", "benefit_code", "start_date")
_PERSON_DATES = ("death_date", "emigration_date", "immigration_date")
_SPELL_READERS = {
    "person_id": read_key,
    "benefit_code": read_text,
    "start_date": read_date_texts,
    "end_date": read_date_texts,
    "grade_percent": read_number,
    "job_id": read_text,
    "position_percent": read_number,
    "diagnosis_code": read_text,
    "diagnosis_system": read_text,
}
_PERSON_READERS = {"person_id": read_full_key, **dict.fromkeys(_PERSON_DATES, read_dates)}
_INDEX_READERS = {"person_id": read_full_key, "index_date": read_full_dates}
_INTERVALS = """
    select
        keys.given_id as person_id, start_date, until_date,
        (
            select list(benefit_code order by cast(benefit_bit as integer))
            from codelist_benefits
            where intervals.benefit_set & cast(benefit_bit as integer) > 0
        ) as benefits,
        benefit_set, sick_leave_grade, sick_leave_fraction, disability_grade
    from core_benefit_intervals as intervals
    inner join core_person_keys as keys using (person_id)
    order by 1, 2
"""
_REFUSED = """
    select
        row_number, broken_rule as rule,
        if(broken_column = 'nav_id', 'person_id', broken_column) as "column"
    from stg_nav__benefit_spells where broken_rule is not null order by row_number
"""
_COUNTED = """
    select
        person_id, cast(sector as date) as index_date, $window as "window",
        -- Who is known but dead or abroad has no person-time: none of the days is observed.
        cast(if(person_id in (select known.person_id from known_persons as known), coalesce((
            select sum(greatest(
                0, least(until_date, index_date + $days) - greatest(start_date, index_date)
            ))
            from core_person_time as observed where observed.person_id = pool.person_id
        ), 0), null) as integer) as observed_days,
        columns('(.*)_after') as '\\1'
    from counted inner join mart_match_pool as pool using (is_treated, sector, person_id)
    order by 1, 2
"""
# Longer than any register; a greater number does not fit the SQL.
_LONGEST_GAP = 36_600
_RESULTS = ("core_benefit_intervals", "core_sick_leave_spells")


@dataclass(frozen=True, slots=True)
class SpellSettings:
    """What the register is, and which choices are made.

    Attributes:
        first_date: First day that the register covers; from 1990-01-01.
        last_date: Last day that it covers, to 2040-12-30; a spell without an end goes on to it.
        sick_leave_gap_days: Sick-leave intervals with fewer days between them are one spell;
            16 is the employer period of folketrygdloven 8-19.
        counts_employer_period: Whether the register holds the first 16 days, as certified
            absence does and paid sickness benefit does not.
    """

    first_date: date
    last_date: date
    sick_leave_gap_days: int = 16
    counts_employer_period: bool = True


@dataclass(frozen=True, slots=True)
class PersonTime:
    """Person-time made of spells; `person_id` is text or integers, as it was given.

    Attributes:
        intervals: Disjoint stretches [start_date, until_date) of one person with one set of
            benefits: benefits (list of codes) and benefit_set (their bits), sick_leave_grade
            (per cent of the jobs on leave), sick_leave_fraction (of a full position),
            disability_grade (per cent). Days without a benefit have no row.
        sick_leave_spells: One row per sick-leave spell; columns as in core_sick_leave_spells.
        observed: Stretches [start_date, until_date) in which the register can know a person.
        refused: Spells that could not be used: row_number (from 1), rule, column.
        persons: person_id of all with a spell or a row in persons, also those never observed.
    """

    intervals: pa.Table
    sick_leave_spells: pa.Table
    observed: pa.Table
    refused: pa.Table
    persons: pa.Table


def build_person_time(
    spells: Any,
    settings: SpellSettings,
    *,
    persons: Any = None,
    run: RunSettings | None = None,
) -> PersonTime:
    """Turn overlapping benefit spells into disjoint person-time and sick-leave spells.

    Tables are Arrow tables or frames of pandas or Polars. Keys are text or integers, the same in
    all of them. Dates are dates, timestamps at midnight without a time zone, or ISO text. Blanks
    around a text are no part of it, and an empty one is missing.

    Args:
        spells: One row per delivered spell. Needed: person_id, benefit_code (a code of
            sql/codelists/benefits.csv), start_date. Optional: end_date (last day, inclusive;
            empty: ongoing; 9999-12-31 is refused), grade_percent (per cent, 1 to 100, never a
            share of one; empty: 100), job_id, position_percent (per cent of a full position;
            empty: 100), diagnosis_code, diagnosis_system.
        settings: The register and the choices.
        persons: Optional: person_id with death_date, emigration_date, immigration_date; these
            bound a person's time. Persons not listed have the whole register.
        run: Threads and memory.

    Raises:
        EvaluationError: A setting, a column or a type is not allowed, or a person is listed
            twice; all at once. Or no spell at all can be used.

    Source: register-facts 2.4 and 2.5; each rule stands in the SQL file that applies it.
    """
    problems = _judge_settings(settings)
    given = read_table("spells", spells, _SPELL_READERS, needed=_NEEDED, problems=problems)
    listed = pa.table({"person_id": pa.array([], pa.null())})
    if persons is not None:
        listed = read_table(
            "persons", persons, _PERSON_READERS, needed=("person_id",), problems=problems
        )
        problems += check_repeats(listed)
    problems += check_same_keys({"spells": given, "persons": listed})
    if problems:
        raise EvaluationError(problems)
    with open_scanner(readable=[SQL_FOLDER], settings=run or RunSettings()) as connection:
        _register(connection, given, listed)
        _build(connection, _RESULTS, settings)
        _refuse_nothing_left(connection)
        return PersonTime(
            intervals=connection.sql(_INTERVALS).to_arrow_table(),
            sick_leave_spells=connection.sql(_named("core_sick_leave_spells")).to_arrow_table(),
            observed=connection.sql(_named("core_person_time")).to_arrow_table(),
            refused=connection.sql(_REFUSED).to_arrow_table(),
            persons=connection.sql(
                "select given_id as person_id from core_person_keys order by 1"
            ).to_arrow_table(),
        )


def count_outcomes(
    time: PersonTime,
    indexes: Any,
    windows: Mapping[str, tuple[int, int]],
    *,
    sick_leave_codes: Sequence[str] = ("SP",),
    health_codes: Sequence[str] = ("SP", "RP", "AF", "TU", "AAP", "UFP", "UT"),
    counts_public_holidays_off: bool = False,
    run: RunSettings | None = None,
) -> pa.Table:
    """Count days, day's work, months and spells in windows around index dates.

    Args:
        time: From `build_person_time`.
        indexes: One row per person and index date: person_id (of the kind in the spells),
            index_date; other columns are not read. A table as `build_person_time` takes it.
        windows: Name -> (first day, day after the last), in days from the index date: (-365, 0)
            is the year before, (0, 30) the first thirty days from it. From 1990 to 2040.
        sick_leave_codes: Benefits that are sick leave, in sick_leave_days and sick_leave_months.
            sick_leave_dagsverk, graded_days and spells_started are of sick pay (SP) alone.
        health_codes: Benefits that are health-related.
        counts_public_holidays_off: Whether a public holiday is no working day.
        run: Threads and memory.

    Returns:
        One row per person, index date and window, with observed_days (of the window, known to the
        register; null for who had neither spells nor a row in persons) and the outcomes of
        mart_window_outcomes. Days outside the observed ones are not known, and count as none.

    Raises:
        EvaluationError: A window, a code, a column, a type or a date is not allowed; all at once.
    """
    problems: list[str] = []
    spans = check_windows(windows, problems)
    given = read_table(
        "indexes",
        indexes,
        _INDEX_READERS,
        needed=tuple(_INDEX_READERS),
        problems=problems,
        has_others=True,
    )
    if "index_date" in given.column_names:
        problems += check_reach(spans, given["index_date"])
    problems += check_same_keys({"the spells": time.persons, "indexes": given})
    allowed = _read_benefit_codes()
    problems += check_codes("sick_leave_codes", sick_leave_codes, allowed)
    problems += check_codes("health_codes", health_codes, allowed)
    if problems:
        raise EvaluationError(problems)
    given = take_kind_of_key(given, time.persons)
    model = read_sql_models(SQL_FOLDER)["mart_window_outcomes"]
    counted = []
    with open_scanner(readable=[SQL_FOLDER], settings=run or RunSettings()) as connection:
        for name, table in (
            ("core_benefit_intervals", time.intervals),
            ("core_sick_leave_spells", time.sick_leave_spells),
            ("core_person_time", time.observed),
            ("known_persons", time.persons),
            ("given_indexes", given),
        ):
            connection.register(name, take_kind_of_key(table, given))
        _build(connection, ("core_calendar", "codelist_benefits"))
        for name, (first, until) in spans.items():
            # The window is the one after a day that is so far from the index date.
            connection.execute(
                "create or replace temp table mart_match_pool as"
                " select distinct false as is_treated, cast(index_date as varchar) as sector,"
                " person_id, index_date + $first as index_date from given_indexes",
                {"first": first},
            )
            bound = {
                "before_days": 0,
                "after_days": until - first,
                "sick_leave_benefit_codes": list(sick_leave_codes),
                "health_benefit_codes": list(health_codes),
                "counts_public_holidays_off": counts_public_holidays_off,
            }
            connection.execute(f"create or replace temp table counted as {model.sql}", bound)
            counted.append(
                connection.sql(
                    _COUNTED, params={"window": name, "days": until - first}
                ).to_arrow_table()
            )
    return pa.concat_tables(counted)


def _judge_settings(settings: SpellSettings) -> list[str]:
    problems = check_register(settings.first_date, settings.last_date)
    gap: Any = settings.sick_leave_gap_days
    if not isinstance(gap, int) or isinstance(gap, bool) or not 0 <= gap <= _LONGEST_GAP:
        problems.append(
            f"settings: sick_leave_gap_days is {gap!r}; allowed: whole days, 0 to {_LONGEST_GAP}."
            " The employer period is 16."
        )
    if not isinstance(settings.counts_employer_period, bool):
        problems.append(
            f"settings: counts_employer_period is {settings.counts_employer_period!r}; allowed:"
            " True or False."
        )
    return problems


def _refuse_nothing_left(connection: Connection) -> None:
    """Refuse spells of which none can be used: more likely a wrong form than wrong rows."""
    rules = connection.execute(
        'select rule, "column", count(*), (select count(*) from given_spells)'
        f" from ({_REFUSED}) group by all order by 3 desc, 1, 2"
    ).fetchall()
    if rules and sum(count for _, _, count, _ in rules) == rules[0][3]:
        told = ", ".join(f"{rule} in {column}: {count}" for rule, column, count, _ in rules)
        raise EvaluationError(
            f"spells: none of the {rules[0][3]} rows can be used ({told}). Allowed: benefit codes"
            f" {', '.join(_read_benefit_codes())}; ISO dates of 1900 to 2100, the end not before"
            " the start; grades of 1 to 100 and positions of 0 or more, in per cent. Correct the"
            " columns."
        )


def _read_benefit_codes() -> list[str]:
    with (SQL_FOLDER / "codelists" / "benefits.csv").open(encoding="utf-8", newline="") as lines:
        return [row["benefit_code"] for row in csv.DictReader(lines)]


def _build(
    connection: Connection, tables: Sequence[str], settings: SpellSettings | None = None
) -> None:
    """Build tables and what they read, as far as it is not there."""
    models = read_sql_models(SQL_FOLDER)
    params = (
        {}
        if settings is None
        else {
            "benefits_first_date": settings.first_date,
            "benefits_last_date": settings.last_date,
            "benefits_by_month": False,
            "sick_leave_gap_days": settings.sick_leave_gap_days,
            "sick_pay_counts_employer_period": settings.counts_employer_period,
        }
    )
    there = {
        name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()
    }
    wanted = set(tables)
    # Models come in an order in which they can be built, so that readers come last.
    for name in reversed(models):
        if name in wanted:
            wanted |= models[name].reads - there
    _read_code_lists(connection, wanted)
    for name, model in models.items():
        if name in wanted:
            bound = {key: params[key] for key in sorted(model.params)}
            connection.execute(f"create table {name} as {model.sql}", bound or None)


def _read_code_lists(connection: Connection, tables: Collection[str]) -> None:
    for table in sorted(name for name in tables if name.startswith("codelist_")):
        path = SQL_FOLDER / "codelists" / f"{table.removeprefix('codelist_')}.csv"
        read_code_list(connection, path, table)


def _named(table: str) -> str:
    return (
        f"select keys.given_id as person_id, time.* exclude (person_id) from {table} as time"
        " inner join core_person_keys as keys using (person_id) order by 1, start_date"
    )


def _register(connection: Connection, spells: pa.Table, persons: pa.Table) -> None:
    given = {_COLUMNS.get(name, name): name for name in spells.column_names}
    columns = ", ".join(
        f"cast({given[column]} as varchar) as {column}"
        if column in given
        else f"null::varchar as {column}"
        for column in _TABLE.columns
    )
    connection.register("given_spells", spells)
    connection.execute(
        f"create table {_TABLE.raw_table} as select 0 as file_index,"
        f" row_number() over () as row_number, {columns} from given_spells"
    )
    connection.register("given_persons", persons)
    is_integer = any(pa.types.is_integer(table["person_id"].type) for table in (spells, persons))
    connection.execute(
        "create table core_person_keys as select row_number() over (order by nav_id) as person_id,"
        f" nav_id, cast(nav_id as {'bigint' if is_integer else 'varchar'}) as given_id"
        f" from (select nav_id from {_TABLE.raw_table} union"
        " select cast(person_id as varchar) from given_persons) where nav_id is not null"
    )
    dates = ", ".join(
        (f"persons.{name}" if name in persons.column_names else "null::date") + f" as {name}"
        for name in _PERSON_DATES
    )
    connection.execute(
        f"create table core_persons as select keys.person_id, {dates} from core_person_keys as keys"
        " left join given_persons as persons on keys.nav_id = cast(persons.person_id as varchar)"
    )
