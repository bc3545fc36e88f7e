import pytest

PARAMS = {
    "period_days": 10,
    "first_event_time": -2,
    "last_event_time": 1,
    "sick_leave_benefit_codes": ["SP"],
    "health_benefit_codes": ["SP", "AAP"],
}
SHOW = "event_time, sick_leave_days, health_benefit_days"
SP, AAP = 1, 16


YEAR = "1 | 2010-01-01 | 2011-01-01"


@pytest.fixture
def periods(models):
    """The index date is 2010-06-21, a Monday: periods start on 06-01, 06-11, 06-21 and 07-01."""

    def run(drawn="", *, time=YEAR, sets="1 | 1 | true | 2010-06-21", show=SHOW, **params):
        models.clean()
        models.build("core_calendar")
        head = "matched_set_id | person_id | is_treated | index_date\n"
        models.give("mart_matched_sets", head + sets)
        models.give("core_person_time", f"person_id | start_date | until_date\n{time}")
        if drawn:
            fraction = drawn.split("\n")[0].count("|") == 4
            head = "person_id | start_date | until_date | benefit_set"
            head += " | sick_leave_fraction\n" if fraction else "\n"
            models.give("core_benefit_intervals", head + drawn)
        models.build("mart_event_time", PARAMS | params)
        return models.show("mart_event_time", show)

    return run


def test_grid_is_complete_with_noughts_for_a_person_without_benefits(periods):
    assert periods() == ["-2 | 0 | 0", "-1 | 0 | 0", "0 | 0 | 0", "1 | 0 | 0"]


def test_periods_are_half_open_and_the_first_one_after_starts_on_the_index_date(periods):
    assert periods(f"1 | 2010-06-20 | 2010-06-22 | {SP}") == [
        "-2 | 0 | 0",
        "-1 | 1 | 1",
        "0 | 1 | 1",
        "1 | 0 | 0",
    ]


def test_days_outside_the_first_and_last_period_do_not_count(periods):
    drawn = f"1 | 2010-05-01 | 2010-06-01 | {SP}\n 1 | 2010-07-11 | 2010-08-01 | {SP}"
    assert periods(drawn) == ["-2 | 0 | 0", "-1 | 0 | 0", "0 | 0 | 0", "1 | 0 | 0"]


def test_day_with_two_benefits_counts_once_and_sick_leave_is_counted_apart(periods):
    drawn = f"1 | 2010-06-11 | 2010-06-13 | {SP + AAP}\n 1 | 2010-06-13 | 2010-06-16 | {AAP}"
    assert periods(drawn)[1] == "-1 | 2 | 5"


def test_every_code_in_the_lists_of_the_study_counts(periods):
    drawn = f"1 | 2010-06-11 | 2010-06-13 | {SP}\n 1 | 2010-06-13 | 2010-06-16 | {AAP}"
    lists = {"sick_leave_benefit_codes": ["SP", "AAP"], "health_benefit_codes": ["AAP"]}
    assert periods(drawn, **lists)[1] == "-1 | 5 | 3"


def test_two_persons_in_one_set_have_their_own_days(periods):
    drawn = f"1 | 2010-06-21 | 2010-06-24 | {SP}\n 2 | 2010-06-21 | 2010-06-22 | {SP}"
    sets = "1 | 1 | true | 2010-06-21\n 1 | 2 | false | 2010-06-21"
    show = "person_id, event_time, sick_leave_days"
    lines = periods(drawn, sets=sets, time=f"{YEAR}\n 2 | 2010-01-01 | 2011-01-01", show=show)
    assert [line for line in lines if " | 0 | " in line] == ["1 | 0 | 3", "2 | 0 | 1"]


def test_benefit_through_all_periods_fills_each(periods):
    drawn = f"1 | 2010-01-01 | 2011-01-01 | {SP}"
    assert periods(drawn) == ["-2 | 10 | 10", "-1 | 10 | 10", "0 | 10 | 10", "1 | 10 | 10"]


def test_period_in_which_the_person_dies_or_leaves_and_later_ones_are_not_observed(periods):
    observed = ["-2 | 0 | 0", "-1 | 0 | 0", "0 | 0 | 0"]
    time = "1 | 2010-01-01 |"
    assert periods(time=f"{time} 2010-07-10") == [*observed, "1 | null | null"]
    assert periods(time=f"{time} 2010-07-11") == [*observed, "1 | 0 | 0"]
    assert periods(time=f"{time} 2010-06-12")[1:] == [f"{t} | null | null" for t in (-1, 0, 1)]


def test_period_before_the_person_came_is_not_observed(periods):
    later = ["-1 | 0 | 0", "0 | 0 | 0", "1 | 0 | 0"]
    assert periods(time="1 | 2010-06-02 | 2011-01-01") == ["-2 | null | null", *later]
    assert periods(time="1 | 2010-06-01 | 2011-01-01") == ["-2 | 0 | 0", *later]


