"""Which files stand in a dossier, and what one of them holds."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from access import facts
from chassis.context import Context, Query
from chassis.keyset import continued
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from chassis.problems import Language
from chassis.reading_links import ReadingLink
from contracts.ids import DossierId, FileId
from documents.domain.file import FileStatus, FileUnknown
from documents.facts import stands_in
from documents.loading import dossier_of
from documents.queries.people import Named, Person, person_of
from documents.storage import Files
from documents.tables import file


class FileView(Model):
    """A file. `content` is where it can be read for five minutes, as soon as it has come. Size in bytes."""

    id: UUID
    dossier_id: UUID
    name: str
    status: FileStatus
    kind: str | None
    size: int | None
    author: Person
    added_at: Instant
    content: ReadingLink | None
    version: int


@dataclass(frozen=True)
class Download:
    """A file as its reader gets it."""

    name: str
    kind: str
    content: bytes


async def files_in(q: Query, dossier_id: DossierId, *, page: Page, files: Files) -> Slice[FileView]:
    """Those whose content is there, the newest first."""
    await q.authorize("file.list", facts.dossier(dossier_id))
    kept = _files(q.language).where(file.c.dossier_id == dossier_id, file.c.status == FileStatus.KEPT)
    rows = (
        await q.session.execute(await continued(q.session, kept, page, order=(file.c.id,), newest_first=True))
    ).all()
    return page.slice(rows, lambda row: _view(row, q, files), key=lambda row: row.id)


async def file_detail(q: Query, file_id: FileId, *, files: Files) -> FileView:
    await q.authorize("file.read", stands_in(await dossier_of(q.session, file_id)))
    return _view(await _row(q, file_id), q, files)


async def file_as_changed(c: Context, file_id: FileId, *, files: Files) -> FileView:
    """What a command answers with."""
    # open to everyone: shows a command its own result, which that command was authorized for
    return _view(await _row(c, file_id), c, files)


async def download(q: Query, file_id: FileId, token: str, *, files: Files) -> Download:
    """The content, by the link that its reader was given. Raises LinkExpired."""
    await q.authorize("file.download", stands_in(await dossier_of(q.session, file_id)))
    row = await _row(q, file_id)
    object_id = files.check(token, row.object_id, reader=q.actor.user_id, now=q.now)
    await q.let_go()
    return Download(row.name, row.kind, await files.read(object_id))


async def _row(asked: Context, file_id: FileId) -> Any:
    there = _files(asked.language).where(file.c.id == file_id, file.c.status != FileStatus.REMOVED)
    row = (await asked.session.execute(there)).one_or_none()
    if row is None:
        raise FileUnknown
    return row


def _files(language: Language) -> Select[Any]:
    author = Named("author", language)
    return author.beside(select(file, *author.columns), file.c.author_id)


def _view(row: Any, asked: Context, files: Files) -> FileView:
    return FileView(
        id=row.id,
        dossier_id=row.dossier_id,
        name=row.name,
        status=row.status,
        kind=row.kind,
        size=row.size,
        author=person_of(row, row.author_id, "author"),
        added_at=row.made_at,
        content=files.link(row.id, row.object_id, reader=asked.actor.user_id, now=asked.now),
        version=row.version,
    )
