"""What everything written in a dossier has in common: where it stands, who wrote it, who changed it last, its version."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from chassis.problems import NotFound
from contracts.dossier import SectionWritten
from contracts.ids import DossierId, UserId
from contracts.rights import Section


class EntryUnknown(NotFound):
    """There is no such thing in this section of the dossier."""

    nl = "Dit staat niet in dit deel van het dossier."


@dataclass(eq=False, kw_only=True)
class Entry:
    """One thing in one section. It keeps its author, whatever becomes of his access (SHR-12)."""

    section: ClassVar[Section]
    told_as: ClassVar[type[SectionWritten]]
    retold_as: ClassVar[type[SectionWritten]]
    reading: ClassVar[str]
    """The action of reading it, as the policy names it."""
    writing: ClassVar[str]
    """The action of writing and changing it."""

    id: UUID
    dossier_id: DossierId
    author_id: UserId
    written_at: datetime
    editor_id: UserId
    edited_at: datetime
    version: int = 1

    def written(self) -> SectionWritten:
        """The fact that it was written."""
        return self._fact(self.told_as, by=self.author_id)

    def change(self, *, by: UserId, at: datetime, **changes: Any) -> SectionWritten | None:
        """Give members new values. None when it says all of this already."""
        if all(getattr(self, name) == value for name, value in changes.items()):
            return None
        for name, value in changes.items():
            setattr(self, name, value)
        self.editor_id, self.edited_at = by, at
        self.version += 1
        return self._fact(self.retold_as, by=by)

    def people(self) -> set[UserId]:
        """Whoever is named in it."""
        return {self.author_id, self.editor_id}

    def _fact(self, kind: type[SectionWritten], *, by: UserId) -> SectionWritten:
        return kind(dossier_id=self.dossier_id, section=self.section, entry_id=str(self.id), author_id=by)
