"""Whether work-directed care is seen in the sector in the year from the index date, 2010-06-01."""

import pytest

SETS = """
    matched_set_id | person_id | is_treated | index_date | sector
    1              | 7         | true       | 2010-06-01 | SOM
"""
HEADING = "person_id | start_date | main_icd10_code | procedure_codes | sector\n"


@pytest.fixture
def marks(run_model):
    def run(contact, heading=HEADING):
        given = {"mart_matched_sets": SETS}
        if contact:
            given["core_contacts"] = heading + contact
        return run_model("mart_coding_marks", given=given, show="person_id, index_year, has_mark")

    return run


@pytest.mark.parametrize(
    "contact",
    [
        "7 | 2010-06-01 | M545 | OACA00 | SOM",
        "7 | 2011-05-31 | M545 | OACA00 | SOM",
        "7 | 2010-07-01 | M545 | XX1|wmdv00 | SOM",
        "7 | 2010-07-01 | Z507 | null | SOM",
        "7 | 2010-07-01 | Z562 | null | SOM",
    ],
)
def test_a_work_directed_code_from_the_index_date_on_is_a_mark(marks, contact):
    assert marks(contact) == ["7 | 2010 | true"]


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "7 | 2010-05-31 | M545 | OACA00 | SOM",
        "7 | 2011-06-01 | M545 | OACA00 | SOM",
        "7 | 2010-07-01 | M545 | OACA00 | ARR",
        "8 | 2010-07-01 | M545 | OACA00 | SOM",
        "7 | 2010-07-01 | M545 | OACA01 | SOM",
        "7 | 2010-07-01 | null | null | SOM",
    ],
)
def test_other_days_sectors_persons_and_codes_are_none(marks, contact):
    assert marks(contact) == ["7 | 2010 | false"]


def test_an_absent_patient_has_no_mark(marks):
    heading = "person_id | start_date | procedure_codes | is_patient_present\n"
    assert marks("7 | 2010-07-01 | OACA00 | false", heading) == ["7 | 2010 | false"]


def test_several_marks_are_one_row(marks):
    contacts = "7 | 2010-07-01 | Z507 | OACA00 | SOM\n 7 | 2010-08-01 | Z507 | null | SOM"
    assert marks(contacts) == ["7 | 2010 | true"]
