import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evaluation.deliveries.inventory import PlannedFile, plan_files
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.manifest import build_manifest, check_no_row_is_lost, render_manifest
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import build_table
from evaluation.warehouse.connection import Connection, RunSettings, open_warehouse

CONTENT = "ssb_id;year;municipality_code\nS1;2010;0301\nS2;2010;0301\n"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    file = tmp_path / "out" / "w.duckdb"
    file.parent.mkdir()
    with open_warehouse(file, readable=(), settings=RunSettings(threads=1)) as connection:
        files = (
            "create table stg_files as select * from (values (0, 0, 'r.csv', 2, 1, 1))"
            " t(file_index, file_number, file, rows_delivered, rows_loaded, rows_quarantined)"
        )
        build_table(connection, "stg_files", key="k", create=lambda: connection.execute(files))
        yield connection


@pytest.fixture
def delivery(tmp_path: Path) -> tuple[DeliverySpec, list[PlannedFile]]:
    (tmp_path / "r.csv").write_text(CONTENT)
    spec = DeliverySpec.model_construct(
        id="d",
        kind="synthetic",
        first_date=date(2008, 1, 1),
        last_date=date(2018, 12, 31),
        nav_key="nav_id",
        files=(FileEntry(table="residence", path="r.csv"),),
    )
    return spec, plan_files(tmp_path, spec)


@pytest.fixture
def manifest(
    warehouse: Connection,
    delivery: tuple[DeliverySpec, list[PlannedFile]],
    study: StudyDefinition,
) -> dict[str, Any]:
    spec, files = delivery
    return build_manifest(warehouse, study=study, delivery=spec, files=files)


def test_the_manifest_says_what_went_in(manifest: dict[str, Any], study: StudyDefinition) -> None:
    assert manifest["delivery"] == {"id": "d", "kind": "synthetic"}
    assert manifest["study"] == {
        "id": "raskere_tilbake",
        "fingerprint": study.fingerprint,
        "seed": 20220168,
    }
    (file,) = manifest["files"]
    assert len(file.pop("sha256")) == 64
    assert file == {
        "table": "residence",
        "path": "r.csv",
        "bytes": len(CONTENT),
        "rows_delivered": 2,
        "rows_loaded": 1,
        "rows_quarantined": 1,
    }


def test_the_manifest_says_what_was_built_and_with_which_versions(
    manifest: dict[str, Any],
) -> None:
    (table,) = manifest["tables"]
    assert (table["table"], table["rows"]) == ("stg_files", 1)
    assert table["seconds"] >= 0
    assert {"python", "evaluation", "duckdb", "dagster"} <= set(manifest["versions"])


def test_the_manifest_is_json_without_a_path_of_the_machine(
    manifest: dict[str, Any], tmp_path: Path
) -> None:
    text = render_manifest(manifest)
    assert json.loads(text) == manifest
    assert text.endswith("}\n")
    assert str(tmp_path) not in text
    assert str(Path.cwd()) not in text


def test_files_whose_rows_add_up_give_no_message(warehouse: Connection) -> None:
    assert check_no_row_is_lost(warehouse) == []


def test_a_lost_row_is_told_by_file_and_numbers(warehouse: Connection) -> None:
    warehouse.execute("update stg_files set rows_loaded = 0")
    assert check_no_row_is_lost(warehouse) == [
        "r.csv: 2 rows delivered, but 0 loaded and 1 quarantined."
        " This is a fault of the program, not of the delivery: please report it."
    ]
