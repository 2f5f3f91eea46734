from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..models.user_status import UserStatus

T = TypeVar("T", bound="ServiceAccountRow")


@_attrs_define
class ServiceAccountRow:
    """A partner system that works in the account.

    Attributes:
        id (UUID):
        client_id (UUID):
        name (str):
        description (str):
        status (UserStatus): Whether a user can work: a suspended one can be let back in, a removed one cannot.
        added_at (datetime.datetime):
    """

    id: UUID
    client_id: UUID
    name: str
    description: str
    status: UserStatus
    added_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        client_id = str(self.client_id)

        name = self.name

        description = self.description

        status = self.status.value

        added_at = self.added_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "clientId": client_id,
                "name": name,
                "description": description,
                "status": status,
                "addedAt": added_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        client_id = UUID(d.pop("clientId"))

        name = d.pop("name")

        description = d.pop("description")

        status = UserStatus(d.pop("status"))

        added_at = datetime.datetime.fromisoformat(d.pop("addedAt"))

        service_account_row = cls(
            id=id,
            client_id=client_id,
            name=name,
            description=description,
            status=status,
            added_at=added_at,
        )

        return service_account_row
