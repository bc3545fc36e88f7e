"""Random persons followed day by day: states of periods, their counts and moves."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

PERSONS = 400
FIRST, LAST = date(2010, 1, 1), date(2010, 12, 31)
PERIOD, FIRST_TIME, LAST_TIME = 7, -5, 6
PARAMS = {"period_days": PERIOD, "first_event_time": FIRST_TIME, "last_event_time": LAST_TIME}
REGISTER = {"benefits_first_date": FIRST, "benefits_last_date": LAST}
BITS = {"SP": 1, "RP": 2, "TU": 8, "AAP": 16, "UFP": 32, "UT": 64}
ORDER = (
    *("none", "partial_sick_leave", "full_sick_leave", "aap", "rehabilitation"),
    *("disability_graded", "disability_full", "old_age", "emigrated", "dead"),
)
DAY = timedelta(days=1)


def draw_person(rng):
    """What is in force on each day, and the dates of a life."""
    index = FIRST + timedelta(days=int(rng.integers(0, 365)))
    days = defaultdict(dict)
    for code in BITS:
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            start = index + timedelta(days=int(rng.integers(-45, 50)))
            grade = float(rng.choice([20, 50, 100]))
            for offset in range(int(rng.choice([1, 2, 7, 20, 90]))):
                days[start + timedelta(days=offset)][code] = grade
    life = {
        name: index + timedelta(days=int(rng.integers(-40, 50)))
        for name in ("death_date", "emigration_date", "immigration_date")
        if rng.random() < 0.25
    }
    # A few grow old in the year of the register.
    year, month = (1943, int(rng.integers(1, 13))) if rng.random() < 0.2 else (1970, 5)
    born = {"birth_year": year, "birth_month": None if rng.random() < 0.3 else month}
    sector = str(rng.choice(["SOM", "PHV"]))
    weight, is_treated = float(rng.choice([1, 0.5, 0.25])), bool(rng.random() < 0.5)
    return {"index": index, "days": days, "sector": sector, "weight": weight} | {
        "is_treated": is_treated,
        "life": life,
        "born": born,
    }


def is_abroad(life, day):
    left, came = life.get("emigration_date"), life.get("immigration_date")
    if left and came and came > left:
        return left <= day < came
    return bool((left and day >= left) or (came and day < came))


def state_on(person, day):
    life, grades = person["life"], person["days"].get(day, {})
    month = person["born"]["birth_month"] or 7
    lasting = [grades[code] for code in ("UFP", "UT") if code in grades]
    found = ["none"]
    if "SP" in grades:
        found.append("full_sick_leave" if grades["SP"] == 100 else "partial_sick_leave")
    found += ["aap"] * ("AAP" in grades) + ["rehabilitation"] * bool({"RP", "TU"} & set(grades))
    if lasting:
        found.append("disability_full" if max(lasting) == 100 else "disability_graded")
    if (day.year, day.month) > (person["born"]["birth_year"] + 67, month):
        found.append("old_age")
    found += ["emigrated"] * is_abroad(life, day)
    found += ["dead"] * (day >= life.get("death_date", date.max))
    return max(found, key=ORDER.index)


def path_of(person):
    """State of each period that the register covers, seven days looked at one by one."""
    path = {}
    for time in range(FIRST_TIME, LAST_TIME + 1):
        days = [person["index"] + timedelta(days=time * PERIOD + d) for d in range(PERIOD)]
        if all(FIRST <= day <= LAST for day in days):
            path[time] = max((state_on(person, day) for day in days), key=ORDER.index)
    return path


def intervals_of(days):
    """Stretches of equal days, as core_benefit_intervals holds them."""
    rows = []
    for day in sorted(days):
        grades = days[day]
        lasting = [grades[code] for code in ("UFP", "UT") if code in grades]
        values = {
            "benefit_set": sum(BITS[code] for code in grades),
            "sick_leave_grade": grades.get("SP"),
            "disability_grade": max(lasting) if lasting else None,
        }
        last = rows[-1] if rows else {}
        if last.get("until_date") == day and {key: last[key] for key in values} == values:
            last["until_date"] = day + DAY
        else:
            rows.append({"start_date": day, "until_date": day + DAY, **values})
    return rows


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(11)
    return {number: draw_person(rng) for number in range(1, PERSONS + 1)}


@pytest.fixture(scope="module")
def paths(drawn):
    return {number: path_of(person) for number, person in drawn.items()}


@pytest.fixture
def built(models, drawn):
    def row(number, person):
        keys = {"matched_set_id": number, "person_id": number, "index_date": person["index"]}
        return keys | {name: person[name] for name in ("sector", "is_treated", "weight")}

    models.give("mart_matched_sets", [row(n, p) for n, p in drawn.items()])
    names = ("death_date", "emigration_date", "immigration_date")
    models.give(
        "core_persons",
        [
            {"person_id": n, **{c: p["life"].get(c) for c in names}, **p["born"]}
            for n, p in drawn.items()
        ],
    )
    rows = [{"person_id": n, **row} for n, p in drawn.items() for row in intervals_of(p["days"])]
    order = np.random.default_rng(3).permutation(len(rows))
    models.give("core_benefit_intervals", [rows[place] for place in order])
    models.build("mart_state_stretches")
    models.build("mart_person_states", PARAMS | REGISTER)
    models.build("mart_states")
    models.build("mart_state_transitions")
    return models


def test_the_state_of_a_period_is_the_highest_of_its_days(built, drawn, paths):
    found = defaultdict(dict)
    columns = "person_id, event_time, state_code"
    for number, time, state in built.fetch("mart_person_states", columns):
        found[number][time] = state
    for number, path in paths.items():
        assert found[number] == path, drawn[number]


def arms_of(drawn, number):
    person = drawn[number]
    return [(sector, person["is_treated"]) for sector in (person["sector"], "ALL")]


def test_counts_and_weights_are_those_of_the_persons(built, drawn, paths):
    expected = defaultdict(lambda: [0, 0.0])
    for number, path in paths.items():
        for time, state in path.items():
            for arm in arms_of(drawn, number):
                cell = expected[*arm, time, state]
                cell[0] += 1
                cell[1] += drawn[number]["weight"]
    rows = built.fetch("mart_states")
    assert {r[:4]: list(r[4:]) for r in rows if r[4]} == {
        key: [count, pytest.approx(weight)] for key, (count, weight) in expected.items()
    }
    # Every state is there for every period of an arm, if only as nought.
    periods = {(*arm, t) for n, path in paths.items() for t in path for arm in arms_of(drawn, n)}
    assert {row[:4] for row in rows} == {(*key, state) for key in periods for state in ORDER}


def test_moves_are_those_of_the_persons(built, drawn, paths):
    persons, moves = defaultdict(set), Counter()
    for number, path in paths.items():
        for time, later in pairwise(sorted(path)):
            if later != time + 1:
                continue
            phase = "before" if later < 0 else "after"
            for arm in arms_of(drawn, number):
                key = (*arm, phase, path[time], path[later])
                persons[key].add(number)
                moves[key] += 1
    found = {row[:5]: row[5:7] for row in built.fetch("mart_state_transitions")}
    assert found == {key: (len(persons[key]), moves[key]) for key in moves}


def test_the_awkward_cases_occur(drawn, paths):
    seen = Counter(state for path in paths.values() for state in path.values())
    assert set(seen) == set(ORDER)
    seen["cut by the register"] = sum(len(p) < LAST_TIME - FIRST_TIME + 1 for p in paths.values())
    for person in drawn.values():
        seen["three at once"] += any(len(grades) > 2 for grades in person["days"].values())
        life = person["life"]
        seen["returned"] += life.get("immigration_date", date.min) > life.get(
            "emigration_date", date.max
        )
        seen["benefit when dead"] += any(
            day >= life.get("death_date", date.max) for day in person["days"]
        )
    assert min(seen.values()) >= 5, seen
