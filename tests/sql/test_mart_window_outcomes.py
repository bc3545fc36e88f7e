import pytest

PARAMS = {
    "before_days": 10,
    "after_days": 10,
    "sick_leave_benefit_codes": ["SP"],
    "health_benefit_codes": ["SP", "AAP", "UT"],
}
SHOW = (
    "sick_leave_days_before, sick_leave_days_after,"
    " health_benefit_days_before, health_benefit_days_after"
)
SP, RP, AAP, UT = 1, 2, 16, 64
INTERVALS = "person_id | start_date | until_date | benefit_set\n"
GRADED = (
    "person_id | start_date | until_date | benefit_set | sick_leave_grade | sick_leave_fraction\n"
)
NOTHING = ["0 | 0 | 0 | 0"]


@pytest.fixture
def outcomes(run_model):
    def run(
        drawn,
        pool="person_id | is_treated | index_date\n 1 | true | 2010-06-15",
        show=SHOW,
        **params,
    ):
        given = {"mart_match_pool": pool}
        if drawn:
            given["core_benefit_intervals"] = INTERVALS + drawn
        return run_model("mart_window_outcomes", given=given, params=PARAMS | params, show=show)

    return run


def test_person_without_benefits_has_a_row_of_noughts(outcomes):
    assert outcomes("") == NOTHING


def test_days_on_either_side_of_the_index_date_are_counted_apart(outcomes):
    assert outcomes(f"1 | 2010-06-12 | 2010-06-20 | {SP}") == ["3 | 5 | 3 | 5"]


def test_windows_are_half_open_at_both_ends(outcomes):
    # before = [2010-06-05, 2010-06-15), after = [2010-06-15, 2010-06-25)
    assert outcomes(f"1 | 2010-06-04 | 2010-06-05 | {SP}") == NOTHING
    assert outcomes(f"1 | 2010-06-05 | 2010-06-06 | {SP}") == ["1 | 0 | 1 | 0"]
    assert outcomes(f"1 | 2010-06-14 | 2010-06-15 | {SP}") == ["1 | 0 | 1 | 0"]
    assert outcomes(f"1 | 2010-06-15 | 2010-06-16 | {SP}") == ["0 | 1 | 0 | 1"]
    assert outcomes(f"1 | 2010-06-24 | 2010-06-25 | {SP}") == ["0 | 1 | 0 | 1"]
    assert outcomes(f"1 | 2010-06-25 | 2010-06-26 | {SP}") == NOTHING


def test_benefit_through_both_windows_fills_them_and_no_more(outcomes):
    assert outcomes(f"1 | 2009-01-01 | 2012-01-01 | {SP}") == ["10 | 10 | 10 | 10"]


def test_day_with_several_benefits_counts_once(outcomes):
    assert outcomes(f"1 | 2010-06-10 | 2010-06-20 | {SP + AAP + UT}") == ["5 | 5 | 5 | 5"]


def test_other_health_benefits_are_no_sick_leave(outcomes):
    drawn = f"1 | 2010-06-10 | 2010-06-12 | {SP}\n 1 | 2010-06-12 | 2010-06-17 | {AAP}"
    assert outcomes(drawn) == ["2 | 0 | 5 | 2"]


def test_benefit_outside_the_lists_of_the_study_does_not_count(outcomes):
    assert outcomes(f"1 | 2010-06-10 | 2010-06-20 | {RP}") == NOTHING
    drawn = f"1 | 2010-06-10 | 2010-06-16 | {RP}\n 1 | 2010-06-16 | 2010-06-20 | {SP}"
    assert outcomes(drawn, sick_leave_benefit_codes=["SP", "RP"]) == ["5 | 5 | 0 | 4"]


def test_windows_may_differ_in_length(outcomes):
    drawn = f"1 | 2009-01-01 | 2012-01-01 | {SP}"
    assert outcomes(drawn, before_days=3, after_days=20) == ["3 | 20 | 3 | 20"]


def test_each_arm_and_sector_of_a_person_has_its_own_windows(outcomes):
    pool = """
        person_id | is_treated | sector | index_date
        1         | true       | SOM    | 2010-06-15
        1         | false      | SOM    | 2010-07-15
        1         | true       | PHV    | 2010-06-20
        2         | true       | SOM    | 2010-06-15
    """
    drawn = f"1 | 2010-06-12 | 2010-06-20 | {SP}"
    show = "is_treated, sector, person_id, sick_leave_days_before, sick_leave_days_after"
    assert outcomes(drawn, pool, show) == [
        "false | SOM | 1 | 0 | 0",
        "true | PHV | 1 | 8 | 0",
        "true | SOM | 1 | 3 | 5",
        "true | SOM | 2 | 0 | 0",
    ]


