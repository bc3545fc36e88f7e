"""What many replicates say of an estimator: bias, error, coverage, and how sure that is.

Every figure has its Monte Carlo error: that of a mean over independent replicates.
"""

import numpy as np
import pandas as pd

from synthetic_data.recovery.estimates import NO_EVENT_TIME

KEYS = ["scenario", "estimator", "sector", "outcome"]


def summarise_estimates(rows: pd.DataFrame) -> pd.DataFrame:
    """Summarise estimates of whole windows (and the mean of an event study).

    Args:
        rows: From `estimate_replicate` with scenario; one row per replicate and estimate.

    Returns:
        By scenario, estimator, sector and outcome: replicates, n_treated (mean), true_att, bias,
        bias_error, rmse, mean_se, spread, coverage, realised_coverage, rejected, and the last
        three with _error. spread is the standard deviation of att - true_att; rejected the share
        whose interval leaves out 0. coverage is of true_att, the mean effect on all treated of
        all replicates: what intervals promise. realised_coverage is of the mean effect on the
        treated of the same replicate: where treatment makes outcomes more alike, that number
        strays further from the estimate than the standard error knows.
    """
    return _summarise(rows[rows["event_time"] == NO_EVENT_TIME], KEYS)


def summarise_event_times(rows: pd.DataFrame) -> pd.DataFrame:
    """Summarise event studies period by period; the reference, which is 0 by construction, is not.

    Args:
        rows: As above.
    """
    is_estimated = (rows["event_time"] != NO_EVENT_TIME) & (rows["se"] > 0)
    return _summarise(rows[is_estimated], [*KEYS, "event_time"])


def _summarise(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    error = rows["att"] - rows["true_att"]
    groups = [rows[name] for name in keys]
    total = (rows["true_att"] * rows["n_treated"]).groupby(groups).transform("sum")
    mean_effect = total / rows["n_treated"].groupby(groups).transform("sum")
    measured = rows.assign(
        error=error,
        squared=error**2,
        mean_effect=mean_effect,
        covered=mean_effect.between(rows["ci_low"], rows["ci_high"]).astype(float),
        covered_own=rows["true_att"].between(rows["ci_low"], rows["ci_high"]).astype(float),
        rejected=((rows["ci_low"] > 0) | (rows["ci_high"] < 0)).astype(float),
    )
    table = measured.groupby(keys, sort=False, as_index=False).agg(
        replicates=("att", "size"),
        n_treated=("n_treated", "mean"),
        true_att=("mean_effect", "first"),
        bias=("error", "mean"),
        spread=("error", "std"),
        mean_square=("squared", "mean"),
        mean_se=("se", "mean"),
        coverage=("covered", "mean"),
        realised_coverage=("covered_own", "mean"),
        rejected=("rejected", "mean"),
    )
    root = np.sqrt(table["replicates"])
    table["bias_error"] = table["spread"] / root
    table["rmse"] = np.sqrt(table["mean_square"])
    for name in ("coverage", "realised_coverage", "rejected"):
        table[f"{name}_error"] = np.sqrt(table[name] * (1 - table[name])) / root
    return table.drop(columns="mean_square")
