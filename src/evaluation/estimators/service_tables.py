"""Result tables of services, and of the checks that take them, or the sets, as what is random.

A service is never ranked: the order of noisy estimates is mostly noise. Pooling is in pooling.py,
the checks in wild_bootstrap.py and randomisation.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.errors import NotIdentifiedError
from evaluation.estimators.estimate_rows import build_table
from evaluation.estimators.pooling import build_funnel_limits, estimate_pooled
from evaluation.estimators.randomisation import estimate_randomisation_test
from evaluation.estimators.samples import (
    Rows,
    Sample,
    build_numbers,
    build_sample,
    count_treated,
    estimate_each,
)
from evaluation.estimators.subgroups import estimate_subgroups
from evaluation.estimators.units import ClusterDimension
from evaluation.estimators.wild_bootstrap import Law, estimate_wild_bootstrap
from evaluation.results import ResultTable

OUTER_LEVEL = 0.998  # Spiegelhalter's outer limits
FEW_SERVICES = 10  # below it signs alone give too few draws, and six points are drawn from
UNKNOWN = -1
DECIMALS = 6

_Row = dict[str, object]


def build_services(
    units: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    outcomes: Sequence[str],
    sectors: Sequence[str],
    min_treated: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> ResultTable:
    """Build one row per sector, outcome and service, each drawn to the mean of all.

    Controls stand with the service of their set's treated, and may be of any themselves.

    Args:
        units: As mart_grouped_units, with `service`: a number, missing where not known.
        study_id: Study that is run.
        fingerprint: Of the study.
        outcomes: Primary outcomes, in the order of the rows.
        sectors: Every sector of the study, in the order of the rows.
        min_treated: Fewest matched treated persons of a service that is estimated.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.

    Returns:
        schemas.TABLES["services"]; a note where fewer than two services can be compared.

    Raises:
        EstimationError: A sector that the study does not have, or a missing value.
    """
    known = units[units["service"].notna()].reset_index(drop=True)
    sample = build_sample(known)
    service = known["service"].to_numpy(dtype=np.int64)

    def estimate(outcome: str, kept: Rows) -> list[_Row]:
        group, numbers = pd.factorize(service[kept], sort=True)
        n_treated = count_treated(sample, kept, group, n_groups=len(numbers))
        _check_services(int(np.sum(n_treated >= min_treated)), min_treated)
        path = estimate_subgroups(
            build_numbers(known[f"{outcome}_before"])[kept],
            build_numbers(known[f"{outcome}_after"])[kept],
            sample.is_treated[kept],
            weight=sample.weight[kept],
            matched_set=sample.matched_set[kept],
            person=sample.person[kept],
            subgroup=service[kept],
            confidence_level=confidence_level,
            cluster_on=cluster_on,
        )
        is_large = path.n_treated >= min_treated
        _check_services(int(is_large.sum()), min_treated)
        path = replace(
            path,
            **{
                name: getattr(path, name)[is_large]
                for name in ("term", "att", "se", "n_treated", "n_control")
            },
        )
        pooled = estimate_pooled(path.att, path.se, confidence_level=confidence_level)
        inner = build_funnel_limits(
            path.se, mean=pooled.mean, tau=0.0, confidence_level=confidence_level
        )
        outer = build_funnel_limits(
            path.se, mean=pooled.mean, tau=0.0, confidence_level=OUTER_LEVEL
        )
        columns = {
            "service": path.term,
            "n_treated": path.n_treated,
            "n_control": path.n_control,
            "att": path.att,
            "se": path.se,
            "pooled_att": pooled.att,
            "pooled_low": pooled.att_low,
            "pooled_high": pooled.att_high,
            "own_share": pooled.own_share,
            "funnel_low": inner[0],
            "funnel_high": inner[1],
            "funnel_outer_low": outer[0],
            "funnel_outer_high": outer[1],
        }
        shared = {"mean": pooled.mean, "tau": pooled.tau, "p_alike": pooled.p_value}
        return [
            shared | dict(zip(columns, values, strict=True))
            for values in zip(*columns.values(), strict=True)
        ]

    found, notes = estimate_each(sample, estimate, sectors=sectors, outcomes=outcomes)
    of_study = {"study_id": study_id, "fingerprint": fingerprint}
    rows = [
        of_study | {"sector": sector, "outcome": outcome} | row
        for (sector, outcome), services in found.items()
        for row in services
    ]
    told = [f"services: {note}" for note in notes]
    if len(known) < len(units):
        told.append("services: matched sets whose index contact names no institution are left out")
    return ResultTable(table=build_table("services", rows), notes=tuple(told))


def _check_services(n_services: int, min_treated: int) -> None:
    if n_services < 2:
        raise NotIdentifiedError(
            f"fewer than two services with {min_treated} matched treated or more, so there is"
            " nothing to compare"
        )


def build_inference_checks(
    units: pd.DataFrame,
    grouped: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    outcomes: Sequence[str],
    sectors: Sequence[str],
    confidence_level: float,
    draws: int,
    seed: int,
) -> ResultTable:
    """Build the headline's p-values by two ways that ask nothing of large samples.

    By service: treated of a service move together, which the headline's error does not know;
    sets without a known service are one. In sets: who of a set was treated is drawn anew.

    Args:
        units: As for `build_estimates`.
        grouped: As for `build_services`.
        study_id: Study that is run.
        fingerprint: Of the study.
        outcomes: Primary outcomes, in the order of the rows.
        sectors: Every sector of the study, in the order of the rows.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        draws: Of each method.
        seed: Of the draws.

    Returns:
        schemas.TABLES["inference_checks"]; a note for what the data do not determine.

    Raises:
        EstimationError: A sector that the study does not have, or a missing value.
    """
    sample, by_group = build_sample(units), build_sample(grouped)
    service = grouped["service"].to_numpy(dtype=np.int64, na_value=UNKNOWN)

    def by_service(outcome: str, kept: Rows) -> _Row:
        is_treated = by_group.is_treated[kept]
        n_services = np.unique(service[kept]).size
        law: Law = "webb" if n_services < FEW_SERVICES else "rademacher"
        change = build_numbers(grouped[f"{outcome}_after"] - grouped[f"{outcome}_before"])[kept]
        found = estimate_wild_bootstrap(
            change,
            np.stack([np.ones(change.size), is_treated.astype(np.float64)], axis=1),
            cluster=service[kept],
            weight=by_group.weight[kept],
            tested=1,
            confidence_level=confidence_level,
            n_draws=draws,
            seed=seed,
            law=law,
        )
        return {
            "statistic": found.estimate,
            "p_value": found.p_value,
            # Where a share of draws changes is known no better than sums are.
            "ci_low": round(found.ci_low, DECIMALS),
            "ci_high": round(found.ci_high, DECIMALS),
            "n_clusters": found.n_clusters,
            "n_draws": found.n_draws,
        }

    def in_sets(outcome: str, kept: Rows) -> _Row:
        change = build_numbers(units[f"{outcome}_after"] - units[f"{outcome}_before"])[kept]
        found = estimate_randomisation_test(
            change, sample.is_treated[kept], cell=sample.matched_set[kept], n_draws=draws, seed=seed
        )
        return {
            "statistic": found.att,
            "p_value": found.p_value,
            "ci_low": None,
            "ci_high": None,
            "n_clusters": found.n_cells,
            "n_draws": found.n_draws,
        }

    methods: dict[str, tuple[Sample, Callable[[str, Rows], _Row]]] = {
        "wild_bootstrap_by_service": (by_group, by_service),
        "randomisation_in_sets": (sample, in_sets),
    }
    rows: list[_Row] = []
    notes: list[str] = []
    of_study = {"study_id": study_id, "fingerprint": fingerprint, "seed": seed}
    for method, (of, check) in methods.items():
        found, told = estimate_each(of, check, sectors=sectors, outcomes=outcomes)
        rows += [
            of_study | {"sector": sector, "outcome": outcome, "method": method} | row
            for (sector, outcome), row in found.items()
        ]
        notes += [f"{method}: {note}" for note in told]
    return ResultTable(table=build_table("inference_checks", rows), notes=tuple(notes))
