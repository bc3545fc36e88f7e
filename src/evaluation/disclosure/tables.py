"""Which rule is applied to which result table. The rules are told in the package docstring."""

from collections.abc import Mapping

import pandas as pd

from evaluation.disclosure.cells import hide_partner_cells, hide_pooled_counts, hide_small_cells
from evaluation.disclosure.marks import POOLED, with_marks
from evaluation.disclosure.matched import (
    agree_with_attrition,
    blur_share,
    disclose_matched_share,
)
from evaluation.disclosure.rounding import (
    disclose_return_to_work,
    disclose_state_transitions,
    disclose_states,
    disclose_variants,
    round_means,
)
from evaluation.disclosure.steps import hide_small_steps
from evaluation.disclosure.subgroups import agree_with_estimates, hide_few_missing
from evaluation.gate.verdict import COUNTED

_COUNTS = ("n_treated", "n_control", "n_clusters")
_ESTIMATE_KEYS = ("specification_id", "family", "subgroup", "outcome", "estimator", "event_time")
_EFFECT = (
    *("att", "se", "ci_low", "ci_high", "p_value", "true_att", "z", "covered"),
    *("ratio", "ratio_low", "ratio_high", "band_low", "band_high"),
    *("p_holm", "p_romano_wolf"),
)
_MEANS = tuple(
    f"{arm}_{part}"
    for arm in ("treated", "control")
    for part in ("before", "after", "change", "mean")
)


def disclose_tables(
    tables: Mapping[str, pd.DataFrame], *, min_cell_count: int, period_days: int
) -> dict[str, pd.DataFrame]:
    """Hide what may not be shown in every result table; tables without persons pass unchanged.

    Args:
        tables: Result tables by their name in `schemas.TABLES`; some may be absent.
        min_cell_count: Smallest count of persons that may be shown.
        period_days: Length of a period of the event study.
    """
    rules = {
        "estimates": _disclose_estimates,
        "event_study": _disclose_estimates,
        "balance": _disclose_balance,
        "attrition": hide_small_steps,
        "matched_share": disclose_matched_share,
        "unmatched": _disclose_unmatched,
        "overlap": _disclose_overlap,
        "composition": _disclose_composition,
        "linkage": _disclose_linkage,
        "states": disclose_states,
        "state_transitions": disclose_state_transitions,
        "return_to_work": disclose_return_to_work,
        "specifications": disclose_variants,
        "sensitivity": disclose_variants,
        "verify": _disclose_estimates,
        "diagnostics": _disclose_diagnostics,
        "multiplicity": _disclose_estimates,
        "services": _disclose_services,
        "inference_checks": _disclose_checks,
        "findings": _disclose_findings,
        "verify_event_time": _disclose_estimates,
    }
    shown = {
        name: rules[name](frame, min_cell_count=min_cell_count) if name in rules else frame
        for name, frame in tables.items()
    }
    if "event_study" in shown:
        shown["event_study"] = round_means(
            shown["event_study"], min_cell_count=min_cell_count, period_days=period_days
        )
    if "matched_share" in shown and "attrition" in shown:
        matched = agree_with_attrition(
            shown["matched_share"], tables["attrition"], shown["attrition"], min_cell_count
        )
        shown["matched_share"] = blur_share(matched, tables["matched_share"], min_cell_count)
    if "multiplicity" in shown and "estimates" in shown:
        shown["multiplicity"] = agree_with_estimates(shown["multiplicity"], shown["estimates"])
    if "findings" in shown:
        shown["findings"] = _blur_findings(shown["findings"], shown)
    return shown


