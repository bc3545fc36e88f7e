import pytest

POOL = """
    person_id | is_treated | sex_code | age_years
    1         | true       | 1        | 40
    2         | true       | 2        | 42
    3         | false      | 1        | 41
    4         | false      | 1        | 43
    5         | false      | 2        | 50
"""
OUTCOMES = """
    person_id | is_treated | sick_leave_days_before | health_benefit_days_before
    1         | true       | 10                     | 20
    2         | true       | 0                      | 0
    3         | false      | 4                      | 4
    4         | false      | 8                      | 9
    5         | false      | 0                      | 100
"""
SETS = """
    matched_set_id | person_id | is_treated | weight
    1              | 1         | true       | 1
    1              | 3         | false      | 0.5
    1              | 4         | false      | 0.5
"""
SUMS = "sample, level, n_persons, weight_sum, value_sum, value_square_sum"


@pytest.fixture
def balance(run_model):
    def run(covariate, show=SUMS, pool=POOL, outcomes=OUTCOMES, sets=SETS):
        given = {
            "mart_match_pool": pool,
            "mart_window_outcomes": outcomes,
            "mart_matched_sets": sets,
        }
        lines = run_model("mart_balance", given=given, show=f"covariate, {show}")
        return [line.split(" | ", 1)[1] for line in lines if line.startswith(f"{covariate} | ")]

    return run


def test_levels_are_counted_by_weight_in_each_sample(balance):
    assert balance("sex") == [
        "eligible_control | 1 | 2 | 3.0 | 2.0 | 2.0",
        "eligible_control | 2 | 1 | 3.0 | 1.0 | 1.0",
        "eligible_treated | 1 | 1 | 2.0 | 1.0 | 1.0",
        "eligible_treated | 2 | 1 | 2.0 | 1.0 | 1.0",
        "matched_control | 1 | 2 | 1.0 | 1.0 | 1.0",
        "matched_treated | 1 | 1 | 1.0 | 1.0 | 1.0",
    ]


def test_number_has_its_weighted_sum_and_sum_of_squares_and_no_level(balance):
    assert balance("age_years") == [
        "eligible_control |  | 3 | 3.0 | 134.0 | 6030.0",
        "eligible_treated |  | 2 | 2.0 | 82.0 | 3364.0",
        "matched_control |  | 2 | 1.0 | 42.0 | 1765.0",
        "matched_treated |  | 1 | 1.0 | 40.0 | 1600.0",
    ]


def test_outcomes_before_the_index_date_are_covariates(balance):
    show = "sample, value_sum, value_square_sum"
    assert balance("sick_leave_days_before", show) == [
        "eligible_control | 12.0 | 80.0",
        "eligible_treated | 10.0 | 100.0",
        "matched_control | 6.0 | 40.0",
        "matched_treated | 10.0 | 100.0",
    ]
    assert balance("health_benefit_days_before", show)[2] == "matched_control | 6.5 | 48.5"


@pytest.mark.parametrize(
    ("covariate", "level"),
    [
        ("diagnosis", "M54"),
        ("age_band", "40"),
        ("education_group", "tertiary"),
        ("index_year", "2010"),
    ],
)
def test_every_matching_variable_is_a_covariate(balance, covariate, level):
    assert balance(covariate, "sample, level, n_persons") == [
        f"eligible_control | {level} | 3",
        f"eligible_treated | {level} | 2",
        f"matched_control | {level} | 2",
        f"matched_treated | {level} | 1",
    ]


def test_person_in_both_arms_and_two_sectors_is_described_in_each_apart(balance):
    pool = """
        person_id | is_treated | sector | age_years
        1         | true       | SOM    | 40
        1         | false      | SOM    | 45
        1         | true       | PHV    | 50
    """
    outcomes = "person_id | is_treated | sector\n 1 | true | SOM\n 1 | false | SOM\n 1 | true | PHV"
    sets = """
        matched_set_id | person_id | is_treated | sector
        1              | 1         | false      | SOM
        2              | 1         | true       | PHV
    """
    show = "sector, sample, n_persons, value_sum"
    assert balance("age_years", show, pool, outcomes, sets) == [
        "PHV | eligible_treated | 1 | 50.0",
        "PHV | matched_treated | 1 | 50.0",
        "SOM | eligible_control | 1 | 45.0",
        "SOM | eligible_treated | 1 | 40.0",
        "SOM | matched_control | 1 | 45.0",
    ]


def test_comparators_without_a_treated_person_in_their_stratum_count_as_eligible(balance):
    pool = "person_id | is_treated | is_comparable\n 3 | false | false"
    assert balance("sex", "sample, n_persons", pool, sets="person_id") == ["eligible_control | 1"]


def test_shares_of_the_levels_sum_to_one_in_each_sample(balance, models):
    balance("sex")
    sums = models.fetch(
        "(select covariate, sample, abs(sum(value_sum) - any_value(weight_sum)) as rest"
        " from mart_balance where level <> '' group by all)"
    )
    assert len(sums) == 20
    assert {rest for _, _, rest in sums} == {0}
