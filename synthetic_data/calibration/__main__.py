"""Measure a population and write docs/calibration.md: `python -m synthetic_data.calibration`."""

import sys
from pathlib import Path

from synthetic_data.calibration.page import measure_population, render_page

SCENARIO, PERSONS, SEED = "sintef", 1_000_000, 1


def main(target: Path) -> None:
    """Write the page to a file."""
    figures = measure_population(SCENARIO, PERSONS, SEED)
    page = render_page(figures, scenario=SCENARIO, persons=PERSONS, seed=SEED)
    target.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
