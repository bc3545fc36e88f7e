import pytest

SETS = """
    matched_set_id | person_id | is_treated | index_date
    1              | 1         | true       | 2011-03-01
    1              | 8         | false      | 2011-05-01
    2              | 2         | true       | 2012-03-01
    3              | 3         | true       | 2013-03-01
    4              | 4         | true       | 2014-03-01
"""
INDEX = """
    person_id | index_date | course_start_date
    1         | 2011-03-01 | 2011-03-01
    2         | 2012-03-01 | 2012-03-01
    3         | 2013-03-01 | 2012-12-01
    4         | 2014-03-01 | 2014-03-01
"""
CONTACTS = """
    person_id | start_date | debitor_code | is_patient_present | institution_id
    1         | 2011-03-01 | 20           | true               | 900
    1         | 2011-03-01 | 1            | true               | 100
    1         | 2011-03-08 | 20           | true               | 200
    2         | 2012-03-01 | 20           | true               | 900
    2         | 2012-03-01 | 20           | false              | 100
    3         | 2012-12-01 | 20           | true               | 300
    3         | 2013-03-01 | 20           | true               | 900
    4         | 2014-03-01 | 20           | true               | null
    8         | 2011-05-01 | 1            | true               | 900
"""


@pytest.fixture
def services(run_model):
    def run(contacts=CONTACTS, show="matched_set_id, index_year, service"):
        given = {"mart_matched_sets": SETS, "mart_treated_index": INDEX, "core_contacts": contacts}
        params = {"debitor_codes": ["20"]}
        return run_model("mart_set_services", given=given, params=params, show=show)

    return run


def test_the_service_is_the_institution_of_the_contact_that_began_the_course(services):
    found = [row.split(" | ") for row in services()]
    assert [(row[0], row[1]) for row in found] == [
        ("1", "2011"),
        ("2", "2012"),
        ("3", "2013"),
        ("4", "2014"),
    ]
    number = {row[0]: row[2] for row in found}
    assert number["1"] == number["2"], "both of 900"
    assert number["3"] != number["1"], "the start of the course, not its end"
    assert number["4"] == "null"
    assert {number["1"], number["3"]} == {"1", "2"}


def test_of_several_institutions_on_one_day_the_first_in_the_alphabet_counts(services):
    twice = CONTACTS + "    2 | 2012-03-01 | 20 | true | 300\n"
    found = dict(row.split(" | ") for row in services(twice, "matched_set_id, service"))
    assert found["2"] == found["3"]


def test_the_number_does_not_hang_on_the_order_of_rows(services):
    lines = CONTACTS.strip("\n").split("\n")
    turned = "\n".join([lines[0], *lines[:0:-1]])
    assert services(turned) == services()
