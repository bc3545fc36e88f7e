import pytest

SP, RP, AAP, UFP, UT = 1, 2, 16, 32, 64
DAYS = "person_id, start_date, until_date, benefit_set"
SICK = "start_date, until_date, sick_leave_grade, sick_leave_fraction"


@pytest.fixture
def intervals(models):
    """Both steps of the sweep; undrawn, a benefit is SP and a grade 100."""

    def run(drawn, show=DAYS):
        models.give("core_benefit_spells", drawn, {"grade_percent": "100", "benefit_code": "SP"})
        models.build("core_benefit_stretches")
        models.build("core_benefit_intervals")
        return models.show("core_benefit_intervals", show)

    return run


# Days and sets


def test_one_spell_is_one_interval_with_its_bit(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | UT           | 2010-01-01 | 2010-01-11
    """) == [f"1 | 2010-01-01 | 2010-01-11 | {UT}"]


def test_overlap_of_two_benefits_is_an_interval_with_both(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        1         | AAP          | 2010-01-06 | 2010-02-01
    """) == [
        f"1 | 2010-01-01 | 2010-01-06 | {SP}",
        f"1 | 2010-01-06 | 2010-01-11 | {SP + AAP}",
        f"1 | 2010-01-11 | 2010-02-01 | {AAP}",
    ]


def test_three_benefits_at_once_are_one_set_of_three(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        1         | AAP          | 2010-01-01 | 2010-01-11
        1         | UT           | 2010-01-01 | 2010-01-11
    """) == [f"1 | 2010-01-01 | 2010-01-11 | {SP + AAP + UT}"]


def test_one_benefit_inside_another_gives_three_intervals(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | AAP          | 2010-01-01 | 2010-02-01
        1         | SP           | 2010-01-10 | 2010-01-11
    """) == [
        f"1 | 2010-01-01 | 2010-01-10 | {AAP}",
        f"1 | 2010-01-10 | 2010-01-11 | {SP + AAP}",
        f"1 | 2010-01-11 | 2010-02-01 | {AAP}",
    ]


def test_days_without_a_benefit_have_no_row(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-02
        1         | SP           | 2010-01-03 | 2010-01-04
    """) == [f"1 | 2010-01-01 | 2010-01-02 | {SP}", f"1 | 2010-01-03 | 2010-01-04 | {SP}"]


def test_persons_are_kept_apart(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        2         | SP           | 2010-01-11 | 2010-02-01
    """) == [f"1 | 2010-01-01 | 2010-01-11 | {SP}", f"2 | 2010-01-11 | 2010-02-01 | {SP}"]


def test_touching_rows_that_are_alike_are_one_interval_however_many(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-10
        1         | SP           | 2010-01-10 | 2010-01-20
        1         | SP           | 2010-01-20 | 2010-02-01
        1         | AAP          | 2010-02-01 | 2010-02-10
        1         | AAP          | 2010-02-05 | 2010-02-20
    """) == [f"1 | 2010-01-01 | 2010-02-01 | {SP}", f"1 | 2010-02-01 | 2010-02-20 | {AAP}"]


def test_a_row_twice_and_a_row_inside_another_change_nothing(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-02-01
        1         | SP           | 2010-01-01 | 2010-02-01
        1         | SP           | 2010-01-05 | 2010-01-06
    """) == [f"1 | 2010-01-01 | 2010-02-01 | {SP}"]


# Sick leave in part


def test_two_half_positions_with_different_grades_are_weighted_by_position(intervals):
    drawn = """
        person_id | start_date | until_date | grade_percent | position_percent | job_id
        1         | 2010-01-01 | 2010-01-11 | 100           | 50               | a
        1         | 2010-01-01 | 2010-01-11 | 40            | 50               | b
    """
    # (100 x 50 + 40 x 50) / 100 = 70 per cent; 0.5 + 0.2 of a full position.
    assert intervals(drawn, SICK) == ["2010-01-01 | 2010-01-11 | 70.0 | 0.7"]


def test_a_job_that_goes_on_alone_keeps_its_own_grade(intervals):
    drawn = """
        person_id | start_date | until_date | grade_percent | position_percent | job_id
        1         | 2010-01-01 | 2010-01-11 | 100           | 20               | a
        1         | 2010-01-06 | 2010-01-16 | 50            | 80               | b
    """
    assert intervals(drawn, SICK) == [
        "2010-01-01 | 2010-01-06 | 100.0 | 0.2",
        "2010-01-06 | 2010-01-11 | 60.0 | 0.6",
        "2010-01-11 | 2010-01-16 | 50.0 | 0.4",
    ]


def test_a_half_position_on_full_leave_is_a_full_grade_and_half_a_position(intervals):
    drawn = """
        person_id | benefit_code | start_date | until_date | position_percent
        1         | SP           | 2010-01-01 | 2010-01-11 | 50
    """
    assert intervals(drawn, SICK) == ["2010-01-01 | 2010-01-11 | 100.0 | 0.5"]


@pytest.mark.parametrize("position", ["", "0", "100", "130"])
def test_a_position_missing_nought_or_above_full_is_a_full_one(intervals, position):
    drawn = f"""
        person_id | benefit_code | start_date | until_date | grade_percent | position_percent
        1         | SP           | 2010-01-01 | 2010-01-11 | 60            | {position}
    """
    assert intervals(drawn, SICK) == ["2010-01-01 | 2010-01-11 | 60.0 | 0.6"]


def test_no_more_than_a_full_position_is_lost(intervals):
    drawn = """
        person_id | start_date | until_date | position_percent | job_id
        1         | 2010-01-01 | 2010-01-11 | 100              | a
        1         | 2010-01-01 | 2010-01-11 | 50               | b
    """
    assert intervals(drawn, SICK) == ["2010-01-01 | 2010-01-11 | 100.0 | 1.0"]


