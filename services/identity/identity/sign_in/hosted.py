"""The pages on which people sign in: the password, and where there is one the second step. Wrong address or wrong password:
one answer, as slow."""

from typing import Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis.edge import Runtime
from chassis.staging import Staged
from identity import emails, sessions
from identity.changes import change
from identity.commands import second_factor as commands
from identity.devices import DEVICE_LIFE
from identity.domain.second_factor import CodeWrong, HasSecondFactor
from identity.domain.user import User
from identity.loading import known
from identity.proving import Person, Proving
from identity.sessions import BY_PASSWORD, BY_TWO_FACTORS
from identity.setup import Setup
from identity.sign_in import pages
from identity.sign_in.halfway import Halfway
from identity.sign_in.oauth import OAuth, origin, refused
from identity.sign_in.provider import SignInFirst

AT: Final = "/identity/sign-in"
_AUTHORIZE: Final = "/identity/oauth2/authorize"


class Hosted:
    """The pages of one running service."""

    def __init__(self, runtime: Runtime, setup: Setup, proving: Proving, oauth: OAuth) -> None:
        self._runtime, self._setup, self._proving, self._oauth = runtime, setup, proving, oauth
        self._halfway = Halfway(setup, proving)

    def routes(self) -> list[Route]:
        return [
            Route(AT, self.sign_in_page, methods=["GET"]),
            Route(AT, self.sign_in, methods=["POST"]),
            Route(f"{AT}/second-factor", self.code_page, methods=["GET"]),
            Route(f"{AT}/second-factor", self.code, methods=["POST"]),
            Route(f"{AT}/set-up", self.set_up_page, methods=["GET"]),
            Route(f"{AT}/set-up", self.set_up, methods=["POST"]),
        ]

    async def sign_in_page(self, request: Request) -> Response:
        return await self._form(request, request.query_params.get("request", ""))

    async def sign_in(self, request: Request) -> Response:
        """A right password begins a session of this browser and goes on to what was asked for, or to the second step."""
        form = await pages.fields(request)
        carried, email = form.get("request", ""), _as_kept(form.get("email", ""))
        if not pages.is_ours(request, self._setup, form.get("formToken", "")):
            return await self._form(request, carried, email=email, fault="form_expired")
        person = await self._proving.password(email, form.get("password", ""), browser=pages.browser(request))
        if person is None:
            return await self._form(request, carried, email=email, fault="wrong")
        if not person.has_second_factor and not person.must_have_one:
            return await self._signed_in(request, person, carried, acr=BY_PASSWORD)
        if not person.has_second_factor:
            await self._begin_set_up(person)
        step = "second-factor" if person.has_second_factor else "set-up"
        answer = RedirectResponse(f"{AT}/{step}?{urlencode({'request': carried})}", 303)
        self._halfway.remember(answer, person, now=self._runtime.clock())
        return answer

    async def code_page(self, request: Request) -> Response:
        return await self._code(request, request.query_params.get("request", ""))

    async def code(self, request: Request) -> Response:
        """The second step: a code of now, or a recovery code."""
        form = await pages.fields(request)
        carried, person = form.get("request", ""), await self._halfway.person(request, now=self._runtime.clock())
        if person is None or not person.has_second_factor:
            return _once_more(carried)
        if not pages.is_ours(request, self._setup, form.get("formToken", "")):
            return await self._code(request, carried, fault="form_expired")
        if not await self._proving.code(person.id, form.get("code", ""), browser=pages.browser(request)):
            return await self._code(request, carried, fault="code_wrong")
        return await self._signed_in(request, person, carried, acr=BY_TWO_FACTORS)

    async def set_up_page(self, request: Request) -> Response:
        return await self._set_up(request, request.query_params.get("request", ""))

    async def set_up(self, request: Request) -> Response:
        """Whose account demands a second factor sets it up before he goes on."""
        form = await pages.fields(request)
        carried, person = form.get("request", ""), await self._halfway.person(request, now=self._runtime.clock())
        if person is None or person.has_second_factor:
            return _once_more(carried)
        if not pages.is_ours(request, self._setup, form.get("formToken", "")):
            return await self._set_up(request, carried, fault="form_expired")
        try:
            codes = await self._finish_set_up(person, form.get("code", ""))
        except CodeWrong:
            return await self._set_up(request, carried, fault="code_wrong")
        shown = pages.page(request, self._setup, "recovery", codes=codes, onwards=_onwards(carried))
        return await self._signed_in(request, person, carried, acr=BY_TWO_FACTORS, shown=shown)

    async def _begin_set_up(self, person: Person) -> None:
        try:
            async with change(self._runtime) as c:
                await commands.begin_enrolment(c, self._proving, known(await c.session.get(User, person.id)))
        except HasSecondFactor:
            """Set up at this moment elsewhere: the page finds that out."""

    async def _finish_set_up(self, person: Person, code: str) -> list[str]:
        async with change(self._runtime) as c:
            commands.log_enrolment(c, known(await c.session.get(User, person.id)))
            return await commands.finish_enrolment(c, self._proving, person.id, code=code)

    async def _signed_in(
        self, request: Request, person: Person, carried: str, *, acr: str, shown: Response | None = None
    ) -> Response:
        """From now on this browser is signed in, and known; unless what was proven counts no more."""
        cookie = await self._begin(request, person, acr)
        if cookie is None:
            return _once_more(carried)
        answer = shown or RedirectResponse(_onwards(carried), 303)
        life = int(sessions.BROWSER_LIFE.total_seconds())
        pages.set_cookie(answer, self._setup, pages.BROWSER, cookie, seconds=life)
        know_browser(request, answer, self._setup, self._proving, person.id)
        self._halfway.forget(answer)
        return answer

    async def _begin(self, request: Request, person: Person, acr: str) -> str | None:
        """Whoever was signed in here before, if it was somebody else, is signed out. None when the password was reset, or
        its owner suspended, since it was looked at."""
        now, life = self._runtime.clock(), self._setup.token_life
        async with self._runtime.made() as db, db.begin():
            if not await sessions.is_still_let_in(db, person.id, password_hash=person.password_hash):
                return None
            before = await sessions.recognise(db, request.cookies.get(pages.BROWSER), now=now)
            staged = list[Staged]()
            if before is not None and before.user_id != person.id:
                staged, before = await sessions.end_browser(db, before.browser_id, now=now, token_life=life), None
            cookie = await sessions.begin(db, person.id, acr=acr, now=now, instead_of=before)
        await self._oauth.confirmed(staged)
        return cookie

    async def _form(self, request: Request, carried: str, *, email: str = "", fault: str | None = None) -> Response:
        """The sign-in page, for a request that is right; it names the program that asked."""
        asking = await self._asking(carried)
        if asking is None:
            return refused(request, self._setup)
        client, to = asking
        shown = {"carried": carried, "client": client, "email": email, "asked": urlencode({"request": carried})}
        return self._page(request, "sign_in", to, fault, **shown)

    async def _code(self, request: Request, carried: str, *, fault: str | None = None) -> Response:
        person = await self._halfway.person(request, now=self._runtime.clock())
        asking = await self._asking(carried)
        if person is None or asking is None:
            return _once_more(carried)
        return self._page(request, "code", asking[1], fault, carried=carried)

    async def _set_up(self, request: Request, carried: str, *, fault: str | None = None) -> Response:
        person = await self._halfway.person(request, now=self._runtime.clock())
        asking = await self._asking(carried)
        secret = await self._proving.pending(person.id) if person else None
        if person is None or secret is None or asking is None:
            return _once_more(carried)
        made = commands.enrolment(secret, email=person.email)
        return self._page(request, "set_up", asking[1], fault, carried=carried, made=made, key=_in_groups(secret))

    def _page(self, request: Request, template: str, to: str, fault: str | None, **shown: object) -> Response:
        said = pages.text(request, fault) if fault else None
        return pages.page(request, self._setup, template, status=400 if fault else 200, to=to, fault=said, **shown)

    async def _asking(self, carried: str) -> tuple[str | None, str] | None:
        """Which program asked, and where its request leads; None when it asked for what it may not have."""
        if not carried:
            return None, ""
        async with self._runtime.made() as db:
            decided = await self._oauth.decide(db, parse_qsl(carried, keep_blank_values=True), None)
        if not isinstance(decided, SignInFirst):
            return None
        return decided.client.name, origin(decided.redirect_uri)


def know_browser(request: Request, answer: Response, setup: Setup, proving: Proving, user_id: UUID) -> None:
    """Its tries count apart from those of everybody else, from now on."""
    devices = proving.devices
    cookie = devices.cookie(user_id, devices.of(user_id, request.cookies))
    pages.set_cookie(answer, setup, devices.name(user_id), cookie, seconds=int(DEVICE_LIFE.total_seconds()))


def _in_groups(secret: str) -> str:
    """As people type it over."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _onwards(carried: str) -> str:
    on = urlencode(parse_qsl(carried, keep_blank_values=True))
    return f"{_AUTHORIZE}?{on}" if on else "/"


def _once_more(carried: str) -> Response:
    """What was proven is too long ago."""
    return RedirectResponse(f"{AT}?{urlencode({'request': carried})}" if carried else AT, 303)


def _as_kept(email: str) -> str:
    """What is no address is nobody's, and gets the same answer."""
    try:
        return emails.normal(email)
    except emails.EmailNotValidError:
        return email.strip()[:254]
