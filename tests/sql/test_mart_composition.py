import pytest

PARAMS = {"first_index_date": "2010-01-01", "last_index_date": "2011-12-31"}
TWO_SECTORS = """
    person_id | sector | start_date | treatment_contact_count
    1         | SOM    | 2010-02-01 | 1
    1         | PHV    | 2010-11-01 | 2
    2         | SOM    | 2010-02-01 | 1
    3         | SOM    | 2010-02-01 | 1
"""


@pytest.fixture
def composition(run_model):
    def run(drawn, show="year, sector, n_persons", counts_person_sectors=True, **undrawn):
        return run_model(
            "mart_composition",
            given={"mart_study_contacts": drawn},
            params={**PARAMS, "counts_person_sectors": counts_person_sectors},
            undrawn={"is_treatment": "true", "treatment_contact_count": "1", **undrawn},
            show=show,
        )

    return run


def test_persons_count_once_in_each_year_and_sector(composition):
    assert composition("""
        person_id | start_date
        1         | 2010-02-01
        1         | 2010-12-31
        1         | 2011-01-01
        2         | 2010-02-01
    """) == ["2010 | ALL | 2", "2010 | SOM | 2", "2011 | ALL | 1", "2011 | SOM | 1"]


def test_contacts_that_are_no_treatment_do_not_count(composition):
    drawn = "person_id | start_date | is_treatment\n 1 | 2010-02-01 | false"
    assert composition(drawn) == []


def test_first_and_last_day_of_the_period_count_and_days_outside_do_not(composition):
    assert composition("""
        person_id | start_date
        1         | 2009-12-31
        2         | 2010-01-01
        3         | 2011-12-31
        4         | 2012-01-01
    """) == ["2010 | ALL | 1", "2010 | SOM | 1", "2011 | ALL | 1", "2011 | SOM | 1"]


def test_share_of_person_sectors_sums_to_one_over_the_sectors(composition):
    assert composition(TWO_SECTORS, "sector, n_persons, share") == [
        "ALL | 3 | 1.0",
        "PHV | 1 | 0.25",
        "SOM | 3 | 0.75",
    ]


def test_share_of_persons_has_each_person_of_the_year_once_below(composition):
    assert composition(TWO_SECTORS, "sector, round(share, 3)", counts_person_sectors=False) == [
        "ALL | 1.0",
        "PHV | 0.333",
        "SOM | 1.0",
    ]


def test_persons_in_two_sectors_are_counted_in_each_and_once_in_all(composition):
    show = "sector, n_multi_sector, round(share_multi_sector, 3)"
    assert composition(TWO_SECTORS, show) == ["ALL | 1 | 0.333", "PHV | 1 | 1.0", "SOM | 1 | 0.333"]


def test_two_sectors_in_different_years_are_not_multi_sector(composition):
    drawn = """
        person_id | sector | start_date
        1         | SOM    | 2010-12-31
        1         | PHV    | 2011-01-01
    """
    assert composition(drawn, "year, sector, n_multi_sector") == [
        "2010 | ALL | 0",
        "2010 | SOM | 0",
        "2011 | ALL | 0",
        "2011 | PHV | 0",
    ]


def test_every_treatment_contact_is_an_episode(composition):
    drawn = f"{TWO_SECTORS}\n 1 | SOM | 2010-03-01 | 4"
    assert composition(drawn, "sector, n_episodes") == ["ALL | 9", "PHV | 2", "SOM | 7"]


def test_sectors_outside_the_study_do_not_count(run_model):
    rows = run_model(
        "mart_composition",
        given={"mart_study_contacts": TWO_SECTORS},
        params={**PARAMS, "counts_person_sectors": True, "sectors": ["SOM"]},
        undrawn={"is_treatment": "true"},
        show="sector, n_persons, n_multi_sector",
    )
    assert rows == ["ALL | 3 | 0", "SOM | 3 | 0"]
