"""The planted truth against a slow recount from the written files."""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthetic_data.spells import ALLOWANCE, SICK_LEAVE, Spells, clip_to_disjoint, count_days

RECOUNTED = 400
FIT_TOLERANCE_DAYS = 0.2
"""How far the mean of the equations may lie from what the scenario says it plants."""
LARGEST_Z = 3.5
"""Chance alone goes beyond this once in two thousand seeds."""

Rows = Callable[[str], Iterator[dict[str, str]]]


@pytest.fixture(scope="module")
def days_by_person(read_rows: Rows, truth: list[dict[str, Any]]) -> dict[str, Any]:
    """Sick-leave days and benefit days of some treated persons, as sets of dates."""
    treated = sorted({row["npr_id"] for row in truth})
    links = {row["npr_lopenr"]: row["nav_lopenr"] for row in read_rows("kobling.csv")}
    linked = [person for person in treated if person in links]
    chosen = {
        links[person]: str(person)
        for person in np.random.default_rng(1).choice(linked, RECOUNTED, replace=False)
    }
    days: dict[str, Any] = {person: (set(), set()) for person in chosen.values()}
    for row in read_rows("nav/*.csv"):
        if row["nav_lopenr"] in chosen:
            start = date.fromisoformat(row["fom"])
            end = date.fromisoformat(row["tom"] or "2020-12-31")
            covered = {start + timedelta(n) for n in range((end - start).days + 1)}
            sick, any_benefit = days[chosen[row["nav_lopenr"]]]
            any_benefit |= covered
            if row["ytelse"] == "SP":
                sick |= covered
    return days


@pytest.mark.parametrize("outcome", ["sick_leave_days", "health_benefit_days"])
def test_the_files_show_exactly_the_days_of_the_truth(
    outcome: str, truth: list[dict[str, Any]], days_by_person: dict[str, Any]
) -> None:
    compared = 0
    for row in truth:
        if row["outcome"] != outcome or row["npr_id"] not in days_by_person:
            continue
        index = row["index_date"]
        covered = days_by_person[row["npr_id"]][outcome == "health_benefit_days"]
        before = sum(index - timedelta(365) <= day < index for day in covered)
        after = sum(index <= day < index + timedelta(365) for day in covered)
        assert (before, after) == (row["y0_before"], row["y1_after"])
        compared += 1
    assert compared == RECOUNTED


def test_the_mean_effect_of_each_sector_is_the_planted_one(
    delivery: Path, truth: list[dict[str, Any]]
) -> None:
    parameters = tomllib.loads((delivery / "truth" / "parameters.toml").read_text())
    for sector, planted in parameters["planted"].items():
        for outcome, target in planted.items():
            effects = [
                row["effect"]
                for row in truth
                if row["sector"] == sector and row["outcome"] == outcome
            ]
            chance = LARGEST_Z * np.std(effects) / np.sqrt(len(effects))
            assert np.mean(effects) == pytest.approx(target, abs=FIT_TOLERANCE_DAYS + chance)


def test_effects_differ_between_persons(truth: list[dict[str, Any]]) -> None:
    effects = {
        row["effect"]
        for row in truth
        if row["sector"] == "ARR" and row["outcome"] == "sick_leave_days"
    }
    assert len(effects) > 5
    assert max(effects) == 0


def test_effect_is_the_difference_of_the_two_counts(truth: list[dict[str, Any]]) -> None:
    assert all(row["effect"] == row["y1_after"] - row["y0_after"] for row in truth)


def test_counting_days_agrees_with_sets_of_days() -> None:
    rng = np.random.default_rng(5)
    start = rng.integers(14_000, 14_200, 300)
    drawn = Spells(
        person=rng.integers(0, 12, 300),
        start=start,
        end=start + rng.integers(1, 40, 300),
        kind=rng.choice([SICK_LEAVE, ALLOWANCE], 300),
        grade=np.full(300, 100),
    )
    spells = clip_to_disjoint(drawn)
    person, begin = np.arange(12), np.full(12, 14_050)
    counted = count_days(spells, person, begin, end=begin + 100, kinds=[SICK_LEAVE, ALLOWANCE])
    for position in person:
        mine = np.flatnonzero(drawn.person == position)
        covered = {d for row in mine for d in range(drawn.start[row], drawn.end[row])}
        assert counted[position] == len(covered & set(range(14_050, 14_150)))
