import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluation.deliveries.inventory import PlannedFile, plan_files
from evaluation.deliveries.load import (
    create_raw_tables,
    hash_sources,
    load_files,
    read_code_list,
    remove_other_loads,
)
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.errors import DeliveryError
from evaluation.warehouse.build import build_table
from evaluation.warehouse.connection import Connection, RunSettings, open_warehouse

HEADER = "ssb_id;year;municipality_code"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Connection]:
    file = tmp_path / "warehouse.duckdb"
    with open_warehouse(file, readable=[tmp_path], settings=RunSettings(threads=1)) as connection:
        create_raw_tables(connection)
        yield connection


def plan(folder: Path, text: str | bytes, name: str = "r.csv", **entry: Any) -> PlannedFile:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    files = (FileEntry(**{"table": "residence", "path": name, **entry}),)
    return plan_files(folder, DeliverySpec.model_construct(files=files, nav_key="nav_id"))[0]


def load(connection: Connection, *files: PlannedFile) -> tuple[int, int]:
    """Load into a folder beside the warehouse; return rows read and rejected of the first file."""
    database = connection.execute("select path from duckdb_databases() limit 1").fetchall()[0][0]
    first = load_files(connection, files, Path(database).parent / "raw" / "now")[0]
    return first.rows_read, first.rows_rejected


def rows(connection: Connection, index: int = 0) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select row_number, ssb_id, year, municipality_code from raw_ssb__residence"
        " where file_index = $1 order by row_number",
        [index],
    ).fetchall()


def rejects(connection: Connection, index: int = 0) -> list[tuple[Any, ...]]:
    return connection.execute(
        "select row_number, rule, raw from raw_rejects where file_index = $1 order by row_number",
        [index],
    ).fetchall()


def contacts(connection: Connection, columns: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"select {columns} from raw_npr__contacts order by row_number"
    ).fetchall()


def test_values_stay_text_and_rows_are_numbered_from_one(
    warehouse: Connection, tmp_path: Path
) -> None:
    file = plan(tmp_path, f"{HEADER}\nS1;2010;0301\nS2; 2011 ;\n")
    assert load(warehouse, file) == (2, 0)
    assert rows(warehouse) == [(1, "S1", "2010", "0301"), (2, "S2", "2011", None)]


