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
            head = "person_id | start_date | until_date | benefit_set\n"
            given["core_benefit_intervals"] = head + drawn
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
