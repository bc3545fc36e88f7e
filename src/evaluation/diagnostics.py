"""What the gate reads, and the gate by the settings of a study: the same for a run and a replicate.

The diagnostics themselves are in gate/, which knows neither a warehouse nor a study.
"""

from dataclasses import dataclass

import pandas as pd

from evaluation.gate.diagnostic import GateSettings
from evaluation.gate.inputs import build_gate_inputs
from evaluation.gate.judge import judge
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import read_table
from evaluation.warehouse.connection import Connection

_UNIT_ORDER = "sector, matched_set_id, is_treated desc, person_id"
_SETS = "inner join mart_matched_sets using (matched_set_id, person_id)"
DIAGNOSTIC_MARTS = (
    *("mart_matched_units", "mart_matched_sets", "mart_event_time", "mart_placebo_outcomes"),
    *("mart_negative_controls", "mart_coding_marks"),
)
"""Models that `read_diagnosed` reads."""


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosed:
    """Frames of the matched units, all in one order.

    Attributes:
        units: mart_matched_units.
        pre_periods: mart_event_time before 0.
        placebo: mart_placebo_outcomes.
        controls: mart_negative_controls.
        marks: mart_coding_marks.
    """

    units: pd.DataFrame
    pre_periods: pd.DataFrame
    placebo: pd.DataFrame
    controls: pd.DataFrame
    marks: pd.DataFrame


def read_diagnosed(connection: Connection) -> Diagnosed:
    """Read the marts that the gate is about.

    Args:
        connection: The warehouse, with DIAGNOSTIC_MARTS.
    """

    def read(source: str, *, columns: str = "*", order_by: str = _UNIT_ORDER) -> pd.DataFrame:
        table = read_table(connection, source, columns=columns, order_by=order_by)
        frame: pd.DataFrame = table.to_pandas(strings_to_categorical="chapter" in order_by)
        return frame

    return Diagnosed(
        units=read("mart_matched_units"),
        pre_periods=read(
            f"mart_event_time {_SETS} where event_time < 0",
            columns="mart_event_time.*",
            order_by=f"{_UNIT_ORDER}, event_time",
        ),
        placebo=read(f"mart_placebo_outcomes {_SETS}"),
        controls=read(f"mart_negative_controls {_SETS}", order_by=f"{_UNIT_ORDER}, chapter"),
        marks=read(f"mart_coding_marks {_SETS}"),
    )


def diagnose(
    diagnosed: Diagnosed,
    study: StudyDefinition,
    *,
    balance: pd.DataFrame | None,
    matched_share: pd.DataFrame | None,
    attrition: pd.DataFrame | None,
) -> pd.DataFrame:
    """Judge a run by the diagnostics and thresholds of its study.

    Args:
        diagnosed: Frames of the matched units.
        study: Study that is run.
        balance: Result of that name.
        matched_share: Result of that name.
        attrition: Result of that name.

    Returns:
        schemas.TABLES["diagnostics"].

    Raises:
        EstimationError: A frame has other units, or another order.
    """
    inputs = build_gate_inputs(
        diagnosed.units,
        pre_periods=diagnosed.pre_periods,
        placebo=diagnosed.placebo,
        controls=diagnosed.controls,
        marks=diagnosed.marks,
        balance=balance,
        matched_share=matched_share,
        attrition=attrition,
        period_outcomes=study.outcomes.by_period,
        reference_event_time=study.windows.reference_event_time,
        period_days=study.windows.period_days,
        matches_on_outcome=study.matching.uses_prior_outcomes,
    )
    return judge(
        inputs,
        settings=GateSettings(**study.gate.model_dump()),
        units_of_outcomes={
            str(name): unit for name, unit in study.outcomes.units_of_primary.items()
        },
        sectors=study.sectors,
        after_days=study.windows.after_days,
        confidence_level=study.inference.confidence_level,
        cluster_on=study.inference.cluster_on,
        study_id=study.id,
        fingerprint=study.fingerprint,
    )
