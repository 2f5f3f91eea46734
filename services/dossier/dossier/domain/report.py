"""Day reports (SHR-22): only their author edits them, and what they said before is kept."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from chassis.problems import Conflict, Forbidden
from contracts.dossier import ReportEdited, ReportWritten, SectionWritten
from contracts.ids import DossierId, UserId
from contracts.rights import Section
from dossier.domain.entry import Entry

# Clocks of telephones and laptops differ from ours by a little.
CLOCK_DIFFERENCE: Final = timedelta(minutes=5)


class NotTheAuthor(Forbidden):
    """Only its author can edit a day report. Write a report of your own instead."""

    nl = "Alleen de auteur kan een dagrapportage wijzigen. Schrijf zelf een rapportage."


class ReportAheadOfTime(Conflict):
    """A day report tells of what was; its moment cannot lie in the future."""

    nl = "Een dagrapportage gaat over wat is geweest; het moment kan niet in de toekomst liggen."


@dataclass(eq=False, kw_only=True)
class ReportEdit:
    """What a report said until it was edited, by whom and when."""

    report_id: UUID
    dossier_id: DossierId
    version: int
    text: str
    editor_id: UserId
    edited_at: datetime


@dataclass(eq=False, kw_only=True)
class Report(Entry):
    """A day report; `at` is the moment it is about. What it said before stands in `edits`, the latest first."""

    section: ClassVar[Section] = Section.REPORTS
    told_as: ClassVar[type[SectionWritten]] = ReportWritten
    retold_as: ClassVar[type[SectionWritten]] = ReportEdited
    reading: ClassVar[str] = "report.read"
    writing: ClassVar[str] = "report.write"

    text: str
    at: datetime | None = None
    edits: list[ReportEdit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = self.at or self.written_at

    def written(self) -> SectionWritten:
        if self.at is not None and self.at > self.written_at + CLOCK_DIFFERENCE:
            raise ReportAheadOfTime
        return super().written()

    def change(self, *, by: UserId, at: datetime, **changes: Any) -> SectionWritten | None:
        if by != self.author_id:
            raise NotTheAuthor
        said = ReportEdit(
            report_id=self.id,
            dossier_id=self.dossier_id,
            version=self.version,
            text=self.text,
            editor_id=by,
            edited_at=at,
        )
        event = super().change(by=by, at=at, **changes)
        if event is not None:
            self.edits.insert(0, said)
        return event

    def people(self) -> set[UserId]:
        return super().people() | {edit.editor_id for edit in self.edits}
