"""Read a scenario: every parameter of the synthetic registers, from one TOML file.

Nothing is drawn here. A parameter that is missing shows itself as a KeyError in the module
that needs it; the files are part of the project and covered by tests.
"""

import tomllib
from pathlib import Path
from typing import Any

SCENARIO_FOLDER = Path(__file__).with_name("scenarios")
SECTORS = ("SOM", "PHV", "TSB", "ARR")
SOM, PHV, TSB, ARR = range(4)
"""Position of each sector in `SECTORS`; arrays hold positions, files hold names."""

FIRST_YEAR = 2008
LAST_YEAR = 2018


def list_scenarios() -> list[str]:
    """Name the scenarios that can be generated, in alphabetical order."""
    return sorted(path.stem for path in SCENARIO_FOLDER.glob("*.toml"))


def read_scenario(name: str) -> dict[str, Any]:
    """Read one scenario.

    Args:
        name: File name without extension.

    Raises:
        ValueError: There is no such scenario.
    """
    if name not in list_scenarios():
        raise ValueError(
            f"scenario {name!r} does not exist; choose one of: {', '.join(list_scenarios())}."
        )
    return tomllib.loads((SCENARIO_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def by_sector(values: dict[str, float]) -> list[float]:
    """Order a table keyed by sector name as `SECTORS`."""
    return [values[sector] for sector in SECTORS]
