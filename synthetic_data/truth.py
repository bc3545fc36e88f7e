"""The planted truth, counted from the generator's own spells, and how it is written down.

Windows are half-open: before = [index - 365, index), after = [index, index + 365).
Each coded index person counts, linked or not: the truth is about the treated, not about the file.
y0 and y1 come of the same random numbers, so their difference is the effect on the person.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import tomli_w

from synthetic_data.courses import Courses
from synthetic_data.days import Floats, Ints, take
from synthetic_data.effects import WINDOW_DAYS
from synthetic_data.nav_rows import CODES
from synthetic_data.scenario import MADE_FROM, SECTORS
from synthetic_data.spells import (
    ALLOWANCE,
    DISABILITY,
    SICK_LEAVE,
    Spells,
    count_dagsverk,
    count_days,
)

KINDS = {
    "sick_leave_days": (SICK_LEAVE,),
    "health_benefit_days": (SICK_LEAVE, ALLOWANCE, DISABILITY),
}
OUTCOMES = (*KINDS, "sick_leave_dagsverk")
PERIOD_DAYS = 30
FIRST_EVENT_TIME, LAST_EVENT_TIME = -13, 12
"""Periods that windows of 365 days touch, period 0 beginning on the index date."""
EDUCATION_GROUPS = ["compulsory", "upper_secondary", "tertiary", "missing"]
_SUMMARISED = ("all", "sex_code", "age_band", "education_group", "icd10", "timing", "service")
COUNTED = {
    "before_days": WINDOW_DAYS,
    "after_days": WINDOW_DAYS,
    "period_days": PERIOD_DAYS,
    "first_event_time": FIRST_EVENT_TIME,
    "last_event_time": LAST_EVENT_TIME,
    "anchor": "start",
    "sick_leave_benefit_codes": ["SP"],
    "health_benefit_codes": CODES,
    "public_holidays": "ignored",
}
"""How outcomes are counted, in the settings of a study; the codes are all that there are."""
_GOLDEN_DAYS = 84
"""Twelve weeks: the chance of return falls steeply at two to three months (seed facts 4.2)."""


def build_effects(
    untreated: Spells, observed: Spells, coded: Courses, *, about: dict[str, pa.Array]
) -> pa.Table:
    """Count each outcome without and with treatment for each coded index.

    Args:
        untreated: Spells without treatment.
        observed: Spells with treatment.
        coded: Treated and coded courses.
        about: More columns of each of them, npr_id first.

    Returns:
        One row per index and outcome.
    """
    index, person = coded.index_day, coded.person
    begin, end = index - WINDOW_DAYS, index + WINDOW_DAYS
    tables = []
    for outcome in OUTCOMES:
        y0_after = _count(untreated, outcome, person, index, end)
        y1_after = _count(observed, outcome, person, index, end)
        columns = {
            **_keys(coded, about["npr_id"], outcome),
            "y0_before": _count(untreated, outcome, person, begin, index),
            "y0_after": y0_after,
            "y1_after": y1_after,
            "effect": y1_after - y0_after,
            "y1_before": _count(observed, outcome, person, begin, index),
            **{name: column for name, column in about.items() if name != "npr_id"},
        }
        tables.append(pa.table(columns))
    return pa.concat_tables(tables)


def build_event_time(
    untreated: Spells, observed: Spells, coded: Courses, *, npr_ids: pa.Array
) -> pa.Table:
    """Count the effect by 30-day period; a period without a row has no effect.

    Args:
        untreated: Spells without treatment.
        observed: Spells with treatment.
        coded: Treated and coded courses.
        npr_ids: Pseudonym of each of them.

    Returns:
        One row per index, outcome and event time with an effect other than 0, in days.
    """
    periods = np.arange(FIRST_EVENT_TIME, LAST_EVENT_TIME + 1)
    rows = np.repeat(_find_changed(untreated, observed, coded), len(periods))
    event_time = np.tile(periods, len(rows) // len(periods))
    chosen = take(coded, rows)
    begin = chosen.index_day + event_time * PERIOD_DAYS
    end = begin + PERIOD_DAYS
    tables = []
    for outcome in OUTCOMES:
        effect = _count(observed, outcome, chosen.person, begin, end)
        effect = effect - _count(untreated, outcome, chosen.person, begin, end)
        kept = np.flatnonzero(np.abs(effect) > 1e-9)
        ids = npr_ids.take(pa.array(rows[kept]))
        columns = {
            **_keys(take(chosen, kept), ids, outcome),
            "event_time": event_time[kept],
            "effect": effect[kept],
        }
        tables.append(pa.table(columns))
    return pa.concat_tables(tables)


def _find_changed(untreated: Spells, observed: Spells, coded: Courses) -> Ints:
    """Find the coded whose spells differ in any way, so that the others need no counting."""
    count = int(coded.person.max(initial=-1)) + 1

    def fold(spells: Spells) -> Floats:
        mine = np.flatnonzero(spells.person < count)
        weight = spells.start[mine] * 1.37 + spells.end[mine] * 2.71 + spells.kind[mine]
        return np.bincount(spells.person[mine], weights=weight, minlength=count)

    changed = fold(untreated) != fold(observed)
    return np.flatnonzero(changed[coded.person])


def _count(spells: Spells, outcome: str, person: Ints, begin: Ints, end: Ints) -> Floats:
    if outcome in KINDS:
        days = count_days(spells, person, begin, end=end, kinds=KINDS[outcome])
        return days.astype(np.float64)
    # Of nobody's days the sum is a whole number, and the columns of blocks must agree.
    return count_dagsverk(spells, person, begin, end=end).astype(np.float64)


def _keys(coded: Courses, npr_ids: pa.Array, outcome: str) -> dict[str, Any]:
    return {
        "npr_id": npr_ids,
        "sector": np.array(SECTORS)[coded.sector],
        "index_date": pa.array(coded.index_day.astype(np.int32)).cast(pa.date32()),
        "outcome": np.full(len(coded.person), outcome),
    }


def summarise_effects(effects: pa.Table) -> pa.Table:
    """Sum the effect and count persons by sector, outcome and one more column at a time.

    Args:
        effects: From `build_effects`.

    Returns:
        sector, by, level, outcome, sum, n_treated; `by` is all, a column of the effects, or
        timing: sick leave for at most 84 days before the index date, or longer.
    """
    days = effects["sick_days_at_index"].to_numpy()
    timing = np.select([days == 0, days <= _GOLDEN_DAYS], ["none", "early"], "late")
    table = effects.append_column("timing", pa.array(timing)).append_column(
        "all", pa.array(np.full(len(days), "all"))
    )
    return pa.concat_tables([_sum_by(table, by) for by in _SUMMARISED])


def _sum_by(table: pa.Table, by: str) -> pa.Table:
    grouped = table.group_by(["sector", "outcome", by], use_threads=False).aggregate(
        [("effect", "sum"), ("effect", "count")]
    )
    return pa.table(
        {
            "by": np.full(grouped.num_rows, by),
            "level": grouped[by],
            "sector": grouped["sector"],
            "outcome": grouped["outcome"],
            "n_treated": grouped["effect_count"],
            "sum": grouped["effect_sum"],
        }
    )


def combine_summaries(summaries: list[pa.Table]) -> pa.Table:
    """Give number and mean effect in days of each group, from the sums of all blocks.

    Args:
        summaries: From `summarise_effects`, in the order of the blocks.
    """
    keys = ["by", "level", "sector", "outcome"]
    total = (
        pa.concat_tables(summaries)
        .group_by(keys, use_threads=False)
        .aggregate([("n_treated", "sum"), ("sum", "sum")])
        .sort_by([(key, "ascending") for key in keys])
    )
    number, days = total["n_treated_sum"].to_numpy(), total["sum_sum"].to_numpy()
    return (
        total.select(keys)
        .append_column("n_treated", pa.array(number))
        .append_column("effect", pa.array(np.round(days / number, 6)))
    )


def build_parameters(about: dict[str, Any], summary: pa.Table) -> dict[str, Any]:
    """Put together what parameters.toml holds: what was asked for, planted and realised.

    Args:
        about: Scenario, persons, seed, planted means and texts.
        summary: From `combine_summaries`.
    """
    realised: dict[str, dict[str, float]] = {}
    for row in summary.to_pylist():
        if row["by"] == "all":
            part = realised.setdefault(row["sector"], {"n_treated": row["n_treated"]})
            part[row["outcome"]] = round(row["effect"], 4)
    return {**about, "counted": COUNTED, "realised": realised}


def write_parameters(parameters: dict[str, Any], folder: Path) -> None:
    """Write parameters.toml."""
    text = f"{MADE_FROM}\n{tomli_w.dumps(parameters)}"
    (folder / "parameters.toml").write_text(text, encoding="utf-8")
