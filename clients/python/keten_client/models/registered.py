from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..models.dossier_status import DossierStatus

T = TypeVar("T", bound="Registered")


@_attrs_define
class Registered:
    """The client and the dossier that was born with the registration.

    Attributes:
        client_id (UUID):
        dossier_id (UUID):
        group_id (UUID):
        status (DossierStatus): Whether a dossier can be written; an archived one can only be read.
        version (int):
    """

    client_id: UUID
    dossier_id: UUID
    group_id: UUID
    status: DossierStatus
    version: int

    def to_dict(self) -> dict[str, Any]:
        client_id = str(self.client_id)

        dossier_id = str(self.dossier_id)

        group_id = str(self.group_id)

        status = self.status.value

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "clientId": client_id,
                "dossierId": dossier_id,
                "groupId": group_id,
                "status": status,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        client_id = UUID(d.pop("clientId"))

        dossier_id = UUID(d.pop("dossierId"))

        group_id = UUID(d.pop("groupId"))

        status = DossierStatus(d.pop("status"))

        version = d.pop("version")

        registered = cls(
            client_id=client_id,
            dossier_id=dossier_id,
            group_id=group_id,
            status=status,
            version=version,
        )

        return registered
