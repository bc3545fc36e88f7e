"""The manifest, the reports, and the step that puts everything in place."""

import json
from pathlib import Path

import dagster as dg

from evaluation.deliveries.inventory import plan_files
from evaluation.manifest import build_manifest, render_manifest
from evaluation.report.planted_paths import PICTURE_FILE, render_planted_paths
from evaluation.report.render import ReportData, render_reports
from evaluation.report.texts import Language
from evaluation.schemas import TABLES
from evaluation.study import StudyDefinition
from pipelines.estimation_assets import SQL_RESULTS
from pipelines.resources import DeliveryFolder, OutputFolder, StudyFile
from pipelines.withholding import withhold_values

LANGUAGES: tuple[Language, ...] = ("nb", "en")
RESULTS = [
    *("estimates", "diagnostics", "event_study", "balance", "quality", "linkage_difference"),
    *("findings", "overlap"),
    *("states", "state_transitions", "return_to_work", *SQL_RESULTS),
    *("multiplicity", "services", "inference_checks", "specifications", "sensitivity"),
]
# Results no rule of disclosure control knows are kept away from the report.
UNDISCLOSED = {"linkage_shares", "linkage_difference", "link_violations"}


# No result is made of these yet; the manifest counts their rows as it does every table's.
UNREAD = ["core_residence"]


@dg.asset(deps=[*RESULTS, "matched_sets", *UNREAD], group_name="outputs")
@withhold_values
def manifest(
    study: StudyFile, delivery: DeliveryFolder, output: OutputFolder
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What went in, with hashes and row counts; and a copy of the study file."""
    spec, layout = delivery.read(), output.layout
    files = plan_files(delivery.folder, spec)
    with output.connect() as connection:
        content = build_manifest(connection, study=study.read(), delivery=spec, files=files)
    layout.write_file("manifest.json", render_manifest(content))
    layout.write_file("study.toml", Path(study.path).read_bytes())
    return dg.MaterializeResult(metadata={"files": len(files)})


@dg.asset(deps=["manifest", "verify", "verify_event_time"], group_name="outputs", kinds={"html"})
@withhold_values
def report(output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The report in bokmål and English, from the results alone."""
    layout = output.layout
    content = json.loads((layout.pending / "manifest.json").read_text(encoding="utf-8"))
    tables = {name: layout.read_result(name) for name in TABLES.keys() - UNDISCLOSED}
    data = ReportData(
        study=StudyDefinition.from_toml(layout.pending / "study.toml"),
        delivery_id=content["delivery"]["id"],
        delivery_kind=content["delivery"]["kind"],
        tables={name: table for name, table in tables.items() if table is not None},
        manifest=content,
        notes=layout.read_notes(),
    )
    for language, page in render_reports(data, languages=LANGUAGES).items():
        layout.write_file(f"report/report.{language}.html", page)
    picture = render_planted_paths(data, language="en")
    if picture is not None:
        layout.write_file(PICTURE_FILE, picture)
    return dg.MaterializeResult(metadata={"languages": list(LANGUAGES)})


@dg.asset(deps=["report"], group_name="outputs")
@withhold_values
def published(output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """All results put in place at once; until here the previous ones stood untouched."""
    output.layout.publish()
    return dg.MaterializeResult(metadata={"path": str(output.layout.root)})


report_assets = [manifest, report, published]
