import pytest

from tests.drawn_sick_leave import build_sick_leave


@pytest.fixture
def rights(models):
    def run(drawn, show, **params):
        build_sick_leave(models, drawn, "core_sick_leave_new_rights", **params)
        return models.show("core_sick_leave_new_rights", show)

    return run


def test_a_new_right_comes_after_26_weeks(rights):
    # 2010-07-12 is 182 days after 2010-01-11.
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-01 | 2010-01-11
        1         | 2010-07-12 | 2010-07-20
        2         | 2010-01-01 | 2010-01-11
        2         | 2010-07-11 | 2010-07-20
    """
    assert rights(drawn, "person_id, spell_number, is_new_right") == [
        "1 | 1 | true",
        "1 | 2 | true",
        "2 | 1 | true",
        "2 | 2 | false",
    ]


def test_days_on_a_temporary_benefit_are_not_fit_for_work(rights):
    # 2010-07-12 is 182 days after 2010-01-11; a day of AAP leaves 181, a day of UT all of them.
    drawn = """
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        1         | AAP          | 2010-05-01 | 2010-05-02
        1         | SP           | 2010-07-12 | 2010-07-20
        2         | SP           | 2010-01-01 | 2010-01-11
        2         | UT           | 2010-05-01 | 2010-05-02
        2         | SP           | 2010-07-12 | 2010-07-20
        3         | SP           | 2010-01-01 | 2010-01-11
        3         | AAP          | 2010-01-05 | 2010-01-12
        3         | SP           | 2010-07-13 | 2010-07-20
        4         | SP           | 2010-01-01 | 2010-01-11
        4         | RP           | 2010-07-11 | 2010-07-30
        4         | SP           | 2010-07-12 | 2010-07-20
    """
    found = rights(drawn, "person_id, spell_number, is_new_right")
    assert [line for line in found if line.split(" | ")[1] == "2"] == [
        "1 | 2 | false",
        "2 | 2 | true",
        "3 | 2 | true",
        "4 | 2 | false",
    ]
