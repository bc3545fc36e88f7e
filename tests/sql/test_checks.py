import pytest

SHOW = "file_index, row_number, rule_name, column_name"
USABLE = {
    "check_benefit_spells_are_usable": ("stg_nav__benefit_spells", "nav_benefit"),
    "check_contacts_are_usable": ("stg_npr__contacts", "npr_contact"),
    "check_education_are_usable": ("stg_ssb__education", "education"),
    "check_employment_are_usable": ("stg_nav__employment", "employment"),
    "check_institutions_are_usable": ("stg_npr__institutions", "institution"),
    "check_links_are_usable": ("stg_link__persons", "link"),
    "check_measures_are_usable": ("stg_nav__measures", "nav_measure"),
    "check_persons_are_usable": ("stg_ssb__persons", "person"),
    "check_residence_are_usable": ("stg_ssb__residence", "residence"),
}


@pytest.fixture
def check(run_model):
    def run(name, table, drawn, **params):
        return run_model(name, given={table: drawn}, params=params, show=SHOW)

    return run


@pytest.mark.parametrize("name", USABLE)
def test_quarantined_rows_and_rejected_lines_of_the_table_are_found(run_model, name):
    table, canonical = USABLE[name]
    staged = """
        file_index | row_number | broken_rule | broken_column
        1          | 1          | null        | null
        1          | 2          | missing_key | some_column
    """
    rejects = f"""
        file_index | row_number | table_name  | rule
        1          | 3          | {canonical} | too_many_columns
        2          | 1          | other       | too_many_columns
    """
    assert run_model(name, given={table: staged, "raw_rejects": rejects}, show=SHOW) == [
        "1 | 2 | missing_key | some_column",
        "1 | 3 | too_many_columns | null",
    ]


def test_every_check_has_a_header_that_can_be_judged(models):
    # The new forms, which say what a failure means, are judged elsewhere.
    checks = [m for m in models.models.values() if m.layer == "check" and "-- means:" not in m.sql]
    for model in checks:
        assert model.fields["severity"] in {"contract", "error", "warning"}, model.name
        assert 0 <= float(model.fields["threshold"]) < 1, model.name
        assert model.fields["table"] in model.reads, model.name
        assert model.fields["what_to_do"], model.name
        assert set(SHOW.split(", ")) == set(models.columns[model.name]), model.name


def test_benefit_before_or_after_its_validity_is_found_and_one_on_the_edge_is_not(check):
    drawn = """
        row_number | benefit_code | start_date | until_date | broken_rule
        1          | AAP          | 2010-02-28 | 2010-04-01 | null
        2          | AAP          | 2010-03-01 | 2010-04-01 | null
        3          | RP           | 2010-01-01 | 2010-03-01 | null
        4          | RP           | 2010-01-01 | 2010-03-02 | null
        5          | SP           | 1950-01-01 | 1950-02-01 | null
        6          | UT           | 2014-12-31 | 2016-01-01 | missing_key
    """
    name = "check_benefits_within_validity"
    assert check(name, "stg_nav__benefit_spells", drawn) == [
        "1 | 1 | outside_validity | start_date",
        "1 | 4 | outside_validity | end_date",
    ]


def test_contact_outside_the_days_covered_is_found_and_one_on_the_edge_is_not(check):
    drawn = """
        row_number | start_date | broken_rule
        1          | 2009-12-31 | null
        2          | 2010-01-01 | null
        3          | 2010-12-31 | null
        4          | 2011-01-01 | null
        5          | 2011-01-01 | missing_key
    """
    dates = {"contacts_first_date": "2010-01-01", "contacts_last_date": "2010-12-31"}
    name = "check_contacts_within_coverage"
    assert check(name, "stg_npr__contacts", drawn, **dates) == [
        "1 | 1 | outside_coverage | start_date",
        "1 | 4 | outside_coverage | start_date",
    ]


def test_debitor_code_outside_the_code_list_is_found_and_a_missing_one_is_not(check):
    drawn = """
        row_number | debitor_code | broken_rule
        1          | 20           | null
        2          | 21           | null
        3          | null         | null
        4          | GR           | null
        5          | 21           | missing_key
    """
    assert check("check_debitor_codes_are_known", "stg_npr__contacts", drawn) == [
        "1 | 2 | unknown_code | debitor_code"
    ]


@pytest.mark.parametrize("column", ["npr_id", "nav_id", "ssb_id"])
def test_key_in_two_link_rows_is_found_in_both(check, column):
    rows = [
        {"npr_id": "n1", "nav_id": "v1", "ssb_id": "s1"},
        {"npr_id": "n2", "nav_id": "v2", "ssb_id": "s2"},
        {"npr_id": "n3", "nav_id": "v3", "ssb_id": "s3"},
    ]
    rows[2] = rows[2] | {column: rows[0][column]}
    assert check("check_link_is_one_to_one", "stg_link__persons", rows) == [
        f"1 | 1 | duplicate_key | {column}",
        f"1 | 3 | duplicate_key | {column}",
    ]


def test_links_without_nav_key_and_broken_links_are_no_duplicates(check):
    drawn = """
        npr_id | nav_id | ssb_id | broken_rule
        n1     | null   | s1     | null
        n2     | null   | s2     | null
        n2     | null   | null   | missing_key
        null   | null   | s2     | missing_key
    """
    assert check("check_link_is_one_to_one", "stg_link__persons", drawn) == []


def test_person_in_two_rows_is_found_in_both(check):
    drawn = """
        ssb_id | broken_rule
        s1     | null
        s2     | null
        s1     | null
        s2     | invalid_date
    """
    assert check("check_persons_are_unique", "stg_ssb__persons", drawn) == [
        "1 | 1 | duplicate_key | ssb_id",
        "1 | 3 | duplicate_key | ssb_id",
    ]


def test_contact_that_npr_could_not_tie_to_a_person_is_found(check):
    drawn = """
        row_number | npr_link_status_code
        1          | 4
        2          | 1
        3          | 5
        4          | null
    """
    assert check("check_contacts_have_person_key", "stg_npr__contacts", drawn) == [
        "1 | 1 | no_person_key | npr_link_status_code"
    ]


@pytest.mark.parametrize(
    ("name", "table", "key"),
    [
        ("check_contacts_are_linked", "stg_npr__contacts", "npr_id"),
        ("check_benefits_are_linked", "stg_nav__benefit_spells", "nav_id"),
    ],
)
def test_row_whose_person_is_not_linked_is_found(run_model, name, table, key):
    given = {
        table: f"row_number | {key}\n 1 | K1\n 2 | k1\n 3 | K2\n 4 | K3",
        "stg_link__persons": f"{key} | ssb_id\n K1 | S1\n K2 | S2",
        "stg_ssb__persons": "ssb_id\n S1",
    }
    assert run_model(name, given=given, show="row_number, rule_name, column_name") == [
        f"{number} | not_linked | {key}" for number in (2, 3, 4)
    ]
