from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.dossier_person import DossierPerson


T = TypeVar("T", bound="ReportEditAnswer")


@_attrs_define
class ReportEditAnswer:
    """What a report said until it was edited.

    Attributes:
        text (str):
        editor (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        edited_at (datetime.datetime):
    """

    text: str
    editor: DossierPerson
    edited_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        text = self.text

        editor = self.editor.to_dict()

        edited_at = self.edited_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "text": text,
                "editor": editor,
                "editedAt": edited_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        d = dict(src_dict)
        text = d.pop("text")

        editor = DossierPerson.from_dict(d.pop("editor"))

        edited_at = datetime.datetime.fromisoformat(d.pop("editedAt"))

        report_edit_answer = cls(
            text=text,
            editor=editor,
            edited_at=edited_at,
        )

        return report_edit_answer
