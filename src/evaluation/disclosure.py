"""Disclosure control: which counts of persons may leave the secure environment in a report.

A count of 1 to `min_cell_count` - 1 persons is small. A small count is hidden, with every
statistic that rests on it; a true zero stays. What could give a hidden count back by
subtraction is hidden too:

* sectors under a pooled row: the counts of ALL are hidden where a sector's count is small
  (the estimates of ALL stay: at one decimal they do not tell a handful of persons apart);
* shares of a whole (composition within a year, levels of a covariate): the next smallest cell
  of at least twice `min_cell_count` is hidden too, or, where there is none, all of them;
* attrition: see `hide_small_steps`;
* matched share: see `hide_small_steps`; the share is rounded where a count of it is hidden;
* linkage: where the few unlinked are hidden, so are the linked.

Hidden cells are NA. Each frame gains `is_hidden` (something in the row is hidden) and
`small_counts` (names of the counts that are themselves small; only these may be shown as "<5").
Counts of rows, such as quarantined rows, are not counts of persons and are left alone.
Not here: protection of two reports against each other, and of free text.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluation.errors import DisclosureError

POOLED = "ALL"
_COUNTS = ("n_treated", "n_control", "n_clusters")
_ESTIMATE_KEYS = ("specification_id", "subgroup", "outcome", "estimator", "event_time")
_EFFECT = ("att", "se", "ci_low", "ci_high", "p_value", "true_att", "z", "covered")
_MEANS = tuple(
    f"{arm}_{part}"
    for arm in ("treated", "control")
    for part in ("before", "after", "change", "mean")
)


def disclose_tables(
    tables: Mapping[str, pd.DataFrame], *, min_cell_count: int
) -> dict[str, pd.DataFrame]:
    """Hide what may not be shown in every result table; tables without persons pass unchanged.

    Args:
        tables: Result tables by their name in `schemas.TABLES`; some may be absent.
        min_cell_count: Smallest count of persons that may be shown.
    """
    rules = {
        "estimates": _disclose_estimates,
        "event_study": _disclose_estimates,
        "balance": _disclose_balance,
        "attrition": hide_small_steps,
        "matched_share": _disclose_matched_share,
        "composition": _disclose_composition,
        "linkage": _disclose_linkage,
        "verify": _disclose_estimates,
    }
    shown = {
        name: rules[name](frame, min_cell_count=min_cell_count) if name in rules else frame
        for name, frame in tables.items()
    }
    if "matched_share" in shown and "attrition" in shown:
        matched = _agree_with_attrition(
            shown["matched_share"], tables["attrition"], shown["attrition"], min_cell_count
        )
        shown["matched_share"] = _blur_share(matched, tables["matched_share"], min_cell_count)
    return shown


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
    _check_columns(frame, (*count_columns, *dependent_columns))
    result = _with_marks(frame)
    any_small = pd.Series(False, index=result.index)
    for column in count_columns:
        is_small = _is_small(result[column], min_cell_count)
        any_small |= is_small
        result.loc[is_small, "small_counts"] += f"{column} "
        result.loc[is_small, column] = pd.NA
    for column in dependent_columns:
        result.loc[any_small, column] = pd.NA
    result["is_hidden"] |= any_small
    return result


def hide_pooled_counts(
    frame: pd.DataFrame, *, group_columns: Sequence[str], count_columns: Sequence[str]
) -> pd.DataFrame:
    """Hide counts of the pooled row where a sector's count is small.

    Args:
        frame: From `hide_small_cells`, with a column `sector`.
        group_columns: What, with the sector, makes a row unique.
        count_columns: Counts that add up over sectors.
    """
    result = frame.copy()
    keys = _row_keys(frame, group_columns)
    is_pooled = frame["sector"].eq(POOLED).fillna(False).astype(bool)
    for column in count_columns:
        small = frame["small_counts"].ne("") & frame[column].isna() & ~is_pooled
        exposed = is_pooled & keys.isin(set(keys[small]))
        result.loc[exposed, column] = pd.NA
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
    is_total = _equals(frame, "sector", POOLED)
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


def hide_small_steps(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide steps of the attrition table that would tell of a few excluded persons.

    1. A small `n_persons` is hidden; at the last step the other arm's with it, since the number
       of controls to one treated would tell.
    2. The last step of a sector and arm stays, as the estimates repeat it, then the first, then
       going back from the last those between; each only if no number shown already is within
       a small difference of it. So no two numbers shown differ by a small count.
    3. Where a sector's `n_persons` is small, that of ALL is hidden; where a sector's is hidden
       by rule 2, those of all sectors are, and ALL stays. So sectors and ALL never subtract.
    4. `n_excluded` is shown only between two steps that are both shown, and never when small.

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
        close = _steps_too_close(result.loc[chain, "n_persons"], min_cell_count)
        result.loc[close, "n_persons"] = pd.NA
    _hide_across_sectors(result)
    for chain in chains:
        _hide_exclusions(result, list(chain), min_cell_count)
    result["is_hidden"] = result["n_persons"].isna() | result["n_excluded"].isna()
    return result


def _hide_other_arm(result: pd.DataFrame) -> None:
    """Apply the second half of rule 1 of `hide_small_steps` in place."""
    last = result.groupby(["sector", "arm"], dropna=False)["step"].transform("max")
    is_last, is_small = result["step"].eq(last), result["small_counts"].ne("")
    exposed = is_last & ~is_small & result["sector"].isin(result["sector"][is_last & is_small])
    result.loc[exposed, "n_persons"] = pd.NA
    result.loc[exposed, "small_counts"] += "other_arm "


def _steps_too_close(counts: pd.Series, min_cell_count: int) -> list[Any]:
    """List the steps that differ by a small count from one shown; the ends are judged first."""
    known = dict(counts.dropna().items())
    ends = [label for label in (counts.index[-1], counts.index[0]) if label in known]
    too_close, kept = [], list[int]()
    for label in dict.fromkeys([*ends, *reversed(known)]):
        count = int(known[label])
        if any(0 < abs(count - other) < min_cell_count for other in kept):
            too_close.append(label)
        else:
            kept.append(count)
    return too_close


def _hide_across_sectors(result: pd.DataFrame) -> None:
    """Apply rule 3 of `hide_small_steps` in place."""
    keys = _row_keys(result, ["arm", "step"])
    is_pooled = _equals(result, "sector", POOLED)
    is_hidden = result["n_persons"].isna() & ~is_pooled
    is_small = is_hidden & result["small_counts"].ne("")
    with_small = keys.isin(set(keys[is_small]))
    with_close = keys.isin(set(keys[is_hidden & ~is_small])) & ~with_small
    result.loc[with_small & is_pooled, "n_persons"] = pd.NA
    result.loc[with_close & ~is_pooled, "n_persons"] = pd.NA


def _hide_exclusions(result: pd.DataFrame, chain: list[Any], min_cell_count: int) -> None:
    """Apply rule 4 of `hide_small_steps` in place."""
    shown = result["n_persons"].notna().loc[chain]
    both_shown = shown & shown.shift(1, fill_value=True)
    small = _is_small(result["n_excluded"], min_cell_count).loc[chain]
    hidden = both_shown.index[~both_shown | small]
    result.loc[hidden, "n_excluded"] = pd.NA


def _disclose_estimates(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide whole estimates, by the columns that estimates, event_study and verify have."""
    counts = [column for column in _COUNTS if column in frame]
    resting = [column for column in (*_EFFECT, *_MEANS) if column in frame]
    result = hide_small_cells(
        frame,
        count_columns=counts,
        dependent_columns=[*counts, *resting],
        min_cell_count=min_cell_count,
    )
    groups = [column for column in _ESTIMATE_KEYS if column in frame]
    return hide_pooled_counts(result, group_columns=groups, count_columns=counts)


