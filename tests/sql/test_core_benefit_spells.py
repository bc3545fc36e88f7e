import pytest

KEYS = """
    person_id | nav_id
    1         | v1
    2         | v2
    3         | null
"""
WHOLE = """
    person_id | start_date | until_date
    1         | 2008-01-01 | 2020-01-01
    2         | 2008-01-01 | 2020-01-01
    3         | 2008-01-01 | 2020-01-01
"""
SHOW = "person_id, benefit_code, start_date, until_date, delivered_start_date"


@pytest.fixture
def spells(run_model):
    def run(drawn, *, time=WHOLE, show=SHOW):
        given = {"stg_nav__benefit_spells": drawn, "core_person_keys": KEYS}
        return run_model("core_benefit_spells", given=given | {"core_person_time": time}, show=show)

    return run


def test_rows_are_kept_as_delivered_however_they_overlap(spells):
    assert spells("""
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2010-01-01 | 2010-01-20
        v1     | SP           | 2010-01-10 | 2010-02-01
        v1     | SP           | 2010-01-10 | 2010-02-01
        v1     | AAP          | 2010-02-01 | 2010-03-01
    """) == [
        "1 | AAP | 2010-02-01 | 2010-03-01 | 2010-02-01",
        "1 | SP | 2010-01-01 | 2010-01-20 | 2010-01-01",
        "1 | SP | 2010-01-10 | 2010-02-01 | 2010-01-10",
        "1 | SP | 2010-01-10 | 2010-02-01 | 2010-01-10",
    ]


def test_what_the_row_says_goes_with_it(spells):
    says = {
        "is_ongoing": "false",
        "grade_percent": "50.0",
        "position_percent": "80.0",
        "job_id": "a",
        "diagnosis_code": "L02",
    }
    row = {"nav_id": "v1", "start_date": "2010-01-01", "until_date": "2010-01-20", **says}
    assert spells([row], show=", ".join(says)) == [" | ".join(says.values())]


def test_spells_are_cut_at_person_time_and_keep_their_delivered_start(spells):
    time = """
        person_id | start_date | until_date
        1         | 2008-01-01 | 2010-01-11
    """
    drawn = """
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2007-06-01 | 2008-01-10
        v1     | UT           | 2010-01-01 | 2012-01-01
    """
    assert spells(drawn, time=time) == [
        "1 | SP | 2008-01-01 | 2008-01-10 | 2007-06-01",
        "1 | UT | 2010-01-01 | 2010-01-11 | 2010-01-01",
    ]


def test_a_spell_over_an_absence_from_the_country_is_two(spells):
    time = """
        person_id | start_date | until_date
        1         | 2008-01-01 | 2010-01-11
        1         | 2011-01-01 | 2020-01-01
    """
    drawn = """
        nav_id | benefit_code | start_date | until_date
        v1     | UT           | 2010-01-01 | 2012-01-01
    """
    assert spells(drawn, time=time) == [
        "1 | UT | 2010-01-01 | 2010-01-11 | 2010-01-01",
        "1 | UT | 2011-01-01 | 2012-01-01 | 2010-01-01",
    ]


def test_a_spell_on_the_first_or_last_day_of_the_time_counts_and_one_outside_does_not(spells):
    drawn = """
        nav_id | benefit_code | start_date | until_date
        v1     | SP           | 2007-12-01 | 2008-01-01
        v1     | AAP          | 2007-12-01 | 2008-01-02
        v2     | SP           | 2019-12-31 | 2020-01-05
        v2     | AAP          | 2020-01-01 | 2020-01-05
    """
    assert spells(drawn) == [
        "1 | AAP | 2008-01-01 | 2008-01-02 | 2007-12-01",
        "2 | SP | 2019-12-31 | 2020-01-01 | 2019-12-31",
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
