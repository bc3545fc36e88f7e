"""Who is treated, and which of it is coded debitor 20.

Treatment depends on sector, year, diagnosis, sex, age and education, and on nothing else unless
a scenario gives weights (threats.py). Numbers by sector and year are set so that the *coded*
composition is the published one; each block of persons fills its own part of them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic_data.contacts import Contacts
from synthetic_data.courses import Courses
from synthetic_data.days import NPR_END, Flags, Floats, Ints, first_day_of, round_randomly, year_of
from synthetic_data.population import Persons
from synthetic_data.scenario import ARR, FIRST_YEAR, LAST_YEAR, PHV, SECTORS, SOM, TSB

LONGEST_WAIT_FOR_SECOND_SECTOR = 120
"""Days after the index date within which the contact in another sector comes: assumption."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """Who was treated.

    Attributes:
        is_treated: Truly treated, shape (n_courses,).
        is_coded: Treated and coded debitor 20, shape (n_courses,).
        second_course: Course that had a debitor-20 contact in another sector too, shape (m,).
        second_day: Its day, same calendar year as the course, shape (m,).
        second_sector: Its sector, shape (m,).
    """

    is_treated: Flags
    is_coded: Flags
    second_course: Ints
    second_day: Ints
    second_sector: Ints


def build_composition(settings: dict[str, Any]) -> Floats:
    """Give the share of each sector among person-sectors with debitor 20, by year.

    Args:
        settings: The scenario's treatment section.

    Returns:
        Shares, shape (11 years, 4 sectors); each row sums to one.
    """
    shares = np.zeros((LAST_YEAR - FIRST_YEAR + 1, len(SECTORS)))
    for sector in (SOM, TSB, ARR):
        name = SECTORS[sector]
        shares[:-1, sector] = np.linspace(
            settings["share_2008"][name], settings["share_2017"][name], len(shares) - 1
        )
        shares[-1, sector] = settings["share_2018"][name]
    shares[:, PHV] = 1.0 - shares.sum(axis=1)
    return shares


def assign_treatment(
    courses: Courses,
    contacts: Contacts,
    persons: Persons,
    *,
    scenario: dict[str, Any],
    rng: np.random.Generator,
    weight: Floats | None = None,
) -> Treatment:
    """Choose the treated courses, year by year.

    A year's numbers are what its composition asks for less what comes over from the year
    before (courses that pass New Year) and from contacts in a second sector.

    Args:
        courses: All courses of the block.
        contacts: Their contacts.
        persons: The block.
        scenario: The whole scenario.
        rng: Random numbers.
        weight: What a scenario multiplies the chance of each course with, shape (n_courses,).
            0 means never.
    """
    settings = scenario["treatment"]
    targets = build_composition(settings) * _yearly_volume(settings, len(persons.sex))[:, None]
    chance = _propensity(courses, persons, scenario)
    chance = chance if weight is None else chance * weight
    with np.errstate(divide="ignore"):
        order = rng.exponential(size=len(courses.person)) / chance
    passes_new_year = _passes_new_year(courses, contacts)
    by_place = np.array(settings["care_for_code_by_place"])
    care = by_place[persons.municipality[courses.person] % len(by_place)]
    is_treated = np.zeros(len(courses.person), dtype=np.bool_)
    is_coded = is_treated.copy()
    has_been_treated = np.zeros(len(persons.sex), dtype=np.bool_)
    carried = np.zeros(len(SECTORS))
    seconds: list[tuple[Ints, Ints]] = []
    for position, target in enumerate(targets):
        year = FIRST_YEAR + position
        second_share = _second_share(settings, year)
        new = _solve_new(target - carried, second_share, settings["second_sector"])
        uncoded = settings["uncoded_share_2018" if year == LAST_YEAR else "uncoded_share"]
        chosen, coded = _choose(
            courses,
            order,
            has_been_treated,
            year=year,
            new=round_randomly(rng, new),
            uncoded=uncoded,
            care=care,
            rng=rng,
        )
        is_treated[chosen] = True
        is_coded[coded] = True
        has_been_treated[courses.person[chosen]] = True
        over = coded[passes_new_year[coded]]
        carried = np.bincount(courses.sector[over], minlength=len(SECTORS)).astype(float)
        seconds.append(
            _choose_second(courses, coded, second_share, table=settings["second_sector"], rng=rng)
        )
    course = np.concatenate([pair[0] for pair in seconds])
    return Treatment(
        is_treated=is_treated,
        is_coded=is_coded,
        second_course=course,
        second_day=_draw_second_day(courses, course, persons, rng=rng),
        second_sector=np.concatenate([pair[1] for pair in seconds]),
    )


def _yearly_volume(settings: dict[str, Any], persons: int) -> Floats:
    per_person = np.array(settings["volumes"]) / settings["residents_of_volumes"]
    volume: Floats = per_person * settings["multiplier"] * persons
    return volume


def _propensity(courses: Courses, persons: Persons, scenario: dict[str, Any]) -> Floats:
    """Relative chance of treatment within sector and year, shape (n_courses,)."""
    settings = scenario["treatment"]
    by_diagnosis = np.array([entry["propensity"] for entry in scenario["diagnosis"]])
    age_group = np.digitize(courses.age, [30, 40, 50, 60])
    weight = by_diagnosis[courses.diagnosis] * np.array(settings["propensity_by_age"])[age_group]
    weight *= np.array(settings["propensity_education"])[courses.education]
    is_woman = persons.sex[courses.person] == 2
    weight *= np.where(is_woman, settings["propensity_women"], 1.0)
    young_2018 = (courses.year == LAST_YEAR) & (courses.age < 30)
    weight *= np.where(young_2018, settings["propensity_young_ratio_2018"], 1.0)
    outside = (courses.age < 18) | (courses.age > 67)
    return np.where(outside, settings["propensity_outside_18_67"], weight)


def _passes_new_year(courses: Courses, contacts: Contacts) -> Flags:
    """Whether a course, once treated, has debitor-20 contacts in the next calendar year.

    The scheme does not reach TSB in 2018, so such courses end with 2017.
    """
    counted = ~contacts.is_ordinary
    course, day = contacts.course[counted], contacts.start_day[counted]
    later = year_of(day) > courses.year[course]
    later &= ~((courses.sector[course] == TSB) & (courses.year[course] == LAST_YEAR - 1))
    return np.bincount(course, weights=later, minlength=len(courses.person)) > 0


def _second_share(settings: dict[str, Any], year: int) -> float:
    first, last = settings["second_sector_share_2008"], settings["second_sector_share_2018"]
    return float(np.interp(year, [FIRST_YEAR, LAST_YEAR], [first, last]))


def _second_matrix(table: dict[str, dict[str, float]]) -> Floats:
    """Where second contacts go, shape (from sector, to sector)."""
    return np.array([[table[row].get(to, 0.0) for to in SECTORS] for row in SECTORS])


def _solve_new(target: Floats, share: float, table: dict[str, dict[str, float]]) -> Floats:
    """New index persons by sector such that new + share * new @ matrix = target."""
    system = np.eye(len(SECTORS)) + share * _second_matrix(table).T
    return np.linalg.solve(system, target).clip(0)


def _choose(
    courses: Courses,
    order: Floats,
    has_been_treated: Flags,
    *,
    year: int,
    new: Ints,
    uncoded: float,
    care: Floats,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Pick the courses of a year with the lowest order; some of them are left uncoded.

    Returns:
        Positions of all treated courses, and of those that are coded.
    """
    chosen, coded = [], []
    open_to_choice = (courses.year == year) & ~has_been_treated[courses.person] & np.isfinite(order)
    for sector, number in enumerate(new):
        candidates = np.flatnonzero(open_to_choice & (courses.sector == sector))
        wanted = min(round(number / (1.0 - uncoded)), len(candidates))
        picked = candidates[np.argsort(order[candidates], kind="stable")[:wanted]]
        # Trusts that take more care of the code lose less of it.
        place = np.argsort(np.argsort(rng.exponential(size=wanted) / care[picked]))
        is_coded = place < min(int(number), wanted)
        chosen.append(picked)
        coded.append(picked[is_coded])
    return np.concatenate(chosen), np.concatenate(coded)


