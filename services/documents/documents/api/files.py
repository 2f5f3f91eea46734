"""Files over HTTP: announced with a name, sent as they are, and read through a link. Never shown in the browser's place."""

import asyncio
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import Field
from starlette.requests import ClientDisconnect

from chassis.app import router as edge_router
from chassis.edge import CommandContext, QueryContext
from chassis.models import Model
from chassis.paging import PageParameters, Slice, link_next
from chassis.reading_links import BYTES, LinkToken
from contracts.ids import DossierId, FileId
from documents.commands import file as commands
from documents.domain.file import LARGEST, LONGEST_NAME, FileTooSlow
from documents.queries import file as queries
from documents.queries.file import FileView
from documents.storage import Files

router = edge_router("files")

BODY_LIMITS: Final = {("PUT", "/files/{file_id}/content"): LARGEST}

# 25 MB at 1 Mbit/s (seconds).
_PATIENCE: Final = 210

# What came so far lies on disk beyond this, however slowly the rest comes (bytes).
_IN_MEMORY: Final = 256 * 1024

_SENT: Final = {
    "requestBody": {
        "required": True,
        "description": "The file itself. What it is, is found from its content.",
        "content": {"application/octet-stream": BYTES},
    }
}


class FileRequest(Model):
    """A file that is to be sent: in which dossier, and what it is called."""

    dossier_id: UUID
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, examples=["Care plan.pdf"])]


def _files(request: Request) -> Files:
    found: Files = request.app.state.files
    return found


FilesContext = Annotated[Files, Depends(_files)]


@router.post("/files", status_code=201)
async def announce_file(
    asked: FileRequest, command: CommandContext, files: FilesContext, response: Response
) -> FileView:
    """Announce a file. Send its content next: `PUT /files/{fileId}/content`. Without content it is forgotten in a day."""
    made = await commands.announce_file(command, DossierId(asked.dossier_id), name=asked.name)
    response.headers["Location"] = f"/documents/v1/files/{made.id}"
    return await _shown(command, made.id, files)


@router.put("/files/{file_id}/content", openapi_extra=_SENT)
async def receive_file(file_id: UUID, request: Request, command: CommandContext, files: FilesContext) -> FileView:
    """Send the content: PDF, Word (docx), Excel (xlsx), OpenDocument text (odt), PNG, JPEG or plain text; at most 25 MB, and
    without macros. A file does not change: the same content again is well, another one is refused."""
    with await _received(request) as sent:
        async with files.room:
            received = await commands.receive_file(command, FileId(file_id), sent.read(), files=files)
    return await _shown(command, received.id, files)


@router.get("/files")
async def list_files(
    query: QueryContext,
    page: PageParameters,
    files: FilesContext,
    request: Request,
    response: Response,
    dossier_id: Annotated[UUID, Query(alias="dossierId", description="The dossier that they stand in.")],
) -> Slice[FileView]:
    """The files of a dossier, the newest first."""
    found = await queries.files_in(query, DossierId(dossier_id), page=page, files=files)
    link_next(request, response, found)
    return found


@router.get("/files/{file_id}")
async def read_file(file_id: UUID, query: QueryContext, files: FilesContext) -> FileView:
    """One file, with a link to its content."""
    return await queries.file_detail(query, FileId(file_id), files=files)


@router.get(
    "/files/{file_id}/content",
    response_class=Response,
    responses={200: {"description": "The file, to be saved.", "content": {"application/octet-stream": BYTES}}},
)
async def download_file(file_id: UUID, link: LinkToken, query: QueryContext, files: FilesContext) -> Response:
    """The content, through the link that stands with the file. It is for saving, never shown as a page."""
    found = await queries.download(query, FileId(file_id), link, files=files)
    return Response(found.content, media_type=found.kind, headers={"Content-Disposition": _saved_as(found.name)})


@router.delete("/files/{file_id}", status_code=204)
async def remove_file(file_id: UUID, command: CommandContext) -> None:
    """Remove a file. Its content is gone for good; that there was a file stays in the access log."""
    await commands.remove_file(command, FileId(file_id))


async def _received(request: Request) -> IO[bytes]:
    """All of it, on disk as soon as it is large. Raises FileTooSlow."""
    sent = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - whoever called closes it
    try:
        async with asyncio.timeout(_PATIENCE):
            async for piece in request.stream():
                sent.write(piece)
    except BaseException as fault:
        sent.close()
        if isinstance(fault, TimeoutError | ClientDisconnect):
            raise FileTooSlow from None
        raise
    sent.seek(0)
    return sent


async def _shown(command: CommandContext, file_id: FileId, files: Files) -> FileView:
    await command.session.flush()
    return await queries.file_as_changed(command, file_id, files=files)


def _saved_as(name: str) -> str:
    """RFC 6266: the name in full, and one that every program understands."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_" for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
