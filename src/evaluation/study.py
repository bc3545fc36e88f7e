"""StudyDefinition: every choice of a study, read from one TOML file.

Here is what a study *is*; where and how it runs (folders, memory, threads) is not here and
never changes a number. All defaults stand in the study file, so that none is hidden in code.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationError, model_validator

from evaluation.errors import StudyError
from evaluation.specifications import Sensitivity, Specification, find_problems, override
from evaluation.study_findings import Finding, PublishedFinding
from evaluation.study_gate import Gate
from evaluation.study_inference import Inference, Subgroups
from evaluation.study_matching import Matching
from evaluation.study_outcomes import Outcomes
from evaluation.study_part import Part, Sector, describe_problems

# The dates of sql/core/core_calendar.sql.
CALENDAR_FIRST_DATE, CALENDAR_LAST_DATE = date(1990, 1, 1), date(2040, 12, 31)


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


# fmt: off
DebitorCode = Literal[
    "1", "11", "12", "13", "20", "22", "24", "30", "32", "40", "41", "42", "43", "44", "45", "47",
    "50", "51", "60", "70", "80", "90", "99", "GR", "IN", "OF", "PA", "PF", "RE", "TR",
]
# fmt: on


class Intervention(Part):
    """Which contacts are the treatment under study."""

    kind: Literal["debitor_code"]
    debitor_codes: Annotated[tuple[DebitorCode, ...], Field(min_length=1)]


class Comparator(Part):
    """Which contacts may serve as comparison."""

    outpatient_only_sectors: tuple[Sector, ...]
    exclusion_before_days: NonNegativeInt
    exclusion_after_days: NonNegativeInt


class Index(Part):
    """How time zero is found: the start or the end of a course, see mart_treated_index."""

    anchor: Literal["start", "end"]
    washout_days: PositiveInt
    course_gap_days: PositiveInt
    left_truncation: Literal["keep", "drop"]


class Windows(Part):
    """Days and 30-day periods around the index date.

    Both windows have one length: the effect is a difference of their sums, in which a level that
    never changes would else look like an effect.

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
    def _windows_are_of_one_length(self) -> Self:
        if self.before_days != self.after_days:
            raise ValueError(
                f"before_days {self.before_days} and after_days {self.after_days} differ; give"
                " both one length, for days in the one are subtracted from days in the other"
            )
        return self

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


class Composition(Part):
    """Shares of treated persons by sector and year."""

    denominator: Literal["person_sectors", "persons"]


class Quality(Part):
    """Checks whose threshold is another than the default in their header."""

    thresholds: dict[str, Annotated[float, Field(ge=0, le=1)]]


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
    subgroups: Subgroups
    composition: Composition
    quality: Quality
    gate: Gate
    disclosure: Disclosure
    provenance: Provenance
    sensitivity: Sensitivity
    specification: tuple[Specification, ...] = ()
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

    @model_validator(mode="after")
    def _sensitivity_keeps_to_the_periods(self) -> Self:
        first, chosen = self.windows.first_event_time, self.sensitivity
        if chosen.placebo_event_time <= first:
            raise ValueError(
                f"sensitivity.placebo_event_time {chosen.placebo_event_time} must be after"
                f" windows.first_event_time {first}"
            )
        if chosen.honest_joined_periods > -first:
            raise ValueError(
                f"sensitivity.honest_joined_periods {chosen.honest_joined_periods} is more than the"
                f" {-first} periods before the index date"
            )
        return self

    @model_validator(mode="after")
    def _every_specification_is_a_study(self) -> Self:
        own, problems = set(), []
        for each in self.specification:
            try:
                changed = self.change(each)
            except ValidationError as error:
                problems += [f"{each.id}: {text}" for text in describe_problems(error)]
            except ValueError as error:
                problems.append(f"{each.id}: {error}")
            else:
                if dict(changed.settings()) == dict(self.settings()):
                    own.add(each.id)
                problems += self.outcomes.tell_misplaced(changed.outcomes, each.id)
        problems += find_problems(self.specification, own)
        if problems:
            raise ValueError("specification: " + "; ".join(problems))
        return self

    def change(self, specification: Specification) -> "StudyDefinition":
        """Make the study that differs by one specification.

        Its primary outcomes stand, in their order, for those of the study.

        Args:
            specification: What to change.

        Raises:
            ValueError: A name is no setting that may be changed, or a value is not allowed.
        """
        names = [name for name, _ in self.settings()]
        content = self.model_dump(exclude={"specification", "finding"})
        return StudyDefinition.model_validate(
            override(content, specification.overrides, settings=names)
        )

    @property
    def variants(self) -> tuple[tuple[Specification, "StudyDefinition"], ...]:
        """The specifications that differ from the study, each as a study, in their order."""
        changed = [(each, self.change(each)) for each in self.specification]
        own = dict(self.settings())
        return tuple((each, study) for each, study in changed if dict(study.settings()) != own)

    @staticmethod
    def from_toml(path: Path) -> "StudyDefinition":
        """Read a study file.

        Args:
            path: The TOML file.

        Raises:
            StudyError: The file cannot be read, or breaks the protocol; all problems at once.
        """
        try:
            return _parse_study(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise StudyError(
                f"{path}: cannot be read ({type(error).__name__}). Give the path of a study"
                " file in TOML, UTF-8, such as pipelines/studies/raskere_tilbake.toml."
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise StudyError(f"{path}: not valid TOML: {error}.") from None
        except ValidationError as error:
            raise StudyError([f"{path}: {text}" for text in describe_problems(error)]) from None

    def settings(self) -> Iterator[tuple[str, Any]]:
        """Yield every setting as (dotted name, value); titles and findings are not settings."""
        about = {
            "id",
            "title_nb",
            "title_en",
            "provenance",
            "specification",
            "published",
            "finding",
        }
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


@lru_cache(maxsize=4)
def _parse_study(text: str) -> StudyDefinition:
    """Parse once what every asset reads: each specification is a study that is checked, too."""
    return StudyDefinition.model_validate(tomllib.loads(text))
