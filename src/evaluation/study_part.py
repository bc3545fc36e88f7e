"""What every part of a study file shares, and how what is wrong with one is told."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator


class StudyPart(BaseModel):
    """One section of a study."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _lists_repeat_nothing(cls, value: Any) -> Any:
        if isinstance(value, tuple) and any(value.count(item) > 1 for item in value):
            raise ValueError("names something twice; name each once")
        return value


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
