"""What every section of a study is: frozen, complete, and without doubles in its lists."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Sector = Literal["SOM", "PHV", "TSB", "ARR"]
Share = Annotated[float, Field(gt=0, lt=1)]
CodeList = Annotated[tuple[str, ...], Field(min_length=1)]


class Part(BaseModel):
    """A section of a study file; a setting that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _lists_repeat_nothing(cls, value: Any) -> Any:
        if isinstance(value, tuple) and len(set(value)) < len(value):
            raise ValueError("names something twice; name each once")
        return value
