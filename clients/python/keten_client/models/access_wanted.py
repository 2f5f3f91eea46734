from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="AccessWanted")


@_attrs_define
class AccessWanted:
    """At which level.

    Attributes:
        level_id (UUID):
    """

    level_id: UUID

    def to_dict(self) -> dict[str, Any]:
        level_id = str(self.level_id)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "levelId": level_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        level_id = UUID(d.pop("levelId"))

        access_wanted = cls(
            level_id=level_id,
        )

        return access_wanted
