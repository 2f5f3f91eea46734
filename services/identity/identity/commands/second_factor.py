"""A second factor: set up, confirmed, its recovery codes renewed, switched off, and reset for who lost his."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.context import Command
from identity import facts, totp
from identity.changes import Change
from identity.domain.mail import Purpose
from identity.domain.second_factor import CodeWrong, HasSecondFactor, NoSecondFactor, OwnSecondFactor
from identity.domain.user import User
from identity.loading import known
from identity.mail import Stating, request_mail
from identity.proving import Proving, use_step
from identity.sessions import fingerprint
from identity.tables import recovery_code, second_factor

_ON: Final = "on"
_OFF: Final = "off"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app must be told, once."""

    secret: str
    uri: str
    picture: str


async def set_up_second_factor(c: Command, proving: Proving, *, password: str) -> Enrolment:
    """Counts when it is confirmed by a code; until then setting up again gives another secret."""
    await c.authorize("second_factor.set", facts.user(c.actor.user_id))
    await proving.own_password(c, password)
    return await begin_enrolment(c, proving, known(await c.session.get(User, c.actor.user_id)))


async def confirm_second_factor(c: Command, proving: Proving, *, code: str) -> list[str]:
    """Returns the recovery codes. Raises CodeWrong, TooManyTries."""
    await c.authorize("second_factor.set", facts.user(c.actor.user_id))
    await proving.own_first_code(c, code)
    return await finish_enrolment(c, proving, c.actor.user_id, code=code)


async def renew_recovery_codes(c: Command, proving: Proving, *, password: str, code: str) -> list[str]:
    """Those before open nothing any more."""
    await c.authorize("second_factor.renew", facts.user(c.actor.user_id))
    await _prove(c, proving, password=password, code=code)
    return await _new_recovery_codes(c, c.actor.user_id)


async def remove_second_factor(c: Command, proving: Proving, *, password: str, code: str) -> None:
    await c.authorize("second_factor.remove", facts.user(c.actor.user_id))
    await _prove(c, proving, password=password, code=code)
    await _switch_off(c, c.actor.user_id)


async def reset_second_factor(c: Command, user_id: UUID) -> None:
    """For a colleague who lost his; he is told, and sets up another where his account demands one."""
    user = await c.session.get(User, user_id)
    await c.authorize("second_factor.reset", facts.user(user_id))
    if known(user).id == c.actor.user_id:
        raise OwnSecondFactor
    await _switch_off(c, user_id)


async def begin_enrolment(c: Stating, proving: Proving, user: User) -> Enrolment:
    # open to everyone: of oneself, after the password; asked by a command and by the sign-in page
    if await is_confirmed(c, user.id):
        raise HasSecondFactor
    secret = totp.new_secret()
    kept = {"secret": proving.box.close(secret, of=user.id), "begun_at": c.now, "last_step": 0}
    row = upsert(second_factor).values(user_id=user.id, **kept)
    unconfirmed = second_factor.c.confirmed_at.is_(None)
    await c.session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=kept, where=unconfirmed))
    return enrolment(secret, email=user.email)


async def finish_enrolment(c: Stating, proving: Proving, user_id: UUID, *, code: str) -> list[str]:
    # open to everyone: of oneself, after the password; asked by a command and by the sign-in page
    typed = totp.as_typed(code)
    if not await use_step(c.session, proving.box, user_id, typed, at=c.now, confirmed=False):
        raise CodeWrong
    mine = second_factor.c.user_id == user_id
    await c.session.execute(update(second_factor).where(mine).values(confirmed_at=c.now))
    await request_mail(c, Purpose.SECOND_FACTOR_CHANGED, user_id=user_id, change=_ON)
    return await _new_recovery_codes(c, user_id)


def enrolment(secret: str, *, email: str) -> Enrolment:
    uri = totp.uri(secret, email=email)
    return Enrolment(secret, uri, totp.picture(uri))


def log_enrolment(c: Change, user: User) -> None:
    """As the command's own line says it."""
    c.log(user, "second_factor.set", rule="password")


async def forget_second_factor(c: Command, user_id: UUID) -> None:
    # open to everyone: part of removing somebody, who was asked about there
    await c.session.execute(delete(second_factor).where(second_factor.c.user_id == user_id))


async def _prove(c: Command, proving: Proving, *, password: str, code: str) -> None:
    if not await is_confirmed(c, c.actor.user_id):
        raise NoSecondFactor
    await proving.own_password(c, password)
    await proving.own_code(c, code)


async def is_confirmed(c: Stating, user_id: UUID) -> bool:
    """Whether he has a second factor in use."""
    # open to everyone: asked by commands about who gives them, after the policy
    confirmed = second_factor.c.confirmed_at.is_not(None)
    return bool(await c.session.scalar(select(exists().where(second_factor.c.user_id == user_id, confirmed))))


async def _switch_off(c: Command, user_id: UUID) -> None:
    gone = delete(second_factor).where(second_factor.c.user_id == user_id, second_factor.c.confirmed_at.is_not(None))
    if (await c.session.execute(gone.returning(second_factor.c.user_id))).one_or_none() is None:
        raise NoSecondFactor
    await request_mail(c, Purpose.SECOND_FACTOR_CHANGED, user_id=user_id, change=_OFF)


async def _new_recovery_codes(c: Stating, user_id: UUID) -> list[str]:
    codes = totp.new_recovery_codes()
    await c.session.execute(delete(recovery_code).where(recovery_code.c.user_id == user_id))
    kept = [{"user_id": user_id, "hash": fingerprint(totp.as_typed(code))} for code in codes]
    await c.session.execute(insert(recovery_code), kept)
    return codes
