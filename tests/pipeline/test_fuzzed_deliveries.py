"""However a delivery is spoilt: it loads with every row accounted for, or is refused in words.

Two ways: the steps of loading straight on a warehouse, many times, and the command
`evaluation check`, fewer times. What a csv holds is counted by a slow reader of our own.
"""

import gzip
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from fuzzed_delivery import CANARY, IDENTITY_NUMBER, Fuzzed, deliveries
from hypothesis import HealthCheck, given, settings
from lean_study import LEAN_STUDY
from slow_reader import Record, UnclearError, read_slowly

from evaluation.cli import main
from evaluation.deliveries.identity_numbers import refuse_identity_numbers
from evaluation.deliveries.inventory import PlannedFile, plan_files
from evaluation.deliveries.load import load_files, read_code_list, refuse_empty_tables
from evaluation.deliveries.spec import DeliverySpec
from evaluation.errors import DeliveryError, QualityError
from evaluation.manifest import check_no_row_is_lost
from evaluation.quality import check_quality
from evaluation.sql_params import build_sql_params
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import build_table, read_table, write_parquet
from evaluation.warehouse.connection import (
    Connection,
    RunSettings,
    open_scanner,
)
from evaluation.warehouse.models import read_sql_checks, read_sql_models
from pipelines.resources import SQL_FOLDER

