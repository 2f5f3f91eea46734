"""What stands in the sections of a dossier, as its readers see it. How it is asked for is the same for all: `written`;
only an action is asked for with its goal."""

from datetime import date
from uuid import UUID

from access import facts
from chassis.context import Query
from chassis.models import Instant, Model
from contracts.ids import DossierId
from dossier.domain.entry import EntryUnknown
from dossier.domain.plan import ActionState, GoalAction, GoalState
from dossier.loading import entry_of
from dossier.queries.written import Person, Written, as_written


class ReportEditAnswer(Model):
    """What a report said until it was edited."""

    text: str
    editor: Person
    edited_at: Instant


class ReportAnswer(Written):
    """A day report; `at` is the moment it is about. What it said before stands in `edits`, the latest first."""

    at: Instant
    text: str
    edits: list[ReportEditAnswer]


class ActionAnswer(Written):
    """One thing to do for a goal."""

    title: str
    state: ActionState


class GoalAnswer(Written):
    """A goal of the plan with its actions, in the order they were set."""

    title: str
    description: str | None
    state: GoalState
    actions: list[ActionAnswer]


class TaskAnswer(Written):
    """A task; whoever it is for can read it."""

    title: str
    due_date: date | None
    assignee: Person | None
    done: bool


class NoteAnswer(Written):
    """A text entry of the documents or the medical section."""

    title: str
    text: str


async def action(q: Query, dossier_id: DossierId, goal_id: UUID, action_id: UUID) -> ActionAnswer:
    await q.authorize(GoalAction.reading, facts.dossier(dossier_id))
    found = await entry_of(q.session, GoalAction, dossier_id, action_id)
    if found.goal_id != goal_id:
        raise EntryUnknown
    return await as_written(q, ActionAnswer, found)
