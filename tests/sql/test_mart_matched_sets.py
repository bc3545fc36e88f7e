import pytest


@pytest.fixture
def sets(run_model):
    def run(drawn, show="matched_set_id, is_treated, person_id, weight", k=5):
        return run_model(
            "mart_matched_sets",
            given={"mart_match_pool": drawn},
            params={"controls_per_treated": k},
            undrawn={"index_date": "2010-06-01"},
            show=show,
        )

    return run


def test_treated_gets_the_controls_of_his_stratum_with_weights_that_sum_to_one(sets):
    drawn = """
        person_id | is_treated | random_order
        1         | true       | 10
        2         | false      | 20
        3         | false      | 30
        4         | false      | 40
        5         | false      | 50
    """
    assert sets(drawn) == [
        "1 | false | 2 | 0.25",
        "1 | false | 3 | 0.25",
        "1 | false | 4 | 0.25",
        "1 | false | 5 | 0.25",
        "1 | true | 1 | 1.0",
    ]


def test_no_more_controls_than_the_study_says_and_the_lowest_hash_goes_first(sets):
    drawn = """
        person_id | is_treated | random_order
        1         | true       | 10
        2         | false      | 40
        3         | false      | 30
        4         | false      | 20
    """
    assert sets(drawn, k=2) == ["1 | false | 3 | 0.5", "1 | false | 4 | 0.5", "1 | true | 1 | 1.0"]


def test_controls_are_dealt_round(sets):
    drawn = """
        person_id | is_treated | random_order
        1         | true       | 10
        2         | true       | 20
        3         | false      | 30
        4         | false      | 40
        5         | false      | 50
    """
    assert sets(drawn) == [
        "1 | false | 3 | 0.5",
        "1 | false | 5 | 0.5",
        "1 | true | 1 | 1.0",
        "2 | false | 4 | 1.0",
        "2 | true | 2 | 1.0",
    ]


def test_treated_for_whom_no_control_is_left_has_no_set(sets):
    drawn = """
        person_id | is_treated | random_order
        1         | true       | 20
        2         | true       | 10
        3         | false      | 30
    """
    assert sets(drawn) == ["1 | false | 3 | 1.0", "1 | true | 2 | 1.0"]


def test_stratum_and_sector_are_never_crossed(sets):
    drawn = """
        person_id | is_treated | random_order | sector | stratum
        1         | true       | 10           | SOM    | A
        2         | false      | 20           | SOM    | B
        3         | false      | 30           | PHV    | A
        4         | true       | 40           | PHV    | A
        5         | false      | 50           | SOM    | A
    """
    assert sets(drawn, "sector, matched_set_id, person_id") == [
        "PHV | 1 | 3",
        "PHV | 1 | 4",
        "SOM | 2 | 1",
        "SOM | 2 | 5",
    ]


def test_comparator_that_is_not_comparable_is_never_used(sets):
    drawn = """
        person_id | is_treated | random_order | is_comparable
        1         | true       | 10           | true
        2         | false      | 20           | false
        3         | false      | 30           | true
    """
    assert sets(drawn, "person_id") == ["1", "3"]


def test_hash_and_not_row_order_decides_and_person_id_breaks_an_equal_hash(sets):
    rows = ["4 | false | 30", "3 | false | 30", "2 | true | 10", "1 | true | 10"]
    expected = ["1 | false | 3", "1 | true | 1", "2 | false | 4", "2 | true | 2"]
    for order in (rows, rows[::-1]):
        drawn = "\n".join(["person_id | is_treated | random_order", *order])
        assert sets(drawn, "matched_set_id, is_treated, person_id") == expected


def test_person_treated_in_one_sector_may_be_control_in_another(sets):
    drawn = """
        person_id | is_treated | random_order | sector
        1         | true       | 10           | SOM
        2         | false      | 20           | SOM
        2         | true       | 20           | PHV
        1         | false      | 10           | PHV
    """
    assert sets(drawn, "sector, is_treated, person_id") == [
        "PHV | false | 1",
        "PHV | true | 2",
        "SOM | false | 2",
        "SOM | true | 1",
    ]


def test_each_member_keeps_his_own_index_date(sets):
    drawn = """
        person_id | is_treated | random_order | index_date
        1         | true       | 10           | 2010-03-01
        2         | false      | 20           | 2010-09-01
    """
    assert sets(drawn, "person_id, index_date") == ["1 | 2010-03-01", "2 | 2010-09-01"]