def _choose_second(
    courses: Courses,
    coded: Ints,
    share: float,
    *,
    table: dict[str, dict[str, float]],
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Pick the coded courses with a contact in a second sector, and that sector.

    Only courses that begin by the end of November have room left in the year.
    """
    has_room = first_day_of(courses.year[coded] + 1) - courses.index_day[coded] > 31
    pool = coded[has_room]
    wanted = round_randomly(rng, np.array([share * len(coded)]))[0]
    number = min(int(wanted), len(pool))
    picked = np.sort(rng.choice(pool, size=number, replace=False))
    matrix = _second_matrix(table)
    bounds = matrix.cumsum(axis=1)[courses.sector[picked]]
    sector = (rng.random(number)[:, None] >= bounds[:, :-1]).sum(axis=1)
    return picked, sector


def _draw_second_day(
    courses: Courses, course: Ints, persons: Persons, *, rng: np.random.Generator
) -> Ints:
    """Draw a day after the index date, in its calendar year and before the person leaves."""
    index_day = courses.index_day[course]
    end = np.minimum(first_day_of(courses.year[course] + 1), NPR_END)
    end = np.minimum(end, persons.exit_day[courses.person[course]])
    end = np.minimum(end, index_day + LONGEST_WAIT_FOR_SECOND_SECTOR)
    room = np.maximum(end - index_day - 1, 0)
    return index_day + np.ceil(rng.random(len(course)) * room).astype(np.int64)
