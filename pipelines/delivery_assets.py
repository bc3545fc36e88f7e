"""The raw tables and code lists: what everything else is made from."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import dagster as dg

from evaluation.deliveries.identity_numbers import refuse_identity_numbers
from evaluation.deliveries.inventory import PlannedFile, plan_files
from evaluation.deliveries.load import (
    FILES_TABLE,
    REJECTS_TABLE,
    hash_sources,
    load_files,
    read_code_list,
    refuse_empty_tables,
    remove_other_loads,
)
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.warehouse.build import Built, build_table
from evaluation.warehouse.connection import Connection
from pipelines.check_assets import CHECKS
from pipelines.resources import SQL_FOLDER, DeliveryFolder, OutputFolder, StudyFile, describe
from pipelines.sql_assets import SQL_MODELS
from pipelines.withholding import withhold_values

RAW_TABLES = [table.raw_table for table in CANONICAL_TABLES.values()]
_READ = {table for model in [*SQL_MODELS.values(), *CHECKS.values()] for table in model.reads}
# A list that no SQL reads is no asset: nothing would wait for it.
CODE_LISTS = [
    path
    for path in sorted((SQL_FOLDER / "codelists").glob("*.csv"))
    if f"codelist_{path.stem}" in _READ
]


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
    context: dg.AssetExecutionContext,
    study: StudyFile,
    delivery: DeliveryFolder,
    output: OutputFolder,
) -> Iterator[dg.MaterializeResult]:
    """Check the delivery against the contract and load it."""
    files = plan_files(delivery.folder, delivery.read_for(study.read()))
    with output.scan(delivery.folder) as scanner:
        refuse_identity_numbers(scanner, files)
    with output.connect(delivery.folder) as connection:
        tables = _load(connection, files, output.layout.raw, context)
    for built in tables:
        yield dg.MaterializeResult(asset_key=built.table, metadata=describe(built))


def _load(
    connection: Connection,
    files: Sequence[PlannedFile],
    raw: Path,
    context: dg.AssetExecutionContext,
) -> list[Built]:
    # All raw tables come from one load, so they share its key. They read Parquet files by their
    # path: in a folder moved elsewhere they are loaded again.
    key = hashlib.sha256(f"{raw}\n{hash_sources(files)}".encode()).hexdigest()
    folder = raw / key[:16]

    def create() -> None:
        load_files(connection, files, folder, tell=lambda name: context.log.info(f"loading {name}"))
        refuse_empty_tables(connection, {file.table.name for file in files})

    built = [
        build_table(connection, name, key=key, create=create if position == 0 else _nothing)
        for position, name in enumerate([FILES_TABLE, REJECTS_TABLE, *RAW_TABLES])
    ]
    remove_other_loads(folder)
    return built


def _nothing() -> None:
    """The first table's load has made this one."""


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            f"codelist_{path.stem}",
            group_name="codelists",
            kinds={"duckdb", "csv"},
            description=f"Code list sql/codelists/{path.name}",
        )
        for path in CODE_LISTS
    ],
    name="codelists",
    description="The code lists of sql/codelists as tables.",
    # A run up to some assets reads only the lists that they need.
    can_subset=True,
)
@withhold_values
def code_list_assets(
    context: dg.AssetExecutionContext, output: OutputFolder
) -> Iterator[dg.MaterializeResult]:
    """Load the code lists, each as it stands."""
    with output.connect(SQL_FOLDER / "codelists") as connection:
        for path in CODE_LISTS:
            table = f"codelist_{path.stem}"
            if dg.AssetKey(table) not in context.selected_asset_keys:
                continue
            built = build_table(
                connection,
                table,
                key=hashlib.sha256(path.read_bytes()).hexdigest(),
                create=partial(read_code_list, connection, path, table),
            )
            yield dg.MaterializeResult(asset_key=table, metadata=describe(built))
