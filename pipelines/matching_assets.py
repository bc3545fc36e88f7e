"""Matched sets that SQL cannot choose. Thin: read, call one function, write."""

import dagster as dg

from evaluation.matching.build import READS, TABLE, build_match_computed
from evaluation.matching.overlap import build_overlap
from evaluation.warehouse.build import read_table
from pipelines.resources import OutputFolder, StudyFile, describe
from pipelines.withholding import withhold_values


@dg.asset(name=TABLE, deps=list(READS), group_name="mart", kinds={"duckdb"})
@withhold_values
def match_computed(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Sets by nearness, propensity score or balance; empty when the study matches in SQL."""
    with output.connect() as connection:
        built, notes = build_match_computed(connection, study.read())
    output.layout.write_notes(TABLE, notes)
    return dg.MaterializeResult(metadata={**describe(built), "notes": list(notes)})


@dg.asset(deps=["mart_overlap_cells"], group_name="results")
@withhold_values
def overlap(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Preference scores of both arms, before matching."""
    definition = study.read()
    with output.connect() as connection:
        cells = read_table(connection, "mart_overlap_cells").to_pandas()
    result = build_overlap(
        cells,
        sectors=definition.sectors,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
    )
    rows = output.layout.write_result("overlap", result.table)
    output.layout.write_notes("overlap", result.notes)
    return dg.MaterializeResult(metadata={"dagster/row_count": len(rows)})


matching_assets = [match_computed, overlap]
