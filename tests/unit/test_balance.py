"""Balance from sums, against row-level data recomputed slowly and sums done by hand."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evaluation.balance import build_balance
from evaluation.errors import EvaluationError
from evaluation.schemas import TABLES

# Variances come from sums of squares here and from deviations in the recomputation.
RTOL = 1e-9
COLUMNS = [
    "sector", "covariate", "level", "sample", "n_persons", "weight_sum", "value_sum",
    "value_square_sum",
]  # fmt: skip
SAMPLES = ["eligible_treated", "eligible_control", "matched_treated", "matched_control"]


def build(sums):
    return build_balance(sums, study_id="demo", fingerprint="f")


def row_of(table, sector, covariate, level=""):
    """One row as plain values; None where missing."""
    keys = table[["sector", "covariate", "level"]].eq([sector, covariate, level]).all(axis=1)
    (row,) = table[keys].to_dict("records")
    return row


def draw_rows():
    """One row per person and sample; PHV has no matched set."""
    rng = np.random.default_rng(51)
    frames = []
    sizes = {"SOM": (40, 90, 25, 60), "ARR": (30, 50, 20, 45), "PHV": (9, 30, 0, 0)}
    for sector, counts in sizes.items():
        for shift, (sample, size) in enumerate(zip(SAMPLES, counts, strict=True)):
            weight = 1 / rng.integers(1, 6, size) if sample == "matched_control" else np.ones(size)
            education = rng.choice(["1", "2", "3"], size, p=[0.5, 0.3, 0.2])
            frames.append(
                pd.DataFrame(
                    {
                        "sector": sector,
                        "sample": sample,
                        "weight": weight,
                        "age": rng.integers(20 + shift, 60, size).astype(float),
                        "education": education,
                    }
                )
            )
    rows = pd.concat(frames, ignore_index=True)
    is_rare = (rows["sample"] == "matched_control") & (rows["education"] == "3")
    return rows[~(is_rare & (rows["sector"] == "SOM"))]


def sum_up(rows):
    """What mart_balance holds, from rows."""
    sums = []
    for (sector, sample), group in rows.groupby(["sector", "sample"]):
        whole = group["weight"].sum()
        age, weight = group["age"], group["weight"]
        values = (weight * age).sum(), (weight * age**2).sum()
        sums.append((sector, "age", "", sample, len(group), whole, *values))
        for level, part in group.groupby("education"):
            count = part["weight"].sum()
            sums.append((sector, "education", level, sample, len(part), whole, count, count))
    return pd.DataFrame(sums, columns=COLUMNS)


def recompute(rows, covariate, level):
    """Means and variances by deviations from the mean, one sample at a time."""
    value = rows["age"] if covariate == "age" else (rows["education"] == level).astype(float)
    mean, variance = {}, {}
    for sample in SAMPLES:
        x, w = value[rows["sample"] == sample], rows.loc[rows["sample"] == sample, "weight"]
        mean[sample] = np.average(x, weights=w)
        variance[sample] = np.average((x - mean[sample]) ** 2, weights=w)
    scale = sqrt((variance["eligible_treated"] + variance["eligible_control"]) / 2)
    return {
        "treated_mean": mean["matched_treated"],
        "control_mean_before": mean["eligible_control"],
        "control_mean_after": mean["matched_control"],
        "smd_before": (mean["eligible_treated"] - mean["eligible_control"]) / scale,
        "smd_after": (mean["matched_treated"] - mean["matched_control"]) / scale,
        "ratio": variance["matched_treated"] / variance["matched_control"],
        "n_treated": ((rows["sample"] == "matched_treated") & (value > 0)).sum(),
    }


@pytest.mark.parametrize("sector", ["SOM", "ARR", "ALL"])
@pytest.mark.parametrize(
    ("covariate", "level"),
    [("age", ""), ("education", "1"), ("education", "2")],
)
def test_sums_give_what_row_level_data_give(sector, covariate, level):
    rows = draw_rows()
    ours = row_of(build(sum_up(rows)), sector, covariate, level)
    theirs = recompute(
        rows if sector == "ALL" else rows[rows["sector"] == sector], covariate, level
    )
    ratio = theirs.pop("ratio")
    for name, expected in theirs.items():
        assert_allclose(ours[name], expected, rtol=RTOL)
    if covariate == "age":
        assert_allclose(ours["variance_ratio_after"], ratio, rtol=RTOL)
    else:
        assert ours["variance_ratio_after"] is None


def test_a_level_absent_from_one_sample_counts_as_zero_there():
    rows = draw_rows()
    ours = row_of(build(sum_up(rows)), "SOM", "education", "3")
    treated = rows[(rows["sector"] == "SOM") & (rows["sample"] == "matched_treated")]
    assert ours["control_mean_after"] == 0
    assert_allclose(ours["treated_mean"], (treated["education"] == "3").mean(), rtol=RTOL)
    assert ours["smd_after"] > 0


def by_hand(**changed):
    """Eligible treated 3 of 4, eligible controls 1 of 4, matched 2 of 2 and weight 1 of 2."""
    sums = {
        "eligible_treated": (3, 4.0, 3.0, 3.0),
        "eligible_control": (1, 4.0, 1.0, 1.0),
        "matched_treated": (2, 2.0, 2.0, 2.0),
        "matched_control": (3, 2.0, 1.0, 1.0),
    } | changed
    rows = [("SOM", "sex", "F", sample, *values) for sample, values in sums.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_smd_equals_the_sum_done_by_hand():
    # p(1 - p) = 3/16 in both eligible samples, so the denominator is sqrt(3)/4.
    row = row_of(build(by_hand()), "SOM", "sex", "F")
    assert_allclose(row["smd_before"], (3 / 4 - 1 / 4) / (sqrt(3) / 4), rtol=RTOL)
    assert_allclose(row["smd_after"], (1 - 1 / 2) / (sqrt(3) / 4), rtol=RTOL)
    assert row["n_treated"] == 2


def test_no_variance_and_equal_means_give_smd_zero():
    nobody = dict.fromkeys(SAMPLES, (0, 4.0, 0.0, 0.0))
    row = row_of(build(by_hand(**nobody)), "SOM", "sex", "F")
    assert (row["smd_before"], row["smd_after"]) == (0, 0)


def test_no_variance_and_unequal_means_give_a_missing_smd():
    row = row_of(
        build(
            by_hand(
                eligible_treated=(4, 4.0, 4.0, 4.0),
                eligible_control=(0, 4.0, 0.0, 0.0),
            )
        ),
        "SOM",
        "sex",
        "F",
    )
    assert row["smd_before"] is None
    assert row["smd_after"] is None


def test_a_number_that_never_varies_has_no_variance_ratio_in_spite_of_rounding():
    values = (3, 3.0, 3 * 0.1, 0.1**2 + 0.1**2 + 0.1**2)
    sums = by_hand(**dict.fromkeys(SAMPLES, values)).assign(covariate="share", level="")
    row = row_of(build(sums), "SOM", "share")
    assert row["smd_before"] == 0
    assert row["variance_ratio_after"] is None


def test_a_sector_without_matched_sets_has_no_row_but_its_eligible_count_in_all():
    table = build(sum_up(draw_rows()))
    assert table["sector"].unique().tolist() == ["ARR", "SOM", "ALL"]


def test_row_order_changes_nothing():
    sums = sum_up(draw_rows())
    pd.testing.assert_frame_equal(build(sums), build(sums.sample(frac=1, random_state=3)))


def test_columns_are_those_of_the_contract_and_hold_no_nan():
    table = build(sum_up(draw_rows()))
    assert list(table.columns) == [column.name for column in TABLES["balance"]]
    assert not any(isinstance(value, float) and np.isnan(value) for value in table.to_numpy().flat)


def test_no_sums_give_an_empty_table():
    table = build(pd.DataFrame(columns=COLUMNS))
    assert len(table) == 0
    assert list(table.columns) == [column.name for column in TABLES["balance"]]


def test_two_weights_for_one_sample_are_refused():
    sums = sum_up(draw_rows())
    sums.loc[0, "weight_sum"] += 1
    with pytest.raises(EvaluationError, match="more than one weight_sum"):
        build(sums)


def test_an_unknown_sample_is_refused():
    with pytest.raises(EvaluationError, match="allowed are"):
        build(by_hand(everybody=(1, 1.0, 1.0, 1.0)))


def test_matched_without_eligible_is_refused():
    sums = by_hand()
    with pytest.raises(EvaluationError, match="no eligible"):
        build(sums[sums["sample"] != "eligible_control"])


def test_a_missing_level_is_refused_and_not_dropped():
    with pytest.raises(EvaluationError, match="level of its own"):
        build(by_hand().assign(level=None))
