"""Hand-made result tables: four sectors and ALL, with a TSB of three persons."""

import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.findings import build_findings
from evaluation.report.render import ReportData
from evaluation.schemas import TABLES, check_table
from evaluation.study import StudyDefinition

STUDY_FILE = Path(__file__).parents[2] / "pipelines/studies/raskere_tilbake.toml"
OUTCOMES = ("sick_leave_days", "health_benefit_days")
# Persons treated, comparators, effect on sick leave and on all benefits; all made up.
SECTORS = {
    "SOM": (8127, 40211, 0.14, 0.62),
    "PHV": (2719, 13177, -0.31, -2.43),
    "TSB": (3, 14, -37.77, -41.23),
    "ARR": (641, 3011, -8.42, -0.24),
    "ALL": (11490, 56413, -0.49, -0.18),
}
TRUE = {
    "SOM": (0.0, 0.5),
    "PHV": (0.0, -2.5),
    "TSB": (0.0, 0.0),
    "ARR": (-8.5, 0.0),
    "ALL": (-0.47, -0.23),
}
STEPS = ("contact", "linked", "index_contact", "diagnosis_known", "matched")


def _estimates() -> pd.DataFrame:
    rows = []
    for (sector, values), (place, outcome) in product(SECTORS.items(), enumerate(OUTCOMES)):
        treated, control, att = values[0], values[1], values[2 + place]
        se = 38 / treated**0.5
        before, change = 61.3 + 40 * place, 4.2 - 12 * place
        rows.append(
            {
                "specification_id": "main",
                "sector": sector,
                "subgroup": "all",
                "outcome": outcome,
                "unit": "days",
                "estimand": "att",
                "estimator": "did_2x2",
                "window_days": 365,
                "att": att,
                "se": se,
                "ci_low": att - 1.96 * se,
                "ci_high": att + 1.96 * se,
                "p_value": 0.00004 if abs(att) > 4 * se else 0.2371,
                "n_treated": treated,
                "n_control": control,
                "n_clusters": treated,
                "treated_before": before,
                "treated_after": before + change + att,
                "treated_change": change + att,
                "control_before": before - 0.6,
                "control_after": before - 0.6 + change,
                "control_change": change,
                "gate": "pass",
                "gate_reasons": "",
                **dict.fromkeys(("ratio", "ratio_low", "ratio_high")),
            }
        )
    return pd.DataFrame(rows)


def _event_study() -> pd.DataFrame:
    rows = []
    for (sector, values), (place, outcome), time in product(
        SECTORS.items(), enumerate(OUTCOMES), range(-12, 13)
    ):
        att = 0.0 if time < 0 else values[2 + place] / 12
        se = 0.0 if time == -12 else 5 / values[0] ** 0.5
        mean = 3 + place + 9 * max(0.0, 1 - abs(time) / 7)
        rows.append(
            {
                "sector": sector,
                "subgroup": "all",
                "outcome": outcome,
                "estimator": "event_study",
                "event_time": time,
                "att": att,
                "se": se,
                "ci_low": att - 1.96 * se,
                "ci_high": att + 1.96 * se,
                "n_treated": values[0],
                "n_control": values[1],
                "treated_mean": mean + 0.4 + att,
                "control_mean": mean,
                "band_low": att - 2.9 * se,
                "band_high": att + 2.9 * se,
            }
        )
    return pd.DataFrame(rows)


def _balance() -> pd.DataFrame:
    levels = {
        "age_band": ("20-24", "25-29", "30-34", "35-39", "60-64"),
        "diagnosis": ("M54", "F32", "F43", "M75"),
        "education_group": ("compulsory", "upper_secondary", "tertiary", "missing"),
        "sex": ("1", "2"),
        "sick_leave_days_before": ("",),
        "health_benefit_days_before": ("",),
    }
    rows = []
    for number, (sector, (covariate, names)) in enumerate(product(SECTORS, levels.items())):
        for place, level in enumerate(names):
            share = 1 / len(names)
            count = round(SECTORS[sector][0] * share)
            before = 0.4 - 0.13 * ((number + 3 * place) % 7)
            rows.append(
                {
                    "sector": sector,
                    "covariate": covariate,
                    "level": level,
                    "treated_mean": share if level else 61.3,
                    "control_mean_before": share * 0.8 if level else 48.2,
                    "control_mean_after": share * 0.99 if level else 60.7,
                    "smd_before": before,
                    "smd_after": before / 12 if level else before / 3,
                    "variance_ratio_after": 1.02,
                    "n_treated": count,
                }
            )
    return pd.DataFrame(rows)


