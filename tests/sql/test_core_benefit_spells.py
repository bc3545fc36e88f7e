import pytest

KEYS = """
    person_id | nav_id
    1         | v1
    2         | v2
    3         | null
"""


@pytest.fixture
def spells(run_model):
    def run(drawn, **params):
        return run_model(
            "core_benefit_spells",
            given={"stg_nav__benefit_spells": drawn, "core_person_keys": KEYS},
            params={"benefits_first_date": "2008-01-01", "benefits_last_date": "2019-12-31"}
            | params,
        )

    return run


def test_overlapping_spells_of_one_benefit_are_one(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2010-01-01 | 2010-01-20
        v1     | SP           | 2010-01-10 | 2010-02-01
    """) == ["1 | SP | 2010-01-01 | 2010-02-01"]


def test_touching_spells_of_one_benefit_are_one(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2010-01-01 | 2010-01-10
        v1     | SP           | 2010-01-10 | 2010-02-01
    """) == ["1 | SP | 2010-01-01 | 2010-02-01"]


def test_one_day_without_benefit_parts_two_spells(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2010-01-01 | 2010-01-10
        v1     | SP           | 2010-01-11 | 2010-02-01
    """) == ["1 | SP | 2010-01-01 | 2010-01-10", "1 | SP | 2010-01-11 | 2010-02-01"]


def test_short_spell_inside_a_long_one_does_not_split_it(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2010-01-01 | 2010-03-01
        v1     | SP           | 2010-01-05 | 2010-01-06
        v1     | SP           | 2010-02-01 | 2010-02-10
    """) == ["1 | SP | 2010-01-01 | 2010-03-01"]


def test_rows_with_the_same_start_are_one_spell_up_to_the_latest_end(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2010-01-01 | 2010-01-20
        v1     | SP           | 2010-01-01 | 2010-01-05
        v1     | SP           | 2010-01-01 | 2010-01-20
    """) == ["1 | SP | 2010-01-01 | 2010-01-20"]


def test_two_benefits_are_not_joined(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2010-01-01 | 2010-01-20
        v1     | AAP          | 2010-01-10 | 2010-02-01
    """) == ["1 | AAP | 2010-01-10 | 2010-02-01", "1 | SP | 2010-01-01 | 2010-01-20"]


def test_two_persons_are_not_joined(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2010-01-01 | 2010-01-20
        v2     | SP           | 2010-01-10 | 2010-02-01
    """) == ["1 | SP | 2010-01-01 | 2010-01-20", "2 | SP | 2010-01-10 | 2010-02-01"]


def test_spells_are_cut_at_the_first_and_last_day_of_the_register(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2007-06-01 | 2008-01-10
        v1     | SP           | 2007-12-01 | 2008-01-05
        v2     | UT           | 2019-12-30 | 2021-01-01
    """) == ["1 | SP | 2008-01-01 | 2008-01-10", "2 | UT | 2019-12-30 | 2020-01-01"]


def test_spell_on_the_first_or_last_day_of_the_register_counts_and_one_outside_does_not(spells):
    drawn = """
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2007-12-01 | 2008-01-01
        v1     | AAP          | 2007-12-01 | 2008-01-02
        v2     | SP           | 2019-12-31 | 2020-01-05
        v2     | AAP          | 2020-01-01 | 2020-01-05
    """
    assert spells(drawn) == [
        "1 | AAP | 2008-01-01 | 2008-01-02",
        "2 | SP | 2019-12-31 | 2020-01-01",
    ]


def test_broken_rows_and_unknown_persons_are_left_out(spells):
    assert (
        spells("""
        nav_id | benefit_code | start_date | until_date | broken_rule
        v1     | SP           | 2010-01-01 | 2010-01-20 | end_before_start
        v9     | SP           | 2010-01-01 | 2010-01-20 | null
        null   | SP           | 2010-01-01 | 2010-01-20 | null
    """)
        == []
    )
