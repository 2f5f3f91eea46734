"""What a person can do with accounts and users: load → authorize → decide → stage."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Command, check_version
from contracts.actions import Role
from contracts.events import Event
from contracts.identity import Language, UserStatus
from contracts.ids import AccountId, UserId, new_id
from identity import facts, sessions
from identity.domain import (
    Account,
    AccountNotFound,
    EmailInUse,
    LinkSpent,
    NewOwnerNotActive,
    TooManySearches,
    User,
    UserNotFound,
    new_user,
)
from identity.tables import account, app_user, search

# Enough to find the people somebody works with, too few to find out which addresses are known (DESIGN §4).
SEARCHES: Final = 20
_SEARCH_PERIOD: Final = timedelta(hours=1)


@dataclass(frozen=True)
class NewOwner:
    """Who opens an account."""

    name: str
    email: str
    password_hash: str
    language: Language


@dataclass(frozen=True)
class FoundPerson:
    """What somebody who knows an e-mail address may know of who has it."""

    user_id: UserId
    name: str
    initials: str
    account_id: AccountId
    organisation: str


async def open_account(c: Command, *, name: str, owner: NewOwner) -> tuple[Account, User]:
    # open to everyone: who has no account yet cannot be known; he acts as the owner that he becomes
    account_id, owner_id = AccountId(c.actor.account_id), UserId(c.actor.user_id)
    await _refuse_known_email(c.session, owner.email)
    opened = Account(id=account_id, name=name, owner_id=owner_id, opened_at=c.now)
    user = new_user(
        owner_id,
        account_id,
        name=owner.name,
        email=owner.email,
        language=owner.language,
        role=Role.OWNER,
        at=c.now,
        password_hash=owner.password_hash,
    )
    c.session.add(opened)
    await c.session.flush()
    c.session.add(user)
    _stage(c, opened, *opened.opened())
    _stage(c, user, *user.added())
    return opened, user


async def transfer_account(c: Command, account_id: UUID, *, to: UUID) -> None:
    held = await c.session.get(Account, account_id)
    await c.authorize("account.transfer", facts.account(account_id))
    held = _found(held)
    owner, successor = _known(await c.session.get(User, held.owner_id)), await c.session.get(User, to)
    if successor is None:
        raise NewOwnerNotActive
    transferred, lowered, raised = held.transfer(owner=owner, to=successor)
    _stage(c, held, transferred)
    _stage(c, owner, lowered)
    _stage(c, successor, raised)
    c.restricting()
    _own_rights_change(c)


async def add_user(c: Command, *, name: str, email: str, role: Role, language: Language) -> User:
    await c.authorize("user.add", facts.account(c.actor.account_id))
    await _refuse_known_email(c.session, email)
    user = new_user(
        UserId(new_id()),
        AccountId(c.actor.account_id),
        name=name,
        email=email,
        language=language,
        role=role,
        at=c.now,
    )
    c.session.add(user)
    _stage(c, user, *user.added())
    return user


async def invite_user(c: Command, user_id: UUID) -> User:
    user = await c.session.get(User, user_id)
    await c.authorize("user.add", facts.user(user_id))
    user = _known(user)
    user.invite(at=c.now)
    return user


async def change_user(
    c: Command, user_id: UUID, *, role: Role | None, medical: bool | None, expected: int | None
) -> User:
    user = await c.session.get(User, user_id)
    if role is not None or medical is None:
        await c.authorize("user.change", facts.user(user_id))
    if medical is not None:
        await c.authorize("medical.authorise", facts.user(user_id))
    user = _known(user)
    check_version(user.version, expected)
    if user.would_lose(role=role, medical=medical):
        c.restricting()
    if changed := user.change(role=role, medical=medical):
        _stage(c, user, changed)
    if user.id == c.actor.user_id:
        _own_rights_change(c)
    return user


async def change_self(c: Command, *, name: str | None, language: Language | None, expected: int | None) -> User:
    user = await c.session.get(User, c.actor.user_id)
    await c.authorize("self.change", facts.user(c.actor.user_id))
    user = _known(user)
    check_version(user.version, expected)
    if described := user.describe(name=name, language=language):
        _stage(c, user, described)
    return user


async def suspend_user(c: Command, user_id: UUID, *, token_life: int) -> None:
    user = await c.session.get(User, user_id)
    await c.authorize("user.suspend", facts.user(user_id))
    suspended = _known(user).suspend(by=UserId(c.actor.user_id))
    await _end_sessions(c, user_id, token_life)
    _stage(c, _known(user), suspended)
    c.restricting()


async def resume_user(c: Command, user_id: UUID) -> None:
    user = await c.session.get(User, user_id)
    await c.authorize("user.resume", facts.user(user_id))
    _stage(c, _known(user), _known(user).resume())


async def remove_user(c: Command, user_id: UUID, *, token_life: int) -> None:
    user = await c.session.get(User, user_id)
    await c.authorize("user.remove", facts.user(user_id))
    removed = _known(user).remove(by=UserId(c.actor.user_id))
    await _end_sessions(c, user_id, token_life)
    _stage(c, _known(user), removed)
    c.restricting()


async def find_user(c: Command, email: str) -> FoundPerson | None:
    """Counted, and logged, whether somebody is found or not. Raises TooManySearches."""
    await c.authorize("user.find", facts.account(c.actor.account_id))
    await _count_search(c)
    found = await c.session.execute(
        select(app_user.c.id, app_user.c.name, app_user.c.initials, account.c.id, account.c.name)
        .join(account, account.c.id == app_user.c.account_id)
        .where(app_user.c.email == email, app_user.c.status == UserStatus.ACTIVE)
    )
    row = found.one_or_none()
    return None if row is None else FoundPerson(*row)


async def activate_user(
    session: AsyncSession, user_id: UUID, *, generation: int, password_hash: str, now: datetime
) -> None:
    # open to everyone: who has the link is who it was given to. Raises LinkSpent.
    user = await session.get(User, user_id)
    if user is None:
        raise LinkSpent
    user.activate(generation, password_hash=password_hash, at=now)


async def _count_search(c: Command) -> None:
    """One search at a time per person, or twenty at once would all be the first."""
    await c.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(c.actor.user_id), 1))))
    own, since = search.c.user_id == c.actor.user_id, c.now - _SEARCH_PERIOD
    await c.session.execute(delete(search).where(own, search.c.at <= since))
    times = list(await c.session.scalars(select(search.c.at).where(own).order_by(search.c.at)))
    if len(times) >= SEARCHES:
        wait = times[0] - since
        c.denials.append(replace(c.lines.pop(), outcome="denied", reasons=({"rule": "search-limit"},)))
        raise TooManySearches(retryAfter=math.ceil(wait.total_seconds()), minutes=math.ceil(wait.total_seconds() / 60))
    await c.session.execute(insert(search).values(user_id=c.actor.user_id, at=c.now))


async def _refuse_known_email(session: AsyncSession, email: str) -> None:
    known = select(exists().where(app_user.c.email == email, app_user.c.status != UserStatus.REMOVED))
    if await session.scalar(known):
        raise EmailInUse


async def _end_sessions(c: Command, user_id: UUID, token_life: int) -> None:
    """Put before what is staged and under the same key: whoever has heard that, has heard these, however many."""
    await sessions.end_all_of_user(c.session, user_id, now=c.now, token_life=token_life)


def _known(user: User | None) -> User:
    if user is None:
        raise UserNotFound
    return user


def _found(held: Account | None) -> Account:
    if held is None:
        raise AccountNotFound
    return held


def _stage(c: Command, of: Account | User, *events: Event) -> None:
    for event in events:
        c.stage(event, version=of.version)


def _own_rights_change(c: Command) -> None:
    """The actor's own row is written here under its version, so a change meanwhile is a lost race already; looking once
    more would only find him without the right that he has just given away."""
    c.leaned.clear()
