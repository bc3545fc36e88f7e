"""The synthetic registers have the public figures they are made from, and the page says so."""

import re
from pathlib import Path

import pytest

from synthetic_data.calibration.figures import Figures
from synthetic_data.calibration.page import Target, measure_population, read_targets

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"
PERSONS, SEED = 200_000, 3
"""A fifth of the page's population and another seed, so the page is not its own proof."""
MARGIN = 1.35
"""Chance in a smaller population, in tolerances; the page itself gets none."""
TARGETS = read_targets()
HELD = [target for target in TARGETS if target.tolerance is not None]


@pytest.fixture(scope="module")
def figures() -> Figures:
    return measure_population("sintef", PERSONS, SEED)


@pytest.fixture(scope="module")
def page() -> dict[str, list[str]]:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    return {row[0].removeprefix("| "): row for row in rows if len(row) > 6}


@pytest.mark.parametrize("target", HELD, ids=lambda target: target.figure_id)
def test_the_page_keeps_every_tolerance(target: Target, page: dict[str, list[str]]) -> None:
    row = page[target.what]
    assert float(row[5]) == target.tolerance
    assert abs(float(row[4])) <= target.tolerance
    assert float(row[4]) == pytest.approx(target.difference(float(row[3])), abs=0.011)


def test_another_population_has_the_figures_too(figures: Figures) -> None:
    wrong = {
        target.figure_id: figures[target.figure_id]
        for target in HELD
        if abs(target.difference(figures[target.figure_id])) > (target.tolerance or 0.0) * MARGIN
        and not target.figure_id.startswith("effect_")
    }
    assert wrong == {}


def test_the_page_shows_every_target_and_its_source(page: dict[str, list[str]]) -> None:
    assert set(page) - {"figure"} == {target.what for target in TARGETS}
    assert all(target.source for target in TARGETS)
    assert len({target.figure_id for target in TARGETS}) == len(TARGETS)


def test_every_number_of_the_population_has_a_source_or_is_an_assumption() -> None:
    """A line with a number, or the comment above its table, says where it comes from."""
    folder = Path(__file__).parents[2] / "synthetic_data" / "parameters"
    lines = (folder / "norway.toml").read_text(encoding="utf-8").splitlines()
    said = re.compile(
        r"assumption|fitted|\[[A-Z][\w-]*[ \w]*\]|facts|F\d|direction|\[ftrl|\[1\.7\]|law"
    )
    unsaid, above = [], ""
    for line in lines:
        if line.startswith("#"):
            above += line
        elif not line:
            above = ""
        elif line.startswith("["):
            above = f"{above} {line}" if "#" in line or above else line
        elif re.search(r"=\s*[\[{]?\s*[\d\"]", line) and not said.search(f"{above} {line}"):
            unsaid.append(line)
    assert unsaid == []
