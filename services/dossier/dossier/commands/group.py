"""What an account does with its client groups (SHR-3)."""

from sqlalchemy import func, select

from access import facts
from access.tables import level, person
from chassis.context import Command, check_version
from contracts.identity import UserStatus
from contracts.ids import AccountId, ClientGroupId, GroupAccessId, LevelId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from dossier import tables
from dossier.domain.dossier import Status
from dossier.domain.group import (
    SHARED_WITH_ME,
    ClientGroup,
    GroupAccess,
    GroupAccessUnknown,
    GroupNameTaken,
    GroupStatus,
    LevelUnknown,
    SystemGroupStays,
    UserNotInAccount,
    name_key,
)
from dossier.loading import group_to_change, hold_group


async def open_group(c: Command, name: str) -> ClientGroup:
    await c.authorize("client_group.manage", facts.account(c.actor.account_id))
    await _refuse_taken(c, name)
    group = ClientGroup(id=ClientGroupId(new_id()), account_id=AccountId(c.actor.account_id), name=name)
    c.session.add(group)
    c.stage(group.opened(), version=group.version)
    return group


async def rename_group(c: Command, group_id: ClientGroupId, name: str, *, expected: int | None) -> ClientGroup:
    group = await _group_to_manage(c, group_id)
    await c.authorize("group.manage", facts.group(group.id, group.account_id))
    check_version(group.version, expected)
    await _refuse_taken(c, name, but=group)
    group.rename(name)
    return group


async def close_group(c: Command, group_id: ClientGroupId) -> None:
    group = await _group_to_manage(c, group_id)
    await c.authorize("group.manage", facts.group(group.id, group.account_id))
    await hold_group(c.session, group, to_close=True)
    # Also deleted ones, which can be restored; of an erased one there is nothing that stands anywhere.
    inside = select(func.count()).where(tables.dossier.c.group_id == group.id, tables.dossier.c.status != Status.ERASED)
    c.stage(group.close(clients=await c.session.scalar(inside) or 0), version=group.version)


async def set_group_access(c: Command, group_id: ClientGroupId, user_id: UserId, level_id: LevelId) -> GroupAccess:
    """Give a user of the account access to a group, or another level; at the same level again nothing changes."""
    group = await _group_to_manage(c, group_id)
    await c.authorize("group.manage", facts.group(group.id, group.account_id))
    await _refuse_stranger(c, user_id)
    rights = await _rights_of(c, level_id)
    access = await _access_of(c, group, user_id)
    if access is None:
        return _give(c, group, user_id, level_id, rights)
    if access.takes_away(rights):
        c.restricting()
    event = access.set_level(level_id, rights)
    if event is not None:
        c.stage(event, version=access.version)
    return access


async def end_group_access(c: Command, group_id: ClientGroupId, user_id: UserId) -> None:
    group = await _group_to_manage(c, group_id)
    await c.authorize("group.manage", facts.group(group.id, group.account_id))
    access = await _access_of(c, group, user_id)
    if access is None:
        raise GroupAccessUnknown
    c.stage(access.end(), version=access.version)
    c.restricting()


async def _group_to_manage(c: Command, group_id: ClientGroupId) -> ClientGroup:
    if group_id == SHARED_WITH_ME:
        await c.authorize("client_group.manage", facts.account(c.actor.account_id))
        raise SystemGroupStays
    return await group_to_change(c.session, group_id)


async def _refuse_taken(c: Command, name: str, *, but: ClientGroup | None = None) -> None:
    held = tables.client_group.c
    same = select(held.id).where(
        held.account_id == c.actor.account_id, held.name_key == name_key(name), held.status == GroupStatus.OPEN
    )
    if await c.session.scalar(same if but is None else same.where(held.id != but.id)):
        raise GroupNameTaken


async def _refuse_stranger(c: Command, user_id: UserId) -> None:
    colleague = select(person.c.id).where(
        person.c.id == user_id, person.c.account_id == c.actor.account_id, person.c.status == UserStatus.ACTIVE
    )
    if await c.session.scalar(colleague) is None:
        raise UserNotInAccount


async def _rights_of(c: Command, level_id: LevelId) -> frozenset[str]:
    standard = next((one for one in STANDARD_LEVELS if one.id == level_id), None)
    if standard is not None:
        return standard.rights
    own = select(level.c.rights).where(level.c.id == level_id, level.c.account_id == c.actor.account_id)
    rights = await c.session.scalar(own)
    if rights is None:
        raise LevelUnknown
    return frozenset(rights)


async def _access_of(c: Command, group: ClientGroup, user_id: UserId) -> GroupAccess | None:
    held = tables.access_to_group.c
    return await c.session.scalar(select(GroupAccess).where(held.group_id == group.id, held.user_id == user_id))


def _give(c: Command, group: ClientGroup, user_id: UserId, level_id: LevelId, rights: frozenset[str]) -> GroupAccess:
    access = GroupAccess(
        id=GroupAccessId(new_id()),
        group_id=group.id,
        account_id=group.account_id,
        user_id=user_id,
        level_id=level_id,
        rights=sorted(rights),
    )
    c.session.add(access)
    c.stage(access.given(), version=access.version)
    return access
