"""A block's part of each file as bytes, as it goes from the process that makes it to the writer."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.csv as pa_csv

from synthetic_data.block import BlockTables

Format = Literal["csv", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "parquet")
TRUTH = ("truth/effects", "truth/uncoded", "truth/event_time")
_CSV = pa_csv.WriteOptions(
    include_header=False, delimiter=";", quoting_style="none", batch_size=65536
)


@dataclass(frozen=True, slots=True)
class BlockParts:
    """Bytes to be written, by the path of the file without ending.

    Attributes:
        registers: Lines of CSV without a header, or an Arrow stream.
        headers: First line of each CSV file.
        truth: Arrow streams.
        summary: Sums behind truth/summary.
    """

    registers: dict[str, bytes]
    headers: dict[str, bytes]
    truth: dict[str, bytes]
    summary: pa.Table


def pack_block(block: BlockTables, file_format: Format) -> BlockParts:
    """Turn the tables of a block into bytes.

    Args:
        block: From `build_block`.
        file_format: Which files there will be.
    """
    pack = csv_lines if file_format == "csv" else arrow_stream
    return BlockParts(
        registers={path: pack(table) for path, table in block.files.items()},
        headers={path: csv_header(table) for path, table in block.files.items()},
        truth={
            path: arrow_stream(table)
            for path, table in zip(
                TRUTH, (block.effects, block.uncoded, block.event_time), strict=True
            )
        },
        summary=block.summary,
    )


def csv_header(table: pa.Table) -> bytes:
    """Write the first line of a CSV file."""
    return (";".join(table.column_names) + "\n").encode("latin-1")


def csv_lines(table: pa.Table) -> bytes:
    """Write rows as CSV: semicolons, Latin-1, no quotes, empty cells for nulls."""
    plain = table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(plain, sink, write_options=_CSV)
    text = sink.getvalue().to_pybytes()
    return text if text.isascii() else text.decode().encode("latin-1")


def arrow_stream(table: pa.Table) -> bytes:
    """Write a table as an Arrow stream; only the rows of a slice are taken along."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def read_stream(content: bytes) -> pa.Table:
    """Read what `arrow_stream` wrote."""
    return pa.ipc.open_stream(content).read_all()
