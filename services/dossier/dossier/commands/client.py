"""Registering clients, moving them between groups, and what becomes of their dossiers."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from access import facts
from chassis.clock import day
from chassis.context import Command, check_version
from chassis.problems import NotFound
from chassis.work import open_job
from contracts.dossier import ErasureGround
from contracts.ids import AccountId, ClientGroupId, ClientId, DossierId, UserId, new_id
from dossier.domain.client import Client, ClientUnknown
from dossier.domain.dossier import ERASURE, Dossier
from dossier.domain.group import SHARED_WITH_ME, SystemGroupStays
from dossier.loading import (
    changed,
    dossier_of_client,
    dossier_to_change,
    group_to_change,
    hold_group,
    last_change,
    new_entry,
    profile_of,
    years_kept,
)


@dataclass(frozen=True)
class ClientResource(facts.DossierResource):
    """A dossier as that of a client: who may not know of it is told the same as of a client who is not there."""

    missing: ClassVar[type[NotFound]] = ClientUnknown


async def register_client(c: Command, group_id: ClientGroupId, profile: dict[str, Any]) -> Dossier:
    """Take a person into care; the dossier is born with it and belongs to the account of the group."""
    if group_id == SHARED_WITH_ME:
        await c.authorize("client.register", facts.account(c.actor.account_id))
        raise SystemGroupStays
    group = await group_to_change(c.session, group_id)
    await c.authorize("group.register_client", facts.group(group.id, group.account_id))
    await hold_group(c.session, group)
    dossier = Dossier(
        id=DossierId(new_id()), client_id=ClientId(new_id()), account_id=AccountId(group.account_id), group_id=group.id
    )
    born = {"id": dossier.client_id, "account_id": dossier.account_id}
    client = Client(**(new_entry(c, dossier.id) | born | profile))
    c.session.add_all([dossier, client])
    c.concerning(dossier.id)
    c.stage(dossier.registered(), version=dossier.version)
    return dossier


async def move_client(c: Command, client_id: ClientId, group_id: ClientGroupId) -> None:
    """Whoever reached the client through the old group only does so no longer."""
    dossier = await dossier_of_client(c.session, client_id)
    await c.authorize("dossier.move", ClientResource(dossier.id))
    if group_id == SHARED_WITH_ME:
        raise SystemGroupStays
    group = await group_to_change(c.session, group_id)
    await c.authorize("group.register_client", facts.group(group.id, group.account_id))
    await hold_group(c.session, group)
    event = dossier.move(group)
    if event is not None:
        c.stage(event, version=dossier.version)
        c.restricting()


async def archive_dossier(c: Command, dossier_id: DossierId, *, expected: int | None) -> Dossier:
    await c.authorize("dossier.archive", facts.dossier(dossier_id))
    dossier = await dossier_to_change(c.session, dossier_id)
    check_version(dossier.version, expected)
    c.stage(dossier.archive(), version=dossier.version)
    c.restricting()
    return dossier


async def restore_dossier(c: Command, dossier_id: DossierId, *, expected: int | None) -> Dossier:
    await c.authorize("dossier.restore", facts.dossier(dossier_id))
    dossier = await dossier_to_change(c.session, dossier_id)
    check_version(dossier.version, expected)
    c.stage(dossier.restore(), version=dossier.version)
    return dossier


async def delete_dossier(c: Command, dossier_id: DossierId, *, expected: int | None) -> Dossier:
    """From the answer on it is there for nobody but for who restores it (SHR-37)."""
    await c.authorize("dossier.delete", facts.dossier(dossier_id))
    dossier = await dossier_to_change(c.session, dossier_id)
    check_version(dossier.version, expected)
    changed_on = await last_change(c.session, dossier_id)
    c.stage(dossier.delete(by=UserId(c.actor.user_id), at=c.now, changed_on=changed_on), version=dossier.version)
    c.restricting()
    return dossier


async def erase_dossier(
    c: Command, dossier_id: DossierId, *, ground: ErasureGround, expected: int | None
) -> tuple[Dossier, UUID]:
    """The dossier, and the job that takes its contents away. Raises DossierNotDeleted, RetentionNotEnded."""
    await c.authorize("dossier.erase", facts.dossier(dossier_id))
    dossier = await dossier_to_change(c.session, dossier_id)
    check_version(dossier.version, expected)
    years = await years_kept(c.session)
    c.stage(dossier.erase(ground=ground, at=c.now, today=day(c.now), keep_years=years), version=dossier.version)
    job_id = await open_job(
        c.session,
        kind=ERASURE,
        account_id=dossier.account_id,
        opened_by=c.actor.user_id,
        items=[{"dossier": str(dossier.id)}],
        at=c.now,
    )
    return dossier, job_id


async def correct_profile(
    c: Command, dossier_id: DossierId, changes: dict[str, Any], *, expected: int | None
) -> Client:
    await c.authorize("profile.write", facts.dossier(dossier_id))
    client = await profile_of(c.session, dossier_id)
    check_version(client.version, expected)
    return changed(c, client, client.change(by=UserId(c.actor.user_id), at=c.now, **changes))
