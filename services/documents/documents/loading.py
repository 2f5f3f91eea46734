"""Taking what is to be shown or changed out of the database."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.ids import DossierId, FileId
from documents.domain.file import File, FileStatus, FileUnknown
from documents.domain.mail import Mail, MailNotFound


async def mail_of(session: AsyncSession, mail_id: UUID) -> Mail:
    """Raises MailNotFound."""
    found = await session.get(Mail, mail_id)
    if found is None:
        raise MailNotFound
    return found


async def dossier_of(session: AsyncSession, file_id: FileId) -> DossierId:
    """Where a file stands, also for who does not reach it: that he was refused is a line of that dossier's log. Raises
    FileUnknown."""
    found = await session.scalar(select(func.public.dossier_of_file(file_id)))
    if found is None:
        raise FileUnknown
    return DossierId(found)


async def file_of(session: AsyncSession, file_id: FileId) -> File:
    """A file that was not removed. Raises FileUnknown."""
    found = await session.get(File, file_id)
    if found is None or found.status is FileStatus.REMOVED:
        raise FileUnknown
    return found
