"""Files in a dossier: first announced with a name, then sent, and removed. What a file is, its content says."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.problems import Conflict, Invalid, NotFound
from contracts.documents import FileAdded, FileRemoved
from contracts.ids import DossierId, FileId, UserId

# Larger than a scanned report, small enough to hold in memory while it is looked at (bytes).
LARGEST: Final = 25 * 1024 * 1024

# What every file system can hold, with an ending (characters).
LONGEST_NAME: Final = 200

# Not in a file's name anywhere: what separates paths, and what Windows refuses.
_UNFIT: Final = re.compile(r'[<>:"|?*]')


# The kind of work that takes a content away.
REMOVAL: Final = "file-removal"


class FileStatus(StrEnum):
    """An awaited file has no content yet; of a removed one only that it was there is known."""

    AWAITED = "awaited"
    KEPT = "kept"
    REMOVED = "removed"


@dataclass(frozen=True)
class Content:
    """What was sent: where it is kept, its media type and the ending that goes with it, size in bytes, SHA-256."""

    object_id: UUID
    kind: str
    ending: str
    size: int
    digest: str


@dataclass
class File:
    """One file of one dossier."""

    id: FileId
    dossier_id: DossierId
    author_id: UserId
    made_at: datetime
    name: str
    status: FileStatus = FileStatus.AWAITED
    kind: str | None = None
    size: int | None = None
    digest: str | None = None
    object_id: UUID | None = None
    removed_by: UserId | None = None
    removed_at: datetime | None = None
    version: int = 1

    def has(self, digest: str) -> bool:
        """Whether this content stands here already. Raises FileHasContent when another does, and FileUnknown."""
        self.refuse_removed()
        if self.status is FileStatus.KEPT and digest != self.digest:
            raise FileHasContent
        return self.status is FileStatus.KEPT

    def receive(self, content: Content, *, by: UserId) -> FileAdded:
        """Its content has come."""
        self.kind, self.size, self.digest, self.object_id = (
            content.kind,
            content.size,
            content.digest,
            content.object_id,
        )
        self.name = named(self.name, content.ending)
        self.status = FileStatus.KEPT
        self.version += 1
        return FileAdded(file_id=self.id, dossier_id=self.dossier_id, by=by)

    def remove(self, *, by: UserId, at: datetime) -> FileRemoved | None:
        """Only that it was there remains; what it was called is forgotten. None when it never came. Raises FileUnknown when
        it was removed before."""
        self.refuse_removed()
        was_there = self.status is FileStatus.KEPT
        self.status, self.name, self.digest = FileStatus.REMOVED, "", None
        self.removed_by, self.removed_at = by, at
        self.version += 1
        return FileRemoved(file_id=self.id, dossier_id=self.dossier_id, by=by) if was_there else None

    def refuse_removed(self) -> None:
        """Raises FileUnknown."""
        if self.status is FileStatus.REMOVED:
            raise FileUnknown


def clean_name(given: str) -> str:
    """A name as it can stand in any folder and on any screen: without its path, nothing invisible, nothing that turns the
    direction of writing. Raises FileNameEmpty when nothing is left."""
    last = re.split(r"[/\\]", given)[-1]
    spaced = " ".join(unicodedata.normalize("NFC", last).split())
    seen = "".join(letter for letter in spaced if unicodedata.category(letter)[0] != "C")
    name = _UNFIT.sub("_", seen).strip(" .")
    if not name:
        raise FileNameEmpty
    return name


def named(name: str, ending: str) -> str:
    """The name with the ending of what it really is, so that nothing opens as something else."""
    if name.casefold().endswith(f".{ending}") or (ending == "jpg" and name.casefold().endswith(".jpeg")):
        return name
    return f"{name[: LONGEST_NAME - len(ending) - 1]}.{ending}"


class FileUnknown(NotFound):
    """There is no such file, or you have no access to its dossier."""

    nl = "Dit bestand bestaat niet, of u hebt geen toegang tot het dossier."


class FileHasContent(Conflict):
    """This file has another content already, and a file does not change. Add it as a new file."""

    nl = "Dit bestand heeft al een andere inhoud, en een bestand verandert niet. Voeg het toe als nieuw bestand."


class FileNameEmpty(Invalid):
    """A file needs a name with at least one visible letter or digit."""

    nl = "Een bestand heeft een naam nodig met minstens één zichtbare letter of cijfer."


class FileEmpty(Invalid):
    """The file is empty."""

    nl = "Het bestand is leeg."


class FileTooSlow(Invalid):
    """The file did not come in time. Try again, with a better connection."""

    nl = "Het bestand kwam niet op tijd binnen. Probeer het opnieuw, met een betere verbinding."


class FileKindRefused(Invalid):
    """This is none of the files that can be kept here: PDF, Word (docx), Excel (xlsx), OpenDocument text (odt), PNG, JPEG or
    plain text; without macros. What counts is the content, not the name."""

    nl = (
        "Dit is geen bestand dat hier bewaard kan worden: PDF, Word (docx), Excel (xlsx), OpenDocument-tekst (odt), PNG, "
        "JPEG of platte tekst; zonder macro's. De inhoud telt, niet de naam."
    )
