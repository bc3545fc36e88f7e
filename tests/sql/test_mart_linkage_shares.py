"""The whole way from contacts, and against slow Python."""

import random
from collections import defaultdict

import pytest

SHOW = (
    "dimension, level, n_rows, n_rows_unlinked, n_rows_without_key, n_persons, n_persons_unlinked"
)


@pytest.fixture
def shares(models):
    def run(contacts, linked=(), npr="npr_id | sex_code | birth_year\n n0 | 1 | 1970"):
        models.clean()
        models.build("mart_linkage_levels")
        models.give("stg_npr__contacts", contacts)
        models.give("stg_link__persons", [{"npr_id": key, "ssb_id": key} for key in linked])
        models.give("stg_ssb__persons", [{"ssb_id": key} for key in linked])
        models.give("stg_npr__persons", npr)
        params = {"debitor_codes": ["20"]}
        models.build("mart_linkage_patients", params)
        models.build("mart_linkage_rows", params)
        models.build("mart_linkage_shares", {"age_bands": [age // 5 * 5 for age in range(121)]})
        rows = models.show("mart_linkage_shares", SHOW)
        return {tuple(row.split(" | ")[:2]): row.split(" | ", 2)[2] for row in rows}

    return run


def test_rows_and_persons_are_counted_in_each_level(shares):
    contacts = """
        npr_id | sector | start_date | debitor_code | broken_rule
        n1     | SOM    | 2010-01-01 | 20           | null
        n1     | PHV    | 2011-01-01 | 1            | null
        n1     | PHV    | 2011-02-01 | 1            | null
        n2     | PHV    | 2011-01-01 | 1            | null
        null   | PHV    | 2011-01-01 | 20           | missing_key
    """
    found = shares(contacts, ["n1"], "npr_id | birth_year\n n2 | 1970")
    assert found["sector", "SOM"] == "1 | 0 | 0 | 1 | 0"
    assert found["sector", "PHV"] == "4 | 2 | 1 | 2 | 1"
    assert found["year", "2011"] == "4 | 2 | 1 | 2 | 1"
    assert found["debitor_code", "20"] == "2 | 1 | 1 | 1 | 0"
    assert found["age_band", "40-44"] == "1 | 1 | 0 | 1 | 1"
    assert found["age_band", "unknown"] == "4 | 1 | 1 | 1 | 0"
    assert found["sex", "unknown"] == "5 | 2 | 1 | 2 | 1"
    assert found["arm", "treated"] == "4 | 1 | 1 | 1 | 0"
    assert found["arm", "comparator"] == "1 | 1 | 0 | 1 | 1"


def test_levels_without_a_contact_are_left_out(shares):
    found = shares("npr_id | sector | start_date\n n1 | SOM | 2010-01-01")
    assert set(found) == {
        ("sector", "SOM"),
        ("year", "2010"),
        ("debitor_code", "unknown"),
        ("age_band", "unknown"),
        ("sex", "unknown"),
        ("arm", "comparator"),
    }


def _slowly(contacts, linked, traits):
    treated = {c["npr_id"] for c in contacts if c["debitor_code"] == "20"} - {None}
    rows, persons = defaultdict(list), defaultdict(set)
    for contact in contacts:
        key, year = contact["npr_id"], int(contact["start_date"][:4])
        sex, born = traits.get(key, ("unknown", None))
        first = None if born is None else (year - born) // 5 * 5
        arm = key in treated if key else contact["debitor_code"] == "20"
        levels = {
            "sector": contact["sector"],
            "year": str(year),
            "debitor_code": contact["debitor_code"],
            "sex": sex,
            "age_band": "unknown" if first is None else f"{first}-{first + 4}",
            "arm": "treated" if arm else "comparator",
        }
        for place in levels.items():
            rows[place].append(key)
            if key:
                persons[place].add(key)
    return {
        place: " | ".join(
            str(number)
            for number in (
                len(keys),
                sum(key not in linked for key in keys),
                sum(key is None for key in keys),
                len(persons[place]),
                len(persons[place] - linked),
            )
        )
        for place, keys in rows.items()
    }


@pytest.mark.parametrize("seed", range(10))
def test_random_contacts_are_counted_as_slow_python_counts_them(shares, seed):
    chance = random.Random(seed)  # noqa: S311
    keys = [f"n{number}" for number in range(12)]
    contacts = []
    for _ in range(60):
        key = chance.choice([*keys, None])
        contacts.append(
            {
                "npr_id": key,
                "sector": chance.choice(["SOM", "PHV", "TSB", "ARR"]),
                "start_date": f"{chance.randint(2008, 2018)}-03-01",
                "debitor_code": chance.choice(["1", "1", "1", "20", "30"]),
                "broken_rule": None if key else "missing_key",
            }
        )
    linked = set(chance.sample(keys, 7))
    traits = {key: (chance.choice("12"), chance.randint(1950, 1990)) for key in keys[:9]}
    npr = [{"npr_id": k, "sex_code": sex, "birth_year": y} for k, (sex, y) in traits.items()]
    assert shares(contacts, sorted(linked), npr) == _slowly(contacts, linked, traits)
