"""Rules for what is drawn as pictures: rounded so that no small count comes back.

A count hidden in one bar of many would leave a hole, and its neighbours would give it back.
Rounded shares leave none: at least `min_cell_count` counts of a state fit a rounded table, and
mostly twice as many, so that nought may be a few and a few nought.
"""

import math

import numpy as np
import pandas as pd

from evaluation.disclosure.cells import hide_pooled_counts, hide_small_cells
from evaluation.disclosure.marks import check_columns, with_marks

# Each divides one, so that rounded shares of a whole can add up to it. Coarser ones than the
# last would draw a picture that misleads (our choice).
STEPS = (0.01, 0.02, 0.025, 0.05)
_STATE_KEYS = ["sector", "arm", "event_time"]
_MOVE_KEYS = ["sector", "phase", "from_state"]
_CURVE_KEYS = ["sector", "sustained_days"]
_PATH_KEYS = ["subgroup", "sector"]
_MEANS = ["treated_mean", "control_mean"]
_VARIANT_KEYS = ["specification_id", "analysis", "level", "outcome"]
_EFFECT = ["att", "se", "ci_low", "ci_high"]
_EFFECT_PER_YEAR = ["att_per_year", "ci_low_per_year", "ci_high_per_year"]


def choose_step(n_persons: int, min_cell_count: int) -> float | None:
    """Return the finest step of which one half is `min_cell_count` persons or more.

    Args:
        n_persons: Persons whom the shares are shares of.
        min_cell_count: Smallest count that may be shown.

    Returns:
        The step, or None where the persons are too few for any.
    """
    return next((step for step in STEPS if n_persons * step / 2 >= min_cell_count), None)


