"""Other ways to make the choices that a study leaves open: what a specification curve runs.

A specification names one choice, one level of it, and the settings that make the level. A
level that changes nothing is the study's own: it names what the others are compared with.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field, NegativeInt, PositiveInt, model_validator

from evaluation.study_part import Part

MAIN = "main"
COMBINED = "combined"
# The other sections say what is asked, or how a report shows it: another question is another
# study, and no specification of this one.
OPEN_SECTIONS = ("comparator", "index", "windows", "eligibility", "matching", "outcomes")
Value = bool | int | float | date | str | tuple[str, ...] | tuple[int, ...]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]


class Specification(Part):
    """One level of one choice, and the settings that make it.

    Attributes:
        choice: What is chosen, such as windows; "combined" for several at once.
        level: Name of the level; with the choice it identifies the specification.
        overrides: Setting by dotted name, and its value; none for the study's own level.
        origin: Whether the level is our choice or stated by the source.
    """

    choice: Name
    level: Name
    overrides: dict[str, Value]
    origin: Literal["our_choice", "from_source"]

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return f"{self.choice}={self.level}"


Bound = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Sensitivity(Part):
    """What a finding is tried against besides the specification curve.

    Bounds are those of honest difference in differences (Rambachan and Roth 2023). The placebo
    date is an event time: as many periods are before it as between it and the index date.
    """

    honest_joined_periods: PositiveInt
    relative_magnitudes: Annotated[tuple[Bound, ...], Field(min_length=1)]
    smoothness_days: Annotated[tuple[Bound, ...], Field(min_length=1)]
    placebo_event_time: NegativeInt
    min_service_treated: Annotated[int, Field(ge=3)]

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        for name in ("relative_magnitudes", "smoothness_days"):
            bounds = getattr(self, name)
            if list(bounds) != sorted(bounds):
                raise ValueError(f"{name} must go from low to high; got {list(bounds)}")
        return self


def override(
    content: Mapping[str, Any], overrides: Mapping[str, Any], *, settings: Sequence[str]
) -> dict[str, Any]:
    """Put other values into the content of a study.

    Args:
        content: Sections of the study, as in its file; not changed.
        overrides: Setting by dotted name, and its value.
        settings: Every setting of the study.

    Returns:
        The changed content, not yet validated.

    Raises:
        ValueError: A name is no setting, or one that a specification may not change.
    """
    changed = deepcopy(dict(content))
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        if name not in settings:
            raise ValueError(f"{name} is not a setting")
        if section not in OPEN_SECTIONS:
            raise ValueError(
                f"{name} may not be changed by a specification; it may be one of"
                f" {', '.join(f'{part}.*' for part in OPEN_SECTIONS)}"
            )
        changed[section][key] = value
    return changed


def find_problems(specifications: Sequence[Specification], own: Collection[str]) -> Iterator[str]:
    """Tell what is wrong with a list of specifications as a list.

    Args:
        specifications: As they stand in the study.
        own: Ids of those that change nothing.
    """
    ids = [each.id for each in specifications]
    yield from (f"{name} stands there twice" for name in sorted({*ids}) if ids.count(name) > 1)
    for choice in dict.fromkeys(each.choice for each in specifications):
        same = [each.id for each in specifications if each.choice == choice and each.id in own]
        if choice == MAIN:
            yield f"{MAIN} is the name of the study's own settings; name the choice otherwise"
        elif choice == COMBINED and same:
            yield f"{', '.join(same)}: changes nothing"
        elif len(same) > 1:
            yield f"{' and '.join(same)} are both the study's own settings; keep one"
