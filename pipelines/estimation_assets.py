"""Result tables. Thin: read, call one function, write, say how many rows."""

from pathlib import Path

import dagster as dg
import pandas as pd

from evaluation.balance import build_balance
from evaluation.estimators.competing_tables import build_return_to_work
from evaluation.estimators.estimate_rows import join_estimates
from evaluation.estimators.tables import build_estimates
from evaluation.findings import build_findings
from evaluation.gate.verdict import withhold_estimates
from evaluation.linkage import compare_unlinked
from evaluation.states import build_state_transitions, build_states
from evaluation.truth import refuse_other_question
from evaluation.verify import build_verify, match_truth
from evaluation.verify_event_time import build_verify_event_time
from evaluation.warehouse.build import read_table, write_parquet
from pipelines.estimator_assets import ESTIMATE_PARTS, UNIT_ORDER, describe_result, estimator_assets
from pipelines.resources import DeliveryFolder, OutputFolder, StudyFile
from pipelines.withholding import withhold_values

SQL_RESULTS = {
    "attrition": "sector, arm desc, step",
    "matched_share": "sector",
    "unmatched": "sector, covariate, level",
    "composition": "year, sector",
    "linkage": "register",
    "linkage_shares": "dimension, level",
    "link_violations": "key_space",
}

STUDY_RESULTS = {"attrition", "matched_share", "unmatched"}


