import pytest


@pytest.fixture
def education(run_model):
    def run(year, code, show="broken_rule, broken_column", person="s1"):
        drawn = f"ssb_id | year | nus2000_code\n {person} | {year} | {code}"
        return run_model("stg_ssb__education", given={"raw_ssb__education": drawn}, show=show)

    return run


def test_level_is_the_first_of_six_characters(education):
    show = "status_year, nus2000_code, education_level_code, broken_rule"
    assert education("2009", "641112", show=show) == ["2009 | 641112 | 6 | null"]


@pytest.mark.parametrize("code", ["010101", "10101", "10101.0"])
def test_lost_leading_zeros_come_back(education, code):
    assert education("2009.0", code, show="status_year, nus2000_code, education_level_code") == [
        "2009 | 010101 | 0"
    ]


def test_missing_code_is_no_fault(education):
    assert education("2009", "null", show="education_level_code, broken_rule") == ["null | null"]


@pytest.mark.parametrize(
    ("year", "code", "broken"),
    [
        ("1900", "641112", "null | null"),
        ("2100", "641112", "null | null"),
        ("1899", "641112", "invalid_number | year"),
        ("2101", "641112", "invalid_number | year"),
        ("null", "641112", "invalid_number | year"),
        ("last", "641112", "invalid_number | year"),
        ("2009", "64111X", "unknown_code | nus2000_code"),
        ("2009", "6411120", "unknown_code | nus2000_code"),
    ],
)
def test_row_that_cannot_be_used_says_which_rule_it_breaks(education, year, code, broken):
    assert education(year, code) == [broken]


def test_missing_key_is_told(education):
    assert education("2009", "641112", person="null") == ["missing_key | ssb_id"]


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("2009-10-01", 2009),
        ("2009-10-02", 2010),
        ("2009-06", 2009),
        ("2009-10", 2009),
        ("2009-11", 2010),
        ("2009", 2009),
    ],
)
def test_the_date_of_a_change_counts_from_the_next_first_of_october(education, date, year):
    assert education(date, "641112", show="status_year") == [str(year)]
