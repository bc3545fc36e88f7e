"""Set each published finding beside what the registers give: reproduced, or not, and how.

Pure: result tables and the study's findings in, one table out. A finding that these registers
cannot show is listed with its reason, never judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import stats

from evaluation.schemas import check_table
from evaluation.study_findings import Finding, PublishedFinding
from evaluation.study_part import SECTORS

if TYPE_CHECKING:
    Row: TypeAlias = pd.Series[Any]  # one row of a result table
else:
    Row = pd.Series

POOLED = "ALL"
SHARES_LEVEL = 0.95
"""Of the intervals of shares and means made here."""
_ROUNDING = 1e-9
# Of the sectors that the finding names alone, or of the registers and not of the study.
_NEED_NO_OTHER_SECTOR = ("day_treatment_share", "check")


@dataclass(frozen=True, slots=True)
class Group:
    """A mean over persons.

    Attributes:
        mean: Share, or days.
        variance: Of one person.
        n_persons: How many.
        n_cases: Persons with the feature behind a share; None for days.
    """

    mean: float
    variance: float
    n_persons: int
    n_cases: int | None

    @property
    def squared_error(self) -> float:
        """Squared standard error of the mean."""
        return self.variance / self.n_persons


@dataclass(frozen=True, slots=True)
class Answer:
    """What the registers say to one finding.

    Attributes:
        status: reproduced, not_reproduced, not_assessed, withheld, not_studied, not_all_sectors,
            or a finding's reason.
        estimate: Number that was compared.
        ci_low: Lower limit of its interval, where it has one.
        ci_high: Upper limit.
        n_persons: Persons it is made of.
        n_cases: Of these, with the feature, where it is a share.
    """

    status: str
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    n_persons: int | None = None
    n_cases: int | None = None


def build_findings(
    published: Sequence[PublishedFinding],
    findings: Sequence[Finding],
    *,
    tables: Mapping[str, pd.DataFrame],
    profile: pd.DataFrame,
    sectors: Sequence[str],
    study_id: str,
    fingerprint: str,
) -> pd.DataFrame:
    """Build the table of findings, in the order of their numbers.

    An effect is reproduced when its interval meets the published range and, where the range
    leaves out 0, leaves out 0 too; one that the gate did not pass is not judged. near: the number
    lies within the tolerance of the published one. at_least, at_most: it keeps the limit. rises:
    the later years less the earlier ones have an interval above 0. falls_in: the quality check
    found a fall in such a year. What is published of a sector that the study does not hold is
    not judged, nor what is published of all sectors where it does not hold them all.

    Args:
        published: Published effects.
        findings: The other findings.
        tables: Result tables by name: estimates, composition, matched_share, quality,
            quality_places.
        profile: mart_treated_profile.
        sectors: Of the study.
        study_id: Study that was run.
        fingerprint: Of the study.

    Returns:
        schemas.TABLES["findings"].

    Checked against hand-computed values: tests/unit/test_findings.py.
    """
    rows = [_effect_row(finding, tables["estimates"], sectors) for finding in published]
    rows += [_finding_row(finding, tables, profile, sectors) for finding in findings]
    rows.sort(key=lambda row: int(str(row["finding_id"])[1:]))
    frame = pd.DataFrame(rows).assign(study_id=study_id, fingerprint=fingerprint)
    return check_table("findings", frame)


def _effect_row(
    finding: PublishedFinding, estimates: pd.DataFrame, sectors: Sequence[str]
) -> dict[str, object]:
    found = _headline(estimates, finding.sector, finding.outcome)
    is_studied, is_inside = finding.sector in sectors, None
    answer = Answer("not_assessed" if is_studied else "not_studied")
    if is_studied and found is not None:
        answer = _judge_effect(found, finding.low_days, finding.high_days)
        if answer.estimate is not None:
            is_inside = finding.low_days <= round(answer.estimate) <= finding.high_days
    about = {
        "finding_id": finding.id,
        "part": f"{finding.sector}, {finding.outcome}",
        "rule": "effect",
        "measure": "effect",
        "low": finding.low_days,
        "high": finding.high_days,
        "rounded_inside": is_inside,
    }
    return about | _columns(answer)


def _headline(estimates: pd.DataFrame, sector: str, outcome: str) -> Row | None:
    rows = estimates[
        estimates["sector"].eq(sector)
        & estimates["outcome"].eq(outcome)
        & estimates["estimator"].eq("did_2x2")
        & estimates["specification_id"].eq("main")
        & estimates["subgroup"].eq("all")
    ]
    return None if rows.empty else rows.iloc[0]


def _judge_effect(found: Row, low: float, high: float) -> Answer:
    if found["gate"] == "fail":
        return Answer("withheld")
    if found["gate"] != "pass":
        return Answer("not_assessed")
    ci_low, ci_high = float(found["ci_low"]), float(found["ci_high"])
    meets = ci_low <= high and ci_high >= low
    is_nought_published = low <= 0 <= high
    is_nought_found = ci_low <= 0 <= ci_high
    is_reproduced = meets and (is_nought_published or not is_nought_found)
    return Answer(
        _status(is_reproduced),
        float(found["att"]),
        ci_low,
        ci_high,
        int(found["n_treated"]),
    )


def _status(is_reproduced: bool) -> str:
    return "reproduced" if is_reproduced else "not_reproduced"


def _finding_row(
    finding: Finding,
    tables: Mapping[str, pd.DataFrame],
    profile: pd.DataFrame,
    sectors: Sequence[str],
) -> dict[str, object]:
    low, high = _range_of(finding)
    about = {
        "finding_id": finding.id,
        "part": finding.part,
        "rule": finding.rule,
        "measure": finding.measure or "none",
        "low": low,
        "high": high,
        "rounded_inside": None,
    }
    unasked = _find_missing_sectors(finding, sectors)
    answer = Answer(unasked) if unasked else _answer(finding, tables, profile)
    return about | _columns(answer)


def _find_missing_sectors(finding: Finding, sectors: Sequence[str]) -> str | None:
    """Say why a study of these sectors cannot be asked; None where it can."""
    if finding.rule == "none":
        return None
    if not set(finding.in_sectors) <= set(sectors):
        return "not_studied"
    is_of_all = finding.measure not in _NEED_NO_OTHER_SECTOR
    return "not_all_sectors" if is_of_all and not set(SECTORS) <= set(sectors) else None


def _range_of(finding: Finding) -> tuple[float | None, float | None]:
    value, tolerance = finding.value, finding.tolerance or 0.0
    if value is None:
        return (0.0, None) if finding.rule == "rises" else (None, None)
    low = None if finding.rule == "at_most" else value - tolerance
    return low, None if finding.rule == "at_least" else value + tolerance


def _columns(answer: Answer) -> dict[str, object]:
    return {
        "status": answer.status,
        "estimate": answer.estimate,
        "ci_low": answer.ci_low,
        "ci_high": answer.ci_high,
        "n_persons": answer.n_persons,
        "n_cases": answer.n_cases,
    }


def _answer(finding: Finding, tables: Mapping[str, pd.DataFrame], profile: pd.DataFrame) -> Answer:
    if finding.rule == "none":
        return Answer(str(finding.reason))
    if finding.measure == "check":
        return _answer_check(finding, tables["quality"], tables["quality_places"])
    if finding.measure == "pooled_effect":
        return _answer_pooled(finding, tables["estimates"])
    groups = _group_by_year(finding, tables, profile)
    if finding.rule == "rises":
        before = _pool(groups, finding.years_before)
        after = _pool(groups, finding.years)
        return Answer("not_assessed") if before is None or after is None else _rise(before, after)
    now = _pool(groups, finding.years)
    return Answer("not_assessed") if now is None else _judge_level(finding, now)


def _answer_check(finding: Finding, quality: pd.DataFrame, places: pd.DataFrame) -> Answer:
    check_id = str(finding.check_id)
    is_run = quality["check_id"].eq(check_id) & quality["status"].isin(["pass", "fail"])
    if not is_run.any():
        return Answer("not_assessed")
    told = places.loc[places["check_id"].eq(check_id), "place"]
    years = "|".join(str(year) for year in finding.years)
    return Answer(_status(bool(told.str.contains(years).any())), estimate=float(len(told)))


def _answer_pooled(finding: Finding, estimates: pd.DataFrame) -> Answer:
    found = _headline(estimates, POOLED, str(finding.outcome))
    if found is None:
        return Answer("not_assessed")
    largest = float(finding.value or 0.0)
    answer = _judge_effect(found, -largest, largest)
    if answer.estimate is None:
        return answer
    # Small with certainty: the whole interval lies between the limits.
    is_small = -largest <= float(found["ci_low"]) and float(found["ci_high"]) <= largest
    return Answer(
        _status(is_small), answer.estimate, answer.ci_low, answer.ci_high, answer.n_persons
    )


def _judge_level(finding: Finding, now: Group) -> Answer:
    low, high = _range_of(finding)
    is_kept = (low is None or now.mean >= low - _ROUNDING) and (
        high is None or now.mean <= high + _ROUNDING
    )
    ci_low, ci_high = _interval(now.mean, now.squared_error)
    return Answer(_status(is_kept), now.mean, ci_low, ci_high, now.n_persons, now.n_cases)


def _rise(before: Group, after: Group) -> Answer:
    difference = after.mean - before.mean
    low, high = _interval(difference, before.squared_error + after.squared_error)
    cases = None if after.n_cases is None else min(after.n_cases, before.n_cases or 0)
    persons = min(after.n_persons, before.n_persons)
    return Answer(_status(low > 0), difference, low, high, persons, cases)


def _interval(mean: float, squared_error: float) -> tuple[float, float]:
    half = float(stats.norm.ppf(0.5 + SHARES_LEVEL / 2)) * float(np.sqrt(squared_error))
    return mean - half, mean + half


def _group_by_year(
    finding: Finding, tables: Mapping[str, pd.DataFrame], profile: pd.DataFrame
) -> pd.DataFrame:
    """Give persons, sum and sum of squares of the measure by year; year 0 where it has none."""
    if finding.measure == "matched_share":
        rows = tables["matched_share"]
        rows = rows[rows["sector"].eq(POOLED)]
        return _cases(0, rows["n_persons"], rows["n_matched"])
    if finding.measure in ("sector_share", "multi_sector_share"):
        return _group_composition(finding, tables["composition"])
    persons = profile["n_persons"]
    if finding.measure == "day_treatment_share":
        persons = persons.where(profile["sector"].isin(finding.in_sectors), 0)
    if finding.measure == "sick_leave_days_before":
        return pd.DataFrame(
            {
                "year": profile["index_year"],
                "persons": persons,
                "total": profile["sick_leave_days"],
                "squares": profile["squared_days"],
                "is_share": False,
            }
        )
    has_feature = {
        "young_share": profile["age_band"].lt(finding.below_age or 0),
        "day_treatment_share": profile["is_day_treatment"].astype(bool),
        "inpatient_share": ~profile["is_outpatient"].astype(bool),
        "chapter_share": profile["chapter_letter"].isin(finding.chapters),
    }[str(finding.measure)]
    return _cases(profile["index_year"], persons, persons.where(has_feature, 0))


def _group_composition(finding: Finding, composition: pd.DataFrame) -> pd.DataFrame:
    is_pooled = composition["sector"].eq(POOLED)
    if finding.measure == "multi_sector_share":
        rows = composition[is_pooled]
        return _cases(rows["year"], rows["n_persons"], rows["n_multi_sector"])
    rows = composition[~is_pooled]
    mine = rows["n_persons"].where(rows["sector"].isin(finding.in_sectors), 0)
    return _cases(rows["year"], rows["n_persons"], mine)


def _cases(year: "pd.Series[int] | int", persons: pd.Series, cases: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "persons": persons.astype("float64"),
            "total": cases.astype("float64"),
            "squares": cases.astype("float64"),
            "year": year,
            "is_share": True,
        }
    )


def _pool(groups: pd.DataFrame, years: Sequence[int]) -> Group | None:
    """Put some years together, or all of them; None without persons in each."""
    rows = groups[groups["year"].isin(years)] if years else groups
    persons = float(rows["persons"].sum())
    if persons == 0 or (years and set(rows["year"]) != set(years)):
        return None
    mean = float(rows["total"].sum()) / persons
    variance = max(float(rows["squares"].sum()) / persons - mean**2, 0.0)
    cases = int(rows["total"].sum()) if bool(rows["is_share"].all()) else None
    return Group(mean, variance, int(persons), cases)
