"""The wiring of identity; the only place that reads settings."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog
from fastapi import Depends, HTTPException, Response
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.app import VERSION
from chassis.clock import Clock, utc_now
from chassis.keyrings import keyring
from chassis.middleware import BodyLimit, Envelope
from chassis.peers import Peers, peers_only
from chassis.problems import Refusal
from chassis.service import Service, Wiring, assemble
from chassis.settings import Settings
from contracts.identity import AccessLogSealed
from identity import api, facts
from identity.api.mail import mail_routes
from identity.api.photos import BODY_LIMITS
from identity.photos import KIND
from identity.proving import Proving
from identity.queries.photo import shown_to_peers
from identity.setup import Setup
from identity.sign_in import elsewhere
from identity.sign_in.hosted import Hosted
from identity.sign_in.housekeeping import Forgetting
from identity.sign_in.mailed import Mailed
from identity.sign_in.oauth import OAuth
from identity.tables import CONTENT
from identity.tasks import Sweeping, works

# Further paths behind the gateway, each with what lies below it.
PATHS = (
    "/identity/oauth2",
    "/identity/.well-known",
    "/identity/sign-in",
    "/identity/sign-up",
    "/identity/activate",
    "/identity/verify-address",
)

# Here there is nobody between a person and the platform (RFC 8252 section 8.3).
_LOOPBACK = ("127.0.0.1", "[::1]", "localhost")

# Forms and nothing else come here.
_FORM_LIMIT = 64 * 1024


WIRING = Wiring(
    name="identity",
    title="Keten identity",
    description="Accounts, users and what they may do in their account. Sign-in is OpenID Connect; its addresses "
    "stand in `/identity/.well-known/openid-configuration`.",
    routers=api.ROUTERS,
    handlers={},
    account=facts.account,
    sealed=AccessLogSealed,
    open_to_all=api.OPEN_TO_ALL,
    body_limits=BODY_LIMITS,
    content=[f"public.{name}" for name in CONTENT],
)


def create(settings: Settings, peers: Peers, *, clock: Clock = utc_now) -> Service:
    """The identity service, not yet running."""
    setup = Setup.of(settings)
    wiring = replace(WIRING, work=lambda runtime: works(setup.photos, runtime.clock))
    service = assemble(wiring, settings, peers, clock=clock)
    service.api.state.setup = setup
    proving = Proving(service.runtime, setup.devices, setup.second_factors)
    service.api.state.proving = proving
    service.internal.add_api_route("/jwks", _jwks(setup), methods=["GET"])
    service.internal.include_router(
        mail_routes(service.runtime, setup.links),
        dependencies=[Depends(peers_only(keyring(settings.secrets, "peers")))],
    )
    service.internal.add_api_route(
        "/photos/{photo_id}",
        _photo_for_peers(service, setup),
        methods=["GET"],
        dependencies=[Depends(peers_only(keyring(settings.secrets, "peers")))],
    )
    service.tasks = [
        *service.tasks,
        Forgetting(service.runtime.made, clock).run,
        Sweeping(service.work.made, setup.photos).run,
    ]
    if not settings.base_url.startswith("https://") and settings.public_url.host not in _LOOPBACK:
        structlog.get_logger().warning("sign_in_without_tls")
    service.mounts.update(dict.fromkeys(PATHS, _sign_in(service, setup, proving)))
    if settings.issuer is not None:
        service.mounts.update(dict.fromkeys(elsewhere.PATHS, elsewhere.elsewhere(settings.issuer)))
    return service


def _sign_in(service: Service, setup: Setup, proving: Proving) -> ASGIApp:
    oauth = OAuth(service.runtime, setup)
    hosted = (Hosted(service.runtime, setup, proving, oauth), Mailed(service.runtime, setup, proving, oauth))
    routes = [*oauth.routes(), *(route for pages in hosted for route in pages.routes())]
    # Within the app's own catching of errors, which would print what they hold.
    around = [Middleware(Envelope, version=VERSION), Middleware(BodyLimit, limit=_FORM_LIMIT)]
    return _whole_paths(Starlette(routes=routes, middleware=around))


def _whole_paths(app: ASGIApp) -> ASGIApp:
    """The routes carry their whole path: one app stands behind several paths, some of them without anything below."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "root_path": ""}, receive, send)

    return answer


def _photo_for_peers(service: Service, setup: Setup) -> Any:
    async def photo(photo_id: UUID) -> Response:
        """The picture, for a service that has asked its own policy for its own reader."""
        try:
            async with service.runtime.made() as session:
                await shown_to_peers(session, photo_id)
            content = await setup.photos.read(photo_id)
        except Refusal as refusal:
            raise HTTPException(refusal.status) from None
        return Response(content, media_type=KIND)

    return photo


def _jwks(setup: Setup) -> Any:
    async def jwks() -> dict[str, Any]:
        """The public keys, for the other services."""
        return setup.signing.public()

    return jwks
