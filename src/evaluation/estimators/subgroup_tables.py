"""Result tables of subgroups, and of all tests that the protocol fixes judged together.

Here is which sets are which subgroup, and which tests are one family. The estimates are in
subgroups.py, the adjusted p-values in multiplicity.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtri

from evaluation.estimators.estimate_rows import (
    EVERYBODY,
    RowLabels,
    build_estimate_rows,
    build_table,
)
from evaluation.estimators.multiplicity import estimate_holm, estimate_romano_wolf
from evaluation.estimators.multiplier import simulate_multiplier_draws
from evaluation.estimators.samples import (
    POOLED,
    WITHHELD,
    Rows,
    Sample,
    build_numbers,
    build_sample,
    build_sector_rows,
    count_treated,
)
from evaluation.estimators.subgroups import estimate_subgroups
from evaluation.estimators.units import ClusterDimension
from evaluation.results import AttEstimate, AttPath, FloatVector, IntVector, ResultTable

HEADLINE_FAMILY, SUBGROUP_FAMILY = "headline", "subgroups"


@dataclass(frozen=True, slots=True, eq=False)
class SubgroupTables(ResultTable):
    """Rows of `estimates` with their notes, and the tests judged together.

    Attributes:
        tests: As schemas.TABLES["multiplicity"].
    """

    tests: pd.DataFrame


@dataclass(slots=True, eq=False)
class _Family:
    """Tests of one sector: what they are of, and how they move together."""

    keys: list[tuple[str, str]] = field(default_factory=list)  # subgroup, outcome
    estimates: list[AttEstimate] = field(default_factory=list)
    scores: list[FloatVector] = field(default_factory=list)

    def add(self, key: tuple[str, str], estimate: AttEstimate, scores: FloatVector) -> None:
        """Add a test; the draws get the error of the estimate, small-sample factor included."""
        spread = float(np.sqrt(np.square(scores).sum()))
        self.keys.append(key)
        self.estimates.append(estimate)
        self.scores.append(scores * (estimate.se / spread))


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """What every estimate of the table needs."""

    units: pd.DataFrame
    sample: Sample
    confidence_level: float
    cluster_on: Sequence[ClusterDimension]

    def estimate(self, outcome: str, kept: Rows, subgroup: IntVector) -> AttPath:
        """Estimate each subgroup among some units."""
        return estimate_subgroups(
            build_numbers(self.units[f"{outcome}_before"])[kept],
            build_numbers(self.units[f"{outcome}_after"])[kept],
            self.sample.is_treated[kept],
            weight=self.sample.weight[kept],
            matched_set=self.sample.matched_set[kept],
            person=self.sample.person[kept],
            subgroup=subgroup,
            confidence_level=self.confidence_level,
            cluster_on=self.cluster_on,
        )


def build_subgroups(
    units: pd.DataFrame,
    grouped: pd.DataFrame,
    *,
    study_id: str,
    fingerprint: str,
    units_of_outcomes: Mapping[str, str],
    sectors: Sequence[str],
    variables: Sequence[str],
    min_treated: int,
    after_days: int,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
    draws: int,
    seed: int,
) -> SubgroupTables:
    """Build the estimates of subgroups, and adjust all tests of the protocol.

    The headline is one family: primary outcomes in every sector (not ALL, which holds them all).
    The subgroups of a sector, over all variables and primary outcomes, are another.

    Args:
        units: As for `build_estimates`.
        grouped: As mart_grouped_units: the units with treated in their set, and a column for
            each variable, the level of these treated, as text.
        study_id: Study that is run.
        fingerprint: Of the study.
        units_of_outcomes: Primary outcomes, in the order of the rows, and their units.
        sectors: Every sector of the study, in the order of the rows.
        variables: Columns of the subgroups; they and their levels are fixed in advance.
        min_treated: Fewest matched treated persons of a subgroup that is estimated.
        after_days: Length of the window after the index date, days.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.
        draws: Of the bootstrap behind Romano and Wolf.
        seed: Of these draws.

    Returns:
        Rows with subgroup `<variable>=<level>`. A small subgroup, or one that the data do not
        determine, has a note and no row.

    Raises:
        EstimationError: A sector that the study does not have, or a missing value.
    """
    design = _Design(units, build_sample(units), confidence_level, cluster_on)
    by_group = _Design(grouped, build_sample(grouped), confidence_level, cluster_on)
    labels = RowLabels(study_id, fingerprint, units_of_outcomes, after_days)
    rows: list[dict[str, object]] = []
    tests: list[dict[str, object]] = []
    notes: list[str] = []
    headline: list[tuple[str, _Family]] = []
    for sector, kept in build_sector_rows(design.sample, sectors):
        if sector != POOLED:
            headline.append((sector, _estimate_headline(design, kept, list(units_of_outcomes))))
    for sector, kept in build_sector_rows(by_group.sample, sectors):
        family = _Family()
        for variable in variables:
            notes += _add_subgroups(
                family, by_group, kept, variable, list(units_of_outcomes), min_treated, sector
            )
        for (subgroup, outcome), estimate in zip(family.keys, family.estimates, strict=True):
            key = {(sector, outcome): estimate}
            rows += build_estimate_rows(key, labels, subgroup=subgroup)
        tests += _judge(SUBGROUP_FAMILY, [(sector, family)], draws=draws, seed=seed)
    tests = _judge(HEADLINE_FAMILY, headline, draws=draws, seed=seed) + tests
    of_study = {"study_id": study_id, "fingerprint": fingerprint}
    return SubgroupTables(
        table=build_table("estimates", rows),
        notes=tuple(notes),
        tests=build_table("multiplicity", [of_study | test for test in tests]),
    )


def _estimate_headline(design: _Design, kept: Rows, outcomes: Sequence[str]) -> _Family:
    family = _Family()
    everybody = np.zeros_like(design.sample.sector[kept])
    for outcome in outcomes:
        try:
            path = design.estimate(outcome, kept, everybody)
        except WITHHELD:  # told by the table of estimates
            continue
        family.add((EVERYBODY, outcome), path.parts[0], path.scores[0])
    return family


def _add_subgroups(
    family: _Family,
    design: _Design,
    kept: Rows,
    variable: str,
    outcomes: Sequence[str],
    min_treated: int,
    sector: str,
) -> list[str]:
    """Add the subgroups of one variable, and say which have no estimate."""
    level = design.units[variable].to_numpy()[kept]
    codes, names = pd.factorize(level, sort=True)
    subgroup = np.asarray(codes, dtype=np.int64)
    n_treated = count_treated(design.sample, kept, subgroup, n_groups=len(names))
    is_small = n_treated < min_treated
    notes = []
    if is_small.any():
        # Which levels they are would say who the few are.
        notes.append(
            f"{sector}, {variable}: levels with fewer than {min_treated} matched treated have no"
            " estimate"
        )
    if is_small.all():
        return notes
    for outcome in outcomes:
        try:
            path = design.estimate(outcome, kept, subgroup)
        except WITHHELD:
            # Such as sets of one person each, which weights make: none holds a comparison.
            notes.append(f"{sector}, {outcome}, {variable}: no level can be estimated")
            continue
        found = dict(zip(path.term.tolist(), path.parts, strict=True))
        for code in np.flatnonzero(~is_small).tolist():
            name = f"{variable}={names[code]}"
            if code not in found:
                notes.append(f"{sector}, {outcome}, {name}: the data do not determine the effect")
                continue
            scores = path.scores[list(found).index(code)]
            family.add((name, outcome), found[code], scores)
    return notes


def _judge(
    name: str, families: Sequence[tuple[str, _Family]], *, draws: int, seed: int
) -> list[dict[str, object]]:
    """Adjust the p-values of tests of some sectors together; sectors share no matched set."""
    families = [(sector, family) for sector, family in families if family.keys]
    if not families:
        return []
    drawn = np.concatenate(
        [
            simulate_multiplier_draws(np.stack(family.scores), n_draws=draws, seed=seed + place)
            for place, (_, family) in enumerate(families)
        ],
        axis=1,
    )
    estimates = [estimate for _, family in families for estimate in family.estimates]
    p_value = np.array([estimate.p_value for estimate in estimates])
    holm = estimate_holm(p_value)
    se = np.array([estimate.se for estimate in estimates])
    # The draws know no t: with few clusters an estimate counts as far out as its p-value says.
    z = -ndtri(p_value / 2)
    # Nor can signs of two clusters be drawn far enough: no test gains by being one of many.
    romano_wolf = np.maximum(estimate_romano_wolf(z * se, se, drawn), p_value)
    keys = [(sector, *key) for sector, family in families for key in family.keys]
    return [
        {
            "family": name,
            "sector": sector,
            "subgroup": subgroup,
            "outcome": outcome,
            "att": estimate.att,
            "se": estimate.se,
            "p_value": estimate.p_value,
            "p_holm": of_holm,
            "p_romano_wolf": of_both,
            "n_treated": estimate.n_treated,
            "n_control": estimate.n_control,
            "n_tests": len(estimates),
            "n_draws": draws,
        }
        for (sector, subgroup, outcome), estimate, of_holm, of_both in zip(
            keys, estimates, holm, romano_wolf, strict=True
        )
    ]
