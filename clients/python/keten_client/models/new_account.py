from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.owner import Owner


T = TypeVar("T", bound="NewAccount")


@_attrs_define
class NewAccount:
    """An organisation that wants an account.

    Attributes:
        name (str): The organisation.
        owner (Owner): Who opens the account.
    """

    name: str
    owner: Owner

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        owner = self.owner.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "owner": owner,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.owner import Owner  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        owner = Owner.from_dict(d.pop("owner"))

        new_account = cls(
            name=name,
            owner=owner,
        )

        return new_account
