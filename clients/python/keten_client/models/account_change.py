from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AccountChange")


@_attrs_define
class AccountChange:
    """What to change of an account; what is left out stays.

    Attributes:
        name (str | Unset): The organisation.
        second_factor_demanded (bool | Unset): Whoever has no second factor sets one up when he signs in next.
    """

    name: str | Unset = UNSET
    second_factor_demanded: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        second_factor_demanded = self.second_factor_demanded

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if second_factor_demanded is not UNSET:
            field_dict["secondFactorDemanded"] = second_factor_demanded

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name", UNSET)

        second_factor_demanded = d.pop("secondFactorDemanded", UNSET)

        account_change = cls(
            name=name,
            second_factor_demanded=second_factor_demanded,
        )

        return account_change
