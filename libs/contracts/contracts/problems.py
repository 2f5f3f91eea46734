"""The shape of every refusal (RFC 9457)."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """One thing that is wrong with what was sent. Never holds the value itself."""

    location: str = Field(description="Where: body.recipient.userId, query.limit, header.If-Match.")
    code: str = Field(description="A stable code for programs.")
    message: str = Field(description="For people, in the reader's language.")


class Problem(BaseModel):
    """A refusal: a stable type for programs, a sentence for people."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/share-with-self"], description="A stable relative reference.")
    title: str
    status: int
    detail: str
    instance: str | None = None
    faults: list[Fault] | None = None
    reasons: list[dict[str, Any]] | None = Field(default=None, description="Why: rules, grants, assignments, with ids.")
