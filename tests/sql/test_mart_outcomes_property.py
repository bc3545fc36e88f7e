"""Random benefits around index dates: every outcome of SQL against tests/slow_outcomes.py."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slow_outcomes import CODES, Day, each_day, find_return, intervals_of, is_observed, measure

FIRST, UNTIL = date(2010, 1, 1), date(2012, 1, 1)
HEALTH = frozenset(CODES) - {"UFP"}
LISTS = {"sick_leave_benefit_codes": ["SP"], "health_benefit_codes": sorted(HEALTH)}
RETURNS = {"short_return_days": 7, "long_return_days": 20}
COLUMNS = ("matched_set_id", "person_id", "is_treated", "index_date")
# (before, after, period, first, last, holidays count as days of work).
WINDOWS = [(60, 60, 10, -6, 5, True), (45, 31, 7, -4, 8, False)]


def draw_days(rng, index):
    benefits, grades = {}, {}
    for code in CODES:
        for _ in range(rng.integers(0, 3) if code in {"SP", "AAP"} else rng.integers(0, 2)):
            start = index + timedelta(days=int(rng.choice(STARTS)))
            grade, position = int(rng.choice([20, 50, 100])), int(rng.choice([40, 100]))
            for day in each_day(start, start + timedelta(days=int(rng.choice(LENGTHS)))):
                benefits.setdefault(day, set()).add(code)
                grades[day] = (grade, Fraction(grade * position, 10_000))
    return {
        day: Day(frozenset(codes), *(grades[day] if "SP" in codes else (None, Fraction(0))))
        for day, codes in benefits.items()
    }


STARTS = [-75, -60, -45, -10, -1, 0, 1, 30, 31, 59, 60]
LENGTHS = [0, 1, 2, 7, 10, 40, 200]


def draw_person(rng):
    """A person as in slow_outcomes, with benefits on observed days alone."""
    index = FIRST + timedelta(days=int(rng.integers(20, 700)))
    first, until, ends = FIRST, UNTIL, {"death": None, "emigration": None}
    if rng.random() < 0.2:
        first = max(first, index - timedelta(days=int(rng.integers(0, 70))))
    for name in ends:
        if rng.random() < 0.2:
            ends[name] = index + timedelta(days=int(rng.integers(1, 90)))
            until = min(until, ends[name])
    days = {d: day for d, day in draw_days(rng, index).items() if first <= d < until}
    sick = [day for day in sorted(days) if "SP" in days[day].benefits]
    return {
        "index": index,
        "first": first,
        "until": until,
        "days": days,
        "spells": [day for day in sick if day - timedelta(days=1) not in sick],
        **ends,
        "birth_year": int(rng.choice([1943, 1944, 1970])),
        "birth_month": rng.choice([None, 1, 7, 11, 12]),
    }


def give_all(models, persons, order):
    sets = [
        dict(zip(COLUMNS, (n, n, n % 3 == 0, person["index"]), strict=True))
        for n, person in persons.items()
    ]
    tables = {
        "mart_matched_sets": sets,
        "mart_match_pool": [{c: row[c] for c in COLUMNS[1:]} for row in sets],
        "core_persons": [
            {
                "person_id": n,
                "death_date": p["death"],
                "emigration_date": p["emigration"],
                "birth_year": p["birth_year"],
                "birth_month": p["birth_month"],
            }
            for n, p in persons.items()
        ],
        "core_person_time": [
            {"person_id": n, "start_date": p["first"], "until_date": p["until"]}
            for n, p in persons.items()
        ],
        "core_benefit_intervals": [
            {"person_id": n, **row} for n, p in persons.items() for row in intervals_of(p)
        ],
        "core_sick_leave_spells": [
            {"person_id": n, "start_date": day, "days_before_time": 0}
            for n, p in persons.items()
            for day in p["spells"]
        ],
    }
    models.clean()
    models.build("core_calendar")
    for name, rows in tables.items():
        if rows:
            models.give(name, [rows[place] for place in order.permutation(len(rows))])


def build_all(models, window):
    before, after, period, first, last, works = window
    common = {**LISTS, "counts_public_holidays_off": not works}
    models.build("mart_window_outcomes", {**common, "before_days": before, "after_days": after})
    periods = {"period_days": period, "first_event_time": first, "last_event_time": last}
    models.build("mart_event_time", {**common, **periods})
    models.build(
        "mart_return_to_work", {"health_benefit_codes": LISTS["health_benefit_codes"], **RETURNS}
    )


def read_rows(models, table, key):
    cursor = models.connection.execute(f"select * from {table}")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {tuple(row[k] for k in key): row for row in rows}


def same(found, expected):
    """Whole numbers and words alike, sums of parts of a day to nine digits."""
    for name, value in expected.items():
        if isinstance(value, float) and found[name] is not None:
            assert found[name] == pytest.approx(value, abs=1e-9), name
        else:
            assert found[name] == value, name


def compare(models, persons, window):
    before, after, period, first, last, works = window
    listed = models.fetch("codelist_public_holidays", "cast(date as date)")
    holidays = frozenset() if works else frozenset(row[0] for row in listed)
    windows = read_rows(models, "mart_window_outcomes", ["person_id"])
    panel = read_rows(models, "mart_event_time", ["person_id", "event_time"])
    returns = read_rows(models, "mart_return_to_work", ["person_id"])
    assert len(windows) == len(returns) == len(persons)
    assert len(panel) == len(persons) * (last - first + 1)
    names = ("sick_leave_days", "health_benefit_days", "sick_leave_dagsverk")
    for number, person in persons.items():
        index = person["index"]

        def hold(start, until, person=person, index=index):
            days = index + timedelta(days=start), index + timedelta(days=until)
            return days, measure(person, *days, health=HEALTH, holidays=holidays)

        for side, bounds in {"before": (-before, 0), "after": (0, after)}.items():
            expected = {f"{name}_{side}": value for name, value in hold(*bounds)[1].items()}
            same(windows[number,], expected)
        for event_time in range(first, last + 1):
            days, held = hold(event_time * period, (event_time + 1) * period)
            seen = is_observed(person, *days)
            same(panel[number, event_time], {n: held[n] if seen else None for n in names})
        same(returns[number,], find_return(person, health=HEALTH, short=7, long=20))
    return windows, panel


def draw_persons(seed, count):
    rng = np.random.default_rng(seed)
    return {number: draw_person(rng) for number in range(1, count + 1)}, rng


def prove(models, seed, count, window):
    persons, rng = draw_persons(seed, count)
    give_all(models, persons, rng)
    build_all(models, window)
    return persons, *compare(models, persons, window)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), window=st.sampled_from(WINDOWS))
def test_every_outcome_is_that_of_counting_day_by_day(models, seed, window):
    prove(models, seed, 50, window)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("window", WINDOWS, ids=["whole periods", "odd lengths"])
@pytest.mark.parametrize("seed", range(5))
def test_every_outcome_of_ten_thousand_persons_is_that_of_counting_day_by_day(models, seed, window):
    prove(models, seed, 1_000, window)


@pytest.fixture
def proven(models):
    return prove(models, 1, 300, WINDOWS[0])


def test_no_benefit_has_more_days_than_the_window_and_the_union_not_more_than_the_sum(proven):
    _, windows, _ = proven
    for row in windows.values():
        for side in ("before", "after"):
            days = [row[f"{code.lower()}_days_{side}"] for code in CODES]
            assert max(days) <= 60
            assert row[f"health_benefit_days_{side}"] <= min(60, sum(days))
            assert row[f"sick_leave_dagsverk_{side}"] <= row[f"sick_leave_days_{side}"]
            # Sixty days hold at most 44 weekdays.
            assert row[f"sick_leave_dagsverk_{side}"] <= 44


def test_periods_that_adjoin_sum_to_the_window_over_them(proven):
    persons, windows, panel = proven
    seen = 0
    for number in persons:
        for side, times in {"before": range(-6, 0), "after": range(6)}.items():
            rows = [panel[number, t] for t in times]
            if any(row["sick_leave_days"] is None for row in rows):
                continue
            seen += 1
            for name in ("sick_leave_days", "health_benefit_days", "sick_leave_dagsverk"):
                total = sum(row[name] for row in rows)
                assert total == pytest.approx(windows[number,][f"{name}_{side}"], abs=1e-9)
    assert seen > 200


def test_moving_every_date_by_whole_weeks_moves_no_result(models, proven):
    persons, windows, panel = proven

    def move(value):
        if isinstance(value, date):
            return value + timedelta(weeks=3)
        return value

    moved = {
        n: {
            **{k: move(v) for k, v in p.items()},
            "days": {move(d): day for d, day in p["days"].items()},
            "spells": [move(d) for d in p["spells"]],
        }
        for n, p in persons.items()
    }
    give_all(models, moved, np.random.default_rng(2))
    build_all(models, WINDOWS[0])
    again = read_rows(models, "mart_window_outcomes", ["person_id"])
    for key, row in again.items():
        # First days of a month do not move along.
        kept = {name: value for name, value in row.items() if "months" not in name}
        assert kept == {name: windows[key][name] for name in kept}
    assert read_rows(models, "mart_event_time", ["person_id", "event_time"]) == panel


def test_the_awkward_cases_occur():
    persons, _ = draw_persons(1, 300)
    seen = Counter()
    for person in persons.values():
        index, days, until = person["index"], person["days"], person["until"]
        month = person["birth_month"]
        seen["nothing"] += not days
        seen["three benefits at once"] += any(len(day.benefits) > 2 for day in days.values())
        seen["a graded day"] += any(day.grade not in (None, 100) for day in days.values())
        seen["benefit on the index date"] += index in days
        seen["benefit from the index date on"] += index in days and index - DAY not in days
        seen["benefit to the day before it"] += index - DAY in days and index not in days
        seen["benefit to the last observed day"] += until - DAY in days
        seen["died"] += person["death"] == until
        seen["left"] += person["emigration"] == until
        seen["came late"] += person["first"] > FIRST
        seen["cut by the register"] += until == UNTIL
        seen["unknown month of birth"] += month is None
        back = find_return(person, health=HEALTH, short=7, long=20)
        seen["reaches 67"] += back["censored_by"] == "age_67"
        seen["67 before the index date"] += back["censored_after_days"] == 0
        lost = back["days_to_sustained_return_long"] is None
        short = back["days_to_sustained_return_short"]
        seen["a short return and no long one"] += lost and short is not None
    assert len(seen) == 15
    assert min(seen.values()) >= 5, seen


DAY = timedelta(days=1)
