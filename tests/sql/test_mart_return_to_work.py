import pytest

PARAMS = {
    "health_benefit_codes": ["SP", "AAP", "UT"],
    "short_return_days": 5,
    "long_return_days": 20,
}
SP, RP, AAP, UT = 1, 2, 16, 64
RETURNS = "days_to_return, days_to_sustained_return_short, days_to_sustained_return_long"
CENSORED = "censored_after_days, censored_after_days_short, censored_after_days_long, censored_by"
REGISTER = "1 | 2010-01-01 | 2010-12-31"


@pytest.fixture
def back(run_model):
    """The index date is 2010-06-01; the register ends on 2010-12-30, 212 days later."""

    def run(drawn="", *, person="person_id\n 1", time=REGISTER, show=RETURNS, **params):
        given = {
            "mart_matched_sets": """
                matched_set_id | person_id | is_treated | index_date
                1              | 1         | true       | 2010-06-01
            """,
            "core_persons": person,
            "core_person_time": f"person_id | start_date | until_date\n{time}",
        }
        if drawn:
            head = "person_id | start_date | until_date | benefit_set\n"
            given["core_benefit_intervals"] = head + drawn
        (row,) = run_model("mart_return_to_work", given=given, params=PARAMS | params, show=show)
        return row

    return run


def test_person_without_a_benefit_is_back_on_the_index_date(back):
    assert back(show=f"was_on_benefit, {RETURNS}") == "false | 0 | 0 | 0"


def test_person_on_a_benefit_is_back_on_the_first_day_without_it(back):
    drawn = f"1 | 2010-05-01 | 2010-06-11 | {SP}"
    assert back(drawn, show=f"was_on_benefit, {RETURNS}") == "true | 10 | 10 | 10"


def test_benefit_to_the_day_before_the_index_date_is_over(back):
    drawn = f"1 | 2010-05-01 | 2010-06-01 | {SP}"
    assert back(drawn, show=f"was_on_benefit, {RETURNS}") == "false | 0 | 0 | 0"


def test_return_that_lasts_is_dated_at_its_first_day(back):
    # Four days without a benefit from 06-11, ten from 06-20, then for good from 07-05.
    drawn = f"""
        1 | 2010-05-01 | 2010-06-11 | {SP}
        1 | 2010-06-15 | 2010-06-20 | {SP}
        1 | 2010-06-30 | 2010-07-05 | {AAP}
    """
    assert back(drawn) == "10 | 19 | 34"


def test_run_of_just_the_days_asked_for_is_a_return(back):
    drawn = f"1 | 2010-06-06 | 2010-12-31 | {SP}"
    assert back(drawn) == "0 | 0 | null"
    assert back(drawn, short_return_days=6) == "0 | null | null"
    assert back(f"1 | 2010-06-21 | 2010-12-31 | {SP}") == "0 | 0 | 0"


def test_one_benefit_after_another_is_no_return(back):
    drawn = f"1 | 2010-05-01 | 2010-07-01 | {SP}\n 1 | 2010-07-01 | 2010-08-01 | {AAP}"
    assert back(drawn) == "61 | 61 | 61"


def test_benefit_outside_the_list_of_the_study_keeps_nobody_from_work(back):
    drawn = f"1 | 2010-05-01 | 2010-07-01 | {RP}"
    assert back(drawn, show=f"was_on_benefit, {RETURNS}") == "false | 0 | 0 | 0"


def test_days_to_aap_and_to_disability_are_to_the_first_day_of_each(back):
    drawn = f"""
        1 | 2010-05-01 | 2010-06-08 | {SP}
        1 | 2010-06-08 | 2010-07-01 | {AAP}
        1 | 2010-07-01 | 2010-09-01 | {UT}
        1 | 2010-10-01 | 2010-10-02 | {AAP}
        1 | 2010-11-01 | 2010-11-02 | {UT}
    """
    assert back(drawn, show="days_to_aap, days_to_disability") == "7 | 30"


def test_aap_in_force_on_the_index_date_is_after_no_days(back):
    drawn = f"1 | 2009-05-01 | 2010-06-08 | {AAP}"
    assert back(drawn, show="days_to_aap, days_to_disability") == "0 | null"


def test_person_on_a_benefit_to_the_last_day_of_the_register_is_censored_there(back):
    drawn = f"1 | 2010-05-01 | 2010-12-31 | {SP}"
    assert back(drawn) == "null | null | null"
    assert back(drawn, show=CENSORED) == "213 | 213 | 213 | register_end"


def test_run_cut_before_it_is_long_enough_is_censored_at_its_first_day(back):
    # Ten days are left of the register: a short return is seen, a long one is not.
    drawn = f"1 | 2010-05-01 | 2010-12-21 | {SP}"
    assert back(drawn) == "203 | 203 | null"
    assert back(drawn, show=CENSORED) == "213 | null | 203 | register_end"


def test_what_comes_after_the_end_of_observation_is_not_seen(back):
    drawn = f"1 | 2010-05-01 | 2010-08-01 | {SP}\n 1 | 2010-08-01 | 2010-09-01 | {AAP}"
    time = "1 | 2010-01-01 | 2010-07-15"
    shown = back(drawn, time=time, show=f"{RETURNS}, days_to_aap, censored_after_days")
    assert shown == "null | null | null | null | 44"


@pytest.mark.parametrize(
    ("column", "reason"), [("death_date", "death"), ("emigration_date", "emigration")]
)
def test_death_and_emigration_end_the_observation(back, column, reason):
    drawn = f"1 | 2010-05-01 | 2010-12-31 | {SP}"
    given = {
        "person": f"person_id | {column}\n 1 | 2010-06-21",
        "time": "1 | 2010-01-01 | 2010-06-21",
    }
    assert back(drawn, show=CENSORED, **given) == f"20 | 20 | 20 | {reason}"


