import pytest

SETS = """
    matched_set_id | person_id | is_treated | index_date
    7              | 1         | true       | 2010-02-15
    7              | 2         | false      | 2010-11-20
    8              | 3         | true       | 2011-12-31
"""


def drawn(days):
    """One row a period: person, event time, days; benefits are ten times as many."""
    lines = ["matched_set_id | person_id | event_time | sick_leave_days | health_benefit_days"]
    for (person, time), count in days.items():
        more = "null" if count is None else 10 * count
        shown = "null" if count is None else count
        lines.append(f"{8 if person == 3 else 7} | {person} | {time} | {shown} | {more}")
    return "\n".join(lines)


@pytest.fixture
def quarters(run_model):
    def run(
        days, show="person_id, cohort, quarter, sick_leave_days, health_benefit_days", sets=SETS
    ):
        given = {"mart_matched_sets": sets, "mart_event_time": drawn(days)}
        return run_model("mart_cohort_panel", given=given, show=show)

    return run


def test_three_periods_are_a_quarter_and_the_index_date_begins_one(quarters):
    days = {(1, time): time + 10 for time in range(-3, 3)}
    # 7 + 8 + 9 before, 10 + 11 + 12 after; 2010 Q1 is 2010 x 4 + 0.
    assert quarters(days) == ["1 | 8040 | -1 | 24 | 240", "1 | 8040 | 0 | 33 | 330"]


def test_a_control_has_the_cohort_of_his_treated_and_his_own_clock(quarters):
    days = {(2, time): 1 for time in range(3)}
    # His own index date is in the fourth quarter.
    assert quarters(days) == ["2 | 8040 | 0 | 3 | 30"]


def test_a_quarter_that_is_not_whole_is_left_out_and_one_not_seen_is_null(quarters):
    days = {(3, time): 1 for time in range(-4, 4)} | {(3, 1): None}
    # -4 and 3 stand alone; 2011 Q4 is 8047.
    assert quarters(days) == ["3 | 8047 | -1 | 3 | 30", "3 | 8047 | 0 | null | null"]


def test_a_control_of_a_stratum_is_shared_out_over_the_cohorts_of_its_treated(quarters):
    sets = """
        matched_set_id | sector | person_id | is_treated | index_date | weight
        7              | SOM    | 1         | true       | 2010-02-15 | 1
        7              | SOM    | 4         | true       | 2010-03-31 | 1
        7              | SOM    | 5         | true       | 2010-04-01 | 1
        7              | SOM    | 2         | false      | 2010-11-20 | 1.5
        7              | SOM    | 6         | false      | 2010-01-20 | 1.5
    """
    days = {(person, time): 1 for person in (1, 2, 4, 5, 6) for time in range(3)}
    assert quarters(days, "sector, person_id, is_treated, cohort, weight", sets) == [
        "SOM | 1 | true | 8040 | 1.0",
        "SOM | 2 | false | 8040 | 1.0",
        "SOM | 2 | false | 8041 | 0.5",
        "SOM | 4 | true | 8040 | 1.0",
        "SOM | 5 | true | 8041 | 1.0",
        "SOM | 6 | false | 8040 | 1.0",
        "SOM | 6 | false | 8041 | 0.5",
    ]
