import pytest

from tests.drawn_sick_leave import build_sick_leave


@pytest.fixture
def rights(models):
    def run(drawn, show, **params):
        later = ("core_sick_leave_new_rights", "core_sick_leave_rights")
        build_sick_leave(models, drawn, *later, **params)
        return models.show("core_sick_leave_rights", show)

    return run


def test_benefit_days_are_summed_over_the_spells_of_a_right(rights):
    # Whole weeks from Mondays: 4, 2 and 3, the third after more than 26 weeks.
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-04 | 2010-02-01
        1         | 2010-03-01 | 2010-03-15
        1         | 2011-01-03 | 2011-01-24
    """
    show = "spell_number, benefit_days_in_right"
    found = rights(drawn, show, sick_pay_counts_employer_period=False)
    assert found == ["1 | 20", "2 | 30", "3 | 15"]


def test_52_weeks_with_the_employers_16_days_are_about_248_benefit_days(rights):
    # From Monday 2011-01-03: 16 days are the employer's, the first benefit day is Wednesday
    # 2011-01-19. 248 days are 49 weeks and 3 days: the last is Friday 2011-12-30. The 364th
    # day is Sunday 2012-01-01.
    drawn = """
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2011-01-03 | 2012-01-02
        1         | AAP          | 2012-01-02 | 2013-01-02
    """
    show = "benefit_days_in_right, reaches_248_date, reaches_52_weeks_date"
    assert rights(drawn, show) == ["248 | 2011-12-30 | 2012-01-01"]


def test_neither_is_reached_a_day_before(rights):
    drawn = """
        person_id | start_date | until_date
        1         | 2011-01-03 | 2011-12-30
        2         | 2011-01-03 | 2011-12-31
        3         | 2011-01-03 | 2012-01-01
    """
    show = "person_id, benefit_days_in_right, reaches_248_date, reaches_52_weeks_date"
    assert rights(drawn, show) == [
        "1 | 247 | null | null",
        "2 | 248 | 2011-12-30 | null",
        "3 | 248 | 2011-12-30 | null",
    ]


def test_52_weeks_come_16_days_sooner_where_the_employers_days_are_not_delivered(rights):
    # The employer had the 16 days before; 348 days are left, of which the last is 2011-12-16.
    drawn = """
        person_id | start_date | until_date
        1         | 2011-01-03 | 2012-01-02
    """
    found = rights(drawn, "reaches_52_weeks_date", sick_pay_counts_employer_period=False)
    assert found == ["2011-12-16"]


def test_days_before_person_time_count_towards_52_weeks(rights):
    drawn = """
        person_id | start_date | until_date | delivered_start_date
        1         | 2011-01-03 | 2012-01-02 | 2010-12-24
    """
    # Ten days sooner than 2012-01-01.
    assert rights(drawn, "reaches_52_weeks_date") == ["2011-12-22"]


def test_248_can_be_reached_in_a_later_spell_and_then_only_there(rights):
    # 49 weeks are 245 days.
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-04 | 2010-12-13
        1         | 2011-01-03 | 2011-01-17
        1         | 2011-02-07 | 2011-02-14
    """
    show = "spell_number, benefit_days_in_right, reaches_248_date"
    assert rights(drawn, show, sick_pay_counts_employer_period=False) == [
        "1 | 245 | null",
        "2 | 255 | 2011-01-05",
        "3 | 260 | null",
    ]


def test_days_more_than_three_years_before_a_spell_no_longer_count(rights):
    # Each spell is a week from a Monday, all within 26 weeks of another.
    # The last, from Sunday 2013-06-09, sees the first no more, and of the second what is from
    # Wednesday 2010-06-09 on: three days, six whole weeks, and five days of its own.
    weeks = ["2010-01-04", "2010-06-07", "2010-11-01", "2011-04-04", "2011-09-05"]
    weeks += ["2012-02-06", "2012-07-02", "2012-12-03"]
    rows = [f"1 | {monday} | {monday[:8]}{int(monday[8:]) + 7:02}" for monday in weeks]
    drawn = "person_id | start_date | until_date\n" + "\n".join(
        [*rows, "1 | 2013-06-09 | 2013-06-16"]
    )
    show = "spell_number, is_new_right, benefit_days_in_right"
    found = rights(drawn, show, sick_pay_counts_employer_period=False)
    assert found[-2:] == ["8 | false | 40", "9 | false | 38"]


def test_days_of_another_person_count_towards_no_right(rights):
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-04 | 2010-02-01
        1         | 2010-03-01 | 2010-03-15
        2         | 2010-01-04 | 2010-01-11
        2         | 2010-03-01 | 2010-03-08
    """
    show = "person_id, spell_number, benefit_days_in_right"
    found = rights(drawn, show, sick_pay_counts_employer_period=False)
    assert found == ["1 | 1 | 20", "1 | 2 | 30", "2 | 1 | 5", "2 | 2 | 10"]


def test_an_earlier_spell_that_begins_on_a_sunday_has_five_days_in_its_week(rights):
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-03 | 2010-01-11
        1         | 2010-03-01 | 2010-03-08
    """
    found = rights(drawn, "benefit_days_in_right", sick_pay_counts_employer_period=False)
    assert found == ["5", "10"]
