from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
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
        erase_after (datetime.datetime | None): From then on the account is erased, unless its owner keeps it.
    """

    id: UUID
    name: str
    opened_at: datetime.datetime
    owner: OwnerOfAccount
    second_factor_demanded: bool
    erase_after: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        name = self.name

        opened_at = self.opened_at.isoformat()

        owner = self.owner.to_dict()

        second_factor_demanded = self.second_factor_demanded

        erase_after: None | str
        if isinstance(self.erase_after, datetime.datetime):
            erase_after = self.erase_after.isoformat()
        else:
            erase_after = self.erase_after

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "openedAt": opened_at,
                "owner": owner,
                "secondFactorDemanded": second_factor_demanded,
                "eraseAfter": erase_after,
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

        def _parse_erase_after(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                erase_after_type_0 = datetime.datetime.fromisoformat(data)

                return erase_after_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        erase_after = _parse_erase_after(d.pop("eraseAfter"))

        account_detail = cls(
            id=id,
            name=name,
            opened_at=opened_at,
            owner=owner,
            second_factor_demanded=second_factor_demanded,
            erase_after=erase_after,
        )

        return account_detail