def _attrition() -> pd.DataFrame:
    rows = []
    for (sector, values), arm in product(SECTORS.items(), ("treated", "control")):
        last = values[0] if arm == "treated" else values[1]
        grow = 1 if arm == "treated" else 9
        excluded = [0, 14 * grow, 2, 61 * grow, 331 * grow]
        if sector == "TSB":
            excluded = [0, 1, 2, 1, 17]
        if sector == "ALL":
            excluded = [0, 14 * grow * 3 + 1, 8, 61 * grow * 3 + 1, 331 * grow * 3 + 17]
        remaining = last + sum(excluded)
        for step, (name, lost) in enumerate(zip(STEPS, excluded, strict=True)):
            remaining -= lost
            rows.append(
                {
                    "sector": sector,
                    "arm": arm,
                    "step": step,
                    "step_name": name,
                    "n_persons": remaining,
                    "n_excluded": lost,
                }
            )
    return pd.DataFrame(rows)


def _matched_share() -> pd.DataFrame:
    attrition = _attrition().query("arm == 'treated'")
    rows = []
    for sector, steps in attrition.groupby("sector", sort=False):
        first, eligible, matched = (int(steps["n_persons"].iloc[i]) for i in (0, 3, 4))
        rows.append(
            {
                "sector": sector,
                "n_persons": first,
                "n_eligible": eligible,
                "n_matched": matched,
                "matched_share": matched / first,
            }
        )
    return pd.DataFrame(rows)


def _composition() -> pd.DataFrame:
    rows = []
    for year in range(2008, 2019):
        part = (year - 2008) / 9
        total = 1200 if year < 2018 else 410
        phv = round(total * min(0.30, 0.01 + 0.28 * part))
        arr = round(total * (0.035 + 0.005 * part if year < 2018 else 0.08))
        tsb = 0 if year == 2018 else 3 + year % 2 * 8
        counts = {"SOM": total - phv - arr - tsb, "PHV": phv, "TSB": tsb, "ARR": arr}
        for sector, count in counts.items():
            multi = round(count * (0.02 + 0.05 * part))
            rows.append(
                {
                    "year": year,
                    "sector": sector,
                    "n_persons": count,
                    "share": count / total,
                    "n_multi_sector": multi,
                    "share_multi_sector": multi / count if count else float("nan"),
                    "n_episodes": count * 4,
                }
            )
    return pd.DataFrame(rows)


def _verify() -> pd.DataFrame:
    estimates = _estimates()
    rows = []
    for row in estimates.itertuples():
        true = TRUE[row.sector][OUTCOMES.index(row.outcome)]
        rows.append(
            {
                "sector": row.sector,
                "outcome": row.outcome,
                "true_att": true,
                "att": row.att,
                "se": row.se,
                "z": (row.att - true) / row.se,
                "covered": row.ci_low <= true <= row.ci_high,
                "ci_low": row.ci_low,
                "ci_high": row.ci_high,
                "n_treated": row.n_treated,
            }
        )
    return pd.DataFrame(rows)


def _verify_event_time() -> pd.DataFrame:
    """The planted path is half a day beside the estimate."""
    columns = ["sector", "outcome", "event_time", "att", "se", "ci_low", "ci_high", "n_treated"]
    rows = _event_study()[columns]
    true = rows["att"] + 0.5
    is_reference = rows["event_time"] == -12
    return rows.assign(
        true_att=true.where(~is_reference, 0.0),
        z=(-0.5 / rows["se"].where(rows["se"] > 0)),
        covered=true.between(rows["ci_low"], rows["ci_high"])
        .astype("boolean")
        .where(~is_reference),
    )


_FALL = "check_treatment_holds_its_level_by_year"


