"""The plan: goals, and the actions that lead there."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from contracts.dossier import GoalChanged, SectionWritten
from contracts.ids import UserId
from contracts.rights import Section
from dossier.domain.entry import Entry


class GoalState(StrEnum):
    """How far a goal has come."""

    OPEN = "open"
    REACHED = "reached"
    DROPPED = "dropped"


class ActionState(StrEnum):
    """Whether an action is done."""

    OPEN = "open"
    DONE = "done"


@dataclass(eq=False, kw_only=True)
class GoalAction(Entry):
    """One thing to do for a goal."""

    section: ClassVar[Section] = Section.PLAN
    told_as: ClassVar[type[SectionWritten]] = GoalChanged
    retold_as: ClassVar[type[SectionWritten]] = GoalChanged
    reading: ClassVar[str] = "plan.read"
    writing: ClassVar[str] = "plan.write"

    goal_id: UUID
    title: str
    state: ActionState = ActionState.OPEN


@dataclass(eq=False, kw_only=True)
class Goal(Entry):
    """What the client wants to reach, with its actions in the order they were set."""

    section: ClassVar[Section] = Section.PLAN
    told_as: ClassVar[type[SectionWritten]] = GoalChanged
    retold_as: ClassVar[type[SectionWritten]] = GoalChanged
    reading: ClassVar[str] = "plan.read"
    writing: ClassVar[str] = "plan.write"

    title: str
    description: str | None = None
    state: GoalState = GoalState.OPEN
    actions: list[GoalAction] = field(default_factory=list)

    def people(self) -> set[UserId]:
        return super().people().union(*(action.people() for action in self.actions))
