SHOW = (
    "sector, stratum_number, person_id, is_treated, sick_leave_days_before,"
    " health_benefit_days_after"
)


def test_all_of_the_strata_that_hold_a_treated_are_there_with_their_own_outcomes(run_model):
    pool = """
        is_treated | sector | person_id | stratum | is_comparable
        true       | SOM    | 1         | M54|1   | true
        false      | SOM    | 2         | M54|1   | true
        false      | SOM    | 3         | M54|1   | true
        false      | SOM    | 4         | F32|1   | false
        true       | SOM    | 5         | J44|1   | true
        true       | PHV    | 2         | M54|1   | true
    """
    outcomes = """
        is_treated | sector | person_id | sick_leave_days_before | health_benefit_days_after
        true       | SOM    | 1         | 10                     | 20
        false      | SOM    | 2         | 11                     | 21
        false      | SOM    | 3         | 12                     | 22
        false      | SOM    | 4         | 13                     | 23
        true       | SOM    | 5         | 14                     | 24
        true       | PHV    | 2         | 15                     | 25
    """
    given = {"mart_match_pool": pool, "mart_window_outcomes": outcomes}
    # Strata in order: PHV M54, SOM J44, SOM M54. The same words in another sector are another one.
    assert run_model("mart_stratified_units", given=given, show=SHOW) == [
        "PHV | 0 | 2 | true | 15 | 25",
        "SOM | 1 | 5 | true | 14 | 24",
        "SOM | 2 | 1 | true | 10 | 20",
        "SOM | 2 | 2 | false | 11 | 21",
        "SOM | 2 | 3 | false | 12 | 22",
    ]
