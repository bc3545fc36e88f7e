import pytest

HEAD = "matched_set_id | sector | person_id | is_treated | weight | event_time | state_code\n"
SHOW = "phase, from_state, to_state, n_persons, n_moves, weight_sum"


@pytest.fixture
def moves(run_model):
    def run(drawn, *, show=SHOW, sector="SOM"):
        given = {"mart_person_states": HEAD + drawn}
        rows = run_model("mart_state_transitions", given=given, show=f"sector, {show}")
        return [r.removeprefix(f"{sector} | ") for r in rows if r.startswith(f"{sector} | ")]

    return run


def person(number, path, *, first=0, sector="SOM", treated="true", weight=1, matched_set=1):
    return "\n".join(
        f"{matched_set} | {sector} | {number} | {treated} | {weight} | {first + place} | {state}"
        for place, state in enumerate(path)
    )


def test_each_period_leads_to_the_next_and_staying_is_a_move(moves):
    assert moves(person(1, ["none", "none", "aap"])) == [
        "after | none | aap | 1 | 1 | 1.0",
        "after | none | none | 1 | 1 | 1.0",
    ]


def test_moves_before_the_index_date_are_apart_and_the_one_across_it_is_after(moves):
    rows = moves(person(1, ["none", "none", "full_sick_leave"], first=-2))
    assert rows == [
        "after | none | full_sick_leave | 1 | 1 | 1.0",
        "before | none | none | 1 | 1 | 1.0",
    ]


def test_a_person_who_moves_twice_is_one_person_and_two_moves(moves):
    path = ["none", "aap", "none", "aap"]
    assert moves(person(1, path))[1] == "after | none | aap | 1 | 2 | 2.0"


def test_a_missing_period_leads_nowhere(moves):
    drawn = f"{person(1, ['none'])}\n{person(1, ['aap'], first=2)}"
    assert moves(drawn) == []


def test_sets_of_one_person_are_followed_apart_and_weights_add_up(moves):
    one = person(1, ["none", "aap"], treated="false", weight=0.5)
    other = person(1, ["none", "none"], treated="false", weight=0.25, matched_set=2, first=1)
    assert moves(f"{one}\n{other}") == [
        "after | none | aap | 1 | 1 | 0.5",
        "after | none | none | 1 | 1 | 0.25",
    ]


def test_all_adds_the_sectors_and_counts_a_person_once(moves):
    one = person(1, ["none", "aap"])
    other = person(1, ["none", "aap"], sector="PHV", matched_set=2)
    assert moves(f"{one}\n{other}", sector="ALL") == ["after | none | aap | 1 | 2 | 2.0"]


@pytest.mark.parametrize("order", [(0.1, 0.2, 0.3), (0.3, 0.2, 0.1)])
def test_the_sum_of_weights_is_the_same_in_whatever_order_they_are_added(moves, order):
    # As floats 0.1 + 0.2 + 0.3 is 0.6000000000000001, and 0.3 + 0.2 + 0.1 is 0.6.
    drawn = "\n".join(
        person(number, ["none", "aap"], treated="false", weight=weight, matched_set=number)
        for number, weight in enumerate(order)
    )
    assert moves(drawn) == ["after | none | aap | 3 | 3 | 0.6"]
