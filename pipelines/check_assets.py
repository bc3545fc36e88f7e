"""The quality gate before anything is estimated, and the quarantine in a file of its own."""

import dagster as dg

from evaluation.errors import EvaluationError
from evaluation.manifest import check_no_row_is_lost
from evaluation.quality import check_quality
from evaluation.sql_params import build_sql_params
from evaluation.warehouse.build import read_table, write_parquet
from evaluation.warehouse.models import read_sql_checks
from pipelines.resources import SQL_FOLDER, DeliveryFolder, OutputFolder, StudyFile
from pipelines.withholding import withhold_values

CHECKS = read_sql_checks(SQL_FOLDER)


@dg.asset(deps=["stg_quarantine"], group_name="restricted", kinds={"parquet"})
@withhold_values
def quarantine(output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Delivered rows that could not be used, with rule, file and row number (restricted)."""
    with output.connect() as connection:
        table = read_table(connection, "stg_quarantine").drop_columns(["file_index"])
    names = {"table_name": "table", "rule_name": "rule", "column_name": "column", "raw_text": "raw"}
    table = table.rename_columns([names.get(name, name) for name in table.column_names])
    write_parquet(table, output.layout.restricted / "quarantine.parquet")
    return dg.MaterializeResult(metadata={"dagster/row_count": table.num_rows})


@dg.asset(
    deps=sorted(
        {table for check in CHECKS.values() for table in check.reads} | {"quarantine", "stg_files"}
    ),
    group_name="results",
)
@withhold_values
def quality(
    context: dg.AssetExecutionContext,
    study: StudyFile,
    delivery: DeliveryFolder,
    output: OutputFolder,
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Every check of sql/checks; a run stops here when the delivery is too bad to use."""
    definition = study.read()
    params = build_sql_params(definition, delivery.read())
    with output.connect() as connection:
        lost = check_no_row_is_lost(connection)
        report = check_quality(
            connection,
            CHECKS,
            params,
            fingerprint=definition.fingerprint,
            thresholds=definition.quality.thresholds,
        )
    if lost:
        raise EvaluationError(lost)
    for warning in report.warnings:
        context.log.warning(warning)
    output.layout.write_result("quality_places", report.places)
    if delivery.for_estimates:
        report.validate()
    else:
        output.layout.write_problems(report.contract_problems, report.error_problems)
    table = output.layout.write_result("quality", report.table)
    return dg.MaterializeResult(metadata={"dagster/row_count": len(table)})
