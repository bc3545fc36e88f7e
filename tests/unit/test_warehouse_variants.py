from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evaluation.deliveries.spec import Coverage, DeliverySpec
from evaluation.errors import SqlModelError
from evaluation.sql_params import build_sql_params
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import build_model, build_table
from evaluation.warehouse.connection import Connection, RunSettings, open_warehouse, scalar
from evaluation.warehouse.models import SqlModel, parse_sql_model, read_sql_models
from evaluation.warehouse.variants import (
    Narrowing,
    build_variant,
    find_touched,
    list_shared_columns,
)
from pipelines.resources import SQL_FOLDER

MODELS = read_sql_models(SQL_FOLDER)
TARGET = "mart_matched_units"
SPEC = DeliverySpec.model_construct(
    benefit_resolution="day",
    sick_pay_counts_employer_period=True,
    first_date=date(2008, 1, 1),
    last_date=date(2019, 12, 31),
    coverage={"nav_benefit": Coverage(first_date=date(2006, 1, 1), last_date=date(2020, 12, 31))},
)
MATCHED = ["mart_match_pool", "mart_matched_sets", "mart_window_outcomes", "mart_matched_units"]
# Empty in a study that matches on no level, but who is in the pool could hang on it.
PRIOR = "mart_prior_levels"
FROM_CANDIDATES = {"mart_candidates", PRIOR, *MATCHED}
TREATED, CONTROL = "mart_treated_index", "mart_control_index"
LEVELS = "mart_diagnosis_levels"
# What each choice of the study must build again, and no more.
TOUCHED = {
    "windows": FROM_CANDIDATES,
    "anchor": {TREATED, CONTROL, LEVELS, *FROM_CANDIDATES},
    "age_bands": FROM_CANDIDATES,
    "icd10": {LEVELS, *FROM_CANDIDATES},
    "controls": {"mart_matched_sets", "mart_matched_units"},
    "day_count": set(),
    "benefits": {PRIOR, *MATCHED},
    "washout": {TREATED, LEVELS, *FROM_CANDIDATES},
    "comparator": {CONTROL, LEVELS, *FROM_CANDIDATES},
}


def touched_by(study: StudyDefinition, other: StudyDefinition) -> list[str]:
    base, changed = build_sql_params(study, SPEC), build_sql_params(other, SPEC)
    found = find_touched(MODELS, target=TARGET, base=base, changed=changed)
    return [model.name for model in found]


def test_each_choice_builds_what_it_touches_and_nothing_else(study: StudyDefinition) -> None:
    seen = set()
    for specification, other in study.variants:
        assert set(touched_by(study, other)) == TOUCHED[specification.choice], specification.id
        seen.add(specification.choice)
    assert seen == set(TOUCHED)


def test_models_come_after_what_they_read_and_the_target_last(study: StudyDefinition) -> None:
    for _, other in study.variants:
        names = touched_by(study, other)
        for place, name in enumerate(names):
            assert MODELS[name].reads.isdisjoint(names[place:])
        assert not names or names[-1] == TARGET


def test_nothing_is_touched_by_no_change(study: StudyDefinition) -> None:
    assert touched_by(study, study) == []


def test_a_target_that_is_not_there_and_a_missing_parameter_are_told(
    study: StudyDefinition,
) -> None:
    base = build_sql_params(study, SPEC)
    with pytest.raises(SqlModelError, match="no model mart_absent"):
        find_touched(MODELS, target="mart_absent", base=base, changed=base)
    without = {name: value for name, value in base.items() if name != "washout_days"}
    with pytest.raises(SqlModelError, match=r"not given: \['washout_days'\]"):
        find_touched(MODELS, target=TARGET, base=base, changed=without)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    file = tmp_path / "warehouse.duckdb"
    with open_warehouse(file, readable=(), settings=RunSettings(threads=1)) as connection:

        def create() -> None:
            connection.execute("create table raw_things as select range as id from range(10)")

        build_table(connection, "raw_things", key="a", create=create)
        for model in chain(connection).values():
            build_model(connection, model, {"limit": 5, "step": 1})
        yield connection


def chain(connection: Connection) -> dict[str, SqlModel]:
    bodies = {
        "stg_things": "select id from raw_things where id < $limit",
        "core_things": "select id * $step as id from stg_things",
        "mart_things": "select count(*) as n, sum(id) as total from core_things",
    }
    return {
        name: parse_sql_model(name, f"-- {name}\n-- grain: {grain}\n\n{body}", connection)
        for (name, body), grain in zip(bodies.items(), ("id", "id", "n"), strict=True)
    }


