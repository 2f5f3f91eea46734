"""Day reports, the plan, tasks, documents and medical notes: one way for all. What differs are the words."""

from typing import TypeVar
from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis.app import router as edge_router
from chassis.edge import CommandContext, IfMatch, QueryContext
from chassis.models import Day, Model, Moment, unchanged
from chassis.paging import PageParameters, Slice, link_next
from contracts.ids import DossierId
from dossier.api.fields import Text, Title, sent, tell_new, tell_version
from dossier.commands import section as commands
from dossier.domain.entry import Entry
from dossier.domain.note import Document, MedicalNote
from dossier.domain.plan import ActionState, Goal, GoalState
from dossier.domain.report import Report
from dossier.domain.task import Task
from dossier.queries.section import ActionAnswer, GoalAnswer, NoteAnswer, ReportAnswer, TaskAnswer, action
from dossier.queries.written import Written, as_written, entries, entry

E = TypeVar("E", bound=Entry)
A = TypeVar("A", bound=Written)


class ReportGiven(Model):
    """A day report; `at` is the moment it is about, now when left out."""

    text: Text
    at: Moment | None = None


class ReportChange(Model):
    """What the report says instead; only its author can say so, and what it said before is kept."""

    text: Text


class GoalGiven(Model):
    """What the client wants to reach."""

    title: Title
    description: Text | None = None


class GoalChange(Model):
    """What is left out stays as it is."""

    title: Title = unchanged()
    description: Text | None = None
    state: GoalState = unchanged()


class ActionGiven(Model):
    """One thing to do for a goal."""

    title: Title


class ActionChange(Model):
    """What is left out stays as it is."""

    title: Title = unchanged()
    state: ActionState = unchanged()


class TaskGiven(Model):
    """Something to be done; `assigneeId` is a member who can read tasks."""

    title: Title
    due_date: Day | None = None
    assignee_id: UUID | None = None


class TaskChange(Model):
    """What is left out stays as it is; null takes a date or an assignee away."""

    title: Title = unchanged()
    due_date: Day | None = None
    assignee_id: UUID | None = None
    done: bool = unchanged()


class NoteGiven(Model):
    """A text entry."""

    title: Title
    text: Text


class NoteChange(Model):
    """What is left out stays as it is."""

    title: Title = unchanged()
    text: Text = unchanged()


def section(
    path: str, noun: str, kind: type[E], answer: type[A], *, given: type[Model], change: type[Model]
) -> APIRouter:
    """List, write, read and change the entries of one kind."""
    routes = edge_router(path)
    one, all_of_them = f"/dossiers/{{dossier_id}}/{path}/{{entry_id}}", f"/dossiers/{{dossier_id}}/{path}"

    @routes.get(all_of_them, response_model=Slice[answer], description=f"The {noun}s of a dossier, newest first.")  # type: ignore[valid-type]
    async def list_entries(
        dossier_id: UUID, request: Request, query: QueryContext, page: PageParameters, response: Response
    ) -> Slice[A]:
        found = await entries(query, kind, answer, DossierId(dossier_id), page)
        link_next(request, response, found)
        return found

    @routes.post(all_of_them, status_code=201, response_model=answer, description=f"Write a {noun}.")
    async def write_entry(
        dossier_id: UUID,
        asked: given,  # type: ignore[valid-type]
        command: CommandContext,
        response: Response,
    ) -> A:
        made = await commands.write(command, kind, DossierId(dossier_id), **sent(asked))
        shown = await as_written(command, answer, made)
        tell_new(response, shown, f"dossiers/{dossier_id}/{path}")
        return shown

    @routes.get(one, response_model=answer, description=f"One {noun}.")
    async def read_entry(dossier_id: UUID, entry_id: UUID, query: QueryContext, response: Response) -> A:
        found = await entry(query, kind, answer, DossierId(dossier_id), entry_id)
        tell_version(response, found)
        return found

    @routes.patch(one, response_model=answer, description=f"Change a {noun}; what is left out stays as it is.")
    async def change_entry(
        dossier_id: UUID,
        entry_id: UUID,
        asked: change,  # type: ignore[valid-type]
        if_match: IfMatch,
        command: CommandContext,
        response: Response,
    ) -> A:
        changed = await commands.change(
            command, kind, DossierId(dossier_id), entry_id, expected=if_match, **sent(asked)
        )
        shown = await as_written(command, answer, changed)
        tell_version(response, shown)
        return shown

    return routes


actions = edge_router("goals")


@actions.post("/dossiers/{dossier_id}/goals/{goal_id}/actions", status_code=201)
async def add_action(
    dossier_id: UUID, goal_id: UUID, asked: ActionGiven, command: CommandContext, response: Response
) -> ActionAnswer:
    """Add an action to a goal."""
    made = await commands.add_action(command, DossierId(dossier_id), goal_id, title=asked.title)
    shown = await as_written(command, ActionAnswer, made)
    tell_new(response, shown, f"dossiers/{dossier_id}/goals/{goal_id}/actions")
    return shown


@actions.get("/dossiers/{dossier_id}/goals/{goal_id}/actions/{action_id}")
async def read_action(
    dossier_id: UUID, goal_id: UUID, action_id: UUID, query: QueryContext, response: Response
) -> ActionAnswer:
    """One action of a goal."""
    found = await action(query, DossierId(dossier_id), goal_id, action_id)
    tell_version(response, found)
    return found


@actions.patch("/dossiers/{dossier_id}/goals/{goal_id}/actions/{action_id}")
async def change_action(
    dossier_id: UUID,
    goal_id: UUID,
    action_id: UUID,
    asked: ActionChange,
    if_match: IfMatch,
    command: CommandContext,
    response: Response,
) -> ActionAnswer:
    """Change an action, or say that it is done."""
    changed = await commands.change_action(
        command, DossierId(dossier_id), goal_id, action_id, expected=if_match, **sent(asked)
    )
    shown = await as_written(command, ActionAnswer, changed)
    tell_version(response, shown)
    return shown


ROUTERS = [
    section("reports", "day report", Report, ReportAnswer, given=ReportGiven, change=ReportChange),
    section("goals", "goal", Goal, GoalAnswer, given=GoalGiven, change=GoalChange),
    actions,
    section("tasks", "task", Task, TaskAnswer, given=TaskGiven, change=TaskChange),
    section("documents", "document", Document, NoteAnswer, given=NoteGiven, change=NoteChange),
    section("medical", "medical note", MedicalNote, NoteAnswer, given=NoteGiven, change=NoteChange),
]
