from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="ClientGroupAnswer")


@_attrs_define
class ClientGroupAnswer:
    """A group; `system` is the one that holds what was received, which fills itself.

    Attributes:
        id (UUID):
        name (str):
        system (bool):
        clients (int):
        version (int):
    """

    id: UUID
    name: str
    system: bool
    clients: int
    version: int

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        name = self.name

        system = self.system

        clients = self.clients

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "system": system,
                "clients": clients,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        name = d.pop("name")

        system = d.pop("system")

        clients = d.pop("clients")

        version = d.pop("version")

        client_group_answer = cls(
            id=id,
            name=name,
            system=system,
            clients=clients,
            version=version,
        )

        return client_group_answer
