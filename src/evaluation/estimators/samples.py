"""Which rows of a frame go into which estimate: each sector of the study, and all of them pooled.

Here frames become arrays. What is estimated on them, and what a row of results looks like, is in
the modules of tables.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.errors import (
    EstimationError,
    NoControlsError,
    NoOverlapError,
    NotConvergedError,
    NotIdentifiedError,
)
from evaluation.results import BoolVector, FloatVector, IntVector

POOLED = "ALL"
# What the data do not tell is a note; anything else is a fault and stops the run.
WITHHELD = (NoControlsError, NoOverlapError, NotConvergedError, NotIdentifiedError)
Rows: TypeAlias = slice | BoolVector  # a slice costs no copy
_Estimate = TypeVar("_Estimate")


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Unit-level arrays shared by every outcome, shape (n_units,).

    Attributes:
        sector_names: Sectors that occur.
        sector: Place in sector_names.
        is_treated: Arm.
        weight: Above zero, no unit.
        matched_set: Label of the set, unique over sectors.
        person: Label of the person.
    """

    sector_names: tuple[str, ...]
    sector: IntVector
    is_treated: BoolVector
    weight: FloatVector
    matched_set: IntVector
    person: IntVector

    def labels(self, kept: Rows) -> dict[str, FloatVector | IntVector]:
        """Return weight, matched_set and person of some units, by these names.

        Args:
            kept: Rows of the units.
        """
        return {
            "weight": self.weight[kept],
            "matched_set": self.matched_set[kept],
            "person": self.person[kept],
        }


def build_sample(units: pd.DataFrame, *, every: int = 1) -> Sample:
    """Build the arrays of the units.

    Args:
        units: sector, is_treated, weight, matched_set_id, person_id.
        every: Rows of a unit, which stand together.
    """
    first = {
        name: units[name].iloc[::every]
        for name in ("sector", "is_treated", "weight", "matched_set_id", "person_id")
    }
    codes, names = pd.factorize(first["sector"], use_na_sentinel=False)
    return Sample(
        sector_names=tuple(str(name) for name in names),
        sector=np.asarray(codes, dtype=np.int64),
        is_treated=first["is_treated"].to_numpy(dtype=np.bool_),
        weight=build_numbers(first["weight"]),
        matched_set=first["matched_set_id"].to_numpy(dtype=np.int64),
        person=first["person_id"].to_numpy(dtype=np.int64),
    )


def build_numbers(column: pd.Series) -> FloatVector:
    """Build an array of numbers, NaN where missing.

    Args:
        column: Of any number type.
    """
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def count_treated(
    sample: Sample, kept: Rows, group: IntVector, *, n_groups: int
) -> NDArray[np.int64]:
    """Count the different treated persons of each group.

    Args:
        sample: The units.
        kept: Rows that the groups are of.
        group: Code of the group from 0, of the rows kept.
        n_groups: Number of groups; some may be empty.
    """
    is_treated = sample.is_treated[kept]
    members = np.stack([group[is_treated], sample.person[kept][is_treated]], axis=1)
    return np.bincount(np.unique(members, axis=0)[:, 0], minlength=n_groups)


def split_outcomes(
    panel: pd.DataFrame, outcomes: Iterable[str], *, missing: str
) -> tuple[list[str], list[str]]:
    """Tell the outcomes that a panel holds from those that it cannot hold.

    Args:
        panel: With a column for each outcome that it holds.
        outcomes: In the order wanted.
        missing: Why an outcome is not there.

    Returns:
        Outcomes that are there, and a note for each that is not.

    Checked against panels that lack an outcome: tests/unit/test_estimate_tables.py.
    """
    every = list(outcomes)
    absent = [f"{POOLED}, {name}: {missing}" for name in every if name not in panel]
    return [name for name in every if name in panel], absent


def estimate_each(
    sample: Sample,
    estimate: Callable[[str, Rows], _Estimate],
    *,
    sectors: Sequence[str],
    outcomes: Sequence[str],
) -> tuple[dict[tuple[str, str], _Estimate], list[str]]:
    """Estimate each sector and outcome, and ALL, which pools every unit.

    Args:
        sample: The units.
        estimate: From an outcome and the rows of a sector.
        sectors: Every sector of the study, in the order wanted.
        outcomes: In the order wanted.

    Returns:
        Estimates by sector and outcome; a note for each that the data do not determine.

    Raises:
        EstimationError: A sector that the study does not have, or what an estimator refuses.

    Checked against the estimators called one by one: tests/unit/test_estimate_tables.py.
    """
    estimates: dict[tuple[str, str], _Estimate] = {}
    notes: list[str] = []
    for sector, kept in build_sector_rows(sample, sectors):
        for outcome in outcomes:
            try:
                estimates[sector, outcome] = estimate(outcome, kept)
            except WITHHELD as error:
                notes += [f"{sector}, {outcome}: {problem}" for problem in error.problems]
    if not sample.sector.size:
        notes.append(f"{POOLED}: no matched set in any sector; the attrition table shows why")
    return estimates, notes


def build_sector_rows(sample: Sample, sectors: Sequence[str]) -> Iterator[tuple[str, Rows]]:
    """List the rows of each sector that has units, then those of ALL.

    Args:
        sample: The units.
        sectors: Every sector of the study, in the order wanted.

    Raises:
        EstimationError: A sector that the study does not have.
    """
    unknown = sorted(set(sample.sector_names) - set(sectors))
    if unknown:
        raise EstimationError(f"matched sets in sectors {unknown}; the study has {list(sectors)}")
    for sector in sectors:
        if sector in sample.sector_names:
            yield sector, _rows_of(sample.sector == sample.sector_names.index(sector))
    if sample.sector.size:
        yield POOLED, slice(None)


def _rows_of(kept: BoolVector) -> Rows:
    """Write rows that stand together as a slice."""
    first, last = int(kept.argmax()), kept.size - int(kept[::-1].argmax())
    return slice(first, last) if kept[first:last].all() else kept
