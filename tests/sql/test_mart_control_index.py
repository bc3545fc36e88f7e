import pytest

PARAMS = {
    "course_gap_days": 365,
    "first_index_date": "2010-01-01",
    "last_index_date": "2015-12-31",
    "outpatient_only_sectors": ["SOM", "ARR"],
    "exclusion_before_days": 30,
    "exclusion_after_days": 60,
    "anchors_at_end": False,
}


@pytest.fixture
def indexes(run_model):
    def run(drawn, show="person_id, sector, index_date", **params):
        return run_model(
            "mart_control_index",
            given={"mart_study_contacts": drawn},
            params=PARAMS | params,
            show=show,
        )

    return run


def test_first_contact_of_a_course_is_an_index(indexes):
    assert indexes("""
        person_id | start_date
        1         | 2011-03-01
        1         | 2011-03-08
        1         | 2011-12-01
    """) == ["1 | SOM | 2011-03-01"]


def test_gap_of_exactly_the_limit_begins_a_new_course(indexes):
    drawn = """
        person_id | start_date
        1         | 2011-01-01
        1         | 2012-01-01
    """
    assert indexes(drawn) == ["1 | SOM | 2011-01-01", "1 | SOM | 2012-01-01"]


def test_gap_of_one_day_less_does_not(indexes):
    drawn = """
        person_id | start_date
        1         | 2011-01-02
        1         | 2012-01-01
    """
    assert indexes(drawn) == ["1 | SOM | 2011-01-02"]


def test_gap_is_counted_from_the_end_of_the_latest_stay(indexes):
    drawn = """
        person_id | sector | start_date | end_date
        1         | PHV    | 2011-01-01 | 2011-12-01
        1         | PHV    | 2011-02-01 | 2011-02-01
        1         | PHV    | 2012-02-15 | 2012-02-15
    """
    assert indexes(drawn) == ["1 | PHV | 2011-01-01"]


def test_contacts_in_another_sector_do_not_continue_the_course(indexes):
    assert indexes("""
        person_id | sector | start_date
        1         | PHV    | 2011-01-01
        1         | SOM    | 2011-02-01
    """) == ["1 | PHV | 2011-01-01", "1 | SOM | 2011-02-01"]


def test_contacts_of_another_person_do_not_continue_the_course(indexes):
    assert indexes("""
        person_id | start_date
        1         | 2011-01-01
        2         | 2011-02-01
    """) == ["1 | SOM | 2011-01-01", "2 | SOM | 2011-02-01"]


def test_course_that_began_before_the_period_is_no_comparison(indexes):
    assert (
        indexes("""
        person_id | start_date
        1         | 2009-12-31
        1         | 2010-02-01
    """)
        == []
    )


def test_first_and_last_index_date_are_included_and_the_days_outside_are_not(indexes):
    assert indexes("""
        person_id | start_date
        1         | 2010-01-01
        2         | 2015-12-31
        3         | 2009-12-31
        4         | 2016-01-01
    """) == ["1 | SOM | 2010-01-01", "2 | SOM | 2015-12-31"]


def test_course_that_begins_with_a_treatment_is_no_comparison(indexes):
    assert (
        indexes("""
        person_id | start_date | is_treatment
        1         | 2011-01-01 | true
        1         | 2011-06-01 | false
    """)
        == []
    )


def test_course_that_begins_inpatient_is_no_comparison_in_outpatient_sectors(indexes):
    drawn = """
        person_id | sector | start_date | is_outpatient
        1         | SOM    | 2011-01-01 | false
        1         | SOM    | 2011-02-01 | true
        2         | ARR    | 2011-01-01 | false
        3         | PHV    | 2011-01-01 | false
    """
    assert indexes(drawn) == ["3 | PHV | 2011-01-01"]


def test_indirect_contact_neither_begins_nor_continues_a_course(indexes):
    assert indexes("""
        person_id | start_date | is_patient_present
        1         | 2011-01-01 | false
        1         | 2011-02-01 | true
        1         | 2011-12-01 | false
        1         | 2012-02-01 | true
    """) == ["1 | SOM | 2011-02-01", "1 | SOM | 2012-02-01"]


@pytest.mark.parametrize(
    ("treatment", "is_nearby"),
    [
        ("2010-12-01", "false"),
        ("2010-12-02", "true"),
        ("2011-01-01", "true"),
        ("2011-03-02", "true"),
        ("2011-03-03", "false"),
    ],
)
def test_treatment_is_nearby_up_to_exactly_the_limit_on_either_side(indexes, treatment, is_nearby):
    # 30 days before 2011-01-01 is 2010-12-02; 60 days after it is 2011-03-02.
    drawn = f"""
        person_id | sector | start_date  | is_treatment
        1         | SOM    | 2011-01-01  | false
        1         | PHV    | {treatment} | true
    """
    assert indexes(drawn, "sector, has_treatment_nearby") == [f"SOM | {is_nearby}"]


