"""How strongly each treated person is affected: the multiplier m of the structural equations.

1 for everybody unless the scenario has a [multiplier] table. Factors multiply; the table's
`level` is set so that the mean over the treated of a sector stays about 1.
"""

from typing import Any

import numpy as np

from synthetic_data.courses import Courses
from synthetic_data.days import Floats, Ints
from synthetic_data.population import Persons
from synthetic_data.threats import service_start_days


def build_multipliers(
    treated: Courses, persons: Persons, sick_days: Ints, scenario: dict[str, Any]
) -> Floats:
    """Give the multiplier of each treated course.

    by_sex          factor of men and of women.
    by_diagnosis    factor of the letters with which a diagnosis begins.
    timing          factor `early` within the first `golden_days` of sick leave, `late` after.
    by_service      factors in the order of the list of places, repeated.
    per_year_open   added for each year since the service started (staggered services).

    Args:
        treated: The treated courses, shape (n,).
        persons: The block.
        sick_days: Days of sick leave under way before the index date, 0 for none, shape (n,).
        scenario: The whole scenario.
    """
    settings = scenario.get("multiplier", {})
    strength = np.full(len(treated.person), settings.get("level", 1.0))
    if "by_sex" in settings:
        strength *= np.array(settings["by_sex"])[persons.sex[treated.person] - 1]
    if "by_diagnosis" in settings:
        letters = [entry["icd10"][0][0] for entry in scenario["diagnosis"]]
        factors = np.array([settings["by_diagnosis"].get(letter, 1.0) for letter in letters])
        strength *= factors[treated.diagnosis]
    if "timing" in settings:
        timing = settings["timing"]
        is_early = sick_days <= timing["golden_days"]
        strength *= np.where(is_early, timing["early"], timing["late"])
    place = persons.municipality[treated.person]
    if "by_service" in settings:
        factors = np.array(settings["by_service"])
        strength *= factors[place % len(factors)]
    if "per_year_open" in settings:
        years = (treated.index_day - service_start_days(scenario)[place]) / 365.25
        strength *= 1.0 + settings["per_year_open"] * np.maximum(years, 0.0)
    return strength
