from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="Move")


@_attrs_define
class Move:
    """To which group of the same account.

    Attributes:
        group_id (UUID):
    """

    group_id: UUID

    def to_dict(self) -> dict[str, Any]:
        group_id = str(self.group_id)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "groupId": group_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        group_id = UUID(d.pop("groupId"))

        move = cls(
            group_id=group_id,
        )

        return move
