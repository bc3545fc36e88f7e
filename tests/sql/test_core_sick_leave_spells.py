import pytest

from tests.drawn_sick_leave import build_sick_leave


@pytest.fixture
def spells(models):
    def run(drawn, show, **params):
        later = ("new_rights", "rights", "spells")
        later = tuple(f"core_sick_leave_{name}" for name in later)
        build_sick_leave(models, drawn, *later, **params)
        return models.show("core_sick_leave_spells", show)

    return run


def test_a_spell_over_a_gap_tells_calendar_days_and_days_with_sick_leave(spells):
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-01 | 2010-01-11
        1         | 2010-01-21 | 2010-02-01
    """
    show = "person_id, start_date, until_date, calendar_days, sick_leave_days"
    assert spells(drawn, show) == ["1 | 2010-01-01 | 2010-02-01 | 31 | 21"]


def test_two_jobs_are_one_spell_and_their_days_count_once(spells):
    drawn = """
        person_id | start_date | until_date | job_id
        1         | 2010-01-01 | 2010-01-11 | a
        1         | 2010-01-06 | 2010-01-16 | b
    """
    show = "start_date, until_date, sick_leave_days"
    assert spells(drawn, show) == ["2010-01-01 | 2010-01-16 | 15"]


def test_the_grade_path_holds_grades_in_order_and_a_grade_that_goes_on_once(spells):
    drawn = """
        person_id | benefit_code | start_date | until_date | grade_percent
        1         | SP           | 2010-01-01 | 2010-01-11 | 100
        1         | SP           | 2010-01-11 | 2010-01-21 | 50
        1         | SP           | 2010-01-25 | 2010-01-30 | 50
        1         | SP           | 2010-01-30 | 2010-02-02 | 100
        1         | AAP          | 2010-01-13 | 2010-01-15 | 100
    """
    assert spells(drawn, "grade_path, is_graded") == [
        "[{'grade': 100.0, 'days': 10}, {'grade': 50.0, 'days': 15}, {'grade': 100.0, 'days': 3}]"
        " | true"
    ]


def test_full_leave_throughout_is_not_graded(spells):
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-01 | 2010-01-11
    """
    assert spells(drawn, "is_graded") == ["false"]


@pytest.mark.parametrize(
    ("is_delivered", "line"), [(True, "true | 16 | 8"), (False, "false | 0 | 20")]
)
def test_employer_days_and_benefit_days_follow_the_delivery(spells, is_delivered, line):
    # Four weeks from Monday 2010-01-04: after 16 days come Wednesday 20 to Sunday 31.
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-04 | 2010-02-01
    """
    show = "includes_employer_period, employer_days, benefit_days"
    assert spells(drawn, show, sick_pay_counts_employer_period=is_delivered) == [line]


def test_diagnosis_and_right_go_with_the_spell(spells):
    drawn = """
        person_id | start_date | until_date | diagnosis_code
        1         | 2010-01-04 | 2010-02-01 | L02
        1         | 2010-02-01 | 2010-02-08 | P76
        1         | 2010-03-01 | 2010-03-22 | P76
    """
    show = "start_date, start_diagnosis_code, is_new_right, benefit_days_in_right"
    assert spells(drawn, show) == [
        "2010-01-04 | L02 | true | 13",
        "2010-03-01 | P76 | false | 16",
    ]


def test_the_last_dates_of_a_right_go_with_the_spell(spells):
    drawn = """
        person_id | start_date | until_date
        1         | 2011-01-03 | 2012-01-02
    """
    assert spells(drawn, "reaches_248_date, reaches_52_weeks_date") == ["2011-12-30 | 2012-01-01"]
