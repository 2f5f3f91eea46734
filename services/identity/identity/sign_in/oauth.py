"""The OAuth and OpenID Connect endpoints over HTTP: authorize, token, revoke, sign-out, keys and discovery. They follow
their own RFCs instead of the API's rules, and like it they commit before they answer. What Authlib decides is in provider
and grants.
"""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog
from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from chassis import positions
from chassis.edge import Runtime
from chassis.staging import Staged
from contracts.events import ENFORCERS
from identity import sessions
from identity.limits import network
from identity.sessions import SignedIn
from identity.setup import Setup
from identity.sign_in import client_credentials, pages
from identity.sign_in.grants import GRANT_TYPES, SCOPES, Asked, Client
from identity.sign_in.provider import Answer, Provider, SignInFirst

# Answered by signing in; carried along any further they would ask for it again and again.
_MET: Final = {"prompt", "max_age"}

_logger = structlog.get_logger()


class OAuth:
    """The endpoints of one running service."""

    def __init__(self, runtime: Runtime, setup: Setup) -> None:
        self._runtime, self._setup = runtime, setup

    def routes(self) -> list[Route]:
        at = "/identity/oauth2"
        return [
            Route(f"{at}/authorize", self.authorize, methods=["GET", "POST"]),
            Route(f"{at}/token", self.token, methods=["POST"]),
            Route(f"{at}/revoke", self.revoke, methods=["POST"]),
            Route(f"{at}/jwks", self.jwks),
            Route(f"{at}/logout", self.confirm_sign_out, methods=["GET"]),
            Route(f"{at}/logout", self.sign_out, methods=["POST"]),
            Route("/identity/.well-known/openid-configuration", self.discovery),
        ]

    async def authorize(self, request: Request) -> Response:
        """Sends the browser back to the client with a code, or to the sign-in page first."""
        parameters = await _parameters(request)
        async with self._runtime.made() as db, db.begin():
            who = await sessions.recognise(db, request.cookies.get(pages.BROWSER), now=self._runtime.clock(), held=True)
            decided = await self.decide(db, parameters, who)
        if isinstance(decided, OAuth2Error):
            return refused(request, self._setup)
        if isinstance(decided, SignInFirst):
            carried = urlencode([(name, value) for name, value in parameters if name not in _MET])
            return RedirectResponse(f"/identity/sign-in?{urlencode({'request': carried})}", 303)
        return RedirectResponse(decided.location or "", 303)

    async def decide(
        self, db: Any, parameters: Sequence[tuple[str, str]], who: SignedIn | None
    ) -> Answer | SignInFirst | OAuth2Error:
        """What an authorization request gets; an error is for the person, not for the client."""

        def ask(sync: Any) -> Answer | SignInFirst | OAuth2Error:
            provider = Provider(sync, self._setup, self._runtime.clock())
            try:
                return provider.authorize(Asked("GET", parameters), who)
            except OAuth2Error as error:
                return error

        decided: Answer | SignInFirst | OAuth2Error = await db.run_sync(ask)
        return decided

    async def token(self, request: Request) -> Response:
        """Tokens. Whoever shows a wrong secret is answered more and more slowly; who shows the right one never is."""
        answer = await self._answer(request, Provider.token)
        if answer.status_code != HTTPStatus.UNAUTHORIZED:
            return answer
        failed = await client_credentials.count_failure(self._runtime, network(request.client and request.client.host))
        await asyncio.sleep(failed.delay)
        if failed.wait is None:
            return answer
        headers = {"Cache-Control": "no-store", "Retry-After": str(failed.wait)}
        return JSONResponse({"error": "invalid_client"}, HTTPStatus.TOO_MANY_REQUESTS, headers)

    async def revoke(self, request: Request) -> Response:
        return await self._answer(request, Provider.revoke)

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(self._setup.signing.public())

    async def discovery(self, request: Request) -> Response:
        return JSONResponse(metadata(self._setup))

    async def confirm_sign_out(self, request: Request) -> Response:
        """A page that asks, or anybody's link could sign people out (OpenID Connect RP-Initiated Logout §2)."""
        async with self._runtime.made() as db:
            who = await sessions.recognise(db, request.cookies.get(pages.BROWSER), now=self._runtime.clock())
        if who is None:
            return await self._signed_out(request, request.url.query)
        return pages.page(
            request, self._setup, "sign_out", carried=request.url.query, to=await self._back(request.url.query)
        )

    async def sign_out(self, request: Request) -> Response:
        """Ends the browser and every client's session in it; answered when the other services refuse their tokens."""
        form = dict(await _parameters(request))
        if not pages.is_ours(request, self._setup, form.get("formToken", "")):
            return pages.page(
                request, self._setup, "sign_out", status=400, carried=form.get("request", ""), to=await self._back("")
            )
        now, staged = self._runtime.clock(), list[Staged]()
        async with self._runtime.made() as db, db.begin():
            who = await sessions.recognise(db, request.cookies.get(pages.BROWSER), now=now)
            if who is not None:
                life = self._setup.token_life
                staged = await sessions.end_browser(db, who.browser_id, now=now, token_life=life)
        await self.confirmed(staged)
        return await self._signed_out(request, form.get("request", ""))

    async def confirmed(self, staged: Sequence[Staged]) -> None:
        """Wait until every service that checks tokens has heard of ended sessions. They all have one key, so that who
        has heard the last has heard them all."""
        if not staged:
            return
        runtime = self._runtime
        position = positions.issue(runtime.positions, staged[-1:], now=runtime.clock())
        others = set(ENFORCERS) - {runtime.service}
        pending = await runtime.peers.unconfirmed(others, position, patience=runtime.position_wait)
        if pending:
            _logger.warning("session_end_unconfirmed", pending=pending)

    async def _answer(self, request: Request, ask: Any) -> Response:
        asked = Asked("POST", await _parameters(request), request.headers)
        now = self._runtime.clock()
        async with self._runtime.made() as db, db.begin():
            answer, to_end = await db.run_sync(lambda sync: _asked(Provider(sync, self._setup, now), ask, asked))
            staged = await sessions.end_sessions(db, to_end, now=now, token_life=self._setup.token_life)
        await self.confirmed(staged)
        return JSONResponse(answer.body, answer.status, dict(answer.headers))

    async def _signed_out(self, request: Request, asked: str) -> Response:
        back = await self._wanted_back(asked)
        said = pages.message(request, self._setup, "signed_out", "signed_out_text")
        answer: Response = RedirectResponse(back, 303) if back else said
        pages.forget_cookie(answer, self._setup, pages.BROWSER)
        return answer

    async def _wanted_back(self, asked: str) -> str | None:
        """Where a client wants people to land after signing out, if it is the address registered for it."""
        sent = dict(parse_qsl(asked))
        async with self._runtime.made() as db:
            client: Client | None = await db.run_sync(
                lambda sync: Provider(sync, self._setup, self._runtime.clock()).query_client(sent.get("client_id", ""))
            )
        registered = client.signed_out_uri if client else None
        if registered is None or sent.get("post_logout_redirect_uri") != self._setup.base_url + registered:
            return None
        state = urlencode({"state": sent["state"]}) if "state" in sent else ""
        return self._setup.base_url + registered + (f"?{state}" if state else "")

    async def _back(self, asked: str) -> str:
        return origin(await self._wanted_back(asked) or "")


