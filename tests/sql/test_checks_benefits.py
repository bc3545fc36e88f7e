"""The checks of benefit spells that look at rows."""

from datetime import date

import pytest
from judged_checks import judge

SPELLS = "stg_nav__benefit_spells"
FIRST, LAST = date(2008, 1, 1), date(2019, 12, 31)

# Check, parameters, drawn spells, and what is judged of the rows examined.
ROW_RULES = [
    (
        "check_benefit_grades_reach_the_least_allowed",
        {},
        """
        benefit_code | grade_percent | broken_rule
        SP           | 19            | null
        SP           | 20            | null
        SP           | 19            | missing_key
        AAP          | 10            | null
        """,
        {1: True, 2: False},
    ),
    (
        "check_positions_are_at_most_full",
        {},
        """
        position_percent | broken_rule
        101              | null
        100              | null
        null             | null
        101              | missing_key
        """,
        {1: True, 2: False},
    ),
    (
        "check_benefit_spells_are_shorter_than_ten_years",
        {},
        """
        benefit_code | start_date | until_date
        SP           | 2000-01-01 | 2010-01-01
        SP           | 2000-01-01 | 2009-12-31
        UT           | 1990-01-01 | 2019-12-31
        """,
        {1: True, 2: False},
    ),
    (
        "check_open_spells_are_recent",
        {"benefits_last_date": LAST},
        """
        benefit_code | start_date | is_ongoing
        SP           | 2018-12-31 | true
        SP           | 2019-01-01 | true
        SP           | 2010-01-01 | false
        AAP          | 2010-03-01 | true
        """,
        {1: True, 2: False},
    ),
    (
        "check_benefits_start_before_the_last_day_covered",
        {"benefits_last_date": LAST},
        """
        start_date | broken_rule
        2020-01-01 | null
        2019-12-31 | null
        2020-01-01 | missing_key
        """,
        {1: True, 2: False},
    ),
    (
        "check_benefits_end_before_the_last_day_covered",
        {"benefits_last_date": LAST},
        """
        until_date | is_ongoing
        2020-01-02 | false
        2020-01-01 | false
        2020-01-02 | true
        """,
        {1: True, 2: False},
    ),
    (
        "check_benefits_are_not_cut_at_the_first_day_covered",
        {"benefits_first_date": FIRST},
        """
        benefit_code | start_date
        SP           | 2008-01-01
        SP           | 2008-01-02
        SP           | 2008-12-30
        SP           | 2008-12-31
        SP           | 2007-12-31
        UFP          | 2008-01-01
        """,
        {1: True, 2: False, 3: False},
    ),
    (
        "check_diagnosis_systems_are_known",
        {},
        """
        diagnosis_system
        ICPC-2
        icpc 2
        ICD-10
        2.16.578.1.12.4.1.1.7170
        DSM
        null
        """,
        {1: False, 2: False, 3: False, 4: False, 5: True},
    ),
    (
        "check_diagnosis_codes_fit_their_system",
        {},
        """
        diagnosis_code | diagnosis_system
        L84            | ICPC-2
        M54.5          | ICD-10
        M54            | ICPC-2
        L8             | ICPC-2
        84             | null
        L84            | null
        null           | ICPC-2
        C50            | icpc2
        """,
        {1: False, 2: False, 3: True, 4: True, 5: True, 6: False, 8: True},
    ),
]
NAMES = [rule[0] for rule in ROW_RULES]


@pytest.mark.parametrize(("name", "params", "drawn", "judged"), ROW_RULES, ids=NAMES)
def test_row_rule_of_spells_is_broken_by_these_rows_alone(models, name, params, drawn, judged):
    assert judge(models, name, {SPELLS: drawn}, **params) == judged


def test_empty_grade_is_found_where_the_law_sets_a_least_grade(models):
    drawn = """
        benefit_code | grade_percent
        SP           | null
        sp           | null
        SP           | 100
        AAP          | null
        ??           | null
    """
    name = "check_benefit_grades_are_delivered"
    judged = judge(models, name, {"raw_nav__benefit_spells": drawn})
    assert judged == {1: True, 2: True, 3: False}


def test_positions_that_begin_together_and_sum_to_more_than_a_full_one_are_found(models):
    drawn = """
        nav_id | benefit_code | start_date | job_id | position_percent
        v1     | SP           | 2010-01-01 | j1     | 100
        v1     | SP           | 2010-01-01 | j2     | 21
        v2     | SP           | 2010-01-01 | j1     | 100
        v2     | SP           | 2010-01-01 | j2     | 20
        v3     | SP           | 2010-01-01 | j1     | 100
        v3     | SP           | 2010-01-02 | j2     | 100
        v4     | SP           | 2010-01-01 | null   | 100
        v4     | SP           | 2010-01-01 | j1     | null
    """
    name = "check_positions_of_a_person_sum_to_a_full_one"
    assert judge(models, name, {SPELLS: drawn}) == {1: True, 3: False, 5: False, 6: False}


