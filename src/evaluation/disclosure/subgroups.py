"""Rules for subgroups: what is not shown of a variable, or of ALL, must not be a few.

A subgroup too small to be estimated has no row, so that what is missing is as telling as a hidden
cell: everybody less the levels shown.
"""

from collections.abc import Sequence

import pandas as pd

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
    hidden_before = -1
    while hidden_before < (hidden := int(result["n_treated"].isna().sum())):
        hidden_before = hidden
        # The levels of a variable in a sector, and everybody there.
        for _, group in result.groupby([*keys, result["sector"]], dropna=False):
            totals = group[group["subgroup"].eq(EVERYBODY)]
            for name, levels in group.groupby(variable.loc[group.index]):
                if name != EVERYBODY:
                    _hide_levels(result, totals, levels, dependent_columns, min_cell_count)
        # A level in the sectors, and in ALL.
        for _, group in result.groupby([*keys, result["subgroup"]], dropna=False):
            is_pooled = group["sector"].eq(POOLED)
            totals, parts = group[is_pooled], group[~is_pooled]
            if _are_few(totals, parts, min_cell_count):
                _hide(result, list(totals.index), dependent_columns)
    return result


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


def _hide_levels(
    result: pd.DataFrame,
    totals: pd.DataFrame,
    levels: pd.DataFrame,
    dependent_columns: Sequence[str],
    min_cell_count: int,
) -> None:
    while _are_few(totals, levels, min_cell_count):
        smallest = levels["n_treated"].astype(float).idxmin()
        _hide(result, [smallest], dependent_columns)
        levels = result.loc[levels.index]


def _are_few(totals: pd.DataFrame, parts: pd.DataFrame, min_cell_count: int) -> bool:
    """Whether the total less the parts shown is a few, where both are shown."""
    shown = parts[parts["n_treated"].notna()]
    if totals.empty or shown.empty or totals["n_treated"].isna().any():
        return False
    return any(
        0 < abs(int(totals[name].iloc[0]) - int(shown[name].sum())) < 2 * min_cell_count
        for name in _COUNTS
    )


def _hide(result: pd.DataFrame, labels: list[object], dependent_columns: Sequence[str]) -> None:
    result.loc[labels, [*_COUNTS, *dependent_columns]] = pd.NA
    result.loc[labels, "is_hidden"] = True
