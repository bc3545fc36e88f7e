"""Compare each period of the event study with the planted path of synthetic registers.

Here is the comparison alone; who may read the truth is decided by the command `verify`.
"""

import pandas as pd

from evaluation.errors import EvaluationError
from evaluation.schemas import check_table
from evaluation.verify import POOLED

_PERSON = ["npr_id", "sector", "index_date"]
_CELL = ["sector", "outcome", "event_time"]


def build_verify_event_time(
    event_study: pd.DataFrame,
    treated: pd.DataFrame,
    unobserved: pd.DataFrame,
    planted: pd.DataFrame,
    *,
    reference_event_time: int,
    fingerprint: str,
) -> pd.DataFrame:
    """Build the table that sets each period of the event study beside the planted effect.

    true_att is, over the treated who are compared in the period, the mean of the planted effect
    in it less that in the reference period, as the estimate is a difference from it too. A set
    with a member who is not observed whole in the period or in the reference is not compared.

    Args:
        event_study: schemas.TABLES["event_study"].
        treated: One row per matched treated: sector, matched_set_id, npr_id, index_date.
        unobserved: One row per unit and period that is not observed whole: matched_set_id,
            event_time.
        planted: The generator's effects by period: npr_id, sector, index_date, outcome,
            event_time, effect in days. No row is no effect.
        reference_event_time: Period that all others are compared with.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["verify_event_time"], in the order of the estimates. z = (att - true_att)
        / se; covered when ci_low <= true_att <= ci_high. Both are missing in the reference
        period, where nothing is estimated.

    Raises:
        EvaluationError: The treated are not those estimated.

    Checked against hand-computed values: tests/unit/test_verify_event_time.py.
    """
    times = event_study[["event_time"]].drop_duplicates().astype("int64")
    left_out = _left_out(unobserved, times, reference_event_time)
    compared = _count_compared(treated, left_out, times)
    total = _sum_planted(
        planted.merge(treated[[*_PERSON, "matched_set_id"]], on=_PERSON),
        left_out,
        times,
        reference_event_time,
    )
    table = event_study.merge(compared, on=["sector", "event_time"], how="left")
    table = table.merge(total, on=_CELL, how="left", validate="one_to_one")
    _check_persons(table)
    table["true_att"] = table["total"].fillna(0.0).astype("float64") / table["n_compared"]
    is_estimated = table["event_time"] != reference_event_time
    z = (table["att"] - table["true_att"]) / table["se"].where(table["se"] > 0)
    table["z"] = z.where(is_estimated)
    covered = table["true_att"].between(table["ci_low"], table["ci_high"]).astype("boolean")
    table["covered"] = covered.where(is_estimated)
    columns = [*_CELL, "true_att", "att", "se", "z", "covered", "ci_low", "ci_high", "n_treated"]
    return check_table("verify_event_time", table[columns].assign(fingerprint=fingerprint))


def summarise_coverage(table: pd.DataFrame) -> pd.DataFrame:
    """Count the periods whose interval holds the planted effect, by sector and outcome.

    Args:
        table: schemas.TABLES["verify_event_time"].

    Returns:
        sector, outcome, periods, covered, largest_z (of |z|), in the order of the table.
    """
    estimated = table[table["covered"].notna()].assign(size=table["z"].astype("float64").abs())
    return (
        estimated.groupby(["sector", "outcome"], sort=False, as_index=False)
        .agg(periods=("covered", "size"), covered=("covered", "sum"), largest_z=("size", "max"))
        .astype({"covered": "int64"})
    )


def _left_out(
    unobserved: pd.DataFrame, times: pd.DataFrame, reference_event_time: int
) -> pd.DataFrame:
    """Name the sets that are not compared in a period, each once."""
    gaps = unobserved[["matched_set_id", "event_time"]].astype("int64").drop_duplicates()
    without_reference = gaps.loc[gaps["event_time"] == reference_event_time, ["matched_set_id"]]
    everywhere = without_reference.merge(times, how="cross")
    return pd.concat([gaps, everywhere]).drop_duplicates()


def _with_pooled(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([rows, rows.assign(sector=POOLED)])


def _count_compared(
    treated: pd.DataFrame, left_out: pd.DataFrame, times: pd.DataFrame
) -> pd.DataFrame:
    """Count the treated of each sector and period who are compared."""
    units = _with_pooled(treated[["sector", "matched_set_id"]])
    all_units = units.groupby("sector", as_index=False).agg(n_units=("matched_set_id", "size"))
    gone = (
        units.merge(left_out, on="matched_set_id")
        .groupby(["sector", "event_time"], as_index=False)
        .agg(n_gone=("matched_set_id", "size"))
    )
    cells = all_units.merge(times, how="cross").merge(gone, on=["sector", "event_time"], how="left")
    cells["n_compared"] = cells["n_units"] - cells["n_gone"].fillna(0).astype("int64")
    return cells[["sector", "event_time", "n_compared"]]


def _sum_planted(
    own: pd.DataFrame, left_out: pd.DataFrame, times: pd.DataFrame, reference_event_time: int
) -> pd.DataFrame:
    """Sum the planted effects of the compared, those of the reference period subtracted."""
    own = own.astype({"effect": "float64", "event_time": "int64"})
    reference = own[own["event_time"] == reference_event_time].drop(columns="event_time")
    moved = reference.assign(effect=-reference["effect"]).merge(times, how="cross")
    rows = pd.concat([own, moved]).merge(
        left_out,
        on=["matched_set_id", "event_time"],
        how="left",
        indicator=True,
    )
    return (
        _with_pooled(rows[rows["_merge"] == "left_only"])
        .groupby(_CELL, as_index=False)
        .agg(total=("effect", "sum"))
    )


def _check_persons(table: pd.DataFrame) -> None:
    """Refuse a truth of other persons; in ALL a person may be treated in two sectors."""
    is_sector = table["sector"] != POOLED
    wrong = table[is_sector & (table["n_compared"].fillna(0) != table["n_treated"])]
    counts = wrong[["sector", "outcome", "event_time", "n_treated", "n_compared"]].astype(str)
    if len(wrong):
        raise EvaluationError(
            [
                f"{sector}, {outcome}, event time {time}: {n_treated} treated persons in the"
                f" estimate but {n_compared} among the matched; the warehouse is of another run"
                for sector, outcome, time, n_treated, n_compared in counts.to_numpy().tolist()
            ]
        )
