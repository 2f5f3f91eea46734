from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="SharingPerson")


@_attrs_define
class SharingPerson:
    """A person as others see him: his name, initials and organisation.

    Attributes:
        user_id (UUID):
        name (str):
        initials (str):
        organisation (str):
    """

    user_id: UUID
    name: str
    initials: str
    organisation: str

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        name = self.name

        initials = self.initials

        organisation = self.organisation

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "userId": user_id,
                "name": name,
                "initials": initials,
                "organisation": organisation,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        user_id = UUID(d.pop("userId"))

        name = d.pop("name")

        initials = d.pop("initials")

        organisation = d.pop("organisation")

        sharing_person = cls(
            user_id=user_id,
            name=name,
            initials=initials,
            organisation=organisation,
        )

        return sharing_person
