"""Rules for the matched share, whose counts also stand in the attrition table."""

import pandas as pd

from evaluation.disclosure.cells import hide_pooled_counts, hide_small_cells
from evaluation.disclosure.marks import find_close_counts, is_equal

_COUNTS = ["n_persons", "n_eligible", "n_matched"]


def disclose_matched_share(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide what the matched share alone could tell; `agree_with_attrition` comes after.

    Args:
        frame: The table `matched_share`.
        min_cell_count: Smallest count that may be shown.
    """
    result = hide_small_cells(
        frame,
        count_columns=_COUNTS,
        dependent_columns=["matched_share"],
        min_cell_count=min_cell_count,
    )
    result = hide_pooled_counts(result, group_columns=["study_id"], count_columns=_COUNTS)
    for label in result.index:
        close = find_close_counts(result.loc[label, _COUNTS], min_cell_count)
        result.loc[label, close] = pd.NA
    return blur_share(result, frame, min_cell_count)


def agree_with_attrition(
    matched: pd.DataFrame, attrition: pd.DataFrame, after: pd.DataFrame, min_cell_count: int
) -> pd.DataFrame:
    """Hide of the matched share what the attrition hides, or what is close to its numbers.

    Args:
        matched: The matched share after `disclose_matched_share`.
        attrition: The table `attrition` before disclosure control.
        after: The same table after it, rows in the same order.
        min_cell_count: Smallest count that may be shown.
    """
    result, before = matched.copy(), attrition.reset_index(drop=True)
    for label in range(len(matched)):
        sector = matched["sector"].iloc[label]
        rows = is_equal(before, "arm", "treated") & is_equal(before, "sector", sector)
        shown = set(after.loc[rows, "n_persons"].dropna())
        held_back = set(before.loc[rows, "n_persons"].dropna()) - shown
        for column in _COUNTS:
            count = matched[column].iloc[label]
            close = [n for n in shown if pd.notna(count) and 0 < abs(count - n) < min_cell_count]
            if close or (pd.notna(count) and count in held_back):
                result.loc[[label], column] = pd.NA
    return result


def blur_share(matched: pd.DataFrame, before: pd.DataFrame, min_cell_count: int) -> pd.DataFrame:
    """Where a count is hidden, round the share to whole per cent, or hide it too.

    It is rounded where half a per cent of the denominator is `min_cell_count` persons or more,
    so that it does not give the count back.

    Args:
        matched: The matched share with hidden counts; changed in place.
        before: The same table before disclosure control.
        min_cell_count: Smallest count that may be shown.
    """
    counts = matched[_COUNTS].isna()
    blurred = counts["n_persons"] | counts["n_matched"]
    wide = before["n_persons"].reset_index(drop=True).ge(200 * min_cell_count)
    share = matched["matched_share"].where(~blurred, matched["matched_share"].round(2))
    matched["matched_share"] = share.where(~blurred | wide.fillna(False).astype(bool))
    matched.loc[counts.any(axis=1), "is_hidden"] = True
    return matched
