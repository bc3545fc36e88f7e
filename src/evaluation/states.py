"""Result tables of states and of moves between them: counts made by SQL turned into shares."""

from collections.abc import Sequence

import pandas as pd

from evaluation.schemas import check_table


def build_states(counts: pd.DataFrame, *, study_id: str, fingerprint: str) -> pd.DataFrame:
    """Build the table of states by period: the share of each among the arm's persons.

    Args:
        counts: `mart_states`.
        study_id: Study that is run.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["states"], in the order of `counts`.
    """
    rows = _with_share(counts, ["sector", "is_treated", "event_time"])
    rows = rows.rename(columns={"state_code": "state"})
    return check_table("states", rows.assign(study_id=study_id, fingerprint=fingerprint))


def build_state_transitions(
    counts: pd.DataFrame, *, study_id: str, fingerprint: str
) -> pd.DataFrame:
    """Build the table of moves: where those in a state are in the next period.

    Args:
        counts: `mart_state_transitions`.
        study_id: Study that is run.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["state_transitions"], in the order of `counts`.
    """
    rows = _with_share(counts, ["sector", "is_treated", "phase", "from_state"])
    return check_table("state_transitions", rows.assign(study_id=study_id, fingerprint=fingerprint))


def _with_share(counts: pd.DataFrame, whole: Sequence[str]) -> pd.DataFrame:
    total = counts.groupby(list(whole))["weight_sum"].transform("sum")
    arm = counts["is_treated"].map({True: "treated", False: "control"})
    shares = counts.assign(share=counts["weight_sum"] / total, arm=arm)
    return shares.drop(columns=["is_treated", "weight_sum"])
