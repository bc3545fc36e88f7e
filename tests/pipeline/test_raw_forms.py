"""A delivery as the register owners write it loads to the same typed tables as its clean twin.

Apart from rows in quarantine, which are exactly the planted ones: file, row, rule and column.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from exit_codes import FINISHED
from lean_study import LEAN_STUDY
from rich.console import Console

from evaluation.warehouse.models import read_sql_models
from pipelines.resources import SQL_FOLDER
from pipelines.run import RunRequest, run_until
from synthetic_data.generate import write_delivery
from synthetic_data.raw_forms import RawOptions, write_raw_delivery

# Where a row stands, what was wrong with it and ids made from that; the rest is content.
NOT_CONTENT = {"file_index", "row_number", "broken_rule", "broken_column", "contact_id"}
STAGED = [name for name in read_sql_models(SQL_FOLDER) if name.startswith("stg_")]
TYPED = [name for name in STAGED if name not in ("stg_files", "stg_quarantine")]
FORMS: list[Any] = ["day", "month"]


@dataclass(frozen=True)
class Twins:
    """The warehouses of both deliveries, and what was planted in the raw one."""

    connection: duckdb.DuckDBPyConnection
    folder: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def columns(self, model: str) -> list[str]:
        described = self.rows(f"describe raw.{model}")
        assert described == self.rows(f"describe clean.{model}")
        return [name for name, *_ in described]


def stage(delivery: Path, out: Path) -> Path:
    # As a check does: months are no reason to stop before anything is counted.
    request = RunRequest(study=LEAN_STUDY, delivery=delivery, out=out, for_estimates=False)
    run_until(request, Console(file=StringIO()), assets=STAGED)
    return out / "restricted" / "warehouse.duckdb"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source") / "delivery"
    write_delivery(scenario="sintef", persons=2000, seed=11, out=folder)
    return folder


@pytest.fixture(scope="module", params=FORMS)
def twins(
    request: pytest.FixtureRequest, source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Twins]:
    folder = tmp_path_factory.mktemp(f"twins_{request.param}")
    pair = folder / "pair"
    options = RawOptions(form=request.param, seed=3)
    write_raw_delivery(source, pair, options=options)
    with duckdb.connect() as connection:
        for name in ("clean", "raw"):
            warehouse = stage(pair / name, folder / f"out_{name}")
            connection.execute(f"attach '{warehouse}' as {name} (read_only)")
        extra = pair / "planted_extra.parquet"
        connection.execute(f"create table extra as select * from '{extra}'")
        yield Twins(connection, pair)


@pytest.mark.parametrize("model", TYPED)
def test_both_twins_load_to_the_same_typed_table(twins: Twins, model: str) -> None:
    columns = twins.columns(model)
    if "broken_rule" not in columns:
        pytest.skip("counts of rows; the rows themselves are compared")
    content = ", ".join(f'"{name}"' for name in columns if name not in NOT_CONTENT)
    selects = {
        "clean": f"select {content} from clean.{model} where broken_rule is null",
        # Good rows that the clean twin lacks stand in a list; without them nothing may differ.
        "raw": f"select {content} from raw.{model} as typed"
        " join raw.stg_files as files using (file_index)"
        " anti join extra using (file, row_number)"
        " where broken_rule is null",
    }
    for one, other in (("clean", "raw"), ("raw", "clean")):
        only = f"({selects[one]}) except all ({selects[other]})"
        assert twins.rows(f"select * from ({only}) limit 5") == [], f"only in {one}"


def test_every_planted_good_row_is_loaded_too(twins: Twins) -> None:
    (planted,) = twins.rows("select count(*) from extra")
    assert planted[0] > 0
    typed = " union all ".join(
        f"select file_index, row_number from raw.{model} where broken_rule is null"
        for model in TYPED
        if "broken_rule" in twins.columns(model)
    )
    found = twins.rows(
        "select count(*) from extra semi join ("
        f" select file, row_number from ({typed}) join raw.stg_files using (file_index)"
        ") using (file, row_number)"
    )
    assert found == [planted]


def test_quarantine_holds_exactly_the_planted_rows(twins: Twins) -> None:
    planted = pq.read_table(twins.folder / "planted_quarantine.parquet").to_pylist()
    expected = {(r["file"], r["row_number"], r["rule"], r["column"]) for r in planted}
    found = twins.rows("select file, row_number, rule_name, column_name from raw.stg_quarantine")
    assert len(found) == len(set(found))
    # Each year of a wide file is told as a part of it, and a bad line is bad in all of them.
    told = {(_without_year(file), *rest) for file, *rest in found}
    assert told - expected == set(), "in quarantine though nothing was planted"
    assert expected - told == set(), "planted, but not in quarantine"


def _without_year(file: str) -> str:
    return re.sub(r", year \d{4}$", "", file)


def test_the_clean_twin_has_nothing_in_quarantine(twins: Twins) -> None:
    assert twins.rows("select count(*) from clean.stg_quarantine") == [(0,)]


def test_the_clean_twin_loads_whole_with_its_plain_names(source: Path, tmp_path: Path) -> None:
    options = RawOptions(seed=3)
    write_raw_delivery(source, tmp_path / "pair", options=options)
    with duckdb.connect(str(stage(tmp_path / "pair" / "clean", tmp_path / "out"))) as warehouse:
        assert warehouse.execute("select count(*) from stg_quarantine").fetchall() == [(0,)]
        for table, model in (
            ("npr_contact", "stg_npr__contacts"),
            ("nav_benefit", "stg_nav__benefit_spells"),
            ("person", "stg_ssb__persons"),
            ("education", "stg_ssb__education"),
            ("residence", "stg_ssb__residence"),
            ("link", "stg_link__persons"),
            ("institution", "stg_npr__institutions"),
        ):
            path = tmp_path / "pair" / "clean" / f"{table}.csv"
            written = len(path.read_text("utf-8").splitlines()) - 1
            loaded = warehouse.execute(
                f"select count(*) from {model} where broken_rule is null"
            ).fetchall()
            assert loaded == [(written,)], table


@pytest.mark.slow
def test_a_raw_delivery_gives_the_very_estimates_of_its_clean_twin(
    tmp_path: Path, evaluation: Any
) -> None:
    # Without what one would have to mend first: repeated persons and rows that cannot be used.
    write_delivery(scenario="sintef", persons=4000, seed=3, out=tmp_path / "source")
    options = RawOptions(duplicates=False, bad_rows=False, broken_lines=False)
    write_raw_delivery(tmp_path / "source", tmp_path / "twins", options=options)
    estimates = []
    for twin in ("raw", "clean"):
        out = tmp_path / twin
        words = ["run", LEAN_STUDY, "--delivery", tmp_path / "twins" / twin, "--out", out]
        assert evaluation(*words).exit_code in FINISHED
        estimates.append((out / "results" / "estimates.csv").read_bytes())
    assert estimates[0] == estimates[1]
