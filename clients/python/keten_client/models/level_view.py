from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.level_view_sections import LevelViewSections


T = TypeVar("T", bound="LevelView")


@_attrs_define
class LevelView:
    """A level and what it opens, per section.

    Attributes:
        id (UUID):
        code (str):
        name (str):
        standard (bool):
        sections (LevelViewSections):
    """

    id: UUID
    code: str
    name: str
    standard: bool
    sections: LevelViewSections

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        code = self.code

        name = self.name

        standard = self.standard

        sections = self.sections.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "code": code,
                "name": name,
                "standard": standard,
                "sections": sections,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.level_view_sections import LevelViewSections  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        code = d.pop("code")

        name = d.pop("name")

        standard = d.pop("standard")

        sections = LevelViewSections.from_dict(d.pop("sections"))

        level_view = cls(
            id=id,
            code=code,
            name=name,
            standard=standard,
            sections=sections,
        )

        return level_view
