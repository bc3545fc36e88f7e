"""Logistic regression by Newton's method: the shared fit behind scores and doubly robust cells.

Here is maximum likelihood, plain or with a ridge. What scores are used for is not here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import NoOverlapError, NotConvergedError
from evaluation.results import BoolVector, FloatVector

Matrix = NDArray[np.float64]
MAX_STEPS = 50
STEP_TOLERANCE = 1e-10
# A linear predictor beyond this means odds above 1e13: the arms are separated.
SEPARATED_AT = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class LogitFit:
    """A fitted logistic regression.

    Attributes:
        coefficients: Shape (n_columns,), log odds per unit of the column.
        score: Probability of treatment, 0-1, shape (n_units,).
        inverse_information: Inverse of the (penalised) information, (n_columns, n_columns).
    """

    coefficients: FloatVector
    score: FloatVector
    inverse_information: Matrix


def fit_logit(
    design: Matrix, is_treated: BoolVector, *, weight: FloatVector, ridge: FloatVector | None = None
) -> LogitFit:
    """Fit P(treated) by maximum likelihood, with an optional ridge on each coefficient.

    The steps are those of Newton, halved until the likelihood rises.

    Args:
        design: Columns, the constant among them, shape (n_units, n_columns).
        is_treated: Arm, shape (n_units,).
        weight: Above zero; counts when rows stand for many units, shape (n_units,).
        ridge: Penalty on half of each squared coefficient, shape (n_columns,); none when
            left out.

    Returns:
        Coefficients, scores and the inverse of the information.

    Raises:
        NoOverlapError: The columns separate the arms, so that no maximum exists.
        NotConvergedError: The columns are sums of one another, or no maximum was found.

    Source: McCullagh & Nelder (1989), Generalized Linear Models, section 4.4.
    Checked against statsmodels: tests/unit/test_propensity.py.
    """
    penalty = np.zeros(design.shape[1]) if ridge is None else ridge
    coefficients = np.zeros(design.shape[1])
    # Starting at the constant's own maximum would need to know which column it is.
    value = _likelihood(design @ coefficients, is_treated, weight)
    for _ in range(MAX_STEPS):
        predictor = design @ coefficients
        if np.abs(predictor).max() > SEPARATED_AT:
            raise NoOverlapError(
                "the covariates separate treated from controls, so the propensity score has no"
                " maximum-likelihood estimate; coarsen the covariates or use the ridge"
            )
        score = 1 / (1 + np.exp(-predictor))
        gradient = _sum_rows(design, weight * (is_treated - score)) - penalty * coefficients
        information = _information(design, weight * score * (1 - score)) + np.diag(penalty)
        inverse = _invert(information)
        step = inverse @ gradient
        if float(gradient @ step) <= STEP_TOLERANCE**2 * max(1.0, float(weight.sum())):
            return LogitFit(coefficients, score, inverse)
        coefficients, value = _climb(
            coefficients, step, value, (design, is_treated, weight, penalty)
        )
    raise NotConvergedError(f"the propensity score found no maximum in {MAX_STEPS} steps")


def _climb(
    start: FloatVector,
    step: FloatVector,
    value: float,
    data: tuple[Matrix, BoolVector, FloatVector, FloatVector],
) -> tuple[FloatVector, float]:
    """Take the largest of the halved steps that does not lower the likelihood."""
    design, is_treated, weight, penalty = data
    slack = 1e-12 * abs(value)
    for halving in range(30):
        reached = start + step / 2**halving
        risen = _likelihood(design @ reached, is_treated, weight)
        risen -= float(penalty @ reached**2) / 2
        if risen >= value - slack:
            return reached, risen
    raise NotConvergedError("no step of the propensity score raises its likelihood")


def _likelihood(predictor: FloatVector, is_treated: BoolVector, weight: FloatVector) -> float:
    return float(np.sum(weight * (is_treated * predictor - np.logaddexp(0, predictor))))


def _sum_rows(design: Matrix, weight: FloatVector) -> FloatVector:
    # Not `@`: BLAS adds in an order that depends on the number of threads.
    return np.asarray(np.einsum("uk,u->k", design, weight))


def _information(design: Matrix, weight: FloatVector) -> Matrix:
    return np.asarray(np.einsum("uk,ul->kl", design * weight[:, None], design))


def _invert(information: Matrix) -> Matrix:
    scale = np.sqrt(np.diag(information))
    if (scale <= 0).any() or np.linalg.cond(information / np.outer(scale, scale)) > 1e12:
        raise NotConvergedError(
            "the covariates of the propensity score are sums of one another, or one is constant"
        )
    return np.asarray(np.linalg.inv(information), dtype=np.float64)
