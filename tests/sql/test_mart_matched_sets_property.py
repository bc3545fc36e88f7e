"""Random pools, from keys to matched sets, against plain loops with the same seeded hash.

Each delivery is a sector of its own with its own persons, so that one build holds them all.
"""

import hashlib
from collections import Counter, defaultdict

import numpy as np
import pytest

SEED = 20220168
DELIVERIES = 320


def seeded_hash(*parts):
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.md5(text.encode()).digest()[:8], "little")  # noqa: S324


def draw_delivery(rng, number):
    """Courses of one delivery: (ssb_id, is_treated, stratum, index_date, failed step)."""
    courses = set()
    treated_rate = rng.choice([0.2, 0.5, 0.8])
    for person in range(rng.integers(1, 16)):
        key = f"s{number}.{person}"
        strata = "ABC"[: rng.integers(1, 4)]
        is_both = rng.random() < 0.2
        if is_both or rng.random() < treated_rate:
            failed = "age_and_sex" if rng.random() < 0.15 else None
            courses.add((key, True, str(rng.choice(list(strata))), "2012-06-01", failed))
        if is_both or not courses or rng.random() < 0.7:
            for year in rng.choice(range(2009, 2019), size=rng.integers(1, 4), replace=False):
                failed = "diagnosis_known" if rng.random() < 0.15 else None
                stratum = str(rng.choice(list(strata)))
                courses.add((key, False, stratum, f"{year}-06-01", failed))
    return sorted(courses, key=str)


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(11)
    return {f"D{number}": draw_delivery(rng, number) for number in range(DELIVERIES)}


@pytest.fixture
def build(models, drawn):
    """Build keys, pool and sets from the deliveries in a random order of rows."""

    def run(k, order_seed=0, seed=SEED, **matching):
        models.clean()
        rng = np.random.default_rng(order_seed)
        keys = sorted({course[0] for courses in drawn.values() for course in courses})
        links = [{"npr_id": f"n{key}", "ssb_id": key} for key in rng.permutation(keys)]
        models.give("stg_link__persons", links)
        models.build("core_person_keys", {"seed": seed})
        ids = {row[0]: row[1:] for row in models.fetch("core_person_keys", _KEYS)}
        rows = [
            {
                "sector": sector,
                "person_id": ids[key][0],
                "random_order": ids[key][1],
                "is_treated": is_treated,
                "stratum": stratum,
                "index_date": index_date,
                "failed_step_code": failed,
            }
            for sector, courses in drawn.items()
            for key, is_treated, stratum, index_date, failed in courses
        ]
        models.give("mart_candidates", [rows[place] for place in rng.permutation(len(rows))])
        models.build("mart_match_pool", {"seed": seed})
        models.build("mart_matched_sets", {"controls_per_treated": k, **matching})
        return {person: key for key, (person, _) in ids.items()}

    return run


_KEYS = "ssb_id, person_id, random_order"
_MEMBERS = "matched_set_id, sector, person_id, is_treated, weight, index_date"


def read_sets(models, names):
    """The sets of each sector: (treated, index date) with its controls, dates and weights."""
    members = defaultdict(list)
    for set_id, sector, person, is_treated, weight, day in models.fetch(
        "mart_matched_sets", _MEMBERS
    ):
        members[set_id, sector].append((is_treated, names[person], str(day), weight))
    sets = defaultdict(set)
    for (_, sector), rows in members.items():
        [treated] = [row[1:] for row in rows if row[0]]
        sets[sector].add((treated, frozenset(row[1:] for row in rows if not row[0])))
    return sets


def deal_round(place, n_treated, controls, k):
    """Each treated in turn gets one, k times, while there are any."""
    return controls[: k * n_treated][place::n_treated]


def deal_again(place, _n_treated, controls, k):
    """Each treated gets the next k; after the last control comes the first."""
    wanted = min(k, len(controls))
    return [controls[(place * k + turn) % len(controls)] for turn in range(wanted)]


def match_plainly(courses, k, deal=deal_round):
    """Both arms in order of their hash; the controls of a stratum are dealt."""
    eligible = [course for course in courses if course[4] is None]
    treated_in = defaultdict(dict)
    for key, is_treated, stratum, day, _ in eligible:
        if is_treated:
            treated_in[stratum][key] = day
    controls_in = choose_courses(eligible, treated_in)
    sets = set()
    for stratum, treated in treated_in.items():
        order = sorted(treated, key=lambda key: seeded_hash(SEED, key))
        waiting = sorted(controls_in[stratum])
        for place, key in enumerate(order):
            hand = deal(place, len(order), waiting, k)
            if hand:
                controls = frozenset((*control[1:], 1 / len(hand)) for control in hand)
                sets.add(((key, treated[key], 1.0), controls))
    return sets


