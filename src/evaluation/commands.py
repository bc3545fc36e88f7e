"""What the commands do: start a run, then print its tables for people. No arithmetic."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from evaluation.errors import EvaluationError, GateError, NotIdentifiedError, StudyError
from evaluation.gate.verdict import all_withheld
from evaluation.report.planted_paths import PICTURE_FILE as PLANTED_PATHS
from evaluation.study import StudyDefinition
from evaluation.study_inference import HEADLINE
from evaluation.truth import TRUTH_FILES, refuse_other_question, refuse_other_registers
from evaluation.verify_event_time import summarise_coverage
from evaluation.warehouse.connection import RunSettings
from pipelines.resources import DEFAULT_STUDY
from pipelines.run import RunRequest, run_everything, run_parts

_FINDINGS = ("sector", "outcome", "att", "ci_low", "ci_high", "n_treated", "n_control")
_CHANGES = ("treated_change", "control_change")
# Of what the gate withholds, these would give the effect.
_EFFECT = (*_CHANGES, "att", "ci_low", "ci_high")


def _console() -> Console:
    # Piped output has no width of its own; tables must not be cut there.
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def run_study(study: Path, delivery: Path, out: Path, settings: RunSettings) -> None:
    """Run a study, and print its estimates."""
    console = _console()
    run_everything(RunRequest(study, delivery, out, settings=settings), console)
    _print_estimates(out, console)
    _print_gate(out, console)
    _print_reports(out, console)
    _refuse_no_estimates(out)
    _refuse_withheld(out)


def _refuse_no_estimates(out: Path) -> None:
    """Results without an estimate are published, for who left is told there; yet not a success."""
    if _results(out, "estimates").empty:
        path = out / "results" / "estimates_notes.json"
        notes = json.loads(path.read_text(encoding="utf-8"))
        # Who left is the reason only where nobody is left.
        is_anybody_matched = _results(out, "matched_share")["n_matched"].fillna(0).gt(0).any()
        told = (
            f"the data on the matched persons determine none; {path} tells why, by sector and"
            " outcome."
            if is_anybody_matched
            else f"{out / 'results' / 'attrition.csv'} tells at which step persons left."
        )
        raise NotIdentifiedError([f"no estimate could be made; {told}", *notes[:3]])


def _refuse_withheld(out: Path) -> None:
    """Results of which the gate withheld all are published with the reasons; yet not a success."""
    outcomes = StudyDefinition.from_toml(_study_of(out)).outcomes.primary
    if all_withheld(_results(out, "estimates"), outcomes):
        raise GateError(
            f"the gate withheld every estimate of {', '.join(outcomes)}; none is a finding."
            f" {out / 'results' / 'diagnostics.csv'} and the section on the gate in the report tell"
            " which diagnostic failed where. The results are written; the thresholds stand in the"
            " study file under [gate]."
        )


def verify_results(out: Path, truth: Path, settings: RunSettings) -> None:
    """Compare the estimates in OUT with the truth, and print them side by side."""
    console = _console()
    missing = [name for name in TRUTH_FILES if not (truth / name).is_file()]
    if missing:
        raise StudyError(
            f"{truth}: no {' or '.join(missing)} there. Give the truth folder of a synthetic"
            " delivery, such as demo/delivery/truth."
        )
    study = _study_of(out)
    refuse_other_registers(truth, out)
    refuse_other_question(truth, StudyDefinition.from_toml(study))
    request = RunRequest(study, None, out, truth=truth, settings=settings)
    run_parts(request, console, assets=["verify", "verify_event_time", "report", "published"])
    _print_truth(out, console)
    _print_reports(out, console)


def make_reports(out: Path, languages: Sequence[str]) -> None:
    """Make the reports again from the results in OUT, and name those asked for."""
    console = _console()
    run_parts(RunRequest(_study_of(out), None, out), console, assets=["report", "published"])
    _print_reports(out, console, languages)


def run_demo(folder: Path, synthesize: Callable[[Path], None], settings: RunSettings) -> None:
    """Make a delivery, run the default study on it, and print estimates beside the truth."""
    console = _console()
    delivery, out = folder / "delivery", folder / "out"
    _clear(delivery, mark="truth")
    _clear(out, mark="restricted")
    synthesize(delivery)
    request = RunRequest(DEFAULT_STUDY, delivery, out, delivery / "truth", settings)
    run_everything(request, console)
    _print_truth(out, console)
    _print_matched_share(out, console)
    _print_gate(out, console)
    _print_reports(out, console)
    _refuse_withheld(out)


def _clear(folder: Path, *, mark: str) -> None:
    """Remove what an earlier demo made; anything else is left, and told."""
    if folder.exists() and any(folder.iterdir()) and not (folder / mark).is_dir():
        raise StudyError(
            f"{folder} holds something that is not from an earlier demo (no folder {mark}); move"
            " it away, or choose another --folder."
        )
    shutil.rmtree(folder, ignore_errors=True)


def _study_of(out: Path) -> Path:
    study = out / "study.toml"
    if not study.is_file():
        raise StudyError(
            f"{out}: no finished results there (no study.toml); run `evaluation run` first."
        )
    return study


def _results(out: Path, name: str) -> pd.DataFrame:
    path = out / "results" / f"{name}.parquet"
    if not path.is_file():
        raise EvaluationError(f"{path} is missing; run `evaluation run` first.")
    return pd.read_parquet(path)


def _print_estimates(out: Path, console: Console) -> None:
    table = _results(out, "estimates")
    # What stands beside the headline is for the report.
    table = table[table["estimator"].eq(HEADLINE) & table["subgroup"].eq("all")]
    units = " and ".join(table["unit"].unique())
    title = f"Effects in {units}" if units else "Effects"
    is_withheld = table["gate"].eq("fail")
    shown = {name: table[name].astype("Float64").mask(is_withheld) for name in _EFFECT}
    columns = [*_FINDINGS[:2], *_CHANGES, *_FINDINGS[2:], "gate"]
    _print(table.assign(**shown), columns, console, title=title)


def _print_truth(out: Path, console: Console) -> None:
    table = _results(out, "verify")
    columns = ["sector", "outcome", "true_att", "att", "ci_low", "ci_high", "covered", "n_treated"]
    _print(table, columns, console, title="Planted truth and estimates, in days")
    periods = summarise_coverage(_results(out, "verify_event_time"))
    _print(
        periods,
        periods.columns.tolist(),
        console,
        title="Periods of the event study with the truth in",
    )
    picture = out / PLANTED_PATHS
    if picture.is_file():
        console.print(f"picture: {picture}", markup=False)


def _print_matched_share(out: Path, console: Console) -> None:
    table = _results(out, "matched_share")
    _print(table, ["sector", "n_persons", "n_matched", "matched_share"], console)


def _print_gate(out: Path, console: Console) -> None:
    table = _results(out, "diagnostics")
    failed = table[table["status"].eq("fail")]
    if not table["status"].isin(["pass", "fail"]).any():
        console.print("gate: no diagnostic was run", markup=False)
    elif failed.empty:
        console.print("gate: no diagnostic failed", markup=False)
    else:
        columns = ["sector", "outcome", "diagnostic", "value", "threshold", "unit"]
        _print(failed, columns, console, title="Gate: diagnostics that failed; withheld there")


def _print_reports(out: Path, console: Console, languages: Sequence[str] = ("nb", "en")) -> None:
    for language in languages:
        console.print(f"report: {out / 'report' / f'report.{language}.html'}", markup=False)


def _print(
    frame: pd.DataFrame, columns: Sequence[str], console: Console, title: str | None = None
) -> None:
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        justify = "right" if pd.api.types.is_numeric_dtype(frame[column]) else "left"
        table.add_column(column, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for row in frame[list(columns)].itertuples(index=False):
        table.add_row(*(_show(value) for value in row))
    console.print(table)


def _show(value: object) -> str:
    if value is pd.NA or value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
