import pytest


@pytest.fixture
def measures(run_model):
    def run(drawn, show="broken_rule, broken_column"):
        return run_model(
            "stg_nav__measures",
            given={"raw_nav__measures": drawn},
            params={"benefits_last_date": "2019-12-31"},
            show=show,
        )

    return run


def test_inclusive_last_day_becomes_half_open_and_empty_means_ongoing(measures):
    drawn = """
        start_date | end_date
        2010-01-01 | 2010-01-31
        2011-01-01 | null
    """
    assert measures(drawn, show="start_date, until_date") == [
        "2010-01-01 | 2010-02-01",
        "2011-01-01 | 2020-01-01",
    ]


@pytest.mark.parametrize(
    ("drawn", "broken"),
    [
        ("nav_id\n v1", "null | null"),
        ("nav_id\n null", "missing_key | nav_id"),
        ("measure_code\n null", "missing_key | measure_code"),
        ("start_date\n null", "missing_date | start_date"),
        ("start_date\n 2010-13-01", "invalid_date | start_date"),
        ("end_date\n soon", "invalid_date | end_date"),
        ("start_date | end_date\n 2010-01-02 | 2010-01-01", "end_before_start | end_date"),
        ("start_date | end_date\n 2010-01-02 | 2010-01-02", "null | null"),
    ],
)
def test_row_that_cannot_be_used_says_which_rule_it_breaks(measures, drawn, broken):
    assert measures(drawn) == [broken]
