from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="Unconfirmed")


@_attrs_define
class Unconfirmed:
    """It holds here. `pending` are the services that have not confirmed it; ask `/positions/_check` with `position`.

    Attributes:
        position (str):
        pending (list[str]):
    """

    position: str
    pending: list[str]

    def to_dict(self) -> dict[str, Any]:
        position = self.position

        pending = self.pending

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "position": position,
                "pending": pending,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        position = d.pop("position")

        pending = cast(list[str], d.pop("pending"))

        unconfirmed = cls(
            position=position,
            pending=pending,
        )

        return unconfirmed
