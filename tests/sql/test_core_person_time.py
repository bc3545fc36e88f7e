import pytest


@pytest.fixture
def person_time(run_model):
    """The register runs from 2008-01-01 to 2019-12-31."""

    def run(drawn):
        return run_model(
            "core_person_time",
            given={"core_persons": drawn},
            params={"benefits_first_date": "2008-01-01", "benefits_last_date": "2019-12-31"},
        )

    return run


def test_a_person_of_whom_nothing_is_known_has_the_whole_register(person_time):
    assert person_time("""
        person_id | is_linked
        1         | false
    """) == ["1 | 2008-01-01 | 2020-01-01"]


def test_the_day_of_death_and_the_first_day_abroad_are_not_counted(person_time):
    assert person_time("""
        person_id | death_date | emigration_date
        1         | 2010-05-03 |
        2         |            | 2010-05-03
        3         | 2010-05-03 | 2010-05-04
    """) == [
        "1 | 2008-01-01 | 2010-05-03",
        "2 | 2008-01-01 | 2010-05-03",
        "3 | 2008-01-01 | 2010-05-03",
    ]


def test_time_begins_on_the_day_of_immigration(person_time):
    assert person_time("""
        person_id | immigration_date | emigration_date
        1         | 2010-05-03       |
        2         | 2010-05-03       | 2012-01-01
    """) == ["1 | 2010-05-03 | 2020-01-01", "2 | 2010-05-03 | 2012-01-01"]


def test_immigration_after_emigration_is_a_return_and_gives_two_stretches(person_time):
    assert person_time("""
        person_id | emigration_date | immigration_date | death_date
        1         | 2010-05-03      | 2012-01-01       |
        2         | 2010-05-03      | 2012-01-01       | 2011-06-01
        3         | 2010-05-03      | 2012-01-01       | 2013-06-01
    """) == [
        "1 | 2008-01-01 | 2010-05-03",
        "1 | 2012-01-01 | 2020-01-01",
        "2 | 2008-01-01 | 2010-05-03",
        "3 | 2008-01-01 | 2010-05-03",
        "3 | 2012-01-01 | 2013-06-01",
    ]


def test_who_comes_and_leaves_on_one_day_has_no_time(person_time):
    assert (
        person_time("""
        person_id | emigration_date | immigration_date
        1         | 2010-05-03      | 2010-05-03
    """)
        == []
    )


def test_who_died_or_left_before_the_register_or_came_after_it_has_no_time(person_time):
    assert (
        person_time("""
        person_id | death_date | emigration_date | immigration_date
        1         | 2008-01-01 |                 |
        2         |            | 2007-06-01      |
        3         |            |                 | 2020-01-01
    """)
        == []
    )


def test_the_first_and_the_last_day_of_the_register_are_time(person_time):
    assert person_time("""
        person_id | death_date | immigration_date
        1         | 2008-01-02 |
        2         |            | 2019-12-31
    """) == ["1 | 2008-01-01 | 2008-01-02", "2 | 2019-12-31 | 2020-01-01"]


def test_who_returned_before_the_register_began_has_one_stretch(person_time):
    assert person_time("""
        person_id | emigration_date | immigration_date
        1         | 2005-05-03      | 2006-01-01
    """) == ["1 | 2008-01-01 | 2020-01-01"]
