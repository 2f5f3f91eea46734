from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.address import Address
    from ..models.dossier_person import DossierPerson


T = TypeVar("T", bound="ProfileAnswer")


@_attrs_define
class ProfileAnswer:
    """The profile section; its id is the client's.

    Attributes:
        id (UUID):
        author (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        written_at (datetime.datetime):
        editor (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        edited_at (datetime.datetime):
        version (int):
        given_name (str):
        infix (None | str):
        family_name (str):
        name (str):
        initials (str):
        birth_date (datetime.date | None):
        email (None | str):
        phone (None | str):
        address (Address | None):
    """

    id: UUID
    author: DossierPerson
    written_at: datetime.datetime
    editor: DossierPerson
    edited_at: datetime.datetime
    version: int
    given_name: str
    infix: None | str
    family_name: str
    name: str
    initials: str
    birth_date: datetime.date | None
    email: None | str
    phone: None | str
    address: Address | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.address import Address  # noqa: PLC0415

        id = str(self.id)

        author = self.author.to_dict()

        written_at = self.written_at.isoformat()

        editor = self.editor.to_dict()

        edited_at = self.edited_at.isoformat()

        version = self.version

        given_name = self.given_name

        infix: None | str
        infix = self.infix

        family_name = self.family_name

        name = self.name

        initials = self.initials

        birth_date: None | str
        if isinstance(self.birth_date, datetime.date):
            birth_date = self.birth_date.isoformat()
        else:
            birth_date = self.birth_date

        email: None | str
        email = self.email

        phone: None | str
        phone = self.phone

        address: dict[str, Any] | None
        if isinstance(self.address, Address):
            address = self.address.to_dict()
        else:
            address = self.address

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "author": author,
                "writtenAt": written_at,
                "editor": editor,
                "editedAt": edited_at,
                "version": version,
                "givenName": given_name,
                "infix": infix,
                "familyName": family_name,
                "name": name,
                "initials": initials,
                "birthDate": birth_date,
                "email": email,
                "phone": phone,
                "address": address,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.address import Address  # noqa: PLC0415
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        author = DossierPerson.from_dict(d.pop("author"))

        written_at = datetime.datetime.fromisoformat(d.pop("writtenAt"))

        editor = DossierPerson.from_dict(d.pop("editor"))

        edited_at = datetime.datetime.fromisoformat(d.pop("editedAt"))

        version = d.pop("version")

        given_name = d.pop("givenName")

        def _parse_infix(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        infix = _parse_infix(d.pop("infix"))

        family_name = d.pop("familyName")

        name = d.pop("name")

        initials = d.pop("initials")

        def _parse_birth_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                birth_date_type_0 = datetime.date.fromisoformat(data)

                return birth_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        birth_date = _parse_birth_date(d.pop("birthDate"))

        def _parse_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        email = _parse_email(d.pop("email"))

        def _parse_phone(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        phone = _parse_phone(d.pop("phone"))

        def _parse_address(data: object) -> Address | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                address_type_0 = Address.from_dict(data)

                return address_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Address | None, data)

        address = _parse_address(d.pop("address"))

        profile_answer = cls(
            id=id,
            author=author,
            written_at=written_at,
            editor=editor,
            edited_at=edited_at,
            version=version,
            given_name=given_name,
            infix=infix,
            family_name=family_name,
            name=name,
            initials=initials,
            birth_date=birth_date,
            email=email,
            phone=phone,
            address=address,
        )

        return profile_answer
