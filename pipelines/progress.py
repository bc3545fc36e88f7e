"""Progress of a run, from Dagster's events: a bar on a terminal, plain lines when piped."""

from types import TracebackType
from typing import Self

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_DONE = {"STEP_SUCCESS", "STEP_FAILURE", "STEP_SKIPPED"}


class RunProgress:
    """Shows one run. Only names of steps and files ever appear, never data."""

    def __init__(self, console: Console, step_count: int) -> None:
        self._console = console
        self._step_count = step_count
        self._done = 0
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
            if entry.level >= _WARNING:
                self._console.print(f"warning: {entry.user_message}", markup=False, soft_wrap=True)
            return
        event, step = entry.dagster_event.event_type_value, entry.step_key or ""
        if event == "STEP_START":
            self._bar.update(self._task, description=step)
        elif event in _DONE:
            self._done += 1
            self._bar.update(self._task, advance=1)
            if not self._console.is_terminal:
                self._console.print(
                    f"[{self._done}/{self._step_count}] {step} {_WORDS[event]}", markup=False
                )


_WARNING = 30
_WORDS = {"STEP_SUCCESS": "done", "STEP_FAILURE": "failed", "STEP_SKIPPED": "skipped"}
