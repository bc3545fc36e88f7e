"""The engine of benefit days, from delivered text to spells of sick leave, against plain loops."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.drawn_benefits import FIRST, LAST, count_awkward, persons
from tests.slow_benefit_days import find_days, find_intervals, find_sick_leave_spells

BATCH = 50
# Persons of a test: in the fast suite, and in the slow one.
FEW, MANY = 300, 10_000
SPELL_MODELS = (
    "core_sick_leave_pieces",
    "core_sick_leave_new_rights",
    "core_sick_leave_rights",
    "core_sick_leave_spells",
)

batches = st.lists(persons(), min_size=BATCH, max_size=BATCH)


def of_persons(count):
    """Settings for so many persons, many at a time in one database."""
    return settings(
        max_examples=-(-count // BATCH),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def build(models, drawn, *, first=FIRST, last=LAST):
    """Every table from raw text to intervals; a person's id is its place in the list plus one."""
    models.clean()
    rows = [
        {
            "nav_id": f"v{number}",
            "benefit_code": row.code,
            "start_date": row.start,
            "end_date": row.end,
            "grade_percent": None if row.grade is None else float(row.grade),
            "position_percent": None if row.position is None else float(row.position),
            "job_id": row.job,
            "diagnosis_code": row.diagnosis,
        }
        for number, person in enumerate(drawn)
        for row in person.rows
    ]
    models.give("raw_nav__benefit_spells", rows)
    models.give(
        "raw_link__persons",
        [{"npr_id": f"n{n}", "nav_id": f"v{n}", "ssb_id": f"s{n}"} for n in range(len(drawn))],
    )
    models.give(
        "raw_ssb__persons",
        [
            {
                "ssb_id": f"s{number}",
                "birth_year": 1970,
                "death_date": person.death,
                "emigration_date": person.emigration,
                "immigration_date": person.immigration,
            }
            for number, person in enumerate(drawn)
            # Of the others, each second has no row at SSB.
            if person.death or person.emigration or person.immigration or number % 2
        ],
    )
    dates = {"benefits_first_date": first, "benefits_last_date": last}
    models.build("stg_nav__benefit_spells", {"benefits_last_date": last})
    for name in ("stg_link__persons", "stg_ssb__persons", "core_person_keys", "core_persons"):
        models.build(name)
    models.build("core_person_time", dates)
    for name in ("core_benefit_spells", "core_benefit_stretches", "core_benefit_intervals"):
        models.build(name)


def fetch(models, table):
    """Rows of each person as dicts, by the person's place."""
    models.connection.execute(
        f"select cast(nav_id[2:] as integer) as place, {table}.* from {table}"
        " inner join core_person_keys using (person_id) order by place, start_date"
    )
    names = [column[0] for column in models.connection.description]
    found = defaultdict(list)
    for row in models.connection.fetchall():
        found[row[0]].append(dict(zip(names, row, strict=True)))
    return found


def show(models):
    """The intervals as they stand, without ids."""
    columns = ("start_date", "until_date", "benefit_set", "sick_leave_grade")
    columns += ("sick_leave_fraction", "disability_grade")
    return {
        place: [tuple(row[column] for column in columns) for row in rows]
        for place, rows in fetch(models, "core_benefit_intervals").items()
    }


def as_double(value):
    """An exact fraction, to be compared with a double."""
    return None if value is None else pytest.approx(float(value), rel=1e-12)


def hold_against_loops(models, drawn):
    build(models, drawn)
    found = fetch(models, "core_benefit_intervals")
    for place, person in enumerate(drawn):
        rows = found[place]
        expected = find_intervals(person, FIRST, LAST)
        assert [(r["start_date"], r["until_date"]) for r in rows] == [
            (start, until) for start, until, _ in expected
        ]
        for row, (_, _, content) in zip(rows, expected, strict=True):
            for column, value in content.items():
                assert row[column] == as_double(value), column


def hold_spells_against_loops(models, drawn, gap_days, counts_employer_period):
    build(models, drawn)
    params = {
        "sick_leave_gap_days": gap_days,
        "sick_pay_counts_employer_period": counts_employer_period,
    }
    for name in SPELL_MODELS:
        used = {k: v for k, v in params.items() if k in models.models[name].params}
        models.build(name, used)
    found = fetch(models, "core_sick_leave_spells")
    for place, person in enumerate(drawn):
        expected = find_sick_leave_spells(
            person, FIRST, LAST, gap_days=gap_days, counts_employer_period=counts_employer_period
        )
        assert len(found[place]) == len(expected)
        for row, spell in zip(found[place], expected, strict=True):
            path = [[part["grade"], part["days"]] for part in row.pop("grade_path")]
            assert path == [[as_double(grade), days] for grade, days in spell.pop("grade_path")]
            spell["benefit_days"] = len(spell.pop("benefit_dates"))
            assert {k: row[k] for k in spell} == spell


