"""Does being unlinked differ between treated and comparators?

Whoever is not found through the link file is in no estimate. That does no harm while it
happens alike in both arms; where it does not, the arms no longer stand for those they were
drawn from.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep

# Our choice. One point of the treated, who differ by 100 days from those that are linked, moves
# an effect by one day: the smallest effect that was published for Raskere tilbake.
ATTENTION_POINTS = 1.0
CHANCE = 0.05
_ARMS = ("treated", "comparator")
_PARTS = {"treated": "treated", "comparator": "comparators"}


def compare_unlinked(counts: pd.DataFrame, *, fingerprint: str) -> pd.DataFrame:
    """Compare the unlinked share of treated with that of comparators, by sector and in all.

    The difference has Newcombe's interval, which stands with no unlinked at all; its p-value is
    of Fisher's exact test, which stands with few. Within years, the difference is the
    Mantel-Haenszel mean of the years' differences (weights: treated times comparators over
    both), and its p-value that of Cochran, Mantel and Haenszel.

    Verdict: `attention` when the difference is more than ATTENTION_POINTS and its p-value below
    CHANCE, `uncertain` when it is as large but may be chance, `not_applicable` when an arm has
    nobody, else `pass`.

    Source: Newcombe 1998 (method 10); Fisher 1935; Greenland and Robins 1985; statsmodels.

    Args:
        counts: Columns sector, year, arm (treated or comparator), n_persons and
            n_persons_unlinked; one row for each of them.
        fingerprint: Of the study.

    Returns:
        Rows of schemas.TABLES["linkage_difference"], ALL last.
    """
    sectors = sorted(set(counts["sector"]) - {"ALL"})
    sectors += ["ALL"] if counts["sector"].eq("ALL").any() else []
    rows = [_compare(counts[counts["sector"].eq(sector)]) for sector in sectors]
    named = [
        {"sector": sector, **row, "fingerprint": fingerprint}
        for sector, row in zip(sectors, rows, strict=True)
    ]
    return pd.DataFrame(named, columns=["sector", *_COLUMNS, "fingerprint"])


_COLUMNS = (
    *("n_treated", "n_treated_unlinked", "share_treated"),
    *("n_comparators", "n_comparators_unlinked", "share_comparators"),
    *("difference_points", "ci_low", "ci_high", "p_value"),
    *("difference_points_within_year", "p_value_within_year", "verdict"),
)


def _compare(counts: pd.DataFrame) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_COLUMNS, pd.NA)
    persons, unlinked = _totals(counts, "n_persons"), _totals(counts, "n_persons_unlinked")
    for arm, name in _PARTS.items():
        row[f"n_{name}"], row[f"n_{name}_unlinked"] = persons[arm], unlinked[arm]
        if persons[arm]:
            row[f"share_{name}"] = unlinked[arm] / persons[arm]
    if not all(persons.values()):
        return row | {"verdict": "not_applicable"}
    low, high = confint_proportions_2indep(
        unlinked["treated"],
        persons["treated"],
        unlinked["comparator"],
        persons["comparator"],
        compare="diff",
        method="newcomb",
    )
    difference = 100 * (row["share_treated"] - row["share_comparators"])
    row |= {
        "difference_points": difference,
        "ci_low": 100 * float(low),
        "ci_high": 100 * float(high),
        "p_value": _test(persons, unlinked),
    }
    if abs(difference) > ATTENTION_POINTS:
        row["verdict"] = "attention" if row["p_value"] < CHANCE else "uncertain"
    else:
        row["verdict"] = "pass"
    return row | _within_years(counts)


def _totals(counts: pd.DataFrame, column: str) -> dict[str, int]:
    return {arm: int(counts.loc[counts["arm"].eq(arm), column].sum()) for arm in _ARMS}


def _test(persons: dict[str, int], unlinked: dict[str, int]) -> float:
    table = np.array([[unlinked[arm], persons[arm] - unlinked[arm]] for arm in _ARMS])
    return float(fisher_exact(table).pvalue)


def _within_years(counts: pd.DataFrame) -> dict[str, float]:
    """Compare within years that have both arms."""
    years = counts.pivot_table(
        index="year", columns="arm", values=["n_persons", "n_persons_unlinked"], aggfunc="sum"
    )
    strata = []
    for _, year in years.iterrows():
        cells = [
            [year.get(("n_persons_unlinked", arm), 0), year.get(("n_persons", arm), 0)]
            for arm in _ARMS
        ]
        table = np.nan_to_num(np.array(cells, dtype=np.float64))
        if table[:, 1].all():
            strata.append(table)
    if not strata:
        return {}
    weights = np.array([t[0, 1] * t[1, 1] / t[:, 1].sum() for t in strata])
    differences = np.array([t[0, 0] / t[0, 1] - t[1, 0] / t[1, 1] for t in strata])
    return {
        "difference_points_within_year": 100 * float(weights @ differences / weights.sum()),
        "p_value_within_year": _test_within_years(strata),
    }


def _test_within_years(strata: list[np.ndarray[Any, Any]]) -> float:
    tables = [np.column_stack([t[:, 0], t[:, 1] - t[:, 0]]) for t in strata]
    # A year in which nobody or everybody is unlinked says nothing.
    tables = [table for table in tables if table.sum(axis=0).all()]
    return float(StratifiedTable(tables).test_null_odds().pvalue) if tables else 1.0
