"""Proving who somebody is, by password and by code, without letting anybody guess. Tries are counted before they are made. A
browser that is known has a budget of its own; who uses up the other one shuts nobody out and learns nothing: he goes on
getting the answer he got."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import Command
from chassis.edge import Runtime
from contracts.identity import UserStatus
from identity import passwords, totp, tries
from identity.changes import change
from identity.devices import Devices
from identity.domain.mail import Purpose
from identity.domain.second_factor import CodeWrong, PasswordWrong, TooManyTries
from identity.domain.user import User
from identity.mail import request_mail
from identity.sessions import fingerprint
from identity.tables import account, app_user, recovery_code, second_factor
from identity.tries import CODES, NETWORK, PASSWORDS, WARNINGS, Budget

_HAS_ONE = exists().where(second_factor.c.user_id == app_user.c.id, second_factor.c.confirmed_at.is_not(None))
_PEOPLE = select(
    app_user.c.id, app_user.c.email, app_user.c.password_hash, _HAS_ONE, account.c.second_factor_demanded
).join(account, account.c.id == app_user.c.account_id)


class Browser(NamedTuple):
    """Where somebody is trying from."""

    cookies: Mapping[str, str]
    network: str


class Person(NamedTuple):
    """Somebody who can sign in, and what that takes of him."""

    id: UUID
    email: str
    password_hash: str
    has_second_factor: bool
    must_have_one: bool


class _Taken(NamedTuple):
    """What was counted for one try."""

    budgets: tuple[tuple[Budget, str], ...]
    is_allowed: bool
    is_last: bool


@dataclass(frozen=True)
class Proving:
    """What is asked of people who say who they are."""

    runtime: Runtime
    devices: Devices
    box: totp.SecretBox

    async def password(self, email: str, password: str, *, browser: Browser) -> Person | None:
        """Whose address and password these are. An address that nobody has is counted and checked like any other."""
        person = await self.person(app_user.c.email == email)
        taken = await self._take(PASSWORDS, email, person, browser)
        if not taken.is_allowed:
            return None
        if not await passwords.matches(password, person.password_hash if person else None):
            await self._failed(taken, email)
            return None
        await tries.give_back(self.runtime.made, *taken.budgets)
        return person

    async def code(self, user_id: UUID, code: str, *, browser: Browser) -> bool:
        """Whether this is the code of about now, for the first time, or a recovery code that was not used before."""
        person = await self.person(app_user.c.id == user_id)
        if person is None:
            return False
        taken = await self._take(CODES, person.email, person, browser)
        if not taken.is_allowed:
            return False
        if not await self._use_code(user_id, code):
            await self._failed(taken, person.email)
            return False
        await tries.give_back(self.runtime.made, *taken.budgets)
        return True

    async def pending(self, user_id: UUID) -> str | None:
        """The secret of a second factor that is being set up."""
        unconfirmed = (second_factor.c.user_id == user_id, second_factor.c.confirmed_at.is_(None))
        async with self.runtime.made() as db:
            kept = await db.scalar(select(second_factor.c.secret).where(*unconfirmed))
        return self.box.open(kept, of=user_id) if kept else None

    async def chosen(self, sign_up: Any, password: str, *, browser: Browser) -> bool:
        """Whether this is the password that was chosen with a sign-up."""
        counted = ((NETWORK, browser.network), (PASSWORDS, f"sign-up {sign_up.id}"))
        *_, last = await tries.spend(self.runtime.made, *counted, now=self.runtime.clock())
        if not last.is_allowed or not await passwords.matches(password, sign_up.password_hash):
            return False
        await tries.give_back(self.runtime.made, *counted)
        return True

    async def own_password(self, c: Command, password: str) -> None:
        """Somebody who is signed in shows that it is still him. Raises PasswordWrong, TooManyTries."""
        user = await c.session.get(User, c.actor.user_id)
        kept = user.password_hash if user else None
        await self._own(c, PASSWORDS, lambda: passwords.matches(password, kept), PasswordWrong())

    async def own_code(self, c: Command, code: str) -> None:
        """The same by a code, which is used up. Raises CodeWrong, TooManyTries."""
        user_id = c.actor.user_id
        await self._own(c, CODES, lambda: self._use_code(user_id, code), CodeWrong())

    async def own_first_code(self, c: Command, code: str) -> None:
        """The same by a code of what is being set up, which is not used up yet. Raises CodeWrong, TooManyTries."""

        async def is_right() -> bool:
            secret = await self.pending(c.actor.user_id)
            return secret is not None and totp.step_of(secret, totp.as_typed(code), at=c.now) is not None

        await self._own(c, CODES, is_right, CodeWrong())

    async def _own(self, c: Command, budget: Budget, is_right: Any, wrong: PasswordWrong | CodeWrong) -> None:
        await c.session.rollback()  # nothing is written yet, and no connection waits here for another one
        counted = (budget, f"signed in {c.actor.user_id}")
        [one] = await tries.spend(self.runtime.made, counted, now=c.now)
        if one.is_allowed and await is_right():
            await tries.give_back(self.runtime.made, counted)
            return
        c.denials.append(replace(c.lines.pop(), outcome="denied", reasons=({"rule": "not-proven"},)))
        if one.is_allowed:
            raise wrong
        wait = (one.until - c.now).total_seconds()
        raise TooManyTries(retryAfter=math.ceil(wait), minutes=math.ceil(wait / 60))

    async def person(self, which: ColumnElement[bool]) -> Person | None:
        """Who can sign in at all."""
        active = (app_user.c.status == UserStatus.ACTIVE, app_user.c.verified, app_user.c.password_hash.is_not(None))
        async with self.runtime.made() as db:
            row = (await db.execute(_PEOPLE.where(which, *active))).one_or_none()
        return Person(*row) if row else None

    async def _take(self, budget: Budget, of: str, person: Person | None, browser: Browser) -> _Taken:
        """One try: of the browser that is known, as long as it has any; else of all that are not, and of the network."""
        made, now = self.runtime.made, self.runtime.clock()
        device = self.devices.of(person.id, browser.cookies) if person else None
        if device is not None:
            own = (budget, f"device {device}")
            [one] = await tries.spend(made, own, now=now)
            if one.is_allowed:
                return _Taken((own,), True, False)
        counted = ((NETWORK, browser.network), (budget, of))
        *_, last = await tries.spend(made, *counted, now=now)
        return _Taken(counted, last.is_allowed, last.is_allowed and last.left == 0)

    async def _failed(self, taken: _Taken, email: str) -> None:
        """The last try of all unknown browsers was wrong: whoever has the address is told, and sent a way in. If nobody has
        it, that is found out when the mail is written."""
        if not taken.is_last:
            return
        [one] = await tries.spend(self.runtime.made, (WARNINGS, email), now=self.runtime.clock())
        if one.is_allowed:
            async with change(self.runtime) as c:
                await request_mail(c, Purpose.NEW_DEVICE, email=email)

    async def _use_code(self, user_id: UUID, typed: str) -> bool:
        code, now = totp.as_typed(typed), self.runtime.clock()
        async with change(self.runtime) as c:
            if len(code) == totp.DIGITS:
                return await use_step(c.session, self.box, user_id, code, at=now)
            used = await _use_recovery_code(c.session, user_id, code, now)
            if used:
                await request_mail(c, Purpose.SECOND_FACTOR_CHANGED, user_id=user_id, change="recovery-used")
            return used


async def use_step(
    session: AsyncSession, box: totp.SecretBox, user_id: UUID, code: str, *, at: datetime, confirmed: bool = True
) -> bool:
    """Whether a code is right; it and all before it are used up, also for two who send it at the same moment."""
    held = second_factor.c.user_id == user_id
    is_meant = second_factor.c.confirmed_at.is_not(None) if confirmed else second_factor.c.confirmed_at.is_(None)
    kept = await session.scalar(select(second_factor.c.secret).where(held, is_meant))
    step = totp.step_of(box.open(kept, of=user_id), code, at=at) if kept else None
    if step is None:
        return False
    later = update(second_factor).where(held, second_factor.c.last_step < step).values(last_step=step)
    return (await session.execute(later.returning(second_factor.c.user_id))).one_or_none() is not None


async def _use_recovery_code(session: AsyncSession, user_id: UUID, code: str, now: datetime) -> bool:
    unused = (recovery_code.c.user_id == user_id, recovery_code.c.used_at.is_(None))
    this = recovery_code.c.hash == fingerprint(code)
    used = update(recovery_code).where(*unused, this).values(used_at=now).returning(recovery_code.c.user_id)
    return (await session.execute(used)).one_or_none() is not None
