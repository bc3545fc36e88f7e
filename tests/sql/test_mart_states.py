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
