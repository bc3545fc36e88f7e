"""The table match_computed in the warehouse: empty unless the study matches by computation."""

import hashlib

import pandas as pd
import pyarrow as pa

from evaluation.matching.computed import ComputedSets, MatchingChoice, build_computed_sets
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import Built, build_table, read_keys, read_table
from evaluation.warehouse.connection import Connection

TABLE = "match_computed"
# Kept beside it, for a run that leaves the table as it stood.
_NOTES = "match_computed_notes"
READS = ("mart_match_pool", "mart_window_outcomes")
_SCHEMA = pa.schema(
    {
        "matched_set_id": pa.int64(),
        "sector": pa.string(),
        "is_treated": pa.bool_(),
        "person_id": pa.int64(),
        "weight": pa.float64(),
    }
)
_POOL = """
    mart_match_pool
    inner join (
        select is_treated, sector, person_id, sick_leave_days_before, health_benefit_days_before
        from mart_window_outcomes
    ) using (is_treated, sector, person_id)
"""


def build_match_computed(
    connection: Connection, study: StudyDefinition
) -> tuple[Built, tuple[str, ...]]:
    """Build match_computed, unless it stands there already from the same inputs.

    Args:
        connection: The warehouse, with READS built.
        study: Says how to match.

    Returns:
        What became of the table, and one line for each sector that could not be matched.

    Raises:
        EstimationError: A covariate is missing for someone.
    """

    def create() -> None:
        sets = _compute(connection, study)
        _write(connection, TABLE, pa.Table.from_pandas(sets.table, _SCHEMA, preserve_index=False))
        _write(connection, _NOTES, pa.table({"note": pa.array(sets.notes, pa.string())}))

    inputs = read_keys(connection, READS, reader=TABLE)
    text = repr((study.matching.model_dump(mode="json"), study.sectors, inputs))
    key = hashlib.sha256(text.encode()).hexdigest()
    built = build_table(connection, TABLE, key=key, create=create)
    return built, tuple(read_table(connection, _NOTES)["note"].to_pylist())


def create_empty_match_computed(connection: Connection) -> None:
    """Create match_computed as a study has it that matches in SQL.

    Args:
        connection: A database without the table, or with one to be replaced.
    """
    _write(connection, TABLE, _SCHEMA.empty_table())


def _write(connection: Connection, table: str, rows: pa.Table) -> None:
    connection.register("computed_rows", rows)
    connection.execute(f"create or replace table {table} as select * from computed_rows")
    connection.unregister("computed_rows")


def _compute(connection: Connection, study: StudyDefinition) -> ComputedSets:
    matching = study.matching
    if matching.is_in_sql:
        return ComputedSets(_SCHEMA.empty_table().to_pandas(), ())
    pool: pd.DataFrame = read_table(connection, _POOL).to_pandas(date_as_object=False)
    choice = MatchingChoice(
        method=matching.method,  # type: ignore[arg-type]  # the others are SQL
        balance_on=matching.balance_on,
        nearest_on=matching.nearest_on,
        n_controls=int(matching.controls_per_treated)
        if matching.controls_per_treated != "all"
        else len(pool),
        caliper=matching.caliper,
        with_replacement=matching.with_replacement,
    )
    return build_computed_sets(pool, choice, sectors=study.sectors)
