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
MAX_HALVINGS = 30
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


def estimate_logit(
    columns: Matrix,
    is_treated: BoolVector,
    *,
    weight: FloatVector,
    ridge: FloatVector | None = None,
    start: FloatVector | None = None,
) -> LogitFit:
    """Fit P(treated) by maximum likelihood, with an optional ridge on each coefficient.

    The steps are those of Newton, halved until the likelihood rises.

    Args:
        columns: The constant among them, shape (n_columns, n_units).
        is_treated: Arm, shape (n_units,).
        weight: Above zero; counts when rows stand for many units, shape (n_units,).
        ridge: Penalty on half of each squared coefficient, shape (n_columns,); none when
            left out.
        start: Coefficients to start from, shape (n_columns,); 0 when left out.

    Returns:
        Coefficients, scores and the inverse of the information.

    Raises:
        NoOverlapError: The columns separate the arms, so that no maximum exists.
        NotConvergedError: The columns are sums of one another, or no maximum was found.

    Source: McCullagh & Nelder (1989), Generalized Linear Models, section 4.4.
    Checked against statsmodels: tests/unit/test_propensity.py.
    """
    n_columns = columns.shape[0]
    penalty = np.zeros(n_columns) if ridge is None else ridge
    coefficients = np.zeros(n_columns) if start is None else start
    predictor = combine(columns, coefficients)
    value = _likelihood(predictor, is_treated, weight) - float(penalty @ coefficients**2) / 2
    for _ in range(MAX_STEPS):
        if np.abs(predictor).max() > SEPARATED_AT:
            raise NoOverlapError(
                "the covariates separate treated from controls, so the propensity score has no"
                " maximum-likelihood estimate; coarsen the covariates or use the ridge"
            )
        score = 1 / (1 + np.exp(-predictor))
        gradient = sum_columns(columns, weight * (is_treated - score)) - penalty * coefficients
        information = cross_columns(columns, weight * score * (1 - score)) + np.diag(penalty)
        inverse = _invert(information)
        step = inverse @ gradient
        if float(gradient @ step) <= STEP_TOLERANCE**2 * max(1.0, float(weight.sum())):
            return LogitFit(coefficients, score, inverse)
        # The largest of the halved steps that does not lower the likelihood.
        slack = 1e-12 * abs(value)
        for halving in range(MAX_HALVINGS):
            reached = coefficients + step / 2**halving
            predictor = combine(columns, reached)
            risen = _likelihood(predictor, is_treated, weight) - float(penalty @ reached**2) / 2
            if risen >= value - slack:
                break
        else:
            raise NotConvergedError("no step of the propensity score raises its likelihood")
        coefficients, value = reached, risen
    raise NotConvergedError(f"the propensity score found no maximum in {MAX_STEPS} steps")


def combine(columns: Matrix, coefficients: FloatVector) -> FloatVector:
    """Add up the columns with coefficients.

    Args:
        columns: Shape (n_columns, n_units).
        coefficients: Shape (n_columns,).

    Source: as estimate_logit.
    """
    # Not `@`: BLAS adds in an order that depends on the number of threads.
    return np.asarray(np.einsum("k,ku->u", coefficients, columns))


def sum_columns(columns: Matrix, weight: FloatVector) -> FloatVector:
    """Sum each column with weights.

    Args:
        columns: Shape (n_columns, n_units).
        weight: Shape (n_units,).

    Source: as estimate_logit.
    """
    return np.array([np.einsum("u,u->", column, weight) for column in columns])


def cross_columns(columns: Matrix, weight: FloatVector) -> Matrix:
    """Sum the products of the columns with weights.

    Args:
        columns: Shape (n_columns, n_units).
        weight: Shape (n_units,).

    Source: as estimate_logit.
    """
    return np.stack([sum_columns(columns, weight * column) for column in columns])


def _likelihood(predictor: FloatVector, is_treated: BoolVector, weight: FloatVector) -> float:
    return float(np.sum(weight * (is_treated * predictor - np.logaddexp(0, predictor))))


def _invert(information: Matrix) -> Matrix:
    scale = np.sqrt(np.diag(information))
    if (scale <= 0).any() or np.linalg.cond(information / np.outer(scale, scale)) > 1e12:
        raise NotConvergedError(
            "the covariates of the propensity score are sums of one another, or one is constant"
        )
    return np.asarray(np.linalg.inv(information), dtype=np.float64)
