"""Count, in blocks of synthetic persons, what public figures are given for.

Every count adds up over blocks, so a population of any size can be measured; figures.py turns
sums into figures. Counted on what happens (`Lives`), which is what the files show: see
tests/synthetic/test_truth.py.
"""

from typing import Any

import numpy as np

from synthetic_data.block import Lives
from synthetic_data.calibration import benefits, care

Counts = benefits.Counts


def measure_block(lives: Lives, scenario: dict[str, Any], rng: np.random.Generator) -> Counts:
    """Count everything in one block.

    Args:
        lives: The block.
        scenario: The whole scenario.
        rng: Random numbers for the diagnoses of sick leave.
    """
    counts: Counts = {"persons": np.array([len(lives.persons.sex)], dtype=float)}
    for part in _PARTS:
        counts |= part(lives, scenario)
    return counts | benefits.count_diagnoses(lives, scenario, rng)


def add_counts(blocks: list[Counts]) -> Counts:
    """Add up the counts of all blocks."""
    return {name: np.sum([block[name] for block in blocks], axis=0) for name in blocks[0]}


_PARTS = (
    benefits.count_sick_percent,
    benefits.count_quarters,
    benefits.count_durations,
    benefits.count_stocks,
    benefits.count_flows,
    care.count_care,
    care.count_scheme,
    care.count_effects,
)
