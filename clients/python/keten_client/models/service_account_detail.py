from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..models.user_status import UserStatus

if TYPE_CHECKING:
    from ..models.secret_row import SecretRow


T = TypeVar("T", bound="ServiceAccountDetail")


@_attrs_define
class ServiceAccountDetail:
    """One service account, with the secrets that open it.

    Attributes:
        id (UUID):
        client_id (UUID):
        name (str):
        description (str):
        status (UserStatus): Whether a user can work: a suspended one can be let back in, a removed one cannot.
        added_at (datetime.datetime):
        secrets (list[SecretRow]):
    """

    id: UUID
    client_id: UUID
    name: str
    description: str
    status: UserStatus
    added_at: datetime.datetime
    secrets: list[SecretRow]

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        client_id = str(self.client_id)

        name = self.name

        description = self.description

        status = self.status.value

        added_at = self.added_at.isoformat()

        secrets = []
        for secrets_item_data in self.secrets:
            secrets_item = secrets_item_data.to_dict()
            secrets.append(secrets_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "clientId": client_id,
                "name": name,
                "description": description,
                "status": status,
                "addedAt": added_at,
                "secrets": secrets,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.secret_row import SecretRow  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        client_id = UUID(d.pop("clientId"))

        name = d.pop("name")

        description = d.pop("description")

        status = UserStatus(d.pop("status"))

        added_at = datetime.datetime.fromisoformat(d.pop("addedAt"))

        secrets = []
        _secrets = d.pop("secrets")
        for secrets_item_data in _secrets:
            secrets_item = SecretRow.from_dict(secrets_item_data)

            secrets.append(secrets_item)

        service_account_detail = cls(
            id=id,
            client_id=client_id,
            name=name,
            description=description,
            status=status,
            added_at=added_at,
            secrets=secrets,
        )

        return service_account_detail
