import pytest

SHOW = "is_treated, person_id, index_date, is_comparable"


@pytest.fixture
def pool(run_model):
    def run(drawn, show=SHOW, **params):
        return run_model(
            "mart_match_pool",
            given={"mart_candidates": drawn},
            params={"seed": 1} | params,
            undrawn={"is_treated": "false", "random_order": "7", "index_date": "2010-06-01"},
            show=show,
        )

    return run


def test_only_eligible_candidates_are_in_the_pool(pool):
    assert pool("""
        person_id | is_treated | failed_step_code
        1         | true       | null
        2         | true       | age_and_sex
        3         | false      | alive_and_resident
        4         | false      | null
    """) == ["false | 4 | 2010-06-01 | true", "true | 1 | 2010-06-01 | true"]


def test_treated_person_is_comparable_even_alone(pool):
    assert pool("person_id | is_treated\n 1 | true") == ["true | 1 | 2010-06-01 | true"]


def test_comparator_is_comparable_only_where_its_stratum_and_sector_have_a_treated(pool):
    drawn = """
        person_id | is_treated | sector | stratum
        1         | true       | SOM    | A
        2         | false      | SOM    | A
        3         | false      | SOM    | B
        4         | false      | PHV    | A
    """
    assert pool(drawn, "person_id, is_comparable") == [
        "1 | true",
        "2 | true",
        "3 | false",
        "4 | false",
    ]


def test_ineligible_treated_person_makes_nobody_comparable(pool):
    drawn = """
        person_id | is_treated | failed_step_code
        1         | true       | age_and_sex
        2         | false      | null
    """
    assert pool(drawn, "person_id, is_comparable") == ["2 | false"]


def test_nobody_is_his_own_comparison(pool):
    drawn = """
        person_id | is_treated | stratum | index_date
        1         | true       | A       | 2012-06-01
        1         | false      | A       | 2010-06-01
        2         | true       | A       | 2012-06-01
    """
    assert pool(drawn) == [
        "false | 1 | 2010-06-01 | false",
        "true | 1 | 2012-06-01 | true",
        "true | 2 | 2012-06-01 | true",
    ]


def test_treated_person_may_be_comparison_in_another_stratum(pool):
    drawn = """
        person_id | is_treated | stratum
        1         | true       | A
        2         | true       | B
        1         | false      | B
    """
    assert pool(drawn, "person_id, stratum, is_treated, is_comparable") == [
        "1 | A | true | true",
        "1 | B | false | true",
        "2 | B | true | true",
    ]


def test_course_that_is_comparable_goes_before_others(pool):
    drawn = """
        person_id | is_treated | stratum | index_date
        1         | true       | B       | 2012-06-01
    """ + "\n".join(
        f"2 | false | {'B' if year == 2013 else 'A'} | {year}-06-01" for year in range(2009, 2019)
    )
    assert "false | 2 | 2013-06-01 | true" in pool(drawn)


@pytest.mark.parametrize("stratum", ["A", "B"])
def test_among_equal_courses_a_seeded_hash_decides_and_not_the_earliest(pool, stratum):
    head = "person_id | is_treated | stratum | random_order | index_date"
    courses = [
        f"{n} | false | {stratum} | {n} | {year}-01-01"
        for n in range(2, 40)
        for year in (2010, 2012)
    ]
    drawn = "\n".join([head, "1 | true | A | 1 | 2010-01-01", *courses])
    backwards = "\n".join([head, *reversed(drawn.splitlines()[1:])])
    chosen = pool(drawn, seed=1)
    assert chosen == pool(backwards, seed=1)
    assert chosen != pool(drawn, seed=2)
    years = [line.split(" | ")[2][:4] for line in chosen]
    assert min(years.count("2010"), years.count("2012")) > 5


def test_person_serves_once_in_each_sector(pool):
    drawn = """
        person_id | sector | index_date
        1         | SOM    | 2010-06-01
        1         | SOM    | 2012-06-01
        1         | PHV    | 2010-06-01
    """
    assert pool(drawn, "sector, person_id") == ["PHV | 1", "SOM | 1"]


def test_levels_before_join_the_stratum_where_the_study_matches_on_them(run_model):
    drawn = """
        person_id | is_treated | stratum | index_date
        1         | true       | A       | 2010-06-01
        2         | false      | A       | 2010-06-01
        3         | false      | A       | 2010-06-01
    """
    levels = """
        person_id | is_treated | index_date | sick_leave_level | health_benefit_level
        1         | true       | 2010-06-01 | 2                | 3
        2         | false      | 2010-06-01 | 2                | 1
        3         | false      | 2010-06-01 | 0                | 3
    """

    def build(match_on):
        return run_model(
            "mart_match_pool",
            given={"mart_candidates": drawn, "mart_prior_levels": levels},
            params={"seed": 1, "match_on": match_on},
            undrawn={"random_order": "7"},
            show="person_id, stratum, is_comparable",
        )

    sick = ["1 | A|2 | true", "2 | A|2 | true", "3 | A|0 | false"]
    assert build(["diagnosis", "sick_leave_level"]) == sick
    both = ["1 | A|2|3 | true", "2 | A|2|1 | false", "3 | A|0|3 | false"]
    assert build(["sick_leave_level", "health_benefit_level"]) == both
    assert build(["diagnosis"]) == ["1 | A | true", "2 | A | true", "3 | A | true"]


def test_strata_with_treated_are_numbered_over_all_sectors(pool):
    drawn = """
        person_id | is_treated | sector | stratum
        1         | true       | SOM    | A
        2         | false      | SOM    | A
        3         | true       | PHV    | A
        4         | false      | SOM    | B
    """
    assert pool(drawn, "person_id, stratum_id") == ["1 | 2", "2 | 2", "3 | 1", "4 | null"]
