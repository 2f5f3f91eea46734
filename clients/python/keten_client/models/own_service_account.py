from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.account_of_service import AccountOfService


T = TypeVar("T", bound="OwnServiceAccount")


@_attrs_define
class OwnServiceAccount:
    """What a partner system is here, and what it may do in its account besides what groups and grants give it.

    Attributes:
        id (UUID):
        name (str):
        account (AccountOfService): The account that a service account works in.
        permissions (list[str]): Those of a member.
    """

    id: UUID
    name: str
    account: AccountOfService
    permissions: list[str]

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        name = self.name

        account = self.account.to_dict()

        permissions = self.permissions

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "account": account,
                "permissions": permissions,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.account_of_service import AccountOfService  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        name = d.pop("name")

        account = AccountOfService.from_dict(d.pop("account"))

        permissions = cast(list[str], d.pop("permissions"))

        own_service_account = cls(
            id=id,
            name=name,
            account=account,
            permissions=permissions,
        )

        return own_service_account
