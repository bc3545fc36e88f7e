"""The summary of a check in the terminal: what was delivered, lost, broken, linked; a verdict."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evaluation.check_report.facts import (
    Facts,
    find_broken,
    list_attention,
    list_places,
    list_unknown_codes,
    sum_files,
)
from evaluation.check_report.words import (
    QUARANTINE_NOTE,
    SECTORS,
    UNLIKE,
    VERDICTS,
    describe_attention,
    describe_place,
    describe_share,
    is_cell,
    name_check,
    show_count,
    show_percent,
    show_points,
    write_sentence,
)
from evaluation.quality.judge import MOST_PLACES

_MOST_PLACES = 3
_MOST_SHORT = 8


def print_summary(facts: Facts, console: Console) -> None:
    """Print what a check found, the gravest first, without its verdict.

    Args:
        facts: From build_facts.
        console: Where to print.
    """
    _print_delivery(facts, console)
    _print_lost(facts, console)
    for severities, title in (
        (("contract", "error"), "Stops a run"),
        (("warning",), "Warnings"),
    ):
        _print_checks(facts, console, severities, title)
    _print_unknown(facts, console)
    _print_linkage(facts, console)


def _print_unknown(facts: Facts, console: Console) -> None:
    codes = list_unknown_codes(facts)
    if codes:
        _heading(console, "Codes that no code list knows")
        for column in dict.fromkeys(code["column"] for code in codes):
            same = [code for code in codes if code["column"] == column]
            _line(console, f"  {_join(same, _MOST_SHORT)}")


def _heading(console: Console, text: str) -> None:
    console.print(f"\n[bold]{escape(text)}[/bold]")


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _print_delivery(facts: Facts, console: Console) -> None:
    delivery = facts["delivery"]
    if delivery is not None:
        _heading(console, f"Delivery {delivery['id']} ({delivery['kind']})")
        dates = f"{delivery['first_date']} to {delivery['last_date']}"
        _line(console, f"  {dates}, benefits by {delivery['benefit_resolution']}")
    if not facts["files"]:
        return
    rows = [
        [total["table"], *(show_count(total[name]) for name in ("n_files", *_ROWS))]
        for total in sum_files(facts)
    ]
    _print_table(console, ["table", "files", "delivered", "loaded", "quarantined"], rows)
    if any(file["rows_quarantined"] for file in facts["files"]):
        _line(console, f"  {QUARANTINE_NOTE}")


_ROWS = ("rows_delivered", "rows_loaded", "rows_quarantined")


def _print_lost(facts: Facts, console: Console) -> None:
    if not facts["lost"]:
        return
    _heading(console, "Not delivered, and what is lost for it")
    for entry in facts["lost"]:
        mark = " (a run needs it)" if entry["stops_run"] else ""
        _line(console, f"  {entry['subject']}{mark}: {entry['text']}.")


def _print_checks(facts: Facts, console: Console, severities: tuple[str, ...], title: str) -> None:
    broken = find_broken(facts, *severities)
    unlike = list_attention(facts) if "warning" in severities else []
    if not broken and not unlike:
        return
    _heading(console, f"{title} ({len(broken) + len(unlike)})")
    for row in unlike:
        _line(console, f"  {describe_attention(row)}")
        for label, text in UNLIKE.items():
            _line(console, f"    {label}: {write_sentence(text)}")
    for row in broken:
        _print_check(facts, console, row)


def _print_check(facts: Facts, console: Console, row: dict[str, Any]) -> None:
    places = list_places(facts, row["check_id"])
    _line(console, f"  {name_check(row['check_id'])}: {describe_share(row, places)}")
    if row["status"] == "error":
        return
    for label, column in (("means", "means"), ("to do", "what_to_do")):
        if row.get(column):
            _line(console, f"    {label}: {write_sentence(row[column])}")
    # Names of cells and codes are short; files have a line each.
    short = [place for place in places if is_cell(place)]
    if short:
        _line(console, f"    {_join(short, _MOST_SHORT)}")
    files = [place for place in places if place["first_row"] is not None]
    for place in files[:_MOST_PLACES]:
        _line(console, f"    {describe_place(place)}")
    if len(files) > _MOST_PLACES:
        # The table of places ends somewhere.
        least = "at least " if len(places) >= MOST_PLACES else ""
        number = f"{least}{len(files) - _MOST_PLACES}"
        _line(console, f"    and {number} more files; see check.html")


def _join(places: list[dict[str, Any]], most: int) -> str:
    text = ", ".join(map(describe_place, places[:most]))
    least = "at least " if len(places) >= MOST_PLACES else ""
    return f"{text} and {least}{len(places) - most} more" if len(places) > most else text


def _print_linkage(facts: Facts, console: Console) -> None:
    linkage = facts["linkage"]
    _heading(console, "Linkage")
    if not linkage["is_judged"]:
        _line(console, f"  Not judged: {linkage['reason']}.")
    rows = [
        [row["register"], *(show_count(row[f"n_{part}"]) for part in _COUNTS)]
        for row in linkage["registers"]
    ]
    if rows:
        _print_table(console, ["register", *_COUNTS], rows)
    for row in linkage["violations"]:
        if row["n_keys_repeated"]:
            number = show_count(row["n_keys_repeated"])
            _line(console, f"  {number} keys of {row['key_space']} are in several link rows")
    if linkage["difference"]:
        columns = ["unlinked", "treated", "comparators", "points", "95 % interval", ""]
        _print_table(console, columns, [_difference(row) for row in linkage["difference"]])


_COUNTS = ("persons", "linked", "unlinked")


def _difference(row: dict[str, Any]) -> list[str]:
    limits = [show_points(row[name]) for name in ("ci_low", "ci_high")]
    return [
        SECTORS.get(row["sector"], row["sector"]),
        show_percent(row["share_treated"], decimals=2),
        show_percent(row["share_comparators"], decimals=2),
        show_points(row["difference_points"]),
        " to ".join(limits) if all(limits) else "",
        VERDICTS[row["verdict"]],
    ]


def _print_table(console: Console, columns: list[str], rows: list[list[str]]) -> None:
    table = Table(show_edge=False, pad_edge=False, box=None, padding=(0, 2))
    for place, column in enumerate(columns):
        is_text = place == 0 or not column
        table.add_column(column, justify="left" if is_text else "right", no_wrap=True)
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)
