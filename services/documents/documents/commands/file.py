"""Files go into a dossier and out of it. Load, authorize, decide, stage."""

import asyncio
import hashlib

from access import facts
from chassis.context import Command
from chassis.work import open_job
from contracts.ids import DossierId, FileId, UserId, new_id
from documents.contents import Kind, kind_of
from documents.domain.file import REMOVAL, Content, File, clean_name
from documents.facts import stands_in
from documents.loading import dossier_of, file_of
from documents.storage import Files, object_name


async def announce_file(c: Command, dossier_id: DossierId, *, name: str) -> File:
    """A place for a content that is sent next. Raises FileNameEmpty."""
    clean = clean_name(name)
    await c.authorize("file.add", facts.dossier(dossier_id))
    file = File(
        id=FileId(new_id()), dossier_id=dossier_id, author_id=UserId(c.actor.user_id), made_at=c.now, name=clean
    )
    c.session.add(file)
    return file


async def receive_file(c: Command, file_id: FileId, content: bytes, *, files: Files) -> File:
    """Its content. The same again changes nothing. Raises FileEmpty, FileKindRefused, FileHasContent, FileUnknown."""
    kind, digest = await asyncio.to_thread(_looked_at, content)
    await c.authorize("file.add", stands_in(await dossier_of(c.session, file_id)))
    file = await file_of(c.session, file_id)
    if file.has(digest):
        return file
    await c.let_go()
    object_id = await files.keep(content, kind=kind.media_type)
    sent = Content(object_id, kind.media_type, kind.ending, len(content), digest)
    c.stage(file.receive(sent, by=UserId(c.actor.user_id)), version=file.version)
    return file


async def remove_file(c: Command, file_id: FileId) -> None:
    """What it was called is forgotten at once; its content goes as soon as this is committed."""
    await c.authorize("file.remove", stands_in(await dossier_of(c.session, file_id)))
    file = await file_of(c.session, file_id)
    removed = file.remove(by=UserId(c.actor.user_id), at=c.now)
    if removed is None or file.object_id is None:
        return
    c.stage(removed, version=file.version)
    items = [{"object": object_name(file.object_id)}]
    await open_job(c.session, kind=REMOVAL, account_id=c.actor.account_id, opened_by=None, items=items, at=c.now)


def _looked_at(content: bytes) -> tuple[Kind, str]:
    return kind_of(content), hashlib.sha256(content).hexdigest()
