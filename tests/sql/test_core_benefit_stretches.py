import pytest

from tests.sql.test_codelists import read

SHOW = "person_id, start_date, until_date, benefit_set, sick_leave_rows, disability_rows"


@pytest.fixture
def stretches(run_model):
    def run(drawn, show=SHOW):
        given = {"core_benefit_spells": drawn}
        ordinary = {"grade_percent": "100"}
        return run_model("core_benefit_stretches", given=given, undrawn=ordinary, show=show)

    return run


def test_every_change_begins_a_stretch_and_rows_in_force_are_counted(stretches):
    assert stretches("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        1         | SP           | 2010-01-05 | 2010-01-20
        1         | UFP          | 2010-01-05 | 2010-01-08
        1         | UT           | 2010-01-05 | 2010-01-08
    """) == [
        "1 | 2010-01-01 | 2010-01-05 | 1 | 1 | 0",
        "1 | 2010-01-05 | 2010-01-08 | 97 | 2 | 2",
        "1 | 2010-01-08 | 2010-01-11 | 1 | 2 | 0",
        "1 | 2010-01-11 | 2010-01-20 | 1 | 1 | 0",
    ]


def test_grade_and_position_of_a_single_row_are_told_in_hundredths(stretches):
    drawn = """
        person_id | benefit_code | start_date | until_date | grade_percent | position_percent
        1         | SP           | 2010-01-01 | 2010-01-11 | 33.33         | 37.5
        2         | UT           | 2010-01-01 | 2010-01-11 | 60            |
        3         | SP           | 2010-01-01 | 2010-01-11 | 50            | 120
        4         | SP           | 2010-01-01 | 2010-01-11 | 50            | 0
        5         | SP           | 2010-01-01 | 2010-01-11 | 50            |
    """
    show = "person_id, sick_leave_grade, sick_leave_position, disability_grade"
    assert stretches(drawn, show) == [
        "1 | 3333 | 3750 | 0",
        "2 | 0 | 0 | 6000",
        "3 | 5000 | 10000 | 0",
        "4 | 5000 | 10000 | 0",
        "5 | 5000 | 10000 | 0",
    ]


def test_each_benefit_of_the_code_list_has_its_bit_and_all_can_be_in_force_at_once(stretches):
    benefits = read("benefits")
    head = "person_id | benefit_code | start_date | until_date\n"
    rows = [f"1 | {b['benefit_code']} | 2010-01-01 | 2010-01-02" for b in benefits]
    alone = [
        f"{b['benefit_bit']}0 | {b['benefit_code']} | 2010-01-01 | 2010-01-02" for b in benefits
    ]
    found = stretches(head + "\n".join(rows + alone), "person_id, benefit_set")
    assert sorted(found) == sorted(
        ["1 | 127", *(f"{b['benefit_bit']}0 | {b['benefit_bit']}" for b in benefits)]
    )
    # The sweep has room for these and no more.
    assert sorted(int(b["benefit_bit"]) for b in benefits) == [1, 2, 4, 8, 16, 32, 64]


def test_a_thousand_rows_in_force_at_once_do_not_run_over(stretches):
    codes = ("SP", "TU", "UFP", "UT")
    rows = [
        {
            "person_id": 1,
            "benefit_code": code,
            "start_date": f"2010-01-{1 + number % 3:02}",
            "until_date": "2010-02-01",
            "grade_percent": 100,
        }
        for code in codes
        for number in range(1000)
    ]
    assert stretches(rows) == [
        "1 | 2010-01-01 | 2010-01-02 | 105 | 334 | 668",
        "1 | 2010-01-02 | 2010-01-03 | 105 | 667 | 1334",
        "1 | 2010-01-03 | 2010-02-01 | 105 | 1000 | 2000",
    ]


def test_only_a_spell_that_no_other_of_the_person_touches_or_overlaps_is_alone(stretches):
    drawn = """
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        1         | SP           | 2010-01-12 | 2010-01-20
        1         | AAP          | 2010-01-20 | 2010-02-01
        1         | SP           | 2011-01-01 | 2011-12-01
        1         | SP           | 2011-02-01 | 2011-03-01
        1         | SP           | 2011-10-01 | 2011-11-01
        2         | SP           | 2010-01-11 | 2010-01-12
        2         | UT           | 2012-01-01 | 2012-01-02
        2         | UT           | 2012-01-01 | 2012-01-02
        3         | UT           | 2010-01-01 | 2010-01-02
    """
    alone = stretches(drawn, "person_id, start_date, until_date, benefit_set, is_alone")
    assert [row.removesuffix(" | true") for row in alone if row.endswith("true")] == [
        "1 | 2010-01-01 | 2010-01-11 | 1",
        "2 | 2010-01-11 | 2010-01-12 | 1",
        "3 | 2010-01-01 | 2010-01-02 | 64",
    ]
    show = "person_id, sick_leave_rows, disability_rows, is_alone"
    counted = [row for row in stretches(drawn, show) if row.endswith("true")]
    assert counted == ["1 | 1 | 0 | true", "2 | 1 | 0 | true", "3 | 0 | 1 | true"]
