import pytest


@pytest.fixture
def education(run_model):
    def run(drawn):
        keys = "person_id | ssb_id\n 1 | s1\n 2 | s2\n 3 | null"
        return run_model(
            "core_education", given={"stg_ssb__education": drawn, "core_person_keys": keys}
        )

    return run


@pytest.mark.parametrize(
    ("level", "group"),
    [
        ("0", "missing"),
        ("1", "compulsory"),
        ("2", "compulsory"),
        ("3", "upper_secondary"),
        ("4", "upper_secondary"),
        ("5", "upper_secondary"),
        ("6", "tertiary"),
        ("7", "tertiary"),
        ("8", "tertiary"),
        ("9", "missing"),
        ("", "missing"),
    ],
)
def test_level_falls_in_one_of_three_groups_or_missing(education, level, group):
    drawn = f"ssb_id | status_year | education_level_code\n s1 | 2009 | {level}"
    assert education(drawn) == [f"1 | 2009 | {group}"]


def test_two_statuses_in_one_year_give_the_higher_level(education):
    assert education("""
        ssb_id | status_year | education_level_code
        s1     | 2009        | 2
        s1     | 2009        | 6
        s1     | 2009        | 3
    """) == ["1 | 2009 | tertiary"]


def test_unknown_status_gives_way_to_a_known_one_of_the_year(education):
    assert education("""
        ssb_id | status_year | education_level_code
        s1     | 2009        | 3
        s1     | 2009        | 9
    """) == ["1 | 2009 | upper_secondary"]


def test_each_year_and_person_has_its_own_row(education):
    assert education("""
        ssb_id | status_year | education_level_code
        s1     | 2009        | 2
        s1     | 2012        | 6
        s2     | 2009        | 3
    """) == ["1 | 2009 | compulsory", "1 | 2012 | tertiary", "2 | 2009 | upper_secondary"]


def test_broken_rows_and_unknown_persons_are_left_out(education):
    assert (
        education("""
        ssb_id | status_year | education_level_code | broken_rule
        s1     | 2009        | 2                    | unknown_code
        s9     | 2009        | 2                    | null
        null   | 2009        | 2                    | null
    """)
        == []
    )
