"""The spell engine alone: benefit spells in, person-time without overlaps out.

For whoever has spells and no study. The SQL is that of the pipeline (`sql/staging`, `sql/core`),
run in a database of its own in memory; nothing is written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from evaluation.deliveries.load import read_code_list
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.errors import EvaluationError
from evaluation.warehouse.connection import Connection, RunSettings, open_scanner, scalar
from evaluation.warehouse.models import read_sql_models

SQL_FOLDER = Path(__file__).resolve().parents[2] / "sql"
_TABLE = CANONICAL_TABLES["nav_benefit"]
_COLUMNS = {"person_id": "nav_id"}
_NEEDED = ("person_id", "benefit_code", "start_date")
_PERSON_DATES = ("death_date", "emigration_date", "immigration_date")
_INTERVALS = """
    select
        keys.nav_id as person_id, start_date, until_date,
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
    select row_number, broken_rule as rule, broken_column as "column"
    from stg_nav__benefit_spells where broken_rule is not null order by row_number
"""
_COUNTED = """
    select
        person_id, cast(sector as date) as index_date, $window as "window",
        cast((
            select sum(greatest(
                0, least(until_date, index_date + $days) - greatest(start_date, index_date)
            ))
            from core_person_time as observed where observed.person_id = pool.person_id
        ) as integer) as observed_days,
        columns('(.*)_after') as '\\1'
    from counted inner join mart_match_pool as pool using (is_treated, sector, person_id)
    order by 1, 2
"""
_RESULTS = ("core_benefit_intervals", "core_sick_leave_spells")


@dataclass(frozen=True, slots=True)
class SpellSettings:
    """What the register is, and which choices are made.

    Attributes:
        first_date: First day that the register covers.
        last_date: Last day that it covers; a spell without an end goes on to it.
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
    """Person-time made of spells; `person_id` is as it was given, as text.

    Attributes:
        intervals: Disjoint stretches [start_date, until_date) of one person with one set of
            benefits: benefits (list of codes) and benefit_set (their bits), sick_leave_grade
            (per cent of the jobs on leave), sick_leave_fraction (of a full position),
            disability_grade (per cent). Days without a benefit have no row.
        sick_leave_spells: One row per sick-leave spell; columns as in core_sick_leave_spells.
        observed: Stretches [start_date, until_date) in which the register can know a person.
        refused: Spells that could not be used: row_number (from 1), rule, column.
    """

    intervals: pa.Table
    sick_leave_spells: pa.Table
    observed: pa.Table
    refused: pa.Table


def build_person_time(
    spells: pa.Table,
    settings: SpellSettings,
    *,
    persons: pa.Table | None = None,
    run: RunSettings | None = None,
) -> PersonTime:
    """Turn overlapping benefit spells into disjoint person-time and sick-leave spells.

    Args:
        spells: One row per delivered spell. Needed: person_id, benefit_code (a code of
            sql/codelists/benefits.csv), start_date. Optional: end_date (last day, inclusive;
            empty: ongoing), grade_percent (empty: 100), job_id, position_percent (empty: 100),
            diagnosis_code, diagnosis_system. Dates as dates or ISO text.
        settings: The register and the choices.
        persons: Optional: person_id with death_date, emigration_date, immigration_date; these
            bound a person's time. Persons not listed have the whole register.
        run: Threads and memory.

    Raises:
        EvaluationError: Columns are missing or unknown, or a person is listed twice; all at once.

    Source: register-facts 2.4 and 2.5; each rule stands in the SQL file that applies it.
    """
    _refuse_columns(spells, persons)
    with open_scanner(readable=[SQL_FOLDER], settings=run or RunSettings()) as connection:
        _register(connection, spells, persons)
        _build(connection, _RESULTS, settings)
        return PersonTime(
            intervals=connection.sql(_INTERVALS).to_arrow_table(),
            sick_leave_spells=connection.sql(_named("core_sick_leave_spells")).to_arrow_table(),
            observed=connection.sql(_named("core_person_time")).to_arrow_table(),
            refused=connection.sql(_REFUSED).to_arrow_table(),
        )


