"""Each scenario does to the published design what its file says.

Measured by the design in miniature on arrays; SOM, where the numbers are largest. Limits are
standard errors away from what was seen over several seeds.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from miniature import CELLS, Contrast, contrast, read_courses

from synthetic_data.block import build_lives
from synthetic_data.contacts import DAY_CARE, OUTPATIENT
from synthetic_data.days import Flags, year_of
from synthetic_data.scenario import SECTORS, list_scenarios, read_scenario
from synthetic_data.streams import BLOCK_PERSONS

BLOCKS = 8
LARGEST_Z = 3.5
"""Chance alone goes beyond this once in two thousand seeds."""
CLEAR_Z = 4.0
"""A bias that is planted stands out by at least so many standard errors."""
NAMES = {
    *("sintef", "null", "heterogeneous", "dip", "trend", "anticipation", "ceiling"),
    *("coding_loss", "staggered", "spillover", "small", "unmeasured", "illness"),
    *("leaving", "scarce", "dirty"),
}

Measure = Callable[[str, str], Contrast]


@pytest.fixture(scope="module")
def courses() -> Callable[[str], pd.DataFrame]:
    return cache(lambda scenario: read_courses(scenario, BLOCKS))


@pytest.fixture(scope="module")
def measure(courses: Callable[[str], pd.DataFrame]) -> Measure:
    return lambda scenario, outcome: contrast(courses(scenario), "SOM", outcome)


def test_there_are_the_scenarios_of_the_issue() -> None:
    assert set(list_scenarios()) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_scenario_says_its_equations_effect_and_bias(name: str) -> None:
    scenario = read_scenario(name)
    for text in ("title", "equations", "true_effect", "bias"):
        assert len(scenario[text]) > 5
    assert set(scenario["effects"]) <= set(SECTORS)


@pytest.mark.parametrize("outcome", ["sick", "total"])
@pytest.mark.parametrize("scenario", ["sintef", "null", "heterogeneous", "staggered"])
def test_the_design_is_right_where_its_assumptions_hold(
    scenario: str, outcome: str, measure: Measure
) -> None:
    found = measure(scenario, outcome)
    assert abs(found.bias) < LARGEST_Z * found.se


@pytest.mark.parametrize(
    ("scenario", "outcome", "sign"),
    [
        ("dip", "sick", -1),
        ("dip", "total", -1),
        ("trend", "sick", 1),
        ("anticipation", "sick", -1),
        ("anticipation", "total", -1),
        ("ceiling", "sick", -1),
        ("unmeasured", "sick", 1),
        ("illness", "sick", 1),
        ("spillover", "sick", -1),
    ],
)
def test_the_design_is_wrong_by_as_much_and_in_the_direction_that_is_said(
    scenario: str, outcome: str, sign: int, measure: Measure
) -> None:
    found = measure(scenario, outcome)
    assert sign * found.bias > CLEAR_Z * found.se


@pytest.mark.parametrize(
    "scenario", ["null", "dip", "trend", "ceiling", "unmeasured", "illness", "leaving", "scarce"]
)
def test_treatment_does_nothing_where_nothing_is_planted(scenario: str, measure: Measure) -> None:
    assert (measure(scenario, "sick").true, measure(scenario, "total").true) == (0.0, 0.0)


def test_treated_among_the_controls_draw_the_effect_towards_zero(measure: Measure) -> None:
    found = measure("coding_loss", "sick")
    assert found.true < -5.0
    assert LARGEST_Z * found.se < -found.matched < -found.true


def test_the_treated_outnumber_the_others_where_controls_are_scarce(
    courses: Callable[[str], pd.DataFrame],
) -> None:
    somatic = {name: courses(name).query("sector == 0") for name in ("null", "scarce")}
    share = {name: frame["is_treated"].mean() for name, frame in somatic.items()}
    assert share["null"] < 0.2
    assert share["scarce"] > 0.5


def test_the_ceiling_lowers_sick_leave_and_not_the_total(measure: Measure) -> None:
    total = measure("ceiling", "total")
    assert total.matched > -total.se
    assert measure("ceiling", "sick").matched < total.matched - 5.0


def test_waiting_adds_days_before_treatment_and_none_after(
    courses: Callable[[str], pd.DataFrame],
) -> None:
    coded = courses("anticipation").query("is_coded")
    assert (coded["sick_y1_before"] - coded["sick_y0_before"]).mean() > 5.0
    assert (coded["sick_y1_after"] == coded["sick_y0_after"]).all()


def test_what_is_unmeasured_leaves_no_trace_before_treatment(
    courses: Callable[[str], pd.DataFrame],
) -> None:
    frame = courses("unmeasured").assign(sick_before=lambda f: f["sick_y0_before"])
    frame["level_y1"] = frame["sick_before"]
    frame["level_y1_after"] = frame["level_y0_after"] = 0
    before = contrast(frame, "SOM", "level")
    assert abs(before.matched) < LARGEST_Z * before.se


def test_an_illness_is_seen_in_other_somatic_care_from_the_index_date_on() -> None:
    parameters = read_scenario("illness")
    lives = build_lives(parameters, seed=11, block=0, persons=BLOCK_PERSONS)
    plain = build_lives(read_scenario("unmeasured"), seed=11, block=0, persons=BLOCK_PERSONS)
    added = len(lives.other.person) - len(plain.other.person)
    # 30 per cent of the courses, 365 days of 0.008; fewer where the register or a life ends.
    expected = 0.3 * len(lives.courses.person) * 365 * 0.008
    assert 0.8 * expected < added < expected
    index = np.full(len(lives.persons.sex), np.iinfo(np.int64).max)
    np.minimum.at(index, lives.courses.person, lives.courses.index_day)
    new = slice(len(plain.other.person), None)
    assert (lives.other.start_day[new] >= index[lives.other.person[new]] - 2).all()
    assert set(lives.other.sector[new]) == {SECTORS.index("SOM")}


def test_the_treated_leave_more_often_and_the_design_is_right_for_those_who_stay(
    measure: Measure,
) -> None:
    parameters = read_scenario("leaving")
    lives = [
        build_lives(parameters, seed=11, block=b, persons=BLOCKS * BLOCK_PERSONS)
        for b in range(BLOCKS)
    ]
    left = np.concatenate([x.persons.exit_day[x.courses.person] for x in lives])
    left -= np.concatenate([x.courses.index_day for x in lives])
    is_treated = np.concatenate([x.treatment.is_treated for x in lives])
    shares = [float(((left >= 0) & (left < 365))[arm].mean()) for arm in (is_treated, ~is_treated)]
    assert shares[0] - shares[1] > 0.03
    found = measure("leaving", "sick")
    assert abs(found.bias) < LARGEST_Z * found.se


def test_a_trend_is_there_before_treatment(courses: Callable[[str], pd.DataFrame]) -> None:
    frame = courses("trend").assign(level_y1_after=0, level_y0_after=0)
    frame["level_y1"] = frame["sick_y0_before"]
    before = contrast(frame, "SOM", "level")
    assert before.matched > CLEAR_Z * before.se


def test_early_treatment_helps_most_where_timing_is_planted(
    courses: Callable[[str], pd.DataFrame],
) -> None:
    coded = courses("heterogeneous").query("is_coded and sick_days > 0")
    effect = coded["sick_y1_after"] - coded["sick_y0_after"]
    early = coded["sick_days"] <= 84
    assert effect[early].mean() < 2.0 * effect[~early].mean()
    assert effect[coded["sex"] == 2].mean() < effect[coded["sex"] == 1].mean()


def test_nobody_is_treated_before_the_first_service_starts(
    courses: Callable[[str], pd.DataFrame],
) -> None:
    treated = courses("staggered").query("is_treated")
    assert treated["year"].min() == read_scenario("staggered")["threat"]["staggered"]["first_year"]


def test_a_small_scheme_has_cells_too_small_to_show(
    courses: Callable[[str], pd.DataFrame],
) -> None:
    cells = courses("small").query("is_coded").groupby(CELLS).size()
    assert (cells < 5).mean() > 0.95


def test_the_same_person_is_in_both_arms_where_that_is_planted(
    courses: Callable[[str], pd.DataFrame],
) -> None:
    frame = courses("spillover")
    treated = frame.loc[frame["is_coded"]].set_index("person")["index_day"]
    others = frame[~frame["is_coded"]]
    helped_before = others["index_day"] > others["person"].map(treated)
    assert helped_before.mean() > 0.15


def test_rehabilitation_moves_from_stays_to_day_treatment_and_no_other_sector_does() -> None:
    lives = build_lives(read_scenario("null"), seed=11, block=0, persons=BLOCK_PERSONS)
    contacts = lives.contacts
    sector = lives.courses.sector[contacts.course]
    is_late = year_of(contacts.start_day) >= 2015
    inside = contacts.care_level != OUTPATIENT
    is_rehab = sector == SECTORS.index("ARR")

    def day_share(rows: Flags) -> float:
        return float((contacts.care_level[rows & inside] == DAY_CARE).mean())

    assert day_share(is_rehab & ~is_late & (year_of(contacts.start_day) < 2011)) < 0.4
    assert day_share(is_rehab & is_late) > 0.65
    assert abs(day_share(~is_rehab & is_late) - day_share(~is_rehab & ~is_late)) < 0.1
    is_day = contacts.care_level == DAY_CARE
    assert (contacts.end_day == contacts.start_day)[is_day].all()
