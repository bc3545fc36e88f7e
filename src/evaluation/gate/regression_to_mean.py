"""Regression to the mean, where the study matches on the level of the outcome before.

Matching makes the arms alike in one window. When they come from populations of different level,
each goes back to its own mean outside that window, and the 2x2 takes the parting for an effect.
So the arms are held against each other in the window before the one that was matched on: there
they should be alike too. Chosen: as the placebo, a fault is a difference beyond its margin that
chance does not explain.
"""

import numpy as np

from evaluation.errors import EstimationError
from evaluation.gate.diagnostic import (
    Diagnostic,
    GateSettings,
    describe_problem,
    not_run,
    pass_or_fail,
    show_in,
    show_limit,
)
from evaluation.gate.sample import Sample
from evaluation.results import FloatVector


def judge_regression_to_mean(
    earlier: FloatVector,
    before: FloatVector,
    sample: Sample,
    *,
    outcome: str,
    settings: GateSettings,
) -> Diagnostic:
    """Judge the difference in the window before the one whose level was matched on.

    Args:
        earlier: Days in the window before, NaN where the register does not reach, (n_units,).
        before: Days in the window that was matched on, (n_units,).
        sample: The units.
        outcome: Which.
        settings: Of the protocol.

    Returns:
        value is what the arms part by on the way back, days.

    Source: Daw & Hatfield (2018), doi:10.1111/1475-6773.12993.
    """
    margin, unit = settings.tolerated_days, settings.unit

    def refuse(reason: str) -> Diagnostic:
        return not_run("regression_to_mean", reason, outcome=outcome, threshold=margin, unit=unit)

    every = sample.n_treated
    rows, left = sample.keep_seen(np.isfinite(earlier) & np.isfinite(before))
    if left.n_treated < settings.min_observed_share * every:
        return refuse(
            f"the registers reach the window before for {left.n_treated} of {every} treated; at"
            f" least {settings.min_observed_share:.0%} are needed"
        )
    try:
        # Time runs backwards: what is lost from the matched window to the one before it.
        found = left.estimate_change(before[rows], earlier[rows])
    except EstimationError as error:
        return refuse(describe_problem(error))
    is_failed = found.p_value < settings.alpha and abs(found.att) > margin
    return Diagnostic(
        "regression_to_mean",
        pass_or_fail(is_failed),
        f"one window before the matched one the arms part by {show_in(found.att, unit)}"
        f" {unit} ({show_in(found.ci_low, unit)} to {show_in(found.ci_high, unit)}), p"
        f" {found.p_value:.2g}; at most {show_limit(margin, unit)} {unit} is allowed",
        outcome=outcome,
        value=found.att,
        unit=unit,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        p_value=found.p_value,
        threshold=margin,
        n_treated=left.n_treated,
    )
