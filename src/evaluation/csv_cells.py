"""CSV for people who open it in a spreadsheet: no cell may start a formula there."""

import re
from pathlib import Path

import pandas as pd

# Source: OWASP, CSV Injection.
_STARTS_FORMULA = re.compile(r"^(?=[=+\-@\t\r])")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, each text that a spreadsheet would compute led by an apostrophe.

    Numbers stay as they are, a minus sign included. Carriage returns become line feeds, which
    stand between quotes: bare ones would end the row, and what follows would begin a cell.

    Args:
        table: What to write.
        path: Where to.
    """
    texts = {
        column: table[column].map(_neutralize, na_action="ignore")
        for column in table.columns
        if not pd.api.types.is_numeric_dtype(table[column])
    }
    table.assign(**texts).to_csv(path, index=False, lineterminator="\n")


def _neutralize(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _STARTS_FORMULA.sub("'", value).replace("\r\n", "\n").replace("\r", "\n")
