"""The assumption of the scenario: within a cell, treated and others would have fared alike."""

import pandas as pd
import pytest
from miniature import contrast, read_courses

BLOCKS = 3
LARGEST_Z = 3.5
"""Estimates at a fixed seed; chance alone goes beyond this once in two thousand seeds."""

CLEAR_Z = 2.5
"""The matched contrast's standard error is wider than that of the naive one."""


@pytest.fixture(scope="module")
def courses() -> pd.DataFrame:
    return read_courses("sintef", BLOCKS)


@pytest.mark.parametrize("sector", ["SOM", "PHV", "ARR"])
@pytest.mark.parametrize("outcome", ["sick", "total"])
def test_untreated_change_is_the_same_within_cells(
    courses: pd.DataFrame, sector: str, outcome: str
) -> None:
    found = contrast(courses, sector, outcome, world="y0")
    assert abs(found.matched) < LARGEST_Z * found.se


def test_the_contrast_without_matching_is_biased(courses: pd.DataFrame) -> None:
    found = contrast(courses, "SOM", "sick", world="y0")
    assert abs(found.naive) > CLEAR_Z * found.se
