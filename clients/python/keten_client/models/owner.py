from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.owner_language import OwnerLanguage
from ..types import UNSET, Unset

T = TypeVar("T", bound="Owner")


@_attrs_define
class Owner:
    """Who opens the account.

    Attributes:
        name (str):
        email (str):
        password (str): 12 to 128 characters; not your name or address, and none that is tried first.
        language (OwnerLanguage | Unset):  Default: OwnerLanguage.NL.
    """

    name: str
    email: str
    password: str
    language: OwnerLanguage | Unset = OwnerLanguage.NL

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        email = self.email

        password = self.password

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "email": email,
                "password": password,
            }
        )
        if language is not UNSET:
            field_dict["language"] = language

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        email = d.pop("email")

        password = d.pop("password")

        _language = d.pop("language", UNSET)
        language: OwnerLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = OwnerLanguage(_language)

        owner = cls(
            name=name,
            email=email,
            password=password,
            language=language,
        )

        return owner
