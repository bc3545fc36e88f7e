"""Rules for subgroups: what is not shown of a variable, or of ALL, must not be a few.

A subgroup too small to be estimated has no row, so that what is missing is as telling as a hidden
cell: everybody less the levels shown.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.disclosure.marks import POOLED, build_row_keys

EVERYBODY = "all"
_COUNTS = ("n_treated", "n_control")
_TEST = ("att", "se", "p_value", "p_holm", "p_romano_wolf")


def hide_few_missing(
    frame: pd.DataFrame,
    *,
    group_columns: Sequence[str],
    dependent_columns: Sequence[str],
    min_cell_count: int,
) -> pd.DataFrame:
    """Hide levels, and ALL of a level, until what is not shown adds up to nobody or to many.

    Many are twice `min_cell_count` persons or more, of each arm.

    Args:
        frame: After the rule for one row; with sector, subgroup, n_treated and n_control.
        group_columns: What, with sector and subgroup, makes a row unique.
        dependent_columns: Hidden with the counts.
        min_cell_count: Smallest count that may be shown.
    """
    result = frame.copy()
    variable = result["subgroup"].str.split("=").str[0]
    if variable.eq(EVERYBODY).all():
        return result
    keys = [result[name] for name in group_columns]
    sector, subgroup = result["sector"], result["subgroup"]
    # Positions of rows, so that the rules below are about numbers alone.
    is_everybody = subgroup.eq(EVERYBODY).to_numpy(dtype=bool)
    is_pooled = sector.eq(POOLED).to_numpy(dtype=bool)
    in_sector = [
        (whole, levels)
        for group in _split(result, [*keys, sector])
        for whole in [group[is_everybody[group]]]
        for levels in _split(result.iloc[group], [variable.iloc[group]], at=group)
        if not is_everybody[levels[0]]
    ]
    over_sectors = [
        (group[is_pooled[group]], group[~is_pooled[group]])
        for group in _split(result, [*keys, subgroup])
    ]
    counts = result[[*_COUNTS]].to_numpy(dtype=float, na_value=np.nan)
    was_hidden = np.isnan(counts[:, 0])
    hidden_before = -1
    while hidden_before < (hidden := int(np.isnan(counts[:, 0]).sum())):
        hidden_before = hidden
        # The levels of a variable in a sector, and everybody there.
        for whole, levels in in_sector:
            while _are_few(counts[whole], counts[levels], min_cell_count):
                counts[levels[np.nanargmin(counts[levels, 0])]] = np.nan
        # A level in the sectors, and in ALL.
        for whole, parts in over_sectors:
            if _are_few(counts[whole], counts[parts], min_cell_count):
                counts[whole] = np.nan
    is_new = np.isnan(counts[:, 0]) & ~was_hidden
    _hide(result, list(result.index[is_new]), dependent_columns)
    return result


def _split(
    frame: pd.DataFrame, keys: list[pd.Series], *, at: NDArray[np.int64] | None = None
) -> list[NDArray[np.int64]]:
    """Give the positions of each group's rows, groups in the order of their keys."""
    code = frame.groupby(keys, dropna=False).ngroup().to_numpy()
    place = np.arange(len(frame)) if at is None else at
    order = np.argsort(code, kind="stable")
    return np.split(place[order], np.flatnonzero(np.diff(code[order])) + 1)


def agree_with_estimates(tests: pd.DataFrame, estimates: pd.DataFrame) -> pd.DataFrame:
    """Hide of the tests judged together what the estimates hide.

    Args:
        tests: The table `multiplicity` after the rule for one row.
        estimates: The table `estimates` after all its rules.
    """
    keys = ["sector", "subgroup", "outcome"]
    headline = estimates[estimates["estimator"].eq("did_2x2")]
    hidden = set(build_row_keys(headline[headline["n_treated"].isna()], keys))
    result = tests.copy()
    exposed = build_row_keys(result, keys).isin(hidden)
    _hide(result, list(result.index[exposed]), _TEST)
    return result


def _are_few(totals: NDArray[np.float64], parts: NDArray[np.float64], min_cell_count: int) -> bool:
    """Whether the total less the parts shown is a few, where both are shown."""
    shown = parts[~np.isnan(parts[:, 0])]
    if not len(totals) or not len(shown) or np.isnan(totals[:, 0]).any():
        return False
    missing = np.abs(totals[0] - shown.sum(axis=0))
    return bool(((missing > 0) & (missing < 2 * min_cell_count)).any())


def _hide(result: pd.DataFrame, labels: list[object], dependent_columns: Sequence[str]) -> None:
    result.loc[labels, [*_COUNTS, *dependent_columns]] = pd.NA
    result.loc[labels, "is_hidden"] = True