def test_who_was_abroad_before_the_index_date_is_followed_to_the_end(back):
    given = {
        "person": "person_id | emigration_date | immigration_date\n 1 | 2010-02-01 | 2010-03-01",
        "time": "1 | 2010-01-01 | 2010-02-01\n 1 | 2010-03-01 | 2010-12-31",
    }
    show = "censored_after_days, censored_by"
    assert back(show=show, **given) == "213 | register_end"


def test_who_comes_back_from_abroad_is_not_followed_again(back):
    given = {
        "person": "person_id | emigration_date | immigration_date\n 1 | 2010-07-01 | 2010-08-01",
        "time": "1 | 2010-01-01 | 2010-07-01\n 1 | 2010-08-01 | 2010-12-31",
    }
    drawn = f"1 | 2010-05-01 | 2010-07-01 | {SP}"
    show = f"days_to_return, {CENSORED}"
    assert back(drawn, show=show, **given) == "null | 30 | 30 | 30 | emigration"


@pytest.mark.parametrize(("month", "days"), [("5", 0), ("6", 30), ("11", 183), ("", 61)], ids=str)
def test_observation_ends_the_month_after_the_67th_birthday(back, month, days):
    # Born in 1943; the first of July, of December, and of August when the month is unknown.
    person = f"person_id | birth_year | birth_month\n 1 | 1943 | {month}"
    shown = back(person=person, show="censored_after_days, censored_by")
    assert shown == f"{days} | age_67"


def test_birthday_in_december_ends_the_observation_in_january(back):
    person = "person_id | birth_year | birth_month\n 1 | 1943 | 12"
    time = "1 | 2010-01-01 | 2012-01-01"
    assert back(person=person, time=time, show="censored_after_days") == "214"


def test_death_goes_before_every_other_reason_on_one_date(back):
    person = "person_id | death_date | birth_year | birth_month\n 1 | 2010-07-01 | 1943 | 6"
    time = "1 | 2010-01-01 | 2010-07-01"
    assert back(person=person, time=time, show="censored_by") == "death"


def test_year_of_birth_that_is_unknown_ends_nothing(back):
    assert back(show="censored_after_days, censored_by") == "213 | register_end"


EVENTS = "days_to_aap, days_to_disability, censored_after_days"


@pytest.mark.parametrize("end", ["2010-06-01", "2010-05-01"])
def test_aap_that_ended_before_the_index_date_is_no_event(back, end):
    assert back(f"1 | 2009-05-01 | {end} | {AAP}", show=EVENTS) == "null | null | 213"


def test_benefit_from_the_day_that_observation_ends_is_no_event(back):
    drawn = f"1 | 2010-07-15 | 2010-09-01 | {AAP}"
    assert back(drawn, time="1 | 2010-01-01 | 2010-07-15", show=EVENTS) == "null | null | 44"


def test_who_is_67_on_the_index_date_has_no_event_from_then_on(back):
    person = "person_id | birth_year | birth_month\n 1 | 1943 | 5"
    drawn = f"1 | 2009-05-01 | 2010-09-01 | {AAP}"
    assert back(drawn, person=person, show=EVENTS) == "null | null | 0"


def test_a_run_that_is_cut_is_the_last_one_not_an_earlier_short_one(back):
    drawn = f"1 | 2010-05-01 | 2010-06-11 | {SP}\n 1 | 2010-06-15 | 2010-12-21 | {SP}"
    assert back(drawn) == "10 | 203 | null"
    assert back(drawn, show=CENSORED) == "213 | null | 203 | register_end"


@pytest.mark.parametrize(
    "given", [{"time": REGISTER.replace("1 ", "2 ", 1)}, {"person": "person_id\n 2"}], ids=str
)
def test_who_is_in_no_register_keeps_a_row(back, given):
    days = "0 | register_end" if "time" in given else "213 | register_end"
    assert back(show="censored_after_days, censored_by", **given) == days


@pytest.mark.parametrize("before", ["", "1 | 2010-01-01 | 2010-06-01\n"])
def test_time_that_begins_on_the_index_date_is_followed(back, before):
    time = f"{before} 1 | 2010-06-01 | 2010-12-31"
    assert back(time=time, show="censored_after_days") == "213"


def test_persons_and_sets_are_followed_apart(run_model):
    given = {
        "mart_matched_sets": """
            matched_set_id | person_id | is_treated | index_date
            1              | 1         | true       | 2010-06-01
            1              | 2         | false      | 2010-06-01
            2              | 1         | false      | 2010-07-01
        """,
        "core_persons": "person_id\n 1\n 2",
        "core_person_time": """
            person_id | start_date | until_date
            1         | 2010-01-01 | 2010-12-31
            2         | 2010-01-01 | 2010-12-31
        """,
        "core_benefit_intervals": f"""
            person_id | start_date | until_date | benefit_set
            1         | 2010-05-01 | 2010-06-11 | {SP}
            1         | 2010-07-01 | 2010-07-21 | {SP}
            2         | 2010-05-01 | 2010-06-21 | {SP}
        """,
    }
    show = f"matched_set_id, person_id, {RETURNS}"
    rows = run_model("mart_return_to_work", given=given, params=PARAMS, show=show)
    assert rows == ["1 | 1 | 10 | 10 | 10", "1 | 2 | 20 | 20 | 20", "2 | 1 | 20 | 20 | 20"]
