"""Signed-in browsers and the sessions that clients have in them: beginning, recognising and ending."""

import hashlib
import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.staging import Staged, put, stage
from chassis.tokens import CLOCKS
from contracts.identity import SessionEnded, UserStatus
from contracts.ids import UserId, new_id
from identity.tables import app_user, browser, session

# A working day: until then a second sign-in in the same browser asks for no password.
BROWSER_LIFE: Final = timedelta(hours=12)
# A client that keeps refreshing must still come back after a month.
SESSION_LIFE: Final = timedelta(days=30)

# How somebody proved who he is (OpenID Connect `acr`), and by what (`amr`, RFC 8176).
BY_PASSWORD: Final = "urn:keten:acr:password"  # noqa: S105
BY_TWO_FACTORS: Final = "urn:keten:acr:two-factor"
METHODS: Final = {BY_PASSWORD: ["pwd"], BY_TWO_FACTORS: ["pwd", "otp", "mfa"]}


@dataclass(frozen=True)
class SignedIn:
    """Somebody in a browser of his."""

    browser_id: UUID
    user_id: UUID
    account_id: UUID
    signed_in_at: datetime
    acr: str


def secret() -> str:
    """256 bits, URL-safe."""
    return random.token_urlsafe(32)


def fingerprint(of: str) -> str:
    """What is kept of a secret. It is random, so a plain hash tells nothing of it."""
    return hashlib.sha256(of.encode()).hexdigest()


async def begin(
    made: AsyncSession, user_id: UUID, *, acr: str, now: datetime, instead_of: SignedIn | None = None
) -> str:
    """Remember a browser; returns the secret for its cookie. Who was signed in here already takes his sessions along, so
    that signing out ends them too, and his cookie of before opens nothing any more."""
    cookie, browser_id = secret(), new_id()
    row = {"id": browser_id, "secret_hash": fingerprint(cookie), "user_id": user_id, "acr": acr, "signed_in_at": now}
    await made.execute(insert(browser).values(**row, expires_at=now + BROWSER_LIFE))
    if instead_of is not None:
        before = session.c.browser_id == instead_of.browser_id
        await made.execute(update(session).where(before, session.c.ended_at.is_(None)).values(browser_id=browser_id))
        await _end_browsers(made, browser.c.id == instead_of.browser_id, now)
    return cookie


async def is_still_let_in(made: AsyncSession, user_id: UUID, *, password_hash: str) -> bool:
    """Held first, then looked at: a reset or a suspension that comes while somebody signs in waits, or is seen."""
    his = (app_user.c.id == user_id, app_user.c.status == UserStatus.ACTIVE, app_user.c.password_hash == password_hash)
    return await made.scalar(select(app_user.c.id).where(*his).with_for_update(read=True)) is not None


async def recognise(made: AsyncSession, cookie: str | None, *, now: datetime, held: bool = False) -> SignedIn | None:
    """Who is signed in with this cookie, as long as he may be. `held`: whoever ends this browser waits for the commit, and
    then finds what was begun in it."""
    if not cookie:
        return None
    known = (
        select(browser.c.id, browser.c.user_id, app_user.c.account_id, browser.c.signed_in_at, browser.c.acr)
        .join(app_user, app_user.c.id == browser.c.user_id)
        .where(
            browser.c.secret_hash == fingerprint(cookie),
            browser.c.ended_at.is_(None),
            browser.c.expires_at > now,
            app_user.c.status == UserStatus.ACTIVE,
        )
    )
    row = (await made.execute(known.with_for_update(read=True, of=browser) if held else known)).one_or_none()
    return None if row is None else SignedIn(*row)


async def end_all_of_user(made: AsyncSession, user_id: UUID, *, now: datetime, token_life: int) -> list[Staged]:
    """Everywhere at once."""
    await _end_browsers(made, browser.c.user_id == user_id, now)
    return await _end(made, session.c.user_id == user_id, now, token_life)


async def end_browser(made: AsyncSession, browser_id: UUID, *, now: datetime, token_life: int) -> list[Staged]:
    """Sign out: the browser and every client's session in it."""
    await _end_browsers(made, browser.c.id == browser_id, now)
    return await _end(made, session.c.browser_id == browser_id, now, token_life)


async def end_sessions(made: AsyncSession, ids: Sequence[str], *, now: datetime, token_life: int) -> list[Staged]:
    """Single clients' sessions; the browser stays signed in."""
    return await _end(made, session.c.id.in_(ids), now, token_life) if ids else []


async def _end_browsers(made: AsyncSession, which: ColumnElement[bool], now: datetime) -> None:
    await made.execute(update(browser).where(which, browser.c.ended_at.is_(None)).values(ended_at=now))


async def _end(made: AsyncSession, which: ColumnElement[bool], now: datetime, token_life: int) -> list[Staged]:
    """Returns what was put into the outbox: only of sessions whose tokens still live, others have nothing to refuse."""
    ended = await made.execute(
        update(session)
        .where(which, session.c.ended_at.is_(None))
        .values(ended_at=now)
        .returning(session.c.id, session.c.user_id, session.c.tokens_until)
    )
    until = now + timedelta(seconds=token_life)
    staged = [
        stage(
            SessionEnded(user_id=UserId(row.user_id), session_id=row.id, tokens_expire_at=until),
            version=1,
            at=now,
            actor=row.user_id,
        )
        for row in ended
        if row.tokens_until is not None and row.tokens_until + timedelta(seconds=CLOCKS) > now
    ]
    await put(made, staged)
    return staged
