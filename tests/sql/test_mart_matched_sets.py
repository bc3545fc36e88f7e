import pytest


@pytest.fixture
def sets(run_model):
    def run(
        drawn,
        show="matched_set_id, is_treated, person_id, weight",
        k=5,
        method="exact",
        with_replacement=False,
        computed=None,
    ):
        given = {"mart_match_pool": drawn} | ({"match_computed": computed} if computed else {})
        return run_model(
            "mart_matched_sets",
            given=given,
            params={
                "controls_per_treated": k,
                "match_method": method,
                "with_replacement": with_replacement,
            },
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


def test_strata_are_never_crossed(sets):
    drawn = """
        person_id | is_treated | random_order | sector | stratum_id
        1         | true       | 10           | SOM    | 1
        2         | false      | 20           | SOM    | 2
        3         | false      | 30           | PHV    | 3
        4         | true       | 40           | PHV    | 3
        5         | false      | 50           | SOM    | 1
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
        person_id | is_treated | random_order | sector | stratum_id
        1         | true       | 10           | SOM    | 2
        2         | false      | 20           | SOM    | 2
        2         | true       | 20           | PHV    | 1
        1         | false      | 10           | PHV    | 1
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


THREE_TREATED_TWO_CONTROLS = """
    person_id | is_treated | random_order
    1         | true       | 10
    2         | true       | 20
    3         | true       | 30
    4         | false      | 40
    5         | false      | 50
"""


def test_with_replacement_everybody_gets_different_controls_and_use_is_even(sets):
    # The round goes 4, 5 | 4, 5 | 4, 5: each control three times, nobody the same twice.
    assert sets(THREE_TREATED_TWO_CONTROLS, k=2, with_replacement=True) == [
        "1 | false | 4 | 0.5",
        "1 | false | 5 | 0.5",
        "1 | true | 1 | 1.0",
        "2 | false | 4 | 0.5",
        "2 | false | 5 | 0.5",
        "2 | true | 2 | 1.0",
        "3 | false | 4 | 0.5",
        "3 | false | 5 | 0.5",
        "3 | true | 3 | 1.0",
    ]


def test_with_replacement_and_one_control_each_the_round_goes_on_from_the_first(sets):
    assert sets(THREE_TREATED_TWO_CONTROLS, k=1, with_replacement=True) == [
        "1 | false | 4 | 1.0",
        "1 | true | 1 | 1.0",
        "2 | false | 5 | 1.0",
        "2 | true | 2 | 1.0",
        "3 | false | 4 | 1.0",
        "3 | true | 3 | 1.0",
    ]


def test_with_replacement_nobody_gets_more_controls_than_there_are(sets):
    drawn = """
        person_id | is_treated | random_order
        1         | true       | 10
        4         | false      | 40
        5         | false      | 50
    """
    assert sets(drawn, k=5, with_replacement=True) == [
        "1 | false | 4 | 0.5",
        "1 | false | 5 | 0.5",
        "1 | true | 1 | 1.0",
    ]


def test_stratification_takes_all_and_weighs_controls_by_treated_over_controls(sets):
    drawn = """
        person_id | is_treated | random_order | stratum_id
        1         | true       | 10           | 1
        2         | true       | 20           | 1
        3         | true       | 30           | 1
        4         | false      | 40           | 1
        5         | false      | 50           | 1
        6         | true       | 60           | 2
        7         | false      | 70           | 3
    """
    assert sets(drawn, method="stratification") == [
        "1 | false | 4 | 1.5",
        "1 | false | 5 | 1.5",
        "1 | true | 1 | 1.0",
        "1 | true | 2 | 1.0",
        "1 | true | 3 | 1.0",
    ]


def test_computed_sets_come_as_they_are_with_the_index_date_of_the_pool(sets):
    drawn = """
        person_id | is_treated | random_order | index_date
        1         | true       | 10           | 2011-02-03
        2         | false      | 20           | 2012-03-04
        3         | false      | 30           | 2013-04-05
    """
    computed = """
        matched_set_id | person_id | is_treated | weight
        7              | 1         | true       | 1
        7              | 3         | false      | 0.25
    """
    shown = "matched_set_id, is_treated, person_id, weight, index_date"
    assert sets(drawn, shown, method="nearest", computed=computed) == [
        "7 | false | 3 | 0.25 | 2013-04-05",
        "7 | true | 1 | 1.0 | 2011-02-03",
    ]
