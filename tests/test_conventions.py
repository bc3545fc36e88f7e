"""The rules of the house that a machine can check."""

import ast
import csv
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

import evaluation.estimators
from evaluation.cli import main
from evaluation.deliveries.spec import DeliverySpec
from evaluation.quality.forms import read_row_rule
from evaluation.sql_params import build_sql_params
from evaluation.study import StudyDefinition
from evaluation.warehouse.models import read_sql_checks, read_sql_models
from pipelines.resources import SQL_FOLDER

ROOT = Path(__file__).parents[1]
MODELS = read_sql_models(SQL_FOLDER)
CHECKS = read_sql_checks(SQL_FOLDER)
ROW_RULES = {name for name, check in CHECKS.items() if read_row_rule(check) is not None}
SQL_FILES = {path.stem: path for path in SQL_FOLDER.glob("*/*.sql")}
LOCKS = sorted(ROOT.glob("requirements*.lock"))
CODE_LISTS = sorted((SQL_FOLDER / "codelists").glob("*.csv"))
MODULES = [
    path
    for folder in ("src", "pipelines", "synthetic_data")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def id_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git work tree")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


# SQL


def test_every_sql_file_is_a_model_or_a_check() -> None:
    assert set(SQL_FILES) == {*MODELS, *CHECKS}


@pytest.mark.parametrize("name", sorted(SQL_FILES))
def test_a_sql_file_opens_with_its_name_and_a_sentence(name: str) -> None:
    lines = SQL_FILES[name].read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"-- {name}"
    assert re.match(r"-- [A-ZÆØÅ].+", lines[1]), "the second line says what a row is"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_says_what_a_row_is_and_what_identifies_it(name: str) -> None:
    assert MODELS[name].description.startswith("One row"), name
    assert MODELS[name].grain


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_has_its_drawn_tests(name: str) -> None:
    assert (ROOT / "tests" / "sql" / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_check_is_tested(name: str) -> None:
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert name in tests


@pytest.mark.parametrize("name", sorted(SQL_FILES))
def test_a_sql_file_has_at_most_120_lines_beside_comments_and_blank_ones(name: str) -> None:
    lines = [line.strip() for line in SQL_FILES[name].read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if line and not line.startswith("--")]) <= 120


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, Mapping):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for child in tree:
            yield from _nodes(child)


# A row rule is one select without steps.
@pytest.mark.parametrize("name", sorted(set(SQL_FILES) - ROW_RULES))
def test_no_step_is_named_like_a_table(name: str) -> None:
    sql = SQL_FILES[name].read_text(encoding="utf-8")
    with duckdb.connect() as parser:
        row = parser.execute("select json_serialize_sql($1)", [sql]).fetchone()
    assert row is not None
    steps = {
        entry["key"]
        for node in _nodes(json.loads(row[0]))
        for entry in node.get("cte_map", {}).get("map", [])
    }
    every_table = {*MODELS, *(table for model in MODELS.values() for table in model.reads)}
    # A row rule is one plain select.
    assert steps or name in CHECKS
    assert steps.isdisjoint(every_table)


def test_the_parameters_of_sql_are_exactly_those_that_are_given(study: StudyDefinition) -> None:
    delivery = DeliverySpec.model_construct(
        benefit_resolution="day",
        sick_pay_counts_employer_period=True,
        first_date=study.period.first_index_date,
        last_date=study.period.last_index_date,
        coverage={},
    )
    used = {param for model in [*MODELS.values(), *CHECKS.values()] for param in model.params}
    assert used == set(build_sql_params(study, delivery))


# Code lists


