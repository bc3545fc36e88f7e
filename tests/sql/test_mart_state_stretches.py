import pytest

SP, RP, AF, TU, AAP, UFP, UT = (2**bit for bit in range(7))
SHOW = "person_id, state_code, start_date, until_date"


@pytest.fixture
def stretches(run_model):
    """One matched person, born in May 1970 and so of old age from June 2037."""

    def run(drawn="", *, person="person_id | birth_month\n 1 | 5", show=SHOW, old=False):
        given = {
            "mart_matched_sets": "matched_set_id | person_id | index_date\n 1 | 1 | 2010-06-21",
            "core_persons": person,
        }
        if drawn:
            head = "person_id | start_date | until_date | benefit_set | sick_leave_grade"
            given["core_benefit_intervals"] = f"{head} | disability_grade\n {drawn}"
        rows = run_model("mart_state_stretches", given=given, show=show)
        return rows if old else [row for row in rows if "old_age" not in row]

    return run


def states_of(stretches, drawn):
    return stretches(f"1 | 2010-01-01 | 2010-02-01 | {drawn}", show="state_code")


def test_a_person_without_benefits_has_only_old_age_to_come(stretches):
    assert stretches(old=True) == ["1 | old_age | 2037-06-01 | infinity"]


@pytest.mark.parametrize(
    ("grade", "state"),
    [("20", "partial_sick_leave"), ("99.9", "partial_sick_leave"), ("100", "full_sick_leave")],
)
def test_sick_leave_is_full_from_a_grade_of_100(stretches, grade, state):
    assert states_of(stretches, f"{SP} | {grade} |") == [state]


def test_shares_of_jobs_that_miss_100_in_the_last_digit_are_full_sick_leave(stretches):
    assert states_of(stretches, f"{SP} | 99.99999999999999 |") == ["full_sick_leave"]


@pytest.mark.parametrize("code", [UFP, UT])
@pytest.mark.parametrize(("grade", "state"), [("50", "graded"), ("100", "full")])
def test_disability_is_graded_below_100_in_both_schemes(stretches, code, grade, state):
    assert states_of(stretches, f"{code} | | {grade}") == [f"disability_{state}"]


@pytest.mark.parametrize("code", [RP, AF, TU, RP + TU])
def test_the_three_benefits_that_aap_replaced_are_one_state(stretches, code):
    assert states_of(stretches, f"{code} | |") == ["rehabilitation"]


def test_aap_is_a_state_of_its_own(stretches):
    assert states_of(stretches, f"{AAP} | |") == ["aap"]


def test_two_benefits_at_once_give_two_stretches_each_with_its_own_grade(stretches):
    assert states_of(stretches, f"{SP + UT} | 100 | 50") == ["disability_graded", "full_sick_leave"]


def test_dates_of_a_stretch_are_those_of_the_interval(stretches):
    assert stretches(f"1 | 2010-01-01 | 2010-02-01 | {AAP} | |") == [
        "1 | aap | 2010-01-01 | 2010-02-01"
    ]


def test_the_dead_stay_dead(stretches):
    person = "person_id | death_date\n 1 | 2011-03-04"
    assert stretches(person=person) == ["1 | dead | 2011-03-04 | infinity"]


def test_who_leaves_is_abroad_until_the_return(stretches):
    head = "person_id | emigration_date | immigration_date\n 1 |"
    assert stretches(person=f"{head} 2011-03-04 |") == ["1 | emigrated | 2011-03-04 | infinity"]
    assert stretches(person=f"{head} 2011-03-04 | 2012-05-06") == [
        "1 | emigrated | 2011-03-04 | 2012-05-06"
    ]


def test_who_comes_is_abroad_until_then(stretches):
    head = "person_id | emigration_date | immigration_date\n 1 |"
    assert stretches(person=f"{head} | 2009-05-06") == ["1 | emigrated | -infinity | 2009-05-06"]
    assert stretches(person=f"{head} 2011-03-04 | 2009-05-06") == [
        "1 | emigrated | -infinity | 2009-05-06",
        "1 | emigrated | 2011-03-04 | infinity",
    ]


def test_an_unknown_month_of_birth_is_july_and_december_leads_into_the_next_year(stretches):
    def old(month):
        return stretches(person=f"person_id | birth_month\n 1 | {month}", old=True)

    assert old("null") == ["1 | old_age | 2037-08-01 | infinity"]
    assert old("12") == ["1 | old_age | 2038-01-01 | infinity"]


def test_a_person_in_two_sets_is_there_once_and_one_in_no_set_not_at_all(run_model):
    rows = run_model(
        "mart_state_stretches",
        given={
            "mart_matched_sets": "matched_set_id | person_id\n 1 | 1\n 2 | 1",
            "core_persons": "person_id\n 1\n 2",
            "core_benefit_intervals": f"""
                person_id | start_date | until_date | benefit_set
                1         | 2010-01-01 | 2010-02-01 | {AAP}
                2         | 2010-01-01 | 2010-02-01 | {AAP}
            """,
        },
        show="person_id, state_code",
    )
    assert rows == ["1 | aap", "1 | old_age"]