def disclose_states(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Round the shares of states, and hide the counts and the periods of few persons.

    Both arms of a sector have one step, that of the smaller; a period too small in one arm
    is hidden in both.

    Args:
        frame: The table `states`.
        min_cell_count: Smallest count that may be shown.

    Returns:
        The table with `rounded_to`, missing where the row is hidden.
    """
    check_columns(frame, (*_STATE_KEYS, "n_persons", "share"))
    result = with_marks(frame)
    wholes = result.groupby(_STATE_KEYS)["n_persons"].sum().rename("n").reset_index()
    steps = pd.Series(math.nan, index=result.index)
    for sector, sizes in wholes.groupby("sector"):
        least = sizes.groupby("event_time")["n"].min()
        shown = least[[choose_step(int(n), min_cell_count) is not None for n in least]]
        if shown.empty or sizes["arm"].nunique() < 2:
            continue
        step = choose_step(int(shown.min()), min_cell_count)
        steps[result["sector"].eq(sector) & result["event_time"].isin(shown.index)] = step
    for _, rows in result[steps.notna()].groupby(_STATE_KEYS):
        step = steps[rows.index[0]]
        result.loc[rows.index, "share"] = round_whole(rows["share"].to_numpy(float), step)
    result.loc[steps.isna(), "share"] = pd.NA
    result["n_persons"] = pd.NA
    return result.assign(rounded_to=steps, is_hidden=steps.isna())


def disclose_state_transitions(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Round the shares of moves, and hide the counts and the states that few persons leave.

    Both arms have one step for a state and phase, that of the smaller. Those in a state are at
    least as many as make its commonest move.

    Args:
        frame: The table `state_transitions`.
        min_cell_count: Smallest count that may be shown.

    Returns:
        The table with `rounded_to`, missing where the row is hidden.
    """
    check_columns(frame, (*_MOVE_KEYS, "arm", "to_state", "n_persons", "n_moves", "share"))
    result = with_marks(frame)
    steps = pd.Series(math.nan, index=result.index)
    for _, rows in result.groupby(_MOVE_KEYS):
        arms = rows.groupby("arm")
        step = choose_step(int(arms["n_persons"].max().min()), min_cell_count)
        if step is None or arms.ngroups < 2:
            continue
        for _, arm in arms:
            steps[arm.index] = step
            result.loc[arm.index, "share"] = round_whole(arm["share"].to_numpy(float), step)
    result.loc[steps.isna(), "share"] = pd.NA
    result[["n_persons", "n_moves"]] = pd.NA
    return result.assign(rounded_to=steps, is_hidden=steps.isna())


def disclose_return_to_work(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Round shares and the numbers at risk, hide the numbers of events and small sectors.

    Limits are rounded outwards. Numbers at risk are rounded to twice `min_cell_count`, and
    hidden below it.

    Args:
        frame: The table `return_to_work`.
        min_cell_count: Smallest count that may be shown.

    Returns:
        The table with `rounded_to`, missing where the row is hidden.
    """
    check_columns(frame, (*_CURVE_KEYS, "arm", "incidence", "n_at_risk", "n_persons"))
    result, base = with_marks(frame), 2 * min_cell_count
    steps = pd.Series(math.nan, index=result.index)
    for _, rows in result.groupby(_CURVE_KEYS):
        step = choose_step(int(rows["n_persons"].min()), min_cell_count)
        if step is not None and rows["arm"].nunique() == 2:
            steps[rows.index] = step
    is_few = result["n_at_risk"].lt(min_cell_count).fillna(False).astype(bool) & steps.notna()
    for column, turn in (("incidence", np.round), ("ci_low", np.floor), ("ci_high", np.ceil)):
        # What stands on a step already must not slip to the next by the last digit.
        units = (result[column].astype(float) / steps).round(9)
        result[column] = (turn(units) * steps).round(9)
    for column in ("n_at_risk", "n_persons"):
        tens = (result[column].astype(float) / base + 0.5) // 1 * base
        is_shown = steps.notna() & ~(is_few & (column == "n_at_risk"))
        result[column] = tens.where(is_shown).astype("Int64")
    result.loc[is_few, "small_counts"] += "n_at_risk "
    result[["se", "n_events"]] = pd.NA
    return result.assign(rounded_to=steps, is_hidden=steps.isna())


def round_means(frame: pd.DataFrame, *, min_cell_count: int, period_days: int) -> pd.DataFrame:
    """Round the means of periods as shares are, and hide those of few persons.

    A mean over the days of a period is a share of them. Both arms of a sector have one step,
    that of the smaller; a period too small in one arm is hidden in both. Differences between
    the arms are left as they are.

    Args:
        frame: The table `event_study`; rows that are hidden have no counts.
        min_cell_count: Smallest count that may be shown.
        period_days: Length of a period: the largest that a mean can be.

    Returns:
        The table with `rounded_to`, in the unit of the means, missing where they are hidden.
    """
    check_columns(frame, (*_PATH_KEYS, *_MEANS, "n_treated", "n_control"))
    result = with_marks(frame)
    steps = pd.Series(math.nan, index=result.index)
    least = result[["n_treated", "n_control"]].astype(float).min(axis=1, skipna=False).fillna(0)
    is_shown = least.map(lambda n: choose_step(int(n), min_cell_count) is not None)
    for _, sizes in least[is_shown.astype(bool)].groupby([result[key] for key in _PATH_KEYS]):
        steps[sizes.index] = choose_step(int(sizes.min()), min_cell_count)
    steps *= period_days
    for column in _MEANS:
        result[column] = ((result[column].astype(float) / steps).round() * steps).round(9)
    result["is_hidden"] |= steps.isna()
    return result.assign(rounded_to=steps)


def round_whole(shares: np.ndarray, step: float) -> np.ndarray:
    """Round shares of a whole to a step so that they still add up to it.

    Every share is rounded down, and the steps that are then missing go to those that lost
    most (largest remainders; the first of equals).

    Args:
        shares: Shares of one whole, sum 1.
        step: Divides 1.
    """
    units = shares / step
    floors = np.floor(units + 1e-9)
    missing = round(1 / step) - int(floors.sum())
    order = np.argsort(-(units - floors), kind="stable")
    floors[order[: max(missing, 0)]] += 1
    return np.round(floors * step, 9)


def disclose_variants(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Round what repeats an estimate on nearly the same persons, and hide small rows.

    Two estimates whose persons differ by a few would give those few by subtraction. So counts
    are rounded to twice `min_cell_count`, effects and limits to a tenth, p-values to a hundredth
    and the matched share to a hundredth.

    Args:
        frame: The table `specifications` or `sensitivity`.
        min_cell_count: Smallest count that may be shown.
    """
    counts = ["n_treated", "n_control"]
    check_columns(frame, ("sector", *counts, *_EFFECT))
    effects = [name for name in (*_EFFECT, *_EFFECT_PER_YEAR) if name in frame]
    shares = [name for name in ("p_value", "matched_share") if name in frame]
    result = hide_small_cells(
        frame,
        count_columns=counts,
        dependent_columns=[*counts, *effects, *shares],
        min_cell_count=min_cell_count,
    )
    keys = [name for name in _VARIANT_KEYS if name in frame]
    result = hide_pooled_counts(
        result,
        group_columns=keys,
        count_columns=counts,
        dependent_columns=[*effects, *shares],
    )
    base = 2 * min_cell_count
    for name in counts:
        result[name] = ((result[name].astype(float) / base).round() * base).astype("Int64")
    for names, digits in ((effects, 1), (shares, 2)):
        result[names] = result[names].astype(float).round(digits)
    return result
