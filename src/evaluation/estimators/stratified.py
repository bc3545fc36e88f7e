"""The 2x2 with every control of a cell: controls weighted so that cells are alike.

Here are the weights of full stratification and the estimate. Choosing k controls is not here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.errors import EstimationError, NoControlsError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.units import ClusterDimension
from evaluation.results import AttEstimate, BoolVector, FloatVector, IntVector


@dataclass(frozen=True, slots=True, eq=False)
class StratifiedEstimate:
    """The estimate over cells that hold both arms, and who is not in it.

    Attributes:
        estimate: As any other effect.
        weight: Of each unit, 0 when its cell lacks the other arm, shape (n_units,).
        n_treated_lost: Treated units in cells without controls.
        n_control_unused: Control units in cells without treated.
    """

    estimate: AttEstimate
    weight: FloatVector
    n_treated_lost: int
    n_control_unused: int


def build_stratum_weights(is_treated: BoolVector, stratum: IntVector) -> FloatVector:
    """Build att weights: 1 for the treated, treated over controls of the cell for a control.

    Args:
        is_treated: Arm, shape (n_units,).
        stratum: Cell of each unit, codes from 0, shape (n_units,).

    Returns:
        Shape (n_units,); 0 in cells that lack an arm, where nobody is compared.

    Raises:
        EstimationError: Shapes differ or a code is below 0.
        NoControlsError: No cell holds both arms.
    """
    if is_treated.shape != stratum.shape or (stratum < 0).any():
        raise EstimationError(
            f"is_treated has shape {is_treated.shape}, stratum {stratum.shape}; they must be the"
            " same, and codes of strata start from 0"
        )
    n_cells = int(stratum.max(initial=-1)) + 1
    treated = np.bincount(stratum[is_treated], minlength=n_cells)
    control = np.bincount(stratum[~is_treated], minlength=n_cells)
    has_both = (treated > 0) & (control > 0)
    if not has_both.any():
        raise NoControlsError(
            "no cell holds both treated and controls; match on fewer or coarser variables"
        )
    of_control = np.divide(
        treated, control, out=np.zeros(n_cells, dtype=np.float64), where=has_both
    )
    return np.asarray(np.where(is_treated, has_both[stratum], of_control[stratum]), np.float64)


def estimate_stratified(
    before: FloatVector,
    after: FloatVector,
    is_treated: BoolVector,
    *,
    stratum: IntVector,
    person: IntVector,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> StratifiedEstimate:
    """Estimate the att with all controls of the treated's cells.

    With n_Tc and n_Cc the arms of cell c, controls weigh n_Tc / n_Cc, so that the estimate is
    the mean over treated of their own change less the mean change of the controls of their
    cell. It is the coefficient of the weighted regression y ~ treated * post; as matched set
    stands the cell, so that clustering on "matched_set" is clustering on the cell.

    Args:
        before: Outcome before, shape (n_units,), days.
        after: Outcome after, shape (n_units,), days.
        is_treated: Arm, shape (n_units,).
        stratum: Cell of each unit, codes from 0, shape (n_units,).
        person: Label of the person, shape (n_units,).
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: "matched_set" (the cell), "person", both or none.

    Returns:
        The estimate in days, the weights, and how many are in no comparison.

    Raises:
        NoControlsError: No cell holds both arms.
        NotIdentifiedError: Fewer than two clusters, or the outcome does not vary.
        EstimationError: Shapes differ or a value is missing.

    Source: Iacus, King & Porro (2012), doi:10.1093/pan/mpr013 (weights of cells).
    Checked against statsmodels: tests/reference/test_stratified_and_poisson.py.
    """
    weight = build_stratum_weights(is_treated, stratum)
    kept = weight > 0
    estimate = estimate_did_2x2(
        before[kept],
        after[kept],
        is_treated[kept],
        weight=weight[kept],
        matched_set=stratum[kept],
        person=person[kept],
        confidence_level=confidence_level,
        cluster_on=cluster_on,
    )
    return StratifiedEstimate(
        estimate=replace(estimate, estimator="stratified"),
        weight=weight,
        n_treated_lost=int((is_treated & ~kept).sum()),
        n_control_unused=int((~is_treated & ~kept).sum()),
    )
