"""Published findings beside the registers: every verdict from numbers done by hand."""

import math

import pandas as pd
import pytest

from evaluation.findings import build_findings
from evaluation.study_findings import Finding, PublishedFinding
from evaluation.study_part import SECTORS

TEXTS = {"source": "s", "text_nb": "t", "text_en": "t"}
PROFILE = pd.DataFrame(
    {
        "index_year": [2017, 2017, 2018, 2018],
        "age_band": [25, 40, 25, 40],
        "chapter_letter": ["M", "F", "F", "Z"],
        "is_outpatient": [True, True, True, False],
        "sector": ["ARR", "SOM", "SOM", "ARR"],
        "is_day_treatment": [False, False, False, True],
        "n_persons": [100, 300, 200, 200],
        # 2017: 400 persons with 10 days each; 2018: half with 0, half with 40.
        "sick_leave_days": [1000, 3000, 0, 8000],
        "squared_days": [10_000, 30_000, 0, 320_000],
    }
)
COMPOSITION = pd.DataFrame(
    {
        "year": [2017, 2017, 2017, 2018, 2018, 2018],
        "sector": ["SOM", "PHV", "ALL", "SOM", "PHV", "ALL"],
        "n_persons": [670, 330, 980, 60, 40, 90],
        "n_multi_sector": [20, 20, 20, 10, 10, 10],
    }
)
MATCHED = pd.DataFrame({"sector": ["SOM", "ALL"], "n_persons": [10, 1000], "n_matched": [1, 931]})
QUALITY = pd.DataFrame({"check_id": ["holds", "idle"], "status": ["fail", "not_applicable"]})
PLACES = pd.DataFrame({"check_id": ["holds"], "place": ["SOM 2018"]})


def estimates(low, high, sector="SOM", gate="pass"):
    return pd.DataFrame(
        {
            "sector": [sector],
            "outcome": "sick_leave_days",
            "estimator": "did_2x2",
            "specification_id": "main",
            "subgroup": "all",
            "att": (low + high) / 2,
            "ci_low": low,
            "ci_high": high,
            "n_treated": 500,
            "gate": gate,
        }
    )


def build(published=(), findings=(), found=None, sectors=SECTORS):
    table = build_findings(
        published,
        findings,
        tables={
            "estimates": estimates(0.0, 0.0) if found is None else found,
            "composition": COMPOSITION,
            "matched_share": MATCHED,
            "quality": QUALITY,
            "quality_places": PLACES,
        },
        profile=PROFILE,
        sectors=sectors,
        study_id="s",
        fingerprint="f",
    )
    return table.iloc[0] if len(table) == 1 else table


def finding(**parts):
    return Finding(**{"id": "F1", **TEXTS, **parts})


@pytest.mark.parametrize(
    ("low_days", "high_days", "ci_low", "ci_high", "status"),
    [
        (0, 0, -1.0, 1.0, "reproduced"),
        (0, 0, 0.5, 1.5, "not_reproduced"),  # the range is not met
        (-9, -8, -8.5, -5.0, "reproduced"),
        (-9, -8, -12.0, 1.0, "not_reproduced"),  # met, but 0 is not left out
        (-9, -8, -7.9, -5.0, "not_reproduced"),
        (0, 1, 0.2, 0.9, "reproduced"),
        (0, 1, -0.5, 2.5, "reproduced"),
    ],
)
def test_an_effect_meets_its_range_and_leaves_out_nought_where_the_range_does(
    low_days, high_days, ci_low, ci_high, status
):
    published = PublishedFinding(
        id="F1",
        sector="SOM",
        outcome="sick_leave_days",
        low_days=low_days,
        high_days=high_days,
        text_nb="t",
        text_en="t",
    )
    row = build([published], found=estimates(ci_low, ci_high))
    assert row["status"] == status
    assert row["rounded_inside"] == (low_days <= round((ci_low + ci_high) / 2) <= high_days)


@pytest.mark.parametrize(("gate", "status"), [("fail", "withheld"), ("not_run", "not_assessed")])
def test_an_effect_that_the_gate_does_not_pass_is_neither_reproduced_nor_shown(gate, status):
    published = PublishedFinding(
        id="F1",
        sector="SOM",
        outcome="sick_leave_days",
        low_days=0,
        high_days=0,
        text_nb="t",
        text_en="t",
    )
    row = build([published], found=estimates(-1.0, 1.0, gate=gate))
    assert row["status"] == status
    assert pd.isna(row["estimate"])
    assert pd.isna(row["rounded_inside"])


