import pytest

PARAMS = {
    "washout_days": 365,
    "first_index_date": "2010-01-01",
    "last_index_date": "2015-12-31",
    "course_gap_days": 365,
    "anchors_at_end": False,
}


@pytest.fixture
def indexes(run_model):
    def run(drawn, show="person_id, sector, index_date", **params):
        return run_model(
            "mart_treated_index",
            given={"mart_study_contacts": drawn},
            params=PARAMS | params,
            undrawn={"is_treatment": "true"},
            show=show,
        )

    return run


def test_first_treatment_ever_is_an_index(indexes):
    assert indexes("""
        person_id | start_date
        1         | 2011-03-01
        1         | 2011-03-08
    """) == ["1 | SOM | 2011-03-01"]


def test_contact_that_is_no_treatment_is_no_index_and_breaks_no_washout(indexes):
    drawn = """
        person_id | start_date | is_treatment
        1         | 2011-01-01 | false
        1         | 2011-03-01 | true
    """
    assert indexes(drawn, "index_date") == ["2011-03-01"]


def test_treatment_exactly_365_days_before_is_inside_the_washout(indexes):
    assert (
        indexes("""
        person_id | start_date
        1         | 2009-03-01
        1         | 2010-03-01
    """)
        == []
    )


def test_treatment_exactly_366_days_before_is_outside_the_washout(indexes):
    assert indexes("""
        person_id | start_date
        1         | 2009-02-28
        1         | 2010-03-01
    """) == ["1 | SOM | 2010-03-01"]


def test_washout_is_judged_against_the_nearest_treatment_not_the_first(indexes):
    assert (
        indexes("""
        person_id | start_date
        1         | 2008-06-01
        1         | 2009-06-01
        1         | 2010-05-01
    """)
        == []
    )


def test_treatment_in_another_sector_breaks_the_washout(indexes):
    assert indexes("""
        person_id | sector | start_date
        1         | PHV    | 2011-01-01
        1         | SOM    | 2011-06-01
    """) == ["1 | PHV | 2011-01-01"]


def test_treatment_of_another_person_does_not(indexes):
    assert indexes("""
        person_id | start_date
        1         | 2011-01-01
        2         | 2011-06-01
    """) == ["1 | SOM | 2011-01-01", "2 | SOM | 2011-06-01"]


def test_two_sectors_on_the_same_day_are_two_indexes(indexes):
    assert indexes("""
        person_id | sector | start_date
        1         | PHV    | 2011-01-01
        1         | SOM    | 2011-01-01
    """) == ["1 | PHV | 2011-01-01", "1 | SOM | 2011-01-01"]


def test_only_the_first_index_in_a_sector_counts(indexes):
    assert indexes("""
        person_id | sector | start_date
        1         | SOM    | 2010-06-01
        1         | SOM    | 2012-06-01
        1         | PHV    | 2014-06-01
    """) == ["1 | PHV | 2014-06-01", "1 | SOM | 2010-06-01"]


def test_index_after_a_washout_counts_where_the_first_treatment_was_before_the_period(indexes):
    assert indexes("""
        person_id | start_date
        1         | 2008-06-01
        1         | 2012-06-01
    """) == ["1 | SOM | 2012-06-01"]


def test_first_and_last_index_date_are_included_and_the_days_outside_are_not(indexes):
    assert indexes("""
        person_id | start_date
        1         | 2010-01-01
        2         | 2015-12-31
        3         | 2009-12-31
        4         | 2016-01-01
    """) == ["1 | SOM | 2010-01-01", "2 | SOM | 2015-12-31"]


def test_shorter_washout_is_the_studys_choice(indexes):
    drawn = """
        person_id | start_date
        1         | 2009-12-01
        1         | 2010-01-01
    """
    assert indexes(drawn, washout_days=30) == ["1 | SOM | 2010-01-01"]
    assert indexes(drawn, washout_days=31) == []


