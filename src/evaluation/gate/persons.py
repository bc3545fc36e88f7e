"""Who is left: the share of the treated that is matched, and loss to follow-up by arm."""

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep

from evaluation.gate.diagnostic import (
    POOLED,
    Diagnostic,
    GateSettings,
    not_run,
    pass_or_fail,
    show,
)

LOST_AT = ("alive_and_resident", "registers_cover_windows")
"""Steps of the attrition table at which follow-up is not complete."""
PERCENT = 100.0


def judge_matched_share(
    matched_share: pd.DataFrame, *, sector: str, settings: GateSettings
) -> Diagnostic:
    """Judge the share of everybody treated that the estimate is about.

    Chosen: a lower limit by sector than for all together, for a small sector has many strata
    with nobody to compare with.

    Args:
        matched_share: Table of that name: sector, n_persons, n_matched.
        sector: Sector, or ALL.
        settings: Of the protocol.
    """
    is_pooled = sector == POOLED
    limit = settings.min_matched_share_pooled if is_pooled else settings.min_matched_share
    mine = matched_share[matched_share["sector"].eq(sector)]
    if mine.empty or not int(mine["n_persons"].iloc[0]):
        return not_run("matched_share", "nobody is treated", threshold=limit, unit="share")
    persons, matched = (int(mine[name].iloc[0]) for name in ("n_persons", "n_matched"))
    share = matched / persons
    return Diagnostic(
        "matched_share",
        pass_or_fail(share < limit),
        f"{matched} of {persons} treated persons are matched; at least {limit:.0%} are needed",
        value=share,
        unit="share",
        threshold=limit,
        n_treated=matched,
    )


def judge_follow_up(
    attrition: pd.DataFrame, *, sector: str, settings: GateSettings, confidence_level: float
) -> Diagnostic:
    """Judge whether treated and comparators leave alike, by death, moving or uncovered windows.

    Chosen: a fault is a difference beyond the threshold that chance does not explain (p below
    alpha in Fisher's exact test, which one person lost of few does not mislead).

    Args:
        attrition: Table of that name: sector, arm, step, step_name, n_persons, n_excluded.
        sector: Sector, or ALL.
        settings: Of the protocol.
        confidence_level: Of the limits.

    Returns:
        value is treated less comparators, percentage points.

    Source: Agresti (2013), Categorical Data Analysis, section 3.5; limits: Newcombe (1998),
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    limit, unit = settings.max_follow_up_points, "percentage points"
    mine = attrition[attrition["sector"].eq(sector)]
    arms = [_count_lost(mine[mine["arm"].eq(arm)]) for arm in ("treated", "control")]
    if any(persons == 0 for _, persons in arms):
        reason = "an arm has nobody whose follow-up could be judged"
        return not_run("follow_up", reason, threshold=limit, unit=unit)
    shares = [lost / persons for lost, persons in arms]
    difference = PERCENT * (shares[0] - shares[1])
    (lost, persons), (lost_control, controls) = arms
    limits = confint_proportions_2indep(
        lost, persons, lost_control, controls, method="newcomb", alpha=1 - confidence_level
    )
    low, high = (PERCENT * float(share) for share in limits)
    counts = np.array([[lost, persons - lost], [lost_control, controls - lost_control]])
    p_value = float(fisher_exact(counts).pvalue)
    return Diagnostic(
        "follow_up",
        pass_or_fail(abs(difference) > limit and p_value < settings.alpha),
        f"{shares[0]:.2%} of treated and {shares[1]:.2%} of comparators left by death, moving"
        f" abroad or the end of the registers; {show(difference)} points"
        f" ({show(low)} to {show(high)}), at most"
        f" {limit:g} apart",
        value=difference,
        unit=unit,
        ci_low=low,
        ci_high=high,
        p_value=p_value,
        threshold=limit,
        n_treated=arms[0][1],
    )


def _count_lost(arm: pd.DataFrame) -> tuple[int, int]:
    """Count who left at the steps of follow-up, and who reached the first of them."""
    rows = arm[arm["step_name"].isin(LOST_AT)].sort_values("step")
    if rows.empty:
        return 0, 0
    lost = int(rows["n_excluded"].sum())
    return lost, int(rows["n_persons"].iloc[-1]) + lost
