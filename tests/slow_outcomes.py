"""Outcomes of one person, day by day and rule by rule, as slow as they are plain.

A person is a dict: index (a date), days (date -> benefits, grade and fraction of the day),
spells (first days of sick-leave spells), first and until (the days observed are [first, until)),
death, emigration, birth_year and birth_month.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

CODES = ("SP", "RP", "AF", "TU", "AAP", "UFP", "UT")
BITS = {code: 2**place for place, code in enumerate(CODES)}
SICK_LEAVE = frozenset({"SP"})
PERMANENT = frozenset({"UFP", "UT"})


class Day(NamedTuple):
    """What is in force on a day."""

    benefits: frozenset[str]
    grade: int | None
    fraction: Fraction


Person = Mapping[str, Any]


def each_day(start: date, until: date) -> Iterator[date]:
    while start < until:
        yield start
        start += timedelta(days=1)


def measure(
    person: Person,
    start: date,
    until: date,
    *,
    health: frozenset[str],
    holidays: frozenset[date] = frozenset(),
) -> dict[str, float]:
    """Everything that a window [start, until) holds."""
    found: dict[str, Any] = dict.fromkeys(
        (
            *(f"{kind}_{unit}" for kind in ("sick_leave", "health_benefit") for unit in _UNITS),
            "graded_days",
            *(f"{code.lower()}_days" for code in CODES),
        ),
        0,
    )
    dagsverk = Fraction(0)
    for day in each_day(start, until):
        today = person["days"].get(day)
        if today is None:
            continue
        for kind, codes in (("sick_leave", SICK_LEAVE), ("health_benefit", health)):
            found[f"{kind}_days"] += bool(today.benefits & codes)
            found[f"{kind}_months"] += bool(today.benefits & codes) and day.day == 1
        for code in today.benefits:
            found[f"{code.lower()}_days"] += 1
        found["graded_days"] += today.grade is not None and today.grade < 100
        if day.weekday() < 5 and day not in holidays:
            dagsverk += today.fraction
    found["sick_leave_dagsverk"] = float(dagsverk)
    found["spells_started"] = sum(start <= day < until for day in person["spells"])
    return found


_UNITS = ("days", "months")


def is_observed(person: Person, start: date, until: date) -> bool:
    return all(person["first"] <= day < person["until"] for day in each_day(start, until))


def find_return(
    person: Person, *, health: frozenset[str], short: int, long: int
) -> dict[str, int | bool | str | None]:
    """When the person is back, and why nobody knows."""
    index = person["index"]
    month = person["birth_month"] or 7
    years, month = (67, month + 1) if month < 12 else (68, 1)
    age_67 = date(person["birth_year"] + years, month, 1)
    end = max(index, min(person["until"], age_67))
    reasons = {
        "death": person["death"],
        "emigration": person["emigration"],
        "age_67": age_67,
    }
    reason = next((name for name, day in reasons.items() if day and day <= end), "register_end")
    followed = list(each_day(index, end))

    def has(codes: frozenset[str]) -> Callable[[date], bool]:
        return lambda day: day in person["days"] and bool(person["days"][day].benefits & codes)

    found: dict[str, int | bool | str | None] = {
        "was_on_benefit": bool(followed) and has(health)(index),
        "days_to_return": _first(followed, index, lambda day: not has(health)(day)),
        "days_to_aap": _first(followed, index, has(frozenset({"AAP"}))),
        "days_to_disability": _first(followed, index, has(PERMANENT)),
        "censored_after_days": (end - index).days,
        "censored_by": reason,
    }
    for name, needed in (("short", short), ("long", long)):
        back, cut = _sustained([has(health)(day) for day in followed], needed)
        found[f"days_to_sustained_return_{name}"] = back
        found[f"censored_after_days_{name}"] = cut
    return found


def _first(days: Sequence[date], index: date, is_so: Callable[[date], bool]) -> int | None:
    return next(((day - index).days for day in days if is_so(day)), None)


def _sustained(is_on: Sequence[bool], needed: int) -> tuple[int | None, int | None]:
    """First day of the first long run without a benefit, or day of censoring."""
    run = 0
    for place, on in enumerate(is_on):
        run = 0 if on else run + 1
        if run == needed:
            return place - needed + 1, None
    return None, len(is_on) - run


def intervals_of(person: Person) -> list[dict[str, Any]]:
    """The days as core_benefit_intervals holds them."""
    rows: list[dict[str, Any]] = []
    for day in sorted(person["days"]):
        today = person["days"][day]
        values = {
            "benefit_set": sum(BITS[code] for code in today.benefits),
            "sick_leave_grade": today.grade,
            "sick_leave_fraction": float(today.fraction),
        }
        until = day + timedelta(days=1)
        if rows and rows[-1]["until_date"] == day and rows[-1].items() >= values.items():
            rows[-1]["until_date"] = until
        else:
            rows.append({"start_date": day, "until_date": until, **values})
    return rows
