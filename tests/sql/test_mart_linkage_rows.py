SHOW = "sector, year, debitor_code, age_years, sex_code, arm, has_key, is_linked, n_rows"


def test_contacts_are_counted_with_what_is_known_of_the_patient(run_model):
    given = {
        "stg_npr__contacts": """
            npr_id | sector | start_date | debitor_code
            n1     | SOM    | 2010-01-01 | 1
            n1     | SOM    | 2010-07-01 | 1
            n2     | PHV    | 2011-01-01 | 20
        """,
        "mart_linkage_patients": """
            npr_id | is_linked | is_treated | sex_code | birth_year
            n1     | true      | false      | 2        | 1970
            n2     | false     | true       | null     | null
        """,
    }
    assert run_model("mart_linkage_rows", given=given, show=SHOW) == [
        "PHV | 2011 | 20 | null | unknown | treated | true | false | 1",
        "SOM | 2010 | 1 | 40 | 2 | comparator | true | true | 2",
    ]


def test_contacts_without_a_key_are_counted_by_their_own_code(run_model):
    given = {
        "stg_npr__contacts": """
            npr_id | sector | start_date | debitor_code | npr_link_status_code | broken_rule
            null   | SOM    | 2010-01-01 | 20           | 1                    | missing_key
            n1     | SOM    | 2010-01-01 | 1            | 4                    | null
            n1     | SOM    | 2010-01-01 | 1            | 1                    | invalid_date
        """,
        "mart_linkage_patients": "npr_id | is_linked | is_treated\n n1 | true | true",
    }
    params = {"debitor_codes": ["20"]}
    assert run_model("mart_linkage_rows", given=given, params=params, show=SHOW) == [
        "SOM | 2010 | 1 | null | unknown | comparator | false | false | 1",
        "SOM | 2010 | 20 | null | unknown | treated | false | false | 1",
    ]


def test_text_that_no_code_list_knows_reaches_no_report(run_model):
    given = {
        "stg_npr__contacts": """
            npr_id | sector   | start_date | debitor_code | broken_rule
            null   | CANARY-1 | null       | CANARY-2     | missing_key
            null   | null     | 1950-01-01 | null         | missing_key
        """,
    }
    assert run_model("mart_linkage_rows", given=given, show=SHOW) == [
        "unknown | unknown | other | null | unknown | comparator | false | false | 1",
        "unknown | unknown | unknown | null | unknown | comparator | false | false | 1",
    ]