def count_outcomes(
    time: PersonTime,
    indexes: pa.Table,
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
        indexes: One row per person and index date: person_id (text), index_date.
        windows: Name -> (first day, day after the last), in days from the index date: (-365, 0)
            is the year before, (0, 30) the first thirty days from it.
        sick_leave_codes: Benefits that are sick leave.
        health_codes: Benefits that are health-related.
        counts_public_holidays_off: Whether a public holiday is no working day.
        run: Threads and memory.

    Returns:
        One row per person, index date and window, with observed_days (of the window, known to the
        register; null for who had neither spells nor a row in persons) and the outcomes of
        mart_window_outcomes. Days outside the observed ones are not known, and count as none.

    Raises:
        EvaluationError: A window is empty, or a column is missing.
    """
    problems = [
        f"windows: {name} is ({first}, {until}); the second day must come after the first."
        for name, (first, until) in windows.items()
        if until <= first
    ]
    problems += [
        f"indexes: column {name} is missing; add it."
        for name in ("person_id", "index_date")
        if name not in indexes.column_names
    ]
    if problems or not windows:
        raise EvaluationError(problems or "windows: give one at least.")
    model = read_sql_models(SQL_FOLDER)["mart_window_outcomes"]
    counted = []
    with open_scanner(readable=[SQL_FOLDER], settings=run or RunSettings()) as connection:
        for name, table in (
            ("core_benefit_intervals", time.intervals),
            ("core_sick_leave_spells", time.sick_leave_spells),
            ("core_person_time", time.observed),
            ("given_indexes", indexes),
        ):
            connection.register(name, table)
        _build(connection, ("core_calendar", "codelist_benefits"))
        for name, (first, until) in windows.items():
            # The window is the one after a day that is so far from the index date.
            connection.execute(
                "create or replace temp table mart_match_pool as"
                " select distinct false as is_treated, cast(index_date as varchar) as sector,"
                " person_id, cast(index_date as date) + $first as index_date from given_indexes",
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


def _refuse_columns(spells: pa.Table, persons: pa.Table | None) -> None:
    def judge(what: str, table: pa.Table, needed: Sequence[str], optional: Sequence[str]) -> None:
        names = table.column_names
        problems.extend(f"{what}: column {n} is missing; add it." for n in needed if n not in names)
        allowed = ", ".join((*needed, *optional))
        problems.extend(
            f"{what}: column {name} is not known; allowed: {allowed}. Rename or remove it."
            for name in names
            if name not in (*needed, *optional)
        )

    problems: list[str] = []
    judge("spells", spells, _NEEDED, _TABLE.optional)
    if persons is not None:
        judge("persons", persons, ("person_id",), _PERSON_DATES)
        if "person_id" in persons.column_names:
            ids = persons["person_id"]
            if len(ids.unique()) < len(ids):
                problems.append("persons: a person_id stands in two rows; keep one row a person.")
    if problems:
        raise EvaluationError(problems)


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
        f"select keys.nav_id as person_id, time.* exclude (person_id) from {table} as time"
        " inner join core_person_keys as keys using (person_id) order by 1, start_date"
    )


def _register(connection: Connection, spells: pa.Table, persons: pa.Table | None) -> None:
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
    empty = pa.table({"person_id": pa.array([], pa.string())})
    connection.register("given_persons", empty if persons is None else persons)
    connection.execute(
        "create table core_person_keys as select row_number() over (order by nav_id) as person_id,"
        f" nav_id from (select nav_id from {_TABLE.raw_table} union"
        " select cast(person_id as varchar) from given_persons) where nav_id is not null"
    )
    names = [] if persons is None else persons.column_names
    _refuse_dates(connection, [name for name in _PERSON_DATES if name in names])
    dates = ", ".join(
        (f"try_cast(persons.{name} as date)" if name in names else "null::date") + f" as {name}"
        for name in _PERSON_DATES
    )
    connection.execute(
        f"create table core_persons as select keys.person_id, {dates} from core_person_keys as keys"
        " left join given_persons as persons on keys.nav_id = cast(persons.person_id as varchar)"
    )


def _refuse_dates(connection: Connection, names: Sequence[str]) -> None:
    problems = []
    for name in names:
        broken = scalar(
            connection,
            f"select count(*) from given_persons where {name} is not null"
            f" and try_cast({name} as date) is null",
        )
        if broken:
            problems.append(
                f"persons: {broken} values of {name} are no dates; allowed: dates, or text such as"
                " 2010-01-31. Correct them."
            )
    if problems:
        raise EvaluationError(problems)
