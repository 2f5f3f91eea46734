from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="OwnerOfAccount")


@_attrs_define
class OwnerOfAccount:
    """Who owns an account.

    Attributes:
        user_id (UUID):
        name (str):
        initials (str):
    """

    user_id: UUID
    name: str
    initials: str

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        name = self.name

        initials = self.initials

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "userId": user_id,
                "name": name,
                "initials": initials,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        user_id = UUID(d.pop("userId"))

        name = d.pop("name")

        initials = d.pop("initials")

        owner_of_account = cls(
            user_id=user_id,
            name=name,
            initials=initials,
        )

        return owner_of_account
