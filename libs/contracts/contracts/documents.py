"""What documents states: files added to dossiers and removed from them. What they are called stays with the service."""

from contracts import access_log
from contracts.events import Event
from contracts.ids import DossierId, FileId, UserId


class FileFact(Event):
    """Which file of which dossier, and who did it."""

    file_id: FileId
    dossier_id: DossierId
    by: UserId


class FileAdded(FileFact, type="nl.keten.documents.file-added.v1", key="dossier_id", subject="file_id"):
    """A file stands in a dossier."""


class FileRemoved(FileFact, type="nl.keten.documents.file-removed.v1", key="dossier_id", subject="file_id"):
    """A file was removed from a dossier; its content is gone."""


class AccessLogged(access_log.AccessLogged, type="nl.keten.documents.access-logged.v1", key="dossier_id"):
    """What was done with a dossier's files, and what was refused."""


class AccessLogSealed(access_log.AccessLogSealed, type="nl.keten.documents.access-log-sealed.v1", key="segment_id"):
    """The head of documents' access log."""
