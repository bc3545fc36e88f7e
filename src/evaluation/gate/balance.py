"""Balance: are matched treated and controls alike before the index date?

Every covariate of the balance table counts, the pre-period level of each outcome among them:
matching does not see those, so they tell whether the arms come from the same stretch of a path.
"""

import numpy as np
import pandas as pd

from evaluation.gate.diagnostic import Diagnostic, GateSettings, not_run, pass_or_fail, show
from evaluation.gate.sample import read_numbers


def judge_balance(
    balance: pd.DataFrame, *, outcomes: tuple[str, ...], settings: GateSettings
) -> Diagnostic:
    """Judge the largest |smd_after| over all covariates and levels of a sector.

    Chosen: 0.1, the limit of the field. It is a number of the sample, no test, so it does not
    fire because there are many.

    Args:
        balance: Rows of the balance table of one sector: covariate, level, smd_after,
            n_treated.
        outcomes: Primary outcomes; the level before the index date of each is looked for.
        settings: Of the protocol.

    Returns:
        The worst covariate; fails too when a covariate cannot be compared (its spread is zero
        and its means differ).

    Source: Austin (2009), doi:10.1002/sim.3697; Stuart (2010), doi:10.1214/09-STS313.
    """
    limit, unit = settings.max_smd, "smd"
    if balance.empty:
        return not_run("balance", "the balance table has no row", threshold=limit, unit=unit)
    size = np.abs(read_numbers(balance["smd_after"]))
    names = [
        f"{covariate} {level}".strip()
        for covariate, level in zip(balance["covariate"], balance["level"].fillna(""), strict=True)
    ]
    if np.isnan(size).any():
        name = names[int(np.argmax(np.isnan(size)))]
        reason = f"{name} has no spread among the eligible, yet its means differ"
        return Diagnostic("balance", "fail", reason, threshold=limit, unit=unit)
    worst, above = int(np.argmax(size)), int((size >= limit).sum())
    lacking = [o for o in outcomes if f"{o}_before" not in set(balance["covariate"])]
    words = f"largest |smd| {show(size[worst], 3)} ({names[worst]})"
    words += f"; {above} of {len(size)} levels at or above {limit}"
    words += f"; no level before the index date for {', '.join(lacking)}" if lacking else ""
    return Diagnostic(
        "balance",
        pass_or_fail(size[worst] >= limit),
        words,
        value=float(size[worst]),
        unit=unit,
        threshold=limit,
        n_treated=int(balance["n_treated"].max()),
    )
