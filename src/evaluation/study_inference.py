"""The sections `inference` and `subgroups` of a study: how effects are estimated, and of whom."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from evaluation.study_part import Part, Share

EstimatorId = Literal[
    "did_2x2", "stratified", "event_study", "poisson", "callaway_santanna", "twfe"
]
HEADLINE: EstimatorId = "did_2x2"
SubgroupVariable = Literal["sex", "age_group", "education_group", "diagnosis_chapter", "care_mode"]


class Inference(Part):
    """Estimators and their uncertainty."""

    estimators: Annotated[tuple[EstimatorId, ...], Field(min_length=1)]
    confidence_level: Share
    cluster_on: tuple[Literal["matched_set", "person"], ...]
    draws: Annotated[int, Field(ge=99, le=100_000)]

    @model_validator(mode="after")
    def _the_headline_is_estimated(self) -> Self:
        if HEADLINE not in self.estimators:
            raise ValueError(f"estimators must hold {HEADLINE}, the headline of every report")
        return self


class Subgroups(Part):
    """Parts of the sample fixed in advance, and how small a part may be.

    A matched set belongs to the subgroup, and to the service, of its treated person.
    """

    variables: tuple[SubgroupVariable, ...]
    age_limits: tuple[PositiveInt, ...]
    min_treated: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _limits_rise(self) -> Self:
        if tuple(sorted(self.age_limits)) != self.age_limits:
            raise ValueError(f"age_limits must rise; got {self.age_limits}")
        return self
