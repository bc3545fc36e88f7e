"""Refuse a delivery that holds national identity numbers, before anything is written.

A number counts as one when it has eleven digits, a valid day and month (day + 40 in a
D-number, month + 40 in an H-number) and both control digits right. Nine random eleven-digit
numbers in ten thousand pass by chance, so a pseudonym should not have eleven digits.

Source: the national population register's rules for fødselsnummer, D- and H-numbers.
"""

_WEIGHTS_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_WEIGHTS_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def build_shape_test(value: str) -> str:
    """Return a cheap SQL expression that is true for every text that could be such a number.

    Args:
        value: SQL expression of type varchar.
    """
    digits = f"regexp_full_match({_squeezed(value)}, '[0-9]{{11}}')"
    return f"length({value}) between 11 and 13 and {digits}"


def _squeezed(value: str) -> str:
    return f"replace(trim({value}), ' ', '')"


def build_identity_number_test(value: str) -> str:
    """Return a SQL expression that is true when a text is a national identity number.

    Args:
        value: SQL expression of type varchar.
    """
    text = _squeezed(value)
    digits = [f"cast(substr({text}, {place}, 1) as integer)" for place in range(1, 12)]
    day, month = f"cast(substr({text}, 1, 2) as integer)", f"cast(substr({text}, 3, 2) as integer)"
    return (
        f"case when {build_shape_test(value)}"
        f" then ({day} between 1 and 31 or {day} between 41 and 71)"
        f" and ({month} between 1 and 12 or {month} between 41 and 52)"
        f" and ({_weighted(_WEIGHTS_FIRST, digits)}) % 11 = 0"
        f" and ({_weighted(_WEIGHTS_SECOND, digits)}) % 11 = 0"
        " else false end"
    )


def _weighted(weights: tuple[int, ...], digits: list[str]) -> str:
    return " + ".join(f"{weight} * {digit}" for weight, digit in zip(weights, digits, strict=False))
