"""Tasks: something to be done for a client, by a day, by one of the members."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chassis.problems import Conflict
from contracts.dossier import SectionWritten, TaskChanged
from contracts.ids import UserId
from contracts.rights import Section
from dossier.domain.entry import Entry


class AssigneeNotMember(Conflict):
    """This person cannot read the tasks of this dossier. Share the dossier first, or choose another member."""

    nl = "Deze persoon kan de taken van dit dossier niet lezen. Deel eerst het dossier, of kies een ander lid."


@dataclass(eq=False, kw_only=True)
class Task(Entry):
    """One task."""

    section: ClassVar[Section] = Section.TASKS
    told_as: ClassVar[type[SectionWritten]] = TaskChanged
    retold_as: ClassVar[type[SectionWritten]] = TaskChanged
    reading: ClassVar[str] = "task.read"
    writing: ClassVar[str] = "task.write"

    title: str
    due_date: date | None = None
    assignee_id: UserId | None = None
    done: bool = False

    def people(self) -> set[UserId]:
        return super().people() | ({self.assignee_id} if self.assignee_id else set())
