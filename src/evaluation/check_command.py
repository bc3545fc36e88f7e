"""What `evaluation check` does: run the graph up to its checks, tell what was found, then judge."""

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
from rich.console import Console

from evaluation.check_report.facts import MADE_BY, CheckData, build_facts, render_json
from evaluation.check_report.page import render_page
from evaluation.check_report.summary import print_summary
from evaluation.deliveries.spec import SPEC_FILE, DeliverySpec
from evaluation.errors import DeliveryError, EvaluationError, QualityError, StudyError
from evaluation.outputs import OutputLayout
from evaluation.schemas import TABLES
from evaluation.study import StudyDefinition
from evaluation.warehouse.connection import RunSettings, open_warehouse
from pipelines.resources import DEFAULT_STUDY
from pipelines.run import RunRequest, run_until

ASSETS = ("quality", "linkage", "linkage_shares", "linkage_difference", "link_violations")
_TABLES = (*ASSETS, "quality_places")
_PAGE, _FACTS = "check.html", "check.json"


def check_delivery(
    delivery: Path, settings: RunSettings, *, as_json: bool, out: Path | None = None
) -> None:
    """Check a delivery in a temporary folder, write check.json and check.html, print a summary.

    Args:
        delivery: The delivery.
        settings: Threads and memory.
        as_json: Print check.json to stdout, and the rest to stderr.
        out: Where the two files go; by default check-<delivery id> in the current folder.

    Raises:
        StudyError: The folder cannot be taken.
        DeliveryError: The delivery breaks the contract; the files are written before.
        QualityError: A quality check would stop a run; the files are written before.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True) if as_json else _console()
    problem: EvaluationError | None
    spec, problem = _read_spec(delivery)
    folder = out or Path(f"check-{spec.id if spec else delivery.resolve().name}")
    _refuse_folder(folder, delivery)
    found = CheckData(spec, StudyDefinition.from_toml(DEFAULT_STUDY).fingerprint)
    if problem is None:
        found, problem = _run(delivery, settings, console, found)
    else:
        found = _note(found, problem)
    facts = build_facts(found)
    _write(folder, {_FACTS: render_json(facts), _PAGE: render_page(facts)})
    print_summary(facts, console)
    console.print()
    for name in (_PAGE, _FACTS):
        console.print(f"written: {folder / name} (stays in the zone)", markup=False)
    if as_json:
        print(render_json(facts), end="")
    _finish(found, facts["verdict"]["sentence"], console)


def _console() -> Console:
    # Piped output has no width of its own; tables must not be cut there.
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def _read_spec(delivery: Path) -> tuple[DeliverySpec | None, DeliveryError | None]:
    if not (delivery / SPEC_FILE).is_file():
        DeliverySpec.from_folder(delivery)  # no delivery at all: it says so, and nothing is written
    try:
        return DeliverySpec.from_folder(delivery), None
    except DeliveryError as error:
        return None, error


def _refuse_folder(folder: Path, delivery: Path) -> None:
    place, source = folder.resolve(), delivery.resolve()
    if place == source or source in place.parents or place in source.parents:
        raise StudyError(
            f"{folder} and the delivery {delivery} lie in each other; a delivery is never written"
            " to. Choose another --out."
        )
    if place.exists() and not place.is_dir():
        raise StudyError(f"{folder} is a file; choose another --out.")
    if place.exists() and any(place.iterdir()) and not _is_earlier_check(place):
        raise StudyError(
            f"{folder} holds something that is not from an earlier check; move it away, or choose"
            " another --out."
        )


def _is_earlier_check(folder: Path) -> bool:
    try:
        content = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("made_by") == MADE_BY


def _run(
    delivery: Path, settings: RunSettings, console: Console, found: CheckData
) -> tuple[CheckData, EvaluationError | None]:
    """Run the graph on a delivery as it is, and read what became of it, refused or not."""
    work = Path(tempfile.mkdtemp(prefix="evaluation-check-"))
    try:
        request = RunRequest(
            DEFAULT_STUDY, delivery, work / "out", settings=settings, for_estimates=False
        )
        problem: EvaluationError | None = None
        try:
            run_until(request, console, assets=ASSETS)
        except (DeliveryError, QualityError) as error:
            problem = error
        read = _read_found(OutputLayout(request.out), settings, found)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return (read if problem is None else _note(read, problem)), problem


def _read_found(layout: OutputLayout, settings: RunSettings, found: CheckData) -> CheckData:
    tables = {name: layout.read_result(name) for name in _TABLES if name in TABLES}
    contract, errors = layout.read_problems()
    return replace(
        found,
        tables={name: table for name, table in tables.items() if table is not None},
        files=_read_files(layout, settings),
        contract_problems=contract,
        error_problems=errors,
    )


def _read_files(layout: OutputLayout, settings: RunSettings) -> pd.DataFrame:
    if not layout.warehouse_file.exists():
        return pd.DataFrame()
    with open_warehouse(layout.warehouse_file, readable=(), settings=settings) as connection:
        is_built = connection.execute(
            "select true from duckdb_tables() where table_name = 'stg_files'"
        ).fetchall()
        if not is_built:
            return pd.DataFrame()
        return connection.execute(
            'select table_name as "table", file, rows_delivered, rows_loaded, rows_quarantined'
            " from stg_files order by file_index"
        ).df()


def _note(found: CheckData, problem: EvaluationError) -> CheckData:
    """Put the problems of a refusal among those that were found."""
    is_contract = isinstance(problem, DeliveryError)
    if is_contract:
        return replace(found, contract_problems=(*found.contract_problems, *problem.problems))
    return replace(found, error_problems=(*found.error_problems, *problem.problems))


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            part = folder / f"{name}.part"
            part.write_text(text, encoding="utf-8")
            part.replace(folder / name)
    except OSError as error:
        raise EvaluationError(
            f"{folder}: cannot be written ({error.strerror}); choose another --out."
        ) from None


def _finish(found: CheckData, sentence: str, console: Console) -> None:
    """End with the verdict, as a line or as the last line of the error."""
    problems = [*found.contract_problems, *found.error_problems]
    if found.contract_problems:
        raise DeliveryError([*problems, sentence])
    if found.error_problems:
        raise QualityError([*problems, sentence])
    console.print(f"[bold]verdict: {sentence}[/bold]", soft_wrap=True)
