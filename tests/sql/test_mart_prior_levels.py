import pytest

INTERVALS = """
    person_id | start_date | until_date | benefit_set
    1         | 2010-01-01 | 2010-01-11 | {sp}
    1         | 2010-05-22 | 2010-07-01 | {sp}
    1         | 2010-02-01 | 2010-02-21 | {aap}
    2         | 2008-01-01 | 2009-06-01 | {sp}
    4         | 2009-01-01 | 2009-06-03 | {sp}
"""
CANDIDATES = """
    person_id | is_treated | index_date | failed_step_code
    1         | true       | 2010-06-01 | null
    2         | false      | 2010-06-01 | null
    3         | false      | 2010-06-01 | age_and_sex
    4         | false      | 2010-06-01 | null
"""
SHOWN = "person_id, sick_leave_level, health_benefit_level"


@pytest.fixture
def levels(models, run_model):
    bits = dict(
        models.connection.execute(
            "select benefit_code, benefit_bit from codelist_benefits"
        ).fetchall()
    )

    def run(match_on, edges=(1, 17, 40)):
        return run_model(
            "mart_prior_levels",
            given={
                "mart_candidates": CANDIDATES,
                "core_benefit_intervals": INTERVALS.format(sp=bits["SP"], aap=bits["AAP"]),
            },
            params={"match_on": match_on, "prior_level_edges_days": list(edges)},
            show=SHOWN,
        )

    return run


def test_levels_count_the_edges_that_the_days_before_reach(levels):
    # Person 1: 10 + 10 days of sick leave (the spell under way is cut at the index date) reach
    # 1 and 17; 20 days of allowance more reach 40. Persons 2 and 4: days before the
    # window, which opens on 2009-06-01, do not count; two days of it do.
    expected = ["1 | 2 | 3", "2 | 0 | 0", "4 | 1 | 1"]
    assert levels(["diagnosis", "sick_leave_level"]) == expected


def test_an_edge_is_reached_by_as_many_days(levels):
    assert levels(["health_benefit_level"], edges=(20, 21)) == [
        "1 | 1 | 2",
        "2 | 0 | 0",
        "4 | 0 | 0",
    ]


def test_nothing_is_counted_for_a_study_that_does_not_match_on_it(levels):
    assert levels(["diagnosis", "sex"]) == []
