"""Write a delivery of synthetic registers with a known truth.

Order: persons, courses and contacts, benefits without treatment, who is treated, benefits with
treatment, files, truth. Every part draws from a stream of its own, so that a change in one
does not move another. Same scenario, number and seed give the same bytes.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from synthetic_data import csv_files
from synthetic_data.courses import build_contacts, build_courses
from synthetic_data.days import take
from synthetic_data.effects import apply_treatment
from synthetic_data.manifest import write_manifest
from synthetic_data.nav_files import write_nav_files
from synthetic_data.npr_files import write_npr_files
from synthetic_data.population import build_persons
from synthetic_data.scenario import list_scenarios, read_scenario
from synthetic_data.sick_leave import build_untreated_spells
from synthetic_data.ssb_files import write_ssb_files
from synthetic_data.treatment import assign_treatment
from synthetic_data.truth import build_effects, write_truth

__all__ = ["list_scenarios", "write_delivery"]

Progress = Callable[[str, int, int], None]

FEWEST_PERSONS = 1000
STREAMS = ("persons", "courses", "contacts", "benefits", "treatment", "effects", "files")
STEPS = ("persons", "contacts", "benefits", "treatment", "contact files", "benefit files", "truth")


def write_delivery(
    *,
    scenario: str,
    persons: int,
    seed: int,
    out: Path,
    progress: Progress | None = None,
) -> None:
    """Write the delivery folder `out`, whole or not at all.

    Args:
        scenario: One of `list_scenarios()`.
        persons: Size of the population, at least 1,000.
        seed: Any whole number from 0.
        out: The folder; it must not exist, or be empty.
        progress: Called with step, its number from 1, and the number of steps.

    Raises:
        ValueError: Unknown scenario, too few persons or a negative seed.
        FileExistsError: `out` holds something.
    """
    parameters = read_scenario(scenario)
    _validate_size(persons, seed)
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(
            f"{out} exists and is not empty; nothing was written. Give another folder, or"
            " remove this one first."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name}-unfinished-", dir=out.parent))
    try:
        about = {"scenario": scenario, "persons": persons, "seed": seed}
        _write_files(parameters, about, unfinished, progress=progress or _say_nothing)
        unfinished.chmod(0o755)
        if out.exists():
            out.rmdir()
        unfinished.rename(out)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _say_nothing(step: str, number: int, of: int) -> None:
    """Ignore progress."""


def _validate_size(persons: int, seed: int) -> None:
    if persons < FEWEST_PERSONS:
        raise ValueError(
            f"persons is {persons}; it must be at least {FEWEST_PERSONS}. Typical: 200000."
        )
    if seed < 0:
        raise ValueError(f"seed is {seed}; it must be 0 or above. Typical: 1.")


def _write_files(
    scenario: dict[str, Any], about: dict[str, Any], folder: Path, *, progress: Progress
) -> None:
    children = np.random.SeedSequence(about["seed"]).spawn(len(STREAMS))
    streams = dict(zip(STREAMS, map(np.random.default_rng, children), strict=True))
    told = iter(range(1, len(STEPS) + 1))

    def tell() -> None:
        number = next(told)
        progress(STEPS[number - 1], number, len(STEPS))

    tell()
    persons = build_persons(about["persons"], scenario, streams["persons"])
    tell()
    courses = build_courses(persons, scenario, streams["courses"])
    contacts = build_contacts(courses, persons, scenario, rng=streams["contacts"])
    tell()
    untreated = build_untreated_spells(persons, courses, scenario, rng=streams["benefits"])
    tell()
    treatment = assign_treatment(
        courses, contacts, persons, scenario=scenario, rng=streams["treatment"]
    )
    treated = take(courses, treatment.is_treated)
    observed = apply_treatment(
        untreated, treated, persons, scenario=scenario, rng=streams["effects"]
    )
    tell()
    files = streams["files"]
    write_npr_files(
        courses, contacts, treatment, persons=persons, scenario=scenario, rng=files, folder=folder
    )
    tell()
    write_nav_files(observed, persons, scenario, rng=files, folder=folder)
    write_ssb_files(persons, scenario, files, folder=folder)
    tell()
    coded = take(courses, treatment.is_coded)
    ids = csv_files.npr_ids(persons.npr_number[coded.person])
    effects = build_effects(untreated, observed, coded, npr_ids=ids)
    write_truth(effects, {**about, "planted": scenario["effects"]}, folder / "truth")
    write_manifest(about, folder)
