"""Propensity scores, and the weights of controls that stand for the treated.

Here are scores by logistic regression, regularised when the arms are separated, and their
weights. Balancing without a model is in entropy_balancing.py.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NoControlsError, NoOverlapError
from evaluation.estimators.logit import LogitFit, estimate_logit
from evaluation.results import BoolVector, FloatVector

Matrix = NDArray[np.float64]
# Coefficients of standardised covariates are rarely above 5: a normal prior with this spread.
PRIOR_SD = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class PropensityScores:
    """Scores of all units, and how they were fitted.

    Attributes:
        score: Probability of treatment, 0-1, shape (n_units,).
        coefficients: Constant first, log odds per standard deviation of the covariate.
        is_regularised: The arms were separated, and coefficients are drawn towards zero.
    """

    score: FloatVector
    coefficients: FloatVector
    is_regularised: bool


def estimate_propensity_scores(
    covariates: Matrix, is_treated: BoolVector, *, weight: FloatVector | None = None
) -> PropensityScores:
    """Estimate P(treated given covariates) by logistic regression.

    When a combination of covariates separates the arms, maximum likelihood has no answer;
    then each coefficient of a standardised covariate gets a normal prior with standard
    deviation 2.5, and the result says so. Persons with the same covariates may be given as
    one row with their number as weight.

    Args:
        covariates: No constant, finite, shape (n_units, n_covariates).
        is_treated: Arm, shape (n_units,).
        weight: Above zero, such as counts, shape (n_units,); all 1 when left out.

    Raises:
        NoControlsError: One arm is empty.
        NotConvergedError: A covariate is constant or a sum of others.
        EstimationError: Shapes differ or a value is missing.

    Source: Rosenbaum & Rubin (1983), doi:10.1093/biomet/70.1.41; Gelman et al. (2008),
    doi:10.1214/08-AOAS191 (the scale of the prior).
    Checked against statsmodels and R WeightIt: tests/reference/test_weights.py.
    """
    weight = np.ones(is_treated.size) if weight is None else weight
    validate_covariates(covariates, is_treated, weight)
    centre = np.average(covariates, axis=0, weights=weight)
    spread = np.sqrt(np.average((covariates - centre) ** 2, axis=0, weights=weight))
    scaled = (covariates - centre) / np.where(spread > 0, spread, 1.0)
    design = np.vstack([np.ones(is_treated.size), scaled.T])
    try:
        return _describe(estimate_logit(design, is_treated, weight=weight), is_regularised=False)
    except NoOverlapError:
        ridge = np.append(0.0, np.full(covariates.shape[1], PRIOR_SD**-2))
        fit = estimate_logit(design, is_treated, weight=weight, ridge=ridge)
        return _describe(fit, is_regularised=True)


def build_att_weights(score: FloatVector, is_treated: BoolVector) -> FloatVector:
    """Build weights under which controls stand for the treated: 1, and score / (1 - score).

    Args:
        score: Above 0 and below 1, shape (n_units,).
        is_treated: Arm, shape (n_units,).

    Raises:
        NoOverlapError: A control has a score of 1.
        EstimationError: Shapes differ, or a score is no probability.
    """
    if score.shape != is_treated.shape or not ((score >= 0) & (score <= 1)).all():
        raise EstimationError(
            f"score has shape {score.shape}, is_treated {is_treated.shape}; they must be the same,"
            " and scores between 0 and 1"
        )
    if (score[~is_treated] >= 1).any():
        raise NoOverlapError("a control has a propensity score of 1, and would weigh without end")
    odds = np.divide(score, 1 - score, out=np.ones_like(score), where=~is_treated)
    return np.where(is_treated, 1.0, odds)


def validate_covariates(covariates: Matrix, is_treated: BoolVector, weight: FloatVector) -> None:
    """Refuse covariates that no weights can be made from.

    Args:
        covariates: Shape (n_units, n_covariates).
        is_treated: Arm, shape (n_units,).
        weight: Above zero, shape (n_units,).

    Raises:
        NoControlsError: One arm is empty.
        EstimationError: Shapes differ, a value is missing, or a weight is not above zero.

    Checked against drawn refusals: tests/reference/test_weights.py.
    """
    if covariates.ndim != 2 or {is_treated.shape, weight.shape} != {covariates.shape[:1]}:
        raise EstimationError(
            f"covariates have shape {covariates.shape}, is_treated {is_treated.shape} and weight"
            f" {weight.shape}; rows must be the same units"
        )
    if not np.isfinite(covariates).all() or not (np.isfinite(weight) & (weight > 0)).all():
        raise EstimationError(
            "a covariate is missing or a weight not above zero; a missing value must be a level"
            " of its own"
        )
    if is_treated.all() or not is_treated.any():
        raise NoControlsError("weights need both treated and controls")


def _describe(fit: LogitFit, *, is_regularised: bool) -> PropensityScores:
    return PropensityScores(fit.score, fit.coefficients, is_regularised)
