POOL = """
    is_treated | sector | person_id | index_year | age_band | diagnosis
    true       | SOM    | 1         | 2017       | 25       | M54
    true       | SOM    | 2         | 2017       | 25       | M75
    true       | PHV    | 1         | 2017       | 25       | F32
    true       | SOM    | 3         | 2018       | 40       | M54
    true       | SOM    | 5         | 2018       | 40       | M54
    false      | SOM    | 4         | 2017       | 25       | M54
"""
OUTCOMES = """
    is_treated | sector | person_id | sick_leave_days_before
    true       | SOM    | 1         | 10
    true       | SOM    | 2         | 30
    true       | PHV    | 1         | 10
    true       | SOM    | 3         | 0
    true       | SOM    | 5         | 0
    false      | SOM    | 4         | 99
"""
INDEXES = """
    sector | person_id | is_outpatient | care_level_code
    SOM    | 1         | true          | 3
    SOM    | 2         | true          | 8
    PHV    | 1         | true          | null
    SOM    | 3         | false         | 2
    SOM    | 5         | false         | 1
"""


def test_the_treated_are_counted_by_year_age_diagnosis_and_care_mode(run_model):
    given = {
        "mart_match_pool": POOL,
        "mart_window_outcomes": OUTCOMES,
        "mart_treated_index": INDEXES,
    }
    show = (
        "index_year, sector, age_band, chapter_letter, is_outpatient, is_day_treatment, n_persons,"
        " sick_leave_days, squared_days"
    )
    # M in 2017: 10 and 30 days, 100 + 900 squared; person 1 counts in both sectors.
    assert run_model("mart_treated_profile", given=given, show=show) == [
        "2017 | PHV | 25 | F | true | false | 1 | 10 | 100",
        "2017 | SOM | 25 | M | true | false | 2 | 40 | 1000",
        "2018 | SOM | 40 | M | false | false | 1 | 0 | 0",
        "2018 | SOM | 40 | M | false | true | 1 | 0 | 0",
    ]
