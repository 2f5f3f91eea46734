from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.dossier_person import DossierPerson


T = TypeVar("T", bound="TaskAnswer")


@_attrs_define
class TaskAnswer:
    """A task; whoever it is for can read it.

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
        due_date (datetime.date | None):
        assignee (DossierPerson | None):
        done (bool):
    """

    id: UUID
    author: DossierPerson
    written_at: datetime.datetime
    editor: DossierPerson
    edited_at: datetime.datetime
    version: int
    title: str
    due_date: datetime.date | None
    assignee: DossierPerson | None
    done: bool

    def to_dict(self) -> dict[str, Any]:
        from ..models.dossier_person import DossierPerson  # noqa: PLC0415

        id = str(self.id)

        author = self.author.to_dict()

        written_at = self.written_at.isoformat()

        editor = self.editor.to_dict()

        edited_at = self.edited_at.isoformat()

        version = self.version

        title = self.title

        due_date: None | str
        if isinstance(self.due_date, datetime.date):
            due_date = self.due_date.isoformat()
        else:
            due_date = self.due_date

        assignee: dict[str, Any] | None
        if isinstance(self.assignee, DossierPerson):
            assignee = self.assignee.to_dict()
        else:
            assignee = self.assignee

        done = self.done

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
                "dueDate": due_date,
                "assignee": assignee,
                "done": done,
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

        def _parse_due_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                due_date_type_0 = datetime.date.fromisoformat(data)

                return due_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        due_date = _parse_due_date(d.pop("dueDate"))

        def _parse_assignee(data: object) -> DossierPerson | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                assignee_type_0 = DossierPerson.from_dict(data)

                return assignee_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DossierPerson | None, data)

        assignee = _parse_assignee(d.pop("assignee"))

        done = d.pop("done")

        task_answer = cls(
            id=id,
            author=author,
            written_at=written_at,
            editor=editor,
            edited_at=edited_at,
            version=version,
            title=title,
            due_date=due_date,
            assignee=assignee,
            done=done,
        )

        return task_answer
