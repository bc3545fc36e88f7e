"""What stands beside the headline: other estimators, subgroups, services and checks of inference.

Thin: read, call one function, write, say how many rows. Rows of `estimates` are kept as parts;
the asset of that name puts them together.
"""

import dagster as dg
import pandas as pd

from evaluation.estimators.event_study_tables import build_event_study
from evaluation.estimators.service_tables import build_inference_checks, build_services
from evaluation.estimators.staggered_tables import build_staggered
from evaluation.estimators.subgroup_tables import build_subgroups
from evaluation.estimators.tables import build_stratified
from evaluation.warehouse.build import read_table
from pipelines.gate_marks import write_marked
from pipelines.resources import OutputFolder, StudyFile
from pipelines.withholding import withhold_values

UNIT_ORDER = "sector, matched_set_id, is_treated desc, person_id"
PANEL_COLUMNS = "sector, is_treated, weight, mart_event_time.*"
# Assets that make rows of `estimates`, in the order of the rows.
ESTIMATE_PARTS = ("stratified", "event_study", "staggered", "multiplicity")
GROUPED_UNITS, GROUPED_ORDER = "mart_grouped_units", f"{UNIT_ORDER}, group_number"


def describe_result(rows: pd.DataFrame, notes: tuple[str, ...] = ()) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Metadata of a result table: counts, and notes that hold no values of persons."""
    return dg.MaterializeResult(metadata={"dagster/row_count": len(rows), "notes": list(notes)})


@dg.asset(deps=["mart_stratified_units"], group_name="estimators")
@withhold_values
def stratified(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The 2x2 with every comparator of a treated person's stratum."""
    definition = study.read()
    with output.connect() as connection:
        units = read_table(
            connection,
            "mart_stratified_units",
            order_by="sector, stratum_number, is_treated desc, person_id",
        ).to_pandas()
    result = build_stratified(
        units,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
        units_of_outcomes=definition.outcomes.units,
        sectors=definition.sectors,
        after_days=definition.windows.after_days,
        confidence_level=definition.inference.confidence_level,
        cluster_on=definition.inference.cluster_on,
    )
    output.layout.write_part("estimates", "stratified", result.table)
    output.layout.write_notes("stratified", result.notes)
    return describe_result(result.table, result.notes)


@dg.asset(deps=["mart_event_time", "mart_matched_sets", "diagnostics"], group_name="results")
@withhold_values
def event_study(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Effect by 30-day period around the index date, and its mean over the window after."""
    definition = study.read()
    with output.connect() as connection:
        panel = read_table(
            connection,
            "mart_event_time inner join mart_matched_sets using (matched_set_id, person_id)",
            columns=PANEL_COLUMNS,
            order_by=f"{UNIT_ORDER}, event_time",
        ).to_pandas(strings_to_categorical=True)
    result = build_event_study(
        panel,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
        units_of_outcomes=definition.outcomes.units_of_primary,
        sectors=definition.sectors,
        reference_event_time=definition.windows.reference_event_time,
        period_days=definition.windows.period_days,
        after_days=definition.windows.after_days,
        confidence_level=definition.inference.confidence_level,
        cluster_on=definition.inference.cluster_on,
        draws=definition.inference.draws,
        seed=definition.seed,
    )
    rows = write_marked(output, "event_study", result.table, definition)
    output.layout.write_part("estimates", "event_study", result.means)
    output.layout.write_notes("event_study", result.notes)
    return describe_result(rows, result.notes)


@dg.asset(deps=["mart_cohort_panel"], group_name="estimators")
@withhold_values
def staggered(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Callaway and Sant'Anna, and two-way fixed effects, as comparisons."""
    definition = study.read()
    with output.connect() as connection:
        panel = read_table(
            connection,
            "mart_cohort_panel",
            order_by=f"{UNIT_ORDER}, cohort, quarter",
        ).to_pandas(strings_to_categorical=True)
    result = build_staggered(
        panel,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
        units_of_outcomes=definition.outcomes.units_of_primary,
        sectors=definition.sectors,
        period_days=definition.windows.period_days,
        after_days=definition.windows.after_days,
        confidence_level=definition.inference.confidence_level,
        estimators=definition.inference.estimators,
    )
    output.layout.write_result("twfe_weights", result.weights)
    output.layout.write_part("estimates", "staggered", result.table)
    output.layout.write_notes("staggered", result.notes)
    return describe_result(result.table, result.notes)


@dg.asset(deps=["mart_matched_units", GROUPED_UNITS, "diagnostics"], group_name="results")
@withhold_values
def multiplicity(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Subgroups fixed in the protocol, and p-values that know how many tests there are."""
    definition = study.read()
    with output.connect() as connection:
        units = read_table(connection, "mart_matched_units", order_by=UNIT_ORDER).to_pandas()
        grouped = read_table(connection, GROUPED_UNITS, order_by=GROUPED_ORDER).to_pandas()
    result = build_subgroups(
        units,
        grouped,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
        units_of_outcomes=definition.outcomes.units_of_primary,
        sectors=definition.sectors,
        variables=definition.subgroups.variables,
        min_treated=definition.subgroups.min_treated,
        after_days=definition.windows.after_days,
        confidence_level=definition.inference.confidence_level,
        cluster_on=definition.inference.cluster_on,
        draws=definition.inference.draws,
        seed=definition.seed,
    )
    rows = write_marked(output, "multiplicity", result.tests, definition)
    output.layout.write_part("estimates", "multiplicity", result.table)
    output.layout.write_notes("multiplicity", result.notes)
    return describe_result(rows, result.notes)


@dg.asset(deps=[GROUPED_UNITS, "diagnostics"], group_name="results")
@withhold_values
def services(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Effects of single services, drawn to the mean of all; never a ranking."""
    definition = study.read()
    with output.connect() as connection:
        units = read_table(connection, GROUPED_UNITS, order_by=GROUPED_ORDER).to_pandas()
    result = build_services(
        units,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
        outcomes=definition.outcomes.primary,
        sectors=definition.sectors,
        min_treated=definition.subgroups.min_treated,
        confidence_level=definition.inference.confidence_level,
        cluster_on=definition.inference.cluster_on,
    )
    rows = write_marked(output, "services", result.table, definition)
    output.layout.write_notes("services", result.notes)
    return describe_result(rows, result.notes)


@dg.asset(deps=["mart_matched_units", GROUPED_UNITS, "diagnostics"], group_name="results")
@withhold_values
def inference_checks(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The headline's p-values by services that move together, and by drawing the treated anew."""
    definition = study.read()
    with output.connect() as connection:
        units = read_table(connection, "mart_matched_units", order_by=UNIT_ORDER).to_pandas()
        grouped = read_table(connection, GROUPED_UNITS, order_by=GROUPED_ORDER).to_pandas()
    result = build_inference_checks(
        units,
        grouped,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
        outcomes=definition.outcomes.primary,
        sectors=definition.sectors,
        confidence_level=definition.inference.confidence_level,
        draws=definition.inference.draws,
        seed=definition.seed,
    )
    rows = write_marked(output, "inference_checks", result.table, definition)
    output.layout.write_notes("inference_checks", result.notes)
    return describe_result(rows, result.notes)


estimator_assets = [stratified, event_study, staggered, multiplicity, services, inference_checks]
