"""The base of request and response models: camelCase outside, snake_case inside, nothing unknown accepted."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, field_validator
from pydantic.alias_generators import to_camel


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
