from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="FileRequest")


@_attrs_define
class FileRequest:
    """A file that is to be sent: in which dossier, and what it is called.

    Attributes:
        dossier_id (UUID):
        name (str):
    """

    dossier_id: UUID
    name: str

    def to_dict(self) -> dict[str, Any]:
        dossier_id = str(self.dossier_id)

        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "dossierId": dossier_id,
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        dossier_id = UUID(d.pop("dossierId"))

        name = d.pop("name")

        file_request = cls(
            dossier_id=dossier_id,
            name=name,
        )

        return file_request
