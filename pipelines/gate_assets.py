"""The gate: diagnostics of the estimates, before any estimate is made."""

import dagster as dg

from evaluation.gate.diagnostic import GateSettings
from evaluation.gate.inputs import build_gate_inputs
from evaluation.gate.judge import judge
from evaluation.warehouse.build import read_table
from pipelines.resources import OutputFolder, StudyFile
from pipelines.withholding import withhold_values

UNIT_ORDER = "sector, matched_set_id, is_treated desc, person_id"
SETS = "inner join mart_matched_sets using (matched_set_id, person_id)"
PRE_COLUMNS = "mart_event_time.*"


@dg.asset(
    deps=[
        *("mart_matched_units", "mart_matched_sets", "mart_event_time", "mart_placebo_outcomes"),
        *("mart_negative_controls", "mart_coding_marks", "balance", "matched_share", "attrition"),
    ],
    group_name="results",
)
@withhold_values
def diagnostics(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What the gate found, by sector and outcome."""
    definition, layout = study.read(), output.layout
    with output.connect() as connection:
        units = read_table(connection, "mart_matched_units", order_by=UNIT_ORDER).to_pandas()
        pre_periods = read_table(
            connection,
            f"mart_event_time {SETS} where event_time < 0",
            columns=PRE_COLUMNS,
            order_by=f"{UNIT_ORDER}, event_time",
        ).to_pandas()
        placebo = read_table(
            connection, f"mart_placebo_outcomes {SETS}", order_by=UNIT_ORDER
        ).to_pandas()
        controls = read_table(
            connection, f"mart_negative_controls {SETS}", order_by=f"{UNIT_ORDER}, chapter"
        ).to_pandas(strings_to_categorical=True)
        marks = read_table(connection, f"mart_coding_marks {SETS}", order_by=UNIT_ORDER).to_pandas()
    inputs = build_gate_inputs(
        units,
        pre_periods=pre_periods,
        placebo=placebo,
        controls=controls,
        marks=marks,
        balance=layout.read_result("balance"),
        matched_share=layout.read_result("matched_share"),
        attrition=layout.read_result("attrition"),
        period_outcomes=definition.outcomes.by_period,
        reference_event_time=definition.windows.reference_event_time,
        period_days=definition.windows.period_days,
    )
    rows = judge(
        inputs,
        settings=GateSettings(**definition.gate.model_dump()),
        outcomes=definition.outcomes.primary,
        sectors=definition.sectors,
        confidence_level=definition.inference.confidence_level,
        cluster_on=definition.inference.cluster_on,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
    )
    layout.write_result("diagnostics", rows)
    return dg.MaterializeResult(metadata={"dagster/row_count": len(rows)})


gate_assets = [diagnostics]
