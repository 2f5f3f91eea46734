"""Writing in the sections of a dossier; each kind of entry says which action that is."""

from typing import Any, TypeVar
from uuid import UUID

from access import facts
from chassis.context import Command
from contracts.ids import DossierId, UserId
from dossier.domain.entry import Entry, EntryUnknown
from dossier.domain.plan import Goal, GoalAction
from dossier.domain.task import AssigneeNotMember
from dossier.loading import added, changed, entry_of, entry_to_change, new_entry

E = TypeVar("E", bound=Entry)


async def write(c: Command, kind: type[E], dossier_id: DossierId, **content: Any) -> E:
    """A new report, goal, task, document or medical note."""
    await c.authorize(kind.writing, facts.dossier(dossier_id))
    await _refuse_stranger(c, kind, dossier_id, content.get("assignee_id"))
    return added(c, kind(**new_entry(c, dossier_id), **content))


async def change(
    c: Command, kind: type[E], dossier_id: DossierId, entry_id: UUID, *, expected: int | None, **changes: Any
) -> E:
    """Of a report, goal, action, task, document or medical note; what is not named stays."""
    await c.authorize(kind.writing, facts.dossier(dossier_id))
    entry = await entry_to_change(c, kind, dossier_id, entry_id, expected)
    await _refuse_stranger(c, kind, dossier_id, changes.get("assignee_id"))
    return changed(c, entry, entry.change(by=UserId(c.actor.user_id), at=c.now, **changes))


async def add_action(c: Command, dossier_id: DossierId, goal_id: UUID, *, title: str) -> GoalAction:
    await c.authorize("plan.write", facts.dossier(dossier_id))
    goal = await entry_of(c.session, Goal, dossier_id, goal_id)
    return added(c, GoalAction(**new_entry(c, dossier_id), goal_id=goal.id, title=title))


async def change_action(
    c: Command, dossier_id: DossierId, goal_id: UUID, action_id: UUID, *, expected: int | None, **changes: Any
) -> GoalAction:
    await c.authorize("plan.write", facts.dossier(dossier_id))
    action = await entry_to_change(c, GoalAction, dossier_id, action_id, expected)
    if action.goal_id != goal_id:
        raise EntryUnknown
    return changed(c, action, action.change(by=UserId(c.actor.user_id), at=c.now, **changes))


async def _refuse_stranger(c: Command, kind: type[Entry], dossier_id: DossierId, assignee: UserId | None) -> None:
    """Whoever is to do something must be able to read it."""
    if assignee is None:
        return
    decision = await c.decide(kind.reading, facts.dossier(dossier_id), user_id=assignee)
    if not decision.allow:
        raise AssigneeNotMember
