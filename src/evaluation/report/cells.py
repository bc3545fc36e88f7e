"""Cells of tables made from disclosed values: what is hidden is told apart from what is absent."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from evaluation.report.content import Cell, Context, Row


def count_cell(context: Context, row: Row, column: str) -> Cell:
    """Show a count of persons, "<5" when it is small, "hidden" when it would reveal a small one.

    Args:
        context: Words.
        row: A row after disclosure control.
        column: Name of the count.
    """
    value = row.get(column)
    if not pd.isna(value):
        return Cell(context.texts.count(value))
    if column in str(row.get("small_counts", "")).split():
        return Cell(f"<{context.data.study.disclosure.min_cell_count}", mark="hidden")
    return value_cell(context, row, column, context.texts.count)


def value_cell(context: Context, row: Row, column: str, show: Callable[[Any], str]) -> Cell:
    """Show a statistic, or say that it is hidden.

    Args:
        context: Words.
        row: A row after disclosure control.
        column: Name of the statistic.
        show: Format of the language.
    """
    value = row.get(column)
    if pd.isna(value) and bool(row.get("is_hidden", False)):
        return hidden_cell(context)
    return Cell(show(value))


def hidden_cell(context: Context) -> Cell:
    """Say that a value is hidden.

    Args:
        context: Words.
    """
    return Cell(context.texts("cell.hidden"), mark="hidden")


def hidden_note(context: Context) -> str:
    """Explain how hidden cells are marked.

    Args:
        context: Words.
    """
    return context.texts("headline.hidden", min=context.data.study.disclosure.min_cell_count)


def share_cell(context: Context, row: Row) -> Cell:
    """Show the matched share; disclosure control may have rounded it to whole per cent.

    Args:
        context: Words.
        row: A row of the matched share after disclosure control.
    """
    is_rounded = bool(row.get("is_hidden", False)) and (
        pd.isna(row["n_persons"]) or pd.isna(row["n_matched"])
    )
    if is_rounded and pd.notna(row["matched_share"]):
        share = context.texts.percent(row["matched_share"], decimals=0)
        return Cell(context.texts("cell.about", share=share))
    return value_cell(context, row, "matched_share", context.texts.percent)


def name_level(context: Context, covariate: str, level: str) -> str:
    """Name a level: that of the covariate, else one that all share, else as it stands.

    Args:
        context: Words.
        covariate: What the level is of.
        level: Empty for a number.
    """
    texts = context.texts
    own = texts.sentences.get(f"level.{covariate}_{level}")
    return own or (texts.name("level", level) if level else texts("cell.missing"))
