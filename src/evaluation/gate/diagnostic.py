"""What a diagnostic is, and what the protocol fixes for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import ndtri

from evaluation.errors import EstimationError

Status = Literal["pass", "fail", "not_run"]
DiagnosticId = Literal[
    "balance",
    "pre_trend",
    "pre_trend_equivalence",
    "placebo",
    "negative_controls",
    "power",
    "matched_share",
    "coding",
    "follow_up",
    "regression_to_mean",
]
POOLED = "ALL"
DAYS_A_YEAR = 365
UNIT_DAYS = {"days": 1.0, "dagsverk": 7 / 5, "months": DAYS_A_YEAR / 12}
"""Calendar days that one of the unit stands for, so that one limit serves all outcomes."""
SECTOR_WIDE = "all"
"""Outcome of a diagnostic that judges the sector, whatever is measured."""
_DECIMALS = {"months": 3}
"""Where effects are small numbers: a hundredth of a month is a third of a day."""
_LIMIT_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Thresholds of the protocol, section [gate] of the study file.

    Attributes:
        required: Diagnostics that must have been run for an estimate to pass.
        alpha: Below this p-value a test that looks for a fault has found one.
        max_smd: Largest |smd| after matching, no unit.
        clusters_per_period: Fewest clusters for each period of the joint pre-trend test.
        relevant_days: By sector and ALL, the smallest difference that the study wants to be able
            to tell, days a year: the margin of equivalence before treatment and the largest
            minimal detectable effect.
        tolerated_days: A placebo effect or a systematic error that is too small to matter, days
            a year.
        negative_control_chapters: ICD-10 chapters whose somatic contacts treatment cannot change.
        min_observed_share: Fewest matched treated, as a share, that a window further back or a
            register may reach.
        power: Share of samples in which the minimal detectable effect is found.
        min_matched_share: In a sector.
        min_matched_share_pooled: In all sectors together.
        coding_sectors: Where work-directed codes tell treated from others.
        max_hidden_share: Largest share of the controls that may be treated without the code.
        min_marked_persons: Fewest treated persons with a work-directed code.
        max_follow_up_points: Largest difference in loss to follow-up, percentage points.
        unit: Of the outcome that is judged, which the limits in days are told in.
    """

    required: tuple[DiagnosticId, ...]
    alpha: float
    max_smd: float
    clusters_per_period: int
    relevant_days: Mapping[str, float]
    tolerated_days: float
    negative_control_chapters: tuple[str, ...]
    min_observed_share: float
    power: float
    min_matched_share: float
    min_matched_share_pooled: float
    coding_sectors: tuple[str, ...]
    max_hidden_share: float
    min_marked_persons: int
    max_follow_up_points: float
    unit: str = "days"

    def scale_to(self, unit: str, *, window_days: int) -> "GateSettings":
        """Give the limits in days a year as limits of an outcome in its own unit and window.

        Args:
            unit: One of UNIT_DAYS.
            window_days: Length of the window, days.
        """
        factor = window_days / DAYS_A_YEAR / UNIT_DAYS[unit]
        return replace(
            self,
            relevant_days={name: days * factor for name, days in self.relevant_days.items()},
            tolerated_days=self.tolerated_days * factor,
            unit=unit,
        )


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What one diagnostic says of one sector and outcome.

    Attributes:
        diagnostic: Which.
        status: pass, fail or not_run.
        detail: Plain English, with numbers.
        outcome: Outcome, or "all" when it judges the sector.
        value: What is held against the threshold; None when not run.
        unit: Of value, limits and threshold.
        ci_low: Lower confidence limit of value.
        ci_high: Upper confidence limit of value.
        p_value: Of the test, 0-1.
        threshold: Of the protocol.
        n_treated: Treated persons that it rests on.
    """

    diagnostic: DiagnosticId
    status: Status
    detail: str
    outcome: str = SECTOR_WIDE
    value: float | None = None
    unit: str | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    threshold: float | None = None
    n_treated: int | None = None


def not_run(
    diagnostic: DiagnosticId,
    reason: str,
    *,
    outcome: str = SECTOR_WIDE,
    threshold: float | None = None,
    unit: str | None = None,
    n_treated: int | None = None,
) -> Diagnostic:
    """Say why a diagnostic could not be run.

    Args:
        diagnostic: Which.
        reason: Plain English.
        outcome: Outcome, or "all".
        threshold: Of the protocol.
        unit: Of the threshold.
        n_treated: Treated persons there are.
    """
    return Diagnostic(
        diagnostic,
        "not_run",
        reason,
        outcome=outcome,
        threshold=threshold,
        unit=unit,
        n_treated=n_treated,
    )


def pass_or_fail(is_failed: bool) -> Status:
    """Turn a verdict into its word.

    Args:
        is_failed: Whether the diagnostic found a fault.
    """
    return "fail" if is_failed else "pass"


def normal_quantile(confidence_level: float) -> float:
    """Give the quantile of two-sided normal limits.

    Args:
        confidence_level: 0-1.

    Raises:
        EstimationError: Not between 0 and 1.
    """
    if not 0 < confidence_level < 1:
        raise EstimationError(
            f"confidence_level is {confidence_level}; it must be between 0 and 1. Typical: 0.95"
        )
    return float(ndtri((1 + confidence_level) / 2))


def show(value: float, decimals: int = 2) -> str:
    """Write a number for a sentence: no sign before nought.

    Args:
        value: Finite.
        decimals: Digits after the point.
    """
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def show_in(value: float, unit: str, decimals: int = 2) -> str:
    """Write a number in its unit: months with more decimals than days.

    Args:
        value: Finite.
        unit: One of UNIT_DAYS.
        decimals: Digits after the point of any other unit.
    """
    return show(value, _DECIMALS.get(unit, decimals))


def show_limit(limit: float, unit: str) -> str:
    """Write a limit: as it was set, and without the digits of scaling it to unit and window.

    Args:
        limit: Finite.
        unit: Of the limit.
    """
    rounded = round(limit, _LIMIT_DECIMALS) if unit in UNIT_DAYS else limit
    return f"{rounded:g}" if rounded or not limit else f"{limit:.2g}"


def describe_problem(error: EstimationError) -> str:
    """Give the reason of an estimator that could not answer, as one sentence.

    Args:
        error: What it raised.
    """
    return "; ".join(error.problems)


def is_finite(*values: float) -> bool:
    """Whether all are numbers.

    Args:
        values: Any.
    """
    return bool(np.isfinite(values).all())