def _disclose_estimates(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide whole estimates, by the columns that estimates, event_study and verify have."""
    counts = [column for column in _COUNTS if column in frame]
    resting = [column for column in (*_EFFECT, *_MEANS) if column in frame]
    result = hide_small_cells(
        frame,
        count_columns=counts,
        dependent_columns=[*counts, *resting],
        min_cell_count=min_cell_count,
    )
    groups = [column for column in _ESTIMATE_KEYS if column in frame]
    pooled = hide_pooled_counts(
        result, group_columns=groups, count_columns=counts, dependent_columns=resting
    )
    if "subgroup" not in frame or "event_time" in frame or "family" in frame:
        return pooled
    return hide_few_missing(
        pooled,
        group_columns=[name for name in groups if name != "subgroup"],
        dependent_columns=resting,
        min_cell_count=min_cell_count,
    )


def _disclose_services(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide small services; what is left of a sector is not shown beside it, for none is named."""
    keys = ("study_id", "sector", "outcome", "service", "n_treated", "n_control", "fingerprint")
    counts = ["n_treated", "n_control"]
    return hide_small_cells(
        frame,
        count_columns=counts,
        dependent_columns=[*counts, *(str(name) for name in frame if name not in keys)],
        min_cell_count=min_cell_count,
    )


def _disclose_checks(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide checks of few matched sets, and of every way of checking the same estimate."""
    resting = ["n_clusters", "statistic", "p_value", "ci_low", "ci_high"]
    is_sets = frame["method"].eq("randomisation_in_sets").fillna(False).astype(bool)
    sets = hide_small_cells(
        frame[is_sets],
        count_columns=["n_clusters"],
        dependent_columns=resting,
        min_cell_count=min_cell_count,
    )
    few = set(sets.loc[sets["is_hidden"], "sector"].dropna())
    result = with_marks(frame)
    # ALL less the sectors shown would give back what a hidden one adds.
    exposed = result["sector"].isin([*few, POOLED] if few else []).fillna(False).astype(bool)
    result.loc[exposed, resting] = pd.NA
    result["is_hidden"] |= exposed
    return result


def _disclose_diagnostics(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide numbers of diagnostics that rest on few; ALL where a sector's rest on few.

    Sentences quote counts, and shares of persons give them back: neither is shown at all. Which
    diagnostic failed always is.
    """
    dependent = ["n_treated", "value", "ci_low", "ci_high", "p_value"]
    shown = frame.assign(detail=pd.array([pd.NA] * len(frame), dtype="string"))
    is_counted = frame["diagnostic"].isin(COUNTED)
    shown.loc[is_counted, dependent[1:]] = pd.NA
    result = hide_small_cells(
        shown,
        count_columns=["n_treated"],
        dependent_columns=dependent,
        min_cell_count=min_cell_count,
    )
    return hide_pooled_counts(
        result,
        group_columns=["outcome", "diagnostic"],
        count_columns=["n_treated"],
        dependent_columns=dependent,
    )


def _disclose_balance(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    dependent = (
        *("treated_mean", "control_mean_before", "control_mean_after"),
        *("smd_before", "smd_after", "variance_ratio_after"),
    )
    result = hide_small_cells(
        frame,
        count_columns=["n_treated"],
        dependent_columns=dependent,
        min_cell_count=min_cell_count,
    )
    # A level is a cell of its covariate in every sector, the pooled one too: no total here.
    has_level = result["level"].fillna("").ne("")
    levels = hide_partner_cells(
        result[has_level].rename(columns={"sector": "_sector"}),
        group_columns=["_sector", "covariate"],
        count_column="n_treated",
        dependent_columns=dependent,
        min_cell_count=min_cell_count,
    ).rename(columns={"_sector": "sector"})
    joined = pd.concat([result[~has_level], levels]).loc[result.index]
    groups = ["covariate", "level"]
    return hide_pooled_counts(
        joined, group_columns=groups, count_columns=["n_treated"], dependent_columns=dependent
    )


def _disclose_overlap(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide bins of few, and a second one where the arm's total would give back the first."""
    result = hide_small_cells(
        frame,
        count_columns=["n_persons"],
        dependent_columns=["share"],
        min_cell_count=min_cell_count,
    )
    return hide_partner_cells(
        result,
        group_columns=["sector", "arm"],
        count_column="n_persons",
        dependent_columns=["share"],
        min_cell_count=min_cell_count,
    )


def _disclose_unmatched(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    """Hide whole rows: of eligible, matched and unmatched any two give the third."""
    counts = ["n_eligible", "n_matched", "n_unmatched"]
    resting = ["share_unmatched", "mean_matched", "mean_unmatched"]
    result = hide_small_cells(
        frame,
        count_columns=counts,
        dependent_columns=[*counts, *resting],
        min_cell_count=min_cell_count,
    )
    has_level = result["level"].fillna("").ne("")
    levels = hide_partner_cells(
        result[has_level].rename(columns={"sector": "_sector"}),
        group_columns=["_sector", "covariate"],
        count_column="n_unmatched",
        dependent_columns=["n_eligible", "n_matched", *resting],
        min_cell_count=min_cell_count,
    ).rename(columns={"_sector": "sector"})
    joined = pd.concat([result[~has_level], levels]).loc[result.index]
    return hide_pooled_counts(
        joined,
        group_columns=["covariate", "level"],
        count_columns=counts,
        dependent_columns=resting,
    )


def _disclose_composition(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    multi = ("n_multi_sector", "share_multi_sector")
    parts = (
        ("n_persons", ("share", *multi, "n_episodes")),
        ("n_multi_sector", ("share_multi_sector",)),
    )
    result = frame
    for column, dependent in parts:
        result = hide_small_cells(
            result,
            count_columns=[column],
            dependent_columns=dependent,
            min_cell_count=min_cell_count,
        )
        result = hide_partner_cells(
            result,
            group_columns=["year"],
            count_column=column,
            dependent_columns=dependent,
            min_cell_count=min_cell_count,
        )
    return _hide_overlap(result, frame, min_cell_count)


def _hide_overlap(result: pd.DataFrame, frame: pd.DataFrame, min_cell_count: int) -> pd.DataFrame:
    """Hide ALL of a year in which sectors less ALL would give a small number in two sectors."""
    pooled = frame["sector"].eq("ALL").fillna(False).astype(bool)
    for year, rows in frame.groupby("year"):
        counts = rows["n_persons"].astype("float64").where(~pooled.loc[rows.index])
        persons = rows.loc[pooled.loc[rows.index], "n_persons"].astype("float64").sum()
        if not 0 < counts.sum() - persons < min_cell_count:
            continue
        exposed = result["year"].eq(year).fillna(False).astype(bool) & pooled
        result.loc[exposed, "n_persons"] = pd.NA
        result.loc[exposed, "is_hidden"] = True
        # With persons as denominator, a count over its share would give ALL back.
        share_sum = rows.loc[~pooled.loc[rows.index], "share"].astype("float64").sum()
        if abs(share_sum - 1) > 1e-9:
            result.loc[result["year"].eq(year), "share"] = pd.NA
    return result


def _disclose_findings(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    # A share and its complement tell each other: both numbers of persons must be large enough.
    others = frame.assign(n_cases=frame["n_persons"] - frame["n_cases"])
    is_small = others["n_cases"].between(1, min_cell_count - 1).fillna(False)
    exposed = frame.assign(n_cases=frame["n_cases"].mask(is_small, 1))
    return hide_small_cells(
        exposed,
        count_columns=["n_persons", "n_cases"],
        dependent_columns=["estimate", "ci_low", "ci_high", "status", "rounded_inside"],
        min_cell_count=min_cell_count,
    )


def _blur_findings(frame: pd.DataFrame, shown: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Round shares to whole per cent, without intervals, where their own table hides a number."""
    sources = {
        "composition": ["sector_share", "multi_sector_share"],
        "matched_share": ["matched_share"],
    }
    result = frame.copy()
    for name, measures in sources.items():
        if name in shown and shown[name]["is_hidden"].any():
            exposed = result["measure"].isin(measures)
            result.loc[exposed, "estimate"] = result.loc[exposed, "estimate"].round(2)
            result.loc[exposed, ["ci_low", "ci_high", "n_persons", "n_cases"]] = pd.NA
    return result


def _disclose_linkage(frame: pd.DataFrame, *, min_cell_count: int) -> pd.DataFrame:
    counts = ["n_persons", "n_linked", "n_link_rows_without_register"]
    rules: tuple[tuple[list[str], list[str]], ...] = ((["n_unlinked"], ["n_linked"]), (counts, []))
    for columns, dependent in rules:
        frame = hide_small_cells(
            frame,
            count_columns=columns,
            dependent_columns=dependent,
            min_cell_count=min_cell_count,
        )
    return frame
