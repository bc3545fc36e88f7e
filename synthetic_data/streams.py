"""Random numbers that belong to a block of persons and a purpose, whoever draws them and when.

Philox is counter-based and keyed by (seed, block, purpose): blocks can be made in any order, in
any number of processes, and what one purpose draws never moves what another draws.
"""

import numpy as np

BLOCK_PERSONS = 20_000
"""Persons of a block; part of what a seed means, so another value gives other registers."""

PURPOSES = (
    "persons",
    "courses",
    "contacts",
    "other_contacts",
    "benefits",
    "treatment",
    "effects",
    "npr_files",
    "nav_files",
    "ssb_files",
    "threats",
    "pseudonyms",
    "illness",
    "procedures",
)
"""New purposes go last: the position is part of the key."""


def open_stream(seed: int, block: int, purpose: str) -> np.random.Generator:
    """Open the stream of one block and purpose.

    Args:
        seed: Any whole number from 0.
        block: Number of the block from 0.
        purpose: One of `PURPOSES`.

    Source: Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3" (Philox).
    """
    key = (block, PURPOSES.index(purpose))
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=key)))
