"""The wiring of identity; the only place that reads settings."""

from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.app import VERSION
from chassis.clock import Clock, utc_now
from chassis.middleware import BodyLimit, Envelope
from chassis.peers import Peers
from chassis.service import Service, Wiring, assemble
from chassis.settings import Settings
from contracts.identity import AccessLogSealed
from identity import api, facts
from identity.setup import Setup
from identity.sign_in.hosted import Hosted
from identity.sign_in.housekeeping import Forgetting
from identity.sign_in.oauth import OAuth

# Further paths behind the gateway, each with what lies below it.
PATHS = ("/identity/oauth2", "/identity/.well-known", "/identity/sign-in", "/identity/activate")

# Here there is nobody between a person and the platform (RFC 8252 section 8.3).
_LOOPBACK = ("127.0.0.1", "[::1]", "localhost")

# Forms and nothing else come here.
_FORM_LIMIT = 64 * 1024


def create(settings: Settings, peers: Peers, *, clock: Clock = utc_now) -> Service:
    """The identity service, not yet running."""
    setup = Setup.of(settings)
    wiring = Wiring(
        name="identity",
        title="Keten identity",
        description="Accounts, users and what they may do in their account. Sign-in is OpenID Connect; its addresses "
        "stand in `/identity/.well-known/openid-configuration`.",
        routers=[api.accounts, api.users],
        handlers={},
        account=facts.account,
        sealed=AccessLogSealed,
        open_to_all=api.OPEN_TO_ALL,
    )
    service = assemble(wiring, settings, peers, clock=clock)
    service.api.state.setup = setup
    service.internal.add_api_route("/jwks", _jwks(setup), methods=["GET"])
    service.tasks = [*service.tasks, Forgetting(service.runtime.made, clock).run]
    if not settings.base_url.startswith("https://") and settings.public_url.host not in _LOOPBACK:
        structlog.get_logger().warning("sign_in_without_tls")
    service.mounts.update(dict.fromkeys(PATHS, _sign_in(service, setup)))
    return service


def _sign_in(service: Service, setup: Setup) -> ASGIApp:
    oauth = OAuth(service.runtime, setup)
    routes = [*oauth.routes(), *Hosted(service.runtime, setup, oauth).routes()]
    # Within the app's own catching of errors, which would print what they hold.
    around = [Middleware(Envelope, version=VERSION), Middleware(BodyLimit, limit=_FORM_LIMIT)]
    return _whole_paths(Starlette(routes=routes, middleware=around))


def _whole_paths(app: ASGIApp) -> ASGIApp:
    """The routes carry their whole path: one app stands behind several paths, some of them without anything below."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "root_path": ""}, receive, send)

    return answer


def _jwks(setup: Setup) -> Any:
    async def jwks() -> dict[str, Any]:
        """The public keys, for the other services."""
        return setup.signing.public()

    return jwks
