"""The pages on which people sign in and set their first password. Wrong address or wrong password: one answer, as slow."""

import asyncio
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis import language as languages
from chassis.edge import Runtime
from chassis.staging import Staged
from contracts.identity import UserStatus
from identity import commands, emails, passwords, sessions
from identity.domain import LinkSpent, User
from identity.limits import network
from identity.setup import Setup
from identity.sign_in import pages
from identity.sign_in.oauth import OAuth, origin, refused
from identity.sign_in.pages import TEXTS
from identity.sign_in.provider import SignInFirst
from identity.tables import account, app_user

_AUTHORIZE: Final = "/identity/oauth2/authorize"


class Hosted:
    """The pages of one running service."""

    def __init__(self, runtime: Runtime, setup: Setup, oauth: OAuth) -> None:
        self._runtime, self._setup, self._oauth = runtime, setup, oauth

    def routes(self) -> list[Route]:
        return [
            Route("/identity/sign-in", self.sign_in_page, methods=["GET"]),
            Route("/identity/sign-in", self.sign_in, methods=["POST"]),
            Route("/identity/activate", self.activation_page, methods=["GET"]),
            Route("/identity/activate", self.activate, methods=["POST"]),
        ]

    async def sign_in_page(self, request: Request) -> Response:
        return await self._form(request, request.query_params.get("request", ""))

    async def sign_in(self, request: Request) -> Response:
        """A right password begins a session of this browser and goes on to what was asked for."""
        form = await _fields(request)
        carried, email = form.get("request", ""), _as_kept(form.get("email", ""))
        if not pages.is_ours(request, self._setup, form.get("formToken", "")):
            return await self._form(request, carried, email=email, fault="form_expired")
        user_id = await self._proven(request, email, form.get("password", ""))
        if user_id is None:
            return await self._form(request, carried, email=email, fault="wrong")
        cookie = await self._begin(request, user_id)
        on = urlencode(parse_qsl(carried, keep_blank_values=True))
        answer = RedirectResponse(f"{_AUTHORIZE}?{on}" if on else "/", 303)
        life = int(sessions.BROWSER_LIFE.total_seconds())
        pages.set_cookie(answer, self._setup, pages.BROWSER, cookie, seconds=life)
        return answer

    async def activation_page(self, request: Request) -> Response:
        return await self._activation(request, request.query_params.get("link", ""))

    async def activate(self, request: Request) -> Response:
        form = await _fields(request)
        link, password = form.get("link", ""), form.get("password", "")
        read = self._setup.links.read(link)
        if not pages.is_ours(request, self._setup, form.get("formToken", "")):
            return await self._activation(request, link, fault=self._text(request, "form_expired"))
        person = await self._invited(*read) if read else None
        if read is None or person is None:
            return self._spent(request)
        if fault := passwords.fault(password, email=person.email, name=person.name):
            return await self._activation(request, link, fault=languages.fault(fault, self._tongue(request)))
        return await self._activated(request, *read, password_hash=await passwords.hashed(password))

    async def _proven(self, request: Request, email: str, password: str) -> UUID | None:
        """Who this is. Failed tries under an address, or from one, make the next ones slower; nobody is locked out."""
        now, slowness = self._runtime.clock(), self._setup.slowness
        keys = (f"email {email}", f"from {network(request.client.host if request.client else None)}")
        await asyncio.sleep(slowness.delay(keys, now))
        async with self._runtime.made() as db:
            found = await db.execute(
                select(app_user.c.id, app_user.c.password_hash).where(
                    app_user.c.email == email, app_user.c.status == UserStatus.ACTIVE
                )
            )
            row = found.one_or_none()
        if not await passwords.matches(password, row.password_hash if row else None):
            slowness.failed(keys, now)
            return None
        slowness.succeeded(keys[0])
        return row.id if row else None

    async def _begin(self, request: Request, user_id: UUID) -> str:
        """Whoever was signed in here before, if it was somebody else, is signed out."""
        now, life = self._runtime.clock(), self._setup.token_life
        async with self._runtime.made() as db, db.begin():
            before = await sessions.recognise(db, request.cookies.get(pages.BROWSER), now=now)
            staged = list[Staged]()
            if before is not None and before.user_id != user_id:
                staged, before = await sessions.end_browser(db, before.browser_id, now=now, token_life=life), None
            cookie = await sessions.begin(db, user_id, now=now, instead_of=before)
        await self._oauth.confirmed(staged)
        return cookie

    async def _form(self, request: Request, carried: str, *, email: str = "", fault: str | None = None) -> Response:
        """The sign-in page, for a request that is right; it names the program that asked."""
        client, to = None, ""
        if carried:
            async with self._runtime.made() as db:
                asked = parse_qsl(carried, keep_blank_values=True)
                decided = await self._oauth.decide(db, asked, None)
            if not isinstance(decided, SignInFirst):
                return refused(request, self._setup)
            client, to = decided.client.name, origin(decided.redirect_uri)
        return pages.page(
            request,
            self._setup,
            "sign_in",
            status=400 if fault else 200,
            to=to,
            carried=carried,
            client=client,
            email=email,
            fault=self._text(request, fault) if fault else None,
        )

    async def _activation(self, request: Request, link: str, *, fault: str | None = None) -> Response:
        read = self._setup.links.read(link)
        person = await self._invited(*read) if read else None
        if person is None:
            return self._spent(request)
        return pages.page(
            request,
            self._setup,
            "activate",
            status=400 if fault else 200,
            link=link,
            email=person.email,
            organisation=person.organisation,
            fault=fault,
        )

    async def _invited(self, user_id: UUID, generation: int) -> Any:
        """Whom a link is for, as long as it opens."""
        async with self._runtime.made() as db:
            user = await db.get(User, user_id)
            if user is None or not user.can_activate(generation, at=self._runtime.clock()):
                return None
            found = await db.execute(
                select(app_user.c.email, app_user.c.name, account.c.name.label("organisation"))
                .join(account, account.c.id == app_user.c.account_id)
                .where(app_user.c.id == user_id)
            )
            return found.one()

    async def _activated(self, request: Request, user_id: UUID, generation: int, *, password_hash: str) -> Response:
        try:
            async with self._runtime.made() as db, db.begin():
                await commands.activate_user(
                    db, user_id, generation=generation, password_hash=password_hash, now=self._runtime.clock()
                )
        except (LinkSpent, StaleDataError):
            return self._spent(request)
        texts: dict[str, Any] = {
            "heading": self._text(request, "activated"),
            "said": self._text(request, "activated_text"),
        }
        return pages.page(request, self._setup, "message", **texts)

    def _spent(self, request: Request) -> Response:
        spent = LinkSpent()
        texts: dict[str, Any] = {
            "heading": self._text(request, "link_spent"),
            "said": spent.detail(self._tongue(request)),
        }
        return pages.page(request, self._setup, "message", status=410, **texts)

    def _text(self, request: Request, name: str) -> str:
        return TEXTS[name][self._tongue(request)]

    def _tongue(self, request: Request) -> Any:
        return languages.language(request.headers.get("accept-language"))


async def _fields(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=20)
    # What a text column cannot hold is nobody's address, password or link.
    return {name: value.replace("\0", "\ufffd") for name, value in form.items() if isinstance(value, str)}


def _as_kept(email: str) -> str:
    """What is no address is nobody's, and gets the same answer."""
    try:
        return emails.normal(email)
    except emails.EmailNotValidError:
        return email.strip()[:254]
