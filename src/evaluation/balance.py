"""Balance of the matched sample: how alike treated and controls were before the treatment.

Here are standardised mean differences and variance ratios from sums made by SQL. No p-values:
they measure the sample size, not the balance.
"""

import numpy as np
import pandas as pd

from evaluation.errors import EvaluationError
from evaluation.results import FloatVector
from evaluation.schemas import check_table

SAMPLES = ("eligible_treated", "eligible_control", "matched_treated", "matched_control")
SUMS = ("n_persons", "value_sum", "value_square_sum")
KEYS = ["sector", "covariate", "level"]
POOLED = "ALL"
# Below this share of the mean square, a variance is the rounding of sums, not a spread.
ROUNDING_SHARE = 1e-12


def build_balance(sums: pd.DataFrame, *, study_id: str, fingerprint: str) -> pd.DataFrame:
    """Build the balance table from weighted sums of the covariates.

    In each sample mean = value_sum / weight_sum and variance = value_square_sum / weight_sum
    less the mean squared (divisor n, so p(1 - p) for a level).

        smd = (treated mean - control mean)
              / sqrt((variance of eligible treated + variance of eligible controls) / 2)

    smd_before compares all eligible, smd_after the matched. The denominator is that of the
    eligible in both, so that the two differ only when the means do. When the denominator is
    zero, smd is 0 if the means are equal and missing if they are not.
    variance_ratio_after is treated over control variance among the matched; missing for
    levels, whose variance follows from the mean, and when the control variance is zero.

    Args:
        sums: One row per sector, covariate, level ("" for a number) and sample (SAMPLES):
            n_persons, weight_sum (of the whole sample in the sector, the same on all its
            rows), value_sum and value_square_sum (weighted; for a level the weighted count).
            A level that is absent from a sample counts as zero there.
        study_id: Study that is run.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["balance"], sorted by sector (ALL last), covariate and level. A sector
        without matched sets has no row. ALL adds the sums of all sectors, so someone who is
        matched in two sectors counts in both.

    Raises:
        EvaluationError: A key is missing, weight_sum differs within a sample, a sample has
            another name, or a sector has matched persons but none eligible.

    Source: Austin (2009), doi:10.1002/sim.3697; Stuart (2010), doi:10.1214/09-STS313.
    Checked against row-level data: tests/unit/test_balance.py.
    """
    if sums[[*KEYS, "sample"]].isna().any(axis=None):
        raise EvaluationError(
            "mart_balance has rows without sector, covariate, level or sample; a missing value"
            " of a covariate must be a level of its own"
        )
    weights = _sample_weights(sums)
    totals = sums.pivot_table(index=KEYS, columns="sample", values=list(SUMS), aggfunc="sum")
    totals = totals.reindex(columns=pd.MultiIndex.from_product([SUMS, SAMPLES]))
    totals = totals.astype("float64").fillna(0.0).sort_index()
    pooled = pd.concat({POOLED: totals.groupby(level=KEYS[1:]).sum()}, names=["sector"])
    table = pd.concat(
        [
            _describe(totals, weights),
            _describe(pooled, weights.sum().to_frame(POOLED).T),
        ]
    )
    return check_table("balance", table.assign(study_id=study_id, fingerprint=fingerprint))


def _sample_weights(sums: pd.DataFrame) -> pd.DataFrame:
    """Read the weight of each sample, shape (sectors, SAMPLES), zero where there is none."""
    unknown = sorted(set(sums["sample"]) - set(SAMPLES))
    if unknown:
        raise EvaluationError(f"mart_balance has samples {unknown}; allowed are {SAMPLES}")
    by_sample = sums.astype({"weight_sum": "float64"}).groupby(["sector", "sample"])["weight_sum"]
    lowest, highest = by_sample.min(), by_sample.max()
    if not np.allclose(lowest, highest, rtol=ROUNDING_SHARE, atol=0):
        raise EvaluationError(
            "mart_balance has more than one weight_sum for a sample in a sector; it must be the"
            " weight of the whole sample, not of the level"
        )
    weights = lowest.unstack().reindex(columns=list(SAMPLES)).fillna(0.0)
    is_matched = _is_matched(weights)
    if (weights.loc[is_matched, ["eligible_treated", "eligible_control"]] <= 0).any(axis=None):
        raise EvaluationError("mart_balance has a sector with matched but no eligible persons")
    return weights


def _is_matched(weights: pd.DataFrame) -> pd.Series:
    return (weights["matched_treated"] > 0) & (weights["matched_control"] > 0)


def _describe(totals: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    matched = weights.index[_is_matched(weights)]
    rows = totals[totals.index.get_level_values("sector").isin(matched)]
    weight = weights.loc[rows.index.get_level_values("sector")]
    mean, variance = {}, {}
    for sample in SAMPLES:
        size = weight[sample].to_numpy()
        mean[sample] = rows["value_sum", sample].to_numpy() / size
        square = rows["value_square_sum", sample].to_numpy() / size
        variance[sample] = _variance(mean[sample], square)
    scale = np.sqrt((variance["eligible_treated"] + variance["eligible_control"]) / 2)
    keys = rows.index.to_frame(index=False)
    is_number = (keys["level"] == "").to_numpy()
    ratio = _ratio(variance["matched_treated"], variance["matched_control"])
    return keys.assign(
        treated_mean=mean["matched_treated"],
        control_mean_before=mean["eligible_control"],
        control_mean_after=mean["matched_control"],
        smd_before=_smd(mean["eligible_treated"], mean["eligible_control"], scale=scale),
        smd_after=_smd(mean["matched_treated"], mean["matched_control"], scale=scale),
        variance_ratio_after=np.where(is_number, ratio, np.nan),
        n_treated=rows["n_persons", "matched_treated"].to_numpy(),
    )


def _variance(mean: FloatVector, mean_square: FloatVector) -> FloatVector:
    variance = mean_square - mean**2
    return np.where(variance <= ROUNDING_SHARE * mean_square, 0.0, variance)


def _ratio(numerator: FloatVector, denominator: FloatVector) -> FloatVector:
    missing = np.full_like(numerator, np.nan)
    return np.divide(numerator, denominator, out=missing, where=denominator > 0)


def _smd(treated: FloatVector, control: FloatVector, *, scale: FloatVector) -> FloatVector:
    is_equal = np.isclose(treated, control, rtol=ROUNDING_SHARE, atol=0)
    return np.where(is_equal, 0.0, _ratio(treated - control, scale))
