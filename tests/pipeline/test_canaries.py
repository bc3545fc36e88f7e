"""No pseudonym or patient value leaves `restricted/`: not in a file, a log, a message, an event."""

import gzip
import logging
import os
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from canaries import IDENTITY_NUMBER, Traces, build_canary_delivery, nav, npr, show_event, ssb
from click.testing import CliRunner, Result
from exit_codes import FINISHED
from lean_study import LEAN_STUDY
from small_delivery import SmallDelivery

import pipelines.run
from evaluation.cli import main
from evaluation.errors import DeliveryError

_LOUD = {"loggers": {"console": {"config": {"log_level": "DEBUG"}}}}


class _Recorder(logging.Handler):
    def __init__(self, traces: Traces) -> None:
        super().__init__(logging.DEBUG)
        self._traces = traces

    def emit(self, record: logging.LogRecord) -> None:
        self._traces.add_record(record)


@dataclass
class Zone:
    """A machine of its own: the working, home and temporary folder of a run, and its traces.

    Attributes:
        root: Holds all of them.
        traces: What was gathered so far.
    """

    root: Path
    traces: Traces

    @property
    def out(self) -> Path:
        return self.root / "seen" / "out"

    def deliver(self, delivery: SmallDelivery) -> Path:
        return delivery.write(self.root / "delivery")

    def run(self, *arguments: object) -> Result:
        result = CliRunner().invoke(main, [str(a) for a in arguments])
        self.traces.add("stdout", result.stdout)
        self.traces.add("stderr", result.stderr)
        error = result.exception
        if error is not None and not isinstance(error, SystemExit):
            # Python would print it.
            self.traces.add("traceback", "".join(traceback.format_exception(error)))
        return result

    def run_study(self, *options: object) -> Result:
        folder = self.root / "delivery"
        return self.run(
            "run", LEAN_STUDY, "--delivery", folder, "--out", self.out, "--threads", 1, *options
        )


@pytest.fixture
def plain_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the charts out: the report is searched whole in the test of a run that succeeds."""
    monkeypatch.setattr("pipelines.report_assets.render_reports", lambda *_, **__: {"en": "<p>"})


@pytest.fixture
def zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Zone]:
    """Watch a run: every folder it may write to, every channel it may speak on, all at DEBUG."""
    seen = tmp_path / "seen"
    for name in ("work", "home", "temporary", "dagster"):
        (seen / name).mkdir(parents=True)
    traces = Traces([seen])
    monkeypatch.chdir(seen / "work")
    monkeypatch.setenv("HOME", str(seen / "home"))
    monkeypatch.setenv("TMPDIR", str(seen / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", str(seen / "temporary"))
    monkeypatch.setattr(pipelines.run, "_QUIET", _LOUD)
    real = dg.JobDefinition.execute_in_process

    def execute(self: dg.JobDefinition, **options: Any) -> Any:
        instance = options["instance"]
        try:
            return real(self, **options)
        finally:
            for entry in instance.all_logs(options["run_id"]):
                traces.add("events", show_event(entry))
            for record in instance.get_run_records():
                traces.add("runs", repr(record))

    monkeypatch.setattr(dg.JobDefinition, "execute_in_process", execute)
    recorder = _Recorder(traces)
    loggers = [logging.getLogger(), logging.getLogger("dagster"), logging.getLogger("py.warnings")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(recorder)
        logger.setLevel(logging.DEBUG)
    yield Zone(tmp_path, traces)
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(recorder)
        logger.setLevel(level)


def search(zone: Zone, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Search everything, what was written past Python's own streams included."""
    written = capfd.readouterr()
    zone.traces.add("file descriptor 1", written.out)
    zone.traces.add("file descriptor 2", written.err)
    return zone.traces.find()


def errors(result: Result) -> list[str]:
    return [line for line in result.stderr.splitlines() if line.startswith("error: ")]


# Success


