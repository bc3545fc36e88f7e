"""The matched 2x2 in parts of the sample: subgroups, services, and all but one service.

Here is the estimate of each part, with what multiplicity and pooling need to see them together.
Drawing them towards each other is in pooling.py.
"""

from collections.abc import Sequence

import numpy as np

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.did import estimate_change_and_influence, read_units
from evaluation.estimators.path_parts import PathPart, build_path
from evaluation.estimators.scores import build_scores, count_clusters
from evaluation.estimators.units import ClusterDimension, MatchedUnits, build_arms
from evaluation.results import AttPath, BoolVector, FloatVector, IntVector


def estimate_subgroups(
    before: FloatVector,
    after: FloatVector,
    is_treated: BoolVector,
    *,
    weight: FloatVector,
    matched_set: IntVector,
    person: IntVector,
    subgroup: IntVector,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
    leaves_out: bool = False,
) -> AttPath:
    """Estimate the 2x2 in each subgroup, or in all but each.

    A control belongs to the subgroup of its set's treated; where these are in several, it has a
    row in each, with its weight shared out (mart_grouped_units). What a subgroup does not
    determine has a note and no entry, so that it is seen to be withheld.

    Args:
        before: Outcome before, shape (n_units,), days.
        after: Outcome after, shape (n_units,), days.
        is_treated: Arm, shape (n_units,).
        weight: Above zero, shape (n_units,).
        matched_set: Label of the set, shape (n_units,).
        person: Label of the person, shape (n_units,).
        subgroup: Code of the subgroup or service, zero or more, shape (n_units,); of a
            control, one that its set has a treated in.
        confidence_level: Share of such intervals that hold the truth, 0-1; pointwise.
        cluster_on: Names of the clustering dimensions: none, one or both.
        leaves_out: Estimate without the subgroup instead of in it.

    Returns:
        One term per subgroup, with their joint covariance: a person in two of them makes them
        move together.

    Raises:
        NotIdentifiedError: No subgroup can be estimated.
        EstimationError: Shapes differ, a value is missing, or a control is in a subgroup that
            none of its set's treated is in.

    Source and checks: as estimate_did_2x2; tests/unit/test_subgroups.py.
    """
    units = read_units(
        before,
        after,
        is_treated,
        weight=weight,
        matched_set=matched_set,
        person=person,
        cluster_on=cluster_on,
    )
    _check_subgroups(subgroup, units)
    sizes = count_clusters(units.clusters)
    parts: dict[int, PathPart] = {}
    notes = []
    for label in np.unique(subgroup).tolist():
        rows = np.flatnonzero((subgroup == label) != leaves_out)
        try:
            arms = build_arms(units.at(rows))
            estimate, influence = estimate_change_and_influence(
                before[rows], after[rows], arms, confidence_level=confidence_level
            )
        except EstimationError as error:
            notes.append(f"subgroup {label}: {error}")
            continue
        scores = build_scores(influence, arms.clusters, sizes=sizes, se=estimate.se)
        parts[label] = PathPart(estimate, scores)
    if not parts:
        raise NotIdentifiedError(["no subgroup can be estimated", *notes])
    return build_path(parts, dimension="subgroup", notes=notes)


def _check_subgroups(subgroup: IntVector, units: MatchedUnits) -> None:
    if subgroup.shape != units.matched_set.shape or (subgroup < 0).any():
        raise EstimationError(
            f"subgroup has shape {subgroup.shape}; it must have a code of zero or more for each of"
            f" {units.matched_set.size} units"
        )
    n_labels = int(subgroup.max(initial=0)) + 1
    pair = units.matched_set * n_labels + subgroup
    has_treated = np.isin(units.matched_set, units.matched_set[units.is_treated])
    is_alone = has_treated & ~np.isin(pair, pair[units.is_treated])
    if is_alone.any():
        n_sets = np.unique(units.matched_set[is_alone]).size
        raise EstimationError(
            f"{n_sets} matched sets have controls in a subgroup that none of their treated is in;"
            " take the subgroup of the treated"
        )
