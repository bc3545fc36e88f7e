import csv
from pathlib import Path

import pandas as pd
import pytest

from evaluation.csv_cells import write_csv
from evaluation.outputs import OutputLayout

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "-"]
HARMLESS = ["", " =1", "a=1", "'=1", "SOM", "2012-03-01", "æ", "1", "a\t=1", 'x"=1']


def read_back(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("dtype", ["string", "object", "category"])
def test_a_text_that_would_be_computed_gets_an_apostrophe_and_no_other_text_does(
    dtype: str, tmp_path: Path
) -> None:
    table = pd.DataFrame({"text": pd.Series([*FORMULAS, *HARMLESS], dtype=dtype), "n": 1})
    write_csv(table, tmp_path / "a.csv")
    found = [row[0] for row in read_back(tmp_path / "a.csv")[1:]]
    assert found == [*(f"'{formula}" for formula in FORMULAS), *HARMLESS]


@pytest.mark.parametrize(
    ("text", "cell"), [("\r=1", "'\n=1"), ("a\r=1", "a\n=1"), ("a\r\n=1", "a\n=1")]
)
def test_a_carriage_return_begins_no_new_cell(text: str, cell: str, tmp_path: Path) -> None:
    write_csv(pd.DataFrame({"text": [text], "n": [1]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == f'text,n\n"{cell}",1\n'.encode()


def test_numbers_flags_and_gaps_stay_as_they_are(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "att": pd.Series([-1.5, None], dtype="Float64"),
            "count": pd.Series([-3, None], dtype="Int64"),
            "plain": [-0.25, float("nan")],
            "covered": pd.Series([True, None], dtype="boolean"),
            "text": pd.Series([None, "=1"], dtype="string"),
        }
    )
    write_csv(table, tmp_path / "a.csv")
    assert read_back(tmp_path / "a.csv") == [
        ["att", "count", "plain", "covered", "text"],
        ["-1.5", "-3", "-0.25", "True", ""],
        ["", "", "", "", "'=1"],
    ]


def test_the_table_itself_is_left_alone(tmp_path: Path) -> None:
    table = pd.DataFrame({"text": ["=1"]})
    write_csv(table, tmp_path / "a.csv")
    assert table["text"].tolist() == ["=1"]


def test_a_result_has_the_apostrophe_in_its_csv_and_the_plain_text_in_its_parquet(
    tmp_path: Path,
) -> None:
    layout = OutputLayout(tmp_path / "out")
    layout.prepare()
    rows = pd.DataFrame(
        {
            "register": ["=HYPERLINK(A1)", "npr"],
            "n_persons": [10, 20],
            "n_linked": [-9, 20],
            "n_unlinked": [1, 0],
            "n_link_rows_without_register": [0, 3],
            "fingerprint": ["f", "-f"],
        }
    )
    layout.write_result("linkage", rows)
    written = read_back(layout.pending / "results" / "linkage.csv")
    assert written[1:] == [
        ["'=HYPERLINK(A1)", "10", "-9", "1", "0", "f"],
        ["npr", "20", "20", "0", "3", "'-f"],
    ]
    read = layout.read_result("linkage")
    assert read is not None
    assert read["register"].tolist() == ["=HYPERLINK(A1)", "npr"]
    assert read["fingerprint"].tolist() == ["f", "-f"]