def make_findings(estimates: pd.DataFrame, *, sectors: Any = None) -> pd.DataFrame:
    """Made from the other tables, as a run makes them."""
    profile = pd.DataFrame(
        {
            "index_year": [2017, 2018],
            "age_band": [25, 40],
            "chapter_letter": ["M", "F"],
            "is_outpatient": [True, False],
            "sector": ["SOM", "ARR"],
            "is_day_treatment": [False, True],
            "n_persons": [900, 800],
            "sick_leave_days": [9000, 9600],
            "squared_days": [900_000, 960_000],
        }
    )
    study = StudyDefinition.from_toml(STUDY_FILE)
    tables = {
        "estimates": estimates,
        "composition": _composition(),
        "matched_share": _matched_share(),
        "quality": pd.DataFrame({"check_id": [_FALL], "status": ["fail"]}),
        "quality_places": pd.DataFrame({"check_id": [_FALL], "place": ["SOM 2018"]}),
    }
    return build_findings(
        study.published,
        study.finding,
        tables=tables,
        profile=profile,
        sectors=sectors or study.sectors,
        study_id="raskere_tilbake",
        fingerprint="f" * 12,
    )


def _linkage() -> pd.DataFrame:
    columns = ["register", "n_persons", "n_linked", "n_unlinked", "n_link_rows_without_register"]
    rows = [("npr", 58211, 58209, 2, 17), ("nav", 49120, 49033, 87, 0), ("ssb", 91200, 91200, 0, 0)]
    return pd.DataFrame(rows, columns=columns)


def _quality() -> pd.DataFrame:
    columns = ["check_id", "table", "column", "severity", "status"]
    columns += ["n_rows", "n_violations", "share", "threshold", "what_to_do"]
    columns += ["family", "means"]
    rows = [
        (
            "npr_debitor_filled",
            "npr_episode",
            "debitor",
            "warning",
            "fail",
            1000,
            31,
            0.031,
            0.02,
            "Ask NPR for the debitor field.",
            "completeness",
            "Some treated persons may stand among the controls.",
        ),
        (
            "npr_key_unique",
            "npr_episode",
            "episode_id",
            "error",
            "pass",
            1000,
            0,
            0.0,
            0.0,
            "",
            "conformance",
            "",
        ),
    ]
    return pd.DataFrame(rows, columns=columns)


# Shares of the states in a period far from the index date, and what is more of each near it.
STATE_SHARES = {
    "none": (0.70, -0.45),
    "partial_sick_leave": (0.02, 0.10),
    "full_sick_leave": (0.05, 0.33),
    "aap": (0.09, 0.02),
    "rehabilitation": (0.02, 0.0),
    "disability_graded": (0.04, 0.0),
    "disability_full": (0.08, 0.0),
    "old_age": (0.0, 0.0),
    "emigrated": (0.0, 0.0),
    "dead": (0.0, 0.0),
}


def _state_transitions() -> pd.DataFrame:
    """Nine of ten in a state stay; the others go to no benefit, or from it to sick leave."""
    rows = []
    for (sector, values), arm, phase, (state, (far, _)) in product(
        SECTORS.items(), ("treated", "control"), ("before", "after"), STATE_SHARES.items()
    ):
        persons = round((values[0] if arm == "treated" else values[1]) * far)
        other = "full_sick_leave" if state == "none" else "none"
        for to_state, share in ((state, 0.9), (other, 0.1)):
            rows.append(
                {
                    "sector": sector,
                    "arm": arm,
                    "phase": phase,
                    "from_state": state,
                    "to_state": to_state,
                    "n_persons": round(persons * share),
                    "n_moves": round(persons * share * 12),
                    "share": share,
                }
            )
    frame = pd.DataFrame(rows)
    return frame[frame["n_persons"] > 0]


def _states() -> pd.DataFrame:
    rows = []
    for (sector, values), arm, time in product(
        SECTORS.items(), ("treated", "control"), range(-12, 13)
    ):
        persons = values[0] if arm == "treated" else values[1]
        near = max(0.0, 1 - abs(time) / 8) * (1 if arm == "treated" else 0.8)
        shares = {state: far + more * near for state, (far, more) in STATE_SHARES.items()}
        moved = 0.004 * max(time, 0)  # those who die or grow old come from those without benefit
        for state, share in shares.items():
            share += {"none": -moved, "dead": moved / 4, "old_age": moved * 3 / 4}.get(state, 0)
            rows.append(
                {
                    "sector": sector,
                    "arm": arm,
                    "event_time": time,
                    "state": state,
                    "n_persons": round(persons * share),
                    "share": share,
                }
            )
    return pd.DataFrame(rows)


