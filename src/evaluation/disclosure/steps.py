"""Rules for the attrition table, whose steps could be subtracted from each other."""

from typing import Any

import pandas as pd

from evaluation.disclosure.cells import hide_small_cells
from evaluation.disclosure.marks import (
    POOLED,
    build_row_keys,
    find_close_counts,
    find_small,
    is_equal,
)


def hide_small_steps(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide steps of the attrition table that would tell of a few excluded persons.

    The four rules are those of the attrition in the package docstring: `n_persons` by 1 to 3,
    `n_excluded` by 4.

    Args:
        frame: The table `attrition`.
        min_cell_count: Smallest count that may be shown.
    """
    result = hide_small_cells(
        frame, count_columns=["n_persons"], dependent_columns=[], min_cell_count=min_cell_count
    )
    _hide_other_arm(result)
    ordered = result.sort_values(["sector", "arm", "step"])
    chains = [rows.index for _, rows in ordered.groupby(["sector", "arm"], dropna=False)]
    for chain in chains:
        close = find_close_counts(result.loc[chain, "n_persons"], min_cell_count)
        result.loc[close, "n_persons"] = pd.NA
    _hide_across_sectors(result)
    for chain in chains:
        _hide_exclusions(result, list(chain), min_cell_count)
    result["is_hidden"] = result["n_persons"].isna() | result["n_excluded"].isna()
    return result


def _hide_other_arm(result: pd.DataFrame) -> None:
    """Apply the second half of rule 1 in place."""
    last = result.groupby(["sector", "arm"], dropna=False)["step"].transform("max")
    is_last, is_small = result["step"].eq(last), result["small_counts"].ne("")
    exposed = is_last & ~is_small & result["sector"].isin(result["sector"][is_last & is_small])
    result.loc[exposed, "n_persons"] = pd.NA
    result.loc[exposed, "small_counts"] += "other_arm "


def _hide_across_sectors(result: pd.DataFrame) -> None:
    """Apply rule 3 in place."""
    keys = build_row_keys(result, ["arm", "step"])
    is_pooled = is_equal(result, "sector", POOLED)
    is_hidden = result["n_persons"].isna() & ~is_pooled
    is_small = is_hidden & result["small_counts"].ne("")
    with_small = keys.isin(set(keys[is_small]))
    with_close = keys.isin(set(keys[is_hidden & ~is_small])) & ~with_small
    result.loc[with_small & is_pooled, "n_persons"] = pd.NA
    result.loc[with_close & ~is_pooled, "n_persons"] = pd.NA


def _hide_exclusions(result: pd.DataFrame, chain: list[Any], min_cell_count: int) -> None:
    """Apply rule 4 in place."""
    shown = result["n_persons"].notna().loc[chain]
    both_shown = shown & shown.shift(1, fill_value=True)
    small = find_small(result["n_excluded"], min_cell_count).loc[chain]
    hidden = both_shown.index[~both_shown | small]
    result.loc[hidden, "n_excluded"] = pd.NA
