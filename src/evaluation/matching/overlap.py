"""Overlap: do treated and comparators of a sector resemble each other, before matching?

The preference score is the propensity score with the share of treated taken out: 0.5 for whoever
is as likely to be treated as the sector at large.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.errors import EstimationError, NotConvergedError
from evaluation.estimators.propensity import estimate_propensity_scores
from evaluation.matching.design import build_covariates
from evaluation.results import FloatVector, ResultTable
from evaluation.schemas import TABLES, check_table

VARIABLES = ("diagnosis", "sex_code", "age_band", "education_group", "index_year")
N_BINS = 20
ARMS = {"treated": "n_treated", "control": "n_control"}


def build_overlap(
    cells: pd.DataFrame, *, sectors: Sequence[str], study_id: str, fingerprint: str
) -> ResultTable:
    """Count the eligible persons of each arm by preference score.

    Only diagnoses that some treated have are looked at: that nobody with another is treated is
    known beforehand, and would draw the eye from the rest.

    Args:
        cells: One row per sector and combination of VARIABLES: these, n_treated, n_control.
        sectors: Order of the rows.
        study_id: Study that is run.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["overlap"]: twenty bins of width 0.05 for each sector and arm; a sector
        without a score has no row but a note.

    Source: Walker et al. (2013), doi:10.2147/CER.S40357 (preference score).
    Checked against row-level data: tests/unit/test_overlap.py.
    """
    rows: list[pd.DataFrame] = []
    notes: list[str] = []
    for sector in sectors:
        mine = cells[cells["sector"] == sector].sort_values(list(VARIABLES))
        mine = mine[mine.groupby("diagnosis")["n_treated"].transform("sum") > 0]
        totals = {arm: int(mine[column].sum()) for arm, column in ARMS.items()}
        if not all(totals.values()):
            continue
        try:
            score = _estimate_scores(mine.reset_index(drop=True))
        except (EstimationError, NotConvergedError) as error:
            notes += [f"{sector}, overlap: {problem}" for problem in error.problems]
            continue
        bins = np.minimum((score * N_BINS).astype(np.int64), N_BINS - 1)
        for arm, column in ARMS.items():
            persons = np.bincount(bins, weights=mine[column].to_numpy(), minlength=N_BINS)
            rows.append(
                pd.DataFrame(
                    {
                        "sector": sector,
                        "arm": arm,
                        "preference_low": np.arange(N_BINS) / N_BINS,
                        "preference_high": np.arange(1, N_BINS + 1) / N_BINS,
                        "n_persons": persons.astype(np.int64),
                        "share": persons / totals[arm],
                    }
                )
            )
    columns = [column.name for column in TABLES["overlap"]]
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    table = table.assign(study_id=study_id, fingerprint=fingerprint)
    return ResultTable(check_table("overlap", table), tuple(notes))


def _estimate_scores(cells: pd.DataFrame) -> FloatVector:
    """Estimate the preference score of each cell, shape (n_cells,)."""
    both = pd.concat([cells.assign(is_treated=True), cells.assign(is_treated=False)])
    size = pd.concat([cells["n_treated"], cells["n_control"]]).reset_index(drop=True)
    both = both.reset_index(drop=True)
    # As text, so that a number is a category like the others.
    covariates = build_covariates(both[list(VARIABLES)].astype(str), VARIABLES, size=size)
    kept = (size > 0).to_numpy()
    is_treated = both["is_treated"].to_numpy(dtype=np.bool_)
    weight = size.to_numpy(dtype=np.float64)
    scores = estimate_propensity_scores(
        covariates[kept], is_treated[kept], weight=weight[kept]
    ).score
    found = np.full(len(cells), np.nan)
    found[np.flatnonzero(kept) % len(cells)] = scores
    share = weight[is_treated].sum() / weight.sum()
    odds = found / (1 - found) * (1 - share) / share
    return np.asarray(odds / (1 + odds), dtype=np.float64)
