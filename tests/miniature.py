"""The published design in miniature, on the generator's own arrays: what a scenario does to it.

Exact cells of diagnosis, sex, age band, education and year within a sector; every comparison in a
cell counts, weighted to the treated; change from the year before to the year after. Much faster
than a run, and no substitute for one.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from synthetic_data.block import Lives, build_lives
from synthetic_data.scenario import SECTORS, read_scenario
from synthetic_data.spells import ALLOWANCE, DISABILITY, SICK_LEAVE, count_days
from synthetic_data.streams import BLOCK_PERSONS

KINDS = {"sick": [SICK_LEAVE], "total": [SICK_LEAVE, ALLOWANCE, DISABILITY]}
CELLS = ["sector", "diagnosis", "sex", "age_band", "education", "year"]


class Contrast(NamedTuple):
    """Mean days over the treated of a sector: true effect, matched and naive estimate."""

    true: float
    matched: float
    se: float
    naive: float

    @property
    def bias(self) -> float:
        """Matched estimate less true effect, days."""
        return self.matched - self.true


def read_courses(scenario: str, blocks: int, *, seed: int = 11) -> pd.DataFrame:
    """Give every course of persons of 18 to 67 years with its outcomes before and after."""
    parameters, persons = read_scenario(scenario), blocks * BLOCK_PERSONS
    frames = [
        read_block(build_lives(parameters, seed=seed, block=block, persons=persons), block)
        for block in range(blocks)
    ]
    return pd.concat(frames, ignore_index=True)


def read_block(lives: Lives, block: int = 0) -> pd.DataFrame:
    courses, persons = lives.courses, lives.persons
    index, person = courses.index_day, courses.person
    columns = {
        "person": person + block * BLOCK_PERSONS,
        "sex": persons.sex[person],
        "age_band": courses.age // 5,
        "is_treated": lives.treatment.is_treated,
        "is_coded": lives.treatment.is_coded,
        "index_day": index,
        "sick_days": lives.sick_days,
    }
    columns |= {
        name: getattr(courses, name) for name in ("sector", "diagnosis", "education", "year")
    }
    for name, kinds in KINDS.items():
        for world, spells in {"y0": lives.untreated, "y1": lives.observed}.items():
            before = count_days(spells, person, index - 365, end=index, kinds=kinds)
            after = count_days(spells, person, index, end=index + 365, kinds=kinds)
            columns[f"{name}_{world}_before"], columns[f"{name}_{world}_after"] = before, after
            columns[f"{name}_{world}"] = after - before
    frame = pd.DataFrame(columns)
    in_age = (courses.age >= 18) & (courses.age <= 67)
    is_complete = index + 365 <= persons.exit_day[person]
    return frame[in_age & is_complete & ~_is_near_treatment(frame)]


def _is_near_treatment(frame: pd.DataFrame) -> pd.Series:
    """Whether the person has a coded course of another date within a year."""
    coded = frame.loc[frame["is_coded"], ["person", "index_day"]]
    day = frame["person"].map(coded.set_index("person")["index_day"])
    return ~frame["is_coded"] & ((frame["index_day"] - day).abs() <= 365)


def contrast(courses: pd.DataFrame, sector: str, outcome: str, *, world: str = "y1") -> Contrast:
    """Compare the coded of a sector with everybody else in their cells."""
    mine = courses[courses["sector"] == SECTORS.index(sector)]
    value = f"{outcome}_{world}"
    treated = mine[mine["is_coded"]].groupby(CELLS)[value].agg(["mean", "size"])
    others = mine[~mine["is_coded"]].groupby(CELLS)[value].agg(["mean", "size"])
    both = treated.join(others, suffixes=("_t", "_c"), how="inner")
    weight = both["size_t"] / both["size_t"].sum()
    matched = float((weight * (both["mean_t"] - both["mean_c"])).sum())
    variance = mine[value].var()
    spread = (weight**2 * variance * (1 / both["size_t"] + 1 / both["size_c"])).sum()
    coded = mine[mine["is_coded"]]
    means = mine.groupby("is_coded")[value].mean()
    true = (coded[f"{outcome}_y1_after"] - coded[f"{outcome}_y0_after"]).mean()
    return Contrast(
        true=float(true) if world == "y1" else 0.0,
        matched=matched,
        se=float(np.sqrt(spread)),
        naive=float(means[True] - means[False]),
    )
