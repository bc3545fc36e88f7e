"""Many outcomes and subgroups: p-values that keep the chance of any false finding.

Here are Holm's adjustment of p-values and Romano and Wolf's, which learns from bootstrap draws
how the estimates move together.
"""

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError
from evaluation.results import FloatVector


def estimate_holm(p_value: FloatVector) -> FloatVector:
    """Adjust p-values by Holm's step-down, whatever their dependence.

    Args:
        p_value: One per hypothesis, 0-1, shape (n_tests,).

    Returns:
        Adjusted p-values in the same order.

    Raises:
        EstimationError: A value is not between 0 and 1.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    Checked against statsmodels: tests/unit/test_multiplicity.py.
    """
    if not ((p_value >= 0) & (p_value <= 1)).all():
        raise EstimationError(
            "a p-value is missing or not between 0 and 1; leave out the estimates withheld"
        )
    order = np.argsort(p_value, kind="stable")
    steps = p_value[order] * np.arange(p_value.size, 0, -1)
    return _in_old_order(np.minimum(np.maximum.accumulate(steps), 1.0), order)


def estimate_romano_wolf(
    att: FloatVector, se: FloatVector, draws: NDArray[np.float64]
) -> FloatVector:
    """Adjust p-values by the step-down of the largest |t| over bootstrap draws.

    Hypotheses are taken by falling |t|. The p-value of one is the share of draws whose
    largest |t| among it and those after it reaches its own, the estimate counted as a draw;
    none is below the one before.

    Args:
        att: Estimates, shape (n_tests,).
        se: Their standard errors, above zero, same shape and unit.
        draws: Errors of the estimates drawn together, shape (n_draws, n_tests).

    Returns:
        Adjusted p-values in the same order, none below 1 / (n_draws + 1).

    Raises:
        EstimationError: Shapes differ or a standard error is not above zero.

    Source: Romano & Wolf (2016), doi:10.1016/j.spl.2016.02.012, algorithm 4.1.
    Checked against a definition by loops: tests/unit/test_multiplicity.py.
    """
    if att.shape != se.shape or draws.shape[1:] != att.shape or not (se > 0).all():
        raise EstimationError(
            f"att {att.shape}, se {se.shape} and draws {draws.shape} must be of the same tests,"
            " and every standard error above zero"
        )
    found = np.abs(att / se)
    order = np.argsort(-found, kind="stable")
    drawn = np.abs(draws[:, order] / se[order])
    # Column j: the largest of j and all after it.
    largest = np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
    reached = (1 + np.sum(largest >= found[order], axis=0)) / (1 + draws.shape[0])
    return _in_old_order(np.maximum.accumulate(reached), order)


def _in_old_order(values: FloatVector, order: NDArray[np.intp]) -> FloatVector:
    restored = np.empty_like(values)
    restored[order] = values
    return restored
