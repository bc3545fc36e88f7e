"""One asset a SQL file, through one factory."""

from collections.abc import Iterator

import dagster as dg

from evaluation.sql_params import build_sql_params
from evaluation.warehouse.build import build_model
from evaluation.warehouse.models import SqlModel, read_sql_models
from pipelines.resources import SQL_FOLDER, DeliveryFolder, OutputFolder, StudyFile, describe
from pipelines.withholding import withhold_values

GRAIN_CHECK = "grain_is_unique"
# What comes after staging waits until the quality checks have let the delivery through.
QUALITY = "quality"


def _sql_asset(model: SqlModel) -> dg.AssetsDefinition:
    gate = {QUALITY} if model.layer in {"core", "mart"} else set()

    @dg.asset(
        name=model.name,
        deps=sorted(model.reads | gate),
        description=model.description,
        group_name=model.layer,
        kinds={"duckdb", "sql"},
        code_version=model.text_hash[:12],
        check_specs=[dg.AssetCheckSpec(GRAIN_CHECK, asset=model.name, blocking=True)],
    )
    @withhold_values
    def _asset(
        study: StudyFile, delivery: DeliveryFolder, output: OutputFolder
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        definition = study.read()
        params = build_sql_params(definition, delivery.read_for(definition))
        with output.connect() as connection:
            built = build_model(connection, model, params)
        yield dg.MaterializeResult(
            metadata={**describe(built), "study_fingerprint": definition.fingerprint},
            check_results=[
                dg.AssetCheckResult(
                    check_name=GRAIN_CHECK,
                    passed=built.rows == built.distinct_rows,
                    metadata={"rows": built.rows, "distinct": built.distinct_rows},
                )
            ],
        )

    return _asset


SQL_MODELS = read_sql_models(SQL_FOLDER)
sql_assets = [_sql_asset(model) for model in SQL_MODELS.values()]
