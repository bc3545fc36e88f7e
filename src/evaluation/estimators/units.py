"""Who is compared with whom: matched units, coded once for every outcome measured on them.

Here labels become numbers and weights become shares of an arm. No outcome is here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.errors import EstimationError, NoControlsError, NotIdentifiedError
from evaluation.estimators.inference import (
    ClusterCodes,
    build_clusters,
    code_labels,
    count_codes,
)
from evaluation.results import BoolVector, FloatVector, IntVector

ClusterDimension = Literal["matched_set", "person"]


@dataclass(frozen=True, slots=True, eq=False)
class MatchedUnits:
    """Persons within matched sets; every array has shape (n_units,).

    Attributes:
        is_treated: Arm.
        weight: Above zero, no unit.
        matched_set: Code of the set, from 0.
        person: Code of the person, from 0.
        clusters: Codes of the clusters.
    """

    is_treated: BoolVector
    weight: FloatVector
    matched_set: IntVector
    person: IntVector
    clusters: ClusterCodes

    def at(self, rows: IntVector) -> "MatchedUnits":
        """Keep some of the units, with the codes they have.

        Args:
            rows: Places of the units kept.
        """
        return MatchedUnits(
            is_treated=self.is_treated[rows],
            weight=self.weight[rows],
            matched_set=self.matched_set[rows],
            person=self.person[rows],
            clusters=self.clusters.at(rows),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """The two arms that are compared, ready for any outcome of their units.

    Attributes:
        is_treated: Arm, shape (n_units,).
        treated: Share of the treated's weight, 0 for controls, sum 1, shape (n_units,).
        control: Share of the controls' weight, 0 for the treated, sum 1, shape (n_units,).
        contrast: treated less control: what a unit's day adds to the estimate, (n_units,).
        clusters: Codes of the clusters of the units.
        n_treated: Different persons among the treated units.
        n_control: Different persons among the control units.
    """

    is_treated: BoolVector
    treated: FloatVector
    control: FloatVector
    contrast: FloatVector
    clusters: ClusterCodes
    n_treated: int
    n_control: int

    def means(self, values: FloatVector) -> tuple[float, float]:
        """Weighted means of the treated and of the controls.

        Args:
            values: Shape (n_units,), any unit.
        """
        # Not `@`: BLAS adds in an order that depends on the number of threads.
        return float(np.sum(self.treated * values)), float(np.sum(self.control * values))


def build_units(
    is_treated: BoolVector,
    *,
    weight: FloatVector,
    matched_set: IntVector,
    person: IntVector,
    cluster_on: Sequence[ClusterDimension],
) -> MatchedUnits:
    """Build the coded units from labels, the costly step that periods and outcomes share.

    Args:
        is_treated: Arm, shape (n_units,).
        weight: Finite and above zero, shape (n_units,).
        matched_set: Label of the set, shape (n_units,).
        person: Label of the person, shape (n_units,); a person may be in many sets.
        cluster_on: Names of the clustering dimensions: none, one or both. When none, every
            person within a set is a cluster, whose rows a shared control may have several of.

    Raises:
        EstimationError: Unknown or repeated clustering dimensions.
    """
    codes: dict[str, IntVector] = {
        "matched_set": code_labels(matched_set),
        "person": code_labels(person),
    }
    if not set(cluster_on) <= codes.keys() or len(set(cluster_on)) != len(cluster_on):
        raise EstimationError(
            f"cluster_on is {tuple(cluster_on)}; allowed are none, one or both of {tuple(codes)}"
        )
    dimensions = [codes[name] for name in cluster_on]
    if not dimensions:
        n_persons = int(codes["person"].max(initial=0)) + 1
        dimensions = [code_labels(codes["matched_set"] * n_persons + codes["person"])]
    return MatchedUnits(
        is_treated=is_treated,
        weight=weight,
        matched_set=codes["matched_set"],
        person=codes["person"],
        clusters=build_clusters(dimensions),
    )


def build_arms(units: MatchedUnits) -> Arms:
    """Build the two arms from units that are all observed.

    Args:
        units: At least one treated and one control.

    Raises:
        NoControlsError: No unit is a control.
        NotIdentifiedError: No unit is treated.
    """
    is_treated = units.is_treated
    if not is_treated.any():
        raise NotIdentifiedError("no unit is treated, so there is no effect to estimate")
    if is_treated.all():
        raise NoControlsError("no unit is a control; widen the matching or pool sectors")
    treated = _share(np.where(is_treated, units.weight, 0.0))
    control = _share(np.where(is_treated, 0.0, units.weight))
    return Arms(
        is_treated=is_treated,
        treated=treated,
        control=control,
        contrast=treated - control,
        clusters=units.clusters,
        n_treated=count_codes(units.person[is_treated]),
        n_control=count_codes(units.person[~is_treated]),
    )


def _share(weight: FloatVector) -> FloatVector:
    share: FloatVector = weight / weight.sum()
    return share
