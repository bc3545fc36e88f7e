import hashlib

import pytest

SETS = """
    matched_set_id | sector | person_id | is_treated | index_date
    1              | SOM    | 1         | true       | 2011-12-31
    1              | SOM    | 9         | false      | 2012-01-01
    2              | SOM    | 2         | true       | 2012-01-01
    3              | PHV    | 1         | true       | 2013-06-01
"""
POOL = """
    is_treated | sector | person_id | sex_code | age_years | education_group | diagnosis
    true       | SOM    | 1         | 1        | 29        | tertiary        | M54
    true       | SOM    | 2         | 2        | 30        | compulsory      | D50
    true       | PHV    | 1         | 1        | 60        | missing         | U99
    false      | SOM    | 9         | 2        | 45        | tertiary        | M54
"""
INDEXES = """
    person_id | sector | institution_id | care_level_code
    1         | SOM    | 974111111      | 1
    2         | SOM    | 974222222      | 2
    1         | PHV    | null           | null
    3         | SOM    | 974333333      | 3
"""


@pytest.fixture
def groups(run_model):
    def run(show, **params):
        given = {
            "mart_matched_sets": SETS,
            "mart_match_pool": POOL,
            "mart_treated_index": INDEXES,
        }
        return run_model("mart_treated_groups", given=given, params=params, show=show)

    return run


def test_a_treated_person_has_the_subgroups_of_its_own_sector(groups):
    show = "matched_set_id, sector, sex, age_group, education_group, diagnosis_chapter"
    assert groups(show, age_limits=[30, 60]) == [
        "1 | SOM | 1 | under_30 | tertiary | XIII",
        "2 | SOM | 2 | 30_59 | compulsory | III",
        "3 | PHV | 1 | 60_and_over | missing | unknown",
    ]


def test_the_care_mode_is_that_of_the_contact_that_begins_the_course(groups):
    assert groups("matched_set_id, care_mode") == [
        "1 | inpatient",
        "2 | day_treatment",
        "3 | unknown",
    ]


def test_the_index_year_is_that_of_the_index_date(groups):
    assert groups("matched_set_id, index_year") == ["1 | 2011", "2 | 2012", "3 | 2013"]


def test_one_limit_makes_two_groups_and_none_makes_one(groups):
    assert groups("age_group", age_limits=[30]) == ["30_and_over", "30_and_over", "under_30"]
    assert groups("age_group", age_limits=[]) == ["all"] * 3


def test_services_are_numbered_by_a_seeded_hash_and_only_those_with_a_matched_treated(groups):
    def number(seed):
        names = ["974111111", "974222222"]
        order = sorted(
            names,
            key=lambda name: hashlib.md5(
                f"{seed}|{name}".encode(), usedforsecurity=False
            ).hexdigest(),
        )
        return [str(order.index(name) + 1) for name in names]

    orders = set()
    for seed in range(6):
        expected = number(seed)
        orders.add(tuple(expected))
        assert groups("matched_set_id, service", seed=seed) == [
            f"1 | {expected[0]}",
            f"2 | {expected[1]}",
            "3 | null",
        ]
    assert len(orders) == 2, "the number must not follow the order of the institutions"