def count_cases(drawn, seen):
    for person in drawn:
        seen["persons"] += 1
        count_awkward(person, seen)
        days = find_days(person, FIRST, LAST).values()
        seen["three benefits at once"] += any(len({row.code for row in rows}) > 2 for rows in days)


def report(name, count, seen):
    print(f"\n{name}: {count:,} persons held against plain loops; {dict(seen)}")


def test_intervals_are_those_of_plain_loops(models):
    seen = Counter()

    @of_persons(FEW)
    @given(batches)
    def check(drawn):
        count_cases(drawn, seen)
        hold_against_loops(models, drawn)

    check()
    report("intervals", seen["persons"], seen)
    assert seen["persons"] >= FEW
    assert min(seen.values()) >= 3, seen


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_intervals_of_ten_thousand_persons_are_those_of_plain_loops(models):
    seen = Counter()

    @of_persons(MANY)
    @given(batches)
    def check(drawn):
        count_cases(drawn, seen)
        hold_against_loops(models, drawn)

    check()
    report("intervals", seen["persons"], seen)
    assert seen["persons"] >= MANY
    assert min(seen.values()) >= 100, seen


settings_of_spells = st.tuples(st.sampled_from([0, 16, 30]), st.booleans())


def test_spells_of_sick_leave_are_those_of_plain_loops(models):
    @of_persons(FEW)
    @given(batches, settings_of_spells)
    def check(drawn, chosen):
        hold_spells_against_loops(models, drawn, *chosen)

    check()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_spells_of_ten_thousand_persons_are_those_of_plain_loops(models):
    seen = Counter()

    @of_persons(MANY)
    @given(batches, settings_of_spells)
    def check(drawn, chosen):
        seen["persons"] += len(drawn)
        hold_spells_against_loops(models, drawn, *chosen)

    check()
    report("spells of sick leave", seen["persons"], seen)
    assert seen["persons"] >= MANY


def with_rows(drawn, change):
    return [replace(person, rows=tuple(change(person.rows))) for person in drawn]


def split(rows):
    """Every closed row in two parts that touch, at its middle."""
    for row in rows:
        length = (row.end - row.start).days if row.end else 0
        if length < 1:
            yield row
        else:
            middle = row.start + timedelta(days=length // 2)
            yield replace(row, end=middle)
            yield replace(row, start=middle + timedelta(days=1))


@pytest.mark.parametrize(
    "change",
    [split, lambda rows: rows[::-1], lambda rows: [r for row in rows for r in (row, row)]],
    ids=["splitting a spell", "another order of rows", "every row twice"],
)
def test_intervals_are_the_same_after(change, models):
    @of_persons(FEW // 3)
    @given(batches)
    def check(drawn):
        build(models, drawn)
        before = show(models)
        build(models, with_rows(drawn, change))
        assert show(models) == before

    check()


def moved(day, days):
    return day and day + timedelta(days=days)


def test_shifting_every_date_shifts_the_intervals(models):
    @of_persons(FEW // 3)
    @given(batches, st.integers(-2000, 2000))
    def check(drawn, days):
        build(models, drawn)
        before = show(models)
        shifted = [
            replace(
                person,
                rows=tuple(
                    replace(r, start=moved(r.start, days), end=moved(r.end, days))
                    for r in person.rows
                ),
                death=moved(person.death, days),
                emigration=moved(person.emigration, days),
                immigration=moved(person.immigration, days),
            )
            for person in drawn
        ]
        build(models, shifted, first=moved(FIRST, days), last=moved(LAST, days))
        expected = {
            place: [(moved(s, days), moved(u, days), *rest) for s, u, *rest in rows]
            for place, rows in before.items()
        }
        assert show(models) == expected

    check()


def test_days_of_the_union_are_at_most_the_sum_over_benefits_and_the_register(models):
    @of_persons(FEW // 3)
    @given(batches)
    def check(drawn):
        build(models, drawn)
        for rows in show(models).values():
            days = [(until - start).days for start, until, *_ in rows]
            sets = [row[2] for row in rows]
            in_sum = sum(d * s.bit_count() for d, s in zip(days, sets, strict=True))
            assert sum(days) <= in_sum
            assert sum(days) <= (LAST - FIRST).days + 1

    check()
