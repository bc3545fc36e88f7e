import pytest


@pytest.fixture
def arms(models):
    def run(contacts, linked=("n1",)):
        models.clean()
        models.build("mart_linkage_levels")
        models.give("stg_npr__contacts", contacts)
        models.give("stg_link__persons", [{"npr_id": key, "ssb_id": key} for key in linked])
        models.give("stg_ssb__persons", [{"ssb_id": key} for key in linked])
        models.build("mart_linkage_patients", {"debitor_codes": ["20"]})
        models.build("mart_linkage_arms")
        show = "sector, year, arm, n_persons, n_persons_unlinked"
        return models.show("mart_linkage_arms", show)

    return run


def test_treated_in_one_sector_are_no_comparators_in_another(arms):
    drawn = """
        npr_id | sector | start_date | debitor_code
        n1     | SOM    | 2010-01-01 | 20
        n1     | PHV    | 2009-01-01 | 1
        n2     | PHV    | 2011-01-01 | 1
    """
    assert arms(drawn) == [
        "ALL | 2010 | treated | 1 | 0",
        "ALL | 2011 | comparator | 1 | 1",
        "PHV | 2011 | comparator | 1 | 1",
        "SOM | 2010 | treated | 1 | 0",
    ]


def test_the_year_is_that_of_the_first_treatment_or_the_first_contact(arms):
    drawn = """
        npr_id | sector | start_date | debitor_code
        n1     | SOM    | 2008-01-01 | 1
        n1     | SOM    | 2012-01-01 | 20
        n1     | SOM    | 2014-01-01 | 20
        n2     | SOM    | 2016-01-01 | 1
        n2     | SOM    | 2009-01-01 | 1
    """
    assert arms(drawn)[2:] == ["SOM | 2009 | comparator | 1 | 1", "SOM | 2012 | treated | 1 | 0"]
