"""Published findings of a study: what a run is held against."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from evaluation.study_part import DayOutcome, Part, Sector

FindingId = Annotated[str, Field(pattern=r"^F[0-9]+$")]
Measure = Literal[
    "sector_share",
    "multi_sector_share",
    "young_share",
    "inpatient_share",
    "day_treatment_share",
    "chapter_share",
    "sick_leave_days_before",
    "matched_share",
    "pooled_effect",
    "check",
]
_RULE_NEEDS = {
    "near": ("measure", "value", "tolerance", "years"),
    "at_least": ("measure", "value"),
    "at_most": ("measure", "value"),
    "rises": ("measure", "years", "years_before"),
    "falls_in": ("measure", "years"),
    "none": ("reason",),
}
_MEASURE_NEEDS = {
    "sector_share": ("in_sectors",),
    "young_share": ("below_age",),
    "day_treatment_share": ("in_sectors",),
    "chapter_share": ("chapters",),
    "pooled_effect": ("outcome",),
    "check": ("check_id",),
}


class PublishedFinding(Part):
    """A finding of the study to be reproduced, in days; a range when the source gives one."""

    id: FindingId
    sector: Sector
    outcome: DayOutcome
    low_days: float
    high_days: float
    text_nb: str
    text_en: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.high_days < self.low_days:
            raise ValueError(f"high_days {self.high_days} is below low_days {self.low_days}")
        return self


class Finding(Part):
    """A published finding that is no effect of a sector, and what in the registers answers it.

    `measure` and `rule` are told in evaluation.findings; a rule without a number there is `none`
    and says in `reason` why.
    """

    id: FindingId
    part: str = ""
    source: str
    text_nb: str
    text_en: str
    measure: Measure | None = None
    rule: Literal["near", "at_least", "at_most", "rises", "falls_in", "none"]
    reason: Literal["not_in_registers", "no_number"] | None = None
    value: float | None = None
    tolerance: float | None = None
    in_sectors: tuple[Sector, ...] = ()
    chapters: tuple[str, ...] = ()
    below_age: PositiveInt | None = None
    check_id: str | None = None
    outcome: DayOutcome | None = None
    years: tuple[int, ...] = ()
    years_before: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        needed = [*_RULE_NEEDS[self.rule], *_MEASURE_NEEDS.get(self.measure or "", ())]
        missing = [name for name in needed if getattr(self, name) in (None, ())]
        if missing:
            raise ValueError(f"finding {self.id} lacks {', '.join(missing)}")
        return self
