import pandas as pd
import pytest

from evaluation.linkage import ATTENTION_POINTS, compare_unlinked
from evaluation.schemas import check_table


def count(*rows: tuple[str, int, int, int, int, int]) -> pd.DataFrame:
    """Rows of sector, year, treated, of these unlinked, comparators, of these unlinked."""
    return pd.DataFrame(
        [
            {"sector": s, "year": year, "arm": arm, "n_persons": n, "n_persons_unlinked": lost}
            for s, year, treated, lost1, control, lost0 in rows
            for arm, n, lost in (("treated", treated, lost1), ("comparator", control, lost0))
        ],
        columns=["sector", "year", "arm", "n_persons", "n_persons_unlinked"],
    )


def compare(*rows: tuple[str, int, int, int, int, int]) -> pd.Series:
    return compare_unlinked(count(*rows), fingerprint="f").iloc[0]


def test_the_difference_is_in_percentage_points_with_newcombes_interval() -> None:
    # 56/70 and 48/80: the example of Newcombe 1998, table II (a), method 10: 0.0524 to 0.3339.
    row = compare(("SOM", 2010, 70, 56, 80, 48))
    assert row["share_treated"] == pytest.approx(0.8)
    assert row["share_comparators"] == pytest.approx(0.6)
    assert row["difference_points"] == pytest.approx(20)
    assert row["ci_low"] == pytest.approx(5.24, abs=0.005)
    assert row["ci_high"] == pytest.approx(33.39, abs=0.005)


def test_the_p_value_is_fishers_counted_by_hand() -> None:
    # Three of four and one of four: the tables as extreme have 1, 16, 16 and 1 of 70 ways.
    row = compare(("SOM", 2010, 4, 3, 4, 1))
    assert row["p_value"] == pytest.approx((1 + 16 + 16 + 1) / 70)


def test_the_difference_within_years_weighs_each_year_by_hand() -> None:
    # 2010: 2/10 less 1/10 = 0.1, weight 10 * 10 / 20 = 5. 2011: 3/30 less 3/10 = -0.2,
    # weight 30 * 10 / 40 = 7.5. Together (0.5 - 1.5) / 12.5 = -0.08.
    row = compare(("SOM", 2010, 10, 2, 10, 1), ("SOM", 2011, 30, 3, 10, 3))
    assert row["difference_points_within_year"] == pytest.approx(-8)
    # Treated unlinked expected 1.5 and 4.5, variances 1.5 * 17 * .25 / 19 * 2 and so on:
    # 10*10*3*17/(400*19) = 0.67105, 30*10*6*34/(1600*39) = 0.98077; (5 - 6)^2 / 1.65182.
    statistic = 1 / (5100 / 7600 + 61200 / 62400)
    assert row["p_value_within_year"] == pytest.approx(_chi_square_tail(statistic))


def _chi_square_tail(statistic: float) -> float:
    from math import erfc, sqrt

    return erfc(sqrt(statistic / 2))


def test_a_year_with_one_arm_only_is_in_the_whole_but_not_within_years() -> None:
    alone = compare(("SOM", 2010, 100, 5, 100, 5), ("SOM", 2011, 0, 0, 100, 50))
    assert alone["n_comparators"] == 200
    assert alone["difference_points_within_year"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("treated_lost", "verdict"),
    [(200, "pass"), (299, "pass"), (301, "attention"), (99, "attention"), (101, "pass")],
)
def test_more_than_a_point_apart_is_attention(treated_lost: int, verdict: str) -> None:
    assert ATTENTION_POINTS == 1.0
    assert compare(("SOM", 2010, 10_000, treated_lost, 100_000, 2_000))["verdict"] == verdict


def test_one_person_of_a_few_may_be_chance() -> None:
    row = compare(("TSB", 2010, 9, 1, 1_000, 16))
    assert row["difference_points"] > ATTENTION_POINTS
    assert row["verdict"] == "uncertain"


@pytest.mark.parametrize("lost", [0, 1])
def test_nobody_or_everybody_unlinked_is_alike(lost: int) -> None:
    row = compare(("SOM", 2010, 50, 50 * lost, 80, 80 * lost))
    assert row["difference_points"] == 0
    assert row["p_value"] == 1
    assert row["p_value_within_year"] == 1
    assert row["verdict"] == "pass"


def test_an_arm_with_nobody_is_not_judged() -> None:
    row = compare(("SOM", 2010, 0, 0, 80, 8))
    assert row["verdict"] == "not_applicable"
    assert row["share_comparators"] == 0.1
    assert pd.isna(row["share_treated"])
    assert pd.isna(row["difference_points"])


def test_sectors_come_in_order_with_all_last_and_fit_the_result_table() -> None:
    rows = [(sector, 2010, 10, 1, 20, 2) for sector in ("ALL", "SOM", "PHV")]
    table = check_table("linkage_difference", compare_unlinked(count(*rows), fingerprint="f"))
    assert table["sector"].to_list() == ["PHV", "SOM", "ALL"]
    assert set(table["fingerprint"]) == {"f"}


def test_no_contacts_give_an_empty_table() -> None:
    table = check_table("linkage_difference", compare_unlinked(count(), fingerprint="f"))
    assert table.empty
