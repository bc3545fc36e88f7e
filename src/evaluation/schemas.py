"""Columns of every result table: name, type, unit, meaning, and whether it counts persons.

The contract for whoever reads OUT/results. The columns of `../shared/design/contract.md`
come first, in its order; later ones are additions. Every table ends with `fingerprint`,
the study fingerprint that made it. Row-level tables are not results and are not here.
"""

from dataclasses import dataclass

import pandas as pd

from evaluation.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result table.

    Attributes:
        name: As it stands in the file.
        dtype: pandas type: "string", "Int64", "Float64", "boolean".
        text: Meaning, with the unit.
        counts_persons: The value is a number of persons and falls under the small-cell rule.
    """

    name: str
    dtype: str
    text: str
    counts_persons: bool = False


def _text(name: str, text: str) -> Column:
    return Column(name, "string", text)


def _count(name: str, text: str) -> Column:
    return Column(name, "Int64", text, counts_persons=True)


def _number(name: str, text: str) -> Column:
    return Column(name, "Float64", text)


_STUDY = _text("study_id", "Study that was run")
_SECTOR = _text("sector", "SOM, PHV, TSB, ARR, or ALL pooled")
_OUTCOME = _text("outcome", "An outcome of the study, such as sick_leave_days")
_ATT = _number("att", "Mean effect on the treated, in the unit, per window")
_SE = _number("se", "Standard error of att")
_CI_LOW = _number("ci_low", "Lower confidence limit")
_CI_HIGH = _number("ci_high", "Upper confidence limit")
_N_TREATED = _count("n_treated", "Treated persons in the estimate")
_N_CONTROL = _count("n_control", "Control persons in the estimate")
_ARM = _text("arm", "treated or control")
_FINGERPRINT = _text("fingerprint", "Study fingerprint")

TABLES: dict[str, tuple[Column, ...]] = {
    "estimates": (
        _STUDY,
        _text("specification_id", "main for the study's own settings"),
        _SECTOR,
        _text("subgroup", "all for everybody"),
        _OUTCOME,
        _text("unit", "days, dagsverk or months: of att and of the means"),
        _text("estimand", "Quantity asked for: att, or one that GLOSSARY.md tells"),
        _text("estimator", "did_2x2 is the headline"),
        Column("window_days", "Int64", "Length of the window after the index date, days"),
        _ATT,
        _SE,
        _CI_LOW,
        _CI_HIGH,
        _number("p_value", "Two-sided p-value of att = 0"),
        _N_TREATED,
        _N_CONTROL,
        _count("n_clusters", "Clusters in the smallest clustering dimension"),
        _number("treated_before", "Mean of the treated before"),
        _number("treated_after", "Mean of the treated after"),
        _number("treated_change", "treated_after less treated_before"),
        _number("control_before", "Weighted mean of the controls before"),
        _number("control_after", "Weighted mean of the controls after"),
        _number("control_change", "control_after less control_before"),
        _text("gate", "pass, fail or not_run"),
        _text("gate_reasons", "Why the gate failed or was not run"),
        _number("ratio", "Of poisson: after over before, treated over controls"),
        _number("ratio_low", "Lower confidence limit of the ratio"),
        _number("ratio_high", "Upper confidence limit of the ratio"),
        _FINGERPRINT,
    ),
    "event_study": (
        _STUDY,
        _SECTOR,
        _text("subgroup", "all for everybody"),
        _OUTCOME,
        _text("estimator", "event_study"),
        Column("event_time", "Int64", "Period; 0 is the first period from the index date"),
        _number("att", "Effect against the reference period, days per period"),
        _SE,
        _CI_LOW,
        _CI_HIGH,
        _N_TREATED,
        _N_CONTROL,
        _number("treated_mean", "Mean of the treated in the period, days"),
        _number("control_mean", "Weighted mean of the controls in the period, days"),
        _number("band_low", "Lower limit of the band that holds all periods at once, days"),
        _number("band_high", "Upper limit of the same band, days"),
        _FINGERPRINT,
    ),
    "multiplicity": (
        _STUDY,
        _text("family", "Tests judged together: headline (all sectors), or subgroups of a sector"),
        _SECTOR,
        _text("subgroup", "all, or <variable>=<level>"),
        _OUTCOME,
        _ATT,
        _SE,
        _number("p_value", "Two-sided p-value of att = 0, alone"),
        _number("p_holm", "Same, adjusted for all tests of the family by Holm"),
        _number("p_romano_wolf", "Same, by Romano and Wolf, who use how estimates move together"),
        _N_TREATED,
        _N_CONTROL,
        Column("n_tests", "Int64", "Tests in the family"),
        Column("n_draws", "Int64", "Draws behind p_romano_wolf"),
        _FINGERPRINT,
    ),
    "twfe_weights": (
        _STUDY,
        _SECTOR,
        Column("quarter", "Int64", "Quarter from the index date; 0 is the first"),
        _number("weight", "Weight of the effects of all cohorts in the quarter; all sum to 1"),
        _number("negative_weight", "Of it, the weights below zero"),
        _FINGERPRINT,
    ),
    "services": (
        _STUDY,
        _SECTOR,
        _OUTCOME,
        Column("service", "Int64", "Number of the service; it says nothing of which one it is"),
        _N_TREATED,
        _N_CONTROL,
        _ATT,
        _SE,
        _number("pooled_att", "Effect of the service given all: drawn to their mean"),
        _number("pooled_low", "Lower confidence limit of pooled_att"),
        _number("pooled_high", "Upper confidence limit of pooled_att"),
        _number("own_share", "Part of pooled_att that is the service's own estimate, 0-1"),
        _number("mean", "Mean of the true effects of services"),
        _number("tau", "Standard deviation of the true effects of services"),
        _number("p_alike", "p-value of all services having the same effect (Cochran's Q)"),
        _number("funnel_low", "Within it and funnel_high services alike fall, at this se"),
        _number("funnel_high", "See funnel_low"),
        _number("funnel_outer_low", "Same, for 99.8 % of services alike"),
        _number("funnel_outer_high", "See funnel_outer_low"),
        _FINGERPRINT,
    ),
    "inference_checks": (
        _STUDY,
        _SECTOR,
        _OUTCOME,
        _text("method", "wild_bootstrap_by_service, or randomisation_in_sets"),
        _number("statistic", "The effect as the method finds it; that of did_2x2"),
        _number("p_value", "Two-sided p-value of no effect, by the method"),
        _CI_LOW,
        _CI_HIGH,
        _count("n_clusters", "Services, or matched sets"),
        Column("n_draws", "Int64", "Draws; all sign vectors where they are fewer"),
        Column("seed", "Int64", "Of the draws"),
        _FINGERPRINT,
    ),
    "balance": (
        _STUDY,
        _SECTOR,
        _text("covariate", "What is compared"),
        _text("level", "Level of a categorical covariate; empty for a number"),
        _number("treated_mean", "Share, or mean, among the matched treated"),
        _number("control_mean_before", "Same among all eligible comparators"),
        _number("control_mean_after", "Same among the matched controls, weighted"),
        _number("smd_before", "Standardised mean difference before matching"),
        _number("smd_after", "Standardised mean difference after matching"),
        _number("variance_ratio_after", "Treated variance over control variance, matched"),
        _count("n_treated", "Matched treated persons with the level, or in all for a number"),
        _FINGERPRINT,
    ),
    "attrition": (
        _STUDY,
        _SECTOR,
        _ARM,
        Column("step", "Int64", "Order of the step"),
        _text("step_name", "What a person must meet to remain"),
        _count("n_persons", "Persons who remain"),
        _count("n_excluded", "Persons who left at this step"),
        _FINGERPRINT,
    ),
    "matched_share": (
        _STUDY,
        _SECTOR,
        _count("n_persons", "Persons with a treatment contact in the study period"),
        _count("n_eligible", "Of these, eligible for the study"),
        _count("n_matched", "Of these, matched"),
        _number("matched_share", "n_matched over n_persons"),
        _FINGERPRINT,
    ),
    "overlap": (
        _STUDY,
        _SECTOR,
        _ARM,
        _number("preference_low", "From this preference score, 0-1"),
        _number("preference_high", "To this one"),
        _count("n_persons", "Eligible persons of the arm there"),
        _number(
            "share", "n_persons over all of the arm in the sector whose diagnosis some treated have"
        ),
        _FINGERPRINT,
    ),
    "unmatched": (
        _STUDY,
        _SECTOR,
        _text("covariate", "What the persons are told apart by"),
        _text("level", "Level of a categorical covariate; empty for a number"),
        _count("n_eligible", "Eligible treated persons with the level, or in all for a number"),
        _count("n_matched", "Of these, matched"),
        _count("n_unmatched", "Of these, not matched: the estimate tells nothing of them"),
        _number("share_unmatched", "n_unmatched over n_eligible"),
        _number("mean_matched", "Mean among the matched, for a number"),
        _number("mean_unmatched", "Mean among the others, for a number"),
        _FINGERPRINT,
    ),
    "composition": (
        Column("year", "Int64", "Calendar year of the treatment contacts"),
        _SECTOR,
        _count("n_persons", "Persons with a treatment contact in the sector in the year"),
        _number("share", "Share of the sector in the year; denominator is a setting"),
        _count("n_multi_sector", "Of these, treated in two or more sectors in the year"),
        _number("share_multi_sector", "n_multi_sector over n_persons"),
        _count("n_episodes", "Treatment contacts"),
        _FINGERPRINT,
    ),
    "linkage": (
        _text("register", "npr, nav or ssb"),
        _count("n_persons", "Persons in the register's delivered files"),
        _count("n_linked", "Of these, found in the link file and among SSB persons"),
        _count("n_unlinked", "Of these, not found"),
        _count("n_link_rows_without_register", "Link rows whose person is not in the register"),
        _FINGERPRINT,
    ),
    "linkage_shares": (
        _text("dimension", "sector, year, debitor_code, age_band, sex or arm"),
        _text("level", "Level of the dimension; unknown where the register does not tell"),
        Column("n_rows", "Int64", "Contacts, those quarantined for want of a key among them"),
        _count("n_rows_unlinked", "Of these, of nobody among the linked persons"),
        _count("n_rows_without_key", "Of the unlinked, without a usable person key"),
        _count("n_persons", "Persons with a usable key and a contact in the level"),
        _count("n_persons_unlinked", "Of these, not found through the link file"),
        _number("share_unlinked", "n_rows_unlinked over n_rows"),
        _FINGERPRINT,
    ),
    "linkage_difference": (
        _SECTOR,
        _count("n_treated", "Persons with a contact with one of the study's debitor codes"),
        _count("n_treated_unlinked", "Of these, not found through the link file"),
        _number("share_treated", "n_treated_unlinked over n_treated"),
        _count("n_comparators", "Persons with a contact and without such a code in any sector"),
        _count("n_comparators_unlinked", "Of these, not found through the link file"),
        _number("share_comparators", "n_comparators_unlinked over n_comparators"),
        _number("difference_points", "share_treated less share_comparators, percentage points"),
        _number("ci_low", "Lower limit of its 95 % confidence interval, percentage points"),
        _number("ci_high", "Upper limit, percentage points"),
        _number("p_value", "Two-sided p-value of no difference, Fisher's exact test"),
        _number("difference_points_within_year", "Mantel-Haenszel mean over years, points"),
        _number("p_value_within_year", "Cochran-Mantel-Haenszel p-value over years"),
        _text("verdict", "pass, attention, uncertain or not_applicable"),
        _FINGERPRINT,
    ),
    "link_violations": (
        _text("key_space", "npr, nav or ssb"),
        _count("n_link_rows", "Rows of the link file with such a key"),
        _count("n_keys", "Different keys in them"),
        _count("n_keys_repeated", "Of these, in more than one row: the link is not one-to-one"),
        _count("n_rows_repeated", "Rows that such keys stand in"),
        _FINGERPRINT,
    ),
    "quality": (
        _text("check_id", "Check"),
        _text("table", "Table checked"),
        _text("column", "Column checked"),
        _text("severity", "contract and error stop the run, warning does not"),
        _text("status", "pass, fail, not_applicable or error"),
        Column("n_rows", "Int64", "Rows, or cells of counts, examined"),
        Column("n_violations", "Int64", "Of these, those that break the rule"),
        _number("share", "n_violations over n_rows"),
        _number("threshold", "Largest allowed share"),
        _text("what_to_do", "Advice"),
        _text("family", "conformance, completeness or plausibility"),
        _text("means", "What a failure means for the estimates"),
        _FINGERPRINT,
    ),
    "quality_places": (
        _text("check_id", "Check"),
        _text("place", "Delivered file, cell of counts, or unknown code, where it is broken"),
        _text("rule", "Rule that is broken there"),
        _text("column", "Column that breaks it"),
        Column("n_rows", "Int64", "Rows, or cells of counts, examined there"),
        Column("n_violations", "Int64", "Of these, those that break the rule"),
        Column("first_row", "Int64", "Number of the first such row; empty for a cell"),
        _FINGERPRINT,
    ),
    "states": (
        _STUDY,
        _SECTOR,
        _ARM,
        Column("event_time", "Int64", "Period; 0 is the first period from the index date"),
        _text("state", "A state of codelist_states; the highest of the period's days"),
        _count("n_persons", "Matched persons in the state in the period"),
        _number("share", "Weighted share of the arm's persons in the period, 0-1"),
        _FINGERPRINT,
    ),
    "state_transitions": (
        _STUDY,
        _SECTOR,
        _ARM,
        _text("phase", "before or after the index date, by the period moved to"),
        _text("from_state", "State of a period"),
        _text("to_state", "State of the next period; the same for those who stay"),
        _count("n_persons", "Matched persons who made the move"),
        _count("n_moves", "Moves; a person moves once a period"),
        _number("share", "Weighted share of the moves from from_state in the phase, 0-1"),
        _FINGERPRINT,
    ),
    "return_to_work": (
        _STUDY,
        _SECTOR,
        _ARM,
        Column("sustained_days", "Int64", "Days without benefit that make a sustained return"),
        _text("event", "return_to_work, aap, disability or death: what happened first"),
        Column("day", "Int64", "Days from the index date"),
        _number("incidence", "Weighted share to whom the event has happened by the day, 0-1"),
        _SE,
        _CI_LOW,
        _CI_HIGH,
        _count("n_at_risk", "Persons to whom nothing has happened before the day, observed"),
        _count("n_events", "Persons to whom the event has happened by the day"),
        _count("n_persons", "Persons on a benefit, but not AAP or disability, at the index date"),
        _FINGERPRINT,
    ),
    "diagnostics": (
        _STUDY,
        _SECTOR,
        _text("outcome", "An outcome of the study, or all when it judges the sector"),
        _text("diagnostic", "balance, pre_trend, placebo, ...: see the gate"),
        _text("status", "pass, fail or not_run"),
        _number("value", "What is held against the threshold, in the unit"),
        _text("unit", "Of value, limits and threshold"),
        _CI_LOW,
        _CI_HIGH,
        _number("p_value", "Of the diagnostic's test, 0-1"),
        _number("threshold", "Of the protocol"),
        _text("detail", "What was found, or why it was not run"),
        _count("n_treated", "Treated persons that it rests on"),
        _FINGERPRINT,
    ),
    "specifications": (
        _STUDY,
        _text("specification_id", "main, or choice=level"),
        _text("choice", "What is chosen otherwise than in the study; main where nothing is"),
        _text("level", "How; empty for main"),
        _SECTOR,
        _OUTCOME,
        _text("measured_as", "Outcome that stands for it here, such as sick_leave_dagsverk"),
        _text("unit", "days, dagsverk or months: of att"),
        Column("window_days", "Int64", "Length of the window after the index date, days"),
        _ATT,
        _SE,
        _CI_LOW,
        _CI_HIGH,
        _number("p_value", "Two-sided p-value of att = 0"),
        _number("att_per_year", "att x 365 / window_days: windows of different length compared"),
        _number("ci_low_per_year", "Lower confidence limit of att_per_year"),
        _number("ci_high_per_year", "Upper confidence limit of att_per_year"),
        _N_TREATED,
        _N_CONTROL,
        _number("matched_share", "n_treated over persons with a treatment contact in the period"),
        _FINGERPRINT,
    ),
    "findings": (
        _STUDY,
        _text("finding_id", "Number of the finding in our reading of the source"),
        _text("part", "Which part of the finding, where it has several"),
        _text("measure", "What is measured; effect for the difference in differences"),
        _text("rule", "effect, near, at_least, at_most, rises, falls_in or none"),
        _number("low", "Lower end of what counts as reproduced, in the unit of the measure"),
        _number("high", "Upper end"),
        _text("status", "reproduced, not_reproduced, not_assessed, withheld, or why no number"),
        _number("estimate", "The number here: days, share 0-1, or a difference of these"),
        _CI_LOW,
        _CI_HIGH,
        Column("rounded_inside", "boolean", "An effect, rounded to whole days, is in the range"),
        _count("n_persons", "Persons behind it; of two groups the smaller"),
        _count("n_cases", "Of these, with the feature of a share"),
        _FINGERPRINT,
    ),
    "sensitivity": (
        _STUDY,
        _SECTOR,
        _OUTCOME,
        _text("analysis", "honest_*, placebo_date, leave_one_service_out or leave_one_year_out"),
        _text("level", "Bound, breakdown, smallest or largest, period, or year left out"),
        _number("bound", "Bound of an honest analysis: times the largest step, or days of bend"),
        Column("window_days", "Int64", "Length of the window of att, days"),
        _number("att", "Effect, days per window; empty where the row has limits alone"),
        _SE,
        _CI_LOW,
        _CI_HIGH,
        _number("p_value", "Two-sided p-value of att = 0"),
        _text("verdict", "Of a breakdown: no_finding, holds (to the largest bound) or breaks"),
        Column("parts", "Int64", "Services or years that were left out, one at a time"),
        _N_TREATED,
        _N_CONTROL,
        _FINGERPRINT,
    ),
    "verify": (
        _SECTOR,
        _OUTCOME,
        _number("true_att", "Mean planted effect over the matched treated, days"),
        _ATT,
        _SE,
        _number("z", "(att - true_att) / se"),
        Column("covered", "boolean", "true_att lies inside the confidence interval"),
        _CI_LOW,
        _CI_HIGH,
        _N_TREATED,
        _FINGERPRINT,
    ),
    "verify_event_time": (
        _SECTOR,
        _OUTCOME,
        Column("event_time", "Int64", "Period; 0 is the first period from the index date"),
        _number("true_att", "Mean planted effect less that in the reference period, days"),
        _number("att", "Effect against the reference period, days per period"),
        _SE,
        _number("z", "(att - true_att) / se; empty in the reference period"),
        Column("covered", "boolean", "true_att lies inside the confidence interval"),
        _CI_LOW,
        _CI_HIGH,
        _N_TREATED,
        _FINGERPRINT,
    ),
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
