"""The three forms of a check, told apart by their text and columns.

A row rule is `select <condition> as is_broken`, `from <table>` and perhaps `where <condition>`,
each keyword at the start of a line; all row rules of a table are computed in one scan of it.
Rows is any select with file_index, row_number and is_broken, one row per examined row; or with
n_rows too, one row per so many examined rows alike, the first of them row_number. Cells is
any select with place and is_broken, one row per examined cell.
"""

import re
from dataclasses import dataclass
from typing import Literal

from evaluation.warehouse.models import SqlModel

Form = Literal["row rule", "rows", "cells"]

_COMMENT = re.compile(r"^\s*--.*\n", re.MULTILINE)
_ROW_RULE = re.compile(
    r"\Aselect\s(?P<broken>.+)\sas is_broken\nfrom (?P<table>\w+)(?:\nwhere\s(?P<examined>.+))?\Z",
    re.DOTALL,
)
_INNERMOST = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|'[^']*'")
_KEYWORD = re.compile(r"^(?:with|select|from|join|union|group|having|order|qualify|limit)\b", re.M)


@dataclass(frozen=True, slots=True)
class RowRule:
    """A row rule, taken apart.

    Attributes:
        table: The one table it looks at.
        broken: Condition that a row breaks it; null counts as not broken.
        examined: Condition that the row is looked at.
    """

    table: str
    broken: str
    examined: str


def read_row_rule(check: SqlModel) -> RowRule | None:
    """Take a row rule apart; None when the check has another form.

    Args:
        check: A file of sql/checks.
    """
    text = _COMMENT.sub("", check.sql).strip()
    match = _ROW_RULE.match(text)
    # A second clause at the start of a line is more than a row rule may hold.
    if match is None or len(_KEYWORD.findall(text)) > 2 or _has_comma(match["broken"]):
        return None
    examined = match["examined"] or "true"
    return RowRule(match["table"], match["broken"].strip(), examined.strip())


def _has_comma(expression: str) -> bool:
    """A comma outside all brackets parts two columns."""
    inner = None
    while inner != expression:
        inner, expression = expression, _INNERMOST.sub("", expression)
    return "," in expression


def name_form(check: SqlModel) -> Form:
    """Name the form of a check from its text.

    Args:
        check: A file of sql/checks.
    """
    if read_row_rule(check) is not None:
        return "row rule"
    return "cells" if re.search(r"\bas place\b", check.sql) else "rows"
