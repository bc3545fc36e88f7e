import pytest


@pytest.fixture
def employment(run_model):
    def run(drawn, show="broken_rule, broken_column"):
        return run_model(
            "stg_nav__employment",
            given={"raw_nav__employment": drawn},
            params={"benefits_last_date": "2019-12-31"},
            show=show,
        )

    return run


def test_inclusive_last_day_becomes_half_open_and_empty_means_ongoing(employment):
    drawn = """
        start_date | end_date
        2010-01-01 | 2010-01-31
        2011-01-01 | null
    """
    assert employment(drawn, show="start_date, until_date") == [
        "2010-01-01 | 2010-02-01",
        "2011-01-01 | 2020-01-01",
    ]


def test_position_is_read_with_comma(employment):
    assert employment("position_percent\n 37,5", show="position_percent") == ["37.5"]


@pytest.mark.parametrize(
    ("drawn", "broken"),
    [
        ("ssb_id\n s1", "null | null"),
        ("ssb_id\n null", "missing_key | ssb_id"),
        ("employer_id\n null", "missing_key | employer_id"),
        ("start_date\n null", "missing_date | start_date"),
        ("start_date\n 2010-13-01", "invalid_date | start_date"),
        ("end_date\n soon", "invalid_date | end_date"),
        ("start_date | end_date\n 2010-01-02 | 2010-01-01", "end_before_start | end_date"),
        ("start_date | end_date\n 2010-01-02 | 2010-01-02", "null | null"),
    ],
)
def test_row_that_cannot_be_used_says_which_rule_it_breaks(employment, drawn, broken):
    assert employment(drawn) == [broken]
