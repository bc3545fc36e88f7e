"""The table of specifications: the headline estimate again, one choice made otherwise.

Here is how the estimates of one variant become rows. Which variants there are is said by the
study; building their matched units is the warehouse's work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.errors import NoControlsError, NotIdentifiedError
from evaluation.estimators.did import estimate_did_2x2
from evaluation.estimators.units import ClusterDimension
from evaluation.results import AttEstimate, BoolVector, FloatVector, ResultTable
from evaluation.schemas import NOT_RUN, TABLES, check_table

POOLED = "ALL"
DAYS_A_YEAR = 365
_KEPT = ("att", "se", "ci_low", "ci_high", "p_value", "n_treated", "n_control")


@dataclass(frozen=True, slots=True)
class VariantLabels:
    """What tells the rows of a variant from those of others.

    Attributes:
        specification_id: "main", or choice and level.
        choice: What is chosen otherwise; "main" where nothing is.
        level: How.
        window_days: Length of the window after the index date.
        measures: Outcome of the study -> (outcome that stands for it in the variant, its unit).
    """

    specification_id: str
    choice: str
    level: str
    window_days: int
    measures: Mapping[str, tuple[str, str]]


def build_variant_rows(
    units: pd.DataFrame,
    labels: VariantLabels,
    *,
    sectors: Sequence[str],
    n_persons: Mapping[str, int],
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> ResultTable:
    """Estimate a variant by the matched 2x2: a row for each sector and outcome.

    Args:
        units: One row per person within a matched set of the variant: sector, matched_set_id,
            person_id, is_treated, weight, and `<outcome>_before` and `<outcome>_after`.
        labels: Of the variant.
        sectors: Every sector of the study, in the order of the rows.
        n_persons: Persons with a treatment contact by sector, ALL too: what the matched share
            is a share of.
        confidence_level: Share of such intervals that hold the truth, 0-1.
        cluster_on: Names of the clustering dimensions.

    Returns:
        Columns of schemas.TABLES["specifications"] but those of the study. Notes tell, by
        specification, sector and outcome, what the data do not determine.
    """
    rows, notes = [], []
    for sector in (*sectors, POOLED):
        kept = units if sector == POOLED else units[units["sector"].eq(sector)]
        for outcome, (measured_as, unit) in labels.measures.items():
            try:
                estimate = _estimate(kept, measured_as, confidence_level, cluster_on)
            except (NoControlsError, NotIdentifiedError) as error:
                about = f"{labels.specification_id}, {sector}, {outcome}"
                notes += [f"{about}: {problem}" for problem in error.problems]
                continue
            rows.append(
                {
                    "specification_id": labels.specification_id,
                    "choice": labels.choice,
                    "level": labels.level,
                    "sector": sector,
                    "outcome": outcome,
                    "measured_as": measured_as,
                    "unit": unit,
                    "window_days": labels.window_days,
                    **{name: getattr(estimate, name) for name in _KEPT},
                    "matched_share": _share(estimate.n_treated, n_persons.get(sector, 0)),
                }
            )
    return ResultTable(table=pd.DataFrame(rows), notes=tuple(notes))


def build_specifications(
    parts: Iterable[ResultTable], *, study_id: str, fingerprint: str
) -> ResultTable:
    """Join the rows of all variants, the main one first.

    Args:
        parts: As `build_variant_rows` gives them, the main specification first.
        study_id: Study that is run.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["specifications"]. What the main specification does not determine is no
        news of a variant, and has no note.
    """
    found = list(parts)
    filled = [part.table for part in found if len(part.table)]
    columns = [column.name for column in TABLES["specifications"]]
    if not filled:
        return ResultTable(check_table("specifications", pd.DataFrame(columns=columns)), ())
    table = pd.concat(filled, ignore_index=True)
    scale = DAYS_A_YEAR / table["window_days"]
    for name in ("att", "ci_low", "ci_high"):
        table[f"{name}_per_year"] = table[name] * scale
    table = table.assign(study_id=study_id, fingerprint=fingerprint, gate=NOT_RUN)
    main = found[0].table
    known = (
        set()
        if main.empty
        else {f"{s}, {o}:" for s, o in zip(main.sector, main.outcome, strict=True)}
    )
    notes = [
        note for part in found[1:] for note in part.notes if any(name in note for name in known)
    ]
    return ResultTable(check_table("specifications", table), tuple(notes))


def _share(n_treated: int, n_persons: int) -> float | None:
    return n_treated / n_persons if n_persons else None


def _estimate(
    units: pd.DataFrame,
    outcome: str,
    confidence_level: float,
    cluster_on: Sequence[ClusterDimension],
) -> AttEstimate:
    if units.empty:
        raise NotIdentifiedError("nobody is matched")
    is_treated: BoolVector = units["is_treated"].to_numpy(dtype=np.bool_)
    return estimate_did_2x2(
        _numbers(units[f"{outcome}_before"]),
        _numbers(units[f"{outcome}_after"]),
        is_treated,
        weight=_numbers(units["weight"]),
        matched_set=units["matched_set_id"].to_numpy(dtype=np.int64),
        person=units["person_id"].to_numpy(dtype=np.int64),
        confidence_level=confidence_level,
        cluster_on=cluster_on,
    )


def _numbers(column: pd.Series) -> FloatVector:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
