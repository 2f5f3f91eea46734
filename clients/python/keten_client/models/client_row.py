from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.dossier_status import DossierStatus

T = TypeVar("T", bound="ClientRow")


@_attrs_define
class ClientRow:
    """One dossier in a list. The name is shown to who may read the profile; what was received says from whom (SHR-14).

    Attributes:
        client_id (UUID):
        dossier_id (UUID):
        group_id (UUID):
        name (None | str):
        initials (str):
        status (DossierStatus): Whether a dossier can be written; an archived one can only be read.
        received (bool):
        organisation (None | str):
        level (None | str):
    """

    client_id: UUID
    dossier_id: UUID
    group_id: UUID
    name: None | str
    initials: str
    status: DossierStatus
    received: bool
    organisation: None | str
    level: None | str

    def to_dict(self) -> dict[str, Any]:
        client_id = str(self.client_id)

        dossier_id = str(self.dossier_id)

        group_id = str(self.group_id)

        name: None | str
        name = self.name

        initials = self.initials

        status = self.status.value

        received = self.received

        organisation: None | str
        organisation = self.organisation

        level: None | str
        level = self.level

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "clientId": client_id,
                "dossierId": dossier_id,
                "groupId": group_id,
                "name": name,
                "initials": initials,
                "status": status,
                "received": received,
                "organisation": organisation,
                "level": level,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        client_id = UUID(d.pop("clientId"))

        dossier_id = UUID(d.pop("dossierId"))

        group_id = UUID(d.pop("groupId"))

        def _parse_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        name = _parse_name(d.pop("name"))

        initials = d.pop("initials")

        status = DossierStatus(d.pop("status"))

        received = d.pop("received")

        def _parse_organisation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        organisation = _parse_organisation(d.pop("organisation"))

        def _parse_level(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        level = _parse_level(d.pop("level"))

        client_row = cls(
            client_id=client_id,
            dossier_id=dossier_id,
            group_id=group_id,
            name=name,
            initials=initials,
            status=status,
            received=received,
            organisation=organisation,
            level=level,
        )

        return client_row
