from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.dossier_person import DossierPerson


T = TypeVar("T", bound="NoteAnswer")


@_attrs_define
class NoteAnswer:
    """A text entry of the documents or the medical section.

    Attributes:
        id (UUID):
        author (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        written_at (datetime.datetime):
        editor (DossierPerson): Who somebody is to others: his initials stand in for a photo, his organisation shows who
            is external (SHR-17).
        edited_at (datetime.datetime):
        version (int):
        title (str):
        text (str):
    """

    id: UUID
    author: DossierPerson
    written_at: datetime.datetime
    editor: DossierPerson
    edited_at: datetime.datetime
    version: int
    title: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        author = self.author.to_dict()

        written_at = self.written_at.isoformat()

        editor = self.editor.to_dict()

        edited_at = self.edited_at.isoformat()

        version = self.version

        title = self.title

        text = self.text

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "author": author,
                "writtenAt": written_at,
                "editor": editor,
                "editedAt": edited_at,
                "version": version,
                "title": title,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        author = DossierPerson.from_dict(d.pop("author"))

        written_at = datetime.datetime.fromisoformat(d.pop("writtenAt"))

        editor = DossierPerson.from_dict(d.pop("editor"))

        edited_at = datetime.datetime.fromisoformat(d.pop("editedAt"))

        version = d.pop("version")

        title = d.pop("title")

        text = d.pop("text")

        note_answer = cls(
            id=id,
            author=author,
            written_at=written_at,
            editor=editor,
            edited_at=edited_at,
            version=version,
            title=title,
            text=text,
        )

        return note_answer
