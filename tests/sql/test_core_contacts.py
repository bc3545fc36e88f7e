import pytest


@pytest.fixture
def contacts(run_model):
    def run(drawn, show):
        keys = "person_id | npr_id\n 7 | n1\n 8 | n2"
        return run_model(
            "core_contacts",
            given={"stg_npr__contacts": drawn, "core_person_keys": keys},
            show=show,
        )

    return run


def test_contact_is_tied_to_its_person(contacts):
    drawn = "npr_id | sector\n n2 | PHV\n n1 | SOM\n n9 | SOM"
    assert contacts(drawn, "person_id, sector") == ["7 | SOM", "8 | PHV"]


def test_broken_contact_is_left_out(contacts):
    drawn = "npr_id | broken_rule\n n1 | end_before_start\n n2 | null"
    assert contacts(drawn, "person_id") == ["8"]


@pytest.mark.parametrize(
    ("code", "is_outpatient"),
    [("1", "false"), ("2", "false"), ("3", "true"), ("8", "true"), ("7", "false"), ("", "false")],
)
def test_only_known_outpatient_care_levels_are_outpatient(contacts, code, is_outpatient):
    drawn = f"npr_id | care_level_code\n n1 | {code}"
    assert contacts(drawn, "is_outpatient") == [is_outpatient]


@pytest.mark.parametrize(
    ("code", "is_present"),
    [("5", "false"), ("1", "true"), ("6", "true"), ("77", "true"), ("", "true")],
)
def test_patient_is_absent_from_an_indirect_contact_only(contacts, code, is_present):
    drawn = f"npr_id | contact_type_code\n n1 | {code}"
    assert contacts(drawn, "is_patient_present") == [is_present]


@pytest.mark.parametrize(
    ("code", "count"), [("4", 0), ("1", 1), ("2", 1), ("3", 1), ("5", 1), ("9", 1), ("", 1)]
)
def test_only_rows_npr_could_not_tie_to_a_person_are_left_out(contacts, code, count):
    drawn = f"npr_id | npr_link_status_code\n n1 | {code}"
    assert contacts(drawn, "person_id") == ["7"] * count


def test_equal_contacts_in_two_rows_stay_two(contacts):
    assert contacts("npr_id\n n1\n n1", "row_number, person_id") == ["1 | 7", "2 | 7"]