def test_columns_may_come_in_any_order_with_others_between(
    warehouse: Connection, tmp_path: Path
) -> None:
    load(warehouse, plan(tmp_path, "x,Kommnr,AAR,lopenr_person\n?,0301,2010,S1\n"))
    assert rows(warehouse) == [(1, "S1", "2010", "0301")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_that_are_no_rows_are_kept_and_the_rows_after_them_keep_their_place(
    end: str, last: bool, warehouse: Connection, tmp_path: Path
) -> None:
    lines = [HEADER, "S1", "S2;2010;02", "S3;2010", "S4;2010;04;5", "S5;2010;05", "S6;2010;06"]
    text = end.join([*lines, "S7;1;2;3;4"]) + (end if last else "")
    assert load(warehouse, plan(tmp_path, text)) == (3, 4)
    assert [(row[0], row[1]) for row in rows(warehouse)] == [(2, "S2"), (5, "S5"), (6, "S6")]
    assert rejects(warehouse) == [
        (1, "missing_columns", "S1"),
        (3, "missing_columns", "S3;2010"),
        (4, "too_many_columns", "S4;2010;04;5"),
        (7, "too_many_columns", "S7;1;2;3;4"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_are_no_rows_and_take_no_number(
    end: str, warehouse: Connection, tmp_path: Path
) -> None:
    lines = [HEADER, "", "S1;2010;01", "", "", "S2;2010", "S3;2010;03", "", "S4", "S5;2010;05", ""]
    file = plan(tmp_path, end.join(lines) + end)
    assert load(warehouse, file) == (3, 2)
    assert [(row[0], row[1]) for row in rows(warehouse)] == [(1, "S1"), (3, "S3"), (5, "S5")]
    assert rejects(warehouse) == [
        (2, "missing_columns", "S2;2010"),
        (4, "missing_columns", "S4"),
    ]


def test_the_rejects_of_one_file_leave_the_next_alone(
    warehouse: Connection, tmp_path: Path
) -> None:
    first = plan(tmp_path, f"{HEADER}\nS1\nS2;2010;02\n", "a.csv")
    second = plan(tmp_path, f"{HEADER}\nS3;2010;03\nS4;2010;04\n", "b.csv")
    assert load(warehouse, first, second) == (1, 1)
    assert [row[0] for row in rows(warehouse, 0)] == [2]
    assert [row[0] for row in rows(warehouse, 1)] == [1, 2]
    assert rejects(warehouse, 1) == []
    assert warehouse.execute(
        "select file_index, table_name, file, row_count, rejected_count from raw_files order by all"
    ).fetchall() == [(0, "residence", "a.csv", 1, 1), (1, "residence", "b.csv", 2, 0)]


def test_quotes_may_hold_delimiters_line_feeds_and_quotes(
    warehouse: Connection, tmp_path: Path
) -> None:
    text = f'{HEADER}\n"S;1";2010;01\n"S\n2";2010;02\n"S""3";2010;03\nS4\nS5;2010;05\n'
    assert load(warehouse, plan(tmp_path, text)) == (4, 1)
    assert [(row[0], row[1]) for row in rows(warehouse)] == [
        (1, "S;1"),
        (2, "S\n2"),
        (3, 'S"3'),
        (5, "S5"),
    ]
    assert rejects(warehouse) == [(4, "missing_columns", "S4")]


def test_a_gzipped_file_loads_like_a_plain_one(warehouse: Connection, tmp_path: Path) -> None:
    text = f"{HEADER}\nS1;2010;01\n\nS2\nS3;2010;03\n"
    file = plan(tmp_path, gzip.compress(text.encode()), "r.csv.gz")
    assert load(warehouse, file) == (2, 1)
    assert [(row[0], row[1]) for row in rows(warehouse)] == [(1, "S1"), (3, "S3")]
    assert rejects(warehouse) == [(2, "missing_columns", "S2")]


def test_a_quote_inside_a_plain_value_is_part_of_it(warehouse: Connection, tmp_path: Path) -> None:
    load(warehouse, plan(tmp_path, f'{HEADER}\nS1;2010;5" rør\nS2;2010;02\n'))
    assert [row[3] for row in rows(warehouse)] == ['5" rør', "02"]


def test_a_quote_that_is_never_closed_stops_the_load_because_it_swallows_rows(
    warehouse: Connection, tmp_path: Path
) -> None:
    file = plan(tmp_path, f'{HEADER}\nS1;2010;01\nS2;2010;"02\nS3;2010;03\nS4;2010;04\n')
    with pytest.raises(DeliveryError, match="opened and never closed") as caught:
        load(warehouse, file)
    assert "S2" not in str(caught.value)
    assert "in row 2 a quote" in str(caught.value)


def test_latin1_letters_arrive_whole(warehouse: Connection, tmp_path: Path) -> None:
    text = f"{HEADER}\nSÆ;2010;01\nSØ\nSÅ;2010;03\n".encode("latin-1")
    load(warehouse, plan(tmp_path, text))
    assert [(row[0], row[1]) for row in rows(warehouse)] == [(1, "SÆ"), (3, "SÅ")]
    assert rejects(warehouse) == [(2, "missing_columns", "SØ")]


def test_a_byte_order_mark_is_no_part_of_the_first_name(
    warehouse: Connection, tmp_path: Path
) -> None:
    load(warehouse, plan(tmp_path, f"\ufeff{HEADER}\nS1;2010;01\n"))
    assert rows(warehouse) == [(1, "S1", "2010", "01")]


@pytest.mark.parametrize("delimiter", ["|", "\t", "'"])
def test_every_delimiter_is_read_as_it_was_found(
    delimiter: str, warehouse: Connection, tmp_path: Path
) -> None:
    text = f"{HEADER}\nS1;2010;01\n".replace(";", delimiter)
    load(warehouse, plan(tmp_path, text, delimiter=delimiter))
    assert rows(warehouse) == [(1, "S1", "2010", "01")]


def test_a_header_with_quotes_in_its_names_is_only_a_name(
    warehouse: Connection, tmp_path: Path
) -> None:
    text = f"""{HEADER};it's;say ""hi""\nS1;2010;01;a;b\n"""
    load(warehouse, plan(tmp_path, text))
    assert rows(warehouse) == [(1, "S1", "2010", "01")]


CONTACTS = "lopenr;omsorgsniva;inndato;utdato;debitor;hdiag;tilstand_1_2;bdiag1;ncmp_1;ncsp_1"


def test_several_columns_are_joined_with_bars_and_empty_ones_left_out(
    warehouse: Connection, tmp_path: Path
) -> None:
    text = f"{CONTACTS}\nN1;3;2010-01-01;;020;M54.5;G55.1;;WX01;\nN2;3;2010-01-01;;20;M545;;;;\n"
    file = plan(tmp_path, text, table="npr_contact", sector="PHV")
    load(warehouse, file)
    assert contacts(
        warehouse, "sector, debitor_code, main_icd10_code, secondary_icd10_codes, procedure_codes"
    ) == [("PHV", "020", "M54.5", "G55.1", "WX01"), ("PHV", "20", "M545", None, None)]


def test_dates_are_turned_by_the_format_of_the_entry_and_kept_when_they_do_not_fit(
    warehouse: Connection, tmp_path: Path
) -> None:
    text = f"{CONTACTS}\nN1;3;31/12/2010;2010-12-31;20;M545;;;;\n"
    file = plan(tmp_path, text, table="npr_contact", sector="SOM", date_format="%d/%m/%Y")
    load(warehouse, file)
    assert contacts(warehouse, "start_date, end_date") == [("2010-12-31", "2010-12-31")]


def test_the_ssb_key_stands_in_for_navs_when_the_delivery_says_so(
    warehouse: Connection, tmp_path: Path
) -> None:
    (tmp_path / "b.csv").write_text("ssb_id;ytelse;fom\nS1;SP;2010-01-01\n")
    spec = DeliverySpec.model_construct(
        files=(FileEntry(table="nav_benefit", path="b.csv"),), nav_key="ssb_id"
    )
    load(warehouse, plan_files(tmp_path, spec)[0])
    found = warehouse.execute("select nav_id from raw_nav__benefit_spells").fetchall()
    assert found == [("S1",)]


def test_parquet_dates_numbers_and_nulls_become_text(warehouse: Connection, tmp_path: Path) -> None:
    table = pa.table(
        {
            "ssb_id": ["S1", "S2", None],
            "sex_code": pa.array([1, None, 2], pa.int8()),
            "birth_year": pa.array([1970.0, None, 1980.0]),
            "death_date": pa.array([date(2015, 3, 1), None, None]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    content = (tmp_path / "t.parquet").read_bytes()
    loaded = load(warehouse, plan(tmp_path, content, "p.parquet", table="person"))
    assert loaded == (3, 0)
    assert warehouse.execute(
        "select row_number, ssb_id, sex_code, birth_year, death_date"
        " from raw_ssb__persons order by row_number"
    ).fetchall() == [
        (1, "S1", "1", "1970.0", "2015-03-01"),
        (2, "S2", None, None, None),
        (3, None, "2", "1980.0", None),
    ]


def test_a_file_cut_off_since_it_was_looked_at_stops_the_load(
    warehouse: Connection, tmp_path: Path
) -> None:
    file = plan(tmp_path, f"{HEADER}\nS1;2010;01\nS2;2010;02\n")
    file.path.write_text(f"{HEADER}\nS1;2010;01\n")
    with pytest.raises(DeliveryError, match=r"r\.csv: the file has 2 rows, but 1 were read"):
        load(warehouse, file)


def test_a_truncated_parquet_file_is_told_without_its_content(
    warehouse: Connection, tmp_path: Path
) -> None:
    table = pa.table({"ssb_id": ["S"], "year": ["1"], "municipality_code": ["1"]})
    pq.write_table(table, tmp_path / "t.parquet")
    file = plan(tmp_path, (tmp_path / "t.parquet").read_bytes(), "p.parquet")
    file.path.write_bytes(file.path.read_bytes()[:40])
    with pytest.raises(DeliveryError, match=r"p\.parquet: cannot be read as parquet"):
        load(warehouse, file)


def test_nothing_of_a_failed_load_remains(warehouse: Connection, tmp_path: Path) -> None:
    good = plan(tmp_path, f"{HEADER}\nS1;2010;01\n", "a.csv")
    bad = plan(tmp_path, f'{HEADER}\nS2;2010;"02\nS3;2010;03\n', "b.csv")

    def load_into(name: str, *files: PlannedFile) -> None:
        load_files(warehouse, files, tmp_path / "raw" / name)

    build_table(warehouse, "raw_files", key="one", create=lambda: load_into("one", good))
    with pytest.raises(DeliveryError):
        build_table(warehouse, "raw_files", key="two", create=lambda: load_into("two", good, bad))
    remove_other_loads(tmp_path / "raw" / "one")
    assert rows(warehouse, 0) == [(1, "S1", "2010", "01")]
    assert rows(warehouse, 1) == []
    assert warehouse.execute("select count(*) from raw_files").fetchall() == [(1,)]
    assert warehouse.execute("select count(*) from raw_rejects").fetchall() == [(0,)]


def test_all_files_that_cannot_be_read_are_told_at_once(
    warehouse: Connection, tmp_path: Path
) -> None:
    files = [
        plan(tmp_path, f'{HEADER}\nS2;2010;"02\nS3;2010;03\n', "b.csv"),
        plan(tmp_path, f"{HEADER}\nS1;2010;01\n", "c.csv"),
        plan(tmp_path, f'{HEADER}\nS2;"2010;02\nS3;2010;03\n', "a.csv"),
    ]
    with pytest.raises(DeliveryError) as caught:
        load(warehouse, *files)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["b.csv", "a.csv"]


def test_a_changed_file_changes_the_hash_of_the_sources(tmp_path: Path) -> None:
    before = plan(tmp_path, f"{HEADER}\nS1;2010;01\n")
    same = plan(tmp_path, f"{HEADER}\nS1;2010;01\n")
    after = plan(tmp_path, f"{HEADER}\nS1;2010;02\n")
    assert hash_sources([before]) == hash_sources([same])
    assert hash_sources([before]) != hash_sources([after])


def test_a_code_list_keeps_its_leading_zeros_and_empty_cells(
    warehouse: Connection, tmp_path: Path
) -> None:
    (tmp_path / "c.csv").write_text('code,term\n010,"a, b"\n,\n')
    read_code_list(warehouse, tmp_path / "c.csv", "codelist_c")
    found = warehouse.execute("select code, term from codelist_c").fetchall()
    assert found == [("010", "a, b"), (None, None)]


def test_cells_without_blanks_at_their_edges_load_as_those_with_some(
    warehouse: Connection, tmp_path: Path
) -> None:
    tight = plan(tmp_path, f'{HEADER}\ns1;2010;0301\n"";;""\n"a b";2011;\n', name="tight.csv")
    text = f'{HEADER}\n s1; 2010 ;0301 \n" "; ;""\n"a b ";2011; \n'
    loose = plan(tmp_path, text, name="loose.csv")
    hard = plan(tmp_path, text.replace(" ;", "\u00a0;"), name="hard.csv")
    assert [file.may_have_edge_blanks for file in (tight, loose, hard)] == [False, True, True]
    load(warehouse, tight, loose, hard)
    wanted = [(1, "s1", "2010", "0301"), (2, None, None, None), (3, "a b", "2011", None)]
    assert rows(warehouse, 0) == rows(warehouse, 1) == rows(warehouse, 2) == wanted


def test_cells_are_trimmed_when_the_delimiter_is_a_letter(
    warehouse: Connection, tmp_path: Path
) -> None:
    header, lines = "ssb_idxyearxmunicipality_code", "s1x2010x0301\ns2 x2010x0301\n"
    file = plan(tmp_path, f"{header}\n{lines}", delimiter="x")
    load(warehouse, file)
    assert [row[1] for row in rows(warehouse)] == ["s1", "s2"]


def test_a_file_of_plain_letters_is_read_as_utf_8_whatever_it_is_said_to_be(
    warehouse: Connection, tmp_path: Path
) -> None:
    plain = plan(tmp_path, f"{HEADER}\ns1;2010;0301\n", name="a.csv", encoding="latin-1")
    other = plan(tmp_path, f"{HEADER}\nså;2010;0301\n".encode("latin-1"), encoding="latin-1")
    assert (plain.encoding, other.encoding) == ("utf-8", "latin-1")
    load(warehouse, plain, other)
    assert [rows(warehouse, index)[0][1] for index in (0, 1)] == ["s1", "så"]