def metadata(setup: Setup) -> dict[str, Any]:
    """What a client library reads before all else (OpenID Connect Discovery 1.0, RFC 8414)."""
    at = f"{setup.issuer}/oauth2"
    return {
        "issuer": setup.issuer,
        "authorization_endpoint": f"{at}/authorize",
        "token_endpoint": f"{at}/token",
        "revocation_endpoint": f"{at}/revoke",
        "end_session_endpoint": f"{at}/logout",
        "jwks_uri": f"{at}/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [*GRANT_TYPES, client_credentials.GRANT_TYPE],
        "token_endpoint_auth_methods_supported": ["none", *client_credentials.AUTH_METHODS],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": ["iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "nonce", "sid", "at_hash"],
        "prompt_values_supported": ["none", "login", "select_account"],
        "ui_locales_supported": ["nl", "en"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def refused(request: Request, setup: Setup) -> Response:
    """For the person: nothing is sent to an address that we do not know."""
    return pages.message(request, setup, "refused", "refused_text", status=400)


def origin(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _asked(provider: Provider, ask: Any, asked: Asked) -> tuple[Answer, list[str]]:
    return ask(provider, asked), provider.to_end


async def _parameters(request: Request) -> list[tuple[str, str]]:
    """As sent, with what was sent twice; files are nothing here."""
    if request.method == "GET":
        return parse_qsl(request.url.query, keep_blank_values=True)
    form = await request.form(max_files=0, max_fields=50)
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
