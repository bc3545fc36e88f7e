import pytest

PARAMS = {"first_index_date": "2010-01-01", "last_index_date": "2015-12-31"}
CONTACT, PRESENT, LINKED, INDEX = 1, 2, 3, 4
TREATED = (
    "person_id | start_date | has_treatment_code | is_treatment\n 1 | 2010-06-01 | true | true"
)
CONTROL = "person_id | start_date\n 1 | 2010-06-01"


@pytest.fixture
def steps(run_model):
    def run(contacts, show="is_treated, person_id, last_step", persons="person_id\n 1", **given):
        tables = {f"mart_{name}": drawn for name, drawn in given.items()}
        return run_model(
            "mart_person_steps",
            given={"mart_study_contacts": contacts, "core_persons": persons, **tables},
            params=PARAMS,
            show=show,
        )

    return run


def test_person_with_a_contact_and_no_index_comes_to_linked(steps):
    assert steps(TREATED) == [f"true | 1 | {LINKED}"]
    assert steps(CONTROL) == [f"false | 1 | {LINKED}"]


def test_person_who_is_not_linked_comes_to_patient_present(steps):
    persons = "person_id | is_linked\n 1 | false"
    assert steps(TREATED, persons=persons) == [f"true | 1 | {PRESENT}"]


def test_person_with_nothing_but_indirect_contacts_comes_to_contact(steps):
    drawn = """
        person_id | start_date | is_patient_present | has_treatment_code
        1         | 2010-06-01 | false              | true
    """
    assert steps(drawn) == [f"true | 1 | {CONTACT}"]


def test_indirect_treatment_and_an_ordinary_contact_on_one_day_are_one_of_each_arm(steps):
    drawn = """
        person_id | start_date | is_patient_present | has_treatment_code | is_treatment
        1         | 2010-06-01 | true               | true               | false
    """
    assert steps(drawn) == [f"false | 1 | {LINKED}", f"true | 1 | {CONTACT}"]


def test_person_counts_with_the_contact_that_comes_furthest(steps):
    drawn = """
        person_id | start_date | is_patient_present
        1         | 2010-06-01 | false
        1         | 2010-07-01 | true
    """
    assert steps(drawn) == [f"false | 1 | {LINKED}"]


def test_contacts_outside_the_period_do_not_count_and_its_first_and_last_day_do(steps):
    drawn = """
        person_id | start_date
        1         | 2009-12-31
        2         | 2010-01-01
        3         | 2015-12-31
        4         | 2016-01-01
    """
    persons = "person_id\n 1\n 2\n 3\n 4"
    assert steps(drawn, "person_id", persons) == ["2", "3"]


@pytest.mark.parametrize(
    ("failed", "last_step"),
    [
        ("linked", 2),
        ("no_treatment_nearby", 4),
        ("age_and_sex", 5),
        ("diagnosis_known", 6),
        ("alive_and_resident", 7),
        ("registers_cover_windows", 8),
        ("washout_visible", 9),
        ("null", 10),
    ],
)
def test_candidate_comes_to_the_step_before_the_one_he_fails(steps, failed, last_step):
    candidates = f"person_id | failed_step_code\n 1 | {failed}"
    persons = f"person_id | is_linked\n 1 | {failed != 'linked'}"
    assert steps(CONTROL, persons=persons, candidates=candidates) == [f"false | 1 | {last_step}"]


def test_person_with_several_courses_counts_with_the_one_that_comes_furthest(steps):
    candidates = """
        person_id | index_date | failed_step_code
        1         | 2010-06-01 | age_and_sex
        1         | 2012-06-01 | null
        1         | 2014-06-01 | diagnosis_known
    """
    assert steps(CONTROL, candidates=candidates) == ["false | 1 | 10"]


def test_comparable_and_matched_are_the_last_steps(steps):
    candidates = "person_id\n 1\n 2\n 3"
    persons = "person_id\n 1\n 2\n 3"
    contacts = "person_id | start_date\n 1 | 2010-06-01\n 2 | 2010-06-01\n 3 | 2010-06-01"
    pool = "person_id | is_treated | is_comparable\n 1 | false | false\n 2 | false | true"
    sets = "person_id | is_treated\n 3 | false"
    assert steps(
        contacts,
        persons=persons,
        candidates=candidates,
        match_pool=f"{pool}\n 3 | false | true",
        matched_sets=sets,
    ) == ["false | 1 | 10", "false | 2 | 11", "false | 3 | 12"]


def test_arms_and_sectors_of_a_person_are_counted_apart(steps):
    contacts = """
        person_id | sector | start_date | has_treatment_code | is_treatment
        1         | SOM    | 2010-06-01 | true               | true
        1         | SOM    | 2012-06-01 | false              | false
        1         | PHV    | 2010-06-01 | false              | false
    """
    sets = "person_id | sector | is_treated\n 1 | SOM | true"
    show = "is_treated, sector, last_step"
    assert steps(contacts, show, matched_sets=sets) == [
        "false | PHV | 3",
        "false | SOM | 3",
        "true | SOM | 12",
    ]


def test_sectors_outside_the_study_do_not_count(run_model):
    rows = run_model(
        "mart_person_steps",
        given={"mart_study_contacts": TREATED, "core_persons": "person_id\n 1"},
        params={**PARAMS, "sectors": ["PHV"]},
        show="person_id",
    )
    assert rows == []
