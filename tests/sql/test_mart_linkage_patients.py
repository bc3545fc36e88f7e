import pytest

SHOW = "npr_id, is_linked, is_treated, first_year, first_treated_year"


@pytest.fixture
def patients(models):
    def run(contacts, show=SHOW, links="npr_id | ssb_id\n n1 | s1", persons="ssb_id\n s1", npr=""):
        models.clean()
        models.build("mart_linkage_levels")
        models.give("stg_npr__contacts", contacts)
        models.give("stg_link__persons", links)
        models.give("stg_ssb__persons", persons)
        if npr:
            models.give("stg_npr__persons", npr)
        models.build("mart_linkage_patients", {"debitor_codes": ["20"]})
        return models.show("mart_linkage_patients", show)

    return run


def in_levels(dimension, column):
    """SQL of the levels that the bits of a column stand for."""
    return (
        "(select string_agg(level, ' ' order by level) from mart_linkage_levels"
        f" where dimension = '{dimension}' and ({column} >> place) & 1 = 1)"
    )


def test_a_patient_is_one_row_linked_when_the_link_leads_to_a_person_of_ssb(patients):
    drawn = """
        npr_id | sector | start_date | debitor_code
        n1     | SOM    | 2010-01-01 | 1
        n1     | PHV    | 2012-05-01 | 20
        n2     | SOM    | 2011-01-01 | 1
        n3     | SOM    | 2011-01-01 | 1
    """
    links = "npr_id | ssb_id\n n1 | s1\n n3 | s9"
    assert patients(drawn, links=links) == [
        "n1 | true | true | 2010 | 2012",
        "n2 | false | false | 2011 | null",
        "n3 | false | false | 2011 | null",
    ]


def test_the_levels_are_those_of_the_contacts(patients):
    drawn = """
        npr_id | sector | start_date | debitor_code
        n1     | SOM    | 2010-01-01 | 1
        n1     | PHV    | 2012-05-01 | 20
        n1     | SOM    | 2012-06-01 | XX
        n1     | SOM    | 1950-06-01 | null
    """
    show = ", ".join(
        [
            in_levels("sector", "sector_bits"),
            in_levels("sector", "treated_sector_bits"),
            in_levels("debitor_code", "debitor_bits"),
            in_levels("year", "year_bits"),
        ]
    )
    assert patients(drawn, show=show) == ["PHV SOM | PHV | 1 20 other unknown | 2010 2012 unknown"]


def test_contacts_without_a_usable_key_and_broken_rows_make_no_patient(patients):
    drawn = """
        npr_id | sector | start_date | npr_link_status_code | broken_rule
        n1     | SOM    | 2010-01-01 | 4                    | null
        null   | SOM    | 2010-01-01 | 1                    | missing_key
        n2     | SOM    | 2010-01-01 | 1                    | invalid_date
        n3     | SOM    | 2010-01-01 | 5                    | null
        n4     | SOM    | 2010-01-01 | null                 | null
    """
    assert patients(drawn, show="npr_id") == ["n3", "n4"]


def test_age_and_sex_come_from_nprs_person_file_and_two_of_them_are_unknown(patients):
    contacts = "npr_id | sector | start_date\n n1|SOM|2010-01-01".replace("|", " | ")
    contacts += "\n n2 | SOM | 2010-01-01\n n3 | SOM | 2010-01-01"
    npr = """
        npr_id | sex_code | birth_year | broken_rule
        n1     | 1        | 1970       | null
        n2     | 1        | 1970       | null
        n2     | 2        | 1970       | null
        n3     | 1        | 1970       | missing_key
    """
    assert patients(contacts, show="npr_id, sex_code, birth_year", npr=npr) == [
        "n1 | 1 | 1970",
        "n2 | null | 1970",
        "n3 | null | null",
    ]
