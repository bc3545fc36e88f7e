"""Compare estimates with the planted truth of synthetic registers.

Here is the comparison alone; who may read the truth is decided by the command `verify`.
Nothing of this exists for real data.
"""

import pandas as pd

from evaluation.errors import EvaluationError
from evaluation.schemas import check_table

POOLED = "ALL"


def build_verify(
    estimates: pd.DataFrame, effects: pd.DataFrame, *, fingerprint: str
) -> pd.DataFrame:
    """Build the table that sets each headline estimate beside the planted effect.

    true_att is the mean planted effect of the persons in the estimate: the matched treated,
    not everyone treated. ALL is the mean over the matched treated of all sectors.

    Args:
        estimates: schemas.TABLES["estimates"]; rows other than did_2x2, main and all are
            left out.
        effects: One row per matched treated and outcome: sector, person_id, outcome, effect
            in days, missing when the truth has no row for the person.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["verify"], in the order of the estimates. z = (att - true_att) / se;
        covered when ci_low <= true_att <= ci_high.

    Raises:
        EvaluationError: The persons with a planted effect are not the persons estimated.

    Checked against hand-computed values: tests/unit/test_verify.py.
    """
    headline = estimates[
        (estimates["estimator"] == "did_2x2")
        & (estimates["specification_id"] == "main")
        & (estimates["subgroup"] == "all")
    ]
    known = effects.dropna(subset=["effect"])
    truth = pd.concat([_true_effects(known), _true_effects(known.assign(sector=POOLED))])
    table = headline.merge(truth, on=["sector", "outcome"], how="left", validate="one_to_one")
    _check_persons(table)
    table["z"] = (table["att"] - table["true_att"]) / table["se"]
    table["covered"] = table["true_att"].between(table["ci_low"], table["ci_high"])
    columns = ["sector", "outcome", "true_att", "att", "se", "z", "covered"]
    columns += ["ci_low", "ci_high", "n_treated"]
    return check_table("verify", table[columns].assign(fingerprint=fingerprint))


def match_truth(units: pd.DataFrame, keys: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Find the planted effects of the matched treated.

    Args:
        units: Matched units: sector, person_id, is_treated, index_date.
        keys: person_id and npr_id of every person.
        truth: The generator's effects: npr_id, sector, index_date, outcome, effect in days.

    Returns:
        One row per matched treated and outcome: sector, person_id, outcome, effect; effect is
        missing when the truth has no such index date for the person.
    """
    treated = units.loc[units["is_treated"], ["sector", "person_id", "index_date"]]
    named = treated.merge(keys[["person_id", "npr_id"]], on="person_id", how="left")
    outcomes = pd.DataFrame({"outcome": truth["outcome"].unique()})
    wanted = named.merge(outcomes, how="cross")
    found = wanted.merge(truth, on=["npr_id", "sector", "index_date", "outcome"], how="left")
    return found[["sector", "person_id", "outcome", "effect"]]


def _true_effects(known: pd.DataFrame) -> pd.DataFrame:
    return (
        known.astype({"effect": "float64"})
        .groupby(["sector", "outcome"], as_index=False)
        .agg(true_att=("effect", "mean"), n_persons=("person_id", "nunique"))
    )


def _check_persons(table: pd.DataFrame) -> None:
    table = table.fillna({"n_persons": 0}).astype({"n_persons": "int64"})
    wrong = table[table["n_persons"] != table["n_treated"]]
    counts = wrong[["sector", "outcome", "n_treated", "n_persons"]].astype(str)
    if len(wrong):
        raise EvaluationError(
            [
                f"{sector}, {outcome}: {n_treated} matched treated persons but {n_persons} with a"
                " planted effect; the truth is not of this delivery, or the warehouse is of"
                " another run"
                for sector, outcome, n_treated, n_persons in counts.to_numpy().tolist()
            ]
        )
