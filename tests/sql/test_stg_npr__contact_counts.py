import pytest

SHOW = "sector, start_month, debitor_code, institution_id, link_state, n_contacts"
CONTACTS = """
    file_index | npr_id | start_date | end_date   | debitor_code | institution_id | broken_rule
    1          | n1     | 2010-01-01 | 2010-01-01 | 20           | 1              | null
    1          | n1     | 2010-01-31 | 2010-02-02 | 20           | 1              | null
    1          | n1     | 2010-02-01 | 2010-02-01 | 20           | 1              | null
    1          | n1     | 2010-02-01 | 2010-02-01 | null         | null           | null
    1          | n1     | 2010-02-01 | 2010-02-01 | 20           | 1              | unknown_code
    1          | n2     | 2010-02-01 | 2010-02-01 | 1            | 1              | null
    1          | n3     | 2010-02-01 | 2010-02-01 | 1            | 1              | null
"""
UNDRAWN = {"npr_id": "n1", "sector": "SOM"}
LINKS = "npr_id | ssb_id\n n1 | s1\n n2 | s2"
PERSONS = "ssb_id | birth_year | death_date\n s1 | 1970 | 2010-01-15"


@pytest.fixture
def count(run_model):
    def run(contacts, links=LINKS, persons=PERSONS, *, show, **given):
        tables = {
            "stg_npr__contacts": contacts,
            "stg_link__persons": links,
            "stg_ssb__persons": persons,
        }
        return run_model(
            "stg_npr__contact_counts", given=tables | given, undrawn=UNDRAWN, show=show
        )

    return run


def test_usable_contacts_are_counted_by_month_code_institution_and_link(count):
    assert count(CONTACTS, show=SHOW) == [
        "SOM | 2010-01-01 | 20 | 1 | linked | 2",
        "SOM | 2010-02-01 | 1 | 1 | no_ssb_person | 1",
        "SOM | 2010-02-01 | 1 | 1 | not_in_link | 1",
        "SOM | 2010-02-01 | 20 | 1 | linked | 1",
        "SOM | 2010-02-01 | null | null | linked | 1",
    ]


def test_a_death_is_passed_on_the_day_after_and_a_night_is_one_that_ends_later(count):
    drawn = """
        start_date | end_date
        2010-01-14 | 2010-01-14
        2010-01-15 | 2010-01-16
        2010-01-16 | 2010-01-16
    """
    assert count(drawn, show="n_contacts, n_after_death, n_zero_nights") == ["3 | 1 | 2"]


def test_a_contact_in_the_year_of_birth_is_not_before_it(count):
    drawn = "start_date\n 1969-12-31\n 1970-01-01"
    shown = count(drawn, show="start_month, n_contacts, n_before_birth")
    assert shown == ["1969-12-01 | 1 | 1", "1970-01-01 | 1 | 0"]


def test_contacts_that_npr_could_not_tie_to_a_person_are_counted(count):
    drawn = "npr_link_status_code\n 4\n 1\n null"
    assert count(drawn, show="n_contacts, n_without_person_key") == ["3 | 1"]


def test_a_key_in_two_link_rows_does_not_count_a_contact_twice(count):
    links = "npr_id | ssb_id\n n1 | s1\n n1 | s2"
    assert count("npr_id\n n1", links, show="link_state, n_contacts") == ["linked | 1"]


def test_broken_links_and_persons_lead_nowhere(count):
    links = "npr_id | ssb_id | broken_rule\n n1 | s1 | missing_key\n n2 | s2 | null"
    persons = "ssb_id | birth_year | broken_rule\n s2 | 1970 | invalid_date"
    contacts = "npr_id\n n1\n n2"
    assert count(contacts, links, persons, show="link_state, n_contacts") == [
        "no_ssb_person | 1",
        "not_in_link | 1",
    ]


def test_a_key_that_differs_from_a_link_in_zeros_space_or_case_only_is_near(count):
    links = "npr_id | ssb_id\n 0012 | s1\n ab | s2\n x | s3"
    contacts = "npr_id\n 12\n AB\n 0012\n 99\n 012\n 12"
    assert count(contacts, links, show="link_state, n_contacts") == [
        "linked | 1",
        "near_link | 4",
        "not_in_link | 1",
    ]


def test_the_first_row_of_those_counted_is_told_by_file(count):
    contacts = """
        file_index | row_number | npr_id | broken_rule
        1          | 3          | n1     | null
        1          | 2          | n1     | null
        1          | 1          | n1     | unknown_code
        2          | 5          | n1     | null
        2          | 4          | n3     | null
    """
    assert count(contacts, show="file_index, link_state, first_row, n_contacts") == [
        "1 | linked | 2 | 2",
        "2 | linked | 5 | 1",
        "2 | not_in_link | 4 | 1",
    ]
