"""Run one check on drawn tables and tell what it examined and what it judged broken."""

import re
from collections.abc import Mapping, Sequence
from typing import Any


def judge(models: Any, name: str, given: Mapping[str, Any], **params: Any) -> dict[Any, bool]:
    """Run a check; what it does not examine is not in the answer.

    Args:
        models: The fixture of tests/sql.
        name: The check.
        given: Drawn tables.
        params: Parameters that the test is about; the others are the ordinary ones.

    Returns:
        Row number, or place for a check of cells -> whether the rule is broken there.
    """
    check = models.models[name]
    models.clean()
    for table, rows in given.items():
        assert table in check.reads, f"{name} does not read {table}"
        models.give(table, rows)
    unknown = set(params) - check.params
    assert not unknown, f"{name} has no parameters {unknown}"
    values = models.params | params
    bound = {key: values[key] for key in sorted(check.params)} or None
    columns = models.columns[name]
    sql = check.sql
    if columns == ["is_broken"]:
        # A row rule says nothing of which row it looked at, so it is asked to.
        sql = re.sub(r"^select\b", "select row_number,", sql, count=1, flags=re.MULTILINE)
    key = "place" if "place" in columns else "row_number"
    found = models.connection.execute(
        f"select {key}, coalesce(is_broken, false) from ({sql})", bound
    ).fetchall()
    assert len({row[0] for row in found}) == len(found), f"{name} examines a row twice"
    return dict(found)


def repeat(count: int, *, first: int = 1, **columns: Any) -> list[dict[str, Any]]:
    """Draw many rows alike; `{}` in a text becomes the row's number, and rows are numbered.

    Args:
        count: Number of rows.
        first: The first number.
        columns: Values of the columns.
    """
    return [
        {
            "row_number": number,
            **{
                column: value.format(number) if isinstance(value, str) else value
                for column, value in columns.items()
            },
        }
        for number in range(first, first + count)
    ]


def join(*groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put drawn rows together under new numbers.

    Args:
        groups: Rows with the same columns.
    """
    rows = [dict(row) for group in groups for row in group]
    return [row | {"row_number": number + 1} for number, row in enumerate(rows)]
