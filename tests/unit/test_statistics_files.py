from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from evaluation.deliveries import statistics_files
from evaluation.deliveries.statistics_files import read_text_chunks, turn_numbers
from evaluation.errors import DeliveryError

DATA = Path(__file__).parents[1] / "data"
ROWS = pd.DataFrame(
    {
        "key": [1234567890.0, None, 9007199254740990.0],
        "kommnr": ["0301", "", "5001"],
        "part": [0.5, 1.0, None],
        "born": [date(1975, 7, 1), None, date(1899, 12, 31)],
        "seen": [datetime(2010, 1, 1, 23, 59), None, datetime(2012, 2, 29)],
    }
)
TEXTS = {
    "key": ["1234567890", None, "9007199254740990"],
    "kommnr": ["0301", None, "5001"],
    "part": ["0.5", "1", None],
    "born": ["1975-07-01", None, "1899-12-31"],
    "seen": ["2010-01-01", None, "2012-02-29"],
}


def write(path: Path) -> Path:
    if path.suffix == ".sav":
        pyreadstat.write_sav(ROWS, str(path))
    else:
        pyreadstat.write_dta(ROWS, str(path))
    return path


def texts(path: Path, kind: str) -> dict[str, list[str | None]]:
    whole: dict[str, list[str | None]] = {}
    for chunk in read_text_chunks(path, kind):
        for name, values in chunk.to_pydict().items():
            whole.setdefault(name, []).extend(values)
    return whole


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_whole_numbers_keep_no_decimals_texts_their_zeros_and_dates_are_iso(
    kind: str, tmp_path: Path
) -> None:
    assert texts(write(tmp_path / f"f.{kind}"), kind) == TEXTS


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_chunks_join_to_the_whole_also_where_one_holds_only_nothing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistics_files, "_CHUNK_ROWS", 1)
    assert texts(write(tmp_path / f"f.{kind}"), kind) == TEXTS


def test_months_of_stata_stay_months(tmp_path: Path) -> None:
    # Stata counts months from January 1960: 600 is January 2010.
    frame = pd.DataFrame({"fom": [600.0, None, -1.0]})
    path = tmp_path / "m.dta"
    pyreadstat.write_dta(frame, str(path), variable_format={"fom": "%tm"})
    assert texts(path, "dta") == {"fom": ["2010-01", None, "1959-12"]}


def test_a_file_of_sas_is_read_and_days_without_a_format_stay_numbers() -> None:
    assert texts(DATA / "small.sas7bdat", "sas7bdat") == {
        "lopenr": ["0000000001", "0000000002"],
        "debitor": ["20", "1"],
        "inndato": ["18263", "19052"],
        "vekt": ["0.25", None],
    }


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_a_broken_file_is_told_without_its_content(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"f.{kind}")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DeliveryError, match=rf"f\.{kind}: cannot be read as {kind}") as caught:
        list(read_text_chunks(path, kind))
    assert "1234567890" not in str(caught.value)


# 2010-01-01 is day 18263 from 1960-01-01 and day 156038 from 1582-10-14 (SPSS).
DAY, SPSS_DAY = 18263.0, 156038.0


@pytest.mark.parametrize(
    ("kind", "form", "number"),
    [
        ("sas7bdat", "YYMMDD10", DAY),
        ("sas7bdat", "DATE9", DAY),
        ("sas7bdat", "DDMMYYP10", DAY),
        ("sas7bdat", "E8601DA", DAY),
        ("sas7bdat", "DATETIME20", DAY * 86_400 + 3_600),
        ("sas7bdat", "E8601DT", DAY * 86_400),
        ("sav", "DATE11", SPSS_DAY * 86_400),
        ("sav", "EDATE10", SPSS_DAY * 86_400),
        ("sav", "DATETIME20", SPSS_DAY * 86_400 + 86_399),
        ("dta", "%td", DAY),
        ("dta", "%tdDD.NN.CCYY", DAY),
        ("dta", "%d", DAY),
        ("dta", "%tc", DAY * 86_400_000),
    ],
)
def test_a_date_format_makes_a_day(kind: str, form: str, number: float) -> None:
    assert turn_numbers([number, None], kind, form).to_pylist() == ["2010-01-01", None]


@pytest.mark.parametrize(
    ("kind", "form"), [("sas7bdat", "BEST12"), ("sav", "F8.2"), ("dta", "%9.0g"), ("dta", "")]
)
def test_a_number_format_makes_a_number(kind: str, form: str) -> None:
    assert turn_numbers([DAY, 0.1, -3.0], kind, form).to_pylist() == ["18263", "0.1", "-3"]
