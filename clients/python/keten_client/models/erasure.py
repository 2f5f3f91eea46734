from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.erasure_ground import ErasureGround

T = TypeVar("T", bound="Erasure")


@_attrs_define
class Erasure:
    """Why a dossier is erased.

    Attributes:
        ground (ErasureGround): The person asks for it (BW 7:455), or the time is over for which it must be kept (BW
            7:454).
    """

    ground: ErasureGround

    def to_dict(self) -> dict[str, Any]:
        ground = self.ground.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ground": ground,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ground = ErasureGround(d.pop("ground"))

        erasure = cls(
            ground=ground,
        )

        return erasure
