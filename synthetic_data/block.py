"""One block of persons, from random numbers to the tables of its files.

The order of the steps is the order of causes: persons, care, benefits without treatment, who is
treated, benefits with treatment, what the registers show of it, and the truth.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from synthetic_data import columns
from synthetic_data.contacts import (
    Contacts,
    OtherContacts,
    add_illness,
    build_contacts,
    build_other_contacts,
)
from synthetic_data.courses import Courses, build_courses
from synthetic_data.days import Flags, Ints, take
from synthetic_data.effects import apply_treatment
from synthetic_data.multipliers import build_multipliers
from synthetic_data.nav_files import build_nav_tables
from synthetic_data.nav_rows import build_nav_rows
from synthetic_data.npr_files import build_npr_tables, place_institutions
from synthetic_data.npr_rows import build_npr_rows
from synthetic_data.population import Persons, build_persons
from synthetic_data.sick_leave import build_untreated_spells
from synthetic_data.spells import Spells
from synthetic_data.ssb_files import build_ssb_tables
from synthetic_data.streams import BLOCK_PERSONS, open_stream
from synthetic_data.threats import plant_threats, sick_days_before
from synthetic_data.treatment import Treatment, assign_treatment
from synthetic_data.truth import (
    EDUCATION_GROUPS,
    build_effects,
    build_event_time,
    summarise_effects,
)

_AGE_BAND_YEARS = 5


@dataclass(frozen=True, slots=True)
class Lives:
    """What happens in a block of persons, before any file is thought of.

    Attributes:
        persons: The block.
        courses: Their courses.
        contacts: Contacts of the courses.
        other: Contacts for other diagnoses.
        untreated: Benefits without treatment.
        treatment: Who is treated and coded.
        observed: Benefits with treatment.
        sick_days: Days of untreated sick leave before each course's index date, shape (n_courses,).
    """

    persons: Persons
    courses: Courses
    contacts: Contacts
    other: OtherContacts
    untreated: Spells
    treatment: Treatment
    observed: Spells
    sick_days: Ints


@dataclass(frozen=True, slots=True)
class BlockTables:
    """What a block adds to the delivery.

    Attributes:
        files: Part of each file, by its path without ending.
        effects: Part of truth/effects: who is treated and coded.
        uncoded: Part of truth/uncoded: who is treated and not coded, whom no study can find.
        event_time: Part of truth/event_time.
        summary: Sums and numbers behind truth/summary.
    """

    files: dict[str, pa.Table]
    effects: pa.Table
    uncoded: pa.Table
    event_time: pa.Table
    summary: pa.Table


def count_blocks(persons: int) -> int:
    """Give the number of blocks of a population."""
    return -(-persons // BLOCK_PERSONS)


def build_lives(scenario: dict[str, Any], *, seed: int, block: int, persons: int) -> Lives:
    """Draw one block.

    Args:
        scenario: The whole scenario.
        seed: Of the delivery.
        block: Number of the block from 0.
        persons: Size of the whole population; the last block may be smaller than the others.
    """

    def stream(purpose: str) -> np.random.Generator:
        return open_stream(seed, block, purpose)

    first = block * BLOCK_PERSONS
    count = min(BLOCK_PERSONS, persons - first)
    people = build_persons(count, scenario, stream("persons"), first=first, seed=seed)
    courses = build_courses(people, scenario, stream("courses"))
    contacts = build_contacts(courses, people, scenario, rng=stream("contacts"))
    other = build_other_contacts(people, scenario, stream("other_contacts"))
    untreated = build_untreated_spells(people, courses, scenario, rng=stream("benefits"))
    threat = plant_threats(untreated, courses, people, scenario=scenario, rng=stream("threats"))
    if threat.is_ill.any():
        other = add_illness(
            other,
            courses,
            people,
            is_ill=threat.is_ill,
            scenario=scenario,
            rng=stream("illness"),
        )
    treatment = assign_treatment(
        courses,
        contacts,
        people,
        scenario=scenario,
        rng=stream("treatment"),
        weight=threat.weight,
    )
    sick_days = sick_days_before(threat.untreated, courses)
    is_treated = np.flatnonzero(treatment.is_treated)
    treated = take(courses, is_treated)
    observed = apply_treatment(
        threat.untreated,
        treated,
        people,
        scenario=scenario,
        multiplier=build_multipliers(treated, people, sick_days[is_treated], scenario),
        rng=stream("effects"),
    )
    return Lives(
        persons=people,
        courses=courses,
        contacts=contacts,
        other=other,
        untreated=threat.untreated,
        treatment=treatment,
        observed=observed,
        sick_days=sick_days,
    )


def build_block(scenario: dict[str, Any], *, seed: int, block: int, persons: int) -> BlockTables:
    """Draw one block, and build its part of every file.

    Args:
        scenario: The whole scenario.
        seed: Of the delivery.
        block: Number of the block from 0.
        persons: Size of the whole population.
    """
    lives = build_lives(scenario, seed=seed, block=block, persons=persons)

    def stream(purpose: str) -> np.random.Generator:
        return open_stream(seed, block, purpose)

    npr_stream, nav_stream = stream("npr_files"), stream("nav_files")
    npr_rows = build_npr_rows(
        lives.courses,
        lives.contacts,
        lives.other,
        lives.treatment,
        scenario=scenario,
        rng=npr_stream,
    )
    nav_rows = build_nav_rows(lives.observed, lives.courses, scenario, nav_stream)
    treatment = lives.treatment
    effects = _build_effects(lives, treatment.is_coded, scenario)
    coded = take(lives.courses, np.flatnonzero(treatment.is_coded))
    return BlockTables(
        files={
            **build_npr_tables(
                npr_rows,
                lives.persons,
                scenario=scenario,
                rng=npr_stream,
                procedure_rng=stream("procedures"),
            ),
            **build_nav_tables(nav_rows, lives.persons, scenario),
            **build_ssb_tables(lives.persons, scenario, stream("ssb_files")),
        },
        effects=effects,
        uncoded=_build_effects(lives, treatment.is_treated & ~treatment.is_coded, scenario),
        event_time=build_event_time(
            lives.untreated,
            lives.observed,
            coded,
            npr_ids=columns.npr_ids(lives.persons.npr_number[coded.person]),
        ),
        summary=summarise_effects(effects),
    )


def _build_effects(lives: Lives, wanted: Flags, scenario: dict[str, Any]) -> pa.Table:
    """Count the outcomes of some courses without and with treatment."""
    rows = np.flatnonzero(wanted)
    courses = take(lives.courses, rows)
    about = _describe(courses, lives.persons, lives.sick_days[rows], scenario)
    return build_effects(lives.untreated, lives.observed, courses, about=about)


def _describe(
    coded: Courses, persons: Persons, sick_days: Ints, scenario: dict[str, Any]
) -> dict[str, pa.Array]:
    """Describe each coded index person by what subgroups are made of."""
    categories = sorted({entry["icd10"][0][:3] for entry in scenario["diagnosis"]})
    category = np.array([categories.index(e["icd10"][0][:3]) for e in scenario["diagnosis"]])
    numbers, _, place = place_institutions(
        coded.sector, persons.municipality[coded.person], scenario
    )
    band = coded.age // _AGE_BAND_YEARS
    bands = [f"{5 * n}-{5 * n + 4}" for n in range(int(band.max(initial=0)) + 1)]
    texts = {
        "sex_code": columns.look_up(["0", "1", "2"], persons.sex[coded.person]),
        "age_band": columns.look_up(bands, band),
        "education_group": columns.look_up(EDUCATION_GROUPS, coded.education),
        "icd10": columns.look_up(categories, category[coded.diagnosis]),
        "service": columns.look_up(numbers, place),
    }
    return {
        "npr_id": columns.npr_ids(persons.npr_number[coded.person]),
        **{name: column.cast(pa.string()) for name, column in texts.items()},
        "sick_days_at_index": pa.array(sick_days),
    }
