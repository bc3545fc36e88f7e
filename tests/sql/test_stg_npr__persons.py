import pytest


@pytest.fixture
def persons(run_model):
    def run(drawn, show="broken_rule, broken_column"):
        return run_model("stg_npr__persons", given={"raw_npr__persons": drawn}, show=show)

    return run


def test_sex_and_birth_are_typed(persons):
    drawn = """
        npr_id | sex_code | birth_year | birth_month | death_date
        n1     | 2.0      | 1970.0     | 7           | 2012-05-01
        n2     | 9        | null       | null        | null
    """
    show = "npr_id, sex_code, birth_year, birth_month, death_date, broken_rule"
    assert persons(drawn, show=show) == [
        "n1 | 2 | 1970 | 7 | 2012-05-01 | null",
        "n2 | null | null | null | null | null",
    ]


@pytest.mark.parametrize(
    ("drawn", "broken"),
    [
        ("npr_id\n null", "missing_key | npr_id"),
        ("npr_id | birth_year\n n1 | 19700", "invalid_number | birth_year"),
        ("npr_id | birth_year\n n1 | x", "invalid_number | birth_year"),
        ("npr_id | death_date\n n1 | 2012-13-01", "invalid_date | death_date"),
        ("npr_id | emigration_date\n n1 | soon", "invalid_date | emigration_date"),
    ],
)
def test_a_row_that_cannot_be_used_tells_its_rule(persons, drawn, broken):
    assert persons(drawn) == [broken]
