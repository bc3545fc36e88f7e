"""One 2x2 with covariates: outcome regression, inverse propensity, and both (doubly robust).

Here is the effect on the change of an outcome and the influence of each unit on it. What does
not depend on the outcome is built once, since cells of a staggered design share it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import NoOverlapError, NotIdentifiedError
from evaluation.estimators.logit import fit_logit
from evaluation.results import BoolVector, FloatVector

Matrix = NDArray[np.float64]
Method = Literal["reg", "ipw", "dr"]
# R DRDID leaves out controls above 0.995 in silence; here the cell is refused.
LARGEST_CONTROL_SCORE = 0.995


@dataclass(frozen=True, slots=True, eq=False)
class CellDesign:
    """Treated and controls of a cell, and what is fitted to who is treated.

    Attributes:
        method: reg, ipw or dr.
        design: Columns, the constant first, shape (n_units, n_columns).
        treated: Weight of the treated, mean 1 over the treated, else 0, (n_units,).
        control: Weight of the controls that stand for the treated, mean 1, (n_units,).
        weight: Of the unit, mean 1, shape (n_units,).
        is_treated: Arm, shape (n_units,).
        score_influence: Of each unit on the propensity coefficients, as the design.
        inverse_cross: Inverse of the mean products of the columns among the controls.
    """

    method: Method
    design: Matrix
    treated: FloatVector
    control: FloatVector
    weight: FloatVector
    is_treated: BoolVector
    score_influence: Matrix
    inverse_cross: Matrix


def build_cell_design(
    covariates: Matrix, is_treated: BoolVector, *, weight: FloatVector, method: Method
) -> CellDesign:
    """Build what a cell needs to know of its covariates.

    Args:
        covariates: Fixed before treatment, no constant, shape (n_units, n_covariates).
        is_treated: Arm, shape (n_units,).
        weight: Above zero, shape (n_units,).
        method: reg (outcome regression among controls), ipw (normalised inverse propensity)
            or dr (both).

    Raises:
        NoOverlapError: The covariates separate the arms, or all but separate a control.
        NotIdentifiedError: Fewer controls than columns, or columns that are sums of others.
        NotConvergedError: The propensity score found no maximum.
    """
    design = np.column_stack([np.ones(is_treated.size), covariates])
    weight = weight / weight.mean()
    treated = np.where(is_treated, weight, 0.0)
    control, score_influence = treated, np.zeros((0, 0))
    if method != "reg":
        fit = fit_logit(design, is_treated, weight=weight)
        if fit.score[~is_treated].max() > LARGEST_CONTROL_SCORE:
            raise NoOverlapError(
                f"a control is treated with probability above {LARGEST_CONTROL_SCORE}; coarsen"
                " the covariates"
            )
        control = np.where(is_treated, 0.0, weight * fit.score / (1 - fit.score))
        residual = (weight * (is_treated - fit.score))[:, None] * design
        score_influence = residual @ (fit.inverse_information * is_treated.size)
    inverse_cross = np.zeros((0, 0))
    if method != "ipw":
        inverse_cross = _invert_cross(design, np.where(is_treated, 0.0, weight))
    return CellDesign(
        method=method,
        design=design,
        treated=treated / treated.mean(),
        control=control / control.mean(),
        weight=weight,
        is_treated=is_treated,
        score_influence=score_influence,
        inverse_cross=inverse_cross,
    )


def estimate_cell(change: FloatVector, cell: CellDesign) -> tuple[float, FloatVector]:
    """Estimate the effect on the treated in one cell.

    With m the controls' regression of the change on the columns (0 for ipw) and w_T, w_C the
    normalised weights (for reg, both those of the treated, and the controls' mean is of m):

        att = mean(w_T * (change - m)) - mean(w_C * (change - m)).

    Args:
        change: Outcome less outcome of the base period, finite, shape (n_units,).
        cell: Of the same units.

    Returns:
        att, and the influence of each unit, shape (n_units,): att less the truth is about
        its mean.

    Source: Sant'Anna & Zhao (2020), doi:10.1016/j.jeconom.2020.06.003, with normalised
    weights as in R DRDID. Checked against csdid: tests/reference/test_callaway_santanna.py.
    """
    fitted = np.zeros(change.size)
    influence = np.zeros(change.size)
    against = cell.treated if cell.method == "reg" else cell.treated - cell.control
    if cell.method != "ipw":
        fitted, of_coefficients = _regress(change, cell)
        influence -= of_coefficients @ _mean_rows(cell.design, against)
    residual = change - fitted
    of_treated = float(np.mean(cell.treated * residual))
    influence += cell.treated * (residual - of_treated)
    if cell.method == "reg":
        return of_treated, influence
    of_control = float(np.mean(cell.control * residual))
    from_control = cell.control * (residual - of_control)
    influence -= from_control
    influence -= cell.score_influence @ _mean_rows(cell.design, from_control)
    return of_treated - of_control, influence


def _regress(change: FloatVector, cell: CellDesign) -> tuple[FloatVector, Matrix]:
    """Fit the controls' change, and the influence of each unit on its coefficients."""
    weight = np.where(cell.is_treated, 0.0, cell.weight)
    coefficients = cell.inverse_cross @ _mean_rows(cell.design, weight * change)
    fitted = cell.design @ coefficients
    influence = ((weight * (change - fitted))[:, None] * cell.design) @ cell.inverse_cross
    return fitted, influence


def _invert_cross(design: Matrix, weight: FloatVector) -> Matrix:
    cross = np.einsum("uk,ul->kl", design * weight[:, None], design) / weight.size
    scale = np.sqrt(np.diag(cross))
    if (scale <= 0).any() or np.linalg.cond(cross / np.outer(scale, scale)) > 1e12:
        raise NotIdentifiedError(
            "the covariates are sums of one another among the controls of a cell, or the cell"
            " has too few controls for them"
        )
    return np.linalg.inv(cross)


def _mean_rows(design: Matrix, weight: FloatVector) -> FloatVector:
    # Not `@`: BLAS adds in an order that depends on the number of threads.
    return np.asarray(np.einsum("uk,u->k", design, weight) / weight.size)
