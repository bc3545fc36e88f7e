"""The section `gate` of a study: diagnostics that decide whether an estimate may be shown."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from evaluation.study_part import Part, Sector, Share

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


# fmt: off
Icd10Chapter = Literal[
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI",
    "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX", "XX", "XXI",
]
# fmt: on
Above = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Gate(Part):
    """Diagnostics that decide whether an estimate may be shown, and their thresholds."""

    required: Annotated[tuple[DiagnosticId, ...], Field(min_length=1)]
    alpha: Share
    max_smd: Above
    clusters_per_period: PositiveInt
    relevant_days: dict[Sector | Literal["ALL"], Above]
    tolerated_days: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    negative_control_chapters: Annotated[tuple[Icd10Chapter, ...], Field(min_length=1)]
    min_observed_share: Annotated[float, Field(gt=0, le=1)]
    power: Share
    min_matched_share: Annotated[float, Field(ge=0, le=1)]
    min_matched_share_pooled: Annotated[float, Field(ge=0, le=1)]
    coding_sectors: tuple[Sector, ...]
    max_hidden_share: Annotated[float, Field(ge=0, le=1)]
    min_marked_persons: PositiveInt
    max_follow_up_points: Annotated[float, Field(ge=0, le=100)]
