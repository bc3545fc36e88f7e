"""The gate: diagnostics of the estimates, before any estimate is made."""

import dagster as dg

from evaluation.diagnostics import DIAGNOSTIC_MARTS, diagnose, read_diagnosed
from pipelines.resources import OutputFolder, StudyFile
from pipelines.withholding import withhold_values


@dg.asset(
    deps=[*DIAGNOSTIC_MARTS, "balance", "matched_share", "attrition"],
    group_name="results",
)
@withhold_values
def diagnostics(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What the gate found, by sector and outcome."""
    layout = output.layout
    with output.connect() as connection:
        diagnosed = read_diagnosed(connection)
    rows = diagnose(
        diagnosed,
        study.read(),
        balance=layout.read_result("balance"),
        matched_share=layout.read_result("matched_share"),
        attrition=layout.read_result("attrition"),
    )
    layout.write_result("diagnostics", rows)
    return dg.MaterializeResult(metadata={"dagster/row_count": len(rows)})


gate_assets = [diagnostics]