def test_a_pooled_effect_that_the_gate_did_not_assess_is_not_judged():
    about = {"measure": "pooled_effect", "rule": "at_most", "outcome": "sick_leave_days"}
    row = build(
        findings=[finding(value=3.0, **about)],
        found=estimates(-1.0, 1.0, sector="ALL", gate="not_run"),
    )
    assert row["status"] == "not_assessed"
    assert pd.isna(row["estimate"])


@pytest.mark.parametrize(("value", "status"), [(0.66, "reproduced"), (0.65, "not_reproduced")])
def test_a_share_of_a_sector_lies_within_the_tolerance(value, status):
    row = build(
        findings=[
            finding(
                measure="sector_share",
                rule="near",
                in_sectors=["SOM"],
                value=value,
                tolerance=0.015,
                years=[2017],
            )
        ]
    )
    # 670 of 670 + 330; the standard error of a share.
    half = 1.959964 * math.sqrt(0.67 * 0.33 / 1000)
    assert row["estimate"] == pytest.approx(0.67)
    assert row["ci_high"] == pytest.approx(0.67 + half, abs=1e-6)
    assert (row["n_persons"], row["n_cases"]) == (1000, 670)
    assert row["status"] == status


def test_the_share_of_two_sectors_together_rises_with_certainty():
    row = build(
        findings=[
            finding(measure="multi_sector_share", rule="rises", years_before=[2017], years=[2018])
        ]
    )
    # 10 of 90 less 20 of 980.
    difference = 10 / 90 - 20 / 980
    error = math.sqrt((1 / 9) * (8 / 9) / 90 + (2 / 98) * (96 / 98) / 980)
    assert row["estimate"] == pytest.approx(difference)
    assert row["ci_low"] == pytest.approx(difference - 1.959964 * error, abs=1e-6)
    assert row["status"] == "reproduced"
    assert row["n_cases"] == 10


def test_days_of_sick_leave_before_treatment_rise():
    row = build(
        findings=[
            finding(
                measure="sick_leave_days_before", rule="rises", years_before=[2017], years=[2018]
            )
        ]
    )
    # 20 less 10 days; variance 0 in 2017 and 320000 / 400 - 400 = 400 in 2018: error 1 day.
    assert row["estimate"] == pytest.approx(10)
    assert row["ci_low"] == pytest.approx(10 - 1.959964, abs=1e-6)
    assert row["status"] == "reproduced"


@pytest.mark.parametrize(
    ("parts", "estimate", "status"),
    [
        ({"measure": "matched_share", "rule": "at_least", "value": 0.93}, 0.931, "reproduced"),
        ({"measure": "matched_share", "rule": "at_least", "value": 0.94}, 0.931, "not_reproduced"),
        ({"measure": "inpatient_share", "rule": "at_most", "value": 0.3}, 0.25, "reproduced"),
        (
            {"measure": "chapter_share", "rule": "at_least", "value": 0.8, "chapters": ["M", "F"]},
            0.75,
            "not_reproduced",
        ),
        (
            {
                "measure": "day_treatment_share",
                "rule": "rises",
                "in_sectors": ["ARR"],
                "years_before": [2017],
                "years": [2018],
            },
            1.0,  # none of 100, then all 200; the 200 of SOM do not count
            "reproduced",
        ),
        (
            {
                "measure": "young_share",
                "rule": "rises",
                "below_age": 30,
                "years_before": [2017],
                "years": [2018],
            },
            0.25,
            "reproduced",
        ),
    ],
)
def test_levels_keep_their_limit(parts, estimate, status):
    row = build(findings=[finding(**parts)])
    assert row["estimate"] == pytest.approx(estimate)
    assert row["status"] == status


@pytest.mark.parametrize(
    ("low", "high", "status"), [(-2.0, 1.0, "reproduced"), (-4.0, 1.0, "not_reproduced")]
)
def test_a_national_effect_is_small_when_its_whole_interval_is(low, high, status):
    row = build(
        findings=[
            finding(measure="pooled_effect", rule="at_most", value=3, outcome="sick_leave_days")
        ],
        found=estimates(low, high, sector="ALL"),
    )
    assert row["status"] == status


