"""What stands in the sections of a dossier, as its readers see it. How it is asked for is the same for all: `written`."""

from datetime import date

from chassis.models import Instant, Model
from dossier.domain.plan import ActionState, GoalState
from dossier.queries.written import Person, Written


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
