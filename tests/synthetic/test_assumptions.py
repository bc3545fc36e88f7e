"""The assumption of the scenario: within a cell, treated and others would have fared alike."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from synthetic_data.block import build_lives
from synthetic_data.scenario import SOM, read_scenario
from synthetic_data.spells import DISABILITY, SICK_LEAVE, count_days
from synthetic_data.streams import BLOCK_PERSONS

PERSONS = 60_000
LARGEST_Z = 3.5
"""Two estimates at a fixed seed; chance alone goes beyond this once in two thousand seeds."""


class Contrast(NamedTuple):
    """A difference in mean change, days, and its standard error."""

    difference: float
    se: float


@pytest.fixture(scope="module")
def changes() -> pd.DataFrame:
    """Change without treatment around the first contact of each course in somatics."""
    blocks = range(PERSONS // BLOCK_PERSONS)
    return pd.concat([changes_of_block(block) for block in blocks], ignore_index=True)


def changes_of_block(block: int) -> pd.DataFrame:
    lives = build_lives(read_scenario("sintef"), seed=11, block=block, persons=PERSONS)
    persons, courses, spells = lives.persons, lives.courses, lives.untreated
    index, person = courses.index_day, courses.person
    columns = {
        "sex": persons.sex[person],
        "age_band": courses.age // 5,
        "is_treated": lives.treatment.is_treated,
    }
    columns |= {
        name: getattr(courses, name) for name in ("sector", "diagnosis", "education", "year")
    }
    for name, kinds in {"sick": [SICK_LEAVE], "total": range(DISABILITY + 1)}.items():
        after = count_days(spells, person, index, end=index + 365, kinds=kinds)
        columns[name] = after - count_days(spells, person, index - 365, end=index, kinds=kinds)
    frame = pd.DataFrame(columns)
    in_age = (courses.age >= 18) & (courses.age <= 67)
    return frame[in_age & (frame["sector"] == SOM)]


def matched_contrast(changes: pd.DataFrame, outcome: str) -> Contrast:
    cells = ["diagnosis", "sex", "age_band", "education", "year"]
    treated = changes[changes["is_treated"]].groupby(cells)[outcome].agg(["mean", "size"])
    others = changes[~changes["is_treated"]].groupby(cells)[outcome].agg(["mean", "size"])
    both = treated.join(others, suffixes=("_t", "_c"), how="inner")
    weight = both["size_t"] / both["size_t"].sum()
    variance = changes[outcome].var()
    difference = float((weight * (both["mean_t"] - both["mean_c"])).sum())
    spread = (weight**2 * variance * (1 / both["size_t"] + 1 / both["size_c"])).sum()
    return Contrast(difference, float(np.sqrt(spread)))


@pytest.mark.parametrize("outcome", ["sick", "total"])
def test_untreated_change_is_the_same_within_cells(changes: pd.DataFrame, outcome: str) -> None:
    contrast = matched_contrast(changes, outcome)
    assert abs(contrast.difference) < LARGEST_Z * contrast.se


def test_the_contrast_without_matching_is_biased(changes: pd.DataFrame) -> None:
    mean = changes.groupby("is_treated")["sick"].mean()
    assert abs(mean[True] - mean[False]) > LARGEST_Z * matched_contrast(changes, "sick").se