# What comes of the calendar: 2010-06-15 is a Tuesday, 2010-05-17 and 05-24 are holidays.
@pytest.fixture
def windows(models):
    def run(drawn="", *, index="2010-06-15", spells="", show, **params):
        models.clean()
        models.build("core_calendar")
        head = "person_id | is_treated | index_date\n"
        models.give("mart_match_pool", f"{head} 1 | true | {index}")
        if drawn:
            models.give("core_benefit_intervals", GRADED + drawn)
        if spells:
            models.give("core_sick_leave_spells", spells)
        models.build("mart_window_outcomes", PARAMS | params)
        return models.show("mart_window_outcomes", show)

    return run


DAGSVERK = "sick_leave_dagsverk_before, sick_leave_dagsverk_after"
MONTHS = "sick_leave_months_before, sick_leave_months_after, health_benefit_months_after"


def test_dagsverk_are_weekdays_times_the_part_of_a_full_position(windows):
    # Before: Thursday 10 to Monday 14 June, three weekdays; after: Tuesday to Friday.
    drawn = f"1 | 2010-06-10 | 2010-06-19 | {SP} | 50 | 0.25"
    assert windows(drawn, show=DAGSVERK) == ["0.75 | 1.0"]


def test_dagsverk_of_a_weekend_are_nought(windows):
    drawn = f"1 | 2010-06-12 | 2010-06-14 | {SP} | 100 | 1"
    assert windows(drawn, show=DAGSVERK) == ["0.0 | 0.0"]


def test_public_holidays_are_days_of_work_unless_the_study_takes_them_away(windows):
    drawn = f"1 | 2010-05-17 | 2010-05-24 | {SP} | 100 | 1"
    assert windows(drawn, index="2010-05-17", show=DAGSVERK) == ["0.0 | 5.0"]
    given = {"index": "2010-05-17", "show": DAGSVERK, "counts_public_holidays_off": True}
    assert windows(drawn, **given) == ["0.0 | 4.0"]


def test_other_benefits_give_no_dagsverk(windows):
    assert windows(f"1 | 2010-06-10 | 2010-06-19 | {AAP} | | 0", show=DAGSVERK) == ["0.0 | 0.0"]


def test_months_are_first_days_of_a_month_with_the_benefit(windows):
    drawn = (
        f"1 | 2010-05-02 | 2010-07-01 | {SP} | 100 | 1\n 1 | 2010-07-01 | 2010-09-02 | {AAP} | | 0"
    )
    days = {"before_days": 60, "after_days": 92}
    # Before from 16 April: 1 June, for absence began on 2 May. After: July, August, September.
    assert windows(drawn, show=MONTHS, **days) == ["1 | 0 | 3"]


def test_register_by_month_gives_every_month_of_a_year(windows):
    days = {"before_days": 365, "after_days": 365}
    drawn = f"1 | 2009-01-01 | 2012-01-01 | {SP} | 100 | 1"
    assert windows(drawn, show=MONTHS, **days) == ["12 | 12 | 12"]


def test_graded_days_are_those_with_a_grade_below_a_hundred(windows):
    drawn = f"""
        1 | 2010-06-10 | 2010-06-12 | {SP} | 99.9 | 0.999
        1 | 2010-06-12 | 2010-06-16 | {SP} | 100  | 1
        1 | 2010-06-16 | 2010-06-19 | {SP} | 50   | 0.5
        1 | 2010-06-19 | 2010-06-21 | {AAP} |     | 0
    """
    assert windows(drawn, show="graded_days_before, graded_days_after") == ["2 | 3"]


def test_spell_counts_in_the_window_it_starts_in(windows):
    days = ["2010-06-04", "2010-06-05", "2010-06-14", "2010-06-15", "2010-06-25"]
    spells = "person_id | start_date\n" + "\n".join(f" 1 | {day}" for day in days)
    show = "spells_started_before, spells_started_after, sick_leave_days_before"
    assert windows(spells=spells, show=show) == ["2 | 1 | 0"]


def test_spell_that_the_register_or_a_return_cuts_did_not_start_there(windows):
    spells = "person_id | start_date | days_before_time\n 1 | 2010-06-14 | 0\n 1 | 2010-06-20 | 3"
    assert windows(spells=spells, show="spells_started_before, spells_started_after") == ["1 | 0"]


def test_each_benefit_has_its_own_days_and_the_union_is_no_sum(windows):
    drawn = f"""
        1 | 2010-06-15 | 2010-06-18 | {SP + AAP} | 100 | 1
        1 | 2010-06-18 | 2010-06-20 | {UT}       |     | 0
    """
    show = "sp_days_after, aap_days_after, ut_days_after, rp_days_after, health_benefit_days_after"
    assert windows(drawn, show=show) == ["3 | 3 | 2 | 0 | 5"]


def test_conversion_to_aap_on_1_march_2010_neither_loses_nor_doubles_a_day(windows):
    drawn = f"1 | 2010-01-01 | 2010-03-01 | {RP} | | 0\n 1 | 2010-03-01 | 2010-06-01 | {AAP} | | 0"
    show = "rp_days_before, aap_days_after, health_benefit_days_before, health_benefit_days_after"
    codes = {"health_benefit_codes": ["SP", "RP", "AAP"]}
    assert windows(drawn, index="2010-03-01", show=show, **codes) == ["10 | 10 | 10 | 10"]
