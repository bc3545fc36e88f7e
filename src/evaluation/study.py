"""StudyDefinition: every choice of a study, read from one TOML file.

Here is what a study *is*; where and how it runs (folders, memory, threads) is not here and
never changes a number. All defaults stand in the study file, so that none is hidden in code.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)

from evaluation.errors import StudyError
from evaluation.published import Finding, Part, PublishedFinding, Sector

Outcome = Literal[
    "sick_leave_days",
    "health_benefit_days",
    "sick_leave_dagsverk",
    "sick_leave_months",
    "health_benefit_months",
]
SICK_PAY = "SP"
# The dates of sql/core/core_calendar.sql.
CALENDAR_FIRST_DATE, CALENDAR_LAST_DATE = date(1990, 1, 1), date(2040, 12, 31)
OUTCOME_UNITS: dict[Outcome, str] = {
    "sick_leave_days": "days",
    "health_benefit_days": "days",
    "sick_leave_dagsverk": "dagsverk",
    "sick_leave_months": "months",
    "health_benefit_months": "months",
}
MatchingVariable = Literal["diagnosis", "sex", "age_band", "education_group"]
EstimatorId = Literal["did_2x2", "event_study"]
DiagnosticId = Literal[
    "balance",
    "pre_trend",
    "pre_trend_equivalence",
    "placebo",
    "negative_controls",
    "power",
    "matched_share",
    "coding",
    "follow_up",
]
Share = Annotated[float, Field(gt=0, lt=1)]
CodeList = Annotated[tuple[str, ...], Field(min_length=1)]


class Period(Part):
    """Index dates of the study, both ends included."""

    first_index_date: date
    last_index_date: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_index_date < self.first_index_date:
            raise ValueError(
                f"last_index_date {self.last_index_date} is before"
                f" first_index_date {self.first_index_date}"
            )
        return self


class Intervention(Part):
    """Which contacts are the treatment under study."""

    kind: Literal["debitor_code"]
    debitor_codes: CodeList


class Comparator(Part):
    """Which contacts may serve as comparison."""

    outpatient_only_sectors: tuple[Sector, ...]
    exclusion_before_days: NonNegativeInt
    exclusion_after_days: NonNegativeInt


class Index(Part):
    """How time zero is found."""

    washout_days: PositiveInt
    course_gap_days: PositiveInt
    left_truncation: Literal["keep", "drop"]


class Windows(Part):
    """Days and 30-day periods around the index date.

    before = [index_date - before_days, index_date);
    after = [index_date, index_date + after_days);
    event time t = [index_date + t * period_days, index_date + (t + 1) * period_days).
    """

    before_days: PositiveInt
    after_days: PositiveInt
    period_days: PositiveInt
    first_event_time: int
    last_event_time: int
    reference_event_time: int

    @model_validator(mode="after")
    def _reference_is_before_the_index(self) -> Self:
        if not self.first_event_time <= self.reference_event_time < 0 <= self.last_event_time:
            raise ValueError(
                "reference_event_time must be negative and between first_event_time and"
                f" last_event_time; got {self.first_event_time}, {self.reference_event_time},"
                f" {self.last_event_time}"
            )
        return self


class Eligibility(Part):
    """Who may be in the study, at the index date."""

    min_age_years: NonNegativeInt
    max_age_years: PositiveInt

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_age_years < self.min_age_years:
            raise ValueError(
                f"max_age_years {self.max_age_years} is below min_age_years {self.min_age_years}"
            )
        return self


class Matching(Part):
    """Exact matching within sector, k controls to one treated, without replacement."""

    exact_on: Annotated[tuple[MatchingVariable, ...], Field(min_length=1)]
    within_index_year: bool
    icd10_characters: Annotated[int, Field(ge=1, le=5)]
    replace_z_codes: bool
    age_band_years: PositiveInt
    controls_per_treated: PositiveInt


class Outcomes(Part):
    """What is measured in the windows, and how absence is counted.

    The first outcomes are the answer; the second stand beside them in the table of estimates.
    """

    primary: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    secondary: tuple[Outcome, ...]
    sick_leave_benefit_codes: CodeList
    health_benefit_codes: CodeList
    sick_leave_gap_days: NonNegativeInt
    sustained_return_days: tuple[PositiveInt, PositiveInt]
    public_holidays: Literal["ignored", "working_days"]

    @model_validator(mode="after")
    def _sick_leave_is_a_health_benefit(self) -> Self:
        missing = set(self.sick_leave_benefit_codes) - set(self.health_benefit_codes)
        if missing:
            raise ValueError(f"health_benefit_codes lacks the sick-leave codes {sorted(missing)}")
        return self

    @model_validator(mode="after")
    def _an_outcome_is_primary_or_secondary(self) -> Self:
        both = set(self.primary) & set(self.secondary)
        if both:
            raise ValueError(f"secondary repeats the primary outcomes {sorted(both)}")
        return self

    @model_validator(mode="after")
    def _dagsverk_are_of_sick_pay(self) -> Self:
        others = sorted(set(self.sick_leave_benefit_codes) - {SICK_PAY})
        if others and "sick_leave_dagsverk" in self.every:
            raise ValueError(
                f"sick_leave_dagsverk counts {SICK_PAY} alone, for no other benefit has a grade for"
                f" each job, but sick_leave_benefit_codes holds {', '.join(others)} too; leave the"
                " outcome or the codes out"
            )
        return self

    @model_validator(mode="after")
    def _short_before_long(self) -> Self:
        short, long = self.sustained_return_days
        if long < short:
            raise ValueError(
                f"sustained_return_days must go from short to long; got {short}, {long}"
            )
        return self

    @property
    def every(self) -> tuple[Outcome, ...]:
        """All outcomes, the primary ones first."""
        return self.primary + self.secondary

    @property
    def units(self) -> dict[Outcome, str]:
        """All outcomes, the primary ones first, and what each is counted in."""
        return {outcome: OUTCOME_UNITS[outcome] for outcome in self.every}

    @property
    def by_period(self) -> tuple[Outcome, ...]:
        """The primary outcomes that a 30-day period can hold; a month is not one."""
        return tuple(name for name in self.primary if OUTCOME_UNITS[name] != "months")


class Inference(Part):
    """Estimators and their uncertainty."""

    estimators: Annotated[tuple[EstimatorId, ...], Field(min_length=1)]
    confidence_level: Share
    cluster_on: tuple[Literal["matched_set", "person"], ...]


class Composition(Part):
    """Shares of treated persons by sector and year."""

    denominator: Literal["person_sectors", "persons"]


class Quality(Part):
    """Checks whose threshold is another than the default in their header."""

    thresholds: dict[str, Annotated[float, Field(ge=0, le=1)]]


class Gate(Part):
    """Diagnostics that decide whether an estimate may be shown, and their thresholds."""

    required: tuple[DiagnosticId, ...]
    alpha: Share
    max_smd: Annotated[float, Field(gt=0)]
    clusters_per_period: PositiveInt
    relevant_days: dict[Sector | Literal["ALL"], Annotated[float, Field(gt=0)]]
    tolerated_days: Annotated[float, Field(ge=0)]
    negative_control_chapters: CodeList
    min_observed_share: Annotated[float, Field(gt=0, le=1)]
    power: Share
    min_matched_share: Annotated[float, Field(ge=0, le=1)]
    min_matched_share_pooled: Annotated[float, Field(ge=0, le=1)]
    coding_sectors: tuple[Sector, ...]
    max_hidden_share: Annotated[float, Field(ge=0, le=1)]
    min_marked_persons: PositiveInt
    max_follow_up_points: Annotated[float, Field(ge=0, le=100)]


class Disclosure(Part):
    """What a report may show."""

    min_cell_count: Annotated[int, Field(ge=3, le=10)]


class Provenance(Part):
    """Which settings the source states, and which are our choice."""

    source: str
    from_source: tuple[str, ...]
    our_choice: tuple[str, ...]


class StudyDefinition(Part):
    """One study protocol; frozen, complete, and with a fingerprint."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title_nb: str
    title_en: str
    seed: NonNegativeInt
    sectors: Annotated[tuple[Sector, ...], Field(min_length=1)]
    period: Period
    intervention: Intervention
    comparator: Comparator
    index: Index
    windows: Windows
    eligibility: Eligibility
    matching: Matching
    outcomes: Outcomes
    inference: Inference
    composition: Composition
    quality: Quality
    gate: Gate
    disclosure: Disclosure
    provenance: Provenance
    published: tuple[PublishedFinding, ...] = ()
    finding: tuple[Finding, ...] = ()

    @model_validator(mode="after")
    def _provenance_is_complete(self) -> Self:
        settings = {name for name, _ in self.settings()}
        stated, chosen = set(self.provenance.from_source), set(self.provenance.our_choice)
        problems = [
            *(f"{name} stands in both lists" for name in sorted(stated & chosen)),
            *(f"{name} is not a setting" for name in sorted((stated | chosen) - settings)),
            *(f"{name} is in neither list" for name in sorted(settings - stated - chosen)),
        ]
        if problems:
            raise ValueError("provenance: " + "; ".join(problems))
        return self

    @model_validator(mode="after")
    def _every_sector_has_its_relevant_days(self) -> Self:
        missing = sorted({*self.sectors, "ALL"} - set(self.gate.relevant_days))
        if missing:
            raise ValueError(
                f"gate.relevant_days lacks {', '.join(missing)}; every sector and ALL must have one"
            )
        return self

    @model_validator(mode="after")
    def _windows_are_in_the_calendar(self) -> Self:
        windows, period = self.windows, self.period
        before = max(windows.before_days, -windows.first_event_time * windows.period_days)
        after = max(windows.after_days, (windows.last_event_time + 1) * windows.period_days)
        first = period.first_index_date - timedelta(days=before)
        last = period.last_index_date + timedelta(days=after)
        if first < CALENDAR_FIRST_DATE or last > CALENDAR_LAST_DATE:
            raise ValueError(
                f"the windows reach from {first} to {last}; sql/core/core_calendar.sql knows"
                f" {CALENDAR_FIRST_DATE} to {CALENDAR_LAST_DATE} alone"
            )
        return self

    @classmethod
    def from_toml(cls, path: Path) -> "StudyDefinition":
        """Read a study file.

        Args:
            path: The TOML file.

        Raises:
            StudyError: The file cannot be read, or breaks the protocol; all problems at once.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise StudyError(
                f"{path}: cannot be read ({type(error).__name__}). Give the path of a study"
                " file in TOML, UTF-8, such as pipelines/studies/raskere_tilbake.toml."
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise StudyError(f"{path}: not valid TOML: {error}.") from None
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise StudyError([f"{path}: {text}" for text in describe_problems(error)]) from None

    def settings(self) -> Iterator[tuple[str, Any]]:
        """Yield every setting as (dotted name, value); titles and findings are not settings."""
        about = {"id", "title_nb", "title_en", "provenance", "published", "finding"}
        for name in type(self).model_fields:
            if name in about:
                continue
            value = getattr(self, name)
            if isinstance(value, Part):
                for inner in type(value).model_fields:
                    yield f"{name}.{inner}", getattr(value, inner)
            else:
                yield name, value

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal characters that change when any choice changes."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def describe_problems(error: ValidationError) -> list[str]:
    """Turn pydantic's errors into lines that say where, what, and what is allowed.

    Args:
        error: What pydantic raised.
    """
    lines = []
    for problem in error.errors(include_url=False):
        where = ".".join(str(part) for part in problem["loc"]) or "the file"
        if problem["type"] == "extra_forbidden":
            lines.append(f"{where} is not a known setting; remove it or correct its name.")
        elif problem["type"] == "missing":
            lines.append(f"{where} is missing; every setting must be given.")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            given = problem["input"]
            shown = "" if isinstance(given, dict) else f" (given: {given!r})"
            lines.append(f"{where}: {message}{shown}.")
    return lines