def test_overlapping_rows_of_one_job_are_one_absence_with_the_highest_grade(intervals):
    drawn = """
        person_id | start_date | until_date | grade_percent | position_percent | job_id
        1         | 2010-01-01 | 2010-01-11 | 50            | 60               | a
        1         | 2010-01-06 | 2010-01-16 | 80            | 50               | a
    """
    assert intervals(drawn, SICK) == [
        "2010-01-01 | 2010-01-06 | 50.0 | 0.3",
        "2010-01-06 | 2010-01-11 | 80.0 | 0.48",
        "2010-01-11 | 2010-01-16 | 80.0 | 0.4",
    ]


def test_rows_without_a_job_are_one_job(intervals):
    drawn = """
        person_id | benefit_code | start_date | until_date | grade_percent | position_percent
        1         | SP           | 2010-01-01 | 2010-01-11 | 50            | 50
        1         | SP           | 2010-01-01 | 2010-01-11 | 50            | 50
    """
    assert intervals(drawn, SICK) == ["2010-01-01 | 2010-01-11 | 50.0 | 0.25"]


def test_a_change_of_grade_begins_an_interval_and_the_same_grade_goes_on(intervals):
    drawn = """
        person_id | benefit_code | start_date | until_date | grade_percent
        1         | SP           | 2010-01-01 | 2010-01-11 | 100
        1         | SP           | 2010-01-11 | 2010-01-21 | 50
        1         | SP           | 2010-01-21 | 2010-01-31 | 50
    """
    assert intervals(drawn, SICK) == [
        "2010-01-01 | 2010-01-11 | 100.0 | 1.0",
        "2010-01-11 | 2010-01-31 | 50.0 | 0.5",
    ]


def test_a_grade_by_one_row_or_by_two_jobs_is_the_same_grade(intervals):
    drawn = """
        person_id | start_date | until_date | grade_percent | position_percent | job_id
        1         | 2010-01-01 | 2010-01-11 | 60            |                  |
        1         | 2010-01-11 | 2010-01-21 | 60            | 50               | a
        1         | 2010-01-11 | 2010-01-21 | 60            | 50               | b
    """
    assert intervals(drawn, SICK) == ["2010-01-01 | 2010-01-21 | 60.0 | 0.6"]


def test_without_sick_leave_the_grade_is_null_and_nothing_is_lost(intervals):
    drawn = """
        person_id | benefit_code | start_date | until_date | grade_percent
        1         | AAP          | 2010-01-01 | 2010-01-11 | 50
    """
    assert intervals(drawn, SICK) == ["2010-01-01 | 2010-01-11 | null | 0.0"]


# Disability benefit in part


def test_the_highest_disability_grade_in_force_counts(intervals):
    drawn = """
        person_id | benefit_code | start_date | until_date | grade_percent
        1         | UFP          | 2014-01-01 | 2015-01-06 | 50
        1         | UT           | 2015-01-01 | 2016-01-01 | 70
        1         | SP           | 2015-06-01 | 2015-06-11 | 30
    """
    show = "start_date, until_date, benefit_set, disability_grade, sick_leave_grade"
    assert intervals(drawn, show) == [
        f"2014-01-01 | 2015-01-01 | {UFP} | 50.0 | null",
        f"2015-01-01 | 2015-01-06 | {UFP + UT} | 70.0 | null",
        f"2015-01-06 | 2015-06-01 | {UT} | 70.0 | null",
        f"2015-06-01 | 2015-06-11 | {SP + UT} | 70.0 | 30.0",
        f"2015-06-11 | 2016-01-01 | {UT} | 70.0 | null",
    ]


def test_grades_of_other_benefits_are_no_disability(intervals):
    drawn = """
        person_id | benefit_code | start_date | until_date | grade_percent
        1         | TU           | 2010-01-01 | 2010-01-11 | 50
    """
    assert intervals(drawn, "disability_grade") == ["null"]


# Worked examples of the rules (register-facts 2.5)


def test_conversion_to_aap_on_2010_03_01_neither_loses_nor_doubles_a_day(intervals):
    # Three benefits at once before, one benefit after; all three years end to end.
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | RP           | 2009-01-01 | 2010-03-01
        1         | AF           | 2010-01-01 | 2010-03-01
        1         | TU           | 2010-02-01 | 2010-03-01
        1         | AAP          | 2010-03-01 | 2012-01-01
    """) == [
        "1 | 2009-01-01 | 2010-01-01 | 2",
        "1 | 2010-01-01 | 2010-02-01 | 6",
        "1 | 2010-02-01 | 2010-03-01 | 14",
        "1 | 2010-03-01 | 2012-01-01 | 16",
    ]


def test_a_conversion_that_is_delivered_a_day_late_in_one_file_counts_the_day_once(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | RP           | 2010-02-01 | 2010-03-02
        1         | AAP          | 2010-03-01 | 2010-04-01
    """) == [
        f"1 | 2010-02-01 | 2010-03-01 | {RP}",
        f"1 | 2010-03-01 | 2010-03-02 | {RP + AAP}",
        f"1 | 2010-03-02 | 2010-04-01 | {AAP}",
    ]


def test_fifty_two_weeks_of_sick_leave_then_aap_are_days_without_a_gap(intervals):
    # 2011-01-03 is a Monday; 364 days later is Monday 2012-01-02.
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2011-01-03 | 2012-01-02
        1         | AAP          | 2012-01-02 | 2013-01-02
    """) == [f"1 | 2011-01-03 | 2012-01-02 | {SP}", f"1 | 2012-01-02 | 2013-01-02 | {AAP}"]