@pytest.mark.parametrize(
    "other",
    [
        "nav_id",
        "benefit_code",
        "start_date",
        "until_date",
        "job_id",
        "grade_percent",
        "position_percent",
        "diagnosis_code",
    ],
)
def test_spell_that_differs_in_one_column_is_not_delivered_twice(models, other):
    row = {
        "nav_id": "v1",
        "benefit_code": "SP",
        "start_date": "2010-01-01",
        "until_date": "2010-02-01",
        "job_id": "j1",
        "grade_percent": "100",
        "position_percent": "50",
        "diagnosis_code": "L84",
    }
    values = {"start_date": "2010-01-02", "until_date": "2010-02-02", "benefit_code": "AAP"}
    different = row | {other: values.get(other, "7")}
    name = "check_benefit_spells_are_not_delivered_twice"
    assert judge(models, name, {SPELLS: [row, different]}) == {1: False, 2: False}
    assert judge(models, name, {SPELLS: [row, different, row]}) == {1: True, 2: False}


def test_spells_of_one_job_that_overlap_are_found_and_repeated_or_touching_ones_are_not(models):
    drawn = """
        nav_id | benefit_code | job_id | start_date | until_date
        v1     | SP           | j1     | 2010-01-01 | 2010-03-01
        v1     | SP           | j1     | 2010-02-01 | 2010-02-05
        v1     | SP           | j1     | 2010-02-28 | 2010-04-01
        v1     | SP           | j1     | 2010-04-01 | 2010-05-01
        v1     | SP           | j1     | 2010-04-01 | 2010-05-01
        v1     | SP           | j2     | 2010-01-15 | 2010-01-20
        v2     | SP           | j1     | 2010-01-15 | 2010-01-20
        v1     | AAP          | j1     | 2010-01-15 | 2010-01-20
        v1     | SP           | null   | 2010-01-15 | 2010-01-20
    """
    judged = judge(models, "check_spells_of_one_job_do_not_overlap", {SPELLS: drawn})
    assert sorted(judged) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row for row, is_broken in judged.items() if is_broken] == [2, 3]


def test_spell_of_a_second_job_beside_the_first_is_a_double_spell(models):
    drawn = """
        nav_id | benefit_code | job_id | start_date | until_date
        v1     | SP           | j1     | 2010-01-01 | 2010-03-01
        v1     | SP           | j2     | 2010-01-01 | 2010-03-01
        v1     | SP           | j2     | 2010-03-01 | 2010-04-01
        v2     | SP           | j1     | 2010-01-01 | 2010-03-01
        v2     | SP           | j1     | 2010-02-01 | 2010-03-01
        v3     | SP           | j2     | 2010-02-01 | 2010-03-01
        v1     | AAP          | j3     | 2010-02-01 | 2010-03-01
        v1     | SP           | null   | 2010-02-01 | 2010-03-01
    """
    judged = judge(models, "check_double_spells_are_few", {SPELLS: drawn})
    assert sorted(judged) == [1, 2, 3, 4, 5, 6, 7]
    assert [row for row, is_broken in judged.items() if is_broken] == [2]


@pytest.mark.parametrize(
    ("start", "until", "grade", "is_broken"),
    [
        ("2010-01-01", "2010-02-02", 100, True),
        ("2010-01-01", "2010-02-01", 100, False),
        ("2010-02-28", "2012-01-01", 100, True),
        ("2010-03-01", "2012-01-01", 100, False),
        ("2010-01-01", "2012-01-01", 99, False),
    ],
)
def test_sick_leave_beside_full_disability_benefit_is_found(models, start, until, grade, is_broken):
    drawn = f"""
        nav_id | benefit_code | start_date | until_date | grade_percent
        v1     | SP           | 2010-02-01 | 2010-03-01 | 100
        v1     | UFP          | {start}    | {until}    | {grade}
        v2     | SP           | 2010-02-01 | 2010-03-01 | 100
        v2     | AAP          | 2010-02-01 | 2010-03-01 | 100
    """
    name = "check_sick_leave_stops_at_full_disability_benefit"
    judged = judge(models, name, {SPELLS: drawn}, sick_leave_benefit_codes=["SP"])
    assert judged == {1: is_broken, 3: False}