def build(connection: Connection, **params: Any) -> Any:
    models, base = chain(connection), {"limit": 5, "step": 1}
    touched = find_touched(models, target="mart_things", base=base, changed=base | params)
    with build_variant(connection, touched, base | params):
        return connection.execute("select * from mart_things").fetchall()


def everything(connection: Connection) -> list[Any]:
    tables = "select schema_name, table_name, estimated_size from duckdb_tables() order by all"
    return [
        *connection.execute(tables).fetchall(),
        *connection.execute("select table_name, key, row_count from _built order by 1").fetchall(),
        *connection.execute("select * from core_things order by 1").fetchall(),
    ]


def test_a_variant_is_built_from_its_parameters_and_leaves_no_trace(warehouse: Connection) -> None:
    before = everything(warehouse)
    assert build(warehouse, limit=3) == [(3, 0 + 1 + 2)]
    assert build(warehouse, step=10) == [(5, 10 * (0 + 1 + 2 + 3 + 4))]
    assert build(warehouse, limit=3, step=10) == [(3, 10 * (0 + 1 + 2))]
    assert build(warehouse) == [(5, 0 + 1 + 2 + 3 + 4)]
    assert everything(warehouse) == before
    assert warehouse.execute("select n from mart_things").fetchall() == [(5,)]


def test_a_failing_variant_leaves_no_trace_and_tells_no_value(warehouse: Connection) -> None:
    before = everything(warehouse)
    body = "select cast('CANARY' as integer) as id from raw_things"
    wrong = parse_sql_model("stg_things", f"-- stg_things\n-- grain: id\n\n{body}", warehouse)
    with (
        pytest.raises(SqlModelError, match="stg_things could not be built") as caught,
        build_variant(warehouse, [wrong], {}),
    ):
        pytest.fail("it was built")
    assert "CANARY" not in str(caught.value)
    assert everything(warehouse) == before


def test_a_key_that_is_there_twice_stops_the_variant(warehouse: Connection) -> None:
    before = everything(warehouse)
    body = "select 1 as n from core_things"
    twice = parse_sql_model("mart_things", f"-- mart_things\n-- grain: n\n\n{body}", warehouse)
    with (
        pytest.raises(SqlModelError, match="mart_things, built with other settings, has a key"),
        build_variant(warehouse, [twice], {}),
    ):
        pytest.fail("it was built")
    assert everything(warehouse) == before


@pytest.mark.parametrize("params", [{"limit": 4}, {"limit": 5, "step": 3}])
def test_a_narrowed_model_is_given_only_the_rows_that_have_their_like(
    warehouse: Connection, params: dict[str, Any]
) -> None:
    warehouse.execute("create table wanted as select unnest([1, 3, 99]) as id")
    narrowing = Narrowing("core_things", table="stg_things", by="wanted", on=("id",))
    models, base = chain(warehouse), {"limit": 5, "step": 1}
    touched = find_touched(models, target="mart_things", base=base, changed=base | params)
    with build_variant(warehouse, touched, base | params, narrowings=[narrowing]):
        (total,) = warehouse.execute("select total from mart_things").fetchone() or ()
    assert total == (1 + 3) * params.get("step", 1)
    assert scalar(warehouse, "select count(*) from stg_things") == 5


def test_only_the_columns_that_are_read_are_made(warehouse: Connection) -> None:
    warehouse.execute("create table wide as select 1 as id, 2 as total, 3 as unread")
    kept = list_shared_columns(warehouse, "wide", reader="mart_things")
    assert kept == ("total",)
    [model] = [each for name, each in chain(warehouse).items() if name == "mart_things"]
    with build_variant(warehouse, [model], {}, columns={"mart_things": ("n",)}):
        assert warehouse.sql("select * from mart_things").columns == ["n"]
    assert warehouse.sql("select * from mart_things").columns == ["n", "total"]


def test_an_error_inside_leaves_no_trace(warehouse: Connection) -> None:
    before = everything(warehouse)
    with pytest.raises(ZeroDivisionError), build_variant(warehouse, [], {}):
        raise ZeroDivisionError
    assert everything(warehouse) == before
