"""The raw tables and code lists: what everything else is made from."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg

from evaluation.deliveries.inventory import PlannedFile, plan_files
from evaluation.deliveries.load import (
    FILES_TABLE,
    REJECTS_TABLE,
    create_raw_tables,
    hash_sources,
    load_file,
    read_code_list,
    refuse_empty_tables,
    refuse_identity_numbers,
)
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.warehouse.build import Built, build_table
from evaluation.warehouse.connection import Connection
from pipelines.resources import SQL_FOLDER, DeliveryFolder, OutputFolder, describe
from pipelines.withholding import withhold_values

RAW_TABLES = [table.raw_table for table in CANONICAL_TABLES.values()]
CODE_LISTS = sorted((SQL_FOLDER / "codelists").glob("*.csv"))


@dg.multi_asset(
    specs=[
        dg.AssetSpec(name, group_name="raw", kinds={"duckdb"})
        for name in [*RAW_TABLES, FILES_TABLE, REJECTS_TABLE]
    ],
    name="delivery",
    description="Delivered files as raw tables: every value as text, every row with its place.",
)
@withhold_values
def delivery_assets(
    context: dg.AssetExecutionContext, delivery: DeliveryFolder, output: OutputFolder
) -> Iterator[dg.MaterializeResult]:
    """Check the delivery against the contract and load it."""
    files = plan_files(delivery.folder, delivery.read())
    with output.scan(delivery.folder) as scanner:
        refuse_identity_numbers(scanner, files)
    with output.connect(delivery.folder) as connection:
        tables = _load(connection, files, context)
    for built in tables:
        yield dg.MaterializeResult(asset_key=built.table, metadata=describe(built))


def _load(
    connection: Connection, files: Sequence[PlannedFile], context: dg.AssetExecutionContext
) -> list[Built]:
    def create() -> None:
        create_raw_tables(connection)
        for index, file in enumerate(files):
            context.log.info(f"loading {file.name}")
            load_file(connection, file, index)
        refuse_empty_tables(connection)

    # All raw tables come from one load, so they share its key.
    key = hashlib.sha256(hash_sources(files).encode()).hexdigest()
    return [
        build_table(connection, name, key=key, create=create if position == 0 else _nothing)
        for position, name in enumerate([FILES_TABLE, REJECTS_TABLE, *RAW_TABLES])
    ]


def _nothing() -> None:
    """The first table's load has made this one."""


def _code_list_asset(path: Path) -> dg.AssetsDefinition:
    table = f"codelist_{path.stem}"

    @dg.asset(
        name=table,
        group_name="codelists",
        kinds={"duckdb", "csv"},
        description=f"Code list sql/codelists/{path.name}",
    )
    @withhold_values
    def _asset(output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
        with output.connect(path.parent) as connection:
            built = build_table(
                connection,
                table,
                key=hashlib.sha256(path.read_bytes()).hexdigest(),
                create=lambda: read_code_list(connection, path, table),
            )
        return dg.MaterializeResult(metadata=describe(built))

    return _asset


code_list_assets = [_code_list_asset(path) for path in CODE_LISTS]
