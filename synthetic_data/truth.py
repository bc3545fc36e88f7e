"""The planted truth, counted from the generator's own spells, and how it is written down.

Windows are half-open: before = [index - 365, index), after = [index, index + 365).
Each coded index person counts, linked or not: the truth is about the treated, not about the file.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w

from synthetic_data.courses import Courses
from synthetic_data.effects import WINDOW_DAYS
from synthetic_data.scenario import SECTORS
from synthetic_data.spells import ALLOWANCE, DISABILITY, SICK_LEAVE, Spells, count_days

OUTCOMES = {
    "sick_leave_days": (SICK_LEAVE,),
    "health_benefit_days": (SICK_LEAVE, ALLOWANCE, DISABILITY),
}


def build_effects(
    untreated: Spells, observed: Spells, coded: Courses, *, npr_ids: pa.Array
) -> pa.Table:
    """Count days without and with treatment for each coded index.

    Args:
        untreated: Spells without treatment.
        observed: Spells with treatment.
        coded: Treated and coded courses.
        npr_ids: Pseudonym of each of them.

    Returns:
        One row per index and outcome, in order of index date and pseudonym.
    """
    index, person = coded.index_day, coded.person
    begin, end = index - WINDOW_DAYS, index + WINDOW_DAYS
    tables = []
    for outcome, kinds in OUTCOMES.items():
        y0_after = count_days(untreated, person, index, end=end, kinds=kinds)
        y1_after = count_days(observed, person, index, end=end, kinds=kinds)
        columns = {
            "npr_id": npr_ids,
            "sector": np.array(SECTORS)[coded.sector],
            "index_date": pa.array(index.astype(np.int32)).cast(pa.date32()),
            "outcome": np.full(len(index), outcome),
            "y0_before": count_days(untreated, person, begin, end=index, kinds=kinds),
            "y0_after": y0_after,
            "y1_after": y1_after,
            "effect": y1_after - y0_after,
        }
        tables.append(pa.table(columns))
    keys = [("index_date", "ascending"), ("npr_id", "ascending"), ("outcome", "ascending")]
    return pa.concat_tables(tables).sort_by(keys)


def summarise_effects(effects: pa.Table) -> dict[str, dict[str, float]]:
    """Give number of index persons and mean effect in days, by sector and outcome."""
    grouped = effects.group_by(["sector", "outcome"]).aggregate(
        [("effect", "mean"), ("effect", "count")]
    )
    summary: dict[str, dict[str, float]] = {}
    for row in sorted(grouped.to_pylist(), key=lambda row: (row["sector"], row["outcome"])):
        part = summary.setdefault(row["sector"], {"n_treated": row["effect_count"]})
        part[row["outcome"]] = round(row["effect_mean"], 4)
    return summary


def write_truth(effects: pa.Table, about: dict[str, Any], folder: Path) -> None:
    """Write effects.parquet and parameters.toml.

    Args:
        effects: From `build_effects`.
        about: Scenario, persons, seed and planted means.
        folder: The truth folder; it is made.
    """
    folder.mkdir()
    pq.write_table(effects, folder / "effects.parquet")
    parameters = {**about, "realised": summarise_effects(effects)}
    (folder / "parameters.toml").write_text(tomli_w.dumps(parameters), encoding="utf-8")
