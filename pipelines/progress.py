"""Progress of a run, from Dagster's events: a bar on a terminal, plain lines when piped."""

from time import perf_counter
from types import TracebackType
from typing import Self

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_DONE = {"STEP_SUCCESS", "STEP_FAILURE", "STEP_SKIPPED"}


class RunProgress:
    """Shows one run. Only names of steps and files ever appear, never data."""

    def __init__(self, console: Console, step_count: int, *, tells_warnings: bool = True) -> None:
        self._console = console
        self._tells_warnings = tells_warnings
        self._step_count = step_count
        self._done = self._tables = self._unchanged = 0
        self._started = perf_counter()
        self._bar = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=step_count)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def listen(self, entry: dg.EventLogEntry, _cursor: str = "") -> None:
        """Take one event of the run."""
        if entry.dagster_event is None:
            if entry.level >= _WARNING and self._tells_warnings:
                self._console.print(f"warning: {entry.user_message}", markup=False, soft_wrap=True)
            elif entry.step_key:
                # How far a long step is.
                name = f"{entry.step_key} {entry.user_message}"
                self._bar.update(self._task, description=name)
            return
        self._count_unchanged(entry.dagster_event)
        event, step = entry.dagster_event.event_type_value, entry.step_key or ""
        if event == "STEP_START":
            self._bar.update(self._task, description=step)
        elif event in _DONE:
            self._done += 1
            self._bar.update(self._task, advance=1)
            if not self._console.is_terminal:
                seconds = perf_counter() - self._started
                self._console.print(
                    f"[{self._done}/{self._step_count}] {seconds:5.1f} s  {step} {_WORDS[event]}",
                    markup=False,
                )

    def _count_unchanged(self, event: dg.DagsterEvent) -> None:
        if event.is_step_materialization:
            metadata = event.step_materialization_data.materialization.metadata
            if "unchanged" in metadata:
                self._tables += 1
                self._unchanged += bool(metadata["unchanged"].value)

    def tell_unchanged(self) -> None:
        """Say how much was left as it stood."""
        if self._unchanged:
            self._console.print(
                f"{self._unchanged} of {self._tables} tables were left as they stood: nothing had"
                " changed in what they are made from.",
                markup=False,
            )


_WARNING = 30
_WORDS = {"STEP_SUCCESS": "done", "STEP_FAILURE": "failed", "STEP_SKIPPED": "skipped"}
