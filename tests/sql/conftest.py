"""Drawn tables: one model of sql/ run on a few rows, in one database for the whole session.

A drawing is text with ` | ` between columns: the first line names them, an empty cell or
`null` is null, and "double quotes" keep spaces. Columns that are not drawn are null, but for
those of ORDINARY. Tables that are not drawn are empty; code lists are the real ones.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from evaluation.deliveries.load import create_raw_tables, read_code_list
from evaluation.deliveries.spec import DeliverySpec
from evaluation.quality.forms import name_form, read_row_rule
from evaluation.sql_params import build_sql_params
from evaluation.study import StudyDefinition
from evaluation.warehouse.models import SqlModel, read_sql_checks, read_sql_models

ROOT = Path(__file__).parents[2]
STUDY_FILE = ROOT / "pipelines" / "studies" / "raskere_tilbake.toml"
DELIVERY = {
    "id": "drawn",
    "kind": "synthetic",
    "first_date": "2008-01-01",
    "last_date": "2019-12-31",
    "nav_key": "nav_id",
    "benefit_resolution": "day",
    "sick_pay_counts_employer_period": True,
    "files": [{"table": table, "path": "x"} for table in ("npr_contact", "nav_benefit")]
    + [{"table": table, "path": "x"} for table in ("person", "link")],
}
# What an undrawn cell holds, so that a drawing shows only what a test is about.
_COPIED = {"end_date": "start_date"}
_CONTACT = {"sector": "SOM", "is_outpatient": "true", "is_patient_present": "true", **_COPIED}
_PRESENT = {"has_treatment_code": "false", "is_treatment": "false", "treatment_contact_count": "0"}
_MATCHING = {
    "diagnosis": "M54",
    "sex_code": "1",
    "age_years": "40",
    "age_band": "40",
    "education_group": "tertiary",
    "index_year": "2010",
}
_ELIGIBLE = {"sector": "SOM", "stratum": "M54|1|40|tertiary|2010", "is_left_truncated": "false"}
_INDEX = {
    "sector": "SOM",
    "course_start_date": "index_date",
    "is_outpatient": "true",
    "diagnosis": "M54",
}
ORDINARY: dict[str, dict[str, str]] = {
    "raw_npr__contacts": {"npr_id": "n1", "sector": "SOM", "start_date": "2010-01-01"},
    "raw_nav__benefit_spells": {"nav_id": "v1", "benefit_code": "SP", "start_date": "2010-01-01"},
    "raw_ssb__persons": {"ssb_id": "s1", "birth_year": "1970"},
    "raw_nav__employment": {"ssb_id": "s1", "employer_id": "e1", "start_date": "2010-01-01"},
    "raw_nav__measures": {"nav_id": "v1", "measure_code": "m1", "start_date": "2010-01-01"},
    "core_contacts": {"start_date": "2010-01-01", **_CONTACT, "care_level_code": "3"},
    "core_sick_leave_spells": {"days_before_time": "0"},
    "core_persons": {"is_linked": "true", "sex_code": "1", "birth_year": "1970"},
    "mart_study_contacts": {**_CONTACT, **_PRESENT, "diagnosis": "M54"},
    "mart_treated_index": _INDEX,
    "mart_control_index": {**_INDEX, "has_treatment_nearby": "false"},
    "mart_candidates": {"is_treated": "false", **_ELIGIBLE, **_MATCHING},
    "mart_match_pool": {"is_comparable": "true", "stratum_id": "1", **_ELIGIBLE, **_MATCHING},
    "mart_prior_levels": {"sector": "SOM"},
    "match_computed": {"sector": "SOM"},
    "mart_matched_sets": {"sector": "SOM", "weight": "1"},
    "mart_window_outcomes": {"sector": "SOM"},
}

Rows = str | Sequence[Mapping[str, Any]]


class Models:
    """The models and checks of sql/, and a database in which every table stands empty."""

    def __init__(self) -> None:
        sql = ROOT / "sql"
        spec = DeliverySpec.model_validate(DELIVERY)
        self.params = build_sql_params(StudyDefinition.from_toml(STUDY_FILE), spec)
        self.models = read_sql_models(sql) | read_sql_checks(sql)
        self.connection = duckdb.connect(config={"threads": 1})
        self.filled: set[str] = set()
        create_raw_tables(self.connection)
        for path in sorted((sql / "codelists").glob("*.csv")):
            read_code_list(self.connection, path, f"codelist_{path.stem}")
        self.connection.execute(
            "create table match_computed (matched_set_id bigint, sector varchar,"
            " is_treated boolean, person_id bigint, weight double)"
        )
        for name in self.models:
            self.build(name)
        self.columns: dict[str, list[str]] = {}
        for table, column in self.connection.execute(
            "select table_name, column_name from information_schema.columns"
            " order by table_name, ordinal_position"
        ).fetchall():
            self.columns.setdefault(table, []).append(column)

    def give(self, table: str, rows: Rows, undrawn: Mapping[str, str] | None = None) -> None:
        """Put rows in an input table; values are cast to the types the column has."""
        given = read_drawing(rows) if isinstance(rows, str) else list(rows)
        names = list(given[0]) if given else []
        unknown = set(names) - set(self.columns[table])
        assert not unknown, f"{table} has no columns {unknown}"
        ordinary = {"file_index": "1", "row_number": "#", **ORDINARY.get(table, {})}
        ordinary |= undrawn or {}
        known = self.columns[table]
        added = [n for n in ordinary if n in known and n not in names]
        # What copies another column comes after it.
        added.sort(key=lambda name: ordinary[name] in known)
        data = {name: [as_text(row[name]) for row in given] for name in names}
        for name in added:
            if name == "row_number":
                data[name] = [str(number + 1) for number in range(len(given))]
            else:
                source = ordinary[name]
                alone = None if source in known else source
                data[name] = data[source] if source in data else [alone] * len(given)
        arrow = pa.table({name: pa.array(cells, pa.string()) for name, cells in data.items()})
        self.connection.register("drawn", arrow)
        self.connection.execute(f"insert into {table} by name select * from drawn")
        self.connection.unregister("drawn")
        self.filled.add(table)

    def build(self, name: str, params: Mapping[str, Any] | None = None) -> None:
        """Run a model's own text into its table, and see that its grain holds."""
        model: SqlModel = self.models[name]
        unknown = set(params or {}) - model.params
        assert not unknown, f"{name} has no parameters {unknown}"
        values = self.params | dict(params or {})
        bound = {key: as_date(values[key]) for key in sorted(model.params)}
        self.connection.execute(f"create or replace table {name} as {model.sql}", bound or None)
        self.filled.add(name)
        if "grain" in model.fields:
            grain = ", ".join(model.grain)
            twice = f"select 1 from {name} group by {grain} having count(*) > 1"
            assert not self.connection.execute(twice).fetchall(), f"{name}: grain is not unique"

    def show(self, table: str, columns: str = "*") -> list[str]:
        """Read a table as drawn lines, sorted."""
        rows = self.connection.execute(
            f"select cast(columns(*) as varchar) from (select {columns} from {table} order by all)"
        ).fetchall()
        return [" | ".join("null" if cell is None else cell for cell in row) for row in rows]

    def fetch(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Read a table as typed rows, sorted."""
        return self.connection.execute(f"select {columns} from {table} order by all").fetchall()

    def clean(self) -> None:
        """Empty whatever was filled."""
        for table in sorted(self.filled):
            self.connection.execute(f"delete from {table}")
        self.filled.clear()


def read_drawing(drawing: str) -> list[dict[str, str | None]]:
    """Turn a drawing into rows."""
    lines = [line for line in drawing.splitlines() if line.strip()]
    head, *body = [re.split(r"(?<=\s)\|(?=\s)", f" {line} ") for line in lines]
    names = [cell.strip() for cell in head]
    return [dict(zip(names, map(_read_cell, row), strict=True)) for row in body]


def _read_cell(cell: str) -> str | None:
    text = cell.strip()
    if text.startswith('"'):
        return text.strip('"')
    return None if text in {"", "null"} else text


def as_text(value: Any) -> str | None:
    return None if value is None else str(value)


def as_date(value: Any) -> Any:
    is_date = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    return date.fromisoformat(value) if is_date else value


@pytest.fixture(scope="session")
def all_models() -> Iterator[Models]:
    models = Models()
    yield models
    models.connection.close()


@pytest.fixture
def models(all_models: Models) -> Iterator[Models]:
    """The shared database, empty again after the test."""
    yield all_models
    all_models.clean()


@pytest.fixture
def run_model(models: Models) -> Callable[..., list[str]]:
    """Run one model on drawn tables and return the columns asked for, as drawn lines."""

    def run(
        name: str,
        *,
        given: Mapping[str, Rows],
        params: Mapping[str, Any] | None = None,
        undrawn: Mapping[str, str] | None = None,
        show: str = "*",
    ) -> list[str]:
        models.clean()
        for table, rows in given.items():
            assert table in models.models[name].reads, f"{name} does not read {table}"
            models.give(table, rows, undrawn)
        models.build(name, params)
        return models.show(name, show)

    return run


@pytest.fixture
def run_check(models: Models) -> Callable[..., tuple[list[str], int]]:
    """Run one check on drawn tables: the rows (by number) or cells it breaks, and how many it
    examined."""

    def run(
        name: str,
        *,
        given: Mapping[str, Rows],
        params: Mapping[str, Any] | None = None,
        undrawn: Mapping[str, str] | None = None,
    ) -> tuple[list[str], int]:
        models.clean()
        check = models.models[name]
        for table, rows in given.items():
            assert table in check.reads, f"{name} does not read {table}"
            models.give(table, rows, undrawn)
        values = models.params | dict(params or {})
        bound = {key: as_date(values[key]) for key in sorted(check.params)}
        rule = read_row_rule(check)
        if rule is not None:
            sql = (
                f"select row_number as place, ({rule.broken}) as is_broken from {rule.table}"
                f" where {rule.examined}"
            )
        elif name_form(check) == "cells":
            sql = check.sql
        else:
            sql = f"select row_number as place, is_broken from ({check.sql})"
        found = models.connection.execute(
            f"select cast(place as varchar), coalesce(is_broken, false) from ({sql}) order by all",
            bound or None,
        ).fetchall()
        return [place for place, is_broken in found if is_broken], len(found)

    return run
