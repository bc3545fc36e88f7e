import pytest

PARAMS = {
    "debitor_codes": ["20", "21"],
    "replaces_z_codes": True,
}


@pytest.fixture
def days(run_model):
    def run(drawn, show="person_id, sector, start_date", **params):
        return run_model(
            "mart_study_contacts", given={"core_contacts": drawn}, params=PARAMS | params, show=show
        )

    return run


def test_contacts_of_every_sector_are_kept_because_washout_looks_at_all(days):
    drawn = "person_id | sector\n 1 | SOM\n 1 | PHV\n 1 | ARR"
    assert days(drawn, "sector") == ["ARR", "PHV", "SOM"]


def test_contact_with_any_of_the_debitor_codes_is_a_treatment(days):
    drawn = """
        person_id | debitor_code
        1         | 20
        2         | 21
        3         | 1
        4         | null
    """
    assert days(drawn, "person_id, has_treatment_code, is_treatment") == [
        "1 | true | true",
        "2 | true | true",
        "3 | false | false",
        "4 | false | false",
    ]


def test_indirect_contact_is_never_a_treatment_but_keeps_its_code(days):
    drawn = "person_id | debitor_code | is_patient_present\n 1 | 20 | false"
    show = "is_patient_present, has_treatment_code, is_treatment, treatment_contact_count"
    assert days(drawn, show) == ["false | true | false | 0"]


def test_contacts_of_one_day_are_one_row_that_counts_the_treatments(days):
    drawn = """
        person_id | debitor_code | is_patient_present
        1         | 20           | true
        1         | 20           | true
        1         | 20           | false
        1         | 1            | true
    """
    show = "is_patient_present, has_treatment_code, is_treatment, treatment_contact_count"
    assert days(drawn, show) == ["true | true | true | 2"]


def test_two_sectors_on_one_day_are_two_rows(days):
    drawn = """
        person_id | sector | debitor_code
        1         | SOM    | 20
        1         | PHV    | 1
    """
    assert days(drawn, "sector, is_treatment") == ["PHV | false", "SOM | true"]


def test_day_lasts_until_the_latest_end(days):
    drawn = "person_id | end_date\n 1 | 2010-01-05\n 1 | 2010-01-01"
    assert days(drawn, "start_date, end_date") == ["2010-01-01 | 2010-01-05"]


def test_treatment_goes_before_a_lower_care_level(days):
    drawn = """
        person_id | debitor_code | care_level_code | is_outpatient | main_icd10_code
        1         | 1            | 1               | false         | A000
        1         | 20           | 3               | true          | M545
    """
    assert days(drawn, "is_outpatient, diagnosis") == ["true | M545"]


def test_contact_with_the_patient_present_goes_before_an_indirect_one(days):
    drawn = """
        person_id | is_patient_present | care_level_code | is_outpatient | main_icd10_code
        1         | false              | 1               | false         | A000
        1         | true               | 3               | true          | M545
    """
    assert days(drawn, "is_outpatient, diagnosis") == ["true | M545"]


def test_lowest_care_level_goes_before_the_lowest_diagnosis(days):
    drawn = """
        person_id | care_level_code | is_outpatient | main_icd10_code
        1         | 3               | true          | A000
        1         | 1               | false         | M545
    """
    assert days(drawn, "is_outpatient, diagnosis") == ["false | M545"]


def test_lowest_diagnosis_decides_last_and_a_missing_one_comes_after(days):
    drawn = """
        person_id | main_icd10_code
        1         | null
        1         | M545
        1         | F321
    """
    assert days(drawn, "diagnosis") == ["F321"]


def test_row_order_never_matters(days):
    rows = ["20 | 3 | M545", "20 | 3 | F321", "1 | 1 | A000", "20 | null | null"]
    head = "person_id | debitor_code | care_level_code | main_icd10_code"
    drawings = [[head, *(f"1 | {row}" for row in order)] for order in (rows, rows[::-1])]
    forwards, backwards = (days("\n".join(drawn), "*") for drawn in drawings)
    assert forwards == backwards


@pytest.mark.parametrize(
    ("main", "secondary", "diagnosis"),
    [
        ("Z501", "M545|F321", "M545"),
        ("Z501", "Z715|F321", "F321"),
        ("Z501", "Z715", "Z501"),
        ("Z501", "null", "Z501"),
        ("Z501", "|M545", "M545"),
        ("M545", "F321", "M545"),
        ("null", "F321", "null"),
    ],
)
def test_main_code_from_chapter_z_gives_way_to_the_first_other_code(
    days, main, secondary, diagnosis
):
    drawn = f"person_id | main_icd10_code | secondary_icd10_codes\n 1 | {main} | {secondary}"
    assert days(drawn, "diagnosis") == [diagnosis]


def test_z_code_stays_when_the_study_says_so(days):
    drawn = "person_id | main_icd10_code | secondary_icd10_codes\n 1 | Z501 | M545"
    assert days(drawn, "diagnosis", replaces_z_codes=False) == ["Z501"]


def test_the_institution_is_that_of_the_contact_which_speaks_for_the_day(days):
    drawn = """
        person_id | debitor_code | institution_id | main_icd10_code
        1         | 1            | 974000001      | A00
        1         | 20           | 974000003      | M54
        1         | 20           | 974000002      | M54
        2         | 20           | null           | M54
    """
    # The treatment goes before the other contact; two alike are told apart by the institution.
    assert days(drawn, "person_id, institution_id, diagnosis") == [
        "1 | 974000002 | M54",
        "2 | null | M54",
    ]