def test_one_of_several_treatments_nearby_is_enough(indexes):
    drawn = """
        person_id | sector | start_date | is_treatment
        1         | SOM    | 2011-01-01 | false
        1         | PHV    | 2010-06-01 | true
        1         | SOM    | 2011-02-01 | true
        1         | PHV    | 2013-06-01 | true
    """
    assert indexes(drawn, "index_date, has_treatment_nearby") == ["2011-01-01 | true"]


def test_treatment_of_another_person_or_without_the_patient_is_not_nearby(indexes):
    drawn = """
        person_id | start_date | is_treatment | has_treatment_code | is_patient_present
        1         | 2011-01-01 | false        | false              | true
        1         | 2011-01-10 | false        | true               | false
        2         | 2011-01-10 | true         | true               | true
    """
    assert indexes(drawn, "person_id, has_treatment_nearby") == ["1 | false"]


def test_index_carries_diagnosis_and_care_level_of_its_day(indexes):
    drawn = """
        person_id | sector | start_date | diagnosis | is_outpatient
        1         | PHV    | 2011-01-01 | F32       | false
        1         | PHV    | 2011-02-01 | M54       | true
    """
    assert indexes(drawn, "diagnosis, is_outpatient") == ["F32 | false"]


def test_treatment_in_a_sector_outside_the_study_is_nearby_but_its_courses_are_no_index(indexes):
    drawn = """
        person_id | sector | start_date | is_treatment
        1         | SOM    | 2011-03-01 | false
        1         | TSB    | 2011-03-10 | true
        2         | TSB    | 2011-03-01 | false
    """
    found = indexes(drawn, "person_id, sector, has_treatment_nearby", sectors=["SOM"])
    assert found == ["1 | SOM | true"]


END = {"anchors_at_end": True, "course_gap_days": 90}
BOTH = "person_id, course_start_date, index_date"


def test_start_of_the_course_is_time_zero_where_the_study_anchors_at_the_start(indexes):
    drawn = "person_id | start_date\n 1 | 2011-03-01\n 1 | 2011-04-01"
    assert indexes(drawn, BOTH) == ["1 | 2011-03-01 | 2011-03-01"]


def test_end_is_the_latest_day_before_the_next_course_begins(indexes):
    # 89 days go on, 90 days begin the next course; the stay outlasts the contact within it.
    drawn = """
        person_id | start_date | end_date
        1         | 2011-03-01 | 2011-03-01
        1         | 2011-05-29 | 2011-06-30
        1         | 2011-06-05 | 2011-06-05
        1         | 2011-09-28 | 2011-09-28
        1         | 2011-10-10 | 2011-10-12
    """
    assert indexes(drawn, BOTH, **END) == [
        "1 | 2011-03-01 | 2011-06-30",
        "1 | 2011-09-28 | 2011-10-12",
    ]


def test_contacts_of_other_sectors_and_without_the_patient_do_not_prolong_the_course(indexes):
    drawn = """
        person_id | sector | start_date | is_patient_present
        1         | PHV    | 2011-03-01 | true
        1         | SOM    | 2011-03-10 | true
        1         | PHV    | 2011-03-20 | false
    """
    assert indexes(drawn, f"sector, {BOTH}", **END) == [
        "PHV | 1 | 2011-03-01 | 2011-03-01",
        "SOM | 1 | 2011-03-10 | 2011-03-10",
    ]


def test_the_end_must_lie_in_the_study_period_and_the_start_need_not(indexes):
    drawn = """
        person_id | start_date
        1         | 2009-12-01
        1         | 2010-01-05
        2         | 2015-12-20
        2         | 2016-01-05
    """
    assert indexes(drawn, BOTH, **END) == ["1 | 2009-12-01 | 2010-01-05"]


@pytest.mark.parametrize(
    ("treatment", "is_nearby"),
    [
        ("2011-01-29", "false"),
        ("2011-01-30", "true"),
        ("2011-04-15", "true"),
        ("2011-06-30", "true"),
        ("2011-07-01", "false"),
    ],
)
def test_treatment_is_nearby_from_before_the_start_to_after_the_end(indexes, treatment, is_nearby):
    # 30 days before 2011-03-01 is 2011-01-30; 60 days after 2011-05-01 is 2011-06-30.
    drawn = f"""
        person_id | sector | start_date  | is_treatment
        1         | SOM    | 2011-03-01  | false
        1         | SOM    | 2011-05-01  | false
        1         | PHV    | {treatment} | true
    """
    assert indexes(drawn, "index_date, has_treatment_nearby", **END) == [
        f"2011-05-01 | {is_nearby}"
    ]
