"""The Dagster graph. `dagster dev -m pipelines.definitions` shows it; the CLI runs it.

The UI reads what to work on from the environment: EVALUATION_DELIVERY, EVALUATION_OUT and
EVALUATION_STUDY (default: the study of Raskere tilbake), EVALUATION_TRUTH.
"""

import os

import dagster as dg

from evaluation.warehouse.connection import RunSettings
from pipelines.check_assets import quality, quarantine
from pipelines.delivery_assets import code_list_assets, delivery_assets
from pipelines.estimation_assets import estimation_assets
from pipelines.gate_assets import gate_assets
from pipelines.matching_assets import matching_assets
from pipelines.report_assets import report_assets
from pipelines.resources import DEFAULT_STUDY, DeliveryFolder, OutputFolder, StudyFile
from pipelines.sensitivity_assets import sensitivity_assets
from pipelines.sql_assets import sql_assets


def build_definitions(
    study: StudyFile, delivery: DeliveryFolder, output: OutputFolder
) -> dg.Definitions:
    """Join the assets with what they work on; tests and the CLI give their own.

    Args:
        study: The protocol.
        delivery: The delivery.
        output: OUT.
    """
    return dg.Definitions(
        assets=[
            delivery_assets,
            code_list_assets,
            *sql_assets,
            *matching_assets,
            quarantine,
            quality,
            *gate_assets,
            *estimation_assets,
            *sensitivity_assets,
            *report_assets,
        ],
        resources={"study": study, "delivery": delivery, "output": output},
        # One process: DuckDB uses all threads itself, and one file takes one writer.
        executor=dg.in_process_executor,
    )


defs = build_definitions(
    StudyFile(path=os.environ.get("EVALUATION_STUDY", str(DEFAULT_STUDY))),
    DeliveryFolder(
        path=os.environ.get("EVALUATION_DELIVERY", ""),
        truth=os.environ.get("EVALUATION_TRUTH", ""),
    ),
    OutputFolder(
        path=os.environ.get("EVALUATION_OUT", "out"),
        threads=RunSettings().threads,
        memory=RunSettings().memory,
    ),
)
