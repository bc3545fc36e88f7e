import gzip
import hashlib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from evaluation.deliveries import file_bytes
from evaluation.deliveries.file_bytes import find_blank_lines, read_bytes
from evaluation.deliveries.inventory import PlannedFile, plan_files
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.errors import DeliveryError

HEADER = "ssb_id;year;municipality_code"


def plan(folder: Path, content: bytes, name: str = "r.csv", **entry: str) -> PlannedFile:
    (folder / name).write_bytes(content)
    files = (FileEntry(table="residence", path=name, **entry),)  # type: ignore[arg-type]
    return plan_files(folder, DeliverySpec.model_construct(files=files, nav_key="nav_id"))[0]


def refusal(folder: Path, content: bytes, name: str = "r.csv", **entry: str) -> str:
    with pytest.raises(DeliveryError) as caught:
        plan(folder, content, name, **entry)
    assert len(caught.value.problems) == 1, caught.value.problems
    return caught.value.problems[0]


def test_a_utf8_file_with_a_byte_order_mark_has_clean_names(tmp_path: Path) -> None:
    file = plan(tmp_path, f"\ufeff{HEADER}\nS1;2010;0301\n".encode())
    assert file.encoding == "utf-8"
    assert file.delivered_columns == ("ssb_id", "year", "municipality_code")


def test_a_latin1_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    file = plan(tmp_path, f"{HEADER};sted\nS1;2010;0301;Tromsø\n".encode("latin-1"))
    assert file.encoding == "latin-1"


def test_a_latin1_letter_at_the_very_end_is_not_taken_for_utf8(tmp_path: Path) -> None:
    # 0xF8 opens no sequence, 0xE5 opens one of three bytes that never come.
    file = plan(tmp_path, f"{HEADER};sted\nS1;2010;0301;å".encode("latin-1"))
    assert file.encoding == "latin-1"


def test_plain_ascii_is_read_as_utf8_whatever_the_entry_says(tmp_path: Path) -> None:
    content = f"{HEADER}\nS1;2010;0301\n".encode()
    assert plan(tmp_path, content).encoding == "utf-8"
    assert plan(tmp_path, content, encoding="latin-1").encoding == "utf-8"


def test_windows_1252_is_known_by_the_signs_that_latin1_has_not(tmp_path: Path) -> None:
    content = f"{HEADER};sted\nS1;2010;0301;–å\n".encode("cp1252")
    assert plan(tmp_path, content).encoding == "cp1252"
    assert plan(tmp_path, gzip.compress(content), "r.csv.gz").encoding == "cp1252"


def test_bytes_that_are_no_text_are_refused_with_advice(tmp_path: Path) -> None:
    text = refusal(tmp_path, f"{HEADER};sted\nS1;2010;0301;".encode() + b"\x81\x90\n")
    assert "unreadable encoding; allowed: utf-8, latin-1, cp1252" in text
    assert "iconv" in text


def test_an_encoding_that_the_file_does_not_have_is_refused(tmp_path: Path) -> None:
    text = refusal(tmp_path, f"{HEADER};ø\nS1;2010;0301;å\n".encode("latin-1"), encoding="utf-8")
    assert "not readable as utf-8" in text
    assert "readable as: latin-1" in text


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str, tmp_path: Path) -> None:
    content = f"{HEADER}\nS1;2010;0301\n".replace(";", delimiter).encode()
    file = plan(tmp_path, content)
    assert file.delimiter == delimiter
    assert file.delivered_columns == ("ssb_id", "year", "municipality_code")


def test_the_delimiter_of_delivery_toml_goes_first(tmp_path: Path) -> None:
    content = b"ssb_id:year:municipality_code:a;b;c;d;e\nS1:2010:0301:\n"
    file = plan(tmp_path, content, delimiter=":")
    assert file.delivered_columns == ("ssb_id", "year", "municipality_code", "a;b;c;d;e")


def test_windows_line_ends_leave_no_trace_in_the_names(tmp_path: Path) -> None:
    file = plan(tmp_path, f"{HEADER}\r\nS1;2010;0301\r\n".encode())
    assert file.delivered_columns[-1] == "municipality_code"
    assert file.row_counts == (1, 1)


def test_a_quoted_header_and_spaces_around_names_are_understood(tmp_path: Path) -> None:
    file = plan(tmp_path, b'"ssb_id"; year ;"municipality_code"\nS1;2010;0301\n')
    assert file.delivered_columns == ("ssb_id", "year", "municipality_code")


def test_a_column_without_a_name_gets_its_place(tmp_path: Path) -> None:
    file = plan(tmp_path, f";{HEADER};\n0;S1;2010;0301;\n".encode())
    assert file.delivered_columns == (
        "unnamed_1",
        "ssb_id",
        "year",
        "municipality_code",
        "unnamed_5",
    )


