import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.specification_tables import (
    VariantLabels,
    build_specifications,
    build_variant_rows,
)
from evaluation.schemas import TABLES

OUTCOMES = {"sick_leave_days": ("sick_leave_days", "days")}


def units(sets, sector="SOM", first=1):
    """Each set: (before, after) of the treated, then of each control."""
    rows = []
    for number, members in enumerate(sets, start=first):
        for place, (before, after) in enumerate(members):
            rows.append(
                {
                    "sector": sector,
                    "matched_set_id": number,
                    "person_id": 100 * number + place,
                    "is_treated": place == 0,
                    "weight": 1.0 if place == 0 else 1 / (len(members) - 1),
                    "sick_leave_days_before": before,
                    "sick_leave_days_after": after,
                    "sick_leave_dagsverk_before": before * 5 / 7,
                    "sick_leave_dagsverk_after": after * 5 / 7,
                }
            )
    return pd.DataFrame(rows)


# Changes: treated -10, -20, -30; controls 0; 0 and 10; -10. Effects -10, -25, -20.
SETS = [
    [(30, 20), (5, 5)],
    [(40, 20), (7, 7), (10, 20)],
    [(50, 20), (20, 10)],
]


def rows_of(frame, *, choice="main", level="", window_days=365, measures=OUTCOMES, n=None):
    labels = VariantLabels(
        f"{choice}={level}" if level else choice, choice, level, window_days, measures
    )
    return build_variant_rows(
        frame,
        labels,
        sectors=["SOM", "ARR"],
        n_persons={"SOM": 4, "ALL": 6} if n is None else n,
        confidence_level=0.95,
        cluster_on=["matched_set"],
    )


def table_of(*parts):
    return build_specifications(parts, study_id="s", fingerprint="f")


def test_the_effect_is_the_mean_of_the_differences_within_sets():
    table = table_of(rows_of(units(SETS))).table
    assert list(table.columns) == [column.name for column in TABLES["specifications"]]
    assert list(table["sector"]) == ["SOM", "ALL"]
    row = table.iloc[0]
    assert row["att"] == pytest.approx((-10 - 25 - 20) / 3)
    assert (row["n_treated"], row["n_control"]) == (3, 4)
    assert row["matched_share"] == 0.75
    assert table.iloc[1]["matched_share"] == 0.5


def test_a_window_of_two_years_is_halved_to_days_per_year():
    table = table_of(rows_of(units(SETS), choice="windows", level="730", window_days=730)).table
    row = table.iloc[0]
    assert row["specification_id"] == "windows=730"
    for name in ("att", "ci_low", "ci_high"):
        assert row[f"{name}_per_year"] == pytest.approx(row[name] / 2)


def test_another_measure_stands_in_the_place_of_the_outcome():
    dagsverk = {"sick_leave_days": ("sick_leave_dagsverk", "dagsverk")}
    row = table_of(rows_of(units(SETS), choice="days", level="x", measures=dagsverk)).table.iloc[0]
    assert (row["outcome"], row["measured_as"]) == ("sick_leave_days", "sick_leave_dagsverk")
    assert row["unit"] == "dagsverk"
    assert row["att"] == pytest.approx((-10 - 25 - 20) / 3 * 5 / 7)


def test_what_a_variant_cannot_determine_has_a_note_and_no_row():
    both = pd.concat([units(SETS), units(SETS, "ARR", first=4)])
    alone = pd.concat([units(SETS), units(SETS[:1], "ARR", first=4)])
    result = table_of(rows_of(both), rows_of(alone, choice="windows", level="730"))
    sectors = result.table.groupby("specification_id")["sector"].agg(list)
    assert sectors["main"] == ["SOM", "ARR", "ALL"]
    assert sectors["windows=730"] == ["SOM", "ALL"]
    [note] = result.notes
    assert note.startswith("windows=730, ARR, sick_leave_days: ")


def test_nobody_matched_is_a_note():
    result = table_of(rows_of(units(SETS)), rows_of(units(SETS)[:0], choice="a", level="b"))
    assert set(result.table["specification_id"]) == {"main"}
    assert [note.split(":")[0] for note in result.notes] == [
        "a=b, SOM, sick_leave_days",
        "a=b, ALL, sick_leave_days",
    ]
    assert all("nobody is matched" in note for note in result.notes)


def test_what_the_main_specification_lacks_is_no_news_of_a_variant():
    result = table_of(rows_of(units(SETS)), rows_of(units(SETS), choice="a", level="b"))
    assert result.notes == ()


def test_no_matched_sets_at_all_give_an_empty_table_of_the_right_columns():
    result = table_of(rows_of(units(SETS)[:0]))
    assert list(result.table.columns) == [column.name for column in TABLES["specifications"]]
    assert result.table.empty


def test_nothing_is_missing_in_the_table():
    table = table_of(rows_of(units(SETS)), rows_of(units(SETS), choice="a", level="b")).table
    assert table.notna().all(axis=None)
    assert np.isfinite(table.select_dtypes("number").astype(float)).all(axis=None)
