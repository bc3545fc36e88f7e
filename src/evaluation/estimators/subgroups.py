"""The matched 2x2 in parts of the sample: subgroups, services, and all but one service.

Here is the estimate of each part, with what multiplicity and pooling need to see them together.
Drawing them towards each other is in pooling.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.did import estimate_change_and_influence, validate_units
from evaluation.estimators.scores import (
    Scores,
    build_score_matrix,
    build_scores,
    count_clusters,
    estimate_joint_covariance,
)
from evaluation.estimators.units import (
    ClusterDimension,
    MatchedUnits,
    build_arms,
    build_units,
)
from evaluation.results import AttEstimate, AttPath, BoolVector, FloatVector, IntVector


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    label: int
    estimate: AttEstimate
    scores: Scores


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

    A matched set belongs whole to the subgroup of its treated. What a subgroup does not
    determine has a note and no entry, so that it is seen to be withheld.

    Args:
        before: Outcome before, shape (n_units,), days.
        after: Outcome after, shape (n_units,), days.
        is_treated: Arm, shape (n_units,).
        weight: Above zero, shape (n_units,).
        matched_set: Label of the set, shape (n_units,).
        person: Label of the person, shape (n_units,).
        subgroup: Code of the subgroup or service, zero or more, the same for all units of a
            set, shape (n_units,).
        confidence_level: Share of such intervals that hold the truth, 0-1; pointwise.
        cluster_on: Names of the clustering dimensions: none, one or both.
        leaves_out: Estimate without the subgroup instead of in it.

    Returns:
        One term per subgroup, with their joint covariance: a person in two of them makes them
        move together.

    Raises:
        NotIdentifiedError: No subgroup can be estimated.
        EstimationError: Shapes differ, a value is missing, or a set is in two subgroups.

    Source and checks: as estimate_did_2x2; tests/unit/test_subgroups.py.
    """
    validate_units(
        before=before,
        after=after,
        is_treated=is_treated,
        weight=weight,
        matched_set=matched_set,
        person=person,
    )
    units = build_units(
        is_treated, weight=weight, matched_set=matched_set, person=person, cluster_on=cluster_on
    )
    _check_subgroups(subgroup, units)
    sizes = count_clusters(units.clusters)
    parts: list[_Part] = []
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
        parts.append(_Part(label, estimate, scores))
    if not parts:
        raise NotIdentifiedError(["no subgroup can be estimated", *notes])
    return _collect(parts, tuple(notes))


def _check_subgroups(subgroup: IntVector, units: MatchedUnits) -> None:
    if subgroup.shape != units.matched_set.shape or (subgroup < 0).any():
        raise EstimationError(
            f"subgroup has shape {subgroup.shape}; it must have a code of zero or more for each of"
            f" {units.matched_set.size} units"
        )
    of_set = np.empty(int(units.matched_set.max()) + 1, dtype=np.int64)
    of_set[units.matched_set] = subgroup
    n_mixed = np.unique(units.matched_set[of_set[units.matched_set] != subgroup]).size
    if n_mixed:
        raise EstimationError(
            f"{n_mixed} matched sets are in two subgroups; take the subgroup of the treated"
        )


def _collect(parts: Sequence[_Part], notes: tuple[str, ...]) -> AttPath:
    def numbers(name: str) -> FloatVector:
        return np.array([getattr(part.estimate, name) for part in parts], dtype=np.float64)

    def counts(name: str) -> IntVector:
        return np.array([getattr(part.estimate, name) for part in parts], dtype=np.int64)

    scores = [part.scores for part in parts]
    return AttPath(
        estimator=parts[0].estimate.estimator,
        dimension="subgroup",
        term=np.array([part.label for part in parts], dtype=np.int64),
        att=numbers("att"),
        se=numbers("se"),
        ci_low=numbers("ci_low"),
        ci_high=numbers("ci_high"),
        n_treated=counts("n_treated"),
        n_control=counts("n_control"),
        n_clusters=int(counts("n_clusters").min()),
        covariance=estimate_joint_covariance(scores),
        scores=build_score_matrix(scores),
        notes=notes,
    )