def test_names_that_occur_twice_whatever_their_case_are_refused(tmp_path: Path) -> None:
    text = refusal(tmp_path, f"{HEADER};Notat;NOTAT\nS1;2010;0301;;\n".encode())
    assert text == "r.csv: column names occur twice: notat."


def test_a_file_without_a_header_is_refused_and_its_values_are_not_shown(tmp_path: Path) -> None:
    text = refusal(tmp_path, b"CANARY1;2010;0301\nCANARY2;2010;0301\n")
    assert "The first line must hold the column names" in text
    assert "CANARY" not in text


@pytest.mark.parametrize(
    "first_line",
    [
        "ssb_id;year;kommCANARY;CANARY;2010;0301",
        "ssb_id;year;komm;CANARY0001",
        "ssb_id;year;komm;CANARY;9",
        "ssb_id;year;municipality_code;kommCANARY1234;kommCANARY1234",
    ],
)
def test_names_that_look_like_values_are_not_shown(first_line: str, tmp_path: Path) -> None:
    text = refusal(tmp_path, f"{first_line}\nCANARY;2010;0301\n".encode())
    assert "not shown because they look like values of a row" in text
    assert "CANARY" not in text


def test_carriage_returns_alone_are_refused_before_a_row_is_taken_for_a_name(
    tmp_path: Path,
) -> None:
    text = refusal(tmp_path, b"ssb_id;year;komm\rCANARY;2010;0301\rCANARY;2010;0301\r")
    assert "its lines end with carriage returns alone" in text
    assert "CANARY" not in text


def test_a_missing_required_column_is_told_with_the_names_found(tmp_path: Path) -> None:
    text = refusal(tmp_path, b"ssb_id;year;komm\nS1;2010;0301\n")
    assert "required column municipality_code of residence is missing" in text
    assert "Columns found: ssb_id, year, komm" in text


@pytest.mark.parametrize(
    ("body", "rows", "has_blank"),
    [
        ("", 0, False),
        ("a;1;1\n", 1, False),
        ("a;1;1", 1, False),
        ("a;1;1\nb;1;1", 2, False),
        ("\n\na;1;1\n\n\nb;1;1\n\n", 2, True),
        ("\r\na;1;1\r\n\r\n\r\nb;1;1\r\n", 2, True),
        ("a;1;1\n   \nb;1;1\n", 3, False),
        ("a;1;1\n\n", 1, True),
    ],
)
def test_rows_are_counted_without_header_and_blank_lines(
    body: str, rows: int, has_blank: bool, tmp_path: Path
) -> None:
    file = plan(tmp_path, f"{HEADER}\n{body}".encode())
    assert file.row_counts == (rows, rows)
    assert file.has_blank_lines is has_blank


def test_a_line_feed_between_quotes_ends_no_row(tmp_path: Path) -> None:
    file = plan(tmp_path, f'{HEADER}\n"S\n\n1";2010;0301\n"a""b";1;1\nc;1;1\n'.encode())
    assert file.row_counts == (4, 3)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 11, 1000])
def test_where_one_chunk_ends_and_the_next_begins_changes_nothing(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes('a;b\r\n\r\n"ø\r\n""x";€\r\n\r\n\r\n\n1;2\n3;4'.encode())
    monkeypatch.setattr(file_bytes, "_CHUNK_BYTES", size)
    facts = read_bytes(path)
    assert facts.encodings[0] == "utf-8"
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    # Header, the two lines of the quoted row, 1;2 and 3;4.
    assert (facts.filled_lines, facts.filled_records) == (5, 4)
    assert facts.has_blank_lines
    assert list(find_blank_lines(path)) == [2, 4, 5, 6]


def test_a_letter_on_the_border_of_a_real_chunk_is_still_utf8(tmp_path: Path) -> None:
    head = f"{HEADER}\n".encode()
    filler = b"S;2010;0301\n" * 350_000
    filler = filler[: (1 << 22) - len(head) - 1]
    file = plan(tmp_path, head + filler + "ø;2010;0301\n".encode())
    assert file.encoding == "utf-8"


def test_size_and_hash_are_those_of_the_bytes(tmp_path: Path) -> None:
    content = f"{HEADER}\nS1;2010;0301\n".encode()
    file = plan(tmp_path, content)
    assert file.size_bytes == len(content)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"   \nS1;2010;0301\n"])
def test_an_empty_file_or_first_line_is_refused(content: bytes, tmp_path: Path) -> None:
    assert "the file is empty, or its first line is" in refusal(tmp_path, content)


def test_a_parquet_file_gives_its_column_names(tmp_path: Path) -> None:
    table = pa.table({"SSB_Lopenr": ["S1"], "aar": [2010], "kommnr": ["0301"]})
    pq.write_table(table, tmp_path / "t.parquet")
    file = plan(tmp_path, (tmp_path / "t.parquet").read_bytes(), "r.parquet")
    assert file.kind == "parquet"
    assert file.mapping == {
        "ssb_id": ("SSB_Lopenr",),
        "year": ("aar",),
        "municipality_code": ("kommnr",),
    }
    assert file.row_counts == ()


