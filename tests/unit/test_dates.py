from collections.abc import Callable

import duckdb
import pytest

from evaluation.deliveries.dates import build_date_sql

Turn = Callable[..., str | None]


@pytest.fixture(scope="module")
def turn() -> Turn:
    def run(text: str | None, date_format: str | None = None) -> str | None:
        sql = build_date_sql("value", date_format)
        with duckdb.connect() as connection:
            row = connection.execute(f"select {sql} from (select $1::varchar as value)", [text])
            return row.fetchall()[0][0]  # type: ignore[no-any-return]

    return run


# From 1960 to 2010 are 50 years with 13 leap days (1960, 1964 ... 2008): 50 x 365 + 13 = 18263.
@pytest.mark.parametrize(
    "text",
    [
        "2010-01-01",
        "01.01.2010",
        "20100101",
        "20100101.0",
        "2010-01-01 00:00:00",
        "2010-01-01 23:59:59.123",
        "2010-01-01T08:30:00Z",
        "01JAN2010",
        "01jan2010:13:45:00",
        "18263",
        "18263.0",
        "18263,00",
    ],
)
def test_a_day_is_read_in_each_shape(turn: Turn, text: str) -> None:
    assert turn(text) == "2010-01-01"


@pytest.mark.parametrize("text", ["201003", "201003.0"])
def test_six_digits_are_a_month(turn: Turn, text: str) -> None:
    assert turn(text) == "2010-03"


@pytest.mark.parametrize(
    "text",
    ["", "2011113", "1.2.2010", "01.02.10", "2010", "soon", "2010-1-1", "99ABC2010", "01/02/2010"],
)
def test_other_shapes_stay_as_they_are(turn: Turn, text: str) -> None:
    assert turn(text) == text


def test_nothing_stays_nothing(turn: Turn) -> None:
    assert turn(None) is None
    assert turn(None, "%Y%m%d") is None


def test_a_format_goes_before_the_shapes_and_what_does_not_fit_it_is_read_by_shape(
    turn: Turn,
) -> None:
    assert turn("31/12/2010", "%d/%m/%Y") == "2010-12-31"
    assert turn("2010-12-31", "%d/%m/%Y") == "2010-12-31"
    assert turn("x", "%d/%m/%Y") == "x"


def test_a_format_without_a_day_gives_a_month(turn: Turn) -> None:
    assert turn("03/2010", "%m/%Y") == "2010-03"


def test_sas_days_before_1987_are_read_when_the_entry_says_so(turn: Turn) -> None:
    assert turn("0", "sas_days") == "1960-01-01"
    assert turn("-1", "sas_days") == "1959-12-31"
    assert turn("366", "sas_days") == "1961-01-01"
