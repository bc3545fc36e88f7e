import pytest

HEAD = "matched_set_id | sector | person_id | is_treated | weight | event_time | state_code\n"


@pytest.fixture
def states(run_model):
    def run(drawn, *, only, show="sector, is_treated, event_time, n_persons, weight_sum"):
        rows = run_model(
            "mart_states",
            given={"mart_person_states": HEAD + drawn},
            show=f"state_code, {show}",
        )
        return [row.removeprefix(f"{only} | ") for row in rows if row.startswith(f"{only} | ")]

    return run


def test_persons_and_weights_are_counted_by_arm_and_period(states):
    drawn = """
        1 | SOM | 1 | true  | 1   | 0 | aap
        1 | SOM | 2 | false | 0.5 | 0 | aap
        1 | SOM | 3 | false | 0.5 | 0 | aap
        1 | SOM | 3 | false | 0.5 | 1 | aap
    """
    assert [row for row in states(drawn, only="aap") if row.startswith("SOM")] == [
        "SOM | false | 0 | 2 | 1.0",
        "SOM | false | 1 | 1 | 0.5",
        "SOM | true | 0 | 1 | 1.0",
    ]


def test_a_state_of_nobody_is_nought_in_every_period_there_is(states):
    drawn = "1 | SOM | 1 | true | 1 | 0 | aap\n 1 | SOM | 1 | true | 1 | 1 | none"
    assert [row for row in states(drawn, only="dead") if row.startswith("SOM")] == [
        "SOM | true | 0 | 0 | 0.0",
        "SOM | true | 1 | 0 | 0.0",
    ]


def test_all_adds_the_sectors_and_counts_a_person_once(states):
    drawn = """
        1 | SOM | 1 | false | 1   | 0 | aap
        2 | PHV | 1 | false | 0.2 | 0 | aap
        2 | PHV | 2 | false | 0.2 | 0 | aap
    """
    assert states(drawn, only="aap")[0] == "ALL | false | 0 | 2 | 1.4"


def test_every_period_has_all_ten_states(run_model):
    drawn = "1 | SOM | 1 | true | 1 | 0 | aap"
    rows = run_model("mart_states", given={"mart_person_states": HEAD + drawn}, show="sector")
    assert rows == ["ALL"] * 10 + ["SOM"] * 10


@pytest.mark.parametrize("order", [(0.1, 0.2, 0.3), (0.3, 0.2, 0.1), (0.3, 0.1, 0.2)])
def test_the_sum_of_weights_is_the_same_in_whatever_order_they_are_added(states, order):
    # As floats 0.1 + 0.2 + 0.3 is 0.6000000000000001, and 0.3 + 0.2 + 0.1 is 0.6.
    drawn = "\n".join(
        f"1 | SOM | {number} | false | {weight} | 0 | aap" for number, weight in enumerate(order)
    )
    assert states(drawn, only="aap") == ["ALL | false | 0 | 3 | 0.6", "SOM | false | 0 | 3 | 0.6"]


def test_thirds_make_a_whole(states):
    drawn = "\n".join(f"1 | SOM | {n} | false | {1 / 3!r} | 0 | aap" for n in range(3))
    assert states(drawn, only="aap")[0] == "ALL | false | 0 | 3 | 1.0"
