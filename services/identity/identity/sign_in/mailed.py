"""The pages behind the links that are mailed. Opening one changes nothing, since mail programs look into links by
themselves; its button does. And the page that asks for a link to a new password."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis import language as languages
from chassis import positions
from chassis.edge import POSITION, Runtime
from chassis.staging import Staged
from identity import emails, passwords, tries
from identity.changes import change
from identity.commands import account as accounts
from identity.commands import address as addresses
from identity.commands import password as forgotten
from identity.commands import user as users
from identity.domain.mail import Purpose
from identity.domain.user import EmailInUse, LinkSpent, User
from identity.links import PAGES
from identity.proving import Proving
from identity.setup import Setup
from identity.sign_in import pages
from identity.sign_in.hosted import AT, know_browser
from identity.sign_in.oauth import OAuth
from identity.tables import account, app_user, mail_request, sign_up
from identity.tries import MAILS, RESETS

_FORGOTTEN: Final = f"{AT}/forgotten"

# A lost race for an address, or for the link itself.
_SPENT: Final = (LinkSpent, StaleDataError)


class Mailed:
    """The pages of one running service."""

    def __init__(self, runtime: Runtime, setup: Setup, proving: Proving, oauth: OAuth) -> None:
        self._runtime, self._setup, self._proving, self._oauth = runtime, setup, proving, oauth

    def routes(self) -> list[Route]:
        pairs = [
            ("/identity/activate", self.activation_page, self.activate),
            (PAGES[Purpose.SIGN_UP], self.sign_up_page, self.sign_up),
            (PAGES[Purpose.PASSWORD_RESET], self.reset_page, self.reset),
            (PAGES[Purpose.ADDRESS_CHANGE], self.address_page, self.verify_address),
            (PAGES[Purpose.NEW_DEVICE], self.device_page, self.know_device),
            (_FORGOTTEN, self.forgotten_page, self.send_reset),
        ]
        shown = [Route(path, page, methods=["GET"]) for path, page, _ in pairs]
        return shown + [Route(path, do, methods=["POST"]) for path, _, do in pairs]

    async def activation_page(self, request: Request) -> Response:
        return await self._activation(request, request.query_params.get("link", ""))

    async def activate(self, request: Request) -> Response:
        """A colleague sets his first password."""
        form, ours = await self._sent(request)
        link, password = form.get("link", ""), form.get("password", "")
        if not ours:
            return await self._activation(request, link, fault=pages.text(request, "form_expired"))
        person = await self._invited(link)
        if person is None:
            return self._spent(request)
        if fault := passwords.fault(password, email=person.email, name=person.name):
            return await self._activation(request, link, fault=languages.fault(fault, pages.tongue(request)))
        hashed = await passwords.hashed(password)
        try:
            async with change(self._runtime) as c:
                user = await users.activate_user(c, person.id, generation=person.generation, password_hash=hashed)
        except _SPENT:
            return self._spent(request)
        except (EmailInUse, IntegrityError):
            return self._in_use(request)
        return self._known(request, user.id, "activated")

    async def sign_up_page(self, request: Request) -> Response:
        return await self._sign_up(request, request.query_params.get("link", ""))

    async def sign_up(self, request: Request) -> Response:
        """The account exists from here on. The password of the sign-up is asked for once more: a link that somebody else
        asked for, with his own password, would otherwise make an account of his under this address."""
        form, ours = await self._sent(request)
        link = form.get("link", "")
        asked = await self._asked(link)
        if asked is None:
            return self._spent(request)
        if not ours or not await self._proving.chosen(asked, form.get("password", ""), browser=pages.browser(request)):
            fault = "sign_up_wrong" if ours else "form_expired"
            return await self._sign_up(request, link, fault=pages.text(request, fault))
        try:
            async with change(self._runtime) as c:
                owner = await accounts.open_account(c, asked.id)
        except _SPENT:
            return self._spent(request)
        except (EmailInUse, IntegrityError):
            return self._in_use(request)
        return self._known(request, owner.id, "signed_up", staged=c.staged)

    async def reset_page(self, request: Request) -> Response:
        return await self._reset(request, request.query_params.get("link", ""))

    async def reset(self, request: Request) -> Response:
        """Another password; answered when what was begun with the one before is over everywhere."""
        form, ours = await self._sent(request)
        link, password = form.get("link", ""), form.get("password", "")
        if not ours:
            return await self._reset(request, link, fault=pages.text(request, "form_expired"))
        request_id, user = await self._mailed(Purpose.PASSWORD_RESET, link)
        if request_id is None or user is None:
            return self._spent(request)
        if fault := passwords.fault(password, email=user.email, name=user.name):
            return await self._reset(request, link, fault=languages.fault(fault, pages.tongue(request)))
        hashed, life = await passwords.hashed(password), self._setup.token_life
        try:
            async with change(self._runtime) as c:
                user, ended = await forgotten.choose_password(c, request_id, password_hash=hashed, token_life=life)
        except _SPENT:
            return self._spent(request)
        await self._oauth.confirmed(ended)
        return self._known(request, user.id, "activated")

    async def address_page(self, request: Request) -> Response:
        return await self._address(request, request.query_params.get("link", ""))

    async def verify_address(self, request: Request) -> Response:
        """The new address counts from here on."""
        form, ours = await self._sent(request)
        link = form.get("link", "")
        request_id = self._setup.links.read_mailed(Purpose.ADDRESS_CHANGE, link)
        if not ours:
            return await self._address(request, link, fault=pages.text(request, "form_expired"))
        if request_id is None:
            return self._spent(request)
        try:
            async with change(self._runtime) as c:
                await addresses.change_address(c, request_id)
        except _SPENT:
            return self._spent(request)
        except (EmailInUse, IntegrityError):
            return self._in_use(request)
        return pages.message(request, self._setup, "verified", "verify_text")

    async def device_page(self, request: Request) -> Response:
        return await self._device(request, request.query_params.get("link", ""))

    async def know_device(self, request: Request) -> Response:
        """This browser is known from here on, whatever was tried elsewhere."""
        form, ours = await self._sent(request)
        link = form.get("link", "")
        request_id = self._setup.links.read_mailed(Purpose.NEW_DEVICE, link)
        if not ours:
            return await self._device(request, link, fault=pages.text(request, "form_expired"))
        if request_id is None:
            return self._spent(request)
        try:
            async with change(self._runtime) as c:
                user = await forgotten.know_device(c, request_id)
        except _SPENT:
            return self._spent(request)
        return self._known(request, user.id, "device_known")

    async def forgotten_page(self, request: Request) -> Response:
        return self._forgotten(request, request.query_params.get("request", ""))

    async def send_reset(self, request: Request) -> Response:
        """One answer and the same work, whether somebody has the address or not."""
        form, ours = await self._sent(request)
        carried, typed = form.get("request", ""), form.get("email", "")
        if not ours:
            return self._forgotten(request, carried, email=typed, fault="form_expired")
        try:
            email = emails.normal(typed[:254])
        except emails.EmailNotValidError:
            return self._forgotten(request, carried, email=typed[:254], fault="not_an_address")
        counted = (RESETS, pages.browser(request).network), (MAILS, f"reset {email}")
        taken = await tries.spend(self._runtime.made, *counted, now=self._runtime.clock())
        if not taken[0].is_allowed:
            return self._forgotten(request, carried, email=email, fault="crowded")
        if taken[-1].is_allowed:
            async with change(self._runtime) as c:
                await forgotten.ask_for_password(c, email=email)
        return pages.message(request, self._setup, "forgotten_sent", "forgotten_sent_text")

    async def _sent(self, request: Request) -> tuple[dict[str, str], bool]:
        """What was filled in, and whether on a page of ours."""
        form = await pages.fields(request)
        return form, pages.is_ours(request, self._setup, form.get("formToken", ""))

    async def _activation(self, request: Request, link: str, *, fault: str | None = None) -> Response:
        person = await self._invited(link)
        if person is None:
            return self._spent(request)
        about = f"{person.email} · {person.organisation}"
        more = {"email": person.email, "password": "new", "button": "activate_button"}
        return self._page(request, "activate", "/identity/activate", link, fault, about=about, **more)

    async def _sign_up(self, request: Request, link: str, *, fault: str | None = None) -> Response:
        asked = await self._asked(link)
        if asked is None:
            return self._spent(request)
        about = f"{asked.organisation} · {asked.name} · {asked.email}"
        more = {"email": asked.email, "password": "chosen", "button": "sign_up", "said": "sign_up_text"}
        return self._page(request, "sign_up", PAGES[Purpose.SIGN_UP], link, fault, about=about, **more)

    async def _reset(self, request: Request, link: str, *, fault: str | None = None) -> Response:
        _, user = await self._mailed(Purpose.PASSWORD_RESET, link)
        if user is None:
            return self._spent(request)
        more = {"email": user.email, "password": "new", "button": "activate_button", "said": "reset_text"}
        return self._page(request, "reset", PAGES[Purpose.PASSWORD_RESET], link, fault, about=user.email, **more)

    async def _address(self, request: Request, link: str, *, fault: str | None = None) -> Response:
        email = await self._open(Purpose.ADDRESS_CHANGE, link)
        if email is None:
            return self._spent(request)
        more = {"button": "verify_button", "said": "verify_text"}
        return self._page(request, "verify", PAGES[Purpose.ADDRESS_CHANGE], link, fault, about=email, **more)

    async def _device(self, request: Request, link: str, *, fault: str | None = None) -> Response:
        email = await self._open(Purpose.NEW_DEVICE, link)
        if email is None:
            return self._spent(request)
        more = {"button": "device_button", "said": "device_text"}
        return self._page(request, "device", PAGES[Purpose.NEW_DEVICE], link, fault, about=email, **more)

    def _forgotten(self, request: Request, carried: str, *, email: str = "", fault: str | None = None) -> Response:
        back = f"{AT}?{urlencode({'request': carried})}" if carried else AT
        said = pages.text(request, fault) if fault else None
        shown: dict[str, Any] = {"carried": carried, "email": email, "fault": said, "back": back}
        return pages.page(request, self._setup, "forgotten", status=400 if fault else 200, **shown)

    def _page(
        self, request: Request, heading: str, action: str, link: str, fault: str | None, **shown: Any
    ) -> Response:
        whole = {"email": "", "password": "", "said": "", **shown}
        status = 400 if fault else 200
        about: dict[str, Any] = {"heading": heading, "action": action, "link": link, "fault": fault}
        return pages.page(request, self._setup, "linked", status=status, **about, **whole)

    async def _invited(self, link: str) -> Any:
        """Whom an activation is for, as long as it opens."""
        read = self._setup.links.read(link)
        if read is None:
            return None
        async with self._runtime.made() as db:
            user = await db.get(User, read[0])
            if user is None or not user.can_activate(read[1], at=self._runtime.clock()):
                return None
            found = await db.execute(
                select(app_user.c.id, app_user.c.email, app_user.c.name, account.c.name.label("organisation"))
                .add_columns(app_user.c.link_generation.label("generation"))
                .join(account, account.c.id == app_user.c.account_id)
                .where(app_user.c.id == user.id)
            )
            return found.one()

    async def _asked(self, link: str) -> Any:
        """What a sign-up asks for, as long as its link opens."""
        request_id = self._setup.links.read_mailed(Purpose.SIGN_UP, link)
        async with self._runtime.made() as db:
            found = await db.execute(
                select(sign_up, mail_request.c.email)
                .join(mail_request, mail_request.c.id == sign_up.c.id)
                .where(mail_request.c.id == request_id, *self._still_open())
            )
            return found.one_or_none()

    async def _mailed(self, purpose: Purpose, link: str) -> tuple[UUID | None, User | None]:
        """Who has the address that a link went to, as long as it opens."""
        request_id = self._setup.links.read_mailed(purpose, link)
        if request_id is None or await self._open(purpose, link) is None:
            return None, None
        try:
            async with change(self._runtime) as c:
                return request_id, await forgotten.mailed_user(c, request_id)
        except LinkSpent:
            return None, None

    async def _open(self, purpose: Purpose, link: str) -> str | None:
        """The address that a link is about, as long as it opens."""
        request_id = self._setup.links.read_mailed(purpose, link)
        this = (mail_request.c.id == request_id, mail_request.c.purpose == purpose, *self._still_open())
        async with self._runtime.made() as db:
            return (await db.execute(select(mail_request.c.email).where(*this))).scalar_one_or_none()

    def _still_open(self) -> tuple[Any, ...]:
        return mail_request.c.spent_at.is_(None), mail_request.c.expires_at > self._runtime.clock()

    def _known(self, request: Request, user_id: UUID, heading: str, *, staged: Sequence[Staged] = ()) -> Response:
        """It is done, by somebody who reads this address: his browser is known from now on."""
        answer = pages.message(request, self._setup, heading, "sign_in_now")
        know_browser(request, answer, self._setup, self._proving, user_id)
        if staged:
            answer.headers[POSITION] = positions.issue(self._runtime.positions, staged, now=self._runtime.clock())
        return answer

    def _spent(self, request: Request) -> Response:
        said = LinkSpent().detail(pages.tongue(request))
        return pages.message(request, self._setup, "link_spent", said, status=410)

    def _in_use(self, request: Request) -> Response:
        return pages.message(request, self._setup, "in_use", "in_use_text", status=409)
