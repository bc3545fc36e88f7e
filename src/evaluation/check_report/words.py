"""Numbers and names as people read them, alike on the page and in the terminal."""

from collections.abc import Sequence
from typing import Any

from evaluation.quality.scan import UNKNOWN_CODE

SECTORS = {
    "SOM": "Somatic care",
    "PHV": "Mental health care",
    "TSB": "Substance use treatment",
    "ARR": "Work-oriented rehabilitation",
    "ALL": "All sectors",
    "unknown": "Sector unknown",
}
DIMENSIONS = {
    "sector": "Sector",
    "year": "Year",
    "debitor_code": "Debitor code",
    "age_band": "Age",
    "sex": "Sex",
    "arm": "Arm",
}
VERDICTS = {
    "pass": "alike",
    "attention": "attention",
    "uncertain": "may be chance",
    "not_applicable": "not judged",
}
UNLIKE = {
    "means": "the arms lose different persons, so that an effect may be of who was lost",
    "to do": "look at that sector by year and debitor code, and ask the owner for the keys",
}
QUARANTINE_NOTE = (
    "A check keeps no rows. evaluation run keeps those in quarantine, in"
    " OUT/restricted/quarantine.parquet."
)
_SEXES = {"1": "Man", "2": "Woman"}
_MINUS = "−"


def show_count(value: Any) -> str:
    """Write a count with thousands apart; nothing for none.

    Args:
        value: A number, or None.
    """
    return "" if value is None else f"{value:,.0f}"


def show_percent(value: Any, *, decimals: int = 1) -> str:
    """Write a share as per cent.

    Args:
        value: 0 to 1, or None.
        decimals: Digits after the point.
    """
    return "" if value is None else f"{100 * value:.{decimals}f} %"


def show_points(value: Any) -> str:
    """Write a difference in percentage points with its sign.

    Args:
        value: Percentage points, or None.
    """
    if value is None:
        return ""
    text = f"{value:+.2f}"
    return ("0.00" if float(text) == 0 else text).replace("-", _MINUS)


def show_p_value(value: Any) -> str:
    """Write a p-value.

    Args:
        value: 0 to 1, or None.
    """
    if value is None:
        return ""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def name_check(check_id: str) -> str:
    """Turn the id of a check into its rule in words.

    Args:
        check_id: Such as check_contacts_are_linked.
    """
    words = check_id.removeprefix("check_").replace("_", " ")
    return words[:1].upper() + words[1:]


def name_level(dimension: str, level: str) -> str:
    """Name a level of the linkage report.

    Args:
        dimension: Such as sector.
        level: Such as SOM.
    """
    if dimension == "sector":
        return SECTORS.get(level, level)
    names = _SEXES if dimension == "sex" else {}
    return names.get(level, level).capitalize() if level.isalpha() else names.get(level, level)


def show_allowed(threshold: float) -> str:
    """Write the share that a check allows to break it.

    Args:
        threshold: 0 to 1.
    """
    return f"{100 * threshold:g} %" if threshold else "none"


def write_sentence(text: str) -> str:
    """Begin a text with a capital and end it with a full stop, however a header has it.

    Args:
        text: Of the header of a check.
    """
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def is_cell(place: dict[str, Any]) -> bool:
    """Tell a cell of counts from a file.

    Args:
        place: Of the table of places.
    """
    return place["first_row"] is None and not is_unknown_code(place)


def is_unknown_code(place: dict[str, Any]) -> bool:
    """Tell a code that no list knows from a file and a cell.

    Args:
        place: Of the table of places.
    """
    return bool(place["first_row"] is None and place["rule"] == UNKNOWN_CODE)


def describe_share(row: dict[str, Any], places: Sequence[dict[str, Any]] = ()) -> str:
    """Tell how much of what was examined breaks a check.

    Args:
        row: Of the quality table.
        places: Of that check.
    """
    if row["status"] == "error":
        return "could not be run; this says nothing about the delivery"
    unit = "cells" if any(is_cell(place) for place in places) else "rows"
    return (
        f"does not hold in {show_count(row['n_violations'])} of {show_count(row['n_rows'])} {unit}"
        f" ({show_share(row['share'])}; allowed: {show_allowed(row['threshold'])})"
    )


def show_share(share: float) -> str:
    """Write a share with as many digits as it needs; a small one never as nothing.

    Args:
        share: 0 to 1.
    """
    if 0 < share < 0.0001:
        return "<0.01 %"
    return f"{100 * share:.{2 if share < 0.1 else 1}f} %"


def describe_attention(row: dict[str, Any]) -> str:
    """Tell that the arms of a sector are unlinked unlike.

    Args:
        row: Of the linkage difference.
    """
    return (
        f"{SECTORS.get(row['sector'], row['sector'])}: unlinked are"
        f" {show_percent(row['share_treated'], decimals=2)} of treated and"
        f" {show_percent(row['share_comparators'], decimals=2)} of comparators"
    )


def describe_place(place: dict[str, Any]) -> str:
    """Tell one place where a check is broken.

    Args:
        place: Of the table of places.
    """
    text, number = str(place["place"]), show_count(place["n_violations"])
    if is_unknown_code(place):
        return f"{text}: {number} {'row' if number == '1' else 'rows'}"
    if is_cell(place):
        is_one = place["n_rows"] == place["n_violations"] == 1
        return text if is_one else f"{text}: {number} of {show_count(place['n_rows'])} cells"
    text += ": "
    # The rule of the check itself says what must hold, not what is wrong.
    if place["rule"] and f"check_{place['rule']}" != place["check_id"]:
        text += str(place["rule"]).replace("_", " ")
        text += f" ({place['column']}) in " if place["column"] else " in "
    text += f"{number} of {show_count(place['n_rows'])} rows"
    return f"{text}, first in row {place['first_row']:.0f}"
