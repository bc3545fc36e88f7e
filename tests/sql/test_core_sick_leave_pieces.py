import pytest

from tests.drawn_sick_leave import build_sick_leave


@pytest.fixture
def pieces(models):
    def run(drawn, show, **params):
        build_sick_leave(models, drawn, **params)
        return models.show("core_sick_leave_pieces", show)

    return run


GAPS = """
    person_id | start_date | until_date
    1         | 2010-01-01 | 2010-01-11
    1         | 2010-01-26 | 2010-02-01
    1         | 2010-02-17 | 2010-03-01
"""


@pytest.mark.parametrize(
    ("gap_days", "numbers"), [(16, "1 1 2"), (15, "1 2 3"), (17, "1 1 1"), (0, "1 2 3")]
)
def test_absences_with_fewer_days_between_than_the_gap_are_one_spell(pieces, gap_days, numbers):
    # Fifteen days between the first two, sixteen between the last two.
    found = pieces(GAPS, "start_date, spell_number", sick_leave_gap_days=gap_days)
    assert " ".join(line[-1] for line in found) == numbers


def test_a_gap_of_thirty_days_is_left_out_when_thirty_are_asked_for(pieces):
    # Twenty-nine days between the first two, thirty between the last two.
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-01 | 2010-01-11
        1         | 2010-02-09 | 2010-03-01
        1         | 2010-03-31 | 2010-04-10
    """
    found = pieces(drawn, "start_date, spell_number", sick_leave_gap_days=30)
    assert [line[-1] for line in found] == ["1", "1", "2"]


def test_touching_absences_are_one_spell_also_with_a_gap_of_nought(pieces):
    drawn = """
        person_id | start_date | until_date | grade_percent
        1         | 2010-01-01 | 2010-01-11 | 100
        1         | 2010-01-11 | 2010-01-21 | 50
    """
    found = pieces(drawn, "start_date, spell_number", sick_leave_gap_days=0)
    assert found == ["2010-01-01 | 1", "2010-01-11 | 1"]


def test_other_benefits_are_no_sick_leave_and_do_not_fill_a_gap(pieces):
    drawn = """
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        1         | AAP          | 2010-01-11 | 2010-03-01
        1         | SP           | 2010-03-01 | 2010-03-11
    """
    assert pieces(drawn, "start_date, until_date, spell_number") == [
        "2010-01-01 | 2010-01-11 | 1",
        "2010-03-01 | 2010-03-11 | 2",
    ]


def test_the_first_sixteen_days_of_absence_are_the_employers_over_a_short_gap(pieces):
    # Ten days, then six of the second stretch; Monday 2010-01-04.
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-04 | 2010-01-14
        1         | 2010-01-18 | 2010-02-01
    """
    show = "start_date, days_before, employer_days, benefit_start_date, benefit_days"
    # From Sunday 2010-01-24 to Sunday 2010-01-31 there are five Mondays to Fridays.
    assert pieces(drawn, show) == [
        "2010-01-04 | 0 | 10 | 2010-01-14 | 0",
        "2010-01-18 | 10 | 6 | 2010-01-24 | 5",
    ]


def test_days_before_person_time_count_towards_the_employers(pieces):
    drawn = """
        person_id | start_date | until_date | delivered_start_date
        1         | 2010-01-01 | 2010-02-01 | 2009-12-22
        2         | 2010-01-01 | 2010-02-01 | 2009-06-01
    """
    show = "person_id, days_before_time, employer_days, benefit_start_date"
    assert pieces(drawn, show) == ["1 | 10 | 6 | 2010-01-07", "2 | 214 | 0 | 2010-01-01"]


def test_a_delivery_after_the_employer_period_has_none_of_its_days(pieces):
    drawn = """
        person_id | start_date | until_date
        1         | 2010-01-04 | 2010-01-11
    """
    show = "employer_days, benefit_start_date, benefit_days"
    found = pieces(drawn, show, sick_pay_counts_employer_period=False)
    assert found == ["0 | 2010-01-04 | 5"]


@pytest.mark.parametrize(
    ("until", "days"),
    [("2010-01-09", 5), ("2010-01-10", 5), ("2010-01-11", 5), ("2010-01-12", 6)],
)
def test_benefit_days_are_mondays_to_fridays(pieces, until, days):
    drawn = f"""
        person_id | start_date | until_date
        1         | 2010-01-04 | {until}
    """
    found = pieces(drawn, "benefit_days", sick_pay_counts_employer_period=False)
    assert found == [str(days)]


def test_the_diagnosis_is_that_of_the_row_delivered_with_the_earliest_start(pieces):
    drawn = """
        person_id | start_date | until_date | delivered_start_date | diagnosis_code | job_id
        1         | 2010-01-01 | 2010-02-01 | 2009-12-22           | P76            | a
        1         | 2010-01-01 | 2010-02-01 | 2010-01-01           | A04            | b
        1         | 2010-01-05 | 2010-02-01 | 2010-01-05           | A01            | c
        2         | 2010-01-01 | 2010-02-01 |                      |                | a
        2         | 2010-01-01 | 2010-02-01 | 2010-01-01           | P76            | b
        2         | 2010-01-01 | 2010-02-01 | 2010-01-01           | L02            | c
    """
    assert pieces(drawn, "distinct person_id, start_diagnosis_code") == ["1 | P76", "2 | L02"]


def test_what_begins_with_another_benefit_is_not_of_the_sick_leave(pieces):
    drawn = """
        person_id | benefit_code | start_date | until_date | delivered_start_date | diagnosis_code
        1         | SP           | 2010-01-01 | 2010-02-01 | 2009-12-30           | P76
        1         | SP           | 2010-01-01 | 2010-02-01 | 2010-01-01           | P76
        1         | AAP          | 2010-01-01 | 2010-02-01 | 2009-12-01           | A01
    """
    show = "days_before_time, employer_days, start_diagnosis_code"
    assert pieces(drawn, show) == ["2 | 14 | P76"]


def test_a_stretch_that_no_row_begins_goes_on_with_its_spell(pieces):
    drawn = """
        person_id | start_date | until_date | grade_percent | job_id | diagnosis_code
        1         | 2010-01-01 | 2010-02-01 | 100           | a      | P76
        1         | 2010-01-01 | 2010-01-11 | 50            | b      | P76
        2         | 2010-01-01 | 2010-01-11 | 100           | a      | L02
        2         | 2010-01-12 | 2010-02-01 | 100           | a      | L03
    """
    show = "person_id, start_date, spell_number, days_before, start_diagnosis_code"
    assert pieces(drawn, show, sick_leave_gap_days=0) == [
        "1 | 2010-01-01 | 1 | 0 | P76",
        "1 | 2010-01-11 | 1 | 10 | P76",
        "2 | 2010-01-01 | 1 | 0 | L02",
        "2 | 2010-01-12 | 2 | 0 | L03",
    ]
