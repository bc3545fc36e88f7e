"""Read a scenario: the parameters of the register population, and what the scenario changes.

Nothing is drawn here. A parameter that is missing shows itself as a KeyError in the module
that needs it; the files are part of the project and covered by tests.
"""

import tomllib
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_POPULATION = _FOLDER / "parameters" / "norway.toml"
_SCENARIOS = _FOLDER / "scenarios"
SECTORS = ("SOM", "PHV", "TSB", "ARR")
SOM, PHV, TSB, ARR = range(4)
"""Position of each sector in `SECTORS`; arrays hold positions, files hold names."""

MADE_FROM = (
    "# SYNTHETIC registers, made from published aggregates only. No row comes from a person."
)
"""Said at the head of delivery.toml and truth/parameters.toml."""

FIRST_YEAR = 2008
LAST_YEAR = 2018


def list_scenarios() -> list[str]:
    """Name the scenarios that can be generated, in alphabetical order."""
    return sorted(path.stem for path in _SCENARIOS.glob("*.toml"))


def read_scenario(name: str) -> dict[str, Any]:
    """Read one scenario on top of the parameters that all of them share.

    Args:
        name: File name without extension.

    Raises:
        ValueError: There is no such scenario.
    """
    if name not in list_scenarios():
        raise ValueError(
            f"scenario {name!r} does not exist; choose one of: {', '.join(list_scenarios())}."
        )
    return merge(_read(_POPULATION), _read(_SCENARIOS / f"{name}.toml"))


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Lay changes over a base, table by table; a value or list that is changed is replaced."""
    merged = dict(base)
    for key, value in changes.items():
        both_tables = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = merge(base[key], value) if both_tables else value
    return merged


def by_sector(values: dict[str, float]) -> list[float]:
    """Order a table keyed by sector name as `SECTORS`."""
    return [values[sector] for sector in SECTORS]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
