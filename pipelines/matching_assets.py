"""Matched sets that SQL cannot choose. Thin: read, call one function, write."""

import dagster as dg

from evaluation.matching.build import READS, TABLE, build_match_computed
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
