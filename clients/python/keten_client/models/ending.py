from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.retention import Retention
from ..types import UNSET, Unset

T = TypeVar("T", bound="Ending")


@_attrs_define
class Ending:
    """That the account is to be erased, by its owner himself: with his password, and a code if he has a second factor.

    Attributes:
        password (str): Your password of now.
        retention (Retention): What whoever ends an account says of the dossiers in it that must be kept (BW 7:454).
        code (None | str | Unset): Of now, from your app; or a recovery code.
    """

    password: str
    retention: Retention
    code: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        password = self.password

        retention = self.retention.value

        code: None | str | Unset
        if isinstance(self.code, Unset):
            code = UNSET
        else:
            code = self.code

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "password": password,
                "retention": retention,
            }
        )
        if code is not UNSET:
            field_dict["code"] = code

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        password = d.pop("password")

        retention = Retention(d.pop("retention"))

        def _parse_code(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        code = _parse_code(d.pop("code", UNSET))

        ending = cls(
            password=password,
            retention=retention,
            code=code,
        )

        return ending
