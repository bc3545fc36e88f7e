"""The synthetic registers lose the treatment code in 2018, as the real ones did: the catalogue
must see it, and must not see it before."""

from collections.abc import Iterator
from datetime import date

import pytest

from evaluation.deliveries.inventory import plan_files
from evaluation.deliveries.load import load_files, read_code_list
from evaluation.deliveries.spec import DeliverySpec
from evaluation.quality import check_quality
from evaluation.sql_params import build_sql_params
from evaluation.study import StudyDefinition
from evaluation.warehouse.connection import Connection, RunSettings, open_warehouse
from evaluation.warehouse.models import read_sql_checks, read_sql_models
from pipelines.resources import DEFAULT_STUDY, SQL_FOLDER
from synthetic_data.generate import write_delivery

STAGING = [
    "stg_npr__contacts",
    "stg_npr__institutions",
    "stg_link__persons",
    "stg_ssb__persons",
    "stg_npr__contact_counts",
]
NAMES = ["check_treatment_holds_its_level", "check_treatment_holds_its_level_by_trust"]
CHECKS = {name: check for name, check in read_sql_checks(SQL_FOLDER).items() if name in NAMES}


@pytest.fixture(scope="module")
def synthetic(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Connection, DeliverySpec]]:
    folder = tmp_path_factory.mktemp("fall")
    write_delivery(scenario="sintef", persons=200_000, seed=1, out=folder / "delivery")
    spec = DeliverySpec.from_folder(folder / "delivery")
    wanted = {"npr_contact", "institution", "link", "person"}
    files = [f for f in plan_files(folder / "delivery", spec) if f.table.name in wanted]
    models = read_sql_models(SQL_FOLDER)
    warehouse, settings = folder / "w.duckdb", RunSettings(threads=2)
    readable = (folder, SQL_FOLDER)
    with open_warehouse(warehouse, readable=readable, settings=settings) as connection:
        for path in (SQL_FOLDER / "codelists").glob("*.csv"):
            read_code_list(connection, path, f"codelist_{path.stem}")
        load_files(connection, files, folder / "raw" / "now")
        for name in STAGING:
            connection.execute(f"create table {name} as {models[name].sql}")
        yield connection, spec


@pytest.mark.parametrize("last_year", [2017, 2018])
def test_the_fall_of_coding_in_2018_is_found_and_nothing_before(
    synthetic: tuple[Connection, DeliverySpec], last_year: int
) -> None:
    connection, spec = synthetic
    params = build_sql_params(StudyDefinition.from_toml(DEFAULT_STUDY), spec)
    params["contacts_last_date"] = date(last_year, 12, 31)
    report = check_quality(connection, CHECKS, params, fingerprint="f")
    assert report.table["check_id"].to_list() == NAMES
    assert report.table["n_rows"].min() > 100
    assert set(report.table["status"]) == ({"fail"} if last_year == 2018 else {"pass"})
    by_sector = report.places[report.places["check_id"] == NAMES[0]]["place"]
    assert all(" 2018-" in place for place in by_sector)
