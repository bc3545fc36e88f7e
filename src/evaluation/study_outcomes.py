"""The section `outcomes` of a study: what is measured, and how absence is counted."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from evaluation.study_part import Part

Outcome = Literal[
    "sick_leave_days",
    "health_benefit_days",
    "sick_leave_dagsverk",
    "sick_leave_months",
    "health_benefit_months",
]
SICK_PAY = "SP"
OUTCOME_UNITS: dict[Outcome, str] = {
    "sick_leave_days": "days",
    "health_benefit_days": "days",
    "sick_leave_dagsverk": "dagsverk",
    "sick_leave_months": "months",
    "health_benefit_months": "months",
}
BenefitCode = Literal["SP", "RP", "AF", "TU", "AAP", "UFP", "UT"]
BenefitCodes = Annotated[tuple[BenefitCode, ...], Field(min_length=1)]


class Outcomes(Part):
    """What is measured in the windows, and how absence is counted.

    The first outcomes are the answer; the second stand beside them in the table of estimates.
    """

    primary: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    secondary: tuple[Outcome, ...]
    sick_leave_benefit_codes: BenefitCodes
    health_benefit_codes: BenefitCodes
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

    def tell_misplaced(self, others: "Outcomes", name: str) -> Iterator[str]:
        """Tell why the primary outcomes of a specification cannot stand for these, one by one.

        Args:
            others: Of the specification.
            name: Of the specification.
        """
        if len(others.primary) < len(self.primary):
            yield f"{name}: outcomes.primary is shorter than the study's"
        for mine, other in zip(self.primary, others.primary, strict=False):
            if mine != other and mine in others.primary:
                yield f"{name}: outcomes.primary has {mine} in another place than the study's"

    @property
    def units(self) -> dict[Outcome, str]:
        """All outcomes, the primary ones first, and what each is counted in."""
        return {outcome: OUTCOME_UNITS[outcome] for outcome in self.every}

    @property
    def by_period(self) -> tuple[Outcome, ...]:
        """The primary outcomes that a 30-day period can hold; a month is not one."""
        return tuple(name for name in self.primary if OUTCOME_UNITS[name] != "months")

    @property
    def units_of_primary(self) -> dict[Outcome, str]:
        """The primary outcomes, and what each is counted in."""
        return {name: OUTCOME_UNITS[name] for name in self.primary}