def _disclose_balance(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    dependent = (
        *("treated_mean", "control_mean_before", "control_mean_after"),
        *("smd_before", "smd_after", "variance_ratio_after"),
    )
    result = hide_small_cells(
        frame,
        count_columns=["n_treated"],
        dependent_columns=dependent,
        min_cell_count=min_cell_count,
    )
    # A level is a cell of its covariate in every sector, the pooled one too: no total here.
    has_level = result["level"].fillna("").ne("")
    levels = hide_partner_cells(
        result[has_level].rename(columns={"sector": "_sector"}),
        group_columns=["_sector", "covariate"],
        count_column="n_treated",
        dependent_columns=dependent,
        min_cell_count=min_cell_count,
    ).rename(columns={"_sector": "sector"})
    joined = pd.concat([result[~has_level], levels]).loc[result.index]
    groups = ["covariate", "level"]
    return hide_pooled_counts(joined, group_columns=groups, count_columns=["n_treated"])


def _disclose_composition(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    multi = ("n_multi_sector", "share_multi_sector")
    parts = (
        ("n_persons", ("share", *multi, "n_episodes")),
        ("n_multi_sector", ("share_multi_sector",)),
    )
    result = frame
    for column, dependent in parts:
        result = hide_small_cells(
            result,
            count_columns=[column],
            dependent_columns=dependent,
            min_cell_count=min_cell_count,
        )
        result = hide_partner_cells(
            result,
            group_columns=["year"],
            count_column=column,
            dependent_columns=dependent,
            min_cell_count=min_cell_count,
        )
    return result


def _disclose_linkage(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    counts = ["n_persons", "n_linked", "n_link_rows_without_register"]
    rules: tuple[tuple[list[str], list[str]], ...] = ((["n_unlinked"], ["n_linked"]), (counts, []))
    for columns, dependent in rules:
        frame = hide_small_cells(
            frame,
            count_columns=columns,
            dependent_columns=dependent,
            min_cell_count=min_cell_count,
        )
    return frame


def _disclose_matched_share(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    counts = ["n_persons", "n_eligible", "n_matched"]
    result = hide_small_cells(
        frame,
        count_columns=counts,
        dependent_columns=["matched_share"],
        min_cell_count=min_cell_count,
    )
    result = hide_pooled_counts(result, group_columns=["study_id"], count_columns=counts)
    for label in result.index:
        close = _steps_too_close(result.loc[label, counts], min_cell_count)
        result.loc[label, close] = pd.NA
    return _blur_share(result, frame, min_cell_count)


def _agree_with_attrition(
    matched: pd.DataFrame, attrition: pd.DataFrame, after: pd.DataFrame, min_cell_count: int
) -> pd.DataFrame:
    """Hide of the matched share what the attrition hides, or what is close to its numbers."""
    result, before = matched.copy(), attrition.reset_index(drop=True)
    for label in range(len(matched)):
        sector = matched["sector"].iloc[label]
        rows = _equals(before, "arm", "treated") & _equals(before, "sector", sector)
        shown = set(after.loc[rows, "n_persons"].dropna())
        held_back = set(before.loc[rows, "n_persons"].dropna()) - shown
        for column in ("n_persons", "n_eligible", "n_matched"):
            count = matched[column].iloc[label]
            close = [n for n in shown if pd.notna(count) and 0 < abs(count - n) < min_cell_count]
            if close or (pd.notna(count) and count in held_back):
                result.loc[[label], column] = pd.NA
    return result


def _blur_share(matched: pd.DataFrame, before: pd.DataFrame, min_cell_count: int) -> pd.DataFrame:
    """Where a count is hidden, round the share to whole per cent, or hide it too.

    It is rounded where half a per cent of the denominator is `min_cell_count` persons or more,
    so that it does not give the count back.
    """
    counts = matched[["n_persons", "n_eligible", "n_matched"]].isna()
    blurred = counts["n_persons"] | counts["n_matched"]
    wide = before["n_persons"].reset_index(drop=True).ge(200 * min_cell_count)
    share = matched["matched_share"].where(~blurred, matched["matched_share"].round(2))
    matched["matched_share"] = share.where(~blurred | wide.fillna(False).astype(bool))
    matched.loc[counts.any(axis=1), "is_hidden"] = True
    return matched


def _with_marks(frame: pd.DataFrame) -> pd.DataFrame:
    result = frame.reset_index(drop=True)
    if "is_hidden" not in result:
        result["is_hidden"] = False
        result["small_counts"] = ""
    return result


def _is_small(counts: pd.Series, min_cell_count: int) -> "pd.Series[bool]":
    numbers = counts.astype("Int64")
    if numbers.lt(0).any():
        raise DisclosureError(
            f"{counts.name} has negative counts; a count of persons is 0 or more. "
            "Correct the table before it is reported."
        )
    return numbers.between(1, min_cell_count - 1).fillna(False).astype(bool)


def _check_columns(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    missing = sorted(set(columns) - set(frame.columns))
    if missing:
        raise DisclosureError(
            f"disclosure control needs columns {missing}; the table has {list(frame.columns)}. "
            "Give the table its columns in schemas.TABLES."
        )


def _equals(frame: pd.DataFrame, column: str, value: str) -> "pd.Series[bool]":
    if column not in frame:
        return pd.Series(False, index=frame.index)
    return frame[column].eq(value).fillna(False).astype(bool)


def _row_keys(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    text = frame[list(columns)].astype("string").fillna("")
    return pd.Series(list(zip(*(text[name] for name in columns), strict=True)), index=frame.index)
