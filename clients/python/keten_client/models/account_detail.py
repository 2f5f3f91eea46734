from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.owner_of_account import OwnerOfAccount


T = TypeVar("T", bound="AccountDetail")


@_attrs_define
class AccountDetail:
    """An organisation's account.

    Attributes:
        id (UUID):
        name (str):
        opened_at (datetime.datetime):
        owner (OwnerOfAccount): Who owns an account.
        second_factor_demanded (bool): Whoever has no second factor sets one up when he signs in next.
    """

    id: UUID
    name: str
    opened_at: datetime.datetime
    owner: OwnerOfAccount
    second_factor_demanded: bool

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        name = self.name

        opened_at = self.opened_at.isoformat()

        owner = self.owner.to_dict()

        second_factor_demanded = self.second_factor_demanded

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "openedAt": opened_at,
                "owner": owner,
                "secondFactorDemanded": second_factor_demanded,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.owner_of_account import OwnerOfAccount  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        name = d.pop("name")

        opened_at = datetime.datetime.fromisoformat(d.pop("openedAt"))

        owner = OwnerOfAccount.from_dict(d.pop("owner"))

        second_factor_demanded = d.pop("secondFactorDemanded")

        account_detail = cls(
            id=id,
            name=name,
            opened_at=opened_at,
            owner=owner,
            second_factor_demanded=second_factor_demanded,
        )

        return account_detail
