import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from dateutil.easter import easter

from evaluation.study import CALENDAR_FIRST_DATE, CALENDAR_LAST_DATE

LIST = Path(__file__).parents[2] / "sql" / "codelists" / "public_holidays.csv"
FIRST, UNTIL = CALENDAR_FIRST_DATE, CALENDAR_LAST_DATE + timedelta(days=1)
# Days from Easter Sunday: Maundy Thursday to Easter Monday, Ascension, Whit Sunday and Monday.
MOVABLE = (-3, -2, 0, 1, 39, 49, 50)
FIXED = ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))


def holidays_of(year):
    moved = {easter(year) + timedelta(days=days) for days in MOVABLE}
    return moved | {date(year, month, day) for month, day in FIXED}


@pytest.fixture
def calendar(models):
    models.build("core_calendar")
    return {row[0]: row[1:] for row in models.fetch("core_calendar")}


def test_listed_holidays_are_those_that_easter_and_the_law_give():
    with LIST.open(encoding="utf-8") as stream:
        listed = {date.fromisoformat(row["date"]) for row in csv.DictReader(stream)}
    assert listed == set().union(*(holidays_of(year) for year in range(1990, 2041)))


def test_every_date_of_the_years_is_there_once(calendar):
    assert list(calendar) == [FIRST + timedelta(days=n) for n in range((UNTIL - FIRST).days)]


def test_counts_before_a_date_are_those_of_counting_day_by_day(calendar):
    off = set().union(*(holidays_of(year) for year in range(1990, 2041)))
    weekdays = working_days = months = 0
    for day, counts in calendar.items():
        assert counts == (weekdays, working_days, months), day
        weekdays += day.weekday() < 5
        working_days += day.weekday() < 5 and day not in off
        months += day.day == 1


def test_a_stretch_holds_the_count_before_its_end_less_that_before_its_start(calendar):
    # The week of Easter 2010: Thursday 1 and Friday 2 April, then Monday 5 April are holidays.
    start, until = calendar[date(2010, 3, 29)], calendar[date(2010, 4, 7)]
    assert [b - a for a, b in zip(start, until, strict=True)] == [7, 4, 1]