def test_index_carries_diagnosis_and_care_level_of_its_day(indexes):
    drawn = """
        person_id | start_date | diagnosis | is_outpatient
        1         | 2011-01-01 | F32       | false
        1         | 2011-02-01 | M54       | true
    """
    assert indexes(drawn, "diagnosis, is_outpatient") == ["F32 | false"]


def test_treatment_in_a_sector_outside_the_study_breaks_the_washout_but_is_no_index(indexes):
    drawn = """
        person_id | sector | start_date
        1         | TSB    | 2010-06-01
        1         | SOM    | 2010-12-01
    """
    assert indexes(drawn, sectors=["SOM", "PHV"]) == []


def test_the_index_carries_the_institution_of_its_own_contact(indexes):
    drawn = """
        person_id | start_date | institution_id
        1         | 2011-03-01 | 974000001
        1         | 2011-03-08 | 974000002
    """
    assert indexes(drawn, "institution_id") == ["974000001"]


END = {"anchors_at_end": True, "course_gap_days": 90}
BOTH = "sector, course_start_date, index_date"


def test_start_of_the_course_is_time_zero_where_the_study_anchors_at_the_start(indexes):
    drawn = "person_id | start_date\n 1 | 2011-03-01\n 1 | 2011-04-01"
    assert indexes(drawn, BOTH) == ["SOM | 2011-03-01 | 2011-03-01"]


def test_end_is_the_last_treatment_with_gaps_under_the_course_gap(indexes):
    # 30 and 89 days go on, 90 days end the course.
    drawn = """
        person_id | start_date
        1         | 2011-03-01
        1         | 2011-03-31
        1         | 2011-06-28
        1         | 2011-09-26
    """
    assert indexes(drawn, BOTH, **END) == ["SOM | 2011-03-01 | 2011-06-28"]


def test_a_long_stay_ends_the_course_on_its_last_day_even_inside_which_others_lie(indexes):
    drawn = """
        person_id | start_date | end_date
        1         | 2011-03-01 | 2011-06-30
        1         | 2011-03-08 | 2011-03-08
        1         | 2011-09-01 | 2011-09-02
        1         | 2012-09-01 | 2012-09-01
    """
    assert indexes(drawn, BOTH, **END) == ["SOM | 2011-03-01 | 2011-09-02"]


def test_other_sectors_other_persons_and_ordinary_contacts_do_not_prolong_the_course(indexes):
    drawn = """
        person_id | sector | start_date | is_treatment
        1         | SOM    | 2011-03-01 | true
        1         | PHV    | 2011-03-20 | true
        1         | SOM    | 2011-04-20 | false
        2         | SOM    | 2011-03-15 | true
    """
    assert indexes(drawn, f"person_id, {BOTH}", **END) == [
        "1 | SOM | 2011-03-01 | 2011-03-01",
        "2 | SOM | 2011-03-15 | 2011-03-15",
    ]


def test_the_end_must_lie_in_the_study_period_and_the_start_need_not(indexes):
    drawn = """
        person_id | start_date
        1         | 2009-12-01
        1         | 2010-01-05
        2         | 2015-12-20
        2         | 2016-01-05
    """
    assert indexes(drawn, f"person_id, {BOTH}", **END) == ["1 | SOM | 2009-12-01 | 2010-01-05"]


def test_the_washout_is_before_the_start_wherever_the_end_is(indexes):
    drawn = """
        person_id | sector | start_date
        1         | PHV    | 2010-12-01
        1         | SOM    | 2011-03-01
        1         | SOM    | 2011-05-01
        2         | SOM    | 2011-03-01
        2         | PHV    | 2011-04-01
        2         | SOM    | 2011-05-01
    """
    found = indexes(drawn, f"person_id, {BOTH}", **END)
    assert [row for row in found if "SOM" in row] == ["2 | SOM | 2011-03-01 | 2011-05-01"]
