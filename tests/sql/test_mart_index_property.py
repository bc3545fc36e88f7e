"""Random contacts to treated and control index dates, against loops written from methods.md."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

PERSONS = 700
SECTORS = ["SOM", "PHV", "ARR"]
STUDY = {"debitor_codes": ["20"]}
FIRST, LAST = date(2010, 1, 1), date(2013, 12, 31)
PERIOD = {"sectors": SECTORS, "first_index_date": FIRST, "last_index_date": LAST}
# (washout, course gap, exclusion before, exclusion after, outpatient only, end of the course): the
# default and one in which no two are equal, each anchored at both ends.
SETTINGS = [
    (*limits, at_end)
    for limits in [(365, 365, 365, 365, ["SOM", "ARR"]), (90, 120, 60, 30, ["PHV"])]
    for at_end in (False, True)
]
DIAGNOSES = ["M545", "F321", "Z501", None]


def draw_contacts(rng, settings):
    """Contacts of one person whose gaps gather around the limits of the settings."""
    limits = [limit + step for limit in settings[:4] for step in (-1, 0, 1)]
    day = FIRST + timedelta(days=int(rng.choice([-400, -100, -1, 0, 1, 300])))
    contacts = []
    for _ in range(rng.integers(1, 10)):
        day += timedelta(days=int(rng.choice([0, 0, 1, 7, *limits])))
        level = rng.choice(["1", "2", "3", "3", "8"])
        stay = int(rng.choice([0, 0, 2, 100])) if level == "1" else 0
        contacts.append(
            {
                "sector": str(rng.choice([*SECTORS, "SOM", "TSB"])),
                "start_date": day,
                "end_date": day + timedelta(days=stay),
                "care_level_code": str(level),
                "is_outpatient": level in ("3", "8"),
                "debitor_code": [None, "1", "20", "20"][rng.integers(0, 4)],
                "is_patient_present": bool(rng.random() < 0.85),
                "main_icd10_code": DIAGNOSES[rng.integers(0, 4)],
                "secondary_icd10_codes": ["M511|F419", None][rng.integers(0, 2)],
            }
        )
    return contacts


def is_treatment(contact):
    return contact["debitor_code"] == "20" and contact["is_patient_present"]


def diagnosis_of(contact):
    code = contact["main_icd10_code"]
    if code and code[0] == "Z" and contact["secondary_icd10_codes"]:
        code = contact["secondary_icd10_codes"].split("|")[0]
    return code


def chosen_of_day(contacts):
    """A treatment goes before others, then the lowest care level, then the lowest diagnosis."""
    return min(
        (c for c in contacts if c["is_patient_present"]),
        key=lambda c: (not is_treatment(c), c["care_level_code"], diagnosis_of(c) or "~"),
    )


def end_of(contacts, day, gap):
    """Walk from contact to contact for as long as the next begins in time."""
    end = max(c["end_date"] for c in contacts if c["start_date"] == day)
    later = sorted((c for c in contacts if c["start_date"] > day), key=lambda c: c["start_date"])
    for contact in later:
        if (contact["start_date"] - end).days >= gap:
            break
        end = max(end, contact["end_date"])
    return end


def treated_indexes(contacts, washout, gap, at_end):
    """First contact after so many days without one in any sector; once a sector."""
    days = {(c["sector"], c["start_date"]) for c in contacts if is_treatment(c)}
    found = {}
    for sector, day in sorted(days, key=lambda pair: pair[1]):
        window = range(1, washout + 1)
        is_free = not any(day - timedelta(days=n) == other for n in window for _, other in days)
        # The whole day counts, with what else the person had in the sector on it.
        mine = [c for c in contacts if (c["sector"], c["start_date"]) in days]
        mine = [c for c in mine if c["sector"] == sector]
        zero = end_of(mine, day, gap) if at_end else day
        may_be = sector in SECTORS and sector not in found
        if is_free and FIRST <= zero <= LAST and may_be:
            found[sector] = zero, day
    return {
        (sector, zero, day, *describe(contacts, sector, day))
        for sector, (zero, day) in found.items()
    }


def describe(contacts, sector, day):
    same = [c for c in contacts if (c["sector"], c["start_date"]) == (sector, day)]
    chosen = chosen_of_day(same)
    return chosen["is_outpatient"], diagnosis_of(chosen)


def control_indexes(contacts, gap, before, after, outpatient_only, at_end):
    """First contact of each course that is no treatment and, where asked, outpatient."""
    treatments = [c["start_date"] for c in contacts if is_treatment(c)]
    found = set()
    for sector in SECTORS:
        mine = [c for c in contacts if c["sector"] == sector and c["is_patient_present"]]
        latest_end, days = None, {c["start_date"] for c in mine}
        for day in sorted(days):
            today = [c for c in mine if c["start_date"] == day]
            is_first = latest_end is None or (day - latest_end).days >= gap
            latest_end = max([c["end_date"] for c in today] + [latest_end or day])
            is_outpatient, diagnosis = describe(mine, sector, day)
            # The whole day counts, indirect contacts of it too.
            whole = [c for c in contacts if c["sector"] == sector and c["start_date"] in days]
            zero = end_of(whole, day, gap) if at_end else day
            if (
                is_first
                and not any(is_treatment(c) for c in today)
                and FIRST <= zero <= LAST
                and (is_outpatient or sector not in outpatient_only)
            ):
                nearby = any(
                    (other - day).days >= -before and (other - zero).days <= after
                    for other in treatments
                )
                found.add((sector, zero, day, is_outpatient, diagnosis, nearby))
    return found


@pytest.fixture(params=SETTINGS, ids=["default", "end", "all different", "all different, end"])
def drawn(request, models):
    """Contacts of each person, and both index tables built from them."""
    rng = np.random.default_rng(7)
    persons = {number: draw_contacts(rng, request.param) for number in range(1, PERSONS + 1)}
    rows = [{"person_id": p, **c} for p, contacts in persons.items() for c in contacts]
    models.give("core_contacts", [rows[place] for place in rng.permutation(len(rows))])
    washout, gap, before, after, outpatient_only, at_end = request.param
    models.build("mart_study_contacts", {**STUDY, "replaces_z_codes": True})
    courses = {"course_gap_days": gap, "anchors_at_end": at_end}
    models.build("mart_treated_index", {**PERIOD, **courses, "washout_days": washout})
    courses |= {"outpatient_only_sectors": outpatient_only}
    nearby = {"exclusion_before_days": before, "exclusion_after_days": after}
    models.build("mart_control_index", {**PERIOD, **courses, **nearby})
    # TSB is outside the study: no index there, yet its treatments count in the washout.
    return request.param, persons


def by_person(rows):
    found = defaultdict(set)
    for person, *rest in rows:
        found[person].add(tuple(rest))
    return found


def test_treated_indexes_are_those_of_the_plain_loop(models, drawn):
    (washout, gap, *_, at_end), persons = drawn
    columns = "person_id, sector, index_date, course_start_date, is_outpatient, diagnosis"
    found = by_person(models.fetch("mart_treated_index", columns))
    for person, contacts in persons.items():
        assert found[person] == treated_indexes(contacts, washout, gap, at_end), contacts


def test_control_indexes_are_those_of_the_plain_loop(models, drawn):
    (_, *course), persons = drawn
    columns = (
        "person_id, sector, index_date, course_start_date, is_outpatient, diagnosis,"
        " has_treatment_nearby"
    )
    found = by_person(models.fetch("mart_control_index", columns))
    for person, contacts in persons.items():
        assert found[person] == control_indexes(contacts, *course), contacts


def test_the_awkward_cases_occur(models, drawn):
    (washout, gap, before, after, _, _), persons = drawn
    seen = Counter()
    for contacts in persons.values():
        treatments = sorted({c["start_date"] for c in contacts if is_treatment(c)})
        steps = [(b - a).days for a, b in pairwise(treatments)]
        seen["exactly the washout"] += washout in steps
        seen["one day more"] += washout + 1 in steps
        days = Counter((c["sector"], c["start_date"]) for c in contacts)
        seen["same day, same sector"] += max(days.values(), default=0) > 1
        dates = Counter(day for _, day in days)
        seen["same day, two sectors"] += max(dates.values(), default=0) > 1
        seen["indirect with the code"] += any(
            c["debitor_code"] == "20" and not c["is_patient_present"] for c in contacts
        )
        for _, _, day, _, _, _ in control_indexes(contacts, gap, before, after, [], False):
            distances = [(other - day).days for other in treatments]
            seen["treatment exactly so long before"] += -before in distances
            seen["treatment exactly so long after"] += after in distances
            seen["course after exactly the gap"] += any(
                (day - c["end_date"]).days == gap for c in contacts
            )
    indexes = Counter(person for (person,) in models.fetch("mart_treated_index", "person_id"))
    seen["index in two sectors"] = sum(count > 1 for count in indexes.values())
    assert len(seen) == 9
    assert min(seen.values()) >= 10, seen
