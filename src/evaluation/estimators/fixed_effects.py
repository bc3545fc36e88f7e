"""Two-way fixed effects on a wide panel: unit effects swept out, period effects solved for.

Here is the regression and the weights it gives to each treated cell. It is a comparison only:
with effects that differ over time its weights may be negative.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import EstimationError, NotIdentifiedError
from evaluation.estimators.inference import (
    ROUNDING_SHARE,
    build_att_estimate,
    build_clusters,
    code_labels,
    estimate_cluster_variance,
    estimate_interval,
)
from evaluation.results import AttEstimate, FloatVector, IntVector

Matrix = NDArray[np.float64]
UNITS_AT_A_TIME = 4_096  # of 16 periods 0.5 MB a matrix: a block stays in the cache
RANK_SHARE = 1e-10  # a regressor that keeps less of its variation is a sum of the others


@dataclass(frozen=True, slots=True, eq=False)
class TwfeEstimate:
    """Two-way fixed effects, with what each treated cell weighs in them.

    Attributes:
        estimate: The coefficient of treatment, as any other effect.
        cohort: First treated period of the cell, shape (n_cells,).
        period: Period of the cell, shape (n_cells,).
        cell_weight: Weight of the effect of the cell, sum 1, shape (n_cells,).
        negative_weight: Sum of the weights below zero; 0 when no effect counts backwards.
    """

    estimate: AttEstimate
    cohort: IntVector
    period: IntVector
    cell_weight: FloatVector
    negative_weight: float


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    outcome: Matrix
    first_treated: IntVector
    covariates: tuple[Matrix, ...]
    weight: FloatVector


def estimate_twfe(
    outcome: Matrix,
    first_treated: IntVector,
    *,
    cluster: IntVector,
    confidence_level: float,
    covariates: Sequence[Matrix] = (),
    weight: FloatVector | None = None,
) -> TwfeEstimate:
    """Estimate y ~ treated + covariates with unit and period effects.

    A period that is not observed is NaN in `outcome` and leaves no row. Unit effects are
    swept out by weighted means over the observed periods; the period effects stay as columns
    of the normal equations, so that the answer is exact without iteration. Blocks of units
    are read twice, and beside the inputs nothing of their size is held.

    Standard errors have the convention of fixest: G/(G-1) * (N-1)/(N-k) with k the
    coefficients and the periods, unit effects nested in the clusters left out.

    Args:
        outcome: Shape (n_units, n_periods), any unit; NaN where not observed.
        first_treated: First treated period as place of the column, -1 if never, (n_units,).
        cluster: Label; units of one cluster move together, shape (n_units,).
        confidence_level: Share of such intervals that hold the truth, 0-1.
        covariates: Each as `outcome`, finite where the outcome is.
        weight: Above zero, shape (n_units,); all 1 when left out.

    Returns:
        The coefficient of treatment, and the weights of the cells in it.

    Raises:
        NotIdentifiedError: Treatment is a sum of the fixed effects, or too few clusters.
        EstimationError: Shapes differ, or a weight or covariate is not a number.

    Source: de Chaisemartin & D'Haultfoeuille (2020), doi:10.1257/aer.20181169 (weights).
    Checked against pyfixest and linearmodels: tests/reference/test_fixed_effects.py.
    """
    panel = _check_panel(outcome, first_treated, covariates, weight)
    equations = _sum_products(panel)
    coefficients, residual_maker = _solve(equations)
    influence, cells = _sum_scores(panel, coefficients, residual_maker)
    spread = estimate_cluster_variance(
        influence,
        build_clusters([code_labels(cluster)]),
        n_observations=equations.n_rows,
        n_parameters=len(coefficients.slopes) + equations.n_periods,
    )
    att = float(coefficients.slopes[0])
    interval = estimate_interval(att, spread, confidence_level=confidence_level)
    cohort, period = np.nonzero(cells)
    cell_weight = cells[cohort, period]
    is_ever = first_treated >= 0
    return TwfeEstimate(
        estimate=build_att_estimate(
            "twfe",
            att,
            interval,
            n_treated=int(is_ever.sum()),
            n_control=int((~is_ever).sum()),
            n_clusters=spread.n_clusters,
        ),
        cohort=cohort,
        period=period,
        cell_weight=cell_weight,
        negative_weight=float(cell_weight[cell_weight < 0].sum()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Equations:
    """Sums of products after unit means are taken out; the outcome is the last variable."""

    variables: Matrix  # (1 + n_regressors, same)
    with_periods: Matrix  # (1 + n_regressors, n_periods)
    periods: Matrix  # (n_periods, n_periods)
    n_rows: int
    n_periods: int  # with an observation


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """A linear form: a number for each regressor, and one for each period."""

    slopes: FloatVector
    periods: FloatVector


def _blocks(panel: _Panel) -> Iterator[tuple[slice, list[Matrix], Matrix]]:
    """Read variables (treatment, covariates, outcome), 0 and weight 0 where not observed."""
    columns = np.arange(panel.outcome.shape[1])
    for start in range(0, panel.outcome.shape[0], UNITS_AT_A_TIME):
        rows = slice(start, start + UNITS_AT_A_TIME)
        outcome = np.asarray(panel.outcome[rows], dtype=np.float64)
        is_seen = np.isfinite(outcome)
        # A unit seen once is its own mean and says nothing.
        is_seen &= (is_seen.sum(axis=1) > 1)[:, None]
        first = panel.first_treated[rows, None]
        variables = [
            ((first >= 0) & (columns >= first)).astype(np.float64),
            *(np.asarray(values[rows], dtype=np.float64) for values in panel.covariates),
            outcome,
        ]
        if not is_seen.all():
            variables = [np.where(is_seen, values, 0.0) for values in variables]
        if not all(np.isfinite(values).all() for values in variables[1:-1]):
            raise EstimationError("a covariate is missing or infinite where the outcome is seen")
        yield rows, variables, is_seen * panel.weight[rows, None]


def _take_out_means(values: Matrix, weights: Matrix) -> Matrix:
    """Take out the unit means; weights are those of the unit where seen, else 0."""
    if weights.all():  # of one unit they are all the same
        return np.asarray(values - values.mean(axis=1, keepdims=True))
    total = weights.sum(axis=1)
    share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    mean = (values * weights).sum(axis=1) * share
    return np.asarray((values - mean[:, None]) * (weights > 0))


def _sum_products(panel: _Panel) -> _Equations:
    n_variables, n_periods = 2 + len(panel.covariates), panel.outcome.shape[1]
    variables = np.zeros((n_variables, n_variables))
    with_periods = np.zeros((n_variables, n_periods))
    periods = np.zeros((n_periods, n_periods))
    n_rows = 0
    for _, block, weights in _blocks(panel):
        within = [_take_out_means(values, weights) for values in block]
        weighted = [values * weights for values in within]
        for i, first in enumerate(weighted):
            with_periods[i] += first.sum(axis=0)
            for j, second in enumerate(within[: i + 1]):
                variables[i, j] += np.einsum("ut,ut->", first, second)
        periods += _count_periods(weights)
        n_rows += int(np.count_nonzero(weights))
    variables = variables + np.tril(variables, -1).T
    if not n_rows:
        raise NotIdentifiedError("no unit is observed in two periods")
    return _Equations(
        variables, with_periods, periods, n_rows, int(np.count_nonzero(np.diag(periods)))
    )


def _count_periods(weights: Matrix) -> Matrix:
    """Sum the products of period indicators less their unit means."""
    total = weights.sum(axis=1)
    is_seen = total > 0
    if weights.all():  # every indicator has the same mean, 1 over the periods
        n_periods = weights.shape[1]
        return np.asarray((np.eye(n_periods) - 1 / n_periods) * weights[:, 0].sum())
    share = np.divide(1.0, total, out=np.zeros_like(total), where=is_seen)
    # Not `@`: BLAS adds in an order that depends on the number of threads.
    return np.asarray(
        np.diag(weights.sum(axis=0)) - np.einsum("ut,us,u->ts", weights, weights, share)
    )


def _solve(equations: _Equations) -> tuple[_Linear, _Linear]:
    """Solve for the coefficients, and for the residual of treatment that identifies the first."""
    # The periods sum to the unit mean, so one is free: the least squares of least norm.
    of_periods = np.linalg.lstsq(equations.periods, equations.with_periods.T, rcond=None)[0]
    left = equations.variables - equations.with_periods @ of_periods
    inside, within = np.diag(left)[:-1], np.diag(equations.variables)[:-1]
    if (inside <= RANK_SHARE * within).any() or (within <= 0).any():
        raise NotIdentifiedError(
            "the treatment, or a covariate, is a sum of unit and period effects; two-way fixed"
            " effects need untreated persons in treated periods"
        )
    if np.linalg.cond(left[:-1, :-1] / np.sqrt(np.outer(inside, inside))) > 1 / RANK_SHARE:
        raise NotIdentifiedError("the treatment and the covariates are sums of one another")
    inverse = np.linalg.inv(left[:-1, :-1])
    slopes = inverse @ left[:-1, -1]
    unexplained = left[-1, -1] - slopes @ left[:-1, -1]
    if unexplained <= ROUNDING_SHARE * equations.variables[-1, -1]:
        raise NotIdentifiedError(
            "the outcome does not vary beyond its unit and period effects, so the data hold no"
            " standard error; check that the outcome was read"
        )
    fitted = _Linear(slopes, of_periods[:, -1] - of_periods[:, :-1] @ slopes)
    return fitted, _Linear(inverse[0], -of_periods[:, :-1] @ inverse[0])


def _sum_scores(
    panel: _Panel, fitted: _Linear, residual_maker: _Linear
) -> tuple[FloatVector, Matrix]:
    """Sum the influence of each unit, and the weight of each cohort and period."""
    n_units, n_periods = panel.outcome.shape
    influence = np.empty(n_units)
    cells = np.zeros((n_periods, n_periods))
    for rows, (*regressors, outcome), weights in _blocks(panel):
        residual, treatment = outcome - fitted.periods, residual_maker.periods + 0 * weights
        for values, slope, share in zip(
            regressors, fitted.slopes, residual_maker.slopes, strict=True
        ):
            residual -= slope * values
            treatment += share * values
        treatment = _take_out_means(treatment, weights) * weights
        # The unit effect in the residual meets a treatment that sums to zero over the unit.
        influence[rows] = np.einsum("ut,ut->u", treatment, residual)
        first = panel.first_treated[rows]
        for cohort in np.unique(first[first >= 0]):
            cells[cohort, cohort:] += treatment[first == cohort, cohort:].sum(axis=0)
    return influence, cells


def _check_panel(
    outcome: Matrix,
    first_treated: IntVector,
    covariates: Sequence[Matrix],
    weight: FloatVector | None,
) -> _Panel:
    n_units, n_periods = outcome.shape
    weight = np.ones(n_units) if weight is None else weight
    shapes = [values.shape for values in covariates]
    if first_treated.shape != (n_units,) or weight.shape != (n_units,):
        raise EstimationError(
            f"outcome has shape {outcome.shape}, first_treated {first_treated.shape} and weight"
            f" {weight.shape}; the last two must be ({n_units},)"
        )
    if any(shape != outcome.shape for shape in shapes):
        raise EstimationError(f"covariates have shapes {shapes}; each must be {outcome.shape}")
    if not np.isfinite(weight).all() or (weight <= 0).any():
        raise EstimationError("weight must be a number above zero")
    if (first_treated >= n_periods).any():
        raise EstimationError(
            f"first_treated goes to {int(first_treated.max())}; it must be a column of outcome"
            f" (0 to {n_periods - 1}), or -1 for never"
        )
    return _Panel(outcome, first_treated, tuple(covariates), weight)
