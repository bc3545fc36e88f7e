"""A csv read sign by sign: slow and obvious, to hold the loader against.

The rules of the contract: the first line is the header; blank lines are no rows; a cell that
opens with a quote goes on to the next quote that is not doubled, across delimiters and line
ends, and blanks around its quotes are no part of it; any other quote is part of its cell; empty
cells after the last column are none. Where these rules do not say what a file means (text after
a closing quote, a quote that is never closed), neither does this reader.
"""

import re
from dataclasses import dataclass

QUOTE = '"'


class UnclearError(Exception):
    """The rules do not say what the file means."""


@dataclass(frozen=True)
class Record:
    """A record after the header.

    Attributes:
        cells: Its cells; none when text stands after a closing quote, or the last line opens one.
    """

    cells: list[str] | None


def read_slowly(text: str, delimiter: str) -> list[Record]:
    """Split a csv into records, the header among them.

    Args:
        text: The whole file, decoded, without byte order mark.
        delimiter: One sign.

    Raises:
        UnclearError: A quote is opened and never closed, or a carriage return stands alone.
    """
    # The last line may be cut between carriage return and line feed.
    text = text.removesuffix("\r")
    records: list[Record] = []
    at, length = 0, len(text)
    while at < length:
        cells: list[str] = []
        is_clear, is_blank = True, text.startswith(("\n", "\r\n"), at)
        while True:
            cell, at, clear = _read_cell(text, at, delimiter)
            cells.append(cell)
            is_clear = is_clear and clear
            if at < length and text[at] == delimiter:
                at += 1
                continue
            break
        # At the end of a line, or of the file.
        at += 2 if text.startswith("\r\n", at) else 1
        if not is_blank:
            records.append(Record(cells if is_clear else None))
    return records


def _read_cell(text: str, at: int, delimiter: str) -> tuple[str, int, bool]:
    start = at
    while text.startswith(" ", at):
        at += 1
    if not text.startswith(QUOTE, at):
        at = start
        end = _end_of_plain(text, at, delimiter)
        return text[at:end], end, True
    parts = []
    while True:
        close = text.find(QUOTE, at + 1)
        if close < 0:
            if "\n" in text[at:].rstrip("\r\n"):
                raise UnclearError("a quote is never closed")
            return text[at:], len(text), False
        parts.append(text[at + 1 : close])
        at = close + 1
        if not text.startswith(QUOTE, at):
            break
    end = _end_of_plain(text, at, delimiter)
    is_clear = not text[at:end].strip(" ")
    if not is_clear and any("\n" in part for part in parts):
        raise UnclearError("a quote is closed on a later line, and not at the end of a cell")
    return QUOTE.join(parts), end, is_clear


def _end_of_plain(text: str, at: int, delimiter: str) -> int:
    found = re.compile(f"[{re.escape(delimiter)}\n\r]").search(text, at)
    if found is None:
        return len(text)
    if found[0] == "\r" and not text.startswith("\r\n", found.start()):
        raise UnclearError("a carriage return stands alone")
    return found.start()
