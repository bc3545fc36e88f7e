"""What is not shown of a subgroup is nobody, or too many to be known."""

import pandas as pd
import pytest

from evaluation.disclosure import disclose_tables, hide_notes

EFFECTS = ("att", "se", "ci_low", "ci_high", "p_value")


def rows_of(counts: dict[tuple[str, str], int]) -> pd.DataFrame:
    rows = [
        {
            "specification_id": "main",
            "sector": sector,
            "subgroup": subgroup,
            "outcome": "sick_leave_days",
            "estimator": "did_2x2",
            "n_treated": count,
            "n_control": 100 * count,
            **dict.fromkeys(EFFECTS, 1.0),
        }
        for (sector, subgroup), count in counts.items()
    ]
    return pd.DataFrame(rows).astype({"n_treated": "Int64", "n_control": "Int64"})


def shown(counts: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    table = disclose_tables({"estimates": rows_of(counts)}, min_cell_count=5, period_days=30)[
        "estimates"
    ]
    kept = table[table["n_treated"].notna()]
    assert table.loc[table["n_treated"].isna(), list(EFFECTS)].isna().all(axis=None)
    return {(row.sector, row.subgroup): int(row.n_treated) for row in kept.itertuples()}


def test_a_level_without_a_row_is_not_what_the_others_lack() -> None:
    # 203 less 110 and 90 would be the three of the level that has no estimate.
    counts = {("SOM", "all"): 203, ("SOM", "edu=a"): 110, ("SOM", "edu=b"): 90}
    assert shown(counts) == {("SOM", "all"): 203, ("SOM", "edu=a"): 110}


@pytest.mark.parametrize(("missing", "is_hidden"), [(9, True), (10, False)])
def test_two_small_levels_may_be_missing_together(missing: int, is_hidden: bool) -> None:
    # Nine persons missing may be two levels of which one has four: ten are enough.
    counts = {("SOM", "all"): 200 + missing, ("SOM", "edu=a"): 110, ("SOM", "edu=b"): 90}
    assert (("SOM", "edu=b") not in shown(counts)) == is_hidden


def test_levels_that_add_up_or_lack_many_stay() -> None:
    counts = {
        ("SOM", "all"): 200,
        ("SOM", "sex=1"): 110,
        ("SOM", "sex=2"): 90,
        ("SOM", "age=a"): 120,
        ("SOM", "age=b"): 60,
    }
    assert shown(counts) == counts


def test_a_level_of_all_less_its_sectors_is_not_the_few_of_another_sector() -> None:
    counts = {
        ("SOM", "all"): 200,
        ("ARR", "all"): 200,
        ("ALL", "all"): 400,
        ("SOM", "sex=1"): 100,
        ("SOM", "sex=2"): 100,
        # Three men of ARR have no estimate.
        ("ARR", "sex=2"): 197,
        ("ALL", "sex=1"): 103,
        ("ALL", "sex=2"): 297,
    }
    kept = shown(counts)
    assert ("ALL", "sex=1") not in kept, "103 less 100 are the three"
    assert ("ARR", "sex=2") not in kept, "200 less 197 are the three"
    assert ("SOM", "sex=1") in kept


def test_what_a_level_hides_in_estimates_the_tests_hide_too() -> None:
    counts = {("SOM", "all"): 203, ("SOM", "edu=a"): 110, ("SOM", "edu=b"): 90}
    estimates = rows_of(counts)
    tests = estimates.drop(columns=["specification_id", "estimator", "ci_low", "ci_high"])
    tests = tests.assign(family="subgroups", p_holm=1.0, p_romano_wolf=1.0)
    both = {"estimates": estimates, "multiplicity": tests}
    table = disclose_tables(both, min_cell_count=5, period_days=30)["multiplicity"]
    assert table["p_holm"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(("n_sets", "is_hidden"), [(4, True), (5, False)])
def test_checks_of_few_sets_are_hidden_whatever_the_method_and_with_them_all(
    n_sets: int, is_hidden: bool
) -> None:
    methods = ("wild_bootstrap_by_service", "randomisation_in_sets")
    rows = [
        {"sector": sector, "outcome": "sick_leave_days", "method": method, "n_clusters": n}
        | {"statistic": 1.0, "p_value": 0.5, "ci_low": 0.0, "ci_high": 2.0}
        for sector, sizes in {"TSB": (3, n_sets), "SOM": (3, 90), "ALL": (3, 94)}.items()
        for method, n in zip(methods, sizes, strict=True)
    ]
    frame = pd.DataFrame(rows).astype({"n_clusters": "Int64"})
    table = disclose_tables({"inference_checks": frame}, min_cell_count=5, period_days=30)[
        "inference_checks"
    ]
    is_open = table["sector"].eq("SOM")
    assert table.loc[is_open, "statistic"].notna().all()
    assert table.loc[~is_open, "statistic"].isna().all() == is_hidden


def test_notes_on_a_hidden_sector_are_left_out_and_others_stay() -> None:
    counts = {("TSB", "all"): 3, ("SOM", "all"): 300, ("ALL", "all"): 303, ("SOM", "sex=1"): 296}
    estimates = rows_of(counts)
    tables = disclose_tables({"estimates": estimates}, min_cell_count=5, period_days=30)
    notes = [
        "poisson: TSB, sick_leave_days: an arm has no day at all",
        "TSB: no matched set",
        "SOM, sex: levels with fewer than 20 matched treated have no estimate",
        "ALL, sick_leave_days: event time 3: no matched set",
        "the words TSB alone name no sector",
    ]
    assert hide_notes(notes, tables) == tuple(notes[2:])
    assert hide_notes(notes, {}) == tuple(notes)


def test_a_sector_without_an_estimate_has_no_notes_where_its_matched_are_few() -> None:
    share = pd.DataFrame({"sector": ["TSB", "SOM"], "n_matched": [pd.NA, 300]})
    notes = ["TSB, sick_leave_days: the change is the same for all", "SOM, x: y"]
    assert hide_notes(notes, {"matched_share": share}) == ("SOM, x: y",)
