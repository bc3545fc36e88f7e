"""What the command `synth` does: make registers, and tell how fast and how much is left."""

import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from evaluation.errors import StudyError
from synthetic_data.generate import write_delivery
from synthetic_data.parts import Format

_LINE_EVERY_SHARE = 0.1
"""When piped, a line is printed each time so much more is done."""


def synthesize(
    scenario: str,
    persons: int,
    seed: int,
    out: Path,
    *,
    file_format: Format = "csv",
    workers: int | None = None,
) -> None:
    """Write a delivery of synthetic registers, with progress.

    Args:
        scenario: Which truth to plant.
        persons: Size of the population.
        seed: Any whole number from 0.
        out: The delivery folder to make.
        file_format: Of the register files.
        workers: Processes; all cores when left out.

    Raises:
        StudyError: The request cannot be met; nothing was written.
    """
    console = Console(highlight=False)
    with _SynthProgress(console, persons) as progress:
        try:
            write_delivery(
                scenario=scenario,
                persons=persons,
                seed=seed,
                out=out,
                progress=progress.show,
                file_format=file_format,
                workers=workers,
            )
        except (ValueError, FileExistsError) as error:
            raise StudyError(str(error)) from None
    console.print(f"synthetic delivery: {out}", markup=False, soft_wrap=True)


class _SynthProgress:
    """A bar on a terminal, plain lines when piped."""

    def __init__(self, console: Console, persons: int) -> None:
        self._console, self._persons = console, persons
        self._started = time.perf_counter()
        self._told = 0.0
        self._task = TaskID(0)
        self._bar = Progress(
            TextColumn("persons"),
            BarColumn(),
            TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(),
            console=console,
        )

    def __enter__(self) -> "_SynthProgress":
        if self._console.is_terminal:
            self._task = self._bar.add_task("", total=self._persons, text="")
            self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def show(self, done: int, of: int) -> None:
        """Tell how many persons are done, how many a second, and how long the rest takes."""
        text = describe_progress(done, of, time.perf_counter() - self._started)
        if self._console.is_terminal:
            self._bar.update(self._task, completed=done, text=text)
        elif done == of or done / of >= self._told + _LINE_EVERY_SHARE:
            self._told = done / of
            self._console.print(f"[{done / of:4.0%}] {text}", markup=False)


def describe_progress(done: int, of: int, seconds: float) -> str:
    """Say in words how far a number of persons is.

    Args:
        done: Persons done, above 0.
        of: Persons in all.
        seconds: Time used.
    """
    rate = done / max(seconds, 1e-9)
    left = f"{(of - done) / rate:.0f} s left" if done < of else f"{seconds:.0f} s"
    return f"{done:,} of {of:,} persons, {rate:,.0f} a second, {left}"