def choose_courses(eligible, treated_in):
    """One course a person, by hash, of those in a stratum where somebody else is treated."""
    options = defaultdict(list)
    for key, is_treated, stratum, day, _ in eligible:
        if not is_treated and treated_in[stratum] and key not in treated_in[stratum]:
            course_order = seeded_hash(SEED, seeded_hash(SEED, key), day)
            options[key].append((course_order, stratum, day))
    controls_in = defaultdict(list)
    for key, courses in options.items():
        _, stratum, day = min(courses)
        controls_in[stratum].append((seeded_hash(SEED, key), key, day))
    return controls_in


@pytest.mark.parametrize("k", [1, 2, 5])
def test_sets_are_exactly_those_of_the_plain_loop(models, drawn, build, k):
    found = read_sets(models, build(k))
    for sector, courses in drawn.items():
        assert found[sector] == match_plainly(courses, k), courses


@pytest.mark.parametrize("k", [1, 2, 5])
def test_with_replacement_sets_are_exactly_those_of_the_plain_loop(models, drawn, build, k):
    found = read_sets(models, build(k, with_replacement=True))
    for sector, courses in drawn.items():
        assert found[sector] == match_plainly(courses, k, deal_again), courses


def test_stratification_takes_every_stratum_whole(models, drawn, build):
    names = build(1, match_method="stratification")
    found = defaultdict(set)
    for set_id, sector, person, is_treated, weight, _ in models.fetch(
        "mart_matched_sets", _MEMBERS
    ):
        found[sector, set_id].add((is_treated, names[person], weight))
    wanted = set()
    for sector, courses in drawn.items():
        treated_in = defaultdict(dict)
        for key, is_treated, stratum, day, failed in courses:
            if is_treated and failed is None:
                treated_in[stratum][key] = day
        controls_in = choose_courses([c for c in courses if c[4] is None], treated_in)
        for stratum, treated in treated_in.items():
            controls = controls_in[stratum]
            if controls:
                weight = len(treated) / len(controls)
                rows = {(True, key, 1.0) for key in treated}
                rows |= {(False, control[1], weight) for control in controls}
                wanted.add((sector, frozenset(rows)))
    assert len(found) > 100
    assert {(sector, frozenset(rows)) for (sector, _), rows in found.items()} == wanted


def test_row_order_never_matters_and_the_seed_does(models, build):
    first = read_sets(models, build(3, order_seed=1))
    assert read_sets(models, build(3, order_seed=2)) == first
    assert read_sets(models, build(3, seed=SEED + 1)) != first


@pytest.mark.parametrize("k", [1, 2, 5])
def test_no_control_twice_in_a_sector_never_more_than_k_and_weights_sum_to_one(models, build, k):
    for sets in read_sets(models, build(k)).values():
        controls = [control[0] for _, hand in sets for control in hand]
        assert len(controls) == len(set(controls))
        for (treated, _, weight), hand in sets:
            assert weight == 1
            assert 1 <= len(hand) <= k
            assert sum(control[2] for control in hand) == pytest.approx(1, abs=1e-12)
            assert treated not in {control[0] for control in hand}


def test_treated_of_one_stratum_differ_by_at_most_one_control(models, drawn, build):
    names = build(5)
    stratum_of = {
        (sector, course[0]): course[2]
        for sector, courses in drawn.items()
        for course in courses
        if course[1]
    }
    sizes = defaultdict(list)
    for sector, sets in read_sets(models, names).items():
        for (treated, _, _), hand in sets:
            sizes[sector, stratum_of[sector, treated]].append(len(hand))
    assert all(max(counts) - min(counts) <= 1 for counts in sizes.values())


def test_the_awkward_cases_occur(drawn):
    seen = Counter()
    for courses in drawn.values():
        ok = [course for course in courses if course[4] is None]
        treated = {(c[0], c[2]) for c in ok if c[1]}
        control = {(c[0], c[2]) for c in ok if not c[1]}
        per_person = Counter(c[0] for c in ok if not c[1])
        seen["his own stratum"] += bool(treated & control)
        seen["treated and control"] += bool({c[0] for c in treated} & {c[0] for c in control})
        seen["several courses"] += max(per_person.values(), default=0) > 1
        for stratum in "ABC":
            arms = [[c for c in arm if c[1] == stratum] for arm in (treated, control)]
            seen["fewer controls than treated"] += 0 < len(arms[1]) < len(arms[0])
            seen["more than five controls each"] += len(arms[1]) > 5 * len(arms[0]) > 0
            seen["no treated"] += bool(arms[1]) and not arms[0]
            seen["no control"] += bool(arms[0]) and not arms[1]
    assert len(seen) == 7
    assert min(seen.values()) >= 10, seen