@pytest.mark.parametrize(
    ("second_start", "second_until", "judged"),
    [
        # 200 days, then 171 or 172 more: 371 days are 52 weeks and the leeway.
        ("2010-07-20", "2011-01-07", {1: False}),
        ("2010-07-20", "2011-01-08", {1: True}),
        # The days between are not sick leave, but bind the spells together.
        ("2010-08-04", "2011-01-22", {1: False}),
        ("2010-08-04", "2011-01-23", {1: True}),
        # 16 days between: two spells.
        ("2010-08-05", "2011-06-01", {1: False, 2: False}),
        # Overlapping days count once.
        ("2010-07-10", "2011-01-07", {1: False}),
    ],
)
def test_merged_sick_leave_over_52_weeks_is_found(models, second_start, second_until, judged):
    drawn = f"""
        nav_id | benefit_code | start_date     | until_date
        v1     | SP           | 2010-01-01     | 2010-07-20
        v1     | SP           | {second_start} | {second_until}
        v1     | AAP          | 2010-03-01     | 2015-01-01
    """
    assert judge(models, "check_sick_leave_ends_within_its_longest", {SPELLS: drawn}) == judged


@pytest.mark.parametrize(
    ("older", "until", "is_broken"),
    [
        ("RP", "2010-03-01", False),
        ("AF", "2010-03-01", False),
        ("TU", "2010-03-05", False),
        ("RP", "2010-02-28", True),
        ("SP", "2010-03-01", True),
        ("UFP", "2010-03-01", True),
    ],
)
def test_first_aap_of_who_had_no_older_benefit_until_then_is_found(models, older, until, is_broken):
    drawn = f"""
        nav_id | benefit_code | start_date | until_date
        v1     | AAP          | 2010-03-01 | 2011-01-01
        v1     | {older}      | 2009-01-01 | {until}
        v2     | AAP          | 2010-03-02 | 2011-01-01
        v2     | SP           | 2010-03-01 | 2011-01-01
    """
    name = "check_first_day_starts_come_from_replaced_benefits"
    assert judge(models, name, {SPELLS: drawn}, benefits_first_date=FIRST) == {1: is_broken}
    # Where the register begins later, the older benefits cannot be seen.
    late = judge(models, name, {SPELLS: drawn}, benefits_first_date=date(2010, 3, 1))
    assert late == {}


@pytest.mark.parametrize(
    ("newer", "start", "is_broken"),
    [
        ("UT", "2015-01-01", False),
        ("UT", "2015-01-02", True),
        ("AAP", "2015-01-01", True),
    ],
)
def test_disability_pension_that_does_not_go_on_as_disability_benefit_is_found(
    models, newer, start, is_broken
):
    drawn = f"""
        nav_id | benefit_code | start_date | until_date
        v1     | UFP          | 2012-01-01 | 2015-01-01
        v1     | {newer}      | {start}    | 2019-01-01
        v2     | UFP          | 2012-01-01 | 2014-12-31
    """
    name = "check_replaced_benefits_continue"
    assert judge(models, name, {SPELLS: drawn}, benefits_last_date=LAST) == {1: is_broken}
    early = judge(models, name, {SPELLS: drawn}, benefits_last_date=date(2014, 12, 31))
    assert early == {}


def test_a_line_without_an_end_beside_one_with_an_end_is_found_in_whatever_file_it_stands(models):
    drawn = """
        file_index | row_number | nav_id | benefit_code | job_id | start_date | is_ongoing
        1          | 1          | v1     | AAP          | null   | 2010-04-01 | true
        2          | 2          | v1     | AAP          | null   | 2010-04-01 | false
        2          | 3          | v1     | AAP          | null   | 2010-04-01 | false
        1          | 4          | v1     | AAP          | null   | 2015-04-01 | true
        1          | 5          | v2     | AAP          | null   | 2010-04-01 | true
        1          | 6          | v1     | UT           | null   | 2010-04-01 | true
    """
    judged = judge(models, "check_open_lines_have_no_closed_twin", {SPELLS: drawn})
    assert judged == {1: True, 4: False, 5: False, 6: False}


def test_a_line_without_an_end_in_another_job_or_beside_an_unusable_line_has_no_twin(models):
    drawn = """
        nav_id | benefit_code | job_id | start_date | is_ongoing | broken_rule
        v1     | SP           | j1     | 2010-04-01 | true       | null
        v1     | SP           | j2     | 2010-04-01 | false      | null
        v2     | SP           | null   | 2010-04-01 | true       | null
        v2     | SP           | null   | 2010-04-01 | false      | invalid_date
        v3     | SP           | j1     | 2010-04-01 | true       | null
        v3     | SP           | j1     | 2010-04-01 | false      | null
        v4     | SP           | null   | 2010-04-01 | true       | null
        v4     | SP           | null   | 2010-04-01 | true       | null
    """
    judged = judge(models, "check_open_lines_have_no_closed_twin", {SPELLS: drawn})
    assert judged == {1: False, 3: False, 5: True, 7: False, 8: False}


def test_a_delivery_without_open_lines_has_no_twin_to_look_for(models):
    drawn = "nav_id | benefit_code | start_date | is_ongoing\n v1 | AAP | 2010-04-01 | false"
    assert judge(models, "check_open_lines_have_no_closed_twin", {SPELLS: drawn}) == {}