def test_period_the_register_does_not_reach_whole_is_not_observed(periods):
    middle = ["-1 | 0 | 0", "0 | 0 | 0"]
    whole = periods(time="1 | 2010-06-01 | 2010-07-11")
    assert whole == ["-2 | 0 | 0", *middle, "1 | 0 | 0"]
    short = periods(time="1 | 2010-06-02 | 2010-07-10")
    assert short == ["-2 | null | null", *middle, "1 | null | null"]


def test_person_of_whom_nothing_is_known_is_not_observed(periods):
    assert periods(time="2 | 2010-01-01 | 2011-01-01") == [
        f"{t} | null | null" for t in range(-2, 2)
    ]


def test_unobserved_period_hides_days_that_were_found(periods):
    drawn = f"1 | 2010-01-01 | 2011-01-01 | {SP}"
    assert periods(drawn, time="1 | 2010-01-01 | 2010-07-05")[2:] == [
        "0 | 10 | 10",
        "1 | null | null",
    ]


def test_dagsverk_are_weekdays_of_the_period_times_the_part_of_a_full_position(periods):
    # Six weekdays in the ten days from Friday 11 June, eight from Monday 21 June.
    drawn = f"1 | 2010-06-11 | 2010-07-01 | {SP} | 0.4"
    assert periods(drawn, show="event_time, sick_leave_dagsverk") == [
        "-2 | 0.0",
        "-1 | 2.4",
        "0 | 3.2",
        "1 | 0.0",
    ]


def test_public_holidays_are_taken_away_when_the_study_says_so(periods):
    # The period from Tuesday 27 April holds eight weekdays; the 1st of May is a Saturday, so
    # the period from 7 May shows it: Ascension is Thursday the 13th.
    drawn = f"1 | 2010-04-01 | 2010-06-01 | {SP} | 1"
    sets = "1 | 1 | true | 2010-05-07"
    show = "event_time, sick_leave_dagsverk"
    assert "0 | 6.0" in periods(drawn, sets=sets, show=show)
    assert "0 | 5.0" in periods(drawn, sets=sets, show=show, counts_public_holidays_off=True)


def test_person_in_two_sets_has_a_row_a_period_in_each(periods):
    drawn = f"1 | 2010-06-21 | 2010-06-24 | {SP}"
    sets = "1 | 1 | true | 2010-06-21\n 2 | 1 | false | 2010-07-01"
    show = "matched_set_id, event_time, sick_leave_days"
    assert [line for line in periods(drawn, sets=sets, show=show) if line.endswith("3")] == [
        "1 | 0 | 3",
        "2 | -1 | 3",
    ]


def test_twelve_periods_sum_to_the_window_they_cover(models):
    models.give("mart_match_pool", "person_id | is_treated | index_date\n 1 | true | 2010-06-15")
    models.give(
        "mart_matched_sets",
        "matched_set_id | person_id | is_treated | index_date\n 1 | 1 | true | 2010-06-15",
    )
    models.build("core_calendar")
    models.give(
        "core_person_time", "person_id | start_date | until_date\n 1 | 2009-01-01 | 2012-01-01"
    )
    models.give(
        "core_benefit_intervals",
        """
        person_id | start_date | until_date | benefit_set
        1         | 2009-06-25 | 2009-09-03 | 1
        1         | 2010-01-31 | 2010-08-16 | 17
        1         | 2010-08-16 | 2011-12-01 | 16
        """,
    )
    models.build("mart_window_outcomes", {"before_days": 360, "after_days": 360})
    periods = {"period_days": 30, "first_event_time": -12, "last_event_time": 11}
    models.build("mart_event_time", periods)
    sums = models.show(
        "(select event_time >= 0 as is_after, sum(sick_leave_days), sum(health_benefit_days)"
        " from mart_event_time group by all)"
    )
    # 70 and 135 days before; 62 days of sick leave and 360 days of any benefit after.
    shown = "columns('^(sick_leave|health_benefit)_days')"
    assert models.show("mart_window_outcomes", shown) == ["205 | 205 | 62 | 360"]
    assert sums == ["false | 205 | 205", "true | 62 | 360"]


def test_periods_of_the_years_away_are_not_observed(periods):
    time = "1 | 2008-01-01 | 2011-04-15\n 1 | 2011-06-10 | 2020-01-01"
    rows = periods(
        time=time,
        sets="1 | 1 | true | 2011-03-01",
        show="event_time, sick_leave_days",
        period_days=30,
        first_event_time=-1,
        last_event_time=4,
    )
    # Period 1 begins 2011-03-31, period 3 ends 2011-06-29.
    assert rows == ["-1 | 0", "0 | 0", "1 | null", "2 | null", "3 | null", "4 | 0"]
