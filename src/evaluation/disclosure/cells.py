"""Rules for cells: small counts of a row, counts of the pooled row, partners in a whole."""

from collections.abc import Sequence

import pandas as pd

from evaluation.disclosure.marks import (
    POOLED,
    build_row_keys,
    check_columns,
    find_small,
    is_equal,
    with_marks,
)


def hide_small_cells(
    frame: pd.DataFrame,
    *,
    count_columns: Sequence[str],
    dependent_columns: Sequence[str],
    min_cell_count: int,
) -> pd.DataFrame:
    """Hide small counts, and in the same row whatever rests on them.

    Args:
        frame: Any table; marks of an earlier call are kept and added to.
        count_columns: Counts of persons to judge.
        dependent_columns: Hidden in a row as soon as one of its counts is small.
        min_cell_count: Smallest count that may be shown.

    Returns:
        A copy, rows numbered anew, with NA in hidden cells, `is_hidden` and `small_counts`.

    Raises:
        DisclosureError: A column is not in the frame, or a count is negative.
    """
    check_columns(frame, (*count_columns, *dependent_columns))
    result = with_marks(frame)
    any_small = pd.Series(False, index=result.index)
    for column in count_columns:
        is_small = find_small(result[column], min_cell_count)
        any_small |= is_small
        result.loc[is_small, "small_counts"] += f"{column} "
        result.loc[is_small, column] = pd.NA
    for column in dependent_columns:
        result.loc[any_small, column] = pd.NA
    result["is_hidden"] |= any_small
    return result


def hide_pooled_counts(
    frame: pd.DataFrame,
    *,
    group_columns: Sequence[str],
    count_columns: Sequence[str],
    dependent_columns: Sequence[str] = (),
) -> pd.DataFrame:
    """Hide counts of the pooled row, and what rests on them, where a sector's count is small.

    Args:
        frame: From `hide_small_cells`, with a column `sector`.
        group_columns: What, with the sector, makes a row unique.
        count_columns: Counts that add up over sectors.
        dependent_columns: Hidden with them: means of ALL and of the other sectors would give
            back the mean of the hidden few.
    """
    result = frame.copy()
    keys = build_row_keys(frame, group_columns)
    is_pooled = frame["sector"].eq(POOLED).fillna(False).astype(bool)
    for column in count_columns:
        small = frame["small_counts"].ne("") & frame[column].isna() & ~is_pooled
        exposed = is_pooled & keys.isin(set(keys[small]))
        result.loc[exposed, [column, *dependent_columns]] = pd.NA
        result.loc[exposed, "is_hidden"] = True
    return result


def hide_partner_cells(
    frame: pd.DataFrame,
    *,
    group_columns: Sequence[str],
    count_column: str,
    dependent_columns: Sequence[str],
    min_cell_count: int,
) -> pd.DataFrame:
    """Hide a second cell of each whole in which a small one is hidden.

    The partner is the smallest other cell of at least twice `min_cell_count`; where there is
    none, every cell of the whole but the zeros is hidden.

    Args:
        frame: From `hide_small_cells`; rows of sector ALL are totals, never partners.
        group_columns: What makes a whole.
        count_column: The count that adds up to the whole.
        dependent_columns: Hidden with the partner's count.
        min_cell_count: Smallest count that may be shown.
    """
    result = frame.copy()
    is_total = is_equal(frame, "sector", POOLED)
    for _, group in frame.groupby(list(group_columns), dropna=False):
        cells = group[~is_total.loc[group.index]]
        if cells[count_column].notna().all():
            continue
        partners = cells[cells[count_column].ge(2 * min_cell_count).fillna(False).astype(bool)]
        if partners.empty:
            hidden = list(group.index[group[count_column].gt(0).fillna(False).astype(bool)])
        else:
            hidden = [partners[count_column].idxmin()]
        result.loc[hidden, [count_column, *dependent_columns]] = pd.NA
        result.loc[hidden, "is_hidden"] = True
    return result
