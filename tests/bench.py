"""Speed, each task beside a bare scan or the obvious pandas version, in one run, answers equal.

Run by `make bench`. Figures are printed, never asserted: machines differ. Equal answers are
asserted.
"""

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
from bench_benefits import bench_benefits
from bench_estimators import bench_estimators
from bench_matching import bench_matching
from bench_outcomes import bench_outcomes
from bench_run import bench_run, bench_synth, run_command

from evaluation.deliveries.load import read_code_list
from evaluation.deliveries.spec import DeliverySpec
from evaluation.quality.forms import read_row_rule
from evaluation.quality.scan import scan_rules
from evaluation.sql_params import build_sql_params
from evaluation.study import StudyDefinition
from evaluation.warehouse.models import read_sql_checks, read_sql_models
from pipelines.resources import DEFAULT_STUDY, SQL_FOLDER

STUDY = StudyDefinition.from_toml(DEFAULT_STUDY)
MODELS = read_sql_models(SQL_FOLDER)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Best of three."""
    best, answer = float("inf"), None
    for _ in range(3):
        started = time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - started)
    return best, answer


def show(task: str, rows: int, seconds: float, peer: str, peer_seconds: float) -> None:
    """Print one line."""
    print(
        f"{task:<44}{rows:>12,} rows {seconds:>8.2f} s   {peer:<22}{peer_seconds:>8.2f} s"
        f"   ratio {seconds / peer_seconds:>6.2f}"
    )


_TABLES_OF_CONTACTS = {"npr_contact", "person", "link", "institution"}
_CONTACTS_PER_PERSON = 20.0


def bench_check(folder: Path, n_contacts: int) -> float:
    """Load and check contacts with the command itself, beside a bare scan of the same files.

    Returns:
        Seconds for each million contacts.
    """
    delivery = folder / "delivery"
    persons = round(n_contacts / _CONTACTS_PER_PERSON)
    run_command(["synth", "--persons", persons, "--seed", 1, "--out", delivery])
    head, *entries = (delivery / "delivery.toml").read_text().split("\n[[file]]\n")
    kept = [e for e in entries if any(f'"{table}"' in e for table in _TABLES_OF_CONTACTS)]
    (delivery / "delivery.toml").write_text("\n[[file]]\n".join([head, *kept]))
    files = sorted(delivery.glob("npr/*_*.csv"))
    seconds, gigabytes, _ = run_command(
        ["check", delivery, "--out", folder / "check", "--threads", "2", "--memory", "2GB"]
    )
    facts = json.loads((folder / "check" / "check.json").read_text(encoding="utf-8"))
    rows = sum(f["rows_delivered"] for f in facts["files"] if f["table"] == "npr_contact")
    peer_seconds, peer_rows = timed(lambda: scan_bare(files))
    assert rows == peer_rows
    show("contacts: load and check", rows, seconds, "bare scan", peer_seconds)
    print(f"{'':<44}{gigabytes:>12.2f} GB at most, {seconds / rows * 1e6:.2f} s a million rows")
    return seconds / rows * 1e6


def scan_bare(files: Sequence[Path]) -> int:
    """Parse every column of the files as text, and keep nothing."""
    with duckdb.connect() as connection:
        counts = [
            connection.execute(
                "select count(*), count(columns(*)) from read_csv($1, delim=';', header=true,"
                " all_varchar=true, encoding='latin-1')",
                [str(file)],
            ).fetchone()
            for file in files
        ]
    return sum(count[0] for count in counts if count)


def bench_checks(n_contacts: int) -> None:
    """Compute every row rule of contacts in their one scan, beside a bare scan of the table."""
    checks = [
        (check, rule)
        for check in read_sql_checks(SQL_FOLDER).values()
        if (rule := read_row_rule(check)) and rule.table == "stg_npr__contacts"
    ]
    connection = duckdb.connect()
    for path in (SQL_FOLDER / "codelists").glob("*.csv"):
        read_code_list(connection, path, f"codelist_{path.stem}")
    # Columns that look random and are the same every time.
    connection.execute(
        "create table stg_npr__contacts as"
        " select i // 1000000 as file_index, i % 1000000 as row_number,"
        " 'n' || i % 2000000 as npr_id, ['SOM', 'SOM', 'PHV', 'TSB', 'ARR'][1 + i % 5] as sector,"
        " ['1', '2', '3', '3', '8'][1 + (hash(i) % 5)::integer] as care_level_code,"
        " ['1', '2', '3', '5'][1 + (hash(i + 1) % 4)::integer] as contact_type_code,"
        " date '2008-01-01' + (hash(i + 2) % 4000)::integer as start_date,"
        " start_date + (care_level_code = '1')::integer as end_date,"
        " ['1', '20', '30', '99', '21'][1 + (hash(i + 3) % 5)::integer] as debitor_code,"
        " ['M545', 'F322', 'Z507', 'S062'][1 + (hash(i + 4) % 4)::integer] as main_icd10_code,"
        " if(i % 5 = 0, 'F432|R52', null) as secondary_icd10_codes,"
        " if(i % 10 = 0, 'WNBC00', null) as procedure_codes,"
        " '983974910' as institution_id, '1' as npr_link_status_code,"
        " null::varchar as broken_rule, null::varchar as broken_column"
        f" from range({n_contacts}) t(i)"
    )
    delivery = DeliverySpec.model_construct(
        benefit_resolution="day",
        sick_pay_counts_employer_period=True,
        first_date=STUDY.period.first_index_date,
        last_date=STUDY.period.last_index_date,
        coverage={},
    )
    params = build_sql_params(STUDY, delivery)
    files = {index: f"{index}.csv" for index in range(n_contacts // 1_000_000 + 1)}

    def together() -> int:
        found = scan_rules(connection, checks, params, files)
        assert not any(each.error for each in found.values())
        return found["check_care_levels_are_known"].examined

    def bare() -> int:
        # count(*) alone reads no column at all.
        counts = connection.execute("select count(columns(*)) from stg_npr__contacts").fetchone()
        assert counts is not None
        return int(counts[0])

    seconds, rows = timed(together)
    peer_seconds, peer_rows = timed(bare)
    assert rows == peer_rows
    task = f"{len(checks)} row rules of contacts in one scan"
    show(task, rows, seconds, "bare scan", peer_seconds)


def main() -> None:
    """Run all."""
    cost = []
    for n_contacts in (1_000_000, 10_000_000):
        with tempfile.TemporaryDirectory() as folder:
            cost.append(bench_check(Path(folder), n_contacts))
    print(f"{'':<44}a row costs {cost[1] / cost[0]:.2f} times as much at ten times the rows")
    bench_matching(100_000, 5_000_000)
    bench_benefits()
    bench_outcomes()
    bench_estimators()
    bench_checks(20_000_000)
    bench_run(200_000)
    bench_synth(200_000, "csv")
    bench_synth(5_300_000, "parquet")


if __name__ == "__main__":
    main()
