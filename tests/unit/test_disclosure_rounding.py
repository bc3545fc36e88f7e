"""Rounded shares: what is rounded how, and that no small count comes back from them."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.disclosure import disclose_tables
from evaluation.disclosure.rounding import STEPS, choose_step, round_whole

MIN = 5


def states(counts, *, sector="SOM", time=0):
    """One period: persons in each state, by arm."""
    return pd.DataFrame(
        [
            {
                "sector": sector,
                "arm": arm,
                "event_time": time,
                "state": state,
                "n_persons": n,
                "share": n / sum(of_arm.values()),
            }
            for arm, of_arm in counts.items()
            for state, n in of_arm.items()
        ]
    ).astype({"n_persons": "Int64", "share": "Float64"})


def shown(frame):
    return disclose_tables({"states": frame}, min_cell_count=MIN, period_days=30)["states"]


def curve(persons, incidence, *, at_risk=None, sector="SOM", low=None, high=None):
    rows = [
        {
            "sector": sector,
            "arm": arm,
            "sustained_days": 28,
            "event": "aap",
            "day": 30,
            "incidence": incidence,
            "se": 0.01,
            "ci_low": incidence - 0.01 if low is None else low,
            "ci_high": incidence + 0.01 if high is None else high,
            "n_at_risk": n if at_risk is None else at_risk,
            "n_events": round(n * incidence),
            "n_persons": n,
        }
        for arm, n in persons.items()
    ]
    counts = dict.fromkeys(("n_at_risk", "n_events", "n_persons"), "Int64")
    tables = {"return_to_work": pd.DataFrame(rows).astype(counts)}
    return disclose_tables(tables, min_cell_count=MIN, period_days=30)["return_to_work"]


@pytest.mark.parametrize(
    ("n", "step"),
    [(199, None), (200, 0.05), (399, 0.05), (400, 0.025), (500, 0.02), (999, 0.02), (1000, 0.01)],
)
def test_half_a_step_is_never_fewer_than_the_smallest_count(n, step):
    assert choose_step(n, MIN) == step


@given(st.lists(st.integers(0, 50), min_size=1, max_size=10).filter(any), st.sampled_from(STEPS))
@settings(deadline=None)
def test_rounded_shares_of_a_whole_add_up_and_lie_within_a_step(counts, step):
    shares = np.array(counts) / sum(counts)
    rounded = round_whole(shares, step)
    assert rounded.sum() == pytest.approx(1)
    assert (abs(rounded - shares) <= step + 1e-9).all()
    assert rounded / step == pytest.approx(np.round(rounded / step))


def test_counts_of_states_are_never_shown_and_shares_are_rounded():
    arm = {"none": 697, "aap": 300, "dead": 3}
    result = shown(states({"treated": arm, "control": arm}))
    assert result["n_persons"].isna().all()
    assert result["share"].tolist() == [0.7, 0.3, 0.0] * 2
    assert result["rounded_to"].tolist() == [0.01] * 6


def test_two_counts_on_either_side_of_a_small_one_look_the_same():
    def of(dead):
        arm = {"none": 700 - dead, "aap": 300, "dead": dead}
        return shown(states({"treated": arm, "control": arm}))

    pd.testing.assert_frame_equal(of(0), of(3))


def test_both_arms_are_rounded_like_the_smaller():
    small, large = {"none": 200, "aap": 10}, {"none": 2000, "aap": 100}
    result = shown(states({"treated": small, "control": large}))
    assert set(result["rounded_to"]) == {0.05}


def test_a_period_of_few_is_hidden_in_both_arms_and_others_stay():
    few, many = {"none": 140, "aap": 20}, {"none": 900, "aap": 200}
    frames = [states({"treated": few, "control": many}, time=0)]
    frames.append(states({"treated": many, "control": many}, time=1))
    result = shown(pd.concat(frames, ignore_index=True)).groupby("event_time")["share"]
    assert result.count().to_dict() == {0: 0, 1: 4}


def test_a_sector_with_one_arm_is_hidden():
    assert shown(states({"treated": {"none": 900, "aap": 200}}))["share"].isna().all()


def test_curves_and_limits_are_rounded_outwards_and_counts_of_events_hidden():
    result = curve({"treated": 1234, "control": 5000}, 0.1234).iloc[0]
    assert result["incidence"] == pytest.approx(0.12)
    assert (result["ci_low"], result["ci_high"]) == (pytest.approx(0.11), pytest.approx(0.14))
    assert result[["se", "n_events"]].isna().all()
    assert (result["n_at_risk"], result["n_persons"]) == (1230, 1230)


def test_a_limit_on_a_step_stays_there():
    result = curve({"treated": 1234, "control": 5000}, 0.07, low=0.06, high=0.29).iloc[0]
    assert (result["ci_low"], result["ci_high"]) == (pytest.approx(0.06), pytest.approx(0.29))


@pytest.mark.parametrize(("at_risk", "told"), [(0, None), (4, None), (5, 10), (14, 10), (15, 20)])
def test_persons_at_risk_are_rounded_and_few_are_told_as_few(at_risk, told):
    result = curve({"treated": 1234, "control": 5000}, 0.1, at_risk=at_risk).iloc[0]
    assert (None if pd.isna(result["n_at_risk"]) else result["n_at_risk"]) == told
    assert ("n_at_risk" in result["small_counts"]) == (told is None)


def test_a_curve_of_few_is_hidden_in_both_arms():
    result = curve({"treated": 199, "control": 5000}, 0.1)
    columns = ["incidence", "ci_low", "ci_high", "n_at_risk", "n_persons", "n_events"]
    assert result[columns].isna().all(axis=None)
    assert result["is_hidden"].all()


@pytest.mark.parametrize("n", [200, 250, 451])
def test_no_rounded_table_fits_fewer_than_the_smallest_count_of_any_state(n):
    step, fits = choose_step(n, MIN), defaultdict(set)
    for first in range(0, n + 1):
        for second in range(0, min(60, n - first) + 1):
            counts = (first, second, n - first - second)
            table = tuple(round_whole(np.array(counts) / n, step))
            for place, count in enumerate(counts):
                fits[place, table].add(count)
    # Second is small: tables at the edge of what was tried would fit more.
    sizes = [len(counts) for (_, table), counts in fits.items() if table[1] < 40 / n]
    assert min(sizes) >= MIN


def test_all_less_the_other_sectors_does_not_tell_the_dead_of_one():
    """Three dead in one sector or none: ALL and the other sector look the same."""

    def of(dead):
        some = {"none": 700 - dead, "aap": 300, "dead": dead}
        others = {"none": 2100, "aap": 800, "dead": 40}
        pooled = {state: some[state] + others[state] for state in some}
        frames = [
            states({"treated": arm, "control": arm}, sector=sector)
            for sector, arm in (("SOM", some), ("PHV", others), ("ALL", pooled))
        ]
        return shown(pd.concat(frames, ignore_index=True))

    pd.testing.assert_frame_equal(of(0), of(3))


def moves(counts, *, phase="after"):
    """Moves from sick leave: persons who go to each state, by arm."""
    frame = pd.DataFrame(
        [
            {
                "sector": "ALL",
                "arm": arm,
                "phase": phase,
                "from_state": "full_sick_leave",
                "to_state": state,
                "n_persons": n,
                "n_moves": 3 * n,
                "share": n / sum(of_arm.values()),
            }
            for arm, of_arm in counts.items()
            for state, n in of_arm.items()
        ]
    ).astype({"n_persons": "Int64", "n_moves": "Int64", "share": "Float64"})
    return disclose_tables({"state_transitions": frame}, min_cell_count=MIN, period_days=30)[
        "state_transitions"
    ]


def test_moves_are_rounded_to_whole_per_cent_from_a_thousand_persons_and_add_up():
    many = {"none": 2000, "aap": 997, "dead": 3}
    result = moves({"treated": many, "control": many})
    assert set(result["rounded_to"]) == {0.01}
    assert list(result["share"]) == [0.67, 0.33, 0.0] * 2
    assert result[["n_persons", "n_moves"]].isna().all(axis=None)


def test_a_state_that_few_leave_in_one_arm_is_hidden_in_both():
    result = moves({"treated": {"none": 150, "aap": 20}, "control": {"none": 5000, "aap": 800}})
    assert result["is_hidden"].all()
    assert result["share"].isna().all()


def test_moves_of_one_arm_alone_are_hidden():
    assert moves({"treated": {"none": 5000, "aap": 800}})["is_hidden"].all()


def paths(*rows):
    """Event study of a sector and arm sizes: sector, n_treated, n_control, both means."""
    names = ["sector", "n_treated", "n_control", "treated_mean", "control_mean"]
    frame = pd.DataFrame(rows, columns=names).assign(
        subgroup="all",
        outcome="sick_leave_days",
        estimator="event_study",
        event_time=range(len(rows)),
        **dict.fromkeys(["att", "se", "ci_low", "ci_high"], 0.123),
    )
    frame = frame.astype({"n_treated": "Int64", "n_control": "Int64"})
    shown = disclose_tables({"event_study": frame}, min_cell_count=MIN, period_days=30)
    return shown["event_study"]


def test_means_of_periods_are_rounded_as_shares_of_their_days():
    result = paths(("SOM", 1000, 4000, 7.41, 7.34), ("SOM", 1200, 4000, 0.14, 29.9))
    assert list(result["rounded_to"]) == [0.3, 0.3]
    assert list(result["treated_mean"]) == [7.5, 0.0]
    assert list(result["control_mean"]) == [7.2, 30.0]
    # The difference between the arms keeps the rule of estimates.
    assert list(result["att"]) == [0.123, 0.123]


def test_the_arm_and_the_period_of_fewest_persons_give_a_sector_its_step():
    result = paths(("SOM", 200, 900, 7.41, 8.1), ("SOM", 900, 900, 7.41, 8.1))
    assert list(result["rounded_to"]) == [1.5, 1.5]
    assert list(result["control_mean"]) == [7.5, 7.5]


@pytest.mark.parametrize("sizes", [(199, 900), (900, 199)])
def test_means_of_fewer_than_two_hundred_persons_are_hidden_in_both_arms(sizes):
    result = paths(("SOM", *sizes, 7.41, 8.1), ("SOM", 900, 900, 7.41, 8.1), ("ARR", 4, 9, 1, 2))
    assert list(result["treated_mean"].isna()) == [True, False, True]
    assert list(result["control_mean"].isna()) == [True, False, True]
    assert list(result["is_hidden"]) == [True, False, True]


def test_every_sector_phase_and_state_left_has_a_step_of_its_own():
    cases = [
        ("SOM", "after", "aap", 2000, 0.01),
        ("SOM", "after", "none", 300, 0.05),
        ("SOM", "before", "aap", 450, 0.025),
        ("PHV", "after", "aap", 600, 0.02),
    ]
    frame = pd.DataFrame(
        [
            {"sector": sector, "phase": phase, "from_state": state, "arm": arm, "n_persons": n}
            for sector, phase, state, n, _ in cases
            for arm in ("treated", "control")
        ]
    ).assign(to_state="none", n_moves=9, share=1.0)
    tables = {"state_transitions": frame.astype({"n_persons": "Int64", "n_moves": "Int64"})}
    shown = disclose_tables(tables, min_cell_count=MIN, period_days=30)["state_transitions"]
    assert list(shown["rounded_to"]) == [step for *_, step in cases for _ in range(2)]


def test_persons_of_two_moves_are_not_counted_twice():
    few = {"none": 150, "aap": 100}
    assert moves({"treated": few, "control": few})["is_hidden"].all()


def variants(rows):
    frame = pd.DataFrame(
        [
            {
                "specification_id": name,
                "sector": sector,
                "outcome": "sick_leave_days",
                "att": att,
                "se": 1.23456,
                "ci_low": att - 2.4,
                "ci_high": att + 2.4,
                "p_value": 0.01234,
                "att_per_year": att / 2,
                "ci_low_per_year": att / 2 - 1.2,
                "ci_high_per_year": att / 2 + 1.2,
                "n_treated": n,
                "n_control": 5 * n,
                "matched_share": n / 1000,
            }
            for name, sector, att, n in rows
        ]
    ).astype({"n_treated": "Int64", "n_control": "Int64"})
    shown = disclose_tables({"specifications": frame}, min_cell_count=MIN, period_days=30)
    return shown["specifications"]


def test_two_variants_of_nearly_the_same_persons_do_not_subtract_to_the_few():
    first, second = variants([("main", "SOM", -8.123, 903), ("a=b", "SOM", -8.118, 901)]).iloc
    for name in ("n_treated", "att", "ci_low", "ci_high", "att_per_year", "matched_share"):
        assert first[name] == second[name], name
    assert first["n_treated"] == 900
    assert first["n_control"] % (2 * MIN) == 0
    assert (first["att"], first["se"], first["p_value"]) == (-8.1, 1.2, 0.01)


def test_a_variant_of_few_persons_is_hidden_and_the_pooled_one_with_it():
    rows = variants([("a=b", "SOM", -1.0, 3), ("a=b", "ARR", -2.0, 90), ("a=b", "ALL", -1.9, 93)])
    by_sector = rows.set_index("sector")
    assert pd.isna(by_sector.loc["SOM", ["att", "ci_low", "n_treated", "att_per_year"]]).all()
    assert pd.isna(by_sector.loc["ALL", ["att", "n_treated", "matched_share"]]).all()
    assert by_sector.loc["ARR", "att"] == -2.0
    assert list(by_sector["is_hidden"]) == [True, False, True]
