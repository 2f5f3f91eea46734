"""What a person does with the users of his account, and with himself."""

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Command, check_version
from contracts.actions import Role
from contracts.identity import Language, UserStatus
from contracts.ids import AccountId, UserId, new_id
from identity import facts, sessions
from identity.changes import Change
from identity.commands.photo import take_down
from identity.commands.second_factor import forget_second_factor
from identity.domain.mail import Purpose
from identity.domain.user import EmailInUse, LinkSpent, TooManySearches, User, new_user
from identity.loading import is_proven, known, own_rights_change, stage
from identity.mail import alone, refuse_flood, request_mail, spend_all
from identity.tables import account, app_user, search

# Enough to find the people somebody works with, too few to find out which addresses are known (DESIGN §4).
SEARCHES: Final = 20
_SEARCH_PERIOD: Final = timedelta(hours=1)


@dataclass(frozen=True)
class FoundPerson:
    """What somebody who knows an e-mail address may know of who has it."""

    user_id: UserId
    name: str
    initials: str
    account_id: AccountId
    organisation: str


async def add_user(c: Command, *, name: str, email: str, role: Role, language: Language) -> User:
    """Whoever has the address in another account is told so himself, and nobody else."""
    await c.authorize("user.add", facts.account(c.actor.account_id))
    added_before = await _refuse_colleague(c.session, AccountId(c.actor.account_id), email)
    await refuse_flood(c, Purpose.INVITATION, *added_before)
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
    await c.session.flush()
    stage(c, user, *user.added())
    await request_mail(c, Purpose.INVITATION, user_id=user.id, asked_by=c.actor.user_id)
    return user


async def invite_user(c: Command, user_id: UUID) -> User:
    user = await c.session.get(User, user_id)
    await c.authorize("user.add", facts.user(user_id))
    user = known(user)
    user.invite(at=c.now)
    await refuse_flood(c, Purpose.INVITATION, user.id)
    await request_mail(c, Purpose.INVITATION, user_id=user.id, asked_by=c.actor.user_id)
    return user


async def change_user(
    c: Command, user_id: UUID, *, role: Role | None, medical: bool | None, expected: int | None
) -> User:
    user = await c.session.get(User, user_id)
    if role is not None or medical is None:
        await c.authorize("user.change", facts.user(user_id))
    if medical is not None:
        await c.authorize("medical.authorise", facts.user(user_id))
    user = known(user)
    check_version(user.version, expected)
    if user.would_lose(role=role, medical=medical):
        c.restricting()
    if changed := user.change(role=role, medical=medical):
        stage(c, user, changed)
    if user.id == c.actor.user_id:
        own_rights_change(c)
    return user


async def change_self(c: Command, *, name: str | None, language: Language | None, expected: int | None) -> User:
    user = await c.session.get(User, c.actor.user_id)
    await c.authorize("self.change", facts.user(c.actor.user_id))
    user = known(user)
    check_version(user.version, expected)
    if described := user.describe(name=name, language=language):
        stage(c, user, described)
    return user


async def suspend_user(c: Command, user_id: UUID, *, token_life: int) -> None:
    user = await c.session.get(User, user_id)
    await c.authorize("user.suspend", facts.user(user_id))
    suspended = known(user).suspend(by=UserId(c.actor.user_id))
    await _end_sessions(c, user_id, token_life)
    stage(c, known(user), suspended)
    c.restricting()


async def resume_user(c: Command, user_id: UUID) -> None:
    user = await c.session.get(User, user_id)
    await c.authorize("user.resume", facts.user(user_id))
    stage(c, known(user), known(user).resume())


async def remove_user(c: Command, user_id: UUID, *, token_life: int) -> None:
    user = await c.session.get(User, user_id)
    await c.authorize("user.remove", facts.user(user_id))
    removed = known(user).remove(by=UserId(c.actor.user_id))
    await _end_sessions(c, user_id, token_life)
    stage(c, known(user), removed)
    await take_down(c, known(user))
    await forget_second_factor(c, user_id)
    await spend_all(c, user_id=user_id, email=known(user).email)
    c.restricting()


async def find_user(c: Command, email: str) -> FoundPerson | None:
    """Counted, and logged, whether somebody is found or not. Raises TooManySearches."""
    await c.authorize("user.find", facts.account(c.actor.account_id))
    await _count_search(c)
    found = await c.session.execute(
        select(app_user.c.id, app_user.c.name, app_user.c.initials, account.c.id, account.c.name)
        .join(account, account.c.id == app_user.c.account_id)
        .where(app_user.c.email == email, app_user.c.status == UserStatus.ACTIVE, app_user.c.verified)
    )
    row = found.one_or_none()
    return None if row is None else FoundPerson(*row)


async def activate_user(c: Change, user_id: UUID, *, generation: int, password_hash: str) -> User:
    """Raises LinkSpent, and EmailInUse for who has come in by another way meanwhile."""
    # open to everyone: who has the link has the address that it went to
    user = await c.session.get(User, user_id)
    if user is None:
        raise LinkSpent
    user.activate(generation, password_hash=password_hash, at=c.now)
    await alone(c, user.email)
    if await is_proven(c.session, user.email, but=user.id):
        raise EmailInUse
    c.log(user, "user.activate", rule="link")
    await spend_all(c, user_id=user.id, email=user.email)
    return user


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


async def _refuse_colleague(session: AsyncSession, account_id: AccountId, email: str) -> list[UUID]:
    """Who was added under this address before, and removed. Raises EmailInUse for who was not removed."""
    same = (app_user.c.account_id == account_id, app_user.c.email == email)
    found = (await session.execute(select(app_user.c.id, app_user.c.status).where(*same))).all()
    if any(row.status is not UserStatus.REMOVED for row in found):
        raise EmailInUse
    return [row.id for row in found]


async def _end_sessions(c: Command, user_id: UUID, token_life: int) -> None:
    """Put before what is staged and under the same key: whoever has heard that, has heard these, however many. His own row
    first: whoever is signing in as him has done so by then, or will not."""
    await c.session.flush()
    await sessions.end_all_of_user(c.session, user_id, now=c.now, token_life=token_life)
