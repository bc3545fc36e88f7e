"""Files that a fuzzer found: each once did something else than load or be refused in words."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from evaluation.deliveries import inventory
from evaluation.deliveries.file_bytes import read_bytes
from evaluation.deliveries.headers import read_headers
from evaluation.deliveries.inventory import PlannedFile, plan_files
from evaluation.deliveries.load import load_files
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.deliveries.statistics_files import read_text_chunks
from evaluation.errors import DeliveryError
from evaluation.warehouse.connection import RunSettings, open_scanner


def plan(folder: Path, content: bytes, name: str, table: str) -> PlannedFile:
    (folder / name).write_bytes(content)
    files = (FileEntry(table=table, path=name),)
    return plan_files(folder, DeliverySpec.model_construct(files=files, nav_key="nav_id"))[0]


def load(folder: Path, content: bytes, *, name: str = "f.csv", table: str = "institution"):
    """Load one file; return its rows as (number, first column), and its rejected lines."""
    file = plan(folder, content, name, table)
    with open_scanner(readable=[folder], settings=RunSettings(threads=1)) as connection:
        load_files(connection, [file], folder / "raw")
        rows = connection.execute(
            f"select row_number, {file.table.columns[0]} from {file.table.raw_table} order by all"
        ).fetchall()
        rejects = connection.execute("select row_number, raw from raw_rejects").fetchall()
    return rows, rejects


def test_an_empty_line_of_a_single_column_is_no_row(tmp_path: Path) -> None:
    rows, rejects = load(tmp_path, b"orgnr\n\n1\n\n\n2,3\n3\n\n")
    assert rows == [(1, "1"), (3, "3")]
    assert rejects == [(2, "2,3")]


MIXED = (
    b'ssb_lopenr;aargang;kommnr\r\nS1;2010;01\nS2;2010\r\n\r\n\n"S\r\n3";2010;03\r\nS4;2010;04\r'
)


@pytest.mark.parametrize("is_packed", [True, False])
def test_lines_may_end_in_two_ways_in_one_file(is_packed: bool, tmp_path: Path) -> None:
    name = "f.csv.gz" if is_packed else "f.csv"
    content = gzip.compress(MIXED) if is_packed else MIXED
    rows, rejects = load(tmp_path, content, name=name, table="residence")
    assert rows == [(1, "S1"), (3, "S\r\n3"), (4, "S4")]
    assert rejects == [(2, "S2;2010")]
    assert not (tmp_path / "raw" / "readable.csv").exists()


def test_lines_that_end_in_two_ways_may_be_in_windows_letters(tmp_path: Path) -> None:
    content = MIXED.replace(b"S1", b"\x93\xd8\x94")
    rows, _ = load(tmp_path, content, table="residence")
    assert rows[0] == (1, "“Ø”")


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_line_ends_are_told_alike_wherever_a_chunk_ends(
    place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.deliveries.file_bytes._CHUNK_BYTES", place)
    for text, is_mixed, has_lone in (
        (b"a\r\nb\r\n", False, False),
        (b"a\r\nb\n", True, False),
        (b"a\nb\nc\r", True, False),
        (b"a\nb\rc\n", False, True),
        (b"a\r\r\nb\n", True, True),
        (b'a\n"b\rc"\n', False, False),
    ):
        (tmp_path / "f.csv").write_bytes(text)
        found = read_bytes(tmp_path / "f.csv")
        assert (found.has_mixed_line_ends, found.has_lone_returns) == (is_mixed, has_lone), text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"orgnr\n1\r2\n", "carriage returns alone"),
        ("orgnr\n1\n".encode("utf-16"), "UTF-16"),
        ("orgnr\n1\n".encode("utf-16-le"), "UTF-16"),
    ],
)
def test_what_cannot_be_split_into_lines_is_refused(
    content: bytes, told: str, tmp_path: Path
) -> None:
    with pytest.raises(DeliveryError, match=told):
        plan(tmp_path, content, "f.csv", "institution")


@pytest.mark.parametrize("sign", ['"', "\n", "\r", "\0"])
def test_a_sign_that_cannot_separate_is_no_delimiter(sign: str) -> None:
    with pytest.raises(ValueError, match="delimiter"):
        FileEntry(table="person", path="x.csv", delimiter=sign)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_a_file_without_rows_has_an_end(kind: str, tmp_path: Path) -> None:
    write = pyreadstat.write_sav if kind == "sav" else pyreadstat.write_dta
    write(pd.DataFrame({"orgnr": pd.Series([], dtype=object)}), tmp_path / f"f.{kind}")
    assert [c.num_rows for c in read_text_chunks(tmp_path / f"f.{kind}", kind)] == [0]
    content = (tmp_path / f"f.{kind}").read_bytes()
    assert load(tmp_path, content, name=f"f.{kind}") == ([], [])


@pytest.mark.timeout(60)
def test_a_spss_file_need_not_tell_how_many_rows_it_has(tmp_path: Path) -> None:
    pyreadstat.write_sav(pd.DataFrame({"orgnr": ["1", "2"]}), tmp_path / "f.sav")
    content = bytearray((tmp_path / "f.sav").read_bytes())
    # The number of cases in the header; -1 is "not known" (PSPP, System File Format).
    content[80:84] = b"\xff" * 4
    assert load(tmp_path, bytes(content), name="f.sav") == ([(1, "1"), (2, "2")], [])


def test_a_parquet_file_that_claims_more_rows_than_it_can_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pa.table({"orgnr": pa.array(["1"] * 100_000)})
    pq.write_table(table, tmp_path / "t.parquet", compression="zstd")
    content = (tmp_path / "t.parquet").read_bytes()
    assert len(load(tmp_path, content, name="f.parquet")[0]) == 100_000
    monkeypatch.setattr(inventory, "_MOST_ROWS", 0)
    with pytest.raises(DeliveryError, match="100000 rows, more than"):
        plan(tmp_path, content, "f.parquet", "institution")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"orgnr": [["1", "2"]]}, "column orgnr holds a list or a structure"),
        ({"orgnr": [{"a": "1"}]}, "column orgnr holds a list or a structure"),
        ({"orgnr": ["1"], "": ["2"]}, "a column has no name"),
        ({"orgnr": ["1"], "File_Row_Number": ["2"]}, "file_row_number"),
    ],
)
def test_a_parquet_column_that_cannot_be_read_as_text_is_told(
    columns: dict[str, list[object]], told: str, tmp_path: Path
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    content = (tmp_path / "t.parquet").read_bytes()
    with pytest.raises(DeliveryError, match=told):
        plan(tmp_path, content, "f.parquet", "institution")


def test_columns_may_be_called_as_the_loader_calls_its_own(tmp_path: Path) -> None:
    names = ["orgnr", "filename", "file_index", "delivered_row", "row_number"]
    pq.write_table(pa.table({name: ["x"] for name in names}), tmp_path / "t.parquet")
    content = (tmp_path / "t.parquet").read_bytes()
    assert load(tmp_path, content, name="f.parquet") == ([(1, "x")], [])
    text = ";".join(names) + "\n" + ";".join("x" for _ in names) + "\n"
    assert load(tmp_path, text.encode()) == ([(1, "x")], [])


@pytest.mark.parametrize("read", [plan_files, read_headers])
def test_a_file_that_may_not_be_read_is_told(
    read: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f.csv").write_text("orgnr\n1\n")
    whole = Path.open

    def refuse(path: Path, *args: object, **kwargs: object):
        if path.name == "f.csv":
            raise PermissionError(13, "Permission denied")
        return whole(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", refuse)
    spec = DeliverySpec.model_construct(
        files=(FileEntry(table="institution", path="f.csv"),), nav_key="nav_id"
    )
    told = r"f\.csv: cannot be opened \(Permission denied\)"
    if read is plan_files:
        with pytest.raises(DeliveryError, match=told):
            read(tmp_path, spec)
    else:
        assert any(re.match(told, p) for p in read_headers(tmp_path, spec).problems)


@pytest.mark.parametrize(
    "rows",
    [
        # The quotes are even in number, so that rows between two of them could be one.
        ['"S2;2010;02', "S3;2010;03", '"S4;2010;04', "S5;2010;05"],
        ['"S2;2010;02', "S3;2010;03", 'x"S4;2010;04'],
        ['S2";2010;02', '"S3;2010;03', "S4;2010;04"],
        # DuckDB tells another line's text of what it rejects here.
        ['"S2;2010;02', '"x;"2010"x;03', "S4;2010;04"],
    ],
)
def test_a_quote_that_swallows_rows_stops_the_load_though_the_rest_adds_up(
    rows: list[str], tmp_path: Path
) -> None:
    lines = ["ssb_lopenr;aargang;kommnr", "S1;2010;01", *rows]
    with pytest.raises(DeliveryError, match="a quote is opened") as caught:
        load(tmp_path, "\n".join(lines).encode() + b"\n", table="residence")
    assert "S2" not in str(caught.value)


def test_text_after_a_closing_quote_makes_a_line_no_row(tmp_path: Path) -> None:
    content = b'ssb_lopenr;aargang;kommnr\nS1;2010;01\n"S2"x;2010;02\nS3;2010;03\n'
    rows, rejects = load(tmp_path, content, table="residence")
    assert rows == [(1, "S1"), (3, "S3")]
    assert rejects == [(2, '"S2"x;2010;02')]


def test_a_message_stays_one_line_whatever_a_column_is_called() -> None:
    error = DeliveryError(["one\ntwo\x1b[31m", "x" * 10_000 + " What to do."])
    assert error.problems[0] == "one\\ntwo\\x1b[31m"
    assert len(error.problems[1]) < 4_100
    assert error.problems[1].endswith("What to do.")
