from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="DossierPerson")


@_attrs_define
class DossierPerson:
    """Who somebody is to others: his initials stand in for a photo, his organisation shows who is external (SHR-17).

    Attributes:
        user_id (UUID):
        name (None | str):
        initials (None | str):
        account_id (None | UUID):
        organisation (None | str):
    """

    user_id: UUID
    name: None | str
    initials: None | str
    account_id: None | UUID
    organisation: None | str

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        name: None | str
        name = self.name

        initials: None | str
        initials = self.initials

        account_id: None | str
        if isinstance(self.account_id, UUID):
            account_id = str(self.account_id)
        else:
            account_id = self.account_id

        organisation: None | str
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

        def _parse_name(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        name = _parse_name(d.pop("name"))

        def _parse_initials(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        initials = _parse_initials(d.pop("initials"))

        def _parse_account_id(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                account_id_type_0 = UUID(data)

                return account_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        account_id = _parse_account_id(d.pop("accountId"))

        def _parse_organisation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        organisation = _parse_organisation(d.pop("organisation"))

        dossier_person = cls(
            user_id=user_id,
            name=name,
            initials=initials,
            account_id=account_id,
            organisation=organisation,
        )

        return dossier_person
