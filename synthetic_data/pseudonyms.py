"""Pseudonyms: a number for each person that is unique and tells nothing of the person's place.

A keyed permutation of all numbers below a power of ten, so that no list of used numbers is
needed and blocks of persons can be made apart from each other.
"""

import numpy as np

from synthetic_data.days import Ints
from synthetic_data.streams import open_stream

_ROUNDS = 4
_MIX = np.uint64(0x9E3779B97F4A7C15)


def scramble(positions: Ints, digits: int, *, seed: int, register: int) -> Ints:
    """Give each position another number below 10**digits; different positions stay different.

    A balanced Feistel network over an even number of bits; numbers beyond the range go through
    it again until they are inside (cycle walking).

    Args:
        positions: Positions of persons, below 10**digits, shape (n,).
        digits: Digits of the pseudonym.
        seed: Of the delivery.
        register: Different for each register, so that their numbers have no common order.

    Source: Black and Rogaway (2002), "Ciphers with arbitrary finite domains".
    """
    below = 10**digits
    half_bits = (below.bit_length() + 1) // 2
    keys = open_stream(seed, register, "pseudonyms").integers(0, 2**63, _ROUNDS, dtype=np.uint64)
    numbers = _permute(positions.astype(np.uint64), half_bits, keys)
    outside = np.flatnonzero(numbers >= below)
    while len(outside):
        numbers[outside] = _permute(numbers[outside], half_bits, keys)
        outside = outside[numbers[outside] >= below]
    return numbers.astype(np.int64)


def _permute(numbers: np.ndarray, half_bits: int, keys: np.ndarray) -> np.ndarray:
    bits, mask = np.uint64(half_bits), np.uint64(2**half_bits - 1)
    left, right = numbers >> bits, numbers & mask
    for key in keys:
        mixed = (right ^ key) * _MIX
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX
        left, right = right, left ^ ((mixed >> np.uint64(32)) & mask)
    return (left << bits) | right
