"""What the spell engine takes and refuses: types, dates, keys, codes, windows and settings."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from evaluation.errors import EvaluationError
from evaluation.spells import PersonTime, SpellSettings, build_person_time, count_outcomes

SETTINGS = SpellSettings(first_date=date(2006, 1, 1), last_date=date(2012, 12, 31))
YEAR = {"after": (0, 365)}
FIRST, LAST = date(2010, 1, 1), date(2010, 1, 31)
INDEXES = pa.table({"person_id": ["a"], "index_date": [FIRST]})
EMPTY = pa.array([None], pa.date32())


def spells(**columns: Any) -> pa.Table:
    """Return a spell of January 2010, 31 days, with other columns where given."""
    whole = {
        "person_id": ["a"],
        "benefit_code": ["SP"],
        "start_date": [FIRST],
        "end_date": [LAST],
    }
    return pa.table(whole | columns)


def build(settings: SpellSettings = SETTINGS, persons: Any = None, **columns: Any) -> PersonTime:
    return build_person_time(spells(**columns), settings, persons=persons)


def told(**given: Any) -> str:
    with pytest.raises(EvaluationError) as caught:
        build(**given)
    return "\n".join(caught.value.problems)


@pytest.fixture(scope="module")
def time() -> PersonTime:
    return build()


def told_counting(
    time: PersonTime, indexes: Any = INDEXES, windows: Any = None, **more: Any
) -> str:
    with pytest.raises(EvaluationError) as caught:
        count_outcomes(time, indexes, YEAR if windows is None else windows, **more)
    return "\n".join(caught.value.problems)


def stretch(time: PersonTime) -> list[tuple[Any, date, date]]:
    rows = time.intervals.to_pylist()
    return [(row["person_id"], row["start_date"], row["until_date"]) for row in rows]


JANUARY = [("a", FIRST, date(2010, 2, 1))]


def test_a_register_beyond_the_calendar_is_refused_at_both_ends() -> None:
    words = told(settings=SpellSettings(date(1989, 12, 31), date(2040, 12, 31)))
    assert "first_date is 1989-12-31; allowed: 1990-01-01 to 2040-12-30" in words
    assert "last_date is 2040-12-31; allowed: 1990-01-01 to 2040-12-30" in words


def test_day_s_work_is_right_on_the_first_and_last_day_of_the_calendar() -> None:
    settings = SpellSettings(date(1990, 1, 1), date(2040, 12, 30))
    # Monday 1 January 1990; Saturday 29 and Sunday 30 December 2040 follow a Friday.
    for start, end, index, work, months in (
        (date(1990, 1, 1), date(1990, 1, 7), date(1990, 1, 1), 5.0, 1),
        (date(2040, 12, 28), date(2040, 12, 30), date(2040, 12, 1), 1.0, 0),
    ):
        time = build(settings=settings, start_date=[start], end_date=[end])
        indexes = pa.table({"person_id": ["a"], "index_date": [index]})
        (row,) = count_outcomes(time, indexes, {"after": (0, 30)}).to_pylist()
        assert (row["sick_leave_dagsverk"], row["sick_leave_months"]) == (work, months)


def test_a_window_beyond_the_calendar_is_refused_with_the_range(time: PersonTime) -> None:
    words = told_counting(
        time, windows={"far": (0, 20_000), "huge": (-(10**30), 0), "near": (0, 1)}
    )
    assert "far, (0, 20000), leaves 1990-01-01 to 2040-12-31" in words
    assert "at 1 index dates" in words
    assert "huge" in words
    assert "near" not in words
    assert "2010" not in words


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (pa.array([FIRST], pa.date64()), pa.array([LAST], pa.date64())),
        (
            pa.array([datetime(2010, 1, 1)], pa.timestamp("ns")),
            pa.array([datetime(2010, 1, 31)], pa.timestamp("s")),
        ),
        (pa.array(["2010-01-01 "]), pa.array([" 2010-01-31"], pa.string_view())),
        (pa.array(["2010-01-01"]).dictionary_encode(), pa.array([LAST])),
    ],
)
def test_dates_may_be_dates_timestamps_at_midnight_and_text(start: Any, end: Any) -> None:
    assert stretch(build(start_date=start, end_date=end)) == JANUARY


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ([20100101], "is of type int64; allowed: dates"),
        ([14610.0], "is of type double; allowed: dates"),
        ([datetime(2010, 1, 1, 13)], "has another time of day than midnight in 1 rows"),
        ([datetime(1910, 1, 1, 13)], "has another time of day than midnight in 1 rows"),
        ([datetime(2010, 1, 1, tzinfo=UTC)], "has the time zone UTC"),
    ],
)
def test_other_types_and_times_of_day_are_refused_everywhere(
    time: PersonTime, column: Any, words: str
) -> None:
    assert f"spells: column start_date {words}" in told(start_date=column)
    persons = pa.table({"person_id": ["a"], "death_date": column})
    assert f"persons: column death_date {words}" in told(persons=persons)
    indexes = pa.table({"person_id": ["a"], "index_date": column})
    assert f"indexes: column index_date {words}" in told_counting(time, indexes)


@pytest.mark.parametrize("text", ["01.01.2010", "2010-02-30", "2011-05", "20100101"])
def test_text_that_is_no_date_is_counted_and_not_shown(time: PersonTime, text: str) -> None:
    indexes = pa.table({"person_id": ["a", "b"], "index_date": [text, "2010-01-01"]})
    words = told_counting(time, indexes)
    assert "index_date is no date in 1 rows" in words
    assert text not in words


def test_when_no_row_can_be_used_the_rules_are_told_and_no_value() -> None:
    words = told(
        person_id=["a"] * 3,
        benefit_code=["QQ", "SP", "SP"],
        start_date=["2010-01-01", "01.01.2010", "02.01.2010"],
        end_date=[None] * 3,
    )
    assert "none of the 3 rows" in words
    assert "invalid_date in start_date: 2, unknown_code in benefit_code: 1" in words
    assert "QQ" not in words
    assert "01.01.2010" not in words


def test_blanks_are_no_part_of_a_text_and_an_empty_text_is_missing() -> None:
    time = build(
        person_id=[" a "], benefit_code=["SP\u00a0"], end_date=[""], grade_percent=[" "],
        job_id=[""],
    )  # fmt: skip
    assert stretch(time) == [("a", FIRST, date(2013, 1, 1))]
    assert time.intervals["sick_leave_grade"].to_pylist() == [100]


def test_numbers_that_are_none_are_refused() -> None:
    words = told(grade_percent=[float("nan")], position_percent=[True], job_id=[1.0])
    assert "grade_percent holds NaN or infinity in 1 rows" in words
    assert "position_percent is of type bool; allowed: numbers" in words
    assert "job_id is of type double; allowed: text or integers" in words


def test_integer_keys_stay_integers() -> None:
    time = build(person_id=[1], persons=pa.table({"person_id": pa.array([1, 2], pa.int32())}))
    assert time.persons.to_pylist() == [{"person_id": 1}, {"person_id": 2}]
    indexes = pa.table({"person_id": pa.array([2, 1], pa.uint8()), "index_date": [FIRST] * 2})
    rows = count_outcomes(time, indexes, YEAR).to_pylist()
    assert [(row["person_id"], row["sick_leave_days"]) for row in rows] == [(1, 31), (2, 0)]


def test_text_and_integer_keys_never_meet() -> None:
    words = told(person_id=["01"], persons=pa.table({"person_id": [1]}))
    assert "person_id is text in spells, integers in persons" in words
    indexes = pa.table({"person_id": [1], "index_date": [FIRST]})
    assert "person_id is text in the spells, integers in indexes" in told_counting(
        build(person_id=["01"]), indexes
    )


def test_keys_that_are_floats_too_large_or_empty_are_refused(time: PersonTime) -> None:
    assert "person_id is of type double; allowed: text or integers" in told(person_id=[1.0])
    assert "above 2^63" in told(person_id=pa.array([2**64 - 1], pa.uint64()))
    assert "persons: column person_id is empty in 1 rows" in told(
        persons=pa.table({"person_id": ["a", " "]})
    )
    indexes = pa.table({"person_id": ["a", None], "index_date": [FIRST, FIRST]})
    assert "indexes: column person_id is empty in 1 rows" in told_counting(time, indexes)


def test_a_person_listed_twice_but_for_blanks_is_refused() -> None:
    assert "two rows" in told(persons=pa.table({"person_id": ["1", " 1"]}))


def test_the_key_of_a_refused_row_has_the_user_s_name() -> None:
    time = build(
        person_id=["a", None], benefit_code=["SP"] * 2, start_date=[FIRST] * 2, end_date=[LAST] * 2
    )
    assert time.refused.to_pylist() == [
        {"row_number": 2, "rule": "missing_key", "column": "person_id"}
    ]


@pytest.mark.parametrize("codes", ["SP", ("sp",), ("SP", "XX"), None, {"SP": 1}, (1,)])
def test_codes_that_are_not_in_the_list_are_refused(time: PersonTime, codes: Any) -> None:
    for name in ("sick_leave_codes", "health_codes"):
        words = told_counting(time, **{name: codes})
        assert name in words
        assert "SP, RP, AF, TU, AAP, UFP, UT" in words


def test_all_that_is_wrong_with_the_settings_is_told_at_once() -> None:
    words = told(settings=SpellSettings("2006-01-01", datetime(2010, 1, 1), -1, 1))  # type: ignore[arg-type]
    for part in ("first_date is '2006-01-01'", "last_date is datetime", "is -1", "True or False"):
        assert part in words
    assert "before first_date" in told(settings=SpellSettings(LAST, FIRST))


@pytest.mark.parametrize("gap", [-1, 16.5, True, None, "16", 10**12])
def test_a_gap_that_is_no_number_of_days_is_refused(gap: Any) -> None:
    settings = SpellSettings(FIRST, LAST, sick_leave_gap_days=gap)
    assert f"sick_leave_gap_days is {gap!r}; allowed: whole days" in told(settings=settings)


@pytest.mark.parametrize(
    "windows",
    [[(0, 30)], {"a": (0, 30.7)}, {"a": ("0", "30")}, {"a": (0, 1, 2)}, {"a": 3}, {1: (0, 1)},
     {"a": (False, True)}, {"a": "12"}],
)  # fmt: skip
def test_windows_in_another_form_are_refused(time: PersonTime, windows: Any) -> None:
    assert "such as {'after': (0, 365)}" in told_counting(time, windows=windows)


def test_windows_may_be_lists_and_whole_numbers_of_numpy(time: PersonTime) -> None:
    (row,) = count_outcomes(time, INDEXES, {"a": [np.int64(0), np.int64(10)]}).to_pylist()  # type: ignore[dict-item]
    assert row["sick_leave_days"] == 10


def test_an_index_date_that_is_missing_is_refused_with_the_count(time: PersonTime) -> None:
    indexes = pa.table({"person_id": ["a"], "index_date": EMPTY})
    assert "index_date is empty in 1 rows" in told_counting(time, indexes)


def test_who_is_known_but_never_resident_has_no_observed_day() -> None:
    persons = pa.table({"person_id": ["a", "b"], "death_date": [None, date(2001, 1, 1)]})
    indexes = pa.table({"person_id": ["a", "b", "c"], "index_date": [FIRST] * 3})
    rows = count_outcomes(build(persons=persons), indexes, YEAR).to_pylist()
    assert [row["observed_days"] for row in rows] == [365, 0, None]


def test_frames_of_pandas_and_polars_are_tables() -> None:
    frame = pd.DataFrame(
        {
            "person_id": ["z", "a"],
            "benefit_code": pd.Categorical(["AAP", "SP"]),
            "start_date": pd.to_datetime(["2010-01-01"] * 2),
            "end_date": pd.to_datetime([None, "2010-01-31"]),
            "grade_percent": [np.nan, 50.0],
        }
    )
    indexes = pd.DataFrame({"person_id": ["a"], "index_date": pd.to_datetime(["2010-01-01"])})
    time = build_person_time(frame[frame["person_id"] == "a"], SETTINGS)
    assert stretch(time) == JANUARY
    (row,) = count_outcomes(time, indexes, YEAR).to_pylist()
    assert (row["sick_leave_days"], row["graded_days"]) == (31, 31)
    polars = pl.from_arrow(spells()).with_columns(pl.col("benefit_code").cast(pl.Categorical))  # type: ignore[union-attr]
    assert stretch(build_person_time(polars, SETTINGS)) == JANUARY


@pytest.mark.parametrize(
    "given", [[{"person_id": "a"}], None, pd.DataFrame({"person_id": [1, "secret"]})]
)
def test_what_is_no_table_is_refused(given: Any) -> None:
    with pytest.raises(EvaluationError, match="cannot be read as a table") as caught:
        build_person_time(given, SETTINGS)
    assert "secret" not in str(caught.value)


def test_a_column_that_stands_twice_is_refused() -> None:
    table = spells().append_column("benefit_code", pa.array(["AAP"]))
    with pytest.raises(EvaluationError, match="benefit_code stands there 2 times"):
        build_person_time(table, SETTINGS)


def test_nobody_at_all_is_no_kind_of_key(time: PersonTime) -> None:
    columns = ("person_id", "benefit_code", "start_date")
    nothing = build_person_time(pd.DataFrame(columns=columns), SETTINGS)
    for key in (1, "a"):
        indexes = pa.table({"person_id": [key], "index_date": [FIRST]})
        (row,) = count_outcomes(nothing, indexes, YEAR).to_pylist()
        assert (row["person_id"], row["sick_leave_days"], row["observed_days"]) == (key, 0, None)
    none = count_outcomes(time, pd.DataFrame(columns=["person_id", "index_date"]), YEAR)
    assert (none.num_rows, none.schema.field("person_id").type) == (0, pa.string())
