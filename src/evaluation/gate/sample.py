"""Who is compared in a sector: units of the matched sets, and what is left when some are unseen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.errors import EstimationError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.units import ClusterDimension
from evaluation.gate.diagnostic import POOLED
from evaluation.results import AttEstimate, BoolVector, FloatVector, IntVector


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Units of matched sets; every array has shape (n_units,).

    Attributes:
        is_treated: Arm.
        weight: 1 for the treated, 1 / (controls in the set) for controls.
        matched_set: Label of the set.
        person: Label of the person.
        confidence_level: Of the study, 0-1.
        cluster_on: Of the study.
    """

    is_treated: BoolVector
    weight: FloatVector
    matched_set: IntVector
    person: IntVector
    confidence_level: float
    cluster_on: tuple[ClusterDimension, ...]

    @property
    def n_treated(self) -> int:
        """Different treated persons."""
        return int(np.unique(self.person[self.is_treated]).size)

    def at(self, rows: IntVector) -> "Sample":
        """Keep some of the units as they are.

        Args:
            rows: Places of the units kept.
        """
        return Sample(
            is_treated=self.is_treated[rows],
            weight=self.weight[rows],
            matched_set=self.matched_set[rows],
            person=self.person[rows],
            confidence_level=self.confidence_level,
            cluster_on=self.cluster_on,
        )

    def keep_seen(self, is_seen: BoolVector) -> tuple[IntVector, "Sample"]:
        """Leave out units that are not seen, then sets that lost an arm, and weigh anew.

        Where weights make the arms alike no set holds both: all units are then one set.

        Args:
            is_seen: Shape (n_units,).

        Returns:
            Places of the units that are left, and their sample; none may be left.
        """
        codes, _ = pd.factorize(self.matched_set)
        n_sets = int(codes.max(initial=-1)) + 1

        def sum_weights(kept: BoolVector) -> FloatVector:
            summed = np.bincount(codes[kept], weights=self.weight[kept], minlength=n_sets)
            return summed.astype(np.float64)

        treated, controls = sum_weights(self.is_treated), sum_weights(~self.is_treated)
        if not ((treated > 0) & (controls > 0)).any():
            codes = np.zeros_like(codes)
            treated, controls = sum_weights(self.is_treated), sum_weights(~self.is_treated)
        treated_left = sum_weights(is_seen & self.is_treated)
        controls_left = sum_weights(is_seen & ~self.is_treated)
        is_whole = (treated_left > 0) & (controls_left > 0)
        rows = np.flatnonzero(is_seen & is_whole[codes])
        left = self.at(rows)
        if is_seen.all():
            return rows, left
        # Controls that are left stand for those that are not, and for the treated that are left.
        of_set = codes[rows]
        scale = controls[of_set] * treated_left[of_set]
        scale /= treated[of_set] * controls_left[of_set]
        weight = np.where(left.is_treated, left.weight, left.weight * scale)
        return rows, Sample(
            is_treated=left.is_treated,
            weight=weight,
            matched_set=left.matched_set,
            person=left.person,
            confidence_level=left.confidence_level,
            cluster_on=left.cluster_on,
        )

    def estimate_change(self, before: FloatVector, after: FloatVector) -> AttEstimate:
        """Estimate the matched 2x2 of the units.

        Args:
            before: Outcome before, shape (n_units,).
            after: Outcome after, shape (n_units,).

        Raises:
            EstimationError: As `estimate_did_2x2`.
        """
        return estimate_did_2x2(
            before,
            after,
            self.is_treated,
            weight=self.weight,
            matched_set=self.matched_set,
            person=self.person,
            confidence_level=self.confidence_level,
            cluster_on=self.cluster_on,
        )


def build_sample(
    units: pd.DataFrame, *, confidence_level: float, cluster_on: Sequence[ClusterDimension]
) -> Sample:
    """Read the sample from a frame of matched units.

    Args:
        units: matched_set_id, person_id, is_treated, weight; one row per unit.
        confidence_level: 0-1.
        cluster_on: Names of the clustering dimensions.
    """
    return Sample(
        is_treated=units["is_treated"].to_numpy(dtype=np.bool_),
        weight=read_numbers(units["weight"]),
        matched_set=units["matched_set_id"].to_numpy(dtype=np.int64),
        person=units["person_id"].to_numpy(dtype=np.int64),
        confidence_level=confidence_level,
        cluster_on=tuple(cluster_on),
    )


def read_numbers(column: pd.Series) -> FloatVector:
    """Read a column as numbers, NaN where it is missing.

    Args:
        column: Of a frame.
    """
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def split_sectors(
    sector: pd.Series, sectors: Sequence[str], *, pooled: Sequence[str] | None = None
) -> Iterator[tuple[str, IntVector]]:
    """Give the places of the units of each sector that has any, ALL last.

    Args:
        sector: Of each unit, shape (n_units,).
        sectors: Of the study, in order.
        pooled: Sectors that ALL holds; None for every one.

    Raises:
        EstimationError: A sector that the study does not have.
    """
    names = sector.astype(str).to_numpy()
    unknown = sorted(set(names) - set(sectors))
    if unknown:
        raise EstimationError(f"matched sets in sectors {unknown}; the study has {list(sectors)}")
    for name in sectors:
        rows = np.flatnonzero(names == name)
        if rows.size:
            yield name, rows
    everybody = np.flatnonzero(np.isin(names, list(sectors if pooled is None else pooled)))
    if everybody.size:
        yield POOLED, everybody
