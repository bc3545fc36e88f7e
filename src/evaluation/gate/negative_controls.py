"""Negative controls: contacts that treatment cannot change, in the same 2x2 as the outcomes.

An outcome here is the number of days with a contact in somatic care in one ICD-10 chapter. The
index diagnosis's own chapter is left out by SQL. The window before ends where the year begins
that the rule for courses has emptied among comparators: a comparator's course is new, so the
year before it holds no contact in the sector, and that year would look like an effect.

Each effect is given in standard deviations of its own change among the controls, so that they
can be held against each other and, times the standard deviation of days, against the effect in
days. Chosen: a fault is a systematic error that chance does not explain (sum of squared z over
the outcomes, p below alpha) and whose mean absolute size is beyond what a reader would mind.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from evaluation.errors import EstimationError
from evaluation.estimators.calibration import (
    SystematicError,
    estimate_calibrated_interval,
    estimate_systematic_error,
)
from evaluation.gate.diagnostic import (
    Diagnostic,
    GateSettings,
    describe_problem,
    not_run,
    pass_or_fail,
    show,
    show_in,
    show_limit,
)
from evaluation.gate.sample import Sample, read_numbers
from evaluation.results import AttEstimate, FloatVector


@dataclass(frozen=True, slots=True, eq=False)
class ControlEffects:
    """Effects on the negative controls of a sector; arrays have shape (n_controls,).

    Attributes:
        chapter: ICD-10 chapter of each.
        att: Effect, standard deviations of the change.
        se: Its standard error, same unit.
        n_treated: Fewest treated persons observed in any of them.
        notes: Chapters without an estimate, and why.
    """

    chapter: tuple[str, ...]
    att: FloatVector
    se: FloatVector
    n_treated: int
    notes: tuple[str, ...]


def estimate_control_effects(
    controls: pd.DataFrame, sample: Sample, *, settings: GateSettings
) -> ControlEffects:
    """Estimate the matched 2x2 of each negative control.

    Args:
        controls: One row per unit, in the sample's order, with `<chapter>_before` and
            `<chapter>_after` in contact days; missing where the register does not reach or the
            chapter is that of the index diagnosis.
        sample: The units.
        settings: Of the protocol.
    """
    kept, att, se, seen, notes = [], [], [], [], []
    for chapter in settings.negative_control_chapters:
        before = read_numbers(controls[f"{chapter}_before"])
        after = read_numbers(controls[f"{chapter}_after"])
        rows, left = sample.keep_seen(np.isfinite(before) & np.isfinite(after))
        if left.n_treated < settings.min_observed_share * sample.n_treated:
            notes.append(f"{chapter}: {left.n_treated} of {sample.n_treated} treated observed")
            continue
        try:
            found = left.estimate_change(before[rows], after[rows])
        except EstimationError as error:
            notes.append(f"{chapter}: {describe_problem(error)}")
            continue
        spread = measure_spread(before[rows], after[rows], left)
        if spread > 0:
            kept.append(chapter)
            att.append(found.att / spread)
            se.append(found.se / spread)
            seen.append(left.n_treated)
        else:
            notes.append(f"{chapter}: no change among the controls")
    return ControlEffects(
        chapter=tuple(kept),
        att=np.array(att, dtype=np.float64),
        se=np.array(se, dtype=np.float64),
        n_treated=min(seen, default=0),
        notes=tuple(notes),
    )


def measure_spread(before: FloatVector, after: FloatVector, sample: Sample) -> float:
    """Measure the standard deviation of the change among the controls, weighted.

    Args:
        before: Shape (n_units,).
        after: Shape (n_units,).
        sample: The units.
    """
    change = (after - before)[~sample.is_treated]
    weight = sample.weight[~sample.is_treated]
    if not change.size:
        return 0.0
    mean = np.average(change, weights=weight)
    return float(np.sqrt(np.average(np.square(change - mean), weights=weight)))


def judge_negative_controls(
    effects: ControlEffects,
    estimate: AttEstimate,
    *,
    spread_days: float,
    outcome: str,
    settings: GateSettings,
    confidence_level: float,
) -> Diagnostic:
    """Judge the systematic error that the negative controls show, in days of the outcome.

    Args:
        effects: On the negative controls.
        estimate: The 2x2 that is to be shown.
        spread_days: Standard deviation of its change among the controls, days.
        outcome: Which.
        settings: Of the protocol.
        confidence_level: Of the calibrated limits.

    Returns:
        value is the mean absolute systematic error, days; the calibrated effect is in words.

    Source: Schuemie et al. (2014), doi:10.1002/sim.5925; Schuemie et al. (2018),
    doi:10.1073/pnas.1708282114.
    """
    margin, unit = settings.tolerated_days, settings.unit
    try:
        error = estimate_systematic_error(effects.att, effects.se)
    except EstimationError as problem:
        told = "; ".join([describe_problem(problem), *effects.notes])
        return not_run(
            "negative_controls", told, outcome=outcome, threshold=margin, unit=unit,
            n_treated=effects.n_treated,
        )  # fmt: skip
    size = error.expected_absolute * spread_days
    p_value = float(chdtrc(effects.att.size, np.square(effects.att / effects.se).sum()))
    in_days = SystematicError(
        mean=error.mean * spread_days,
        sd=error.sd * spread_days,
        expected_absolute=size,
        n_controls=error.n_controls,
    )
    limits = estimate_calibrated_interval(
        estimate.att, estimate.se, in_days, confidence_level=confidence_level
    )
    z = effects.att / effects.se
    worst = int(np.argmax(np.abs(z)))
    return Diagnostic(
        "negative_controls",
        pass_or_fail(p_value < settings.alpha and size > margin),
        f"systematic error of {show_in(size, unit)} {unit} over {error.n_controls} outcomes"
        f" ({', '.join(effects.chapter)}), p {p_value:.2g}; fails beyond"
        f" {show_limit(margin, unit)} {unit} with p below {settings.alpha:g}; largest in chapter"
        f" {effects.chapter[worst]}, z {show(float(z[worst]), 1)}; effect calibrated"
        f" {show_in(estimate.att - in_days.mean, unit)} {unit} ({show_in(limits.ci_low, unit)}"
        f" to {show_in(limits.ci_high, unit)}), p {limits.p_value:.2g}",
        outcome=outcome,
        value=size,
        unit=unit,
        p_value=p_value,
        threshold=margin,
        n_treated=effects.n_treated,
    )
