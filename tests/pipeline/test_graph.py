"""The graph as it stands: which asset is made from which. Renew the drawing with
`python tests/pipeline/test_graph.py` and read what changed before committing it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import dagster as dg
import pytest

from evaluation.warehouse.models import read_sql_checks, read_sql_models
from pipelines.definitions import defs
from pipelines.resources import SQL_FOLDER
from pipelines.sql_assets import GRAIN_CHECK

ROOT = Path(__file__).parents[2]
DRAWING = Path(__file__).with_name("asset_graph.txt")
MODELS = read_sql_models(SQL_FOLDER)


def dependencies() -> dict[str, set[str]]:
    graph = defs.resolve_asset_graph()
    return {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
    }


def draw() -> str:
    lines = []
    for name, parents in sorted(dependencies().items()):
        lines.append(name)
        lines += [f"    {parent}" for parent in sorted(parents)]
    return "\n".join(lines) + "\n"


def test_the_graph_is_the_one_that_was_drawn() -> None:
    assert draw() == DRAWING.read_text(encoding="utf-8"), (
        "the assets or what they are made from changed. If that is meant, renew the drawing with"
        " `python tests/pipeline/test_graph.py` and commit it with the change."
    )


def test_every_sql_model_is_one_asset_and_every_asset_exists_once() -> None:
    found = dependencies()
    assert set(MODELS) <= set(found)
    layers = ("stg_", "core_", "mart_")
    assert {name for name in found if name.startswith(layers)} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_depends_on_what_its_sql_reads_and_on_the_quality_gate(name: str) -> None:
    gate = set() if name.startswith("stg_") else {"quality"}
    assert dependencies()[name] == MODELS[name].reads | gate


def test_everything_that_is_read_is_made_by_some_asset() -> None:
    found = dependencies()
    assert {parent for parents in found.values() for parent in parents} <= set(found)


def test_the_quality_gate_waits_for_everything_the_checks_read() -> None:
    reads = {table for check in read_sql_checks(SQL_FOLDER).values() for table in check.reads}
    assert reads <= dependencies()["quality"]


def test_every_model_has_a_check_that_stops_the_run_when_a_key_occurs_twice() -> None:
    graph = defs.resolve_asset_graph()
    for name in MODELS:
        key = dg.AssetCheckKey(dg.AssetKey(name), GRAIN_CHECK)
        assert graph.get_check_spec(key).blocking, name


def test_results_are_put_in_place_last() -> None:
    found = dependencies()
    waited_for, todo = set(), ["published"]
    while todo:
        name = todo.pop()
        todo += found[name] - waited_for
        waited_for |= {name} | found[name]
    assert waited_for == set(found), "an asset would still be at work after publishing"


def test_the_graph_runs_in_one_process() -> None:
    assert defs.executor is dg.in_process_executor


def test_the_graph_loads_when_nothing_is_set_and_starts_no_telemetry(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pipelines.definitions import defs\n"
        "assert 'evaluation.commands' not in sys.modules\n"
        "print(len(list(defs.resolve_asset_graph().get_all_asset_keys())))\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("EVALUATION", "DAG"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(dependencies())
    assert list(tmp_path.iterdir()) == []


def test_telemetry_is_off_for_the_ui_and_before_the_cli_imports_dagster() -> None:
    # dagster.yaml is small enough to be read without a YAML parser.
    settings = (ROOT / "dagster.yaml").read_text(encoding="utf-8")
    assert "telemetry:\n  enabled: false\n" in settings
    code = (
        "import builtins, os\n"
        "real = builtins.__import__\n"
        "def watch(name, *rest):\n"
        "    if name.split('.')[0] == 'dagster':\n"
        "        assert os.environ.get('DAGSTER_DISABLE_TELEMETRY') == 'yes', name\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = watch\n"
        "import pipelines.run\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "DAGSTER_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_graph_is_part_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "pipelines" in project["tool"]["setuptools"]["packages"]


if __name__ == "__main__":
    DRAWING.write_text(draw(), encoding="utf-8")
    print(f"drawn anew: {DRAWING}")
