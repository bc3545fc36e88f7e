import pytest


@pytest.fixture
def spells(run_model):
    def run(drawn, show="broken_rule, broken_column", **params):
        return run_model(
            "stg_nav__benefit_spells",
            given={"raw_nav__benefit_spells": drawn},
            params={"benefits_last_date": "2019-12-31", **params},
            show=show,
        )

    return run


def test_inclusive_last_day_becomes_half_open(spells):
    assert spells(
        """
        start_date | end_date
        2010-01-01 | 2010-01-01
        2010-02-01 | 2010-02-28
        """,
        show="start_date, until_date, is_ongoing",
    ) == ["2010-01-01 | 2010-01-02 | false", "2010-02-01 | 2010-03-01 | false"]


def test_empty_last_day_is_ongoing_through_the_last_day_covered(spells):
    drawn = "start_date | end_date\n 2010-01-01 | null"
    assert spells(drawn, show="until_date, is_ongoing") == ["2020-01-01 | true"]


def test_ongoing_spell_that_starts_after_the_last_day_covered_is_no_fault(spells):
    assert spells("start_date | end_date\n 2020-05-01 | null") == ["null | null"]


def test_benefit_code_is_read_in_any_case(spells):
    assert spells("benefit_code\n aap", show="benefit_code, broken_rule") == ["AAP | null"]


def test_grade_is_read_with_comma_or_point_and_empty_means_full(spells):
    drawn = """
        grade_percent
        50
        62,5
        62.5
        null
    """
    assert spells(drawn, show="grade_percent") == ["50.0", "62.5", "62.5", "100.0"]


def test_position_is_read_with_comma_and_may_be_missing(spells):
    drawn = "position_percent\n 37,5\n null"
    assert spells(f"{drawn}\n 120", show="position_percent") == ["37.5", "120.0", "null"]


def test_diagnosis_code_is_kept_in_upper_case(spells):
    assert spells("diagnosis_code\n l03", show="diagnosis_code") == ["L03"]


@pytest.mark.parametrize("code", ["SP", "RP", "AF", "TU", "AAP", "UFP", "UT"])
def test_each_benefit_of_the_code_list_is_known(spells, code):
    assert spells(f"benefit_code\n {code}") == ["null | null"]


@pytest.mark.parametrize(
    ("drawn", "broken"),
    [
        ("nav_id\n null", "missing_key | nav_id"),
        ("benefit_code\n null", "unknown_code | benefit_code"),
        ("benefit_code\n XX", "unknown_code | benefit_code"),
        ("start_date\n null", "missing_date | start_date"),
        ("start_date\n 31.02.2010", "invalid_date | start_date"),
        ("start_date\n 1899-12-31", "invalid_date | start_date"),
        ("start_date\n 2101-01-01", "invalid_date | start_date"),
        ("end_date\n soon", "invalid_date | end_date"),
        ("end_date\n 9999-12-31", "invalid_date | end_date"),
        ("start_date | end_date\n 2010-01-02 | 2010-01-01", "end_before_start | end_date"),
        ("grade_percent\n 0", "invalid_number | grade_percent"),
        ("grade_percent\n 100.5", "invalid_number | grade_percent"),
        ("grade_percent\n half", "invalid_number | grade_percent"),
        ("position_percent\n -1", "invalid_number | position_percent"),
        ("position_percent\n half", "invalid_number | position_percent"),
    ],
)
def test_row_that_cannot_be_used_says_which_rule_it_breaks(spells, drawn, broken):
    assert spells(drawn) == [broken]


@pytest.mark.parametrize("grade", ["1", "100"])
def test_smallest_and_largest_grade_are_valid(spells, grade):
    assert spells(f"grade_percent\n {grade}") == ["null | null"]


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("column", ["grade_percent", "position_percent"])
def test_what_is_no_finite_number_is_refused(spells, column, text):
    assert spells(f"{column}\n {text}") == [f"invalid_number | {column}"]


def test_position_of_nought_is_valid(spells):
    assert spells("position_percent\n 0") == ["null | null"]


@pytest.mark.parametrize("day", ["1900-01-01", "2100-12-31"])
def test_first_and_last_allowed_year_are_valid(spells, day):
    assert spells(f"start_date | end_date\n {day} | {day}") == ["null | null"]


def test_a_month_begins_on_its_first_day_and_ends_on_its_last(spells):
    drawn = "start_date | end_date\n 2012-01 | 2012-02\n 2013-02 | null"
    assert spells(drawn, show="start_date, until_date, broken_rule", benefits_by_month=True) == [
        "2012-01-01 | 2012-03-01 | null",
        "2013-02-01 | 2020-01-01 | null",
    ]


def test_dates_among_months_hold_their_whole_months(spells):
    drawn = """
        start_date | end_date
        2012-01-20 | 2012-02-03
        2012-01-20 | 2012-01-10
        2013-02-14 | null
    """
    assert spells(drawn, show="start_date, until_date, broken_rule", benefits_by_month=True) == [
        "2012-01-01 | 2012-02-01 | end_before_start",
        "2012-01-01 | 2012-03-01 | null",
        "2013-02-01 | 2020-01-01 | null",
    ]


@pytest.mark.parametrize("column", ["start_date", "end_date"])
def test_a_month_is_no_day_where_days_are_delivered(spells, column):
    assert spells(f"{column}\n 2012-03") == [f"month_only | {column}"]


def test_a_line_that_the_family_holds_for_something_else_is_told_apart(spells):
    drawn = "benefit_code | nav_id\n - | v1\n - | null\n XX | v1"
    assert spells(drawn) == ["other_content | benefit_code"] * 2 + ["unknown_code | benefit_code"]
