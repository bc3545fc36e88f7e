"""Random benefit rows, from delivered text to intervals, against one set of codes a day."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import numpy as np
import pytest

PERSONS = 600
FIRST, LAST = date(2010, 1, 1), date(2010, 2, 28)
DATES = {"benefits_first_date": FIRST, "benefits_last_date": LAST}
BITS = {"SP": 1, "RP": 2, "AAP": 16, "UT": 64}


def draw_rows(rng):
    """Rows of one person: (code, first day, last day or None), close enough to collide."""
    rows = []
    for _ in range(rng.integers(0, 9)):
        code = str(rng.choice(list(BITS)[: rng.integers(1, 5)]))
        start = FIRST + timedelta(days=int(rng.integers(-15, 75)))
        length = int(rng.choice([1, 1, 2, 5, 10, 40, 90]))
        end = None if rng.random() < 0.05 else start + timedelta(days=length - 1)
        rows.append((code, start, end))
        if end and rng.random() < 0.3:  # a touching row, of the same benefit or the next
            follower = code if rng.random() < 0.5 else "AAP"
            rows.append((follower, end + timedelta(days=1), end + timedelta(days=3)))
        if rng.random() < 0.2:  # the same start, another end
            rows.append((code, start, start + timedelta(days=int(rng.integers(0, 60)))))
    return rows


def sets_by_day(rows):
    """The codes of each day inside the register, day by day."""
    days = defaultdict(set)
    for code, start, end in rows:
        day = start
        while day <= (end or LAST):
            if FIRST <= day <= LAST:
                days[day].add(code)
            day += timedelta(days=1)
    return dict(days)


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(20220168)
    return {f"v{number}": draw_rows(rng) for number in range(PERSONS)}


@pytest.fixture
def built(models, drawn):
    """Person id by NAV key, with every table from staging to intervals built."""
    rows = [
        {"nav_id": nav_id, "benefit_code": code, "start_date": start, "end_date": end}
        for nav_id, spells in drawn.items()
        for code, start, end in spells
    ]
    order = np.random.default_rng(1).permutation(len(rows))
    models.give("raw_nav__benefit_spells", [rows[place] for place in order])
    links = [{"npr_id": f"n{key}", "nav_id": key, "ssb_id": f"s{key}"} for key in drawn]
    models.give("raw_link__persons", links)
    models.build("stg_nav__benefit_spells", {"benefits_last_date": LAST})
    models.build("stg_link__persons")
    models.build("core_person_keys")
    models.build("core_benefit_spells", DATES)
    models.build("core_benefit_intervals")
    return dict(models.fetch("core_person_keys", "nav_id, person_id"))


def days_between(start, until):
    return [start + timedelta(days=number) for number in range((until - start).days)]


def test_spells_are_the_runs_of_days_of_each_benefit(models, drawn, built):
    found = defaultdict(list)
    for person, code, start, until in models.fetch("core_benefit_spells"):
        found[person, code].append((start, until))
    for nav_id, rows in drawn.items():
        for code in BITS:
            days = {day for day, codes in sets_by_day(rows).items() if code in codes}
            starts = sorted(day for day in days if day - timedelta(days=1) not in days)
            ends = sorted(day for day in days if day + timedelta(days=1) not in days)
            runs = [(s, e + timedelta(days=1)) for s, e in zip(starts, ends, strict=True)]
            assert found[built[nav_id], code] == runs, (nav_id, rows)


def test_intervals_hold_the_set_of_benefits_of_each_day(models, drawn, built):
    found = defaultdict(list)
    for person, start, until, benefit_set in models.fetch("core_benefit_intervals"):
        found[person] += [(day, benefit_set) for day in days_between(start, until)]
    for nav_id, rows in drawn.items():
        expected = [
            (day, sum(BITS[code] for code in codes))
            for day, codes in sorted(sets_by_day(rows).items())
        ]
        assert found[built[nav_id]] == expected, (nav_id, rows)


def test_neighbouring_intervals_differ(models, built):
    previous = (None, None, None, None)
    for row in models.fetch("core_benefit_intervals"):
        is_neighbour = (row[0], row[1]) == (previous[0], previous[2])
        assert not (is_neighbour and row[3] == previous[3])
        previous = row


def test_the_awkward_cases_occur(drawn):
    seen = Counter()
    for rows in drawn.values():
        seen["three at once"] += any(len(codes) > 2 for codes in sets_by_day(rows).values())
        seen["nothing"] += not rows
        for code, start, end in rows:
            seen["ongoing"] += end is None
            seen["before the register"] += end is not None and end < FIRST
            seen["after the register"] += start > LAST
            seen["across the first day"] += start < FIRST and (end or LAST) >= FIRST
            seen["across the last day"] += start <= LAST and (end or FIRST) > LAST
            others = list(rows)
            others.remove((code, start, end))
            for other, begin, close in others:
                same = other == code and end is not None and close is not None
                seen["touching"] += same and begin == end + timedelta(days=1)
                seen["one inside another"] += same and start < begin and close < end
                seen["same start"] += same and begin == start and close != end
                seen["duplicate"] += same and (begin, close) == (start, end)
                seen["other benefit takes over"] += (
                    other != code and end is not None and begin == end + timedelta(days=1)
                )
    assert min(seen.values()) >= 10, seen
