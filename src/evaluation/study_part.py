"""What every section of a study file shares, and how what is wrong with one is told."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

Sector = Literal["SOM", "PHV", "TSB", "ARR"]
SECTORS: tuple[Sector, ...] = get_args(Sector)
"""Every sector; a study may hold fewer."""
DayOutcome = Literal["sick_leave_days", "health_benefit_days"]
Share = Annotated[float, Field(gt=0, lt=1)]


class Part(BaseModel):
    """A section of a study file; a setting that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _lists_repeat_nothing(cls, value: Any) -> Any:
        if isinstance(value, tuple) and _repeats(value):
            raise ValueError("names something twice; name each once")
        return value


def _repeats(values: tuple[Any, ...]) -> bool:
    try:
        return len(set(values)) < len(values)
    except TypeError:  # a section with a table in it cannot be hashed
        return any(values.count(item) > 1 for item in values)


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
        elif problem["type"] == "too_short" and problem["input"]:
            continue  # the items that are there are wrong, each told by itself
        elif problem["type"] == "missing":
            lines.append(f"{where} is missing; every setting must be given.")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            given = problem["input"]
            shown = "" if isinstance(given, dict) else f" (given: {given!r})"
            lines.append(f"{where}: {message}{shown}.")
    return lines
