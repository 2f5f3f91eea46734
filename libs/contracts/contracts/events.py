"""The shape of every event: a fact of one aggregate at one version, in a CloudEvents 1.0 envelope (NL GOV profile 1.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from contracts.services import SERVICES, private_topic, topic

E = TypeVar("E", bound="Event", covariant=True)

# Services that decide by what they hear who reaches a dossier: those that keep the projection of libs/access. A
# restricting write waits for each of them (BEY-16).
ENFORCERS: tuple[str, ...] = ("dossier", "sharing", "documents")


# A set has no order of its own; on the log and in projections the same set reads the same.
Rights = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str])]


class Event(BaseModel):
    """A past fact. Subclasses name their type, their key and, where it decides access, who enforces it; and whether it ends
    all that was said privately under its key."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    type: ClassVar[str]
    key_field: ClassVar[str]
    subject_field: ClassVar[str]
    private: ClassVar[bool] = False
    erases: ClassVar[bool] = False
    enforced_by: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(
        cls,
        *,
        type: str | None = None,
        key: str | None = None,
        subject: str | None = None,
        private: bool = False,
        erases: bool = False,
        enforced_by: tuple[str, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if type is None:
            return
        if key is None:
            raise TypeError(f"{cls.__name__} names no key")
        cls.type, cls.key_field, cls.subject_field = type, key, subject or key
        cls.private, cls.erases, cls.enforced_by = private, erases, enforced_by

    @property
    def key(self) -> UUID:
        """What the order of the log holds for: the dossier's id for what belongs to a dossier, else the aggregate's."""
        value: UUID = getattr(self, self.key_field)
        return value

    @property
    def subject(self) -> UUID:
        """The thing the fact is about."""
        value: UUID = getattr(self, self.subject_field)
        return value

    @classmethod
    def sentence(cls) -> str:
        """What it says happened."""
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def service(cls) -> str:
        """The service that states this fact."""
        return cls.type.split(".")[2]

    @classmethod
    def topic(cls) -> str:
        return private_topic(cls.service()) if cls.private else topic(cls.service())


class CloudEvent(BaseModel):
    """One event as it stands on the log. `sequence` is the aggregate's version after the fact; times are UTC."""

    model_config = ConfigDict(frozen=True, extra="allow")

    specversion: str = "1.0"
    id: UUID = Field(description="The same event has the same id, however often it comes (UUIDv7).")
    source: str = Field(description="Which service states it: `urn:nld:keten:dossier`.")
    type: str = Field(description="What happened, with the version of the contract at its end.")
    subject: str = Field(description="The id of the thing it is about.")
    time: AwareDatetime = Field(description="When it became true.")
    dataschema: str = Field(description="The name of the schema of `data`.")
    datacontenttype: str = "application/json"
    sequence: str = Field(description="The version of the thing after it; what is older changes nothing any more.")
    sequencetype: str = "Integer"
    actor: str | None = Field(default=None, description="The id of the user or service account that did it.")
    account: str | None = Field(default=None, description="The id of the account that it was done in.")
    causedby: str | None = Field(default=None, description="The id of the event that led to it.")
    traceparent: str | None = Field(default=None, description="The trace it belongs to (W3C Trace Context).")
    data: dict[str, Any] = Field(description="What is true now.")


@dataclass(frozen=True, slots=True)
class Heard(Generic[E]):
    """An event as a consumer takes it: the fact with what its envelope says of it."""

    event: E
    id: UUID
    version: int
    at: datetime
    actor: UUID | None = None
    account: UUID | None = None
    traceparent: str | None = None


def event_types() -> dict[str, "type[Event]"]:
    """Every event of every service by its type name."""
    for service in SERVICES:
        import_module(f"contracts.{service}")
    return {found.type: found for found in _subclasses(Event) if "type" in vars(found)}


def _subclasses(cls: type[Event]) -> Iterator[type[Event]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)