@pytest.mark.parametrize(
    ("check", "year", "status"),
    [
        ("holds", 2018, "reproduced"),
        ("holds", 2017, "not_reproduced"),
        ("idle", 2018, "not_assessed"),
        ("unknown", 2018, "not_assessed"),
    ],
)
def test_a_fall_is_detected_where_the_check_tells_the_year(check, year, status):
    row = build(findings=[finding(measure="check", rule="falls_in", check_id=check, years=[year])])
    assert row["status"] == status


def test_what_no_register_shows_is_listed_with_its_reason_and_no_number():
    row = build(findings=[finding(rule="none", reason="not_in_registers")])
    assert row["status"] == "not_in_registers"
    assert pd.isna(row["estimate"])


def test_a_year_that_the_registers_lack_is_not_assessed():
    row = build(
        findings=[
            finding(measure="multi_sector_share", rule="rises", years_before=[2008], years=[2018])
        ]
    )
    assert row["status"] == "not_assessed"


YEARS = {"years_before": [2017], "years": [2018]}
SHARE = {"measure": "sector_share", "rule": "rises", **YEARS}


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        # Of the sectors held, both shares would be found, with a denominator that is not theirs.
        (SHARE | {"in_sectors": ["PHV"]}, "not_all_sectors"),
        (SHARE | {"in_sectors": ["TSB"]}, "not_studied"),
        (SHARE | {"in_sectors": ["PHV", "TSB"]}, "not_studied"),
        ({"measure": "multi_sector_share", "rule": "rises", **YEARS}, "not_all_sectors"),
        ({"measure": "matched_share", "rule": "at_least", "value": 0.93}, "not_all_sectors"),
        ({"measure": "inpatient_share", "rule": "at_most", "value": 0.3}, "not_all_sectors"),
        (
            {"measure": "young_share", "rule": "rises", "below_age": 30, **YEARS},
            "not_all_sectors",
        ),
        (
            {"measure": "chapter_share", "rule": "at_least", "value": 0.5, "chapters": ["M"]},
            "not_all_sectors",
        ),
        ({"measure": "sick_leave_days_before", "rule": "rises", **YEARS}, "not_all_sectors"),
        (
            {
                "measure": "pooled_effect",
                "rule": "at_most",
                "value": 3,
                "outcome": "sick_leave_days",
            },
            "not_all_sectors",
        ),
        # Of rehabilitation alone, which the study holds; and of the registers, whatever it holds.
        (
            {"measure": "day_treatment_share", "rule": "rises", "in_sectors": ["ARR"], **YEARS},
            "reproduced",
        ),
        (
            {"measure": "check", "rule": "falls_in", "check_id": "holds", "years": [2018]},
            "reproduced",
        ),
        ({"rule": "none", "reason": "no_number"}, "no_number"),
    ],
)
def test_a_study_of_two_sectors_is_not_held_against_what_is_of_all(parts, status):
    found = estimates(0.0, 1.0, sector="ALL")
    row = build(findings=[finding(**parts)], found=found, sectors=("PHV", "ARR"))
    assert row["status"] == status
    assert pd.isna(row["estimate"]) == (status != "reproduced")


@pytest.mark.parametrize(("sector", "status"), [("SOM", "not_studied"), ("ARR", "reproduced")])
def test_an_effect_of_a_sector_that_the_study_does_not_hold_is_not_judged(sector, status):
    published = PublishedFinding(
        id="F1",
        sector=sector,
        outcome="sick_leave_days",
        low_days=0,
        high_days=0,
        text_nb="t",
        text_en="t",
    )
    found = estimates(-1.0, 1.0, sector=sector)
    assert build([published], found=found, sectors=("PHV", "ARR"))["status"] == status


def test_findings_stand_in_the_order_of_their_numbers():
    rows = build(
        findings=[
            finding(id=number, rule="none", reason="no_number") for number in ("F20", "F3", "F11")
        ]
    )
    assert rows["finding_id"].tolist() == ["F3", "F11", "F20"]


def test_a_finding_without_what_its_rule_needs_is_refused():
    with pytest.raises(ValueError, match="finding F1 lacks tolerance, years, in_sectors"):
        finding(measure="sector_share", rule="near", value=0.5)
