"""NAV's benefit files as delivered: one by the year in which a row begins.

Which rows there are is in nav_rows.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from synthetic_data import columns
from synthetic_data.days import NAV_END, take, year_of
from synthetic_data.nav_rows import CODES, NO_DIAGNOSIS, Rows
from synthetic_data.population import Persons

_SYSTEM = "ICPC-2"


def build_nav_tables(rows: Rows, persons: Persons, scenario: dict[str, Any]) -> dict[str, pa.Table]:
    """Build the block's part of each file, by its path without ending.

    Args:
        rows: Rows in any order.
        persons: The block.
        scenario: The whole scenario.
    """
    order = np.argsort(rows.start, kind="stable")
    rows = take(rows, order)
    content = _build_columns(rows, persons, scenario)
    years, first = np.unique(year_of(rows.start), return_index=True)
    after = [*first[1:], len(order)]
    return {
        f"nav/ytelser_{year}": _build_table(content, rows, slice(begin, end))
        for year, begin, end in zip(years.tolist(), first.tolist(), after, strict=True)
    }


def _build_columns(rows: Rows, persons: Persons, scenario: dict[str, Any]) -> dict[str, pa.Array]:
    """Build the columns that hold no dates."""
    codes = scenario["sick_leave_diagnosis"]["icpc2"]
    grades = [None, *(str(percent) for percent in range(1, 101))]
    # Two jobs of a person have different numbers that do not tell whose they are.
    job_number = (persons.ssb_number * 7 + persons.nav_number) % 10**7
    numbers = np.concatenate([job_number * 2, job_number * 2 + 1])
    jobs = columns.prefixed("J", columns.padded(numbers, 8))
    job = rows.person + np.where(rows.job == 2, len(job_number), 0)
    has_none = rows.diagnosis == NO_DIAGNOSIS
    nothing = np.zeros_like(rows.person)
    return {
        "nav_lopenr": columns.nav_ids(persons.nav_number).take(pa.array(rows.person)),
        "ytelse": columns.look_up(CODES, rows.code),
        "grad": columns.look_up(grades, rows.grade),
        "stillingsprosent": columns.look_up(grades, rows.position_percent),
        "jobb_id": jobs.take(pa.array(job, mask=rows.job == 0)),
        "hoveddiagnose": columns.look_up(codes, np.maximum(rows.diagnosis, 0), empty=has_none),
        "diagnosesystem": columns.look_up([_SYSTEM], nothing, empty=has_none),
    }


def _build_table(content: dict[str, pa.Array], rows: Rows, part: slice) -> pa.Table:
    cut = {
        name: column.slice(part.start, part.stop - part.start) for name, column in content.items()
    }
    start, end = rows.start[part], rows.end[part]
    dates = {
        "fom": columns.format_days(start),
        "tom": columns.format_days(end - 1, empty=end >= NAV_END),
    }
    names = ["nav_lopenr", "ytelse", *dates, "grad", "stillingsprosent", "jobb_id"]
    names += ["hoveddiagnose", "diagnosesystem"]
    return pa.table({name: (cut | dates)[name] for name in names})
