import pytest

SHOW = "person_id, is_linked, sex_code, birth_year"


@pytest.fixture
def persons(run_model):
    def run(drawn, show=SHOW):
        keys = "person_id | ssb_id | random_order\n 1 | s1 | 11\n 2 | s2 | 22\n 3 | null | 33"
        return run_model(
            "core_persons", given={"stg_ssb__persons": drawn, "core_person_keys": keys}, show=show
        )

    return run


def test_person_known_to_ssb_is_linked_and_described(persons):
    drawn = """
    ssb_id | sex_code | birth_year | birth_month | death_date | emigration_date | immigration_date
    s1     | 2        | 1970       | 11          | 2012-01-01 | 2011-01-01      | 2009-01-01
    """
    show = f"{SHOW}, birth_month, random_order, death_date, emigration_date, immigration_date"
    shown = "1 | true | 2 | 1970 | 11 | 11 | 2012-01-01 | 2011-01-01 | 2009-01-01"
    assert persons(drawn, show)[0] == shown


def test_everybody_else_is_kept_as_not_linked(persons):
    assert persons("ssb_id | sex_code | birth_year\n s1 | 2 | 1970\n s9 | 1 | 1980") == [
        "1 | true | 2 | 1970",
        "2 | false | null | null",
        "3 | false | null | null",
    ]


def test_linked_person_of_unknown_sex_is_still_linked(persons):
    assert persons("ssb_id | birth_year\n s1 | 1970")[0] == "1 | true | null | 1970"


def test_person_whose_row_is_broken_is_not_linked(persons):
    drawn = "ssb_id | sex_code | birth_year | broken_rule\n s1 | 2 | 1970 | invalid_date"
    assert persons(drawn)[0] == "1 | false | null | null"
