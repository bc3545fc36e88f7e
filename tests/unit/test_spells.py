"""The spell engine alone, against sums done by hand."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from evaluation.errors import EvaluationError
from evaluation.spells import PersonTime, SpellSettings, build_person_time, count_outcomes

SETTINGS = SpellSettings(first_date=date(2006, 1, 1), last_date=date(2012, 12, 31))
COLUMNS = ("person_id", "benefit_code", "start_date", "end_date", "grade_percent", "job_id")
YEAR = {"after": (0, 365)}


def build(
    *rows: tuple[Any, ...],
    persons: list[dict[str, Any]] | None = None,
    settings: SpellSettings = SETTINGS,
) -> PersonTime:
    """Build from rows of COLUMNS; what is left out is empty."""
    whole = [dict(zip(COLUMNS, [*row, *[None] * len(COLUMNS)], strict=False)) for row in rows]
    spells = pa.table({c: pa.array([row[c] for row in whole]) for c in COLUMNS})
    listed = None if persons is None else pa.Table.from_pylist(persons)
    return build_person_time(spells, settings, persons=listed)


def count(
    time: PersonTime, index: date, windows: dict[str, tuple[int, int]], **options: Any
) -> list[dict[str, Any]]:
    indexes = pa.table({"person_id": ["a"], "index_date": [index]})
    return list(count_outcomes(time, indexes, windows, **options).to_pylist())


def test_the_last_day_counts_and_days_with_two_benefits_count_once() -> None:
    time = build(("a", "SP", "2010-01-01", "2010-01-10"), ("a", "AAP", "2010-01-08", "2010-01-20"))
    # AAP begins on 2010-03-01 in law, but what is delivered is counted.
    spans = [
        (row["start_date"], row["until_date"], row["benefits"])
        for row in time.intervals.to_pylist()
    ]
    assert spans == [
        (date(2010, 1, 1), date(2010, 1, 8), ["SP"]),
        (date(2010, 1, 8), date(2010, 1, 11), ["SP", "AAP"]),
        (date(2010, 1, 11), date(2010, 1, 21), ["AAP"]),
    ]
    (row,) = count(time, date(2010, 1, 1), YEAR)
    assert (row["sp_days"], row["aap_days"], row["health_benefit_days"]) == (10, 13, 20)


def test_a_window_is_half_open_and_counted_from_the_index_date() -> None:
    time = build(("a", "SP", "2010-01-01", "2010-01-31"))
    rows = count(time, date(2010, 1, 11), {"before": (-10, 0), "later": (5, 15), "gone": (30, 60)})
    days = {row["window"]: row["sick_leave_days"] for row in rows}
    assert days == {"before": 10, "later": 10, "gone": 0}


def test_windows_beside_each_other_add_up() -> None:
    time = build(("a", "SP", "2010-01-05", "2010-03-31"), ("a", "SP", "2010-06-01", "2010-06-30"))
    months = {f"m{n}": (30 * n, 30 * (n + 1)) for n in range(12)}
    parts = count(time, date(2010, 1, 1), months)
    (whole,) = count(time, date(2010, 1, 1), {"year": (0, 360)})
    for outcome in ("sick_leave_days", "sick_leave_dagsverk", "spells_started", "observed_days"):
        assert sum(row[outcome] for row in parts) == pytest.approx(whole[outcome]), outcome


def test_days_work_is_weekdays_times_grade() -> None:
    # Monday 4 January to Sunday 17 January 2010: ten weekdays.
    time = build(("a", "SP", "2010-01-04", "2010-01-17", 40))
    (row,) = count(time, date(2010, 1, 4), YEAR)
    assert (row["sick_leave_days"], row["graded_days"]) == (14, 14)
    assert row["sick_leave_dagsverk"] == pytest.approx(4.0)


def test_a_public_holiday_is_no_working_day_when_asked_for() -> None:
    # Monday 17 to Friday 21 May 2010; the 17th is Constitution Day.
    time = build(("a", "SP", "2010-05-17", "2010-05-21"))
    (with_it,) = count(time, date(2010, 5, 1), YEAR)
    (without,) = count(time, date(2010, 5, 1), YEAR, counts_public_holidays_off=True)
    assert (with_it["sick_leave_dagsverk"], without["sick_leave_dagsverk"]) == (5.0, 4.0)


def test_the_gap_between_two_spells_is_a_setting() -> None:
    rows = (("a", "SP", "2010-01-01", "2010-01-31"), ("a", "SP", "2010-02-11", "2010-02-28"))
    for gap, spells in ((16, 1), (11, 1), (10, 2), (0, 2)):
        settings = SpellSettings(SETTINGS.first_date, SETTINGS.last_date, sick_leave_gap_days=gap)
        assert build(*rows, settings=settings).sick_leave_spells.num_rows == spells, gap


def test_death_ends_a_spell_and_the_observed_days() -> None:
    person = {"person_id": "a", "death_date": date(2010, 1, 16)}
    time = build(("a", "SP", "2010-01-01", None), persons=[person])
    (row,) = count(time, date(2010, 1, 1), YEAR)
    assert (row["sick_leave_days"], row["observed_days"]) == (15, 15)


def test_a_spell_without_an_end_goes_on_to_the_last_day_covered() -> None:
    (row,) = build(("a", "SP", "2012-12-01")).intervals.to_pylist()
    assert row["until_date"] == date(2013, 1, 1)


def test_spells_that_cannot_be_used_are_told_by_row_rule_and_column() -> None:
    time = build(
        ("a", "SP", "2010-01-01", "2010-01-05"),
        ("a", "SP", "2010-02-31", "2010-03-05"),
        ("a", "XX", "2010-02-01", "2010-03-05"),
        ("a", "SP", "2010-02-01", "2010-01-05"),
    )
    assert time.refused.to_pylist() == [
        {"row_number": 2, "rule": "invalid_date", "column": "start_date"},
        {"row_number": 3, "rule": "unknown_code", "column": "benefit_code"},
        {"row_number": 4, "rule": "end_before_start", "column": "end_date"},
    ]
    assert time.intervals.num_rows == 1


@pytest.mark.parametrize(("persons", "observed"), [([{"person_id": "a"}], 365), (None, None)])
def test_a_person_without_benefits_has_noughts(
    persons: list[dict[str, Any]] | None, observed: int | None
) -> None:
    time = build(("b", "SP", "2010-01-01", "2010-01-05"), persons=persons)
    (row,) = count(time, date(2010, 1, 1), YEAR)
    assert (row["sick_leave_days"], row["spells_started"]) == (0, 0)
    assert row["observed_days"] == observed


def test_a_date_of_a_person_that_is_none_is_refused_without_its_value() -> None:
    with pytest.raises(EvaluationError, match="death_date is no date in 1 rows") as caught:
        build(
            ("a", "SP", "2010-01-01", "2010-01-05"),
            persons=[{"person_id": "a", "death_date": "in May"}],
        )
    assert "in May" not in str(caught.value)


def test_all_that_is_wrong_with_the_columns_is_told_at_once() -> None:
    with pytest.raises(EvaluationError) as caught:
        build_person_time(
            pa.table({"person_id": ["a"], "fom": ["2010-01-01"]}),
            SETTINGS,
            persons=pa.table({"person_id": ["a", "a"]}),
        )
    told = "\n".join(caught.value.problems)
    for words in (
        "benefit_code is missing",
        "start_date is missing",
        "fom is not known",
        "two rows",
    ):
        assert words in told


def test_an_empty_window_is_refused() -> None:
    time = build(("a", "SP", "2010-01-01", "2010-01-05"))
    with pytest.raises(EvaluationError, match="must come after the first"):
        count(time, date(2010, 1, 1), {"none": (0, 0)})


def test_the_ordinary_settings_are_those_of_the_law() -> None:
    for gap, spells in ((15, 1), (16, 2)):
        second = str(date(2010, 2, 1) + timedelta(days=gap))
        time = build(("a", "SP", "2010-01-01", "2010-01-31"), ("a", "SP", second, second))
        rows = time.sick_leave_spells.to_pylist()
        assert len(rows) == spells, gap
        assert (rows[0]["includes_employer_period"], rows[0]["employer_days"]) == (True, 16)


def test_days_after_death_are_not_observed() -> None:
    person = {"person_id": "a", "death_date": date(2010, 1, 16)}
    time = build(("a", "SP", "2010-01-01", None), persons=[person])
    assert count(time, date(2010, 2, 1), YEAR)[0]["observed_days"] == 0


def test_an_index_date_given_twice_is_counted_once() -> None:
    time = build(("a", "SP", "2010-01-01", "2010-01-10"))
    indexes = pa.table({"person_id": ["a", "a"], "index_date": [date(2010, 1, 1)] * 2})
    (row,) = count_outcomes(time, indexes, YEAR).to_pylist()
    assert row["sick_leave_days"] == 10


def test_no_window_and_a_missing_column_are_refused() -> None:
    time = build(("a", "SP", "2010-01-01", "2010-01-05"))
    with pytest.raises(EvaluationError, match="give one at least"):
        count(time, date(2010, 1, 1), {})
    with pytest.raises(EvaluationError, match="column index_date is missing"):
        count_outcomes(time, pa.table({"person_id": ["a"]}), YEAR)


def test_which_benefits_are_sick_leave_and_health_related_is_a_choice() -> None:
    time = build(
        ("a", "SP", "2010-01-01", "2010-01-10"),
        ("a", "AAP", "2010-03-01", "2010-03-05"),
        ("a", "UT", "2010-04-01", "2010-04-03"),
    )
    (row,) = count(time, date(2010, 1, 1), YEAR)
    assert (row["sick_leave_days"], row["health_benefit_days"]) == (10, 18)
    (row,) = count(
        time, date(2010, 1, 1), YEAR, sick_leave_codes=("SP", "AAP"), health_codes=("SP", "UT")
    )
    assert (row["sick_leave_days"], row["health_benefit_days"]) == (15, 13)
