import pytest

SP, RP, AAP, UT = 1, 2, 16, 64


@pytest.fixture
def intervals(run_model):
    def run(drawn):
        return run_model("core_benefit_intervals", given={"core_benefit_spells": drawn})

    return run


def test_one_spell_is_one_interval_with_its_bit(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | UT           | 2010-01-01 | 2010-01-11
    """) == [f"1 | 2010-01-01 | 2010-01-11 | {UT}"]


def test_overlap_of_two_benefits_is_an_interval_with_both(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        1         | AAP          | 2010-01-06 | 2010-02-01
    """) == [
        f"1 | 2010-01-01 | 2010-01-06 | {SP}",
        f"1 | 2010-01-06 | 2010-01-11 | {SP + AAP}",
        f"1 | 2010-01-11 | 2010-02-01 | {AAP}",
    ]


def test_three_benefits_at_once_are_one_set_of_three(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        1         | AAP          | 2010-01-01 | 2010-01-11
        1         | UT           | 2010-01-01 | 2010-01-11
    """) == [f"1 | 2010-01-01 | 2010-01-11 | {SP + AAP + UT}"]


def test_one_benefit_inside_another_gives_three_intervals(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | AAP          | 2010-01-01 | 2010-02-01
        1         | SP           | 2010-01-10 | 2010-01-11
    """) == [
        f"1 | 2010-01-01 | 2010-01-10 | {AAP}",
        f"1 | 2010-01-10 | 2010-01-11 | {SP + AAP}",
        f"1 | 2010-01-11 | 2010-02-01 | {AAP}",
    ]


def test_conversion_to_aap_on_2010_03_01_neither_loses_nor_doubles_a_day(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | RP           | 2010-02-01 | 2010-03-01
        1         | AAP          | 2010-03-01 | 2010-04-01
    """) == [f"1 | 2010-02-01 | 2010-03-01 | {RP}", f"1 | 2010-03-01 | 2010-04-01 | {AAP}"]


def test_days_without_a_benefit_have_no_row(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-02
        1         | SP           | 2010-01-03 | 2010-01-04
    """) == [f"1 | 2010-01-01 | 2010-01-02 | {SP}", f"1 | 2010-01-03 | 2010-01-04 | {SP}"]


def test_persons_are_kept_apart(intervals):
    assert intervals("""
        person_id | benefit_code | start_date | until_date
        1         | SP           | 2010-01-01 | 2010-01-11
        2         | AAP          | 2010-01-06 | 2010-02-01
    """) == [f"1 | 2010-01-01 | 2010-01-11 | {SP}", f"2 | 2010-01-06 | 2010-02-01 | {AAP}"]
