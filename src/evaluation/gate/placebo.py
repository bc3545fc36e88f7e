"""Placebo in time: the same 2x2 one window earlier, where nobody has been treated yet.

Chosen: an effect there is a fault when chance does not explain it (p below alpha) and it is
larger than what a reader would mind (the margin, in days). The first keeps small sectors quiet,
the second registers of millions.
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


def judge_placebo(
    before: FloatVector,
    after: FloatVector,
    sample: Sample,
    *,
    outcome: str,
    settings: GateSettings,
) -> Diagnostic:
    """Judge the 2x2 of two windows that both end by the index date.

    Args:
        before: Days in the earlier window, NaN where the register does not reach, (n_units,).
        after: Days in the later window, likewise.
        sample: The units.
        outcome: Which.
        settings: Of the protocol.

    Returns:
        value in days; not run when fewer than the set share of the treated are observed.

    Source: Imbens & Rubin (2015), Causal Inference, chapter 21 (pseudo-outcomes).
    """
    margin, unit, every = settings.tolerated_days, settings.unit, sample.n_treated

    def refuse(reason: str, n_treated: int) -> Diagnostic:
        return not_run(
            "placebo",
            reason,
            outcome=outcome,
            threshold=margin,
            unit=unit,
            n_treated=n_treated,
        )

    rows, left = sample.keep_seen(np.isfinite(before) & np.isfinite(after))
    seen = left.n_treated
    if seen < settings.min_observed_share * every:
        return refuse(
            f"the registers reach one window further back for {seen} of {every} treated; at"
            f" least {settings.min_observed_share:.0%} are needed",
            seen,
        )
    try:
        found = left.estimate_change(before[rows], after[rows])
    except EstimationError as error:
        return refuse(describe_problem(error), seen)
    is_failed = found.p_value < settings.alpha and abs(found.att) > margin
    return Diagnostic(
        "placebo",
        pass_or_fail(is_failed),
        f"effect one window earlier {show_in(found.att, unit)} {unit}"
        f" ({show_in(found.ci_low, unit)} to {show_in(found.ci_high, unit)}), p"
        f" {found.p_value:.2g}; fails beyond {show_limit(margin, unit)} {unit} with p"
        f" below {settings.alpha:g}; {seen} of {every} treated are observed",
        outcome=outcome,
        value=found.att,
        unit=unit,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        p_value=found.p_value,
        threshold=margin,
        n_treated=seen,
    )
