"""All diagnostics of a run, from plain frames: the table `diagnostics`.

Here is which rows go into which diagnostic. Frames are made by SQL (sql/marts) or by whoever
tries the gate on arrays of his own; what is not given is not run, and said to be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.errors import EstimationError
from evaluation.estimators.event_study import estimate_event_study
from evaluation.estimators.units import ClusterDimension
from evaluation.gate.balance import judge_balance
from evaluation.gate.coding import inherit_coding, judge_coding
from evaluation.gate.diagnostic import (
    DAYS_A_YEAR,
    POOLED,
    Diagnostic,
    DiagnosticId,
    GateSettings,
    describe_problem,
    not_run,
)
from evaluation.gate.negative_controls import (
    ControlEffects,
    estimate_control_effects,
    judge_negative_controls,
    measure_spread,
)
from evaluation.gate.persons import judge_follow_up, judge_matched_share
from evaluation.gate.placebo import judge_placebo
from evaluation.gate.power import judge_power
from evaluation.gate.pre_trends import judge_equivalence, judge_pre_trend
from evaluation.gate.regression_to_mean import judge_regression_to_mean
from evaluation.gate.sample import Sample, build_sample, read_numbers, split_sectors
from evaluation.results import IntVector
from evaluation.schemas import TABLES, check_table

_ABSENT = "what it is judged by was not given"


@dataclass(frozen=True, slots=True, eq=False)
class GateInputs:
    """What the gate judges; frames of units have the rows of `units`, in its order.

    Attributes:
        units: One row per person within a matched set: sector, matched_set_id, person_id,
            is_treated, weight, and `<outcome>_before` and `<outcome>_after` of each primary
            outcome.
        pre_periods: Days of each outcome that has periods, shape (n_units, n_periods), NaN
            where not observed; by outcome.
        event_time: Period of each column, shape (n_periods,), all below 0.
        reference_event_time: One of them.
        period_days: Length of a period, days.
        placebo: `<outcome>_before` and `<outcome>_after` one window earlier, or None.
        controls: `<chapter>_before` and `<chapter>_after` in contact days, or None.
        marks: has_mark and index_year, or None.
        balance: Table of that name, or None.
        matched_share: Table of that name, or None.
        attrition: Table of that name, or None.
        matches_on_outcome: Whether the study matches on the level of an outcome before.
    """

    units: pd.DataFrame
    pre_periods: dict[str, NDArray[np.float64]]
    event_time: IntVector
    reference_event_time: int
    period_days: int
    placebo: pd.DataFrame | None = None
    controls: pd.DataFrame | None = None
    marks: pd.DataFrame | None = None
    balance: pd.DataFrame | None = None
    matched_share: pd.DataFrame | None = None
    attrition: pd.DataFrame | None = None
    matches_on_outcome: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A sector with its units."""

    sector: str
    rows: IntVector
    sample: Sample
    inputs: GateInputs
    outcomes: tuple[str, ...]
    settings: GateSettings
    units_of_outcomes: Mapping[str, str]
    after_days: int

    def settings_of(self, outcome: str, *, window_days: int) -> GateSettings:
        """Limits in the unit of an outcome, for a window or for a year."""
        return self.settings.scale_to(self.units_of_outcomes[outcome], window_days=window_days)


def judge(
    inputs: GateInputs,
    *,
    settings: GateSettings,
    units_of_outcomes: Mapping[str, str],
    sectors: Sequence[str],
    after_days: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
    study_id: str = "",
    fingerprint: str = "",
) -> pd.DataFrame:
    """Run every diagnostic for every sector with matched sets, and ALL.

    Args:
        inputs: Frames and arrays.
        settings: Of the protocol.
        units_of_outcomes: Primary outcomes, and what each is counted in.
        sectors: Every sector of the study, in the order of the rows.
        after_days: Length of the window after the index date.
        confidence_level: Of the study.
        cluster_on: Of the study.
        study_id: Study that is run.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["diagnostics"], by sector (ALL last), then diagnostic and outcome. What
        the data do not determine is not run, with the reason.

    Raises:
        EstimationError: A frame with other rows than the units, or a sector the study has not.
    """
    _check_rows(inputs)
    sample = build_sample(inputs.units, confidence_level=confidence_level, cluster_on=cluster_on)
    rows = []
    coding = _judge_marks(inputs, sample, sectors=sectors, settings=settings)
    for sector, places in split_sectors(inputs.units["sector"], sectors):
        case = _Case(
            sector,
            places,
            sample.at(places),
            inputs,
            tuple(units_of_outcomes),
            settings,
            units_of_outcomes,
            after_days,
        )
        found = [*_judge_sector(case), coding[sector], *_judge_outcomes(case)]
        labels = {"study_id": study_id, "sector": sector, "fingerprint": fingerprint}
        rows += [labels | asdict(diagnostic) for diagnostic in found]
    columns = [column.name for column in TABLES["diagnostics"]]
    frame = pd.DataFrame(rows, columns=columns if not rows else None)
    return check_table("diagnostics", frame)


def _check_rows(inputs: GateInputs) -> None:
    frames = {name: getattr(inputs, name) for name in ("placebo", "controls", "marks")}
    sizes = {name: len(frame) for name, frame in frames.items() if frame is not None}
    sizes |= {f"pre_periods {name}": len(days) for name, days in inputs.pre_periods.items()}
    wrong = {name: size for name, size in sizes.items() if size != len(inputs.units)}
    if wrong:
        raise EstimationError(
            f"the gate has {len(inputs.units)} units, but rows {wrong}; every frame of units must"
            " hold the same units in the same order"
        )
    if (inputs.event_time >= 0).any():
        raise EstimationError("the gate looks at periods before 0 alone; leave the others out")


