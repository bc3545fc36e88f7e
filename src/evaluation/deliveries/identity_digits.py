"""What a national identity number looks like, in bytes and in text.

A number counts as one when it has eleven digits, a valid day and month (day + 40 in a
D-number, month + 40 in an H-number) and both control digits right. It may be the whole cell or
stand within a longer text; no letter or digit stands directly before or after it.

Source: the national population register's rules for fødselsnummer, D- and H-numbers.
"""

import re

import numpy as np
import numpy.typing as npt

FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_FIRST = np.array([*FIRST_WEIGHTS, 0])
_SECOND = np.array(SECOND_WEIGHTS)

# Within a text the digits stand as people write them: 'ddmmyy nnnnn', 'dd mm yy nnnnn',
# 'ddmmyy-nnnnn', 'ddmmyy nnn nn'. Any other space may part two numbers there.
_SHAPE = "[0-9]{2} ?[0-9]{2} ?[0-9]{2}[ -]?[0-9]{3} ?[0-9]{2}"
_SIGNS_BEFORE = {2: b" ", 4: b" ", 6: b" -", 9: b" "}
# A point between digits makes decimals.
_IN_TEXT = re.compile(rf"(?<![^\W_])(?<![0-9][.])(?=({_SHAPE})(?![^\W_]))")
SQL_IN_TEXT = f"(^|[^0-9A-Za-z]){_SHAPE}($|[^0-9A-Za-z])"
"""Pattern for DuckDB of texts that may hold a number; `judge_cell` knows it better."""

# A whole cell may be parted anywhere, and end in '.0' where a program took it for a measurement.
SQL_WHOLE = r"\s*([0-9]{6}[ -]?[0-9]{5}|[0-9 ]{11,15})([.,]0+)?\s*"
"""Pattern of a whole cell, when it has eleven digits before '.0'."""
_WHOLE = re.compile(SQL_WHOLE)
_DECIMALS = re.compile(r"\s*[-+]?[0-9]{0,10}[.,][0-9]{11}\s*")
_FEWEST_SIGNS = 11

_DIGITS_AS_ZERO = bytes(ord("0") if byte in b"0123456789" else ord(" ") for byte in range(256))
_ELEVEN = b"0" * 11
_BETWEEN = b" -"
_ZERO = np.uint8(ord("0"))
_OVERLAP_BYTES = 32
# Only letters of ASCII count here, so that more is found in bytes than in text.
_IS_WORD = bytes(byte < 128 and chr(byte).isalnum() for byte in range(256))

_DAYS = {f"{day + more:02d}" for day in range(1, 32) for more in (0, 40)}
_MONTHS = {f"{month + more:02d}" for month in range(1, 13) for more in (0, 40)}


class NumberFinder:
    """Looks for what could be such a number in bytes; a cell with one is always found."""

    def __init__(self) -> None:
        self.is_found = False
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes of a file.

        Args:
            chunk: They.
        """
        if self.is_found:
            return
        data = self._rest + chunk
        self._rest = data[-_OVERLAP_BYTES:]
        # Ordinary files never come further than these searches for eleven digits in a row.
        if _has_long_run(data) and data.translate(_DIGITS_AS_ZERO, _BETWEEN).find(_ELEVEN) >= 0:
            self.is_found = _holds_number(data)


def _holds_number(data: bytes) -> bool:
    digits = _find_digits(data) + _find_digits(data.translate(None, _BETWEEN))
    return bool(are_identity_numbers(digits).any())


def _find_digits(data: bytes) -> bytes:
    """Find what has the shape of a number, with no letter or digit beside it.

    A regular expression says the same and takes three times as long.
    """
    signs = np.frombuffer(data + bytes(_OVERLAP_BYTES), dtype=np.uint8)
    is_digit = (signs - _ZERO) < 10
    is_word = np.frombuffer(data.translate(_IS_WORD) + bytes(_OVERLAP_BYTES), dtype=np.bool_)
    is_joint = is_digit | (signs == ord(" "))
    is_start = is_digit[:-4].copy()
    is_start[1:] &= ~is_word[:-5]
    # The second and fourth sign are digits whatever the spaces; most dates and codes end here.
    for shift, is_right in ((1, is_digit), (2, is_joint), (3, is_digit), (4, is_joint)):
        is_start &= is_right[shift : len(is_start) + shift]
    places = np.flatnonzero(is_start)
    found: list[npt.NDArray[np.uint8]] = []
    for count in range(11):
        if count in _SIGNS_BEFORE:
            places = places + np.isin(signs[places], list(_SIGNS_BEFORE[count]))
        found.append(signs[places])
        if count in (5, 10):
            is_left = np.logical_and.reduce([(part - _ZERO) < 10 for part in found])
            found, places = [part[is_left] for part in found], places[is_left]
        places = places + 1
    return np.stack(found, axis=1)[~is_word[places]].tobytes()


def _has_long_run(data: bytes) -> bool:
    """Say whether eleven digits, or signs that may stand between them, follow each other."""
    signs = np.frombuffer(data, dtype=np.uint8)
    run = (signs - _ZERO) < 10
    for sign in _BETWEEN:
        run |= signs == sign
    for shift in (1, 2, 4, 3):
        run = run[:-shift] & run[shift:]
    return bool(run.any())


def are_identity_numbers(digits: bytes) -> npt.NDArray[np.bool_]:
    """Say which numbers have a valid day and month and both control digits right.

    Args:
        digits: The numbers one after the other, eleven ASCII digits each.

    Returns:
        Shape (n,).
    """
    numbers = np.frombuffer(digits, dtype=np.uint8).reshape(-1, 11).astype(np.int64) - ord("0")
    day = numbers[:, 0] * 10 + numbers[:, 1]
    month = numbers[:, 2] * 10 + numbers[:, 3]
    # Forty is added to the day in a D-number and to the month in an H-number.
    has_date = np.isin(day % 40, np.arange(1, 32)) & (day <= 71)
    has_date &= np.isin(month % 40, np.arange(1, 13)) & (month <= 52)
    first = numbers @ _FIRST % 11 == 0
    second = numbers @ _SECOND % 11 == 0
    return np.asarray(has_date & first & second)


def judge_cell(cell: str) -> bool | None:
    """Say whether a cell holds a national identity number.

    Args:
        cell: Its text.

    Returns:
        None when it holds no eleven digits that could be one by their place.
    """
    if len(cell) < _FEWEST_SIGNS:
        return None
    whole = _WHOLE.fullmatch(cell)
    found = [*([whole[1]] if whole else []), *_IN_TEXT.findall(cell)]
    numbers = [text.replace(" ", "").replace("-", "") for text in found]
    numbers = [number for number in numbers if len(number) == 11]
    if not numbers or _DECIMALS.fullmatch(cell):
        return None
    # Most other numbers have no date, which is soon seen.
    dated = [n for n in numbers if n[:2] in _DAYS and n[2:4] in _MONTHS]
    return bool(dated) and bool(are_identity_numbers("".join(dated).encode()).any())
