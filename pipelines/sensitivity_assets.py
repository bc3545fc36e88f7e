"""How far the findings hang on choices: the same estimate with one choice made otherwise."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from evaluation.deliveries.spec import DeliverySpec
from evaluation.errors import DeliveryError
from evaluation.estimators.sensitivity_tables import (
    SensitivitySettings,
    build_left_out,
    build_path_checks,
    build_sensitivity,
)
from evaluation.estimators.specification_tables import (
    VariantLabels,
    build_specifications,
    build_variant_rows,
)
from evaluation.specifications import MAIN
from evaluation.sql_params import build_sql_params, refuse_days_from_months
from evaluation.study import StudyDefinition
from evaluation.warehouse.build import read_table
from evaluation.warehouse.connection import Connection
from evaluation.warehouse.variants import (
    Narrowing,
    build_variant,
    find_touched,
    list_shared_columns,
)
from pipelines.gate_marks import write_marked
from pipelines.resources import DeliveryFolder, OutputFolder, StudyFile
from pipelines.sql_assets import SQL_MODELS
from pipelines.withholding import withhold_values

UNITS = "mart_matched_units"
UNIT_ORDER = "sector, matched_set_id, is_treated desc, person_id"
PANEL_COLUMNS = "sector, is_treated, weight, mart_event_time.*"
LABELS = ("sector", "matched_set_id", "person_id", "is_treated", "weight")
# Outcomes of who is not matched are not asked for.
OUTCOMES = "mart_window_outcomes"
MATCHED_ONLY = Narrowing(
    before=OUTCOMES,
    table="mart_match_pool",
    by="mart_matched_sets",
    on=("is_treated", "sector", "person_id"),
)


def _list_variants(study: StudyDefinition) -> Iterator[tuple[StudyDefinition, VariantLabels]]:
    """Give the study itself, then each of its variants, with what the rows are called."""
    named = [(MAIN, MAIN, "", study)]
    named += [(each.id, each.choice, each.level, variant) for each, variant in study.variants]
    for specification_id, choice, level, variant in named:
        pairs = zip(study.outcomes.primary, variant.outcomes.primary, strict=False)
        measures = {own: (other, variant.outcomes.units[other]) for own, other in pairs}
        window_days = variant.windows.after_days
        yield variant, VariantLabels(specification_id, choice, level, window_days, measures)


def _read_units(
    connection: Connection,
    study: StudyDefinition,
    variant: StudyDefinition,
    spec: DeliverySpec,
    labels: VariantLabels,
) -> pd.DataFrame:
    """Build what the variant touches, and read its matched units."""
    outcomes = [name for name, _ in labels.measures.values()]
    # Of the study itself the run has been allowed.
    refuse_days_from_months(spec, outcomes)
    base, changed = build_sql_params(study, spec), build_sql_params(variant, spec)
    touched = find_touched(SQL_MODELS, target=UNITS, base=base, changed=changed)
    _refuse_computed_sets(variant, [model.name for model in touched])
    columns = [*LABELS, *(f"{name}_{side}" for name in outcomes for side in ("before", "after"))]
    read = {OUTCOMES: list_shared_columns(connection, OUTCOMES, reader=UNITS)}
    with build_variant(connection, touched, changed, narrowings=[MATCHED_ONLY], columns=read):
        return read_table(
            connection, UNITS, columns=", ".join(columns), order_by=UNIT_ORDER
        ).to_pandas(strings_to_categorical=True)


def _refuse_computed_sets(variant: StudyDefinition, touched: list[str]) -> None:
    """Refuse a variant whose sets would have to be computed anew; only SQL is run for variants."""
    if not variant.matching.is_in_sql and "mart_matched_sets" in touched:
        raise DeliveryError(
            f"matching.method = {variant.matching.method!r} is not computed anew for a"
            " specification; run it as a study of its own"
        )


@dg.asset(deps=[UNITS, "mart_matched_share", "diagnostics"], group_name="results")
@withhold_values
def specifications(
    context: dg.AssetExecutionContext,
    study: StudyFile,
    delivery: DeliveryFolder,
    output: OutputFolder,
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The headline estimate under the study's own choices, then with one made otherwise."""
    definition = study.read()
    spec = delivery.read_for(definition)
    variants = list(_list_variants(definition))
    parts, notes = [], []
    with output.connect() as connection:
        shares = read_table(connection, "mart_matched_share").to_pandas()
        n_persons = shares.set_index("sector")["n_persons"].to_dict()
        for number, (variant, labels) in enumerate(variants, start=1):
            context.log.info(f"{number} of {len(variants)}: {labels.specification_id}")
            try:
                units = _read_units(connection, definition, variant, spec, labels)
            except DeliveryError as error:
                notes += [f"{labels.specification_id}: {problem}" for problem in error.problems]
                continue
            parts.append(
                build_variant_rows(
                    units,
                    labels,
                    sectors=definition.sectors,
                    n_persons=n_persons,
                    confidence_level=definition.inference.confidence_level,
                    cluster_on=definition.inference.cluster_on,
                )
            )
    result = build_specifications(parts, study_id=definition.id, fingerprint=definition.fingerprint)
    rows = write_marked(output, "specifications", result.table, definition)
    notes += result.notes
    output.layout.write_notes("specifications", notes)
    return dg.MaterializeResult(metadata={"dagster/row_count": len(rows), "notes": notes})


def _set_sensitivity(study: StudyDefinition) -> SensitivitySettings:
    chosen = study.sensitivity
    return SensitivitySettings(
        honest_joined_periods=chosen.honest_joined_periods,
        relative_magnitudes=chosen.relative_magnitudes,
        smoothness_days=chosen.smoothness_days,
        placebo_event_time=chosen.placebo_event_time,
        min_service_treated=chosen.min_service_treated,
        period_days=study.windows.period_days,
        after_days=study.windows.after_days,
        reference_event_time=study.windows.reference_event_time,
        seed=study.seed,
        confidence_level=study.inference.confidence_level,
        cluster_on=study.inference.cluster_on,
    )


@dg.asset(
    deps=["mart_grouped_units", "mart_matched_sets", "mart_event_time", "diagnostics"],
    group_name="results",
)
@withhold_values
def sensitivity(study: StudyFile, output: OutputFolder) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Honest limits, a placebo date, and the effect without each service and each year."""
    definition = study.read()
    common = {
        "study_id": definition.id,
        "fingerprint": definition.fingerprint,
        "sectors": definition.sectors,
        "settings": _set_sensitivity(definition),
    }
    with output.connect() as connection:
        units = read_table(
            connection,
            "mart_grouped_units",
            order_by=f"{UNIT_ORDER}, group_number",
        ).to_pandas(strings_to_categorical=True)
        left_out = build_left_out(units, outcomes=definition.outcomes.primary, **common)
        panel = read_table(
            connection,
            "mart_event_time inner join mart_matched_sets using (matched_set_id, person_id)",
            columns=PANEL_COLUMNS,
            order_by=f"{UNIT_ORDER}, event_time",
        ).to_pandas(strings_to_categorical=True)
    paths = build_path_checks(panel, outcomes=definition.outcomes.by_period, **common)
    result = build_sensitivity([paths, left_out], definition.sectors)
    rows = write_marked(output, "sensitivity", result.table, definition)
    output.layout.write_notes("sensitivity", result.notes)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": len(rows), "notes": list(result.notes)}
    )


sensitivity_assets = [specifications, sensitivity]