def _sql_result_asset(name: str, order_by: str) -> dg.AssetsDefinition:
    @dg.asset(name=name, deps=[f"mart_{name}"], group_name="results")
    @withhold_values
    def _asset(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
        definition = study.read()
        with output.connect() as connection:
            rows = read_table(connection, f"mart_{name}", order_by=order_by).to_pandas()
        labels = {"study_id": definition.id} if name in STUDY_RESULTS else {}
        rows = rows.assign(**labels, fingerprint=definition.fingerprint)
        return describe_result(output.layout.write_result(name, rows))

    return _asset


@dg.asset(deps=["mart_matched_sets"], group_name="restricted", kinds={"parquet"})
@withhold_values
def matched_sets(output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Who was matched with whom (restricted)."""
    with output.connect() as connection:
        table = read_table(connection, "mart_matched_sets", order_by=UNIT_ORDER)
    write_parquet(table, output.layout.restricted / "matched_sets.parquet")
    return dg.MaterializeResult(metadata={"dagster/row_count": table.num_rows})


@dg.asset(deps=["mart_matched_units", "diagnostics", *ESTIMATE_PARTS], group_name="results")
@withhold_values
def estimates(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Effects by sector and pooled: the matched 2x2, then what stands beside it."""
    definition = study.read()
    with output.connect() as connection:
        units = read_table(connection, "mart_matched_units", order_by=UNIT_ORDER).to_pandas()
    result = build_estimates(
        units,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
        units_of_outcomes=definition.outcomes.units,
        sectors=definition.sectors,
        after_days=definition.windows.after_days,
        confidence_level=definition.inference.confidence_level,
        cluster_on=definition.inference.cluster_on,
        estimators=definition.inference.estimators,
    )
    table = join_estimates(
        [result.table, *output.layout.read_parts("estimates", ESTIMATE_PARTS)],
        estimators=definition.inference.estimators,
    )
    judged = withhold_estimates(
        table,
        output.layout.read_result("diagnostics"),
        outcomes=definition.outcomes.primary,
        required=definition.gate.required,
    )
    rows = output.layout.write_result("estimates", judged)
    output.layout.write_notes("estimates", result.notes)
    return describe_result(rows, result.notes)


@dg.asset(deps=["mart_states"], group_name="results")
@withhold_values
def states(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Which benefit persons live on, by arm and period around the index date."""
    definition = study.read()
    order = "sector, is_treated desc, event_time, state_code"
    with output.connect() as connection:
        counts = read_table(connection, "mart_states", order_by=order).to_pandas()
    rows = build_states(counts, study_id=definition.id, fingerprint=definition.fingerprint)
    return describe_result(output.layout.write_result("states", rows))


@dg.asset(deps=["mart_state_transitions"], group_name="results")
@withhold_values
def state_transitions(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Moves between states from period to period, before and after the index date."""
    definition = study.read()
    order = "sector, is_treated desc, phase desc, from_state, to_state"
    with output.connect() as connection:
        counts = read_table(connection, "mart_state_transitions", order_by=order).to_pandas()
    rows = build_state_transitions(
        counts, study_id=definition.id, fingerprint=definition.fingerprint
    )
    return describe_result(output.layout.write_result("state_transitions", rows))


@dg.asset(deps=["mart_competing_events"], group_name="results")
@withhold_values
def return_to_work(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Cumulative incidence of sustained return to work and what competes with it."""
    definition = study.read()
    with output.connect() as connection:
        units = read_table(
            connection, "mart_competing_events", order_by=f"sustained_days, {UNIT_ORDER}"
        ).to_pandas()
    result = build_return_to_work(
        units,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
        sectors=definition.sectors,
        last_event_time=definition.windows.last_event_time,
        period_days=definition.windows.period_days,
        after_days=definition.windows.after_days,
        confidence_level=definition.inference.confidence_level,
        cluster_on=definition.inference.cluster_on,
    )
    rows = output.layout.write_result("return_to_work", result.table)
    output.layout.write_notes("return_to_work", result.notes)
    return describe_result(rows, result.notes)


@dg.asset(deps=["mart_balance"], group_name="results")
@withhold_values
def balance(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Standardised mean differences before and after matching."""
    definition = study.read()
    with output.connect() as connection:
        sums = read_table(connection, "mart_balance").to_pandas()
    rows = build_balance(sums, study_id=definition.id, fingerprint=definition.fingerprint)
    return describe_result(output.layout.write_result("balance", rows))


@dg.asset(
    deps=["estimates", "composition", "matched_share", "quality", "mart_treated_profile"],
    group_name="results",
)
@withhold_values
def findings(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Each published finding beside what these registers give."""
    definition, layout = study.read(), output.layout
    names = ("estimates", "composition", "matched_share", "quality", "quality_places")
    with output.connect() as connection:
        profile = read_table(connection, "mart_treated_profile").to_pandas()
    rows = build_findings(
        definition.published,
        definition.finding,
        tables={name: layout.require_result(name) for name in names},
        profile=profile,
        sectors=definition.sectors,
        study_id=definition.id,
        fingerprint=definition.fingerprint,
    )
    return describe_result(layout.write_result("findings", rows))


@dg.asset(deps=["mart_linkage_arms"], group_name="results")
@withhold_values
def linkage_difference(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Whether being unlinked differs between treated and comparators."""
    with output.connect() as connection:
        counts = read_table(connection, "mart_linkage_arms").to_pandas()
    rows = compare_unlinked(counts, fingerprint=study.read().fingerprint)
    return describe_result(output.layout.write_result("linkage_difference", rows))


@dg.asset(deps=["estimates", "mart_matched_units", "core_person_keys"], group_name="verify")
@withhold_values
def verify(
    study: StudyFile, delivery: DeliveryFolder, output: OutputFolder
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Planted truth against estimates; it and its event times alone may read the truth."""
    layout = output.layout
    found = layout.read_result("estimates")
    if not delivery.truth or found is None:
        layout.remove_result("verify")
        return dg.MaterializeResult(metadata={"skipped": "no truth folder is given"})
    refuse_other_question(Path(delivery.truth), study.read())
    with output.connect() as connection:
        units = read_table(connection, "mart_matched_units").to_pandas()
        keys = read_table(connection, "core_person_keys", order_by="person_id").to_pandas()
    truth = pd.read_parquet(Path(delivery.truth) / "effects.parquet")
    effects = match_truth(units, keys, truth)
    # Nothing is planted in dagsverk and months.
    planted = found[found["outcome"].isin(truth["outcome"])]
    rows = build_verify(planted, effects, fingerprint=study.read().fingerprint)
    return describe_result(layout.write_result("verify", rows))


@dg.asset(
    deps=["event_study", "mart_event_time", "mart_matched_units", "core_person_keys"],
    group_name="verify",
)
@withhold_values
def verify_event_time(
    study: StudyFile, delivery: DeliveryFolder, output: OutputFolder
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Planted truth against the event study, period by period."""
    layout, definition = output.layout, study.read()
    found = layout.read_result("event_study")
    if not delivery.truth or found is None:
        layout.remove_result("verify_event_time")
        return dg.MaterializeResult(metadata={"skipped": "no truth folder is given"})
    refuse_other_question(Path(delivery.truth), definition)
    with output.connect() as connection:
        treated = read_table(
            connection,
            "mart_matched_units inner join core_person_keys using (person_id)",
            columns="sector, matched_set_id, npr_id, index_date, is_treated",
            order_by="matched_set_id, person_id",
        ).to_pandas()
        unobserved = read_table(
            connection,
            "(select * from mart_event_time where health_benefit_days is null) as unobserved",
            columns="matched_set_id, event_time",
        ).to_pandas()
    rows = build_verify_event_time(
        found,
        treated[treated["is_treated"]],
        unobserved,
        pd.read_parquet(Path(delivery.truth) / "event_time.parquet"),
        reference_event_time=definition.windows.reference_event_time,
        fingerprint=definition.fingerprint,
    )
    return describe_result(layout.write_result("verify_event_time", rows))


estimation_assets = [
    *(_sql_result_asset(name, order_by) for name, order_by in SQL_RESULTS.items()),
    matched_sets,
    estimates,
    *estimator_assets,
    states,
    state_transitions,
    return_to_work,
    balance,
    linkage_difference,
    findings,
    verify,
    verify_event_time,
]
