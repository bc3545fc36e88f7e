import pytest


@pytest.fixture
def residence(run_model):
    def run(year, code, show="broken_rule, broken_column", person="s1"):
        drawn = f"ssb_id | year | municipality_code\n {person} | {year} | {code}"
        return run_model("stg_ssb__residence", given={"raw_ssb__residence": drawn}, show=show)

    return run


@pytest.mark.parametrize("code", ["0301", "301", "301.0"])
def test_lost_leading_zeros_come_back(residence, code):
    assert residence("2009.0", code, show="status_year, municipality_code, broken_rule") == [
        "2009 | 0301 | null"
    ]


@pytest.mark.parametrize(
    ("year", "code", "broken"),
    [
        ("1900", "0301", "null | null"),
        ("2100", "0301", "null | null"),
        ("2009", "null", "null | null"),
        ("1899", "0301", "invalid_number | year"),
        ("2101", "0301", "invalid_number | year"),
        ("null", "0301", "invalid_number | year"),
        ("2009", "Oslo", "unknown_code | municipality_code"),
        ("2009", "03011", "unknown_code | municipality_code"),
    ],
)
def test_row_that_cannot_be_used_says_which_rule_it_breaks(residence, year, code, broken):
    assert residence(year, code) == [broken]


def test_missing_key_is_told(residence):
    assert residence("2009", "0301", person="null") == ["missing_key | ssb_id"]
