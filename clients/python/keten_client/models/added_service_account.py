from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.told_secret import ToldSecret


T = TypeVar("T", bound="AddedServiceAccount")


@_attrs_define
class AddedServiceAccount:
    """A new service account, and what it gets its tokens with (`grant_type=client_credentials`).

    Attributes:
        id (UUID):
        client_id (UUID):
        name (str):
        description (str):
        secret (ToldSecret): A secret. Told once; hand it to the partner system and nobody else.
    """

    id: UUID
    client_id: UUID
    name: str
    description: str
    secret: ToldSecret

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        client_id = str(self.client_id)

        name = self.name

        description = self.description

        secret = self.secret.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "clientId": client_id,
                "name": name,
                "description": description,
                "secret": secret,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.told_secret import ToldSecret  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        client_id = UUID(d.pop("clientId"))

        name = d.pop("name")

        description = d.pop("description")

        secret = ToldSecret.from_dict(d.pop("secret"))

        added_service_account = cls(
            id=id,
            client_id=client_id,
            name=name,
            description=description,
            secret=secret,
        )

        return added_service_account
