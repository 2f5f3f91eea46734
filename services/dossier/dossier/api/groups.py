"""Client groups and who of the account reaches them."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import StringConstraints

from chassis.app import RESTRICTING
from chassis.app import router as edge_router
from chassis.edge import CommandContext, IfMatch, QueryContext, etag
from chassis.models import Model
from chassis.paging import PageParameters, Slice, link_next
from contracts.ids import ClientGroupId, LevelId, UserId
from dossier.commands import group as commands
from dossier.queries import group as queries
from dossier.queries.group import ClientGroupAnswer, GroupAccessAnswer

router = edge_router("client-groups")

GroupName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class ClientGroupNamed(Model):
    """What a group is called; unique within the account."""

    name: GroupName


class AccessWanted(Model):
    """At which level."""

    level_id: UUID


@router.get("/client-groups")
async def list_groups(
    request: Request, query: QueryContext, page: PageParameters, response: Response
) -> Slice[ClientGroupAnswer]:
    """The groups you see, each with how many dossiers you reach there; "Shared with me" when you received something."""
    found = await queries.client_groups(query, page)
    link_next(request, response, found)
    return found


@router.post("/client-groups", status_code=201)
async def open_group(asked: ClientGroupNamed, command: CommandContext, response: Response) -> ClientGroupAnswer:
    """Make a group to organise clients in."""
    group = await commands.open_group(command, asked.name)
    response.headers["Location"] = f"/dossier/v1/client-groups/{group.id}"
    return _told(await queries.group_as_is(command, group), response)


@router.get("/client-groups/{group_id}")
async def read_group(group_id: UUID, query: QueryContext, response: Response) -> ClientGroupAnswer:
    """One group."""
    return _told(await queries.client_group(query, ClientGroupId(group_id)), response)


@router.patch("/client-groups/{group_id}")
async def rename_group(
    group_id: UUID, asked: ClientGroupNamed, if_match: IfMatch, command: CommandContext, response: Response
) -> ClientGroupAnswer:
    """Give a group another name."""
    group = await commands.rename_group(command, ClientGroupId(group_id), asked.name, expected=if_match)
    return _told(await queries.group_as_is(command, group), response)


@router.delete("/client-groups/{group_id}", status_code=204)
async def close_group(group_id: UUID, command: CommandContext) -> None:
    """Close a group that has no clients any more."""
    await commands.close_group(command, ClientGroupId(group_id))


@router.get("/client-groups/{group_id}/access")
async def list_group_access(
    group_id: UUID, request: Request, query: QueryContext, page: PageParameters, response: Response
) -> Slice[GroupAccessAnswer]:
    """Who of the account was given access to a group. Owner and administrators reach every group without."""
    found = await queries.group_accesses(query, ClientGroupId(group_id), page)
    link_next(request, response, found)
    return found


@router.put("/client-groups/{group_id}/access/{user_id}", responses=RESTRICTING)
async def set_group_access(
    group_id: UUID, user_id: UUID, asked: AccessWanted, command: CommandContext
) -> GroupAccessAnswer:
    """Give a user of the account access to a group, or another level. Doing it again changes nothing."""
    access = await commands.set_group_access(command, ClientGroupId(group_id), UserId(user_id), LevelId(asked.level_id))
    return await queries.access_as_is(command, access)


@router.delete("/client-groups/{group_id}/access/{user_id}", status_code=204, responses=RESTRICTING)
async def end_group_access(group_id: UUID, user_id: UUID, command: CommandContext) -> None:
    """Take a user's access to a group away."""
    await commands.end_group_access(command, ClientGroupId(group_id), UserId(user_id))


def _told(group: ClientGroupAnswer, response: Response) -> ClientGroupAnswer:
    response.headers.update(etag(group.version, group.name, group.clients))
    return group
