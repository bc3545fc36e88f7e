"""Random benefits around index dates: days in windows and periods, against one set a day."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

PERSONS = 500
FIRST, LAST = date(2010, 1, 1), date(2010, 12, 31)
BITS = {"SP": 1, "RP": 2, "AAP": 16, "UT": 64}
CODES = {"sick_leave_benefit_codes": ["SP"], "health_benefit_codes": ["SP", "RP", "AAP"]}
REGISTER = {"benefits_first_date": FIRST, "benefits_last_date": LAST}
# (before, after, period, first, last): windows whole multiples of the period, and not.
SETTINGS = [(60, 60, 10, -6, 5), (45, 31, 7, -4, 8)]


def draw_person(rng):
    """Index date, days of each code, and the days on which the person is in the country."""
    index = FIRST + timedelta(days=int(rng.integers(20, 340)))
    days = {}
    for code in BITS:
        offsets = set()
        for _ in range(rng.integers(0, 3)):
            start = int(rng.choice([-75, -60, -45, -10, -1, 0, 1, 30, 31, 59, 60]))
            offsets |= set(range(start, start + int(rng.choice([1, 2, 10, 200]))))
        days[code] = {index + timedelta(days=offset) for offset in offsets}
    events = {"death_date": 1, "emigration_date": 1, "immigration_date": -1}
    ends = {
        name: index + timedelta(days=sign * int(rng.integers(0, 70)))
        for name, sign in events.items()
        if rng.random() < 0.2
    }
    is_treated = bool(rng.random() < 0.5)
    return {"index": index, "days": days, "is_treated": is_treated, **ends}


def intervals_of(days):
    """Stretches of days with the same set of benefits, as core_benefit_intervals holds them."""
    bits = Counter()
    for code, dates in days.items():
        for day in dates:
            bits[day] += BITS[code]
    rows = []
    for day in sorted(bits):
        if rows and rows[-1]["until_date"] == day and rows[-1]["benefit_set"] == bits[day]:
            rows[-1]["until_date"] = day + timedelta(days=1)
        else:
            until = day + timedelta(days=1)
            rows.append({"start_date": day, "until_date": until, "benefit_set": bits[day]})
    return rows


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(5)
    return {number: draw_person(rng) for number in range(1, PERSONS + 1)}


@pytest.fixture(params=SETTINGS, ids=["whole periods", "odd lengths"])
def settings(request, models, drawn):
    before, after, period, first, last = request.param
    pool = [
        {"person_id": number, "is_treated": p["is_treated"], "index_date": p["index"]}
        for number, p in drawn.items()
    ]
    models.give("mart_match_pool", pool)
    models.give("mart_matched_sets", [{"matched_set_id": row["person_id"], **row} for row in pool])
    columns = ("death_date", "emigration_date", "immigration_date")
    models.give(
        "core_persons",
        [{"person_id": n, **{c: p.get(c) for c in columns}} for n, p in drawn.items()],
    )
    rows = [{"person_id": n, **row} for n, p in drawn.items() for row in intervals_of(p["days"])]
    order = np.random.default_rng(3).permutation(len(rows))
    models.give("core_benefit_intervals", [rows[place] for place in order])
    models.build("mart_window_outcomes", {**CODES, "before_days": before, "after_days": after})
    periods = {"period_days": period, "first_event_time": first, "last_event_time": last}
    models.build("mart_event_time", {**CODES, **REGISTER, **periods})
    return request.param


def count_days(person, codes, first, until):
    """Days of [index + first, index + until) with any of the codes."""
    union = set().union(*(person["days"][code] for code in codes))
    window = (person["index"] + timedelta(days=offset) for offset in range(first, until))
    return sum(day in union for day in window)


def is_observed(person, first, until):
    """Each day is in the register and the person alive and in the country."""
    days = [person["index"] + timedelta(days=offset) for offset in range(first, until)]
    return all(
        FIRST <= day <= LAST
        and day >= person.get("immigration_date", day)
        and day < person.get("death_date", date.max)
        and day < person.get("emigration_date", date.max)
        for day in days
    )


def test_window_outcomes_are_days_of_the_union(models, drawn, settings):
    before, after, *_ = settings
    found = {row[2]: row[3:] for row in models.fetch("mart_window_outcomes")}
    assert len(found) == PERSONS
    for number, person in drawn.items():
        expected = [
            count_days(person, codes, *window)
            for codes in CODES.values()
            for window in ((-before, 0), (0, after))
        ]
        assert list(found[number]) == expected, person


def test_event_time_has_days_of_the_union_where_every_day_is_observed(models, drawn, settings):
    _, _, period, first, last = settings
    columns = "person_id, event_time, sick_leave_days, health_benefit_days"
    found = {row[:2]: row[2:] for row in models.fetch("mart_event_time", columns)}
    assert len(found) == PERSONS * (last - first + 1)
    for (number, event_time), days in found.items():
        window = (event_time * period, (event_time + 1) * period)
        expected = tuple(count_days(drawn[number], codes, *window) for codes in CODES.values())
        if not is_observed(drawn[number], *window):
            expected = (None, None)
        assert days == expected, (event_time, drawn[number])


def test_the_awkward_cases_occur(models, drawn, settings):
    before, after, period, first, last = settings
    seen = Counter()
    for person in drawn.values():
        sick, both = (count_days(person, codes, -before, after) for codes in CODES.values())
        total = sum(count_days(person, [code], -before, after) for code in BITS)
        seen["nothing"] += both == 0
        seen["sick leave only in part"] += 0 < sick < both
        seen["a sum that is not the union"] += total > both > 0
        seen["a benefit outside the lists"] += bool(person["days"]["UT"])
        seen["full window"] += count_days(person, ["SP"], 0, after) == after
        for event_time in range(first, last + 1):
            start = person["index"] + timedelta(days=event_time * period)
            until = start + timedelta(days=period)
            seen["died on the first day after"] += person.get("death_date") == until
            seen["died on the last day"] += person.get("death_date") == until - timedelta(days=1)
            seen["came on the first day"] += person.get("immigration_date") == start
            seen["before the register"] += start < FIRST
            seen["after the register"] += until > LAST + timedelta(days=1)
    assert len(seen) == 10
    assert min(seen.values()) >= 5, seen
