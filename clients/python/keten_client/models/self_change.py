from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.self_change_language_type_0 import SelfChangeLanguageType0
from ..types import UNSET, Unset

T = TypeVar("T", bound="SelfChange")


@_attrs_define
class SelfChange:
    """What to change of oneself; what is left out stays.

    Attributes:
        name (None | str | Unset):
        language (None | SelfChangeLanguageType0 | Unset):
    """

    name: None | str | Unset = UNSET
    language: None | SelfChangeLanguageType0 | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        language: None | str | Unset
        if isinstance(self.language, Unset):
            language = UNSET
        elif isinstance(self.language, SelfChangeLanguageType0):
            language = self.language.value
        else:
            language = self.language

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if language is not UNSET:
            field_dict["language"] = language

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_language(data: object) -> None | SelfChangeLanguageType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                language_type_0 = SelfChangeLanguageType0(data)

                return language_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SelfChangeLanguageType0 | Unset, data)

        language = _parse_language(d.pop("language", UNSET))

        self_change = cls(
            name=name,
            language=language,
        )

        return self_change
