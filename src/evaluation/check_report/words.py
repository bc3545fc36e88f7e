"""Numbers and names as people read them, alike on the page and in the terminal."""

from typing import Any

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


def describe_share(row: dict[str, Any]) -> str:
    """Tell how much of what was examined breaks a check.

    Args:
        row: Of the quality table.
    """
    if row["status"] == "error":
        return "the check itself could not be run"
    return (
        f"{show_count(row['n_violations'])} of {show_count(row['n_rows'])}"
        f" ({show_percent(row['share'], decimals=2)}); allowed:"
        f" {show_percent(row['threshold'], decimals=2)}"
    )


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
    parts = [str(place["place"])]
    if place.get("column"):
        parts.append(f"column {place['column']}")
    text = ", ".join(parts)
    if place.get("rule"):
        text += f": {str(place['rule']).replace('_', ' ')}"
    text += f" in {show_count(place['n_violations'])}"
    if place.get("n_rows"):
        text += f" of {show_count(place['n_rows'])}"
    if place.get("first_row") is not None:
        text += f", first in row {place['first_row']:.0f}"
    return text
