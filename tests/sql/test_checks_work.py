"""The checks of employment and of NAV's measures."""

from datetime import date

import pytest
from judged_checks import judge

JOBS, MEASURES = "stg_nav__employment", "stg_nav__measures"
LAST = date(2019, 12, 31)

# Check, table, parameters, drawn rows, and what is judged of the rows examined.
ROW_RULES = [
    (
        "check_employment_positions_are_shares",
        JOBS,
        {},
        """
        position_percent | broken_rule
        0                | null
        0.5              | null
        100              | null
        101              | null
        -5               | null
        null             | null
        101              | missing_key
        """,
        {1: True, 2: False, 3: False, 4: True, 5: True},
    ),
    (
        "check_employment_positions_are_delivered",
        JOBS,
        {},
        "position_percent\n null\n 100",
        {1: True, 2: False},
    ),
    (
        "check_employment_starts_before_the_last_day_covered",
        JOBS,
        {"benefits_last_date": LAST},
        "start_date\n 2019-12-31\n 2020-01-01",
        {1: False, 2: True},
    ),
    (
        "check_measures_start_before_the_last_day_covered",
        MEASURES,
        {"benefits_last_date": LAST},
        "start_date\n 2019-12-31\n 2020-01-01",
        {1: False, 2: True},
    ),
    (
        "check_measures_are_shorter_than_ten_years",
        MEASURES,
        {},
        """
        start_date | until_date | broken_rule
        2000-01-01 | 2010-01-01 | null
        2000-01-01 | 2009-12-31 | null
        2000-01-01 | 2010-01-01 | missing_key
        """,
        {1: True, 2: False},
    ),
]
NAMES = [rule[0] for rule in ROW_RULES]


@pytest.mark.parametrize(("name", "table", "params", "drawn", "judged"), ROW_RULES, ids=NAMES)
def test_row_rule_of_work_is_broken_by_these_rows_alone(models, name, table, params, drawn, judged):
    assert judge(models, name, {table: drawn}, **params) == judged


def test_jobs_with_one_employer_that_overlap_are_found_and_touching_ones_are_not(models):
    drawn = """
        ssb_id | employer_id | start_date | until_date
        s1     | e1          | 2010-01-01 | 2011-01-01
        s1     | e1          | 2010-12-31 | 2012-01-01
        s1     | e1          | 2012-01-01 | 2013-01-01
        s1     | e2          | 2010-06-01 | 2012-01-01
        s2     | e1          | 2010-06-01 | 2012-01-01
    """
    judged = judge(models, "check_employment_of_one_employer_does_not_overlap", {JOBS: drawn})
    assert judged == {1: False, 2: True, 3: False, 4: False, 5: False}


def test_jobs_of_the_last_day_that_sum_to_over_150_per_cent_are_found(models):
    drawn = """
        ssb_id | start_date | until_date | position_percent
        s1     | 2010-01-01 | 2020-01-01 | 100
        s1     | 2019-12-31 | 2020-01-01 | 51
        s2     | 2010-01-01 | 2020-01-01 | 100
        s2     | 2010-01-01 | 2020-01-01 | 50
        s3     | 2010-01-01 | 2020-01-01 | 100
        s3     | 2010-01-01 | 2019-12-31 | 100
        s3     | 2020-01-01 | 2021-01-01 | 100
        s4     | 2010-01-01 | 2020-01-01 | null
    """
    name = "check_employment_positions_sum_to_a_full_one"
    judged = judge(models, name, {JOBS: drawn}, benefits_last_date=LAST)
    assert judged == {1: True, 3: False, 5: False}


def test_job_of_nobody_in_the_person_file_is_found(models):
    given = {
        JOBS: "ssb_id | broken_rule\n s1 | null\n s2 | null\n s3 | null\n s2 | invalid_date",
        "stg_ssb__persons": "ssb_id | broken_rule\n s1 | null\n s1 | null\n s3 | missing_key",
    }
    judged = judge(models, "check_employment_is_of_known_persons", given)
    assert judged == {1: False, 2: True, 3: True}


def test_measure_of_nobody_in_the_link_is_found(models):
    given = {
        MEASURES: "nav_id | broken_rule\n v1 | null\n v2 | null\n v3 | null\n v2 | invalid_date",
        "stg_link__persons": "nav_id | broken_rule\n v1 | null\n v1 | null\n v3 | missing_key",
    }
    assert judge(models, "check_measures_are_linked", given) == {1: False, 2: True, 3: True}


@pytest.mark.parametrize(
    "other", ["nav_id", "measure_code", "start_date", "until_date", "provider_id"]
)
def test_measure_that_differs_in_one_column_is_not_delivered_twice(models, other):
    row = {
        "nav_id": "v1",
        "measure_code": "m1",
        "start_date": "2010-01-01",
        "until_date": "2010-02-01",
        "provider_id": "p1",
    }
    values = {"start_date": "2010-01-02", "until_date": "2010-02-02"}
    different = row | {other: values.get(other, "other")}
    name = "check_measures_are_not_delivered_twice"
    assert judge(models, name, {MEASURES: [row, different]}) == {1: False, 2: False}
    assert judge(models, name, {MEASURES: [row, different, row]}) == {1: True, 2: False}
