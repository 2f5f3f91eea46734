from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.log_line_outcome import LogLineOutcome

if TYPE_CHECKING:
    from ..models.dossier_person import DossierPerson
    from ..models.log_line_reasons_item import LogLineReasonsItem


T = TypeVar("T", bound="LogLine")


@_attrs_define
class LogLine:
    """Who did what, when, on whose behalf, and by which rule; refusals stand here too.

    Attributes:
        id (UUID):
        at (datetime.datetime):
        service (str):
        action (str):
        outcome (LogLineOutcome):
        person (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        client (str):
        on_behalf_of (DossierPerson | None):
        emergency (bool):
        reasons (list[LogLineReasonsItem]):
    """

    id: UUID
    at: datetime.datetime
    service: str
    action: str
    outcome: LogLineOutcome
    person: DossierPerson
    client: str
    on_behalf_of: DossierPerson | None
    emergency: bool
    reasons: list[LogLineReasonsItem]

    def to_dict(self) -> dict[str, Any]:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        id = str(self.id)

        at = self.at.isoformat()

        service = self.service

        action = self.action

        outcome = self.outcome.value

        person = self.person.to_dict()

        client = self.client

        on_behalf_of: dict[str, Any] | None
        if isinstance(self.on_behalf_of, DossierPerson):
            on_behalf_of = self.on_behalf_of.to_dict()
        else:
            on_behalf_of = self.on_behalf_of

        emergency = self.emergency

        reasons = []
        for reasons_item_data in self.reasons:
            reasons_item = reasons_item_data.to_dict()
            reasons.append(reasons_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "at": at,
                "service": service,
                "action": action,
                "outcome": outcome,
                "person": person,
                "client": client,
                "onBehalfOf": on_behalf_of,
                "emergency": emergency,
                "reasons": reasons,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415
        from ..models.log_line_reasons_item import LogLineReasonsItem  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        service = d.pop("service")

        action = d.pop("action")

        outcome = LogLineOutcome(d.pop("outcome"))

        person = DossierPerson.from_dict(d.pop("person"))

        client = d.pop("client")

        def _parse_on_behalf_of(data: object) -> DossierPerson | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                on_behalf_of_type_0 = DossierPerson.from_dict(data)

                return on_behalf_of_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DossierPerson | None, data)

        on_behalf_of = _parse_on_behalf_of(d.pop("onBehalfOf"))

        emergency = d.pop("emergency")

        reasons = []
        _reasons = d.pop("reasons")
        for reasons_item_data in _reasons:
            reasons_item = LogLineReasonsItem.from_dict(reasons_item_data)

            reasons.append(reasons_item)

        log_line = cls(
            id=id,
            at=at,
            service=service,
            action=action,
            outcome=outcome,
            person=person,
            client=client,
            on_behalf_of=on_behalf_of,
            emergency=emergency,
            reasons=reasons,
        )

        return log_line
