from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="OpenCount")


@_attrs_define
class OpenCount:
    """Of how many, how many are still open.

    Attributes:
        count (int):
        open_ (int):
    """

    count: int
    open_: int

    def to_dict(self) -> dict[str, Any]:
        count = self.count

        open_ = self.open_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "count": count,
                "open": open_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        count = d.pop("count")

        open_ = d.pop("open")

        open_count = cls(
            count=count,
            open_=open_,
        )

        return open_count
