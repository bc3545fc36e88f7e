"""The spell engine alone: benefit spells in, person-time without overlaps out.

For whoever has spells and no study. The SQL is that of the pipeline (`sql/staging`, `sql/core`),
run in a database of its own in memory; nothing is written.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from evaluation.deliveries.load import read_code_list
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.errors import EvaluationError
from evaluation.warehouse.build import build_model
from evaluation.warehouse.connection import Connection, RunSettings, open_scanner, scalar
from evaluation.warehouse.models import read_sql_models

SQL_FOLDER = Path(__file__).resolve().parents[2] / "sql"
_TABLE = CANONICAL_TABLES["nav_benefit"]
_COLUMNS = {"person_id": "nav_id"}
_NEEDED = ("person_id", "benefit_code", "start_date")
_OPTIONAL = (
    "end_date",
    "grade_percent",
    "job_id",
    "position_percent",
    "diagnosis_code",
    "diagnosis_system",
)
_PERSON_DATES = ("death_date", "emigration_date", "immigration_date")
_MODELS = (
    "stg_nav__benefit_spells",
    "core_person_time",
    "core_benefit_spells",
    "core_benefit_intervals",
    "core_sick_leave_spells",
)


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
            benefits: benefits (list of codes), sick_leave_grade (per cent of the jobs on leave),
            sick_leave_fraction (of a full position), disability_grade (per cent). Days without a
            benefit have no row.
        sick_leave_spells: One row per sick-leave spell; columns as in core_sick_leave_spells.
        refused: Spells that could not be used: row_number (from 1), rule, column.
    """

    intervals: pa.Table
    sick_leave_spells: pa.Table
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
    with _engine(spells, settings, persons, run or RunSettings()) as connection:
        intervals = connection.sql(
            """
            select
                keys.nav_id as person_id, start_date, until_date,
                (
                    select list(benefit_code order by cast(benefit_bit as integer))
                    from codelist_benefits
                    where intervals.benefit_set & cast(benefit_bit as integer) > 0
                ) as benefits,
                sick_leave_grade, sick_leave_fraction, disability_grade
            from core_benefit_intervals as intervals
            inner join core_person_keys as keys using (person_id)
            order by all
            """
        ).to_arrow_table()
        sick_leave = connection.sql(
            """
            select keys.nav_id as person_id, spells.* exclude (person_id)
            from core_sick_leave_spells as spells
            inner join core_person_keys as keys using (person_id)
            order by 1, start_date
            """
        ).to_arrow_table()
        refused = connection.sql(
            """
            select row_number, broken_rule as rule, broken_column as "column"
            from stg_nav__benefit_spells where broken_rule is not null order by row_number
            """
        ).to_arrow_table()
    return PersonTime(intervals, sick_leave, refused)


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
    judge("spells", spells, _NEEDED, _OPTIONAL)
    if persons is not None:
        judge("persons", persons, ("person_id",), _PERSON_DATES)
        if "person_id" in persons.column_names:
            ids = persons["person_id"]
            if len(ids.unique()) < len(ids):
                problems.append("persons: a person_id stands in two rows; keep one row a person.")
    if problems:
        raise EvaluationError(problems)


@contextmanager
def _engine(
    spells: pa.Table, settings: SpellSettings, persons: pa.Table | None, run: RunSettings
) -> Iterator[Connection]:
    params = {
        "benefits_first_date": settings.first_date,
        "benefits_last_date": settings.last_date,
        "benefits_by_month": False,
        "sick_leave_gap_days": settings.sick_leave_gap_days,
        "sick_pay_counts_employer_period": settings.counts_employer_period,
    }
    models = read_sql_models(SQL_FOLDER)
    with open_scanner(readable=[SQL_FOLDER], settings=run) as connection:
        for path in sorted((SQL_FOLDER / "codelists").glob("*.csv")):
            read_code_list(connection, path, f"codelist_{path.stem}")
        _register(connection, spells, persons)
        for name in _MODELS:
            model = models[name]
            bound = {key: params[key] for key in sorted(model.params)}
            connection.execute(f"create table {name} as {model.sql}", bound or None)
        yield connection


def _register(connection: Connection, spells: pa.Table, persons: pa.Table | None) -> None:
    given = {_COLUMNS.get(name, name): name for name in spells.column_names}
    columns = ", ".join(
        f"cast({given[column]} as varchar) as {column}" if column in given
        else f"null::varchar as {column}"
        for column in _TABLE.columns
    )
    connection.register("given_spells", spells)
    connection.execute(
        f"create table {_TABLE.raw_table} as select 0 as file_index,"
        f" row_number() over () as row_number, {columns} from given_spells"
    )
    connection.execute(
        "create table core_person_keys as select row_number() over (order by nav_id) as person_id,"
        f" nav_id from (select distinct nav_id from {_TABLE.raw_table} where nav_id is not null)"
    )
    dates = {
        name: f"try_cast(persons.{name} as date)"
        if persons is not None and name in persons.column_names
        else "null::date"
        for name in _PERSON_DATES
    }
    listed = ", ".join(f"{sql} as {name}" for name, sql in dates.items())
    source = "core_person_keys as keys"
    if persons is not None:
        connection.register("given_persons", persons)
        source += " left join given_persons as persons on keys.nav_id = cast(persons.person_id as varchar)"
    connection.execute(f"create table core_persons as select keys.person_id, {listed} from {source}")
