"""Rows of the table `estimates`: what every estimator hands back, with what was asked of it.

Here is what a row is called. Which rows there are is in the modules of tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import pandas as pd

from evaluation.results import AttEstimate
from evaluation.schemas import NOT_RUN, TABLES, check_table

MAIN_SPECIFICATION = "main"
EVERYBODY = "all"
# What an estimator asks for when it is not quite the same; GLOSSARY.md tells each.
ESTIMANDS = {
    "poisson": "att_ratio_trends",
    "event_study": "att_from_reference",
    "callaway_santanna": "att_from_reference",
    "twfe": "weighted_att",
}


@dataclass(frozen=True, slots=True)
class RowLabels:
    """What all rows of a study share.

    Attributes:
        study_id: Study that is run.
        fingerprint: Of the study.
        units_of_outcomes: Outcomes, in the order of the rows, and what each is counted in.
        after_days: Length of the window after the index date, days.
    """

    study_id: str
    fingerprint: str
    units_of_outcomes: Mapping[str, str]
    after_days: int


def build_estimate_rows(
    estimates: Mapping[tuple[str, str], AttEstimate],
    labels: RowLabels,
    *,
    subgroup: str = EVERYBODY,
) -> list[dict[str, object]]:
    """Build one row for each sector and outcome.

    Args:
        estimates: By sector and outcome, in the order of the rows.
        labels: Of the study.
        subgroup: all, or `<variable>=<level>`.
    """
    of_study = {
        "study_id": labels.study_id,
        "specification_id": MAIN_SPECIFICATION,
        "subgroup": subgroup,
        "window_days": labels.after_days,
        "gate": NOT_RUN,
        "gate_reasons": "the study fixes no diagnostics",
        "fingerprint": labels.fingerprint,
        **dict.fromkeys(("ratio", "ratio_low", "ratio_high")),
    }
    return [
        of_study
        | {"sector": sector, "outcome": outcome, "unit": labels.units_of_outcomes[outcome]}
        | {"estimand": ESTIMANDS.get(estimate.estimator, "att")}
        | asdict(estimate)
        for (sector, outcome), estimate in estimates.items()
    ]


def build_stretched(effect: AttEstimate, factor: float) -> AttEstimate:
    """Turn an effect per period into one per window.

    Args:
        effect: In the unit of a period.
        factor: Periods in a window.
    """
    return replace(
        effect,
        att=effect.att * factor,
        se=effect.se * factor,
        ci_low=effect.ci_low * factor,
        ci_high=effect.ci_high * factor,
    )


def build_table(name: str, rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Build a result table from its rows, with its columns even when there are none.

    Args:
        name: Table of schemas.TABLES.
        rows: Each with all columns, but for the gate, which is not run yet.
    """
    columns = [column.name for column in TABLES[name]]
    frame = pd.DataFrame(list(rows), columns=columns if not rows else None)
    if "gate" in columns and "gate" not in frame:
        frame = frame.assign(gate=NOT_RUN)
    return check_table(name, frame)


def join_estimates(tables: Sequence[pd.DataFrame], *, estimators: Sequence[str]) -> pd.DataFrame:
    """Join rows of `estimates`: estimators in the study's order, then the subgroups.

    Args:
        tables: Each as schemas.TABLES["estimates"].
        estimators: Of the study, in its order; rows of others are left out.

    Checked against drawn tables: tests/unit/test_estimate_tables.py.
    """
    kept = [table for table in tables if len(table)] or list(tables[:1])
    rows = pd.concat(kept, ignore_index=True)
    place = rows["estimator"].map({name: number for number, name in enumerate(estimators)})
    place = place.where(rows["subgroup"].eq(EVERYBODY), len(estimators))
    order = place[rows["estimator"].isin(list(estimators))].sort_values(kind="stable").index
    return check_table("estimates", rows.loc[order].reset_index(drop=True))
