"""County teen employment 2003-2007 and rises of the minimum wage: `mpdta` of R did."""

import moderndid
import numpy as np

FIRST_YEAR = 2003


def read_minimum_wage():
    """Outcome (500 counties, 5 years), first treated column or -1, log population, county."""
    frame = moderndid.load_mpdta().to_pandas().sort_values(["countyreal", "year"])
    wide = frame.pivot(index="countyreal", columns="year", values="lemp")
    fixed = frame.groupby("countyreal")[["first.treat", "lpop"]].first()
    year = fixed["first.treat"].to_numpy()
    first = np.where(year == 0, -1, year - FIRST_YEAR).astype(np.int64)
    return wide.to_numpy(), first, fixed[["lpop"]].to_numpy(), wide.index.to_numpy()
