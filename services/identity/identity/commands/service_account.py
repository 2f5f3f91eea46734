"""What a person does with the service accounts of his account."""

from uuid import UUID

from chassis.context import Command, check_version
from contracts.events import Event
from contracts.ids import AccountId, UserId, new_id
from identity import facts, service_sessions
from identity.domain.service_account import ServiceAccount, ServiceAccountNotFound, new_service_account
from identity.service_sessions import Secret


async def add_service_account(c: Command, *, name: str, description: str) -> tuple[ServiceAccount, Secret]:
    await c.authorize("service_account.add", facts.account(c.actor.account_id))
    made = new_service_account(
        UserId(new_id()), AccountId(c.actor.account_id), name=name, description=description, at=c.now
    )
    c.session.add(made)
    await c.session.flush()
    secret = await service_sessions.make_secret(c.session, made.id, now=c.now)
    _stage(c, made, *made.added())
    return made, secret


async def change_service_account(
    c: Command, service_account_id: UUID, *, name: str | None, description: str | None, expected: int | None
) -> ServiceAccount:
    held = await c.session.get(ServiceAccount, service_account_id)
    await c.authorize("service_account.change", facts.service_account(service_account_id))
    held = _known(held)
    check_version(held.version, expected)
    if described := held.describe(name=name, description=description):
        _stage(c, held, described)
    return held


async def rotate_secret(c: Command, service_account_id: UUID) -> Secret:
    held = await c.session.get(ServiceAccount, service_account_id)
    await c.authorize("service_account.rotate", facts.service_account(service_account_id))
    held = _known(held)
    held.rotate(await service_sessions.secrets_of(c.session, held.id))
    return await service_sessions.make_secret(c.session, held.id, now=c.now)


async def drop_secret(c: Command, service_account_id: UUID, secret_id: UUID, *, token_life: int) -> None:
    held = await c.session.get(ServiceAccount, service_account_id)
    await c.authorize("service_account.rotate", facts.service_account(service_account_id))
    held = _known(held)
    held.lose(secret_id, await service_sessions.secrets_of(c.session, held.id))
    await c.session.flush()
    _stage(c, held, *await service_sessions.end_secret(c.session, secret_id, now=c.now, token_life=token_life))
    c.restricting()


async def suspend_service_account(c: Command, service_account_id: UUID, *, token_life: int) -> None:
    held = await c.session.get(ServiceAccount, service_account_id)
    await c.authorize("service_account.suspend", facts.service_account(service_account_id))
    suspended = _known(held).suspend()
    await _end_sessions(c, _known(held), token_life)
    _stage(c, _known(held), suspended)
    c.restricting()


async def resume_service_account(c: Command, service_account_id: UUID) -> None:
    held = await c.session.get(ServiceAccount, service_account_id)
    await c.authorize("service_account.resume", facts.service_account(service_account_id))
    _stage(c, _known(held), _known(held).resume())


async def remove_service_account(c: Command, service_account_id: UUID, *, token_life: int) -> None:
    held = await c.session.get(ServiceAccount, service_account_id)
    await c.authorize("service_account.remove", facts.service_account(service_account_id))
    removed = _known(held).remove()
    await _end_sessions(c, _known(held), token_life)
    await service_sessions.end_secrets(c.session, service_account_id, now=c.now)
    _stage(c, _known(held), removed)
    c.restricting()


async def _end_sessions(c: Command, held: ServiceAccount, token_life: int) -> None:
    """Its own row first, as where tokens are given: two that meet wait for one another, and neither for ever."""
    await c.session.flush()
    _stage(c, held, *await service_sessions.end_sessions(c.session, held.id, now=c.now, token_life=token_life))


def _known(held: ServiceAccount | None) -> ServiceAccount:
    if held is None:
        raise ServiceAccountNotFound
    return held


def _stage(c: Command, of: ServiceAccount, *events: Event) -> None:
    for event in events:
        c.stage(event, version=of.version)