@pytest.mark.parametrize("path", CODE_LISTS, ids=id_of)
def test_every_code_of_a_list_is_there_once_and_has_a_source(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    codes = [next(iter(row.values())) for row in rows]
    assert all(codes)
    assert len(codes) == len(set(codes))
    # The steps of attrition are our own words, and have no source.
    if path.stem != "attrition_steps":
        assert all(row.get("source") for row in rows), "a row without a source"


# Lists that no SQL reads yet, and why they are here. A name goes from here when its list is read.
UNREAD_CODE_LISTS = {
    # The ceiling of sick pay is 6 G; for outcomes in kroner, which no study has yet.
    "base_amounts",
    # For pictures by trust and region.
    "health_trusts",
}


@pytest.mark.parametrize("path", CODE_LISTS, ids=id_of)
def test_every_code_list_is_read_by_some_model(path: Path) -> None:
    readers = [*MODELS.values(), *CHECKS.values()]
    is_read = any(f"codelist_{path.stem}" in model.reads for model in readers)
    assert is_read != (path.stem in UNREAD_CODE_LISTS)


# Python


@pytest.mark.parametrize("path", MODULES, ids=id_of)
def test_a_module_says_what_it_is_and_has_at_most_400_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "no docstring"


def _estimators() -> Iterator[Any]:
    for module in pkgutil.iter_modules(evaluation.estimators.__path__):
        name = f"evaluation.estimators.{module.name}"
        loaded = importlib.import_module(name)
        for member, value in vars(loaded).items():
            is_own = inspect.isfunction(value) and value.__module__ == name
            # What only arranges rows for an estimator is none itself.
            if is_own and not member.startswith(("_", "build_", "code_", "count_")):
                yield pytest.param(value, id=f"{module.name}.{member}")


@pytest.mark.parametrize("function", list(_estimators()))
def test_every_public_estimator_names_its_source_or_what_it_was_checked_against(
    function: Any,
) -> None:
    text = inspect.getdoc(function) or ""
    assert "Source" in text or "Checked against" in text


# Documents


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_named_in_the_readme(command: str) -> None:
    assert f"evaluation {command}" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "DECISIONS.md", "GLOSSARY.md"]
)
def test_the_documents_are_there(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8").startswith("# ")


# Locks and addresses


def pins(path: Path) -> dict[str, tuple[str, str]]:
    """Read a lock: name with marker -> (version, the rest of the entry)."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    found = {}
    for line in lines:
        if line and not line.startswith("#"):
            match = re.match(r"([A-Za-z0-9._-]+(?:\[[^\]]+\])?)==([^\s;]+)(.*)", line)
            assert match, f"{path.name}: not pinned with ==: {line[:60]}"
            marker = match[3].split("--hash")[0].strip(" ;")
            found[f"{match[1]} {marker}".strip()] = (match[2], match[3])
    return found


@pytest.mark.parametrize("path", LOCKS, ids=id_of)
def test_a_lock_holds_versions_and_hashes_and_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for word in ("://", "--index", "--extra-index", "--find-links", "--trusted"):
        assert word not in text
    locked = pins(path)
    assert locked
    for name, (_, rest) in locked.items():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest), f"{name} has no hash"


def test_the_developers_lock_holds_every_version_of_the_runtime_lock() -> None:
    def versions(name: str) -> set[tuple[str, str]]:
        locked = pins(ROOT / name)
        return {(package.split()[0], version) for package, (version, _) in locked.items()}

    assert versions("requirements.lock") <= versions("requirements-dev.lock")


def test_there_is_no_other_lock() -> None:
    names = {path.name for path in tracked_files()}
    assert names.isdisjoint({"uv" + ".lock", "poetry" + ".lock", "Pipfile" + ".lock"})


# Joined here, so that this file does not hold them itself.
_FOLDERS = [f"/{name}/" for name in ("work", "root", "home")]
_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("debian", "org"),
        ("ubuntu", "com"),
        ("anaconda", "org"),
        ("conda", "io"),
        ("cran", "r-project"),
        ("crates", "io"),
        ("golang", "org"),
    )
]


def test_no_file_names_a_folder_of_this_machine_or_a_package_registry() -> None:
    found = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        found += [
            f"{id_of(path)}: {word}"
            for word in [*_FOLDERS, *_HOSTS]
            if re.search(rb"(?<![\w.$}-])" + re.escape(word.encode()), content)
        ]
    assert found == []