def _judge_sector(case: _Case) -> Iterator[Diagnostic]:
    inputs, settings, sector = case.inputs, case.settings, case.sector
    if inputs.balance is None:
        yield not_run("balance", _ABSENT)
    else:
        mine = inputs.balance[inputs.balance["sector"].eq(sector)]
        yield judge_balance(mine, outcomes=case.outcomes, settings=settings)
    if inputs.matched_share is None:
        yield not_run("matched_share", _ABSENT)
    else:
        yield judge_matched_share(inputs.matched_share, sector=sector, settings=settings)
    if inputs.attrition is None:
        yield not_run("follow_up", _ABSENT)
    else:
        yield judge_follow_up(
            inputs.attrition,
            sector=sector,
            settings=settings,
            confidence_level=case.sample.confidence_level,
        )


def _judge_marks(
    inputs: GateInputs, sample: Sample, *, sectors: Sequence[str], settings: GateSettings
) -> dict[str, Diagnostic]:
    """Judge coding by sector; where marks tell nothing, as all sectors where they do."""
    found: dict[str, Diagnostic] = {}
    told = [sector for sector in sectors if sector in settings.coding_sectors]
    for sector, rows in split_sectors(inputs.units["sector"], sectors, pooled=told):
        if sector != POOLED and sector not in told:
            continue
        if inputs.marks is None:
            found[sector] = not_run("coding", _ABSENT)
            continue
        found[sector] = judge_coding(
            inputs.marks["has_mark"].to_numpy(dtype=np.bool_)[rows],
            inputs.marks["index_year"].to_numpy(dtype=np.int64)[rows],
            sample.at(rows),
            settings=settings,
        )
    pooled = found.setdefault(
        POOLED, not_run("coding", "no sector has codes that tell treated from others")
    )
    rest = {sector: inherit_coding(pooled, settings) for sector in sectors if sector not in found}
    return found | rest


def _judge_outcomes(case: _Case) -> Iterator[Diagnostic]:
    effects = None
    if case.inputs.controls is not None:
        effects = estimate_control_effects(
            case.inputs.controls.iloc[case.rows], case.sample, settings=case.settings
        )
    for outcome in case.outcomes:
        yield from _judge_path(case, outcome)
        yield _judge_placebo(case, outcome)
        yield from _judge_estimate(case, outcome, effects)
        if case.inputs.matches_on_outcome:
            yield _judge_regression(case, outcome)


def _judge_path(case: _Case, outcome: str) -> Iterator[Diagnostic]:
    names: tuple[DiagnosticId, DiagnosticId] = ("pre_trend", "pre_trend_equivalence")
    days = case.inputs.pre_periods.get(outcome)
    if days is None:
        for name in names:
            yield not_run(name, "the outcome has no periods", outcome=outcome)
        return
    sample = case.sample
    try:
        path = estimate_event_study(
            days[case.rows],
            case.inputs.event_time,
            sample.is_treated,
            weight=sample.weight,
            matched_set=sample.matched_set,
            person=sample.person,
            reference_event_time=case.inputs.reference_event_time,
            confidence_level=sample.confidence_level,
            cluster_on=sample.cluster_on,
        )
    except EstimationError as error:
        for name in names:
            yield not_run(name, describe_problem(error), outcome=outcome)
        return
    by_year = case.settings_of(outcome, window_days=DAYS_A_YEAR)
    yield judge_pre_trend(path, outcome=outcome, settings=by_year)
    yield judge_equivalence(
        path,
        sector=case.sector,
        outcome=outcome,
        period_days=case.inputs.period_days,
        settings=by_year,
        confidence_level=sample.confidence_level,
    )


def _judge_placebo(case: _Case, outcome: str) -> Diagnostic:
    if case.inputs.placebo is None or f"{outcome}_before" not in case.inputs.placebo:
        return not_run("placebo", _ABSENT, outcome=outcome)
    before, after = (
        read_numbers(case.inputs.placebo[f"{outcome}_{time}"])[case.rows]
        for time in ("before", "after")
    )
    return judge_placebo(
        before,
        after,
        case.sample,
        outcome=outcome,
        settings=case.settings_of(outcome, window_days=case.after_days),
    )


def _judge_regression(case: _Case, outcome: str) -> Diagnostic:
    if case.inputs.placebo is None or f"{outcome}_before" not in case.inputs.placebo:
        return not_run("regression_to_mean", _ABSENT, outcome=outcome)
    return judge_regression_to_mean(
        read_numbers(case.inputs.placebo[f"{outcome}_before"])[case.rows],
        read_numbers(case.inputs.units[f"{outcome}_before"])[case.rows],
        case.sample,
        outcome=outcome,
        settings=case.settings_of(outcome, window_days=case.after_days),
    )


def _judge_estimate(
    case: _Case, outcome: str, effects: ControlEffects | None
) -> Iterator[Diagnostic]:
    before, after = (
        read_numbers(case.inputs.units[f"{outcome}_{time}"])[case.rows]
        for time in ("before", "after")
    )
    level = case.sample.confidence_level
    settings = case.settings_of(outcome, window_days=case.after_days)
    try:
        estimate = case.sample.estimate_change(before, after)
    except EstimationError as error:
        yield not_run("negative_controls", describe_problem(error), outcome=outcome)
        yield not_run("power", describe_problem(error), outcome=outcome)
        return
    if effects is None:
        yield not_run("negative_controls", _ABSENT, outcome=outcome)
    else:
        yield judge_negative_controls(
            effects,
            estimate,
            spread_days=measure_spread(before, after, case.sample),
            outcome=outcome,
            settings=settings,
            confidence_level=level,
        )
    yield judge_power(
        estimate,
        sector=case.sector,
        outcome=outcome,
        settings=settings,
        confidence_level=level,
    )
