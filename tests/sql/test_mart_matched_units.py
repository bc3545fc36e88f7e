COLUMNS = (
    "is_treated | sector | person_id"
    " | sick_leave_days_before | sick_leave_days_after"
    " | health_benefit_days_before | health_benefit_days_after | sick_leave_dagsverk_before\n"
)

SHOW = (
    "sector, matched_set_id, person_id, is_treated, weight, index_date, columns('days'),"
    " sick_leave_dagsverk_before"
)


def test_each_member_of_a_set_gets_the_outcomes_of_his_arm_and_sector(run_model):
    outcomes = """
        true  | SOM | 1 | 10 | 20 | 30 | 40 | 50
        false | SOM | 1 | 11 | 21 | 31 | 41 | 51
        true  | PHV | 1 | 12 | 22 | 32 | 42 | 52
        false | SOM | 2 | 13 | 23 | 33 | 43 | 53
        false | SOM | 3 | 14 | 24 | 34 | 44 | 54
    """
    sets = """
        matched_set_id | person_id | is_treated | weight | index_date
        7              | 1         | true       | 1      | 2010-06-01
        7              | 2         | false      | 0.5    | 2010-07-01
    """
    given = {"mart_matched_sets": sets, "mart_window_outcomes": COLUMNS + outcomes}
    assert run_model("mart_matched_units", given=given, show=SHOW) == [
        "SOM | 7 | 1 | true | 1.0 | 2010-06-01 | 10 | 20 | 30 | 40 | 50.0",
        "SOM | 7 | 2 | false | 0.5 | 2010-07-01 | 13 | 23 | 33 | 43 | 53.0",
    ]
