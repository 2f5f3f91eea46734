from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.level_request_sections import LevelRequestSections


T = TypeVar("T", bound="LevelRequest")


@_attrs_define
class LevelRequest:
    """A level of the account's own: which verbs on which sections.

    Attributes:
        code (str):
        name (str):
        sections (LevelRequestSections):
    """

    code: str
    name: str
    sections: LevelRequestSections

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        name = self.name

        sections = self.sections.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "name": name,
                "sections": sections,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.level_request_sections import LevelRequestSections  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code")

        name = d.pop("name")

        sections = LevelRequestSections.from_dict(d.pop("sections"))

        level_request = cls(
            code=code,
            name=name,
            sections=sections,
        )

        return level_request