def _return_to_work() -> pd.DataFrame:
    rows = []
    ends = {"return_to_work": (0.6, 90), "aap": (0.2, 200), "disability": (0.03, 300)}
    for (sector, values), arm, length, event in product(
        SECTORS.items(), ("treated", "control"), (28, 90), (*ends, "death")
    ):
        persons = values[0] // 2 if arm == "treated" else values[1] // 5
        for day in sorted({*range(0, 391, 10), 365}):
            share = 0.0
            for name, (top, days) in ends.items():
                fewer = 0.93 if arm == "control" or (name, length) == ("return_to_work", 90) else 1
                happened = fewer * top * (1 - 2 ** (-day / days)) / (1 - 2 ** (-390 / days))
                share += happened
                incidence = happened if name == event else 0.0
                if name == event:
                    break
            se = (incidence * (1 - incidence) / max(persons, 1)) ** 0.5
            left = round(persons * (1 - 0.8 * (1 - 2 ** (-day / 100))))
            rows.append(
                {
                    "sector": sector,
                    "arm": arm,
                    "sustained_days": length,
                    "event": event,
                    "day": day,
                    "incidence": incidence,
                    "se": se if incidence else None,
                    "ci_low": max(incidence - 1.96 * se, 0) if incidence else None,
                    "ci_high": min(incidence + 1.96 * se, 1) if incidence else None,
                    "n_at_risk": left,
                    "n_events": round(persons * incidence),
                    "n_persons": persons,
                }
            )
    return pd.DataFrame(rows)


# Value, unit, threshold and p-value of each diagnostic; all made up.
DIAGNOSTICS = {
    "balance": (0.031, "smd", 0.1, None),
    "matched_share": (0.912, "share", 0.6, None),
    "follow_up": (0.21, "percentage points", 2.0, 0.4),
    "coding": (0.034, "share of controls", 0.1, None),
    "pre_trend": (1.13, "F", None, 0.33),
    "pre_trend_equivalence": (0.41, "days", 2.5, 0.001),
    "placebo": (0.62, "days", 1.0, 0.2),
    "negative_controls": (0.27, "days", 1.0, 0.5),
    "power": (1.24, "days", 2.5, None),
}


def _diagnostics() -> pd.DataFrame:
    rows = []
    for (sector, values), (name, numbers) in product(SECTORS.items(), DIAGNOSTICS.items()):
        is_wide = name in ("balance", "matched_share", "follow_up", "coding")
        value, unit, threshold, p_value = numbers
        for outcome in ("all",) if is_wide else OUTCOMES:
            rows.append(
                {
                    "sector": sector,
                    "outcome": outcome,
                    "diagnostic": name,
                    "status": "fail" if (sector, name) == ("PHV", "placebo") else "pass",
                    "value": value,
                    "unit": unit,
                    "ci_low": value - 0.5 if name in ("pre_trend_equivalence", "placebo") else None,
                    "ci_high": value + 0.5
                    if name in ("pre_trend_equivalence", "placebo")
                    else None,
                    "p_value": p_value,
                    "threshold": threshold,
                    "detail": f"{values[0]} of 12345 persons",
                    "n_treated": values[0],
                }
            )
    return pd.DataFrame(rows)


def _specifications() -> pd.DataFrame:
    """The study's own, then each variant a little lower than the one before."""
    study = StudyDefinition.from_toml(STUDY_FILE)
    named = [("main", "main", "", 365)]
    named += [(s.id, s.choice, s.level, v.windows.after_days) for s, v in study.variants]
    rows = []
    for (sector, values), (place, outcome) in product(SECTORS.items(), enumerate(OUTCOMES)):
        for number, (name, choice, level, days) in enumerate(named):
            att = (values[2 + place] - 0.07 * number) * days / 365
            se = 38 / values[0] ** 0.5 * days / 365
            limits = {"att": att, "ci_low": att - 1.96 * se, "ci_high": att + 1.96 * se}
            rows.append(
                {
                    "specification_id": name,
                    "choice": choice,
                    "level": level,
                    "sector": sector,
                    "outcome": outcome,
                    "measured_as": outcome,
                    "unit": "days",
                    "window_days": days,
                    **limits,
                    **{f"{key}_per_year": value * 365 / days for key, value in limits.items()},
                    "se": se,
                    "p_value": 0.2371,
                    "n_treated": max(values[0] - number, 3),
                    "n_control": max(values[1] - number, 3),
                    "matched_share": 0.94321,
                }
            )
    return pd.DataFrame(rows)


