from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="FoundUser")


@_attrs_define
class FoundUser:
    """Somebody who may be shared with.

    Attributes:
        user_id (UUID):
        name (str):
        initials (str):
        account_id (UUID):
        organisation (str):
    """

    user_id: UUID
    name: str
    initials: str
    account_id: UUID
    organisation: str

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        name = self.name

        initials = self.initials

        account_id = str(self.account_id)

        organisation = self.organisation

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "userId": user_id,
                "name": name,
                "initials": initials,
                "accountId": account_id,
                "organisation": organisation,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        user_id = UUID(d.pop("userId"))

        name = d.pop("name")

        initials = d.pop("initials")

        account_id = UUID(d.pop("accountId"))

        organisation = d.pop("organisation")

        found_user = cls(
            user_id=user_id,
            name=name,
            initials=initials,
            account_id=account_id,
            organisation=organisation,
        )

        return found_user
