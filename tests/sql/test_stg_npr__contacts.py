import pytest


@pytest.fixture
def contacts(run_model):
    def run(drawn, show="broken_rule, broken_column"):
        return run_model("stg_npr__contacts", given={"raw_npr__contacts": drawn}, show=show)

    return run


def test_the_writings_of_one_debitor_code_are_one_code(contacts):
    drawn = """
        debitor_code
        20
        020
        20.0
        020.00
    """
    assert contacts(drawn, show="debitor_code") == ["20"] * 4


def test_a_code_that_ends_in_zero_keeps_it(contacts):
    assert contacts(
        """
        debitor_code
        200
        2.00
        0
        """,
        show="debitor_code",
    ) == ["", "2", "200"]


def test_debitor_code_in_letters_is_kept_in_upper_case(contacts):
    assert contacts("debitor_code\n gr", show="debitor_code") == ["GR"]


def test_missing_codes_stay_missing(contacts):
    show = "care_level_code, contact_type_code, debitor_code, main_icd10_code, npr_link_status_code"
    assert contacts("npr_id\n n1", show=show) == ["null | null | null | null | null"]


def test_care_level_contact_type_and_link_status_lose_zeros(contacts):
    assert (
        contacts(
            """
        care_level_code | contact_type_code | npr_link_status_code
        03              | 5.0               | 04
        3.0             | 05                | 4.0
        """,
            show="care_level_code, contact_type_code, npr_link_status_code",
        )
        == ["3 | 5 | 4"] * 2
    )


def test_icd10_loses_dots_commas_blanks_and_lower_case(contacts):
    drawn = """
        main_icd10_code
        M54.5
        m54,5
        M 545
        M54.5*
        M545
    """
    assert contacts(drawn, show="main_icd10_code") == ["M545"] * 5


def test_icd10_of_signs_only_is_missing(contacts):
    assert contacts(
        """
        main_icd10_code | secondary_icd10_codes
        .               | -
        """,
        show="main_icd10_code, secondary_icd10_codes",
    ) == ["null | null"]


def test_secondary_codes_are_cleaned_and_stay_apart(contacts):
    drawn = """
        secondary_icd10_codes
        m54.5|F32,1
    """
    assert contacts(drawn, show="secondary_icd10_codes") == ["M545|F321"]


def test_sector_is_read_in_any_case(contacts):
    assert contacts("sector\n som", show="sector, broken_rule") == ["SOM | null"]


def test_empty_end_date_is_the_start_date(contacts):
    drawn = "start_date | end_date\n 2010-02-01 | null"
    assert contacts(drawn, show="start_date, end_date") == ["2010-02-01 | 2010-02-01"]


def test_usable_contact_breaks_no_rule(contacts):
    assert contacts("npr_id\n n1") == ["null | null"]


@pytest.mark.parametrize(
    ("drawn", "broken"),
    [
        ("npr_id\n null", "missing_key | npr_id"),
        ("sector\n null", "unknown_code | sector"),
        ("sector\n XXX", "unknown_code | sector"),
        ("start_date\n null", "missing_date | start_date"),
        ("start_date\n 2010-02-30", "invalid_date | start_date"),
        ("start_date\n 1899-12-31", "invalid_date | start_date"),
        ("start_date\n 2101-01-01", "invalid_date | start_date"),
        ("end_date\n soon", "invalid_date | end_date"),
        ("end_date\n 2101-01-01", "invalid_date | end_date"),
        ("start_date | end_date\n 2010-01-02 | 2010-01-01", "end_before_start | end_date"),
    ],
)
def test_row_that_cannot_be_used_says_which_rule_it_breaks(contacts, drawn, broken):
    assert contacts(drawn) == [broken]


@pytest.mark.parametrize("day", ["1900-01-01", "2100-12-31"])
def test_first_and_last_allowed_year_are_valid(contacts, day):
    assert contacts(f"start_date | end_date\n {day} | {day}") == ["null | null"]


def test_first_broken_rule_is_the_one_told(contacts):
    assert contacts("npr_id | sector\n null | XXX") == ["missing_key | npr_id"]


def test_every_delivered_row_is_kept_with_its_place(contacts):
    drawn = """
        file_index | row_number | npr_id
        1          | 1          | n1
        1          | 2          | null
        2          | 1          | n1
    """
    assert contacts(drawn, show="file_index, row_number") == ["1 | 1", "1 | 2", "2 | 1"]


def test_date_of_seven_digits_is_ambiguous_and_goes_to_quarantine(run_model):
    drawn = "npr_id | sector | start_date\n N1 | SOM | 2010113"
    rows = run_model(
        "stg_npr__contacts", given={"raw_npr__contacts": drawn}, show="broken_rule, broken_column"
    )
    assert rows == ["invalid_date | start_date"]
