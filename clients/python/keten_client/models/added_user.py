from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..models.role import Role

T = TypeVar("T", bound="AddedUser")


@_attrs_define
class AddedUser:
    """A new user.

    Attributes:
        id (UUID):
        name (str):
        initials (str):
        email (str):
        role (Role): What a user is in his account.
        invited_until (datetime.datetime): Until then the link works that was mailed to him.
    """

    id: UUID
    name: str
    initials: str
    email: str
    role: Role
    invited_until: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        name = self.name

        initials = self.initials

        email = self.email

        role = self.role.value

        invited_until = self.invited_until.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "initials": initials,
                "email": email,
                "role": role,
                "invitedUntil": invited_until,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        name = d.pop("name")

        initials = d.pop("initials")

        email = d.pop("email")

        role = Role(d.pop("role"))

        invited_until = datetime.datetime.fromisoformat(d.pop("invitedUntil"))

        added_user = cls(
            id=id,
            name=name,
            initials=initials,
            email=email,
            role=role,
            invited_until=invited_until,
        )

        return added_user
