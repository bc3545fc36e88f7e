"""Benefits the slow and obvious way: one dict a person-day, plain loops, no cleverness.

The rules are those of the headers in sql/core, written again from the sentences, not from the
SQL. Days are dates, ends are inclusive as delivered, and shares are exact fractions.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

BITS = {"SP": 1, "RP": 2, "AF": 4, "TU": 8, "AAP": 16, "UFP": 32, "UT": 64}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """A delivered row of nav_benefit; no end means that it runs on."""

    code: str
    start: date
    end: date | None
    grade: Fraction | None = None
    position: Fraction | None = None
    job: str | None = None
    diagnosis: str | None = None


@dataclass(frozen=True)
class Person:
    """What is delivered of a person."""

    rows: tuple[Row, ...]
    death: date | None = None
    emigration: date | None = None
    immigration: date | None = None


def is_known(person, day, first, last):
    """The person is alive and in the country on the day, and the register covers it."""
    if not first <= day <= last:
        return False
    if person.death and day >= person.death:
        return False
    gone, came = person.emigration, person.immigration
    if gone and came and came > gone:
        return day < gone or day >= came
    return not (gone and day >= gone) and not (came and day < came)


def find_days(person, first, last):
    """Rows in force, by day."""
    days = defaultdict(list)
    for row in person.rows:
        day = max(row.start, first)
        while day <= min(row.end or last, last):
            if is_known(person, day, first, last):
                days[day].append(row)
            day += DAY
    return dict(sorted(days.items()))


def describe_day(rows):
    """The set of benefits, sick-leave grade and fraction, and disability grade of one day."""
    grades, positions = defaultdict(list), defaultdict(list)
    for row in rows:
        if row.code == "SP":
            grades[row.job].append(Fraction(100) if row.grade is None else row.grade)
            positions[row.job].append(min(row.position or Fraction(100), Fraction(100)))
    lost = sum(max(grades[job]) * max(positions[job]) for job in grades)
    held = sum(max(positions[job]) for job in grades)
    permanent = [
        Fraction(100) if row.grade is None else row.grade
        for row in rows
        if row.code in {"UFP", "UT"}
    ]
    return {
        "benefit_set": sum(BITS[code] for code in {row.code for row in rows}),
        "sick_leave_grade": lost / held if grades else None,
        "sick_leave_fraction": min(Fraction(1), Fraction(lost) / 10_000),
        "disability_grade": max(permanent) if permanent else None,
    }


def find_intervals(person, first, last):
    """Runs of days that are alike: (start, until, content)."""
    runs = []
    for day, rows in find_days(person, first, last).items():
        content = describe_day(rows)
        if runs and runs[-1][1] == day and runs[-1][2] == content:
            runs[-1][1] = day + DAY
        else:
            runs.append([day, day + DAY, content])
    return runs


def find_sick_leave_spells(person, first, last, *, gap_days, counts_employer_period):
    """The spells of sick leave of a person, in their order."""
    days = find_days(person, first, last)
    sick = [day for day, rows in days.items() if any(row.code == "SP" for row in rows)]
    groups = []
    for day in sick:
        if groups and (day - groups[-1][-1]).days - 1 < max(gap_days, 1):
            groups[-1].append(day)
        else:
            groups.append([day])
    spells, right = [], []
    for group in groups:
        begun = [row for row in days[group[0]] if row.code == "SP"]
        if not spells or count_fit_days(days, spells[-1]["until_date"], group[0]) >= 182:
            right = []
        spell = describe_spell(group, begun, days, counts_employer_period)
        spell["is_new_right"] = not right
        used = [day for day in right if day >= three_years_before(group[0])]
        number = len(used)
        spell["benefit_days_in_right"] = number + len(spell["benefit_dates"])
        spell["reaches_248_date"] = None
        for day in spell["benefit_dates"]:
            number += 1
            if number == 248:
                spell["reaches_248_date"] = day
        # A right stays the same though the spell has no benefit day.
        right = right + spell["benefit_dates"] or [date.min]
        spells.append(spell)
    return spells


def count_fit_days(days, first, until):
    """Days without a temporary benefit."""
    return sum(
        not any(row.code in {"RP", "AF", "TU", "AAP"} for row in days.get(day, ()))
        for day in (first + DAY * number for number in range((until - first).days))
    )


def describe_spell(group, begun, days, counts_employer_period):
    """What can be told of a spell without those before it."""
    before = max((group[0] - row.start).days for row in begun)
    diagnoses = sorted((row.start, row.diagnosis) for row in begun if row.diagnosis)
    employer = [
        day
        for number, day in enumerate(group, start=before + 1)
        if counts_employer_period and number <= 16
    ]
    path = []
    for day in group:
        grade = describe_day(days[day])["sick_leave_grade"]
        if path and path[-1][0] == grade:
            path[-1][1] += 1
        else:
            path.append([grade, 1])
    absent = before + (0 if counts_employer_period else 16)
    return {
        "start_date": group[0],
        "until_date": group[-1] + DAY,
        "calendar_days": (group[-1] - group[0]).days + 1,
        "sick_leave_days": len(group),
        "grade_path": path,
        "is_graded": any(grade < 100 for grade, _ in path),
        "days_before_time": before,
        "start_diagnosis_code": diagnoses[0][1] if diagnoses else None,
        "includes_employer_period": counts_employer_period,
        "employer_days": len(employer),
        "benefit_dates": [d for d in group if d.weekday() < 5 and d not in employer],
        "reaches_52_weeks_date": next(
            (day for number, day in enumerate(group, start=absent + 1) if number == 364), None
        ),
    }


def three_years_before(day):
    """The same date three years before; the last of February for the 29th."""
    if (day.month, day.day) == (2, 29):
        return date(day.year - 3, 2, 28)
    return day.replace(year=day.year - 3)
