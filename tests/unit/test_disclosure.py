"""Small cells are hidden, and cannot be had back by subtraction."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.disclosure import disclose_tables
from evaluation.disclosure.cells import (
    hide_partner_cells,
    hide_pooled_counts,
    hide_small_cells,
)
from evaluation.disclosure.steps import hide_small_steps
from evaluation.errors import DisclosureError


def _counts(counts: dict[str, int], **more: object) -> pd.DataFrame:
    frame = pd.DataFrame({"sector": list(counts), "n_persons": list(counts.values())})
    frame["n_persons"] = frame["n_persons"].astype("Int64")
    frame["share"] = (frame["n_persons"] / frame["n_persons"].sum()).astype("Float64")
    return frame.assign(**more)


def _hide(frame: pd.DataFrame) -> pd.DataFrame:
    return hide_small_cells(
        frame, count_columns=["n_persons"], dependent_columns=["share"], min_cell_count=5
    )


def _attrition(chains: dict[tuple[str, str], list[int]]) -> pd.DataFrame:
    rows = [
        {
            "sector": sector,
            "arm": arm,
            "step": step,
            "step_name": f"step {step}",
            "n_persons": count,
            "n_excluded": counts[step - 1] - count if step else 0,
        }
        for (sector, arm), counts in chains.items()
        for step, count in enumerate(counts)
    ]
    frame = pd.DataFrame(rows)
    return frame.astype({"n_persons": "Int64", "n_excluded": "Int64", "sector": "string"})


def _shown(frame: pd.DataFrame, column: str, sector: str = "SOM") -> list[int | None]:
    values = frame[frame["sector"].eq(sector)][column]
    return [None if pd.isna(value) else int(value) for value in values]


@pytest.mark.parametrize(
    ("count", "is_hidden"), [(0, False), (1, True), (4, True), (5, False), (900, False)]
)
def test_only_one_to_four_is_small(count: int, is_hidden: bool) -> None:
    result = _hide(_counts({"SOM": count}))
    assert bool(result["is_hidden"].iloc[0]) is is_hidden
    assert bool(pd.isna(result["n_persons"].iloc[0])) is is_hidden


def test_what_rests_on_a_small_count_is_hidden_with_it() -> None:
    result = _hide(_counts({"SOM": 60, "TSB": 3}))
    assert pd.isna(result["share"].iloc[1])
    assert result["small_counts"].tolist() == ["", "n_persons "]
    assert result["share"].iloc[0] == pytest.approx(60 / 63)


def test_the_given_frame_is_left_as_it_was() -> None:
    frame = _counts({"TSB": 3})
    before = frame.copy()
    _hide(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(DisclosureError, match="needs columns"):
        hide_small_cells(
            _counts({"SOM": 1}), count_columns=["n"], dependent_columns=[], min_cell_count=5
        )


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(DisclosureError, match="negative"):
        _hide(_counts({"SOM": -1}).assign(share=0.1))


def test_the_pooled_count_is_hidden_with_a_sector() -> None:
    result = hide_pooled_counts(
        _hide(_counts({"SOM": 60, "TSB": 3, "ALL": 63}, outcome="x")),
        group_columns=["outcome"],
        count_columns=["n_persons"],
    )
    assert _shown(result, "n_persons", "ALL") == [None]
    assert _shown(result, "n_persons", "SOM") == [60]
    assert result["share"].notna().tolist() == [True, False, True]


def _partner(frame: pd.DataFrame) -> pd.DataFrame:
    return hide_partner_cells(
        _hide(frame),
        group_columns=["year"],
        count_column="n_persons",
        dependent_columns=["share"],
        min_cell_count=5,
    )


def test_the_next_smallest_cell_of_a_whole_is_hidden_too() -> None:
    result = _partner(_counts({"SOM": 600, "PHV": 290, "TSB": 3, "ARR": 80}, year=2011))
    assert result["n_persons"].isna().tolist() == [False, False, True, True]
    assert result["share"].isna().tolist() == [False, False, True, True]


def test_a_whole_without_a_partner_is_hidden_but_for_its_zeros() -> None:
    result = _partner(_counts({"SOM": 7, "PHV": 0, "TSB": 3}, year=2011))
    assert _shown(result, "n_persons", "SOM") == [None]
    assert _shown(result, "n_persons", "PHV") == [0]


def test_other_years_are_left_alone() -> None:
    frames = [_counts({"SOM": 600, "TSB": 3, "ARR": 80}, year=2011)]
    frames.append(_counts({"SOM": 600, "TSB": 9, "ARR": 80}, year=2012))
    result = _partner(pd.concat(frames, ignore_index=True))
    assert not result[result["year"].eq(2012)]["is_hidden"].any()


def test_a_small_exclusion_cannot_be_had_from_its_neighbours() -> None:
    frame = _attrition({("SOM", "treated"): [1200, 1000, 997]})
    result = hide_small_steps(frame, min_cell_count=5)
    assert _shown(result, "n_persons") == [1200, None, 997]
    assert _shown(result, "n_excluded") == [0, None, None]


def test_zero_and_large_exclusions_stay() -> None:
    frame = _attrition({("SOM", "treated"): [1200, 1200, 1000]})
    result = hide_small_steps(frame, min_cell_count=5)
    assert _shown(result, "n_excluded") == [0, 0, 200]
    assert not result["is_hidden"].any()


def test_sectors_are_hidden_together_where_one_is_merged_and_all_stays() -> None:
    chains = {("SOM", "treated"): [500, 400, 300], ("TSB", "treated"): [60, 42, 40]}
    frame = _attrition(chains | {("ALL", "treated"): [560, 442, 340]})
    result = hide_small_steps(frame, min_cell_count=5)
    assert _shown(result, "n_persons", "TSB") == [60, None, 40]
    assert _shown(result, "n_persons", "SOM") == [500, None, 300]
    assert _shown(result, "n_persons", "ALL") == [560, 442, 340]


def test_all_is_hidden_where_a_sector_is_small() -> None:
    chains = {("SOM", "treated"): [500, 300], ("TSB", "treated"): [60, 3]}
    frame = _attrition(chains | {("ALL", "treated"): [560, 303]})
    result = hide_small_steps(frame, min_cell_count=5)
    assert _shown(result, "n_persons", "TSB") == [60, None]
    assert _shown(result, "n_persons", "SOM") == [500, 300]
    assert _shown(result, "n_persons", "ALL") == [560, None]


def test_the_number_of_controls_does_not_tell_the_number_of_treated() -> None:
    chains = {("TSB", "treated"): [60, 4], ("TSB", "control"): [900, 20]}
    chains |= {("ALL", "treated"): [560, 304], ("ALL", "control"): [9000, 1520]}
    result = hide_small_steps(_attrition(chains), min_cell_count=5)
    assert _shown(result, "n_persons", "TSB") == [60, None, 900, None]
    assert _shown(result, "n_persons", "ALL") == [560, None, 9000, None]


_LOSSES = st.lists(st.integers(0, 12), min_size=1, max_size=6)


@settings(deadline=None)
@given(losses=_LOSSES, last=st.integers(0, 40))
def test_no_two_shown_steps_differ_by_a_small_count(losses: list[int], last: int) -> None:
    counts = [last + sum(losses[place:]) for place in range(len(losses) + 1)]
    frame = _attrition({("SOM", "treated"): counts})
    result = hide_small_steps(frame, min_cell_count=5)
    shown = [count for count in _shown(result, "n_persons") if count is not None]
    assert all(abs(a - b) not in range(1, 5) for a in shown for b in shown)
    assert all(count not in range(1, 5) for count in shown)
    excluded = [count for count in _shown(result, "n_excluded") if count is not None]
    assert all(count not in range(1, 5) for count in excluded)


_SECTOR_LOSSES = st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=4)


@settings(deadline=None)
@given(losses=_SECTOR_LOSSES, last=st.tuples(*[st.integers(0, 30)] * 3))
def test_a_hidden_sector_is_never_all_less_the_others(
    losses: list[tuple[int, ...]], last: tuple[int, ...]
) -> None:
    names = ("SOM", "PHV", "TSB")
    chains = {
        (name, "treated"): [
            last[i] + sum(loss[i] for loss in losses[k:]) for k in range(len(losses) + 1)
        ]
        for i, name in enumerate(names)
    }
    pooled = [sum(step) for step in zip(*chains.values(), strict=True)]
    frame = _attrition(chains | {("ALL", "treated"): pooled})
    result = hide_small_steps(frame, min_cell_count=5)
    for _, rows in result.groupby("step"):
        hidden = rows[rows["sector"].ne("ALL")]["n_persons"].isna().sum()
        all_is_shown = rows[rows["sector"].eq("ALL")]["n_persons"].notna().all()
        assert not (all_is_shown and hidden == 1)


def _matched(persons: int, eligible: int, matched: int) -> pd.DataFrame:
    counts = {"n_persons": persons, "n_eligible": eligible, "n_matched": matched}
    frame = pd.DataFrame([{"study_id": "s", "sector": "SOM", **counts}])
    frame["matched_share"] = matched / persons
    return frame.astype({**dict.fromkeys(counts, "Int64"), "matched_share": "Float64"})


def test_the_matched_share_is_rounded_where_a_count_is_hidden() -> None:
    tables = {"matched_share": _matched(20003, 20001, 20000)}
    result = disclose_tables(tables, min_cell_count=5, period_days=30)["matched_share"]
    assert _shown(result, "n_persons") == [None]
    assert _shown(result, "n_matched") == [20000]
    assert result["matched_share"].tolist() == [1.0]


def test_the_matched_share_of_few_is_hidden_with_its_count() -> None:
    tables = {"matched_share": _matched(103, 101, 100)}
    result = disclose_tables(tables, min_cell_count=5, period_days=30)["matched_share"]
    assert result["matched_share"].isna().all()


def test_the_matched_share_shows_no_step_that_the_attrition_hides() -> None:
    tables = {
        "matched_share": _matched(1200, 1000, 900),
        "attrition": _attrition({("SOM", "treated"): [1200, 1003, 1000, 997, 900]}),
    }
    result = disclose_tables(tables, min_cell_count=5, period_days=30)
    assert _shown(result["attrition"], "n_persons") == [1200, 1003, None, 997, 900]
    assert _shown(result["matched_share"], "n_eligible") == [None]
    assert _shown(result["matched_share"], "n_matched") == [900]


def test_tables_without_persons_pass_unchanged() -> None:
    frame = pd.DataFrame({"check_id": ["a"], "n_violations": [3]})
    assert disclose_tables({"quality": frame}, min_cell_count=5, period_days=30)["quality"] is frame


def _composition(counts: dict[str, int], share_of: int) -> pd.DataFrame:
    rows = [
        {
            "year": 2013,
            "sector": sector,
            "n_persons": n,
            "share": 1.0 if sector == "ALL" else n / share_of,
            "n_multi_sector": 0,
            "share_multi_sector": 0.0,
            "n_episodes": 3 * n,
        }
        for sector, n in counts.items()
    ]
    return pd.DataFrame(rows).astype({"n_persons": "Int64", "n_multi_sector": "Int64"})


def test_few_persons_in_two_sectors_cannot_be_told_from_sectors_less_all() -> None:
    # 107 + 21 + 6 = 134 person-sectors of 130 persons: four are in two sectors.
    counts = {"SOM": 107, "PHV": 21, "ARR": 6, "ALL": 130}
    tables = {"composition": _composition(counts, share_of=134)}
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)["composition"].set_index(
        "sector"
    )
    assert pd.isna(shown.loc["ALL", "n_persons"])
    assert shown.loc["SOM", "n_persons"] == 107
    # With persons as denominator, 107 / (107 / 130) would give the 130 back.
    tables = {"composition": _composition(counts, share_of=130)}
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)["composition"]
    assert shown["share"].isna().all()


def test_many_persons_in_two_sectors_hide_nothing() -> None:
    counts = {"SOM": 107, "PHV": 21, "ARR": 6, "ALL": 120}
    tables = {"composition": _composition(counts, share_of=134)}
    shown = disclose_tables(tables, min_cell_count=5, period_days=30)["composition"]
    assert shown["n_persons"].notna().all()


def test_means_of_all_are_hidden_where_a_sector_is_because_they_would_give_its_mean() -> None:
    frame = pd.DataFrame(
        {
            "sector": ["SOM", "PHV", "ALL"],
            "outcome": "sick_leave_days",
            "n_treated": pd.array([41, 4, 45], dtype="Int64"),
            "n_control": pd.array([200, 20, 220], dtype="Int64"),
            "treated_before": [35.0, 100.75, 40.9],
            "att": [1.0, 2.0, 1.1],
        }
    )
    shown = disclose_tables({"estimates": frame}, min_cell_count=5, period_days=30)["estimates"]
    shown = shown.set_index("sector")
    assert shown.loc["SOM", "treated_before"] == 35.0
    assert shown.loc[["PHV", "ALL"], ["treated_before", "att", "n_treated"]].isna().all(axis=None)


def test_of_eligible_matched_and_unmatched_none_shows_when_one_is_small() -> None:
    rows = [
        ("SOM", "sex", "1", 100, 97, 3),
        ("SOM", "sex", "2", 90, 60, 30),
        ("SOM", "age_years", "", 190, 157, 33),
        ("ALL", "sex", "1", 140, 132, 8),
        ("ALL", "sex", "2", 120, 85, 35),
        ("ALL", "age_years", "", 260, 217, 43),
    ]
    columns = ["sector", "covariate", "level", "n_eligible", "n_matched", "n_unmatched"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        share_unmatched=0.1, mean_matched=40.0, mean_unmatched=50.0
    )
    shown = disclose_tables({"unmatched": frame}, min_cell_count=5, period_days=30)["unmatched"]
    by_row = shown.set_index(["sector", "covariate", "level"])
    for key in [("SOM", "sex", "1"), ("SOM", "sex", "2"), ("ALL", "sex", "1")]:
        assert by_row.loc[key, ["n_eligible", "n_matched", "n_unmatched"]].isna().all(), key
        assert pd.isna(by_row.loc[key, "share_unmatched"]), key
    assert by_row.loc[("SOM", "age_years", ""), "n_unmatched"] == 33


def test_a_small_bin_of_the_overlap_takes_a_partner_with_it() -> None:
    frame = pd.DataFrame(
        {
            "sector": "SOM",
            "arm": ["treated"] * 3 + ["control"] * 3,
            "preference_low": [0.3, 0.5, 0.7] * 2,
            "n_persons": [3, 40, 60, 20, 30, 40],
            "share": [0.03, 0.39, 0.58, 0.2, 0.3, 0.5],
        }
    )
    shown = disclose_tables({"overlap": frame}, min_cell_count=5, period_days=30)["overlap"]
    assert shown["share"].isna().tolist() == [True, True, False, False, False, False]
    assert shown["n_persons"].isna().tolist() == [True, True, False, False, False, False]
