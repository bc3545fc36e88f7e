"""Run the graph from a command: the very assets that the Dagster UI shows."""

import os
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Telemetry must be off before Dagster is imported.
os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from rich.console import Console

from evaluation.errors import (
    DeliveryError,
    EvaluationError,
    QualityError,
    StudyError,
    describe_unexpected,
)
from evaluation.outputs import OutputLayout
from evaluation.quality import check_thresholds
from evaluation.study import StudyDefinition
from evaluation.warehouse.connection import RunSettings
from pipelines.check_assets import CHECKS
from pipelines.definitions import build_definitions
from pipelines.progress import RunProgress
from pipelines.resources import DeliveryFolder, OutputFolder, StudyFile

_TWICE = (
    "Two rows have the same key, so something would be counted twice. Look for duplicates in the"
    " delivery; if there are none, please report this as a fault of the program."
)
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run on what.

    Attributes:
        study: The protocol's file.
        delivery: The delivery folder; None when no asset of the selection reads it.
        out: OUT.
        truth: Folder with the planted truth, for synthetic registers.
        settings: Threads and memory.
        for_estimates: False for a check, which takes what a run refuses.
    """

    study: Path
    delivery: Path | None
    out: Path
    truth: Path | None = None
    settings: RunSettings = field(default_factory=RunSettings)
    for_estimates: bool = True


def run_everything(request: RunRequest, console: Console) -> None:
    """Run the whole graph, and put the results in place when all of it succeeded.

    Args:
        request: What to run on what.
        console: Where progress is shown.

    Raises:
        EvaluationError: With all that is wrong; previous results stand untouched.
    """
    # Before hours are spent on the delivery.
    study = StudyDefinition.from_toml(request.study)
    check_thresholds(study.quality.thresholds, CHECKS)
    _refuse_overlap(request)
    layout = OutputLayout(request.out)
    is_new = not request.out.exists()
    try:
        with layout.hold():
            layout.begin(from_published=False)
            _materialize(request, console, selection=None)
    except (StudyError, DeliveryError):
        if is_new:
            layout.discard()
        raise


def _refuse_overlap(request: RunRequest) -> None:
    if request.delivery is None:
        return
    out, delivery = request.out.resolve(), request.delivery.resolve()
    if out == delivery or out in delivery.parents or delivery in out.parents:
        raise StudyError(
            f"--out {request.out} and the delivery {request.delivery} lie in each other; a"
            " delivery is never written to. Choose another --out."
        )


def run_until(request: RunRequest, console: Console, *, assets: Sequence[str]) -> None:
    """Run the graph up to some assets; nothing is published.

    Args:
        request: What to run on what.
        console: Where progress is shown.
        assets: Their names; what they need is run too.

    Raises:
        EvaluationError: With all that is wrong.
    """
    layout = OutputLayout(request.out)
    with layout.hold():
        layout.begin(from_published=False)
        _materialize(request, console, selection=assets, with_upstream=True)


def run_parts(request: RunRequest, console: Console, *, assets: Sequence[str]) -> None:
    """Make some assets anew from what is already there, beside the other published results.

    Args:
        request: What to run on what.
        console: Where progress is shown.
        assets: Their names, "published" last.

    Raises:
        EvaluationError: With all that is wrong.
    """
    layout = OutputLayout(request.out)
    with layout.hold():
        layout.begin(from_published=True)
        _materialize(request, console, selection=assets)


def _materialize(
    request: RunRequest,
    console: Console,
    *,
    selection: Sequence[str] | None,
    with_upstream: bool = False,
) -> None:
    definitions = build_definitions(
        StudyFile(path=str(request.study)),
        DeliveryFolder(
            path=str(request.delivery or ""),
            truth=str(request.truth or ""),
            for_estimates=request.for_estimates,
        ),
        OutputFolder(
            path=str(request.out),
            threads=request.settings.threads,
            memory=request.settings.memory,
        ),
    )
    keys = _select(definitions, selection, with_upstream=with_upstream)
    job = definitions.resolve_implicit_global_asset_job_def()
    run_id = str(uuid.uuid4())
    with (
        dg.DagsterInstance.ephemeral() as instance,
        # A check tells its warnings in its summary, with what they mean.
        RunProgress(
            console, _count_steps(definitions, keys), tells_warnings=request.for_estimates
        ) as progress,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # Dagster warns of its own previews
        instance.add_event_listener(run_id, progress.listen)
        try:
            job.execute_in_process(
                instance=instance, run_id=run_id, asset_selection=keys, run_config=_QUIET
            )
            progress.tell_unchanged()
        except DagsterAssetCheckFailedError as error:
            raise QualityError(f"{error} {_TWICE}") from None
        except dg.DagsterError as error:
            raise _cause(error) from None


def _select(
    definitions: dg.Definitions, names: Sequence[str] | None, *, with_upstream: bool
) -> list[dg.AssetKey]:
    chosen = dg.AssetSelection.all() if names is None else dg.AssetSelection.assets(*names)
    if with_upstream:
        chosen = chosen.upstream()
    return sorted(chosen.resolve(definitions.resolve_asset_graph()))


def _count_steps(definitions: dg.Definitions, keys: Sequence[dg.AssetKey]) -> int:
    graph = definitions.resolve_asset_graph()
    return len({graph.get(key).assets_def.node_def.name for key in keys})


def _cause(error: BaseException) -> EvaluationError:
    """Find our own error under Dagster's wrapping; another one is told without its values."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, EvaluationError):
            return cause
        cause = cause.__cause__
    return EvaluationError(describe_unexpected(error.__cause__ or error))
