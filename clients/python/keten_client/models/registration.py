from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.profile_given import ProfileGiven


T = TypeVar("T", bound="Registration")


@_attrs_define
class Registration:
    """A person to take into care, and in which group.

    Attributes:
        group_id (UUID):
        profile (ProfileGiven): Who the client is. Never an identity number.
    """

    group_id: UUID
    profile: ProfileGiven

    def to_dict(self) -> dict[str, Any]:
        group_id = str(self.group_id)

        profile = self.profile.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "groupId": group_id,
                "profile": profile,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.profile_given import ProfileGiven  # noqa: PLC0415

        d = dict(src_dict)
        group_id = UUID(d.pop("groupId"))

        profile = ProfileGiven.from_dict(d.pop("profile"))

        registration = cls(
            group_id=group_id,
            profile=profile,
        )

        return registration
