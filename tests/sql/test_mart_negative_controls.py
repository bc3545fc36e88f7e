"""Days with contacts of a chapter: before is [2010-06-02, 2011-06-02), then a year that is left
out, and after is [2012-06-01, 2013-06-01); 2012 is a leap year."""

import pytest

SHOW = "person_id, chapter, days_before, days_after"
SETS = """
    matched_set_id | person_id | is_treated | index_date
    1              | 7         | true       | 2012-06-01
"""
POOL = """
    is_treated | person_id | diagnosis | index_date
    true       | 7         | M54       | 2012-06-01
"""
WHOLE = "person_id | start_date | until_date\n 7 | 2006-01-01 | 2021-01-01"


@pytest.fixture
def controls(run_model):
    def run(contacts, *, pool=POOL, seen=WHOLE, chapters=("II", "IX"), params=None):
        given = {"mart_matched_sets": SETS, "mart_match_pool": pool, "core_person_time": seen}
        if contacts:
            given["core_contacts"] = contacts
        return run_model(
            "mart_negative_controls",
            given=given,
            show=SHOW,
            params={"negative_control_chapters": list(chapters), **(params or {})},
        )

    return run


def test_every_chapter_has_a_row_and_no_contact_is_nought(controls):
    assert controls("") == ["7 | II | 0 | 0", "7 | IX | 0 | 0"]


def test_days_count_once_and_only_inside_the_windows(controls):
    contacts = """
        person_id | start_date | main_icd10_code
        7         | 2010-06-01 | I209
        7         | 2010-06-02 | I209
        7         | 2010-06-02 | I251
        7         | 2011-06-01 | I251
        7         | 2011-06-02 | I209
        7         | 2012-05-31 | I209
        7         | 2012-06-01 | I209
        7         | 2013-05-31 | C509
        7         | 2013-06-01 | C509
        8         | 2012-07-01 | I209
    """
    assert controls(contacts) == ["7 | II | 0 | 1", "7 | IX | 2 | 1"]


@pytest.mark.parametrize(
    "contact",
    [
        "I209 | false | 1",
        "I209 | true | 20",
        "M545 | true | 1",
        "D50 | true | 1",
        "null | true | 1",
    ],
)
def test_absent_patients_treatments_and_other_chapters_count_nowhere(controls, contact):
    contacts = (
        "person_id | start_date | main_icd10_code | is_patient_present | debitor_code\n"
        f" 7 | 2012-07-01 | {contact}"
    )
    assert controls(contacts) == ["7 | II | 0 | 0", "7 | IX | 0 | 0"]


def test_a_contact_without_debitor_counts(controls):
    contacts = "person_id | start_date | main_icd10_code\n 7 | 2012-07-01 | D48"
    assert controls(contacts, chapters=["II"]) == ["7 | II | 0 | 1"]


def test_the_chapter_of_the_index_diagnosis_is_no_negative_control(controls):
    pool = POOL.replace("M54", "C50")
    assert controls("", pool=pool) == ["7 | II | null | null", "7 | IX | 0 | 0"]


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("2010-06-02", "2013-05-31", "0 | 0"),
        ("2010-06-03", "2013-05-31", "null | null"),
        ("2010-06-02", "2013-05-30", "null | null"),
    ],
)
def test_the_register_of_contacts_must_reach_both_windows(controls, first, last, found):
    params = {"contacts_first_date": first, "contacts_last_date": last}
    assert controls("", chapters=["IX"], params=params) == [f"7 | IX | {found}"]


@pytest.mark.parametrize(
    ("start", "until"), [("2010-06-03", "2021-01-01"), ("2006-01-01", "2013-05-31")]
)
def test_who_is_not_in_the_country_throughout_has_no_days(controls, start, until):
    seen = f"person_id | start_date | until_date\n 7 | {start} | {until}"
    assert controls("", chapters=["IX"], seen=seen) == ["7 | IX | null | null"]
