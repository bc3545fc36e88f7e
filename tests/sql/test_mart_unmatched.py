import pytest

POOL = """
    person_id | is_treated | sector | sex_code | diagnosis | age_years
    1         | true       | SOM    | 1        | M54       | 30
    2         | true       | SOM    | 2        | M79       | 40
    3         | true       | SOM    | 2        | F32       | 60
    2         | true       | PHV    | 2        | F32       | 50
    5         | false      | SOM    | 2        | F32       | 50
"""
OUTCOMES = """
    person_id | is_treated | sector | sick_leave_days_before | health_benefit_days_before
    1         | true       | SOM    | 10                     | 20
    2         | true       | SOM    | 20                     | 40
    3         | true       | SOM    | 90                     | 90
    2         | true       | PHV    | 0                      | 0
    5         | false      | SOM    | 7                      | 7
"""
SETS = """
    matched_set_id | person_id | is_treated | sector
    1              | 1         | true       | SOM
    1              | 5         | false      | SOM
    2              | 2         | true       | SOM
"""
SHOWN = (
    "sector, covariate, level, n_eligible, n_unmatched, round(share_unmatched, 3),"
    " mean_matched, mean_unmatched"
)


@pytest.fixture
def unmatched(run_model):
    given = {"mart_match_pool": POOL, "mart_window_outcomes": OUTCOMES, "mart_matched_sets": SETS}
    lines = run_model("mart_unmatched", given=given, show=SHOWN)
    return {tuple(line.split(" | ")[:3]): line.split(" | ")[3:] for line in lines}


def test_the_lost_are_counted_by_level(unmatched):
    assert unmatched["SOM", "sex", "2"] == ["2", "1", "0.5", "null", "null"]
    assert unmatched["SOM", "sex", "1"] == ["1", "0", "0.0", "null", "null"]
    assert unmatched["SOM", "diagnosis", "F"] == ["1", "1", "1.0", "null", "null"]
    assert unmatched["ALL", "sex", "2"] == ["3", "2", "0.667", "null", "null"]


def test_numbers_have_the_means_of_both(unmatched):
    # Matched: 10 and 20 days; lost: 90.
    assert unmatched["SOM", "sick_leave_days_before", ""] == ["3", "1", "0.333", "15.0", "90.0"]
    # Nobody in PHV is matched: person 2 is in SOM alone.
    assert unmatched["PHV", "age_years", ""] == ["1", "1", "1.0", "null", "50.0"]


def test_comparators_are_not_here(unmatched):
    assert ("SOM", "age_years", "") in unmatched
    assert sum(int(cells[0]) for key, cells in unmatched.items() if key[:2] == ("SOM", "sex")) == 3
