from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.new_user_language import NewUserLanguage
from ..models.role import Role
from ..types import UNSET, Unset

T = TypeVar("T", bound="NewUser")


@_attrs_define
class NewUser:
    """A colleague who is to work in the account.

    Attributes:
        name (str):
        email (str):
        role (Role): What a user is in his account.
        language (NewUserLanguage | Unset):  Default: NewUserLanguage.NL.
    """

    name: str
    email: str
    role: Role
    language: NewUserLanguage | Unset = NewUserLanguage.NL

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        email = self.email

        role = self.role.value

        language: str | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "email": email,
                "role": role,
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

        role = Role(d.pop("role"))

        _language = d.pop("language", UNSET)
        language: NewUserLanguage | Unset
        if isinstance(_language, Unset):
            language = UNSET
        else:
            language = NewUserLanguage(_language)

        new_user = cls(
            name=name,
            email=email,
            role=role,
            language=language,
        )

        return new_user
