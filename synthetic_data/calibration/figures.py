"""Turn counts of synthetic persons into the figures that public sources give.

A figure "in a country" is scaled to the persons that this population stands for
(treatment.residents_of_volumes).
"""

from typing import Any

import numpy as np

from synthetic_data.calibration.benefits import STOCK_AGES, YEARS, Counts
from synthetic_data.scenario import FIRST_YEAR, SECTORS

Figures = dict[str, float]
_SEXES = ("men", "women")


def build_figures(counts: Counts, scenario: dict[str, Any]) -> Figures:
    """Give every figure of targets.csv by its id.

    Args:
        counts: From measure.add_counts.
        scenario: The whole scenario.
    """
    settings = scenario["treatment"]
    scale = settings["residents_of_volumes"] / counts["persons"][0] / 1000.0
    return {
        **_sick_leave(counts),
        **_spells(counts, scale),
        **_stocks(counts, scale),
        **_care(counts),
        **_scheme(counts, scale / settings["multiplier"], scenario),
        **_effects(counts),
    }


def _percent(part: Any, whole: Any) -> float:
    return float(100.0 * np.sum(part) / np.sum(whole))


def _band_name(band: int) -> str:
    return "16-19" if band == 0 else f"{15 + 5 * band}-{19 + 5 * band}"


def _sick_leave(counts: Counts) -> Figures:
    figures: Figures = {}
    for year in YEARS.tolist():
        lost, agreed = counts[f"lost_{year}"], counts[f"agreed_{year}"]
        figures[f"sick_{year}_all"] = _percent(lost, agreed)
        for sex, name in enumerate(_SEXES):
            figures[f"sick_{year}_{name}"] = _percent(lost[sex], agreed[sex])
    lost, agreed = counts["lost_2017"], counts["agreed_2017"]
    third_lost, third_agreed = counts["lost_2016-3"], counts["agreed_2016-3"]
    for band in range(lost.shape[1]):
        figures[f"sick_2017_{_band_name(band)}"] = _percent(lost[:, band], agreed[:, band])
        for sex, name in enumerate(_SEXES):
            part = _percent(third_lost[sex, band], third_agreed[sex, band])
            figures[f"sick_2016-3_{name}_{_band_name(band)}"] = part
    by_quarter = counts["lost_by_quarter"] / counts["agreed_by_quarter"]
    figures["quarter_highest"] = float(np.argmax(by_quarter) + 1)
    figures["quarter_lowest"] = float(np.argmin(by_quarter) + 1)
    return figures


def _spells(counts: Counts, scale: float) -> Figures:
    number, days, short, eight_weeks, ceiling = counts["durations"]
    musculoskeletal, mental, known = counts["diagnosis_days"]
    return {
        "spell_mean": days / number,
        "spell_short": _percent(short, number),
        "spell_8_weeks": _percent(eight_weeks, number),
        "spell_ceiling": ceiling / len(YEARS) * scale,
        "days_musculoskeletal": _percent(musculoskeletal, known),
        "days_mental": _percent(mental, known),
    }


def _stocks(counts: Counts, scale: float) -> Figures:
    figures: Figures = {}
    for date in ("2010", "2013", "2015", "2017", "2018"):
        figures[f"disability_{date}"] = _percent(
            counts[f"disability_{date}"], counts[f"residents_{date}"]
        )
    dates = ("2010", "2013", "2015", "2017", "2018")
    for sex, name in enumerate(_SEXES):
        part = sum(counts[f"disability_{date}"][sex].sum() for date in dates)
        whole = sum(counts[f"residents_{date}"][sex].sum() for date in dates)
        figures[f"disability_{name}"] = _percent(part, whole)
    by_age = counts["disability_2012"].sum(axis=0)
    for first, after, number in zip(STOCK_AGES, STOCK_AGES[1:], by_age, strict=False):
        figures[f"disability_age_{first}-{after - 1}"] = _percent(number, by_age)
    for date in ("2017", "2019-06"):
        figures[f"allowance_{date}"] = _percent(
            counts[f"allowance_{date}"], counts[f"residents_{date}"]
        )
    years = 6  # 2011 to 2016, as measured
    new_allowance, from_sick_leave = counts["new_allowance"]
    new_disability, from_allowance = counts["new_disability"]
    working_age = counts["residents_16_74_2017"]
    return figures | {
        "new_allowance": new_allowance / years * scale,
        "allowance_from_sick_leave": _percent(from_sick_leave, new_allowance),
        "new_disability": new_disability / years * scale,
        "disability_from_allowance": _percent(from_allowance, new_disability),
        "in_work": _percent(counts["in_work_2017"], working_age),
    }


def _care(counts: Counts) -> Figures:
    somatic, mental = counts["outpatient"] / counts["person_years"]
    waited = np.cumsum(counts["waits_2008"])
    return {
        "contacts_SOM": float(somatic),
        "contacts_PHV": float(mental),
        "wait_2008": float(np.searchsorted(waited, waited[-1] / 2)),
    }


def _scheme(counts: Counts, scale: float, scenario: dict[str, Any]) -> Figures:
    scheme, index = counts["scheme"], counts["index"]
    in_two = counts["scheme_in_two"] / counts["scheme_persons"]
    sick_days, young = counts["index_sick_days"], counts["index_young"]
    stays = counts["treatment_contacts"]
    regions = sorted({place["rhf"] for place in scenario["municipality"]})
    figures = {
        f"share_{year}_{name}": _percent(scheme[year - FIRST_YEAR, s], scheme[year - FIRST_YEAR])
        for year in (2008, 2017, 2018)
        for s, name in enumerate(SECTORS)
    }
    figures |= {
        f"region_{rhf}": _percent(number, counts["index_region"])
        for rhf, number in zip(regions, counts["index_region"], strict=True)
    }
    return figures | {
        "volume_2008": scheme[0].sum() * scale,
        "volume_2016": scheme[8].sum() * scale,
        "two_sectors": in_two[-1] / in_two[0],
        "coding_fall": scheme[-1].sum() / scheme[-2].sum(),
        "sick_before_2018": _ratio_of_last(sick_days, index),
        "young_2018": _ratio_of_last(young, index),
        "inpatient": _percent(stays[1], stays[0]),
        "treated_women": _percent(counts["index_women"], index),
        "treated_age": float(counts["index_age"].sum() / index.sum()),
        "treated_musculoskeletal": _percent(counts["index_musculoskeletal"], index),
        "treated_mental": _percent(counts["index_mental"], index),
    }


def _ratio_of_last(values: Any, of: Any) -> float:
    return float((values[-1] / of[-1]) / (values[:-1].sum() / of[:-1].sum()))


def _effects(counts: Counts) -> Figures:
    return {
        f"effect_{name}_{outcome}": float(counts[f"effect_{outcome}"][s] / counts["effect_n"][s])
        for s, name in enumerate(SECTORS)
        if name != "TSB"
        for outcome in ("sick_leave_days", "health_benefit_days")
    }
