"""Columns of every result table: name, type, unit, meaning, and whether it counts persons.

The contract for whoever reads OUT/results. The columns of `../shared/design/contract.md`
come first, in its order; later ones are additions. Every table ends with `fingerprint`,
the study fingerprint that made it. Row-level tables are not results and are not here.
"""

import pandas as pd

from evaluation.errors import EvaluationError
from evaluation.schema_columns import (
    ARM,
    ATT,
    CI_HIGH,
    CI_LOW,
    FINGERPRINT,
    GATE,
    N_CONTROL,
    N_TREATED,
    OUTCOME,
    SE,
    SECTOR,
    STUDY,
    Column,
    count,
    number,
    text,
)
from evaluation.schemas_checks import CHECK_TABLES

NOT_RUN = "not_run"
"""The gate of rows that are made before it judges."""
TABLES: dict[str, tuple[Column, ...]] = {
    "estimates": (
        STUDY,
        text("specification_id", "main for the study's own settings"),
        SECTOR,
        text("subgroup", "all for everybody"),
        OUTCOME,
        text("unit", "days, dagsverk or months: of att and of the means"),
        text("estimand", "Quantity asked for: att, or one that GLOSSARY.md tells"),
        text("estimator", "did_2x2 is the headline"),
        Column("window_days", "Int64", "Length of the window after the index date, days"),
        ATT,
        SE,
        CI_LOW,
        CI_HIGH,
        number("p_value", "Two-sided p-value of att = 0"),
        N_TREATED,
        N_CONTROL,
        count("n_clusters", "Clusters in the smallest clustering dimension"),
        number("treated_before", "Mean of the treated before"),
        number("treated_after", "Mean of the treated after"),
        number("treated_change", "treated_after less treated_before"),
        number("control_before", "Weighted mean of the controls before"),
        number("control_after", "Weighted mean of the controls after"),
        number("control_change", "control_after less control_before"),
        text("gate", "pass, fail or not_run"),
        text("gate_reasons", "Why the gate failed or was not run"),
        number("ratio", "Of poisson: after over before, treated over controls"),
        number("ratio_low", "Lower confidence limit of the ratio"),
        number("ratio_high", "Upper confidence limit of the ratio"),
        FINGERPRINT,
    ),
    "event_study": (
        STUDY,
        SECTOR,
        text("subgroup", "all for everybody"),
        OUTCOME,
        text("estimator", "event_study"),
        Column("event_time", "Int64", "Period; 0 is the first period from the index date"),
        number("att", "Effect against the reference period, days per period"),
        SE,
        CI_LOW,
        CI_HIGH,
        N_TREATED,
        N_CONTROL,
        number("treated_mean", "Mean of the treated in the period, days"),
        number("control_mean", "Weighted mean of the controls in the period, days"),
        number("band_low", "Lower limit of the band that holds all periods at once, days"),
        number("band_high", "Upper limit of the same band, days"),
        GATE,
        FINGERPRINT,
    ),
    "balance": (
        STUDY,
        SECTOR,
        text("covariate", "What is compared"),
        text("level", "Level of a categorical covariate; empty for a number"),
        number("treated_mean", "Share, or mean, among the matched treated"),
        number("control_mean_before", "Same among all eligible comparators"),
        number("control_mean_after", "Same among the matched controls, weighted"),
        number("smd_before", "Standardised mean difference before matching"),
        number("smd_after", "Standardised mean difference after matching"),
        number("variance_ratio_after", "Treated variance over control variance, matched"),
        count("n_treated", "Matched treated persons with the level, or in all for a number"),
        FINGERPRINT,
    ),
    "attrition": (
        STUDY,
        SECTOR,
        ARM,
        Column("step", "Int64", "Order of the step"),
        text("step_name", "What a person must meet to remain"),
        count("n_persons", "Persons who remain"),
        count("n_excluded", "Persons who left at this step"),
        FINGERPRINT,
    ),
    "matched_share": (
        STUDY,
        SECTOR,
        count("n_persons", "Persons with a treatment contact in the study period"),
        count("n_eligible", "Of these, eligible for the study"),
        count("n_matched", "Of these, matched"),
        number("matched_share", "n_matched over n_persons"),
        FINGERPRINT,
    ),
    "composition": (
        Column("year", "Int64", "Calendar year of the treatment contacts"),
        SECTOR,
        count("n_persons", "Persons with a treatment contact in the sector in the year"),
        number("share", "Share of the sector in the year; denominator is a setting"),
        count("n_multi_sector", "Of these, treated in two or more sectors in the year"),
        number("share_multi_sector", "n_multi_sector over n_persons"),
        count("n_episodes", "Treatment contacts"),
        FINGERPRINT,
    ),
    "linkage": (
        text("register", "npr, nav or ssb"),
        count("n_persons", "Persons in the register's delivered files"),
        count("n_linked", "Of these, found in the link file and among SSB persons"),
        count("n_unlinked", "Of these, not found"),
        count("n_link_rows_without_register", "Link rows whose person is not in the register"),
        FINGERPRINT,
    ),
    "linkage_shares": (
        text("dimension", "sector, year, debitor_code, age_band, sex or arm"),
        text("level", "Level of the dimension; unknown where the register does not tell"),
        Column("n_rows", "Int64", "Contacts, those quarantined for want of a key among them"),
        count("n_rows_unlinked", "Of these, of nobody among the linked persons"),
        count("n_rows_without_key", "Of the unlinked, without a usable person key"),
        count("n_persons", "Persons with a usable key and a contact in the level"),
        count("n_persons_unlinked", "Of these, not found through the link file"),
        number("share_unlinked", "n_rows_unlinked over n_rows"),
        FINGERPRINT,
    ),
    "linkage_difference": (
        SECTOR,
        count("n_treated", "Persons with a contact with one of the study's debitor codes"),
        count("n_treated_unlinked", "Of these, not found through the link file"),
        number("share_treated", "n_treated_unlinked over n_treated"),
        count("n_comparators", "Persons with a contact and without such a code in any sector"),
        count("n_comparators_unlinked", "Of these, not found through the link file"),
        number("share_comparators", "n_comparators_unlinked over n_comparators"),
        number("difference_points", "share_treated less share_comparators, percentage points"),
        number("ci_low", "Lower limit of its 95 % confidence interval, percentage points"),
        number("ci_high", "Upper limit, percentage points"),
        number("p_value", "Two-sided p-value of no difference, Fisher's exact test"),
        number("difference_points_within_year", "Mantel-Haenszel mean over years, points"),
        number("p_value_within_year", "Cochran-Mantel-Haenszel p-value over years"),
        text("verdict", "pass, attention, uncertain or not_applicable"),
        FINGERPRINT,
    ),
    "link_violations": (
        text("key_space", "npr, nav or ssb"),
        count("n_link_rows", "Rows of the link file with such a key"),
        count("n_keys", "Different keys in them"),
        count("n_keys_repeated", "Of these, in more than one row: the link is not one-to-one"),
        count("n_rows_repeated", "Rows that such keys stand in"),
        FINGERPRINT,
    ),
    "quality": (
        text("check_id", "Check"),
        text("table", "Table checked"),
        text("column", "Column checked"),
        text("severity", "contract and error stop the run, warning does not"),
        text("status", "pass, fail, not_applicable or error"),
        Column("n_rows", "Int64", "Rows, or cells of counts, examined"),
        Column("n_violations", "Int64", "Of these, those that break the rule"),
        number("share", "n_violations over n_rows"),
        number("threshold", "Largest allowed share"),
        text("what_to_do", "Advice"),
        text("family", "conformance, completeness or plausibility"),
        text("means", "What a failure means for the estimates"),
        FINGERPRINT,
    ),
    "quality_places": (
        text("check_id", "Check"),
        text("place", "Delivered file, cell of counts, or unknown code, where it is broken"),
        text("rule", "Rule that is broken there"),
        text("column", "Column that breaks it"),
        Column("n_rows", "Int64", "Rows, or cells of counts, examined there"),
        Column("n_violations", "Int64", "Of these, those that break the rule"),
        Column("first_row", "Int64", "Number of the first such row; empty for a cell"),
        FINGERPRINT,
    ),
    "states": (
        STUDY,
        SECTOR,
        ARM,
        Column("event_time", "Int64", "Period; 0 is the first period from the index date"),
        text("state", "A state of codelist_states; the highest of the period's days"),
        count("n_persons", "Matched persons in the state in the period"),
        number("share", "Weighted share of the arm's persons in the period, 0-1"),
        FINGERPRINT,
    ),
    "state_transitions": (
        STUDY,
        SECTOR,
        ARM,
        text("phase", "before or after the index date, by the period moved to"),
        text("from_state", "State of a period"),
        text("to_state", "State of the next period; the same for those who stay"),
        count("n_persons", "Matched persons who made the move"),
        count("n_moves", "Moves; a person moves once a period"),
        number("share", "Weighted share of the moves from from_state in the phase, 0-1"),
        FINGERPRINT,
    ),
    "return_to_work": (
        STUDY,
        SECTOR,
        ARM,
        Column("sustained_days", "Int64", "Days without benefit that make a sustained return"),
        text("event", "return_to_work, aap, disability or death: what happened first"),
        Column("day", "Int64", "Days from the index date"),
        number("incidence", "Weighted share to whom the event has happened by the day, 0-1"),
        SE,
        CI_LOW,
        CI_HIGH,
        count("n_at_risk", "Persons to whom nothing has happened before the day, observed"),
        count("n_events", "Persons to whom the event has happened by the day"),
        count("n_persons", "Persons on a benefit, but not AAP or disability, at the index date"),
        FINGERPRINT,
    ),
    **CHECK_TABLES,
}


def check_table(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Give a result table its columns, order and types.

    Args:
        name: Table of TABLES.
        frame: Must have exactly the table's columns, in any order.

    Raises:
        EvaluationError: A column is missing or unknown.
    """
    wanted = [column.name for column in TABLES[name]]
    missing = [column for column in wanted if column not in frame.columns]
    unknown = [column for column in frame.columns if column not in wanted]
    if missing or unknown:
        raise EvaluationError(
            f"result table {name}: missing columns {missing}, unknown columns {unknown}"
        )
    types = {column.name: column.dtype for column in TABLES[name]}
    return frame[wanted].astype(types)