Check = Callable[[Fuzzed, Counter[str]], None]
ONE_THREAD = RunSettings(threads=1, memory="2GB")
FUZZ = settings(
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
# Columns whose text the loader passes on as it stands, but for space around it.
PLAIN = {
    "npr_id", "nav_id", "ssb_id", "sector", "care_level_code", "debitor_code", "main_icd10_code",
    "benefit_code", "sex_code", "birth_year", "nus2000_code", "municipality_code",
    "institution_id", "employer_id", "measure_code", "job_id", "provider_id",
}  # fmt: skip


@cache
def staging():
    """The staging models, the checks that can stop a run, and the study."""
    models = read_sql_models(SQL_FOLDER)
    checks = read_sql_checks(SQL_FOLDER)
    stopping = {n: c for n, c in checks.items() if c.fields["severity"] in ("contract", "error")}
    return (
        {name: model for name, model in models.items() if model.layer == "stg"},
        stopping,
        StudyDefinition.from_toml(LEAN_STUDY),
    )


def check_one(delivery: Fuzzed, counts: Counter[str]) -> None:
    """Load and stage one delivery, and count what became of it."""
    with tempfile.TemporaryDirectory() as place:
        folder = delivery.write(Path(place) / "delivery")
        try:
            load_and_stage(delivery, folder, Path(place) / "out", counts)
        except (DeliveryError, QualityError) as error:
            check_messages(error.problems)
            counts[f"refused with {error.exit_code}"] += 1
        else:
            counts["loaded"] += 1


def check_messages(problems: Sequence[str]) -> None:
    assert problems
    assert max(Counter(problems).values()) == 1, "told twice"
    for problem in problems:
        assert CANARY not in problem
        assert IDENTITY_NUMBER not in problem
        assert len(problem) < 5_000
        assert problem.isprintable(), "a line feed or a control character"


def load_and_stage(delivery: Fuzzed, folder: Path, out: Path, counts: Counter[str]) -> None:
    models, checks, study = staging()
    spec = DeliverySpec.from_folder(folder)
    files = plan_files(folder, spec)
    with open_scanner(readable=[folder], settings=ONE_THREAD) as scanner:
        refuse_identity_numbers(scanner, files)
    out.mkdir(mode=0o700)
    # In memory, because a file waits for the disk at every step.
    with open_scanner(readable=[folder, out, SQL_FOLDER], settings=ONE_THREAD) as connection:

        def create() -> None:
            load_files(connection, files, out / "raw" / "one")
            refuse_empty_tables(connection, {file.table.name for file in files})

        build_table(connection, "raw_files", key="one", create=create)
        params = build_sql_params(study, spec)
        read = {table for m in [*models.values(), *checks.values()] for table in m.reads}
        for path in sorted((SQL_FOLDER / "codelists").glob("*.csv")):
            if f"codelist_{path.stem}" in read:
                read_code_list(connection, path, f"codelist_{path.stem}")
        for model in models.values():
            bound = {name: params[name] for name in model.params}
            connection.execute(f"create table {model.name} as {model.sql}", bound or None)
        write_parquet(read_table(connection, "stg_quarantine"), out / "quarantine.parquet")
        assert check_no_row_is_lost(connection) == []
        check_no_grain_is_broken(connection)
        for number, file in enumerate(files):
            check_file(connection, number, file, delivery)
            counts["files held against what they hold"] += 1
        check_quality(
            connection, checks, params, fingerprint="", thresholds=study.quality.thresholds
        ).validate()


def check_no_grain_is_broken(connection: Connection) -> None:
    for model in staging()[0].values():
        grain = ", ".join(model.grain)
        twice = f"select {grain} from {model.name} group by all having count(*) > 1"
        assert connection.execute(twice).fetchall() == [], model.name


def check_file(connection: Connection, number: int, file: PlannedFile, delivery: Fuzzed) -> None:
    """Hold one loaded file against what it holds."""
    ((index, delivered, loaded, quarantined),) = connection.execute(
        "select file_index, rows_delivered, rows_loaded, rows_quarantined from stg_files"
        " where file_number = $1",
        [number],
    ).fetchall()
    assert delivered == loaded + quarantined
    if file.kind != "csv":
        if file.name in delivery.rows:
            assert delivered == delivery.rows[file.name]
        elif file.kind == "parquet":
            assert delivered == pq.read_table(file.path).num_rows
        return
    data = file.path.read_bytes()
    data = gzip.decompress(data) if file.path.name.endswith(".gz") else data
    text = data.decode("utf-8-sig" if file.encoding == "utf-8" else file.encoding)
    try:
        records = read_slowly(text, file.delimiter)[1:]
    except UnclearError as error:
        raise AssertionError(f"loaded, though {error}") from None
    assert delivered == len(records)
    check_values(connection, index, file, records)


def check_values(
    connection: Connection, index: int, file: PlannedFile, records: list[Record]
) -> None:
    """Every record is a row with its values, or a rejected line, at its own number."""
    columns = [c for c in file.table.columns if c in PLAIN and c in file.mapping]
    columns = [c for c in columns if c not in file.codes and c not in file.substitutes]
    names = ", ".join(columns)
    found = {
        row[0]: row[1:]
        for row in connection.execute(
            f"select row_number, {names} from {file.table.raw_table} where file_index = $1", [index]
        ).fetchall()
    }
    places = [file.delivered_columns.index(file.mapping[column][0]) for column in columns]
    rejected = {
        row
        for (row,) in connection.execute(
            "select row_number from raw_rejects where file_index = $1", [index]
        ).fetchall()
    }
    assert not rejected & set(found)
    assert rejected | set(found) == set(range(1, len(records) + 1))
    width = len(file.delivered_columns)
    for row, record in enumerate(records, start=1):
        if record.cells is None:
            continue
        if len(record.cells) >= width and not any(record.cells[width:]):
            assert row in found, "a row rejected"
            assert found[row] == tuple(trim(record.cells[place]) for place in places)
        else:
            assert row in rejected, "another number of cells than the header"


def trim(cell: str) -> str | None:
    """Strip blanks of every width, as DuckDB does; nothing is null."""
    return cell.strip("".join({c for c in set(cell) if unicodedata.category(c) == "Zs"})) or None


def check_by_command(delivery: Fuzzed, counts: Counter[str]) -> None:
    """Run `evaluation check` on one delivery, and count how it ended."""
    with tempfile.TemporaryDirectory() as place:
        folder = delivery.write(Path(place) / "delivery")
        out = Path(place) / "check"
        result = CliRunner().invoke(
            main,
            ["check", str(folder), "--out", str(out), "--threads", "1"],
            catch_exceptions=False,
        )
        said = result.output + result.stderr
        assert result.exit_code in (0, 3, 4), said
        assert "Traceback" not in said
        errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
        assert (result.exit_code == 0) == (errors == [])
        if errors:
            check_messages(errors)
        written = "".join(path.read_text("utf-8") for path in out.iterdir())
        for private in (CANARY, IDENTITY_NUMBER):
            assert private not in said
            assert private not in written
    counts["loaded" if result.exit_code == 0 else f"refused with {result.exit_code}"] += 1


def spoil_many(count: int, way: str, check: Check, *, is_fixed: bool) -> Counter[str]:
    """Check so many spoilt deliveries, and print what became of them."""
    counts: Counter[str] = Counter()

    @settings(FUZZ, max_examples=count, derandomize=is_fixed)
    @given(delivery=deliveries())
    def check_next(delivery: Fuzzed) -> None:
        counts["deliveries"] += 1
        check(delivery, counts)

    check_next()
    parts = ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items()))
    print(f"\n{way}: {parts}")
    assert counts["deliveries"] >= count
    return counts


def test_a_spoilt_delivery_loads_whole_or_is_refused() -> None:
    counts = spoil_many(60, "step by step", check_one, is_fixed=True)
    assert min(counts["loaded"], counts["refused with 3"], counts["refused with 4"]) > 0


def test_the_command_loads_a_spoilt_delivery_or_refuses_it() -> None:
    spoil_many(5, "evaluation check", check_by_command, is_fixed=True)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_two_thousand_spoilt_deliveries_load_whole_or_are_refused() -> None:
    spoil_many(2_000, "step by step", check_one, is_fixed=False)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_command_loads_a_hundred_spoilt_deliveries_or_refuses_them() -> None:
    spoil_many(100, "evaluation check", check_by_command, is_fixed=False)
