from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.file_status import FileStatus

if TYPE_CHECKING:
    from ..models.documents_person import DocumentsPerson
    from ..models.reading_link import ReadingLink


T = TypeVar("T", bound="FileView")


@_attrs_define
class FileView:
    """A file. `content` is where it can be read for five minutes, as soon as it has come. Size in bytes.

    Attributes:
        id (UUID):
        dossier_id (UUID):
        name (str):
        status (FileStatus): An awaited file has no content yet; of a removed one only that it was there is known.
        kind (None | str):
        size (int | None):
        author (DocumentsPerson): A person as others see him.
        added_at (datetime.datetime):
        content (None | ReadingLink):
        version (int):
    """

    id: UUID
    dossier_id: UUID
    name: str
    status: FileStatus
    kind: None | str
    size: int | None
    author: DocumentsPerson
    added_at: datetime.datetime
    content: None | ReadingLink
    version: int

    def to_dict(self) -> dict[str, Any]:
        from ..models.reading_link import ReadingLink  # noqa: PLC0415

        id = str(self.id)

        dossier_id = str(self.dossier_id)

        name = self.name

        status = self.status.value

        kind: None | str
        kind = self.kind

        size: int | None
        size = self.size

        author = self.author.to_dict()

        added_at = self.added_at.isoformat()

        content: dict[str, Any] | None
        if isinstance(self.content, ReadingLink):
            content = self.content.to_dict()
        else:
            content = self.content

        version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "dossierId": dossier_id,
                "name": name,
                "status": status,
                "kind": kind,
                "size": size,
                "author": author,
                "addedAt": added_at,
                "content": content,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.documents_person import DocumentsPerson  # noqa: PLC0415
        from ..models.reading_link import ReadingLink  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        dossier_id = UUID(d.pop("dossierId"))

        name = d.pop("name")

        status = FileStatus(d.pop("status"))

        def _parse_kind(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        kind = _parse_kind(d.pop("kind"))

        def _parse_size(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        size = _parse_size(d.pop("size"))

        author = DocumentsPerson.from_dict(d.pop("author"))

        added_at = datetime.datetime.fromisoformat(d.pop("addedAt"))

        def _parse_content(data: object) -> None | ReadingLink:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                content_type_0 = ReadingLink.from_dict(data)

                return content_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ReadingLink, data)

        content = _parse_content(d.pop("content"))

        version = d.pop("version")

        file_view = cls(
            id=id,
            dossier_id=dossier_id,
            name=name,
            status=status,
            kind=kind,
            size=size,
            author=author,
            added_at=added_at,
            content=content,
            version=version,
        )

        return file_view