def _sensitivity() -> pd.DataFrame:
    """A breakdown of each kind: ARR breaks, PHV holds, SOM has nothing to break."""
    chosen = StudyDefinition.from_toml(STUDY_FILE).sensitivity
    verdicts = {"PHV": "holds", "ARR": "breaks"}
    # Analysis, level, what the effect is moved by, and other columns.
    plan: list[tuple[str, str, float, dict[str, Any]]] = []
    for analysis, bounds in (
        ("honest_relative_magnitude", chosen.relative_magnitudes),
        ("honest_smoothness", chosen.smoothness_days),
    ):
        plan += [(analysis, f"{bound:g}", 0.0, {"bound": bound}) for bound in bounds]
        plan.append((analysis, "breakdown", 0.0, {"bound": 0.62}))
    plan += [
        ("leave_one_service_out", level, x, {})
        for level, x in (("smallest", -1.0), ("largest", 0.5))
    ]
    plan += [("leave_one_year_out", str(y), 0.01 * (y - 2013), {}) for y in range(2008, 2019)]
    rows = []
    for (sector, values), (place, outcome) in product(SECTORS.items(), enumerate(OUTCOMES)):
        se = 38 / values[0] ** 0.5
        placebo = ("placebo_date", "-6", 0.44 - values[2 + place], {"window_days": 180})
        for analysis, level, move, more in [*plan, placebo]:
            att = values[2 + place] + move
            limits = {"ci_low": att - 1.96 * se, "ci_high": att + 1.96 * se, "se": se}
            if level == "breakdown":
                limits = dict.fromkeys(limits) | {"verdict": verdicts.get(sector, "no_finding")}
            rows.append(
                {
                    "sector": sector,
                    "outcome": outcome,
                    "analysis": analysis,
                    "level": level,
                    "bound": None,
                    "window_days": 365,
                    "att": att,
                    "p_value": None,
                    "verdict": None,
                    "parts": None,
                    "n_treated": values[0],
                    "n_control": values[1],
                }
                | limits
                | more
            )
    return pd.DataFrame(rows)


def make_tables() -> dict[str, pd.DataFrame]:
    """Every result table, each time of one's own to change."""
    return {name: frame.copy() for name, frame in _made_tables().items()}


@cache
def _made_tables() -> dict[str, pd.DataFrame]:
    frames = {
        "estimates": _estimates(),
        "event_study": _event_study(),
        "balance": _balance(),
        "attrition": _attrition(),
        "matched_share": _matched_share(),
        "composition": _composition(),
        "linkage": _linkage(),
        "quality": _quality(),
        "states": _states(),
        "state_transitions": _state_transitions(),
        "return_to_work": _return_to_work(),
        "findings": make_findings(_estimates()),
        "specifications": _specifications(),
        "sensitivity": _sensitivity(),
        "verify": _verify(),
        "diagnostics": _diagnostics(),
        "verify_event_time": _verify_event_time(),
    }
    return {name: check_table(name, _with_keys(name, frame)) for name, frame in frames.items()}


def _with_keys(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    keys = {"study_id": "raskere_tilbake", "fingerprint": "f" * 12, "gate": "pass"}
    known = {column.name for column in TABLES[name]} - set(frame)
    return frame.assign(**{key: value for key, value in keys.items() if key in known})


MANIFEST: dict[str, Any] = {
    "fingerprint": "0123456789ab",
    "seed": 20220168,
    "versions": {"pandas": "3.1.1", "duckdb": "1.4.0", "evaluation": "0.1.0"},
    "files": [
        {
            "table": "npr_episode",
            "path": "npr_episode.csv",
            "rows_delivered": 210345,
            "rows_loaded": 210301,
            "rows_quarantined": 44,
        },
        {
            "table": "nav_benefit",
            "path": "nav_benefit.csv",
            "rows_delivered": 98120,
            "rows_loaded": 98120,
            "rows_quarantined": 0,
        },
    ],
}


def make_data(**changes: Any) -> ReportData:
    parts: dict[str, Any] = {
        "study": StudyDefinition.from_toml(STUDY_FILE),
        "delivery_id": "demo-2024-01",
        "delivery_kind": "synthetic",
        "tables": make_tables(),
        "manifest": MANIFEST,
        "notes": (),
    }
    return ReportData(**(parts | changes))


def layers_of(svg: str) -> list[dict[str, Any]]:
    """The layers of a drawing that was left undrawn."""
    chart: dict[str, Any] = json.loads(svg.removeprefix("<svg>").removesuffix("</svg>"))
    return chart["layer"]
