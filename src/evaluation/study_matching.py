"""The section `matching` of a study: how comparators are found."""

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from evaluation.study_part import Part

MatchingVariable = Literal[
    "diagnosis", "sex", "age_band", "education_group", "sick_leave_level", "health_benefit_level"
]
OLDEST_YEARS = 120
PRIOR_LEVELS: tuple[MatchingVariable, ...] = ("sick_leave_level", "health_benefit_level")
MatchingMethod = Literal[
    "exact", "stratification", "nearest", "propensity_weights", "entropy_weights"
]
BalancingVariable = Literal[
    "age_years",
    "sex_code",
    "age_band",
    "education_group",
    "index_year",
    "diagnosis",
    "sick_leave_days_before",
    "health_benefit_days_before",
]


class Matching(Part):
    """How comparators are found, always within sector and within cells that match exactly.

    exact: k to one treated. stratification: all of the cell, weighted. nearest: k nearest on
    `nearest_on` within `caliper` (days, or standard deviations of the logit of the score).
    propensity_weights and entropy_weights: all in cells with treated, weighted to be like them
    in `balance_on`.

    Coarsened exact matching (Iacus, King & Porro 2012) is exact or stratification on variables
    made coarse here: bands of age, characters or groups of diagnoses, levels of days before.
    """

    method: MatchingMethod
    exact_on: Annotated[tuple[MatchingVariable, ...], Field(min_length=1)]
    within_index_year: bool
    icd10_characters: Annotated[int, Field(ge=1, le=5)] | Literal["group"]
    replace_z_codes: bool
    age_band_years: PositiveInt | Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]
    prior_level_edges_days: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    controls_per_treated: PositiveInt | Literal["all"]
    with_replacement: bool
    nearest_on: Literal["index_date", "propensity_score"]
    caliper: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    balance_on: Annotated[tuple[BalancingVariable, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if self.controls_per_treated == "all" and (
            self.with_replacement or self.method == "nearest"
        ):
            raise ValueError(
                'controls_per_treated = "all" needs method = "exact" and with_replacement ='
                ' false; give a number, or take method = "stratification"'
            )
        if self.with_replacement and self.method not in {"exact", "nearest"}:
            raise ValueError(f"with_replacement has no meaning with method = {self.method!r}")
        if list(self.prior_level_edges_days) != sorted(self.prior_level_edges_days):
            raise ValueError("prior_level_edges_days must rise")
        firsts = self.age_band_years
        if not isinstance(firsts, int) and list(firsts) != sorted(firsts):
            raise ValueError("age_band_years must rise: the first age of each band, or one width")
        return self

    @property
    def age_bands(self) -> list[int]:
        """Band of each age from 0 to OLDEST_YEARS, named by its first age.

        Ages below the first one named form a band from 0.
        """
        ages = range(OLDEST_YEARS + 1)
        if isinstance(self.age_band_years, int):
            return [age // self.age_band_years * self.age_band_years for age in ages]
        firsts = (0, *self.age_band_years)
        return [max(first for first in firsts if first <= age) for age in ages]

    @property
    def is_in_sql(self) -> bool:
        """Whether SQL alone makes the matched sets; else match_computed holds them."""
        return self.method in {"exact", "stratification"}

    @property
    def uses_prior_outcomes(self) -> bool:
        """Whether comparators are chosen by an outcome before treatment (Daw & Hatfield 2018)."""
        balanced = self.balance_on if "weights" in self.method else ()
        if self.method == "nearest" and self.nearest_on == "propensity_score":
            balanced = self.balance_on
        return bool(
            set(self.exact_on) & set(PRIOR_LEVELS)
            or set(balanced) & {"sick_leave_days_before", "health_benefit_days_before"}
        )
