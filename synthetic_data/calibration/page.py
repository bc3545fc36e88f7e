"""Set public figures beside what came out of the generator, as a page of the documentation."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthetic_data.block import build_lives, count_blocks
from synthetic_data.calibration.figures import Figures, build_figures
from synthetic_data.calibration.measure import add_counts, measure_block
from synthetic_data.scenario import read_scenario
from synthetic_data.streams import open_stream

_TARGETS = Path(__file__).with_name("targets.csv")
_HEAD = """\
# Calibration of the synthetic registers

Made by `make calibration`: scenario `{scenario}`, {persons:,} persons, seed {seed}. The registers
are made from published aggregates only; this page sets each public figure beside what came out.
The difference is that to the nearest end of what was published; a figure without a tolerance is
shown and not held to. `tests/synthetic/test_calibration.py` asserts the table. What has no source
is marked as an assumption in `synthetic_data/parameters/norway.toml`.

{kept} of {held} figures with a tolerance are within it.

| figure | unit | published | synthetic | difference | tolerance | source | note |
|---|---|--:|--:|--:|--:|---|---|
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A public figure, or a range of them.

    Attributes:
        figure_id: Name of the figure in `figures.build_figures`.
        what: In words.
        unit: Of all numbers.
        low: Smallest published value.
        high: Largest published value.
        tolerance: How far outside a figure may lie; None when it is only shown.
        source: Where it was published.
        note: What differs here.
    """

    figure_id: str
    what: str
    unit: str
    low: float
    high: float
    tolerance: float | None
    source: str
    note: str

    def difference(self, value: float) -> float:
        """Distance to the nearest end of the range, 0 inside it."""
        return min(value - self.low, 0.0) + max(value - self.high, 0.0)

    def is_kept(self, value: float) -> bool:
        """Whether a figure is within the tolerance, or there is none."""
        # Rounded as shown, so that a planted zero does not fail by a rounding of floats.
        return self.tolerance is None or abs(round(self.difference(value), 6)) <= self.tolerance


def read_targets() -> list[Target]:
    """Read targets.csv."""
    with _TARGETS.open(encoding="utf-8", newline="") as lines:
        return [
            Target(
                figure_id=row["figure_id"],
                what=row["what"],
                unit=row["unit"],
                low=float(row["low"]),
                high=float(row["high"]),
                tolerance=float(row["tolerance"]) if row["tolerance"] else None,
                source=row["source"],
                note=row["note"],
            )
            for row in csv.DictReader(lines)
        ]


def measure_population(scenario: str, persons: int, seed: int) -> Figures:
    """Draw a population and give its figures.

    Args:
        scenario: Name of the scenario.
        persons: Size of the population.
        seed: Any whole number from 0.
    """
    parameters = read_scenario(scenario)
    counts = [
        _measure(parameters, persons=persons, seed=seed, block=block)
        for block in range(count_blocks(persons))
    ]
    return build_figures(add_counts(counts), parameters)


def _measure(
    parameters: dict[str, Any], *, persons: int, seed: int, block: int
) -> dict[str, np.ndarray]:
    lives = build_lives(parameters, seed=seed, block=block, persons=persons)
    return measure_block(lives, parameters, open_stream(seed, block, "nav_files"))


def render_page(figures: Figures, *, scenario: str, persons: int, seed: int) -> str:
    """Write the page.

    Args:
        figures: From `measure_population`.
        scenario: Name of the scenario.
        persons: Size of the population.
        seed: Of it.
    """
    targets = read_targets()
    held = [target for target in targets if target.tolerance is not None]
    head = _HEAD.format(
        scenario=scenario,
        persons=persons,
        seed=seed,
        kept=sum(target.is_kept(figures[target.figure_id]) for target in held),
        held=len(held),
    )
    return head + "".join(_render_row(target, figures[target.figure_id]) for target in targets)


def _render_row(target: Target, value: float) -> str:
    is_point = target.low == target.high
    published = f"{target.low:g}" if is_point else f"{target.low:g} to {target.high:g}"
    tolerance = "" if target.tolerance is None else f"{target.tolerance:g}"
    cells = [
        *(target.what, target.unit, published, f"{value:.2f}"),
        *(f"{target.difference(value):+.2f}", tolerance, target.source, target.note),
    ]
    return f"| {' | '.join(cells)} |\n"
