"""Text entries: the documents section and, apart from it and under its own rights, the medical one (ALL-1)."""

from dataclasses import dataclass
from typing import ClassVar

from contracts.dossier import EntryChanged, SectionWritten
from contracts.rights import Section
from dossier.domain.entry import Entry


@dataclass(eq=False, kw_only=True)
class Note(Entry):
    """A title and a text."""

    told_as: ClassVar[type[SectionWritten]] = EntryChanged
    retold_as: ClassVar[type[SectionWritten]] = EntryChanged

    title: str
    text: str


@dataclass(eq=False, kw_only=True)
class Document(Note):
    """A text entry of the documents section."""

    section: ClassVar[Section] = Section.DOCUMENTS
    reading: ClassVar[str] = "document.read"
    writing: ClassVar[str] = "document.write"


@dataclass(eq=False, kw_only=True)
class MedicalNote(Note):
    """A text entry of the medical section."""

    section: ClassVar[Section] = Section.MEDICAL
    reading: ClassVar[str] = "medical.read"
    writing: ClassVar[str] = "medical.write"
