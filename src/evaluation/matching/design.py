"""Covariates of a sector as numbers: what scores and balancing weights are fitted to."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.errors import EstimationError

# A level that so few have tells less than the coefficient it costs.
RARE_LEVEL = 20
RARE = "rare"


def build_covariates(
    pool: pd.DataFrame, variables: Sequence[str], *, size: pd.Series | None = None
) -> NDArray[np.float64]:
    """Write variables as columns: a number as it stands, a category as one column a level.

    Levels of fewer than 20 persons are taken together. The most common level has no column;
    constant columns and those that repeat another are left out, so that none is a sum of others
    within a variable.

    Args:
        pool: One row per person, or per cell of them; nothing missing in the variables.
        variables: Columns of pool.
        size: Persons in each row; 1 when left out.

    Returns:
        Shape (n_rows, n_columns), finite.

    Raises:
        EstimationError: A variable has a missing value.
    """
    persons = pd.Series(1, index=pool.index) if size is None else size
    columns: list[NDArray[np.float64]] = []
    for name in variables:
        values = pool[name]
        if values.isna().any():
            raise EstimationError(
                f"{name} is missing for some persons; take it out of matching.balance_on"
            )
        if pd.api.types.is_numeric_dtype(values) and name != "index_year":
            columns.append(values.to_numpy(dtype=np.float64))
            continue
        level = values.astype(str)
        level = level.where(level.map(persons.groupby(level).sum()) >= RARE_LEVEL, RARE)
        # In order of name where two are equally common, so that row order decides nothing.
        counts = persons.groupby(level).sum().sort_index()
        kept = counts.sort_values(ascending=False, kind="stable")
        columns += [(level == value).to_numpy(dtype=np.float64) for value in kept.index[1:]]
    varying = [column for column in columns if np.ptp(column) > 0]
    if not varying:
        return np.zeros((len(pool), 0))
    return np.unique(np.column_stack(varying), axis=1)