def test_a_corrupt_parquet_file_is_refused(tmp_path: Path) -> None:
    assert "not a readable Parquet file" in refusal(tmp_path, b"PAR1 broken", "r.parquet")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("r.zip", "an archive is not read; unpack it first"),
        ("r.csv.7z", "an archive is not read; unpack it first"),
        ("r.tar.gz", "an archive is not read; unpack it first"),
        ("r.XLSX", "a spreadsheet is not read; save it as .csv"),
        ("r", "unknown kind of file; allowed: .csv, .txt, .sdv (also .gz), .parquet, .sas7bdat"),
        ("r.dta.gz", "unknown kind of file"),
        ("r.pdf", "Unpack or convert it"),
    ],
)
def test_a_kind_of_file_that_is_not_read_is_refused_with_advice(
    name: str, told: str, tmp_path: Path
) -> None:
    assert told in refusal(tmp_path, b"some bytes\n", name)


@pytest.mark.parametrize(
    ("name", "maker"), [("r.sas7bdat", "SAS"), ("r.SAV", "SPSS"), ("r.dta", "Stata")]
)
def test_a_broken_file_of_a_statistics_package_is_refused(
    name: str, maker: str, tmp_path: Path
) -> None:
    assert f"not a readable {maker} file" in refusal(tmp_path, b"some bytes\n", name)
    assert "the file is empty" in refusal(tmp_path, b"", name)


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_a_file_of_a_statistics_package_gives_names_and_its_number_of_rows(
    kind: str, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"SSB_Lopenr": ["S1", "S2"], "aar": [2010, 2011], "kommnr": ["0301", ""]})
    path = tmp_path / f"t.{kind}"
    {"sav": pyreadstat.write_sav, "dta": pyreadstat.write_dta}[kind](frame, str(path))
    file = plan(tmp_path, path.read_bytes(), f"r.{kind}")
    assert (file.kind, file.row_counts) == (kind, (2,))
    assert file.delivered_columns == ("SSB_Lopenr", "aar", "kommnr")
    assert file.mapping["municipality_code"] == ("kommnr",)
    assert not file.has_blank_lines


def test_a_sas_file_of_unknown_length_has_no_number_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No package at hand writes sas7bdat.
    def read(path: str, *, metadataonly: bool) -> tuple[None, pyreadstat.metadata_container]:
        assert metadataonly
        names = ["lopenr_person", "aargang", "kommnr"]
        found = pyreadstat.metadata_container(column_names=names, number_rows=-1)
        found.readstat_variable_types = dict.fromkeys(names, "double")
        return None, found

    monkeypatch.setattr(pyreadstat, "read_sas7bdat", read)
    file = plan(tmp_path, b"SAS", "r.sas7bdat")
    assert (file.kind, file.row_counts) == ("sas7bdat", ())


def test_a_gzipped_csv_is_looked_at_unpacked_and_hashed_as_delivered(tmp_path: Path) -> None:
    content = gzip.compress(f"{HEADER}\nSØ;2010;0301\n\n".encode("latin-1"))
    file = plan(tmp_path, content, "r.csv.gz")
    assert (file.kind, file.encoding, file.delimiter) == ("csv", "latin-1", ";")
    assert file.row_counts == (1, 1)
    assert file.size_bytes == len(content)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_a_gzipped_file_that_is_cut_off_or_no_gzip_is_refused(tmp_path: Path) -> None:
    content = gzip.compress(f"{HEADER}\nS1;2010;0301\n".encode())
    for broken in (content[:-12], b"not gzip\n"):
        assert "not a readable gzip file" in refusal(tmp_path, broken, "r.csv.gz")


def test_a_gzipped_file_that_grows_beyond_any_register_is_refused(tmp_path: Path) -> None:
    content = gzip.compress(f"{HEADER}\n".encode() + b"0" * 30_000_000)
    assert len(content) * 250 < 30_000_000
    assert "more than 250 times as large" in refusal(tmp_path, content, "r.csv.gz")


def test_the_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "b.xlsx").write_bytes(b"x")
    files = tuple(FileEntry(table="residence", path=n) for n in ("a.csv", "b.xlsx", "c.csv"))
    with pytest.raises(DeliveryError) as caught:
        plan_files(tmp_path, DeliverySpec.model_construct(files=files, nav_key="nav_id"))
    # What is not there at all comes first.
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "c.csv",
        "a.csv",
        "b.xlsx",
    ]


def test_a_column_of_delivery_toml_that_the_file_lacks_is_told(tmp_path: Path) -> None:
    text = refusal(tmp_path, f"{HEADER}\nS1;2010;0301\n".encode(), columns={"sted": "year"})  # type: ignore[arg-type]
    assert "names sted, which the file does not have" in text
