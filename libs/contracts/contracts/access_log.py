"""Lines of the access log (NEN 7513) as services ship them to where a person reads the log of one dossier."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from contracts.events import Event
from contracts.ids import DossierId

Outcome = Literal["allowed", "denied", "unavailable"]


class AccessLogLine(BaseModel):
    """Who did what with which dossier, on whose behalf, when, and by which rule. Codes and ids only."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    id: UUID
    at: datetime
    service: str
    actor_id: UUID
    account_id: UUID
    client: str
    on_behalf_of: UUID | None
    subject_id: UUID | None
    action: str
    outcome: Outcome
    reasons: list[dict[str, Any]]
    emergency: bool = False


class AccessLogged(Event):
    """Lines about one dossier that another service wrote."""

    dossier_id: DossierId
    lines: list[AccessLogLine]


class AccessLogSealed(Event):
    """The head of a service's chain of access log lines: whoever holds it can tell that no line before it was changed."""

    segment_id: UUID
    segment: str
    lines: int
    head: str
