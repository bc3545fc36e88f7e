import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from small_delivery import SmallDelivery

from evaluation.deliveries import metadata
from evaluation.deliveries.file_bytes import UnreadableError
from evaluation.deliveries.headers import DeliveryHeaders, FileHeader, read_headers
from evaluation.deliveries.inventory import plan_files
from evaluation.deliveries.metadata import guess_encoding, read_first_line
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.errors import DeliveryError

HEADER = "ssb_lopenr;aargang;kommnr"


def look(folder: Path, *files: FileEntry) -> DeliveryHeaders:
    return read_headers(folder, DeliverySpec.model_construct(files=files, nav_key="nav_id"))


def residence(folder: Path, content: bytes, name: str = "r.csv", **entry: str) -> FileHeader:
    (folder / name).write_bytes(content)
    return look(folder, FileEntry(table="residence", path=name, **entry)).files[0]  # type: ignore[arg-type]


def test_files_that_hold_only_headers_are_understood(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    for lines in small_delivery.lines.values():
        del lines[1:]
    folder = small_delivery.write(tmp_path / "d")
    found = read_headers(folder, DeliverySpec.from_folder(folder))
    assert found.problems == ()
    assert [file.table for file in found.files] == list(small_delivery.tables.values())
    assert [(c.name, c.type, c.canonical) for c in found.files[3].columns] == [
        ("ssb_lopenr", "text", "ssb_id"),
        ("aargang", "text", "year"),
        ("nus2000", "text", "nus2000_code"),
    ]
    assert set(found.missing_tables) == {
        "residence",
        "institution",
        "employment",
        "nav_measure",
        "npr_person",
    }


def test_nothing_after_the_first_line_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    class Stream:
        def readline(self, size: int) -> bytes:
            asked.append(size)
            return f"{HEADER}\n".encode()

        def __enter__(self) -> "Stream":
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing to close."""

    # Any other way to read would be missing from the stream.
    monkeypatch.setattr(metadata, "open_unpacked", lambda _path: Stream())
    assert residence(tmp_path, b"CANARY").missing == ()
    assert asked == [1 << 20]


def test_rows_of_broken_bytes_do_not_matter_and_a_long_first_line_is_refused(
    tmp_path: Path,
) -> None:
    assert residence(tmp_path, f"{HEADER}\n".encode() + b"\x00\x81\xff" * 99).problems == ()
    long = residence(tmp_path, b"x" * (1 << 20))
    assert "the first line never ends" in long.problems[0]


def test_a_gzipped_csv_is_read_by_its_first_line(tmp_path: Path) -> None:
    content = gzip.compress(f"{HEADER};sted_ø\r\nS1;2010;0301;\r\n".encode("latin-1"), mtime=0)
    file = residence(tmp_path, content, "r.csv.gz")
    assert [column.name for column in file.columns] == ["ssb_lopenr", "aargang", "kommnr", "sted_ø"]
    assert "not a readable gzip file" in residence(tmp_path, b"no", "r.csv.gz").problems[0]


def test_the_values_of_a_file_without_header_are_not_shown(tmp_path: Path) -> None:
    file = residence(tmp_path, b"CANARY1;2010;0301\nCANARY2;2010;0301\n")
    assert file.columns == ()
    assert "CANARY" not in repr(file)
    assert "The first line must hold the column names" in file.problems[0]


def test_types_of_other_kinds_come_from_the_files_themselves(tmp_path: Path) -> None:
    table = pa.table({"ssb_lopenr": ["S1"], "aar": [2010], "kommnr": ["0301"]})
    pq.write_table(table, tmp_path / "t.parquet")
    file = residence(tmp_path, (tmp_path / "t.parquet").read_bytes(), "r.parquet")
    assert [column.type for column in file.columns] == ["string", "int64", "string"]
    frame = pd.DataFrame({"ssb_lopenr": ["S1"], "aar": [2010.0], "kommnr": ["0301"]})
    pyreadstat.write_dta(frame, str(tmp_path / "t.dta"))
    file = residence(tmp_path, (tmp_path / "t.dta").read_bytes(), "r.dta")
    assert file.kind == "dta"
    assert [column.type.split()[0] for column in file.columns] == ["string", "double", "string"]


def test_wide_files_say_what_each_year_is(tmp_path: Path) -> None:
    name = "bosted.csv"
    file = residence(tmp_path, b"lopenr_person;bostedskommune_01_01_2008;x\n", name)
    assert file.family == "ssb_residence"
    assert [column.canonical for column in file.columns] == [
        "ssb_id",
        "municipality_code of 2008",
        None,
    ]


def test_all_problems_are_told_at_once_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ssb_lopenr;aargang\n")
    (tmp_path / "b.zip").write_bytes(b"x")
    files = [FileEntry(table="residence", path=n) for n in ("a.csv", "b.zip", "c.csv")]
    problems = look(tmp_path, *files).problems
    assert any("required column municipality_code of residence is missing" in p for p in problems)
    assert any(p.startswith("b.zip: an archive is not read") for p in problems)
    assert any(p.startswith("c.csv: no such file") for p in problems)


def test_a_table_that_is_not_delivered_is_lost_and_no_problem(tmp_path: Path) -> None:
    # `check` reports such a delivery and goes on; what `run` asks for besides, `run` says.
    (tmp_path / "a.csv").write_text(f"{HEADER}\n")
    found = look(tmp_path, FileEntry(table="residence", path="a.csv"))
    assert found.problems == ()
    assert {"link", "person", "education", "nav_benefit"} <= set(found.missing_tables)


@pytest.mark.parametrize("years", [("2014", "2014"), ("", "2015")])
def test_department_stays_and_hospital_stays_are_the_same_contacts(
    years: tuple[str, str], tmp_path: Path
) -> None:
    names = [f"M19_{kind}{year}_FIL.csv" for kind, year in zip(("AVD", "SHO"), years, strict=True)]
    text = "LNr;innDato;utDato;omsorgsniva;debitor;tilstand_1_1\n1;2014-01-01;;3;20;M54\n"
    for name in names:
        (tmp_path / name).write_text(text)
    files = [FileEntry(table="npr_contact", path=name) for name in names]
    told = [p for p in look(tmp_path, *files).problems if "the same contacts" in p]
    assert len(told) == 1
    assert names[0] in told[0]
    assert names[1] in told[0]


def test_department_stays_of_one_year_and_hospital_stays_of_another_go_together(
    tmp_path: Path,
) -> None:
    names = ["M19_AVD2014_FIL.csv", "M19_SHO2015_FIL.csv"]
    text = "LNr;innDato;utDato;omsorgsniva;debitor;tilstand_1_1\n1;2014-01-01;;3;20;M54\n"
    for name in names:
        (tmp_path / name).write_text(text)
    files = tuple(FileEntry(table="npr_contact", path=name) for name in names)
    spec = DeliverySpec.model_construct(files=files, nav_key="nav_id")
    assert [file.values for file in plan_files(tmp_path, spec)] == [{"sector": "SOM"}] * 2


def test_headers_and_plan_understand_a_file_alike(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    folder = small_delivery.write(tmp_path / "d")
    spec = DeliverySpec.from_folder(folder)
    for header, file in zip(
        read_headers(folder, spec).files, plan_files(folder, spec), strict=True
    ):
        read = {c.name for c in header.columns if c.canonical}
        assert read == {name for names in file.mapping.values() for name in names}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(b"plain", None), ("ø".encode(), "utf-8"), (b"\xf8", "latin-1"), (b"\x96\xf8", "cp1252")],
)
def test_an_encoding_is_guessed_from_what_is_seen(text: bytes, encoding: str | None) -> None:
    assert guess_encoding(text) == encoding


def test_an_empty_first_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"\r\nx\n")
    with pytest.raises(UnreadableError, match="its first line is"):
        read_first_line(tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"sep=;\r\nssb_lopenr;aargang;kommnr\r\n", "its first line is sep="),
        (b'\xef\xbb\xbf"SEP=;"\nssb_lopenr;aargang;kommnr\n', "its first line is sep="),
        (gzip.compress(b"ssb_lopenr;aargang;kommnr\n", mtime=0), "is packed with gzip"),
        (b"PK\x03\x04\x14\x00" + b"x" * 40, "is packed with zip"),
    ],
)
def test_a_csv_that_is_packed_or_begins_with_a_line_for_excel_is_told_so(
    content: bytes, told: str, tmp_path: Path
) -> None:
    assert told in residence(tmp_path, content).problems[0]
    spec = DeliverySpec.model_construct(
        files=(FileEntry(table="residence", path="r.csv"),), nav_key="nav_id"
    )
    with pytest.raises(DeliveryError, match=told):
        plan_files(tmp_path, spec)
