"""What `evaluation check` tells of a folder before anything in it is loaded."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evaluation.deliveries.headers import DeliveryHeaders, FileHeader, read_headers
from evaluation.deliveries.spec import SPEC_FILE, DeliverySpec
from evaluation.deliveries.suggest_text import Suggestion, write_suggestion
from evaluation.errors import DeliveryError


def suggest_delivery(folder: Path) -> None:
    """Write a first delivery.toml into a received folder, and print what it holds.

    Args:
        folder: What was received.

    Raises:
        StudyError: There is a delivery.toml already.
    """
    suggestion = write_suggestion(folder)
    console = _console()
    _print_entries(suggestion, console)
    for file in suggestion.unplaced:
        console.print(f"not placed: {file.name}: {file.reason}", markup=False)
    console.print(
        f"wrote {folder / SPEC_FILE} with {suggestion.todo_count} lines for a person to settle;"
        f" then: evaluation check {folder} --header-only",
        markup=False,
    )


def check_headers(delivery: Path, *, as_json: bool) -> None:
    """Print what the files of a delivery are by their headers.

    Args:
        delivery: Folder with delivery.toml.
        as_json: Print JSON and nothing else.

    Raises:
        DeliveryError: Something required is missing; all problems at once.
    """
    headers = read_headers(delivery, DeliverySpec.from_folder(delivery))
    if as_json:
        print(json.dumps(asdict(headers), ensure_ascii=False))
    else:
        _print_headers(headers, _console())
    if headers.problems:
        raise DeliveryError(headers.problems)


def _console() -> Console:
    # Piped output has no width of its own; tables must not be cut there.
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def _print_entries(suggestion: Suggestion, console: Console) -> None:
    table = _new_table("path", "files", "table", "family", "to settle")
    for entry in suggestion.entries:
        first = entry.files[0]
        counts = str(len(entry.files)), str(entry.todo_count or "")
        table.add_row(_plain(entry.path), counts[0], first.table, first.family or "", counts[1])
    console.print(table)


def _print_headers(headers: DeliveryHeaders, console: Console) -> None:
    table = _new_table("file", "kind", "table", "family", "columns", "read", "missing")
    for file in headers.files:
        known = sum(column.canonical is not None for column in file.columns)
        table.add_row(
            _plain(file.name),
            file.kind or "?",
            file.table,
            file.family or "",
            str(len(file.columns)),
            str(known),
            ", ".join(file.missing),
        )
    console.print(table)
    # Files alike are shown once: a delivery may have a file a year.
    shown: dict[tuple[object, ...], list[FileHeader]] = {}
    for file in headers.files:
        columns = tuple((c.name.lower(), c.canonical) for c in file.columns if c.canonical)
        shown.setdefault((file.table, file.family, columns), []).append(file)
    for files in shown.values():
        if any(column.canonical for column in files[0].columns):
            console.print(_describe_columns(files))
    for name, lost in headers.missing_tables.items():
        console.print(f"not delivered: {name}; without it {lost}", markup=False)


def _describe_columns(files: list[FileHeader]) -> Table:
    first, others = files[0], len(files) - 1
    title = _plain(first.name) + (f" and {others} like it" if others else "")
    table = _new_table("column", "type", "is", title=title)
    for column in first.columns:
        if column.canonical is not None:
            table.add_row(_plain(column.name), _plain(column.type), column.canonical)
    for canonical, value in first.values.items():
        table.add_row("", "every row", f"{canonical} = {value}")
    return table


def _new_table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table


def _plain(text: str) -> str:
    # Brackets in a delivered name are no markup.
    return text.replace("[", r"\[")
