import pytest


@pytest.fixture
def persons(run_model):
    def run(drawn, show="broken_rule, broken_column"):
        return run_model("stg_ssb__persons", given={"raw_ssb__persons": drawn}, show=show)

    return run


def test_the_writings_of_man_and_woman_are_one_code_each(persons):
    drawn = """
        sex_code
        1
        01
        1.0
        2
        2.0
    """
    assert persons(drawn, show="sex_code") == ["1", "1", "1", "2", "2"]


@pytest.mark.parametrize("code", ["0", "9", "3", "null"])
def test_any_other_sex_is_unknown_and_no_fault(persons, code):
    assert persons(f"sex_code\n {code}", show="sex_code, broken_rule") == ["null | null"]


def test_birth_year_and_month_are_read_with_a_zero_decimal(persons):
    drawn = "birth_year | birth_month\n 1970.0 | 7.0"
    assert persons(drawn, show="birth_year, birth_month") == ["1970 | 7"]


@pytest.mark.parametrize(
    ("drawn", "broken"),
    [
        ("ssb_id\n s1", "null | null"),
        ("ssb_id\n null", "missing_key | ssb_id"),
        ("birth_year\n null", "invalid_number | birth_year"),
        ("birth_year\n unknown", "invalid_number | birth_year"),
        ("birth_year\n 1849", "invalid_number | birth_year"),
        ("birth_year\n 1850", "null | null"),
        ("birth_year\n 2100", "null | null"),
        ("birth_year\n 2101", "invalid_number | birth_year"),
        ("death_date\n x", "invalid_date | death_date"),
        ("emigration_date\n x", "invalid_date | emigration_date"),
        ("immigration_date\n x", "invalid_date | immigration_date"),
    ],
)
def test_row_that_cannot_be_used_says_which_rule_it_breaks(persons, drawn, broken):
    assert persons(drawn) == [broken]


def test_death_in_a_year_of_two_digits_is_an_invalid_date(run_model):
    drawn = "ssb_id | birth_year | death_date\n S1 | 1970 | 01.02.10"
    rows = run_model(
        "stg_ssb__persons", given={"raw_ssb__persons": drawn}, show="broken_rule, broken_column"
    )
    assert rows == ["invalid_date | death_date"]


def test_year_and_month_of_birth_may_stand_together(persons):
    drawn = "birth_year | birth_month\n 197507 | 197507\n 197512.0 | 197512.0"
    assert persons(drawn, show="birth_year, birth_month") == ["1975 | 7", "1975 | 12"]


def test_country_of_birth_gets_its_zeros_back_and_letters_stay(persons):
    drawn = """
        birth_country
        000
        0
        106.0
        nor
        null
    """
    assert persons(drawn, show="birth_country") == ["000", "000", "106", "NOR", "null"]


def test_immigration_category_is_one_letter_in_upper_case(persons):
    drawn = 'immigration_category\n b\n "A "\n null'
    assert persons(drawn, show="immigration_category") == ["A", "B", "null"]
