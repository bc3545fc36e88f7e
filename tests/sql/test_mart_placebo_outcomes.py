"""Days in two windows of a year that end on the index date, 2010-06-01: from 2008-06-01, and from
2009-06-01. Benefit sets: 1 sick leave, 16 AAP, 17 both."""

import pytest

SHOW = (
    "person_id, sick_leave_days_before, sick_leave_days_after, health_benefit_days_before,"
    " health_benefit_days_after"
)
SETS = """
    matched_set_id | person_id | is_treated | index_date
    1              | 7         | true       | 2010-06-01
"""
WHOLE = "person_id | start_date | until_date\n 7 | 2006-01-01 | 2021-01-01"


@pytest.fixture
def outcomes(run_model):
    def run(intervals, *, seen=WHOLE, sets=SETS, params=None, show=SHOW):
        drawn = "person_id | start_date | until_date | benefit_set\n" + intervals
        given = {"mart_matched_sets": sets, "core_person_time": seen}
        if intervals:
            given["core_benefit_intervals"] = drawn
        return run_model("mart_placebo_outcomes", given=given, show=show, params=params)

    return run


def test_nobody_s_benefit_is_no_days(outcomes):
    assert outcomes("") == ["7 | 0 | 0 | 0 | 0"]


def test_days_count_in_the_window_they_fall_in_and_a_day_counts_once(outcomes):
    intervals = """
        7 | 2008-05-01 | 2008-06-11 | 1
        7 | 2008-06-11 | 2008-06-16 | 17
        7 | 2009-05-22 | 2009-06-04 | 16
        7 | 2010-05-25 | 2010-07-01 | 1
    """
    # Before: 10 + 5 of sick leave, 10 of AAP alone until 06-01. After: 3 of AAP, 7 of sick leave.
    assert outcomes(intervals) == ["7 | 15 | 7 | 25 | 10"]


def test_an_interval_over_both_windows_is_cut_at_their_edges(outcomes):
    assert outcomes("7 | 2006-01-01 | 2012-01-01 | 1") == ["7 | 365 | 365 | 365 | 365"]


@pytest.mark.parametrize(
    ("start", "until", "found"),
    [
        ("2008-06-01", "2010-06-01", "7 | 0 | 0 | 0 | 0"),
        ("2008-06-02", "2021-01-01", "7 | null | null | null | null"),
        ("2006-01-01", "2010-05-31", "7 | null | null | null | null"),
    ],
)
def test_who_is_not_seen_through_both_windows_has_no_days(outcomes, start, until, found):
    seen = f"person_id | start_date | until_date\n 7 | {start} | {until}"
    assert outcomes("", seen=seen) == [found]


def test_two_stretches_do_not_make_a_whole_and_do_not_double(outcomes):
    seen = """
        person_id | start_date | until_date
        7         | 2006-01-01 | 2009-01-01
        7         | 2009-02-01 | 2021-01-01
    """
    assert outcomes("", seen=seen) == ["7 | null | null | null | null"]


def test_the_index_date_moves_by_the_window_after(outcomes):
    # before = [2010-04-22, 2010-05-02), after = [2010-05-02, 2010-06-01)
    params = {"before_days": 10, "after_days": 30}
    assert outcomes("7 | 2010-01-01 | 2010-12-31 | 1", params=params) == ["7 | 10 | 30 | 10 | 30"]


def test_a_person_in_two_sets_has_a_row_in_each(outcomes):
    sets = SETS + "    2 | 7 | false | 2012-06-01\n"
    intervals = "7 | 2010-07-01 | 2010-07-11 | 1"
    show = "matched_set_id, sick_leave_days_before"
    assert outcomes(intervals, sets=sets, show=show) == ["1 | 0", "2 | 10"]
