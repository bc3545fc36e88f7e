"""One 2x2 with covariates: outcome regression, inverse propensity, and both (doubly robust).

Here is the effect on the change of an outcome and the influence of each unit on it. What does
not depend on the outcome is built once, since cells of a staggered design share it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import NoOverlapError, NotIdentifiedError
from evaluation.estimators.logit import combine, cross_columns, estimate_logit, sum_columns
from evaluation.results import BoolVector, FloatVector

Matrix = NDArray[np.float64]
Method = Literal["reg", "ipw", "dr"]
# R DRDID leaves out controls above 0.995 in silence; here the cell is refused.
LARGEST_CONTROL_SCORE = 0.995


@dataclass(frozen=True, slots=True, eq=False)
class CellDesign:
    """Treated and controls of a cell, and what is fitted to who is treated.

    Arrays of units have shape (n_units,).

    Attributes:
        method: reg, ipw or dr.
        columns: The constant first, shape (n_columns, n_units).
        treated: Weight of the treated, mean 1 over all units, 0 for controls.
        control: Weight of the controls that stand for the treated, likewise.
        of_control: Weight of a unit among the controls, 0 for the treated.
        coefficients: Of the propensity score, for a start elsewhere; empty for reg.
        score_residual: Weighted residual of the propensity score; empty for reg.
        inverse_information: Inverse of the mean information of the score; empty for reg.
        inverse_cross: Inverse of the mean products of columns among controls; empty for ipw.
        pull: What a unit of residual of a control does to the effect through the regression.
    """

    method: Method
    columns: Matrix
    treated: FloatVector
    control: FloatVector
    of_control: FloatVector
    coefficients: FloatVector
    score_residual: FloatVector
    inverse_information: Matrix
    inverse_cross: Matrix
    pull: FloatVector


def build_cell_design(
    covariates: Matrix,
    is_treated: BoolVector,
    *,
    weight: FloatVector,
    method: Method,
    start: FloatVector | None = None,
) -> CellDesign:
    """Build what a cell needs to know of its covariates.

    Args:
        covariates: Fixed before treatment, no constant, shape (n_units, n_covariates).
        is_treated: Arm, shape (n_units,).
        weight: Above zero, shape (n_units,).
        method: reg (outcome regression among controls), ipw (normalised inverse propensity)
            or dr (both).
        start: Coefficients of the propensity score to start from.

    Raises:
        NoOverlapError: The covariates separate the arms, or all but separate a control.
        NotIdentifiedError: Fewer controls than columns, or columns that are sums of others.
        NotConvergedError: The propensity score found no maximum.
    """
    columns = np.vstack([np.ones(is_treated.size), covariates.T])
    weight = weight / weight.mean()
    treated = np.where(is_treated, weight, 0.0)
    treated = treated / treated.mean()
    of_control = np.where(is_treated, 0.0, weight)
    control, coefficients, residual = treated, np.zeros(0), np.zeros(0)
    information = np.zeros((0, 0))
    if method != "reg":
        fit = estimate_logit(columns, is_treated, weight=weight, start=start)
        if fit.score[~is_treated].max() > LARGEST_CONTROL_SCORE:
            raise NoOverlapError(
                f"a control is treated with probability above {LARGEST_CONTROL_SCORE}; coarsen"
                " the covariates"
            )
        control = of_control * fit.score / (1 - fit.score)
        control = control / control.mean()
        coefficients = fit.coefficients
        residual = weight * (is_treated - fit.score)
        information = fit.inverse_information * is_treated.size
    inverse_cross, pull = np.zeros((0, 0)), np.zeros(0)
    if method != "ipw":
        inverse_cross = _invert_cross(columns, of_control)
        against = treated if method == "reg" else treated - control
        pull = combine(columns, inverse_cross @ _mean_columns(columns, against)) * of_control
    return CellDesign(
        method=method,
        columns=columns,
        treated=treated,
        control=control,
        of_control=of_control,
        coefficients=coefficients,
        score_residual=residual,
        inverse_information=information,
        inverse_cross=inverse_cross,
        pull=pull,
    )


def estimate_cell(change: FloatVector, cell: CellDesign) -> tuple[float, FloatVector]:
    """Estimate the effect on the treated in one cell.

    With m the controls' regression of the change on the columns (0 for ipw) and w_T, w_C the
    normalised weights,

        att = mean(w_T * (change - m)) - mean(w_C * (change - m)),

    without the second mean for reg, in which m stands for the controls.

    Args:
        change: Outcome less outcome of the base period, finite, shape (n_units,).
        cell: Of the same units.

    Returns:
        att, and the influence of each unit, shape (n_units,): att less the truth is about
        its mean.

    Source: Sant'Anna & Zhao (2020), doi:10.1016/j.jeconom.2020.06.003, with normalised
    weights as in R DRDID. Checked against csdid: tests/reference/test_callaway_santanna.py.
    """
    residual, influence = change, np.zeros(change.size)
    if cell.method != "ipw":
        coefficients = cell.inverse_cross @ _mean_columns(cell.columns, cell.of_control * change)
        residual = change - combine(cell.columns, coefficients)
        influence -= cell.pull * residual
    of_treated = float(np.mean(cell.treated * residual))
    influence += cell.treated * (residual - of_treated)
    if cell.method == "reg":
        return of_treated, influence
    of_control = float(np.mean(cell.control * residual))
    from_control = cell.control * (residual - of_control)
    influence -= from_control
    through_score = cell.inverse_information @ _mean_columns(cell.columns, from_control)
    influence -= cell.score_residual * combine(cell.columns, through_score)
    return of_treated - of_control, influence


def _invert_cross(columns: Matrix, weight: FloatVector) -> Matrix:
    cross = cross_columns(columns, weight) / weight.size
    scale = np.sqrt(np.diag(cross))
    if (scale <= 0).any() or np.linalg.cond(cross / np.outer(scale, scale)) > 1e12:
        raise NotIdentifiedError(
            "the covariates are sums of one another among the controls of a cell, or the cell"
            " has too few controls for them"
        )
    return np.asarray(np.linalg.inv(cross), dtype=np.float64)


def _mean_columns(columns: Matrix, weight: FloatVector) -> FloatVector:
    return sum_columns(columns, weight) / weight.size
