"""The planted truth against a slow recount from the written files."""

import tomllib
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
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


@pytest.fixture(scope="module")
def lost_by_person(read_rows: Rows, truth: list[dict[str, Any]]) -> dict[str, dict[date, float]]:
    """Part of a full position that is lost on each weekday, of some treated persons."""
    links = {row["nav_lopenr"]: row["npr_lopenr"] for row in read_rows("kobling.csv")}
    treated = sorted({row["npr_id"] for row in truth} & set(links.values()))
    chosen = set(np.random.default_rng(2).choice(treated, RECOUNTED, replace=False))
    jobs: dict[str, dict[date, dict[str, float]]] = {str(person): {} for person in chosen}
    for row in read_rows("nav/*.csv"):
        person = links.get(row["nav_lopenr"])
        if person not in jobs or row["ytelse"] != "SP":
            continue
        start, end = date.fromisoformat(row["fom"]), date.fromisoformat(row["tom"] or "2020-12-31")
        part = float(row["grad"] or 100) * float(row["stillingsprosent"]) / 10_000
        for day in (start + timedelta(n) for n in range((end - start).days + 1)):
            if day.weekday() < 5:
                jobs[person].setdefault(day, {})[row["jobb_id"]] = part
    return {
        person: {day: min(sum(parts.values()), 1.0) for day, parts in days.items()}
        for person, days in jobs.items()
    }


def test_the_files_show_exactly_the_dagsverk_of_the_truth(
    truth: list[dict[str, Any]], lost_by_person: dict[str, dict[date, float]]
) -> None:
    compared = 0
    for row in truth:
        if row["outcome"] != "sick_leave_dagsverk" or row["npr_id"] not in lost_by_person:
            continue
        index, lost = row["index_date"], lost_by_person[row["npr_id"]]
        year = timedelta(365)
        before = sum(part for day, part in lost.items() if index - year <= day < index)
        after = sum(part for day, part in lost.items() if index <= day < index + year)
        assert (before, after) == pytest.approx((row["y1_before"], row["y1_after"]))
        compared += 1
    assert compared == RECOUNTED


def test_effects_by_period_lie_after_the_index_date_and_add_up(
    delivery: Path, truth: list[dict[str, Any]]
) -> None:
    periods = pq.read_table(delivery / "truth" / "event_time.parquet").to_pandas()
    assert periods["event_time"].min() >= 0
    inside = periods[(periods["event_time"] < 12) & (periods["outcome"] == "sick_leave_days")]
    keys = ["npr_id", "sector", "index_date"]
    found = inside.groupby(keys)["effect"].sum()
    expected = {
        tuple(row[key] for key in keys): row["effect"]
        for row in truth
        if row["outcome"] == "sick_leave_days" and row["effect"] != 0
    }
    # The window of a year is five days longer than twelve periods.
    assert all(abs(found.get(key, 0.0) - days) <= 5 for key, days in expected.items())
    assert len(expected) > 50


def test_the_summary_holds_the_means_of_the_effects(
    delivery: Path, truth: list[dict[str, Any]]
) -> None:
    summary = pq.read_table(delivery / "truth" / "summary.parquet").to_pylist()
    wanted = {"by": "sex_code", "level": "2", "sector": "ARR", "outcome": "sick_leave_days"}
    row = next(row for row in summary if wanted.items() <= row.items())
    days = [
        effect["effect"]
        for effect in truth
        if (effect["sex_code"], effect["sector"], effect["outcome"])
        == ("2", "ARR", wanted["outcome"])
    ]
    assert (row["n_treated"], row["effect"]) == (len(days), pytest.approx(np.mean(days), abs=1e-5))


def test_the_uncoded_are_no_part_of_the_effects(
    delivery: Path, truth: list[dict[str, Any]]
) -> None:
    uncoded = pq.read_table(delivery / "truth" / "uncoded.parquet").to_pylist()
    assert {row["index_date"].year for row in uncoded} == {2018}
    assert not {row["npr_id"] for row in uncoded} & {row["npr_id"] for row in truth}
