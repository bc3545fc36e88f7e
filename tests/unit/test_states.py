"""Shares of states and of moves, from counts."""

import pandas as pd
import pytest

from evaluation.states import build_state_transitions, build_states

KEYS = {"study_id": "s", "fingerprint": "f"}


def test_shares_are_of_the_arm_and_period_and_weighted():
    counts = pd.DataFrame(
        {
            "sector": "SOM",
            "is_treated": [True, True, False, False, True],
            "event_time": [0, 0, 0, 0, 1],
            "state_code": ["none", "aap", "none", "aap", "aap"],
            "n_persons": [3, 1, 5, 5, 4],
            "weight_sum": [3.0, 1.0, 1.0, 3.0, 4.0],
        }
    )
    table = build_states(counts, **KEYS)
    assert table["share"].tolist() == [0.75, 0.25, 0.25, 0.75, 1.0]
    assert table["arm"].tolist() == ["treated", "treated", "control", "control", "treated"]


def test_shares_of_moves_are_of_those_in_the_state_before():
    counts = pd.DataFrame(
        {
            "sector": "SOM",
            "is_treated": True,
            "phase": ["after", "after", "after", "before"],
            "from_state": ["none", "none", "aap", "none"],
            "to_state": ["none", "aap", "aap", "aap"],
            "n_persons": [9, 1, 2, 7],
            "n_moves": [30, 1, 5, 7],
            "weight_sum": [30.0, 10.0, 5.0, 7.0],
        }
    )
    assert build_state_transitions(counts, **KEYS)["share"].tolist() == [0.75, 0.25, 1.0, 1.0]


@pytest.mark.parametrize("build", [build_states, build_state_transitions])
def test_no_counts_give_an_empty_table(build):
    names = ["sector", "is_treated", "event_time", "state_code"]
    names = names if build is build_states else [*names[:2], "phase", "from_state", "to_state"]
    more = ["n_persons", "weight_sum"] + ["n_moves"] * (build is build_state_transitions)
    assert build(pd.DataFrame(columns=[*names, *more]), **KEYS).empty
