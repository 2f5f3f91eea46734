"""The base of request and response models: camelCase outside, snake_case inside, nothing unknown accepted."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


class Model(BaseModel):
    """One JSON object of the API."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", str_strip_whitespace=True
    )

    @field_validator("*", mode="after")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        # The one character that JSON knows and a text column does not.
        if isinstance(value, str) and "\0" in value:
            raise ValueError("the character NUL")
        return value


def _is_day(value: Any) -> Any:
    # pydantic would also take a number of seconds, or an instant at midnight.
    if (isinstance(value, str) and not _DAY.fullmatch(value)) or isinstance(value, int | float):
        raise PydanticCustomError("date_parsing", "not a date")
    return value


def _is_instant(value: Any) -> Any:
    # pydantic would also take a number of seconds.
    if (isinstance(value, str) and not _INSTANT.fullmatch(value)) or isinstance(value, int | float):
        raise PydanticCustomError("datetime_parsing", "not an instant")
    return value


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def _in_our_time(value: datetime) -> datetime:
    # Nothing here is about another age, and the far ends of the calendar have no UTC.
    if not 1900 <= value.year <= 2999:
        raise PydanticCustomError("datetime_range", "not a moment of our time")
    return value


# A date and an instant as they are sent: written as RFC 3339 says, and no other way.
Day = Annotated[date, BeforeValidator(_is_day)]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_is_instant),
    AfterValidator(_in_our_time),
    Field(json_schema_extra={"examples": ["2026-11-23T09:30:00Z"]}),
]


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Instant = Annotated[
    datetime,
    AfterValidator(_utc),
    PlainSerializer(
        lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str, when_used="json"
    ),
    Field(json_schema_extra={"format": "date-time", "examples": ["2026-11-23T09:30:00Z"]}),
]


def unchanged() -> Any:
    """For a member of a change that may be left out, but not be null; what is left out stays as it is."""
    return Field(default_factory=lambda: None)