def test_a_run_and_all_that_follows_it_leave_no_value_outside_the_restricted_folder(
    zone: Zone, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = zone.deliver(build_canary_delivery())
    result = zone.run_study()
    assert result.exit_code in FINISHED, result.stderr[-800:]
    assert "--out" not in result.stderr
    assert zone.run("check", folder, "--threads", "1", "--json").exit_code == 0

    assert search(zone, capfd) == []

    names = {path.name for path in zone.traces.files()}
    assert {"estimates.csv", "quality.parquet", "report.nb.html", "manifest.json"} <= names
    assert len(zone.traces.said["events"]) > 500, "Dagster's debug events are heard"
    assert any("STEP_START" in text for text in zone.traces.said["stderr"]), "its console is loud"
    held = b"".join(p.read_bytes() for p in (zone.out / "restricted").rglob("*") if p.is_file())
    assert b"CANARYNPR0001" in held, "the canaries were really there"


# Deliveries that are refused, quarantined or stop the run


def _bad_date(delivery: SmallDelivery) -> None:
    delivery.replace("contacts.csv", ";2012-03-01;", ";CANARYDATE;", row=1)


def _date_out_of_range(delivery: SmallDelivery) -> None:
    delivery.replace("persons.csv", "2018-11-23", "2018-11-2399")


def _unknown_codes(delivery: SmallDelivery) -> None:
    delivery.replace("contacts.csv", ";1;M545", ";CANARY free text;CANARYDIAGNOSIS")
    delivery.replace("contacts.csv", ";SOM;3;", ";CANARYSECTOR;CANARYLEVEL;", row=2)
    delivery.replace("benefits.csv", ";SP;", ";CANARYBENEFIT;", row=3)
    delivery.replace("education.csv", "401101", "CANARYNUS", row=3)
    delivery.replace("residence.csv", "0301", "CANARYPLACE", row=3)
    delivery.replace("persons.csv", ";1;19", ";CANARYSEX;19", row=1)


def _codes_in_a_few_rows(delivery: SmallDelivery) -> None:
    delivery.replace("measures.csv", "ARBTREN", "CANARYMEASURE", row=2)


def _duplicate_in_link(delivery: SmallDelivery) -> None:
    delivery.lines["link.csv"].append(f"{npr(0)};CANARYNAV9999;CANARYSSB9999")


def _duplicate_person(delivery: SmallDelivery) -> None:
    delivery.lines["persons.csv"].append(f"{ssb(0)};2;1944;")


def _duplicate_contact(delivery: SmallDelivery) -> None:
    delivery.lines["contacts.csv"].append(delivery.lines["contacts.csv"][1])


def _unlinkable(delivery: SmallDelivery) -> None:
    for person in range(20):
        delivery.replace("benefits.csv", nav(person), f"CANARYGONE{person}")


def _no_key(delivery: SmallDelivery) -> None:
    for person in range(9, 14):
        delivery.replace("contacts.csv", npr(person), "")
    delivery.replace("link.csv", nav(30), "")


def _identity_number(delivery: SmallDelivery) -> None:
    delivery.replace("link.csv", npr(3), IDENTITY_NUMBER)


def _identity_number_in_a_rejected_row(delivery: SmallDelivery) -> None:
    delivery.replace("link.csv", npr(3), f"{IDENTITY_NUMBER};{npr(3)}")


def _rejects(delivery: SmallDelivery) -> None:
    delivery.replace("contacts.csv", f"{npr(3)};", f"{npr(3)};CANARYEXTRA;", row=4)
    delivery.lines["benefits.csv"].insert(4, f"{nav(3)};SP")


def _open_quote(delivery: SmallDelivery) -> None:
    delivery.replace("contacts.csv", f"{npr(3)};", f'"{npr(3)};', row=4)


def _no_header(delivery: SmallDelivery) -> None:
    del delivery.lines["link.csv"][0]


def _header_in_one_line_with_a_row(delivery: SmallDelivery) -> None:
    first, second, *rest = delivery.lines["contacts.csv"]
    delivery.lines["contacts.csv"] = [first.replace(";sector", ";sektoren") + second, *rest]


def _carriage_returns_alone(delivery: SmallDelivery) -> None:
    header, *rows = delivery.lines["contacts.csv"]
    header = header.replace("omsorgsniva", "omsorg")
    delivery.lines["contacts.csv"] = ["\r".join([header, *rows])]


def _missing_column(delivery: SmallDelivery) -> None:
    delivery.replace("contacts.csv", "debitor", "betaler", row=0)


def _wrong_delimiter(delivery: SmallDelivery) -> None:
    delivery.spec += _entry("residence", "bosted.csv", 'delimiter = ","\n')
    delivery.lines["bosted.csv"] = delivery.lines["residence.csv"]
    del delivery.tables["residence.csv"]


def _end_before_start(delivery: SmallDelivery) -> None:
    for person in range(10):
        row = person + 1
        day = delivery.lines["benefits.csv"][row].split(";")[3]
        delivery.replace("benefits.csv", day, "2011-05-10", row=row)


def _no_rows(delivery: SmallDelivery) -> None:
    del delivery.lines["benefits.csv"][1:]


def _nobody_treated(delivery: SmallDelivery) -> None:
    delivery.replace("contacts.csv", ";20;", ";1;")


def _entry(table: str, path: str, more: str = "") -> str:
    return f'\n[[file]]\ntable = "{table}"\npath = "{path}"\n{more}'


def _all_that_staging_finds(delivery: SmallDelivery) -> None:
    _duplicate_person(delivery)
    _unlinkable(delivery)
    _no_key(delivery)
    _date_out_of_range(delivery)
    _unknown_codes(delivery)
    _codes_in_a_few_rows(delivery)
    _rejects(delivery)


DELIVERIES: dict[Callable[[SmallDelivery], None], tuple[int, str]] = {
    _all_that_staging_finds: (3, "invalid date"),
    _bad_date: (4, "invalid date"),
    _date_out_of_range: (4, "invalid date"),
    _unknown_codes: (4, "unknown code"),
    _codes_in_a_few_rows: (5, "withheld every estimate"),
    _duplicate_in_link: (3, "one row per person"),
    _duplicate_person: (3, "persons.csv"),
    _duplicate_contact: (5, "withheld every estimate"),
    _unlinkable: (4, "not linked"),
    _no_key: (4, ""),
    _identity_number: (3, "national identity number"),
    _identity_number_in_a_rejected_row: (3, "national identity number"),
    _rejects: (4, ""),
    _open_quote: (3, ""),
    _no_header: (3, "first line must"),
    _header_in_one_line_with_a_row: (3, "is missing"),
    _carriage_returns_alone: (3, "carriage returns alone"),
    _missing_column: (3, "is missing"),
    _wrong_delimiter: (3, "delimiter"),
    _end_before_start: (4, "end before start"),
    _no_rows: (3, "no rows at all"),
    _nobody_treated: (1, "no estimate"),
}


def _cases(table: dict[Any, Any], fast: Callable[[Any, Any], bool]) -> list[Any]:
    return [
        pytest.param(case, id=case.__name__, marks=[] if fast(case, want) else [pytest.mark.slow])
        for case, want in table.items()
    ]


# The contract is checked first, in a second; a run that comes to the quality checks takes longer.
@pytest.mark.parametrize(
    "spoil", _cases(DELIVERIES, lambda case, want: want[0] == 3 and case is not _duplicate_person)
)
@pytest.mark.usefixtures("plain_report")
def test_a_bad_delivery_is_told_without_its_values(
    spoil: Callable[[SmallDelivery], None], zone: Zone, capfd: pytest.CaptureFixture[str]
) -> None:
    exit_code, words = DELIVERIES[spoil]
    delivery = build_canary_delivery()
    spoil(delivery)
    zone.deliver(delivery)
    result = zone.run_study()
    assert search(zone, capfd) == []
    assert result.exit_code == exit_code, result.stderr[-800:]
    assert not words or any(words in line for line in errors(result)), errors(result)


def _cut_gzip(folder: Path) -> None:
    data = gzip.compress((folder / "residence.csv").read_bytes())
    (folder / "residence.csv").unlink()
    (folder / "residence.csv.gz").write_bytes(data[: len(data) // 2])


def _stored_gzip(folder: Path) -> None:
    # Not compressed inside, so that the values stand readable in a file that is cut.
    data = gzip.compress((folder / "residence.csv").read_bytes(), compresslevel=0)
    (folder / "residence.csv").unlink()
    (folder / "residence.csv.gz").write_bytes(data[:-12])


def _no_encoding(folder: Path) -> None:
    data = (folder / "residence.csv").read_bytes()
    (folder / "residence.csv").write_bytes(data.replace(b"0301", b"\x81\x8d"))


def _nul_bytes(folder: Path) -> None:
    data = (folder / "residence.csv").read_bytes()
    (folder / "residence.csv").write_bytes(data.replace(b";2011;", b";20\x0011;"))


def _utf16(folder: Path) -> None:
    text = (folder / "residence.csv").read_text()
    (folder / "residence.csv").write_bytes(text.encode("utf-16"))


def _as_parquet(folder: Path) -> Path:
    options = pa_csv.ParseOptions(delimiter=";")
    table = pa_csv.read_csv(folder / "residence.csv", parse_options=options)
    (folder / "residence.csv").unlink()
    nested = pa.array([{"text": "CANARYNESTED"}] * table.num_rows)
    path = folder / "residence.parquet"
    pq.write_table(table.append_column("note", nested), path, compression="none")
    return path


def _nested_parquet(folder: Path) -> None:
    _as_parquet(folder)


def _cut_parquet(folder: Path) -> None:
    path = _as_parquet(folder)
    path.write_bytes(path.read_bytes()[:-20])


FILES: dict[Callable[[Path], None], tuple[int, str]] = {
    _cut_gzip: (3, "not a readable gzip file"),
    _stored_gzip: (3, "not a readable gzip file"),
    _no_encoding: (3, "unreadable encoding"),
    _nul_bytes: (4, ""),
    _utf16: (3, ""),
    _nested_parquet: (5, "withheld every estimate"),
    _cut_parquet: (3, "not a readable Parquet file"),
}


@pytest.mark.parametrize("spoil", _cases(FILES, lambda _, want: want[0] == 3))
@pytest.mark.usefixtures("plain_report")
def test_a_broken_file_is_told_without_its_values(
    spoil: Callable[[Path], None], zone: Zone, capfd: pytest.CaptureFixture[str]
) -> None:
    exit_code, words = FILES[spoil]
    folder = zone.deliver(build_canary_delivery())
    toml = folder / "delivery.toml"
    toml.write_text(toml.read_text().replace('"residence.csv"', '"residence.*"'))
    spoil(folder)
    result = zone.run_study()
    assert search(zone, capfd) == []
    assert result.exit_code == exit_code, result.stderr[-800:]
    assert not words or any(words in line for line in errors(result)), errors(result)


# Failures of the program itself


Failure = Callable[[pytest.MonkeyPatch], None]


def _sql(monkeypatch: pytest.MonkeyPatch, table: str, wrong: str) -> None:
    import pipelines.sql_assets as assets

    real = assets.build_model

    def build(connection: Any, model: Any, params: Any) -> Any:
        if model.name == table:
            model = replace(model, sql=f"select *, {wrong} as wrong from ({model.sql})")
        return real(connection, model, params)

    monkeypatch.setattr(assets, "build_model", build)


def _failed_cast(monkeypatch: pytest.MonkeyPatch) -> None:
    _sql(monkeypatch, "stg_npr__contacts", "cast(npr_id as integer)")


def _error_in_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    _sql(monkeypatch, "stg_npr__contacts", "error('wrong: ' || npr_id)")


def _unknown_column(monkeypatch: pytest.MonkeyPatch) -> None:
    _sql(monkeypatch, "core_contacts", "nonsense")


def _raise(monkeypatch: pytest.MonkeyPatch, where: str, error: BaseException) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        try:
            raise LookupError(f"no {npr(1)}")
        except LookupError:
            raise error  # noqa: B904

    monkeypatch.setattr(where, fail)


def _out_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise duckdb.OutOfMemoryException(f"no room for {npr(1)}")

    monkeypatch.setattr("pipelines.delivery_assets.load_files", fail)


def _error_of_duckdb_in_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    error = duckdb.ConversionException(f"could not convert {npr(1)}")
    _raise(monkeypatch, "pipelines.check_assets.check_quality", error)


def _error_while_planning(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.delivery_assets.plan_files", ValueError(npr(1)))


def _error_while_scanning(monkeypatch: pytest.MonkeyPatch) -> None:
    where = "pipelines.delivery_assets.refuse_identity_numbers"
    _raise(monkeypatch, where, UnicodeDecodeError("utf-8", npr(1).encode(), 0, 1, npr(1)))


def _error_while_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.estimation_assets.read_table", KeyError(npr(1)))


def _crash_in_estimation(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(units: Any, **_options: object) -> None:
        units.set_index("person_id").loc[[npr(1)]]

    monkeypatch.setattr("pipelines.estimation_assets.build_estimates", fail)


def _error_in_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.report_assets.render_reports", TypeError(npr(1)))


def _error_while_publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "evaluation.outputs.OutputLayout.publish", OSError(28, "full", npr(1)))


def _error_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.run.build_definitions", RuntimeError(npr(1)))


def _error_while_printing(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "evaluation.commands._print_estimates", RuntimeError(npr(1)))


def _memory_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.estimator_assets.build_event_study", MemoryError(npr(1)))


def _too_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.estimation_assets.build_balance", RecursionError(npr(1)))


def _stopped_in_estimation(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.estimation_assets.build_estimates", KeyboardInterrupt())


def _stopped_while_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.delivery_assets.load_files", KeyboardInterrupt())


def _exit_within(monkeypatch: pytest.MonkeyPatch) -> None:
    _raise(monkeypatch, "pipelines.estimation_assets.build_estimates", SystemExit(npr(1)))


FAILURES: dict[Failure, str] = {
    _failed_cast: "stg_npr__contacts could not be built: ConversionException",
    _error_in_sql: "stg_npr__contacts could not be built: InvalidInputException",
    _unknown_column: "core_contacts could not be built: BinderException",
    _out_of_memory: "",
    _error_of_duckdb_in_a_check: "unexpected ConversionException",
    _error_while_planning: "unexpected ValueError",
    _error_while_scanning: "unexpected UnicodeDecodeError",
    _error_while_reading: "unexpected KeyError",
    _crash_in_estimation: "unexpected KeyError",
    _error_in_the_report: "unexpected TypeError",
    _error_while_publishing: "unexpected OSError",
    _error_before_the_run: "unexpected RuntimeError",
    _error_while_printing: "unexpected RuntimeError",
    _memory_of_python: "unexpected MemoryError",
    _too_deep: "unexpected RecursionError",
    _stopped_in_estimation: "stopped. Run again to go on",
    _stopped_while_loading: "stopped. Run again to go on",
    _exit_within: "unexpected SystemExit",
}


FAST = {
    _failed_cast,
    _out_of_memory,
    _error_while_planning,
    _error_while_scanning,
    _error_before_the_run,
    _crash_in_estimation,
    _stopped_while_loading,
}


@pytest.mark.parametrize("fail", _cases(FAILURES, lambda fail, _: fail in FAST))
@pytest.mark.usefixtures("plain_report")
def test_a_failure_of_the_program_is_told_without_values(
    fail: Failure,
    zone: Zone,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zone.deliver(build_canary_delivery())
    fail(monkeypatch)
    result = zone.run_study()
    assert search(zone, capfd) == []
    assert result.exit_code == 1, result.stderr[-800:]
    assert any(FAILURES[fail] in line for line in result.stderr.splitlines())
    assert "Traceback" not in result.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("plain_report")
def test_a_warning_of_a_library_is_not_shown(
    zone: Zone, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import pipelines.estimation_assets as assets

    real = assets.build_balance

    def warn(*arguments: Any, **options: Any) -> Any:
        warnings.warn(f"mixed types in {npr(1)}", UserWarning, stacklevel=1)
        return real(*arguments, **options)

    monkeypatch.setattr(assets, "build_balance", warn)
    zone.deliver(build_canary_delivery())
    assert zone.run_study().exit_code in FINISHED
    assert search(zone, capfd) == []


# The search can fail


def _leak_in_a_message(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.errors.describe_unexpected", str)
    monkeypatch.setattr("pipelines.withholding.describe_unexpected", str)
    _error_while_planning(monkeypatch)


def _leak_in_an_event(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    import pipelines.delivery_assets as assets

    monkeypatch.setattr(assets, "describe", lambda _built: {"first": npr(1)})
    _failed_cast(monkeypatch)


def _leak_in_an_error_event(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import withholding

    monkeypatch.setattr(withholding, "EvaluationError", LookupError)
    monkeypatch.setattr(withholding, "describe_unexpected", lambda error: f"at {error}")
    _error_while_planning(monkeypatch)


def _while_planning(monkeypatch: pytest.MonkeyPatch, leak: Callable[[], object]) -> None:
    def plan(*_arguments: object) -> None:
        leak()
        raise DeliveryError("the run may end here")

    monkeypatch.setattr("pipelines.delivery_assets.plan_files", plan)


def _leak_in_a_log(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    _while_planning(monkeypatch, lambda: logging.getLogger("a.library").debug("at %s", npr(1)))


def _leak_past_python(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    _while_planning(monkeypatch, lambda: os.write(2, npr(1).encode()))


def _leak_in_a_result(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"note": [f"{i}: {npr(1)}" for i in range(1000)]})
    _while_planning(monkeypatch, lambda: pq.write_table(table, zone.root / "seen" / "a.parquet"))


def _leak_in_the_temporary_folder(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    data = gzip.compress("d".join([nav(1), ssb(1)]).encode())
    _while_planning(monkeypatch, lambda: Path(tempfile.mkdtemp(), "a.gz").write_bytes(data))


def _leak_in_a_name(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    _while_planning(monkeypatch, lambda: Path(f"{npr(1)}.log").touch())


LEAKS = {
    _leak_in_a_message: "stderr",
    _leak_in_an_event: "events",
    _leak_in_an_error_event: "events",
    _leak_in_a_log: "log",
    _leak_past_python: "file descriptor 2",
    _leak_in_a_result: "a.parquet",
    _leak_in_the_temporary_folder: "a.gz",
    _leak_in_a_name: ".log",
}


@pytest.mark.usefixtures("plain_report")
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_planted_leak_is_found(
    leak: Callable[[Zone, pytest.MonkeyPatch], None],
    zone: Zone,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zone.deliver(build_canary_delivery())
    leak(zone, monkeypatch)
    zone.run_study()
    found = search(zone, capfd)
    assert any(LEAKS[leak] in place for place in found), found
