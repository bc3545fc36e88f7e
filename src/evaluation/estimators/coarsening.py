"""Coarsened exact matching: numbers become bins, levels groups, and cells are matched exactly.

Here are bins and cells. Weights of the cells are in stratified.py.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.errors import EstimationError
from evaluation.results import FloatVector, IntVector


def build_edges(values: FloatVector, *, n_bins: int | None = None) -> FloatVector:
    """Build edges of equally wide bins over the range of the values.

    Args:
        values: Finite, shape (n_units,).
        n_bins: Bins, above 0; Sturges' number, log2(n) + 1 rounded up, when left out.

    Returns:
        Shape (n_bins + 1,), rising; the first and last are the smallest and largest value.

    Raises:
        EstimationError: A value is missing, or n_bins is not above 0.

    Source: Sturges (1926), doi:10.1080/01621459.1926.10502161; Iacus, King & Porro (2012),
    doi:10.1093/pan/mpr013. Checked against R MatchIt: tests/reference/test_weights.py.
    """
    if not values.size or not np.isfinite(values).all():
        raise EstimationError("a value is missing; give it a level of its own before coarsening")
    bins = int(np.ceil(np.log2(values.size) + 1)) if n_bins is None else n_bins
    if bins < 1:
        raise EstimationError(f"n_bins is {bins}; it must be above 0")
    return np.linspace(values.min(), values.max(), bins + 1)


def code_bins(values: FloatVector, edges: FloatVector) -> IntVector:
    """Code the bin of each value: left edge within, right edge without, but for the last.

    Args:
        values: Finite, shape (n_units,).
        edges: Rising, shape (n_bins + 1,).

    Raises:
        EstimationError: Edges do not rise, or a value lies outside.
    """
    if edges.size < 2 or (np.diff(edges) < 0).any():
        raise EstimationError("edges must rise, and be at least two")
    if not ((values >= edges[0]) & (values <= edges[-1])).all():
        raise EstimationError(f"a value is missing or outside {edges[0]:g} to {edges[-1]:g}")
    codes = np.searchsorted(edges, values, side="right") - 1
    return np.minimum(codes, edges.size - 2).astype(np.int64)


def code_cells(columns: Sequence[NDArray[np.generic]]) -> IntVector:
    """Code the combinations of columns that occur, from 0.

    Args:
        columns: At least one, each of shape (n_units,), numbers or text.

    Raises:
        EstimationError: No column, or shapes that differ.
    """
    if not columns or len({column.shape for column in columns}) != 1:
        raise EstimationError("cells need at least one column, all of one shape")
    cells: IntVector = np.zeros(columns[0].shape, dtype=np.int64)
    for column in columns:
        codes, levels = pd.factorize(column, use_na_sentinel=False)
        # Coded anew at each column, so that the product of the numbers of levels cannot overflow.
        cells = np.asarray(pd.factorize(cells * len(levels) + codes)[0], dtype=np.int64)
    return cells
