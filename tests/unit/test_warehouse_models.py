from pathlib import Path

import duckdb
import pytest

from evaluation.errors import SqlModelError
from evaluation.warehouse.models import (
    SqlModel,
    parse_sql_model,
    read_sql_checks,
    read_sql_models,
)
from pipelines.resources import SQL_FOLDER

HEADER = "-- {name}\n-- One row per person.\n-- grain: person_id, year\n\n"


def parse(body: str, name: str = "core_things", header: str = HEADER) -> SqlModel:
    with duckdb.connect() as parser:
        return parse_sql_model(name, header.format(name=name) + body, parser)


def write(folder: Path, **models: str) -> Path:
    for name, body in models.items():
        layer = {"stg": "staging", "core": "core", "mart": "marts"}[name.split("_")[0]]
        path = folder / layer / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER.format(name=name) + body, encoding="utf-8")
    return folder


def test_a_model_tells_what_it_reads_needs_and_is() -> None:
    model = parse(
        "with people as (select * from stg_people),\n"
        "years as (select * from stg_years where year > $first_year)\n"
        "select * from people inner join years using (person_id)\n"
        "where person_id in (select person_id from core_keys) and day < $last_day\n"
    )
    assert model.name == "core_things"
    assert model.layer == "core"
    assert model.grain == ("person_id", "year")
    assert model.reads == {"stg_people", "stg_years", "core_keys"}
    assert model.params == {"first_year", "last_day"}
    assert model.description == "One row per person.\ngrain: person_id, year"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("select 1 as a; select 2 as a", "exactly one SELECT"),
        ("create table x as select 1 as a", "exactly one SELECT"),
        ("drop table x", "exactly one SELECT"),
        ("insert into x select 1", "exactly one SELECT"),
        ("copy (select 1) to 'x.csv'", "exactly one SELECT"),
        ("", "exactly one SELECT"),
        ("select from where", "does not parse"),
    ],
)
def test_a_file_that_is_not_one_select_is_refused(body: str, told: str) -> None:
    with pytest.raises(SqlModelError, match=told):
        parse(body)


@pytest.mark.parametrize("header", ["", "-- another\n-- grain: a\n\n", "-- \n\n", "/* x */\n\n"])
def test_a_file_must_open_with_its_own_name(header: str) -> None:
    with pytest.raises(SqlModelError, match="must open with the comment '-- core_things'"):
        parse("select 1 as a", header=header)


@pytest.mark.parametrize("step", ["stg_people", "raw_people", "mart_other", "codelist_sexes"])
def test_a_step_named_like_a_table_is_refused_because_it_hides_what_is_read(step: str) -> None:
    with pytest.raises(SqlModelError, match=f"names a step {step}"):
        parse(f"with {step} as (select * from {step}) select * from {step}")


def test_the_name_of_a_step_inside_a_step_is_no_table() -> None:
    model = parse(
        "with outer_step as (with inner_step as (select * from stg_a) select * from inner_step)"
        " select * from outer_step"
    )
    assert model.reads == {"stg_a"}


def test_a_model_without_a_grain_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, stg_a="select 1 as a")
    path = folder / "staging" / "stg_a.sql"
    path.write_text(path.read_text().replace("-- grain: person_id, year\n", ""))
    with pytest.raises(SqlModelError, match=r"stg_a\.sql has no '-- grain"):
        read_sql_models(folder)


def test_models_come_in_an_order_in_which_they_can_be_built(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        mart_a="select * from core_b",
        core_b="select * from core_c inner join stg_z using (x)",
        core_c="select * from stg_z",
        stg_z="select * from raw_z",
    )
    assert list(read_sql_models(folder)) == ["stg_z", "core_c", "core_b", "mart_a"]


def test_models_that_read_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, core_a="select * from core_b", core_b="select * from core_a")
    with pytest.raises(SqlModelError, match="in a circle") as caught:
        read_sql_models(folder)
    assert "core_a" in str(caught.value)
    assert "core_b" in str(caught.value)


def test_a_model_that_reads_itself_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, core_a="select * from core_a")
    with pytest.raises(SqlModelError, match="in a circle"):
        read_sql_models(folder)


def test_the_hash_follows_the_text() -> None:
    assert parse("select 1 as a").text_hash == parse("select 1 as a").text_hash
    assert parse("select 1 as a").text_hash != parse("select 1 as  a").text_hash


def test_every_check_of_the_project_says_all_that_judging_it_needs() -> None:
    checks = read_sql_checks(SQL_FOLDER)
    assert checks
    for check in checks.values():
        assert {"severity", "table", "column", "threshold", "what_to_do"} <= set(check.fields)
        assert check.fields["severity"] in {"contract", "error", "warning"}, check.name
        assert 0 <= float(check.fields["threshold"]) < 1
        assert check.fields["table"] in check.reads, check.name
