"""Result tables of the estimators that read units before and after.

Here is which estimator makes which rows. The frames are made by SQL (sql/mart); the estimates on
arrays are in modules of their own, paths in event_study_tables.py.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.estimate_rows import RowLabels, build_estimate_rows, build_table
from evaluation.estimators.event_study_tables import build_event_study
from evaluation.estimators.poisson import PoissonEstimate, estimate_poisson_did
from evaluation.estimators.samples import Rows, build_numbers, build_sample, estimate_each
from evaluation.estimators.stratified import estimate_stratified
from evaluation.estimators.units import ClusterDimension
from evaluation.results import AttEstimate, ResultTable

__all__ = ["build_estimates", "build_event_study", "build_stratified"]


def build_estimates(
    units: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    units_of_outcomes: Mapping[str, str],
    sectors: Sequence[str],
    after_days: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
    estimators: Sequence[str] = ("did_2x2",),
) -> ResultTable:
    """Build the rows of `estimates` that compare matched sets before and after.

    ALL pools every matched set, so a sector weighs as much as it has matched treated.

    Args:
        units: One row per person within a matched set: sector, matched_set_id (unique over
            sectors), person_id, is_treated, weight, and `<outcome>_before` and
            `<outcome>_after`.
        study_id: Study that is run.
        fingerprint: Of the study.
        units_of_outcomes: Outcomes, in the order of the rows, and what each is counted in.
        sectors: Every sector of the study, in the order of the rows.
        after_days: Length of the window after the index date, days.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.
        estimators: Of the study; did_2x2 and poisson are made here, others elsewhere.

    Returns:
        schemas.TABLES["estimates"]. A sector without matched sets has no row (it shows in
        the attrition table); an estimate that the data do not determine has no row but a note.

    Raises:
        EstimationError: A sector that the study does not have, or a missing value.
    """
    sample = build_sample(units)
    labels = RowLabels(study_id, fingerprint, units_of_outcomes, after_days)
    outcomes = list(units_of_outcomes)

    def linear(outcome: str, kept: Rows) -> AttEstimate:
        return estimate_did_2x2(
            build_numbers(units[f"{outcome}_before"])[kept],
            build_numbers(units[f"{outcome}_after"])[kept],
            sample.is_treated[kept],
            weight=sample.weight[kept],
            matched_set=sample.matched_set[kept],
            person=sample.person[kept],
            confidence_level=confidence_level,
            cluster_on=cluster_on,
        )

    def ratio(outcome: str, kept: Rows) -> PoissonEstimate:
        return estimate_poisson_did(
            build_numbers(units[f"{outcome}_before"])[kept],
            build_numbers(units[f"{outcome}_after"])[kept],
            sample.is_treated[kept],
            weight=sample.weight[kept],
            matched_set=sample.matched_set[kept],
            person=sample.person[kept],
            confidence_level=confidence_level,
            cluster_on=cluster_on,
        )

    rows: list[dict[str, object]] = []
    notes: list[str] = []
    if "did_2x2" in estimators:
        effects, told = estimate_each(sample, linear, sectors=sectors, outcomes=outcomes)
        rows += build_estimate_rows(effects, labels)
        notes += told
    if "poisson" in estimators:
        ratios, told = estimate_each(sample, ratio, sectors=sectors, outcomes=outcomes)
        rows += _poisson_rows(ratios, labels)
        notes += [f"poisson: {note}" for note in told]
    return ResultTable(table=build_table("estimates", rows), notes=tuple(notes))


def _poisson_rows(
    ratios: Mapping[tuple[str, str], PoissonEstimate], labels: RowLabels
) -> list[dict[str, object]]:
    rows = build_estimate_rows({key: found.estimate for key, found in ratios.items()}, labels)
    names = ("ratio", "ratio_low", "ratio_high")
    return [
        row | {name: getattr(found, name) for name in names}
        for row, found in zip(rows, ratios.values(), strict=True)
    ]


def build_stratified(
    units: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    units_of_outcomes: Mapping[str, str],
    sectors: Sequence[str],
    after_days: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> ResultTable:
    """Build the rows of `estimates` that compare the treated with all of their stratum.

    Args:
        units: One row per person and arm: sector, stratum_number (from 0, unique over sectors),
            person_id, is_treated, `<outcome>_before` and `<outcome>_after`.
        study_id: Study that is run.
        fingerprint: Of the study.
        units_of_outcomes: Outcomes, in the order of the rows, and what each is counted in.
        sectors: Every sector of the study, in the order of the rows.
        after_days: Length of the window after the index date, days.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions; "matched_set" is the stratum.

    Returns:
        As `build_estimates`. Persons are those in strata that hold both arms.

    Raises:
        EstimationError: A sector that the study does not have, or a missing value.
    """
    sample = build_sample(
        units.rename(columns={"stratum_number": "matched_set_id"}).assign(weight=1)
    )

    def estimate(outcome: str, kept: Rows) -> AttEstimate:
        return estimate_stratified(
            build_numbers(units[f"{outcome}_before"])[kept],
            build_numbers(units[f"{outcome}_after"])[kept],
            sample.is_treated[kept],
            stratum=sample.matched_set[kept],
            person=sample.person[kept],
            confidence_level=confidence_level,
            cluster_on=cluster_on,
        ).estimate

    effects, notes = estimate_each(
        sample, estimate, sectors=sectors, outcomes=list(units_of_outcomes)
    )
    labels = RowLabels(study_id, fingerprint, units_of_outcomes, after_days)
    table = build_table("estimates", build_estimate_rows(effects, labels))
    return ResultTable(table=table, notes=tuple(f"stratified: {note}" for note in notes))
