"""manifest.json: what went in, what was run, with which versions, how many rows, how long."""

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from evaluation.deliveries.inventory import PlannedFile
from evaluation.deliveries.spec import DeliverySpec
from evaluation.study import StudyDefinition
from evaluation.warehouse.connection import Connection

_PACKAGES = ("evaluation", "duckdb", "dagster", "numpy", "pandas", "pyarrow", "scipy")


def build_manifest(
    connection: Connection,
    *,
    study: StudyDefinition,
    delivery: DeliverySpec,
    files: Sequence[PlannedFile],
) -> dict[str, Any]:
    """Collect what is needed to say where the results come from.

    Args:
        connection: The warehouse, built.
        study: The protocol.
        delivery: delivery.toml.
        files: The files, in loading order.

    Returns:
        Plain values only: no row-level data, no pseudonym, no path of the machine.
    """
    counts = {
        row[0]: row[1:]
        for row in connection.execute(
            "select file_number, sum(rows_delivered)::bigint, sum(rows_loaded)::bigint,"
            " sum(rows_quarantined)::bigint from stg_files group by file_number"
        ).fetchall()
    }
    tables = connection.execute(
        "select table_name, row_count, build_seconds from _built order by table_name"
    ).fetchall()
    return {
        "delivery": {"id": delivery.id, "kind": delivery.kind},
        "study": {"id": study.id, "fingerprint": study.fingerprint, "seed": study.seed},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        "files": [
            {
                "table": file.table.name,
                "path": file.name,
                "bytes": file.size_bytes,
                "sha256": file.sha256,
                "rows_delivered": counts[index][0],
                "rows_loaded": counts[index][1],
                "rows_quarantined": counts[index][2],
            }
            for index, file in enumerate(files)
        ],
        "tables": [
            {"table": name, "rows": rows, "seconds": round(seconds, 3)}
            for name, rows, seconds in tables
        ],
    }


def check_no_row_is_lost(connection: Connection) -> list[str]:
    """Return a message for each file whose rows do not add up.

    Args:
        connection: The warehouse, staging built.
    """
    rows = connection.execute(
        "select file, rows_delivered, rows_loaded, rows_quarantined from stg_files"
        " where rows_delivered <> rows_loaded + rows_quarantined order by file"
    ).fetchall()
    return [
        f"{file}: {delivered} rows delivered, but {loaded} loaded and {quarantined} quarantined."
        " This is a fault of the program, not of the delivery: please report it."
        for file, delivered, loaded, quarantined in rows
    ]


def render_manifest(manifest: dict[str, Any]) -> str:
    """Write the manifest as readable JSON."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
