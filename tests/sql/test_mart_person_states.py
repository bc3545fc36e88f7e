import pytest

PARAMS = {
    "period_days": 10,
    "first_event_time": -2,
    "last_event_time": 1,
    "benefits_first_date": "2010-01-01",
    "benefits_last_date": "2010-12-31",
}
SHOW = "event_time, state_code"


@pytest.fixture
def states(run_model):
    """The index date is 2010-06-21: periods start on 06-01, 06-11, 06-21 and 07-01."""

    def run(drawn="", *, sets="1 | 1 | true | 2010-06-21", show=SHOW, **params):
        head = "matched_set_id | person_id | is_treated | index_date\n"
        given = {"mart_matched_sets": f"{head} {sets}"}
        if drawn:
            stretches = f"person_id | state_code | start_date | until_date\n {drawn}"
            given["mart_state_stretches"] = stretches
        return run_model("mart_person_states", given=given, params=PARAMS | params, show=show)

    return run


def test_who_has_no_stretch_is_without_benefit_in_every_period(states):
    assert states() == ["-2 | none", "-1 | none", "0 | none", "1 | none"]


def test_one_day_gives_the_period_its_state_and_the_end_is_not_in_it(states):
    assert states("1 | aap | 2010-06-20 | 2010-06-21") == [
        "-2 | none",
        "-1 | aap",
        "0 | none",
        "1 | none",
    ]
    assert states("1 | aap | 2010-06-20 | 2010-06-22")[1:3] == ["-1 | aap", "0 | aap"]


def test_the_first_period_after_begins_on_the_index_date(states):
    assert states("1 | aap | 2010-06-21 | 2010-06-22")[1:3] == ["-1 | none", "0 | aap"]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("partial_sick_leave", "full_sick_leave"),
        ("full_sick_leave", "aap"),
        ("aap", "rehabilitation"),
        ("rehabilitation", "disability_graded"),
        ("disability_graded", "disability_full"),
        ("disability_full", "old_age"),
        ("old_age", "emigrated"),
        ("emigrated", "dead"),
    ],
)
def test_the_higher_state_of_a_period_wins_however_short(states, low, high):
    long, short = "2010-06-01 | 2010-07-11", "2010-06-25 | 2010-06-26"
    assert states(f"1 | {low} | {long}\n 1 | {high} | {short}") == [
        f"-2 | {low}",
        f"-1 | {low}",
        f"0 | {high}",
        f"1 | {low}",
    ]


def test_stretches_outside_the_periods_change_nothing(states):
    drawn = "1 | aap | 2010-01-01 | 2010-06-01\n 1 | dead | 2010-07-11 | infinity"
    assert states(drawn) == ["-2 | none", "-1 | none", "0 | none", "1 | none"]


def test_a_stretch_without_ends_fills_every_period(states):
    assert states("1 | emigrated | -infinity | infinity") == [
        "-2 | emigrated",
        "-1 | emigrated",
        "0 | emigrated",
        "1 | emigrated",
    ]


def test_periods_the_register_does_not_reach_whole_have_no_row(states):
    dates = {"benefits_first_date": "2010-06-01", "benefits_last_date": "2010-07-10"}
    assert len(states(**dates)) == 4
    dates = {"benefits_first_date": "2010-06-02", "benefits_last_date": "2010-07-09"}
    assert states(**dates) == ["-1 | none", "0 | none"]


def test_a_person_in_two_sets_is_followed_from_each_index_date(states):
    rows = states(
        "1 | aap | 2010-06-21 | 2010-06-22",
        sets="1 | 1 | true | 2010-06-21\n 2 | 1 | false | 2010-07-01",
        show="matched_set_id, is_treated, event_time, state_code",
    )
    assert [row for row in rows if row.endswith("aap")] == [
        "1 | true | 0 | aap",
        "2 | false | -1 | aap",
    ]


def test_each_person_of_a_set_has_its_own_states(states):
    rows = states(
        "1 | aap | 2010-06-21 | 2010-06-22\n 2 | dead | 2010-06-11 | infinity",
        sets="1 | 1 | true | 2010-06-21\n 1 | 2 | false | 2010-06-21",
        show="person_id, event_time, state_code",
    )
    assert rows == [
        *("1 | -2 | none", "1 | -1 | none", "1 | 0 | aap", "1 | 1 | none"),
        *("2 | -2 | none", "2 | -1 | dead", "2 | 0 | dead", "2 | 1 | dead"),
    ]
