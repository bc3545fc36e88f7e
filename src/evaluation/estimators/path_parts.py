"""A path out of its parts: effects estimated one by one on the same units, put side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.estimators.scores import Scores, build_score_matrix, estimate_joint_covariance
from evaluation.results import AttEstimate, AttPath, FloatVector, IntVector


@dataclass(frozen=True, slots=True, eq=False)
class PathPart:
    """One effect of a path.

    Attributes:
        estimate: The effect.
        scores: Its sums of influence over the clusters of all units.
    """

    estimate: AttEstimate
    scores: Scores


def build_path(
    parts: Mapping[int, PathPart],
    *,
    dimension: Literal["event_time", "subgroup"],
    notes: Sequence[str],
) -> AttPath:
    """Put parts side by side, with the covariance that their common clusters give them.

    Args:
        parts: By their term, in order; one at least.
        dimension: What the terms count. The means of a period are those of its 2x2 after.
        notes: Why a term has no part, one line each.
    """
    estimates = [part.estimate for part in parts.values()]
    scores = [part.scores for part in parts.values()]

    def numbers(name: str) -> FloatVector:
        return np.array([getattr(estimate, name) for estimate in estimates], dtype=np.float64)

    def counts(name: str) -> IntVector:
        return np.array([getattr(estimate, name) for estimate in estimates], dtype=np.int64)

    has_means = dimension == "event_time"
    return AttPath(
        estimator=estimates[0].estimator,
        dimension=dimension,
        term=np.array(list(parts), dtype=np.int64),
        att=numbers("att"),
        se=numbers("se"),
        ci_low=numbers("ci_low"),
        ci_high=numbers("ci_high"),
        n_treated=counts("n_treated"),
        n_control=counts("n_control"),
        n_clusters=int(counts("n_clusters").min()),
        covariance=estimate_joint_covariance(scores),
        scores=build_score_matrix(scores),
        notes=tuple(notes),
        parts=tuple(estimates),
        treated_mean=numbers("treated_after") if has_means else None,
        control_mean=numbers("control_after") if has_means else None,
    )
