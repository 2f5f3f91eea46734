from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="Arrival")


@_attrs_define
class Arrival:
    """Which services have not yet taken in what a position names; none pending means it holds everywhere.

    Attributes:
        pending (list[str]):
    """

    pending: list[str]

    def to_dict(self) -> dict[str, Any]:
        pending = self.pending

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "pending": pending,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        pending = cast(list[str], d.pop("pending"))

        arrival = cls(
            pending=pending,
        )

        return arrival
