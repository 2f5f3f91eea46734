"""What stands where sign-in is, when the settings name another issuer: a refusal that says where to go."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.app import VERSION
from chassis.middleware import Envelope, problem_response
from chassis.problems import NotFound

# What identity is no more. Opening an account and proving an address are not signing in.
PATHS = ("/identity/oauth2", "/identity/.well-known", "/identity/sign-in")


class SignInElsewhere(NotFound):
    """Nobody signs in here: tokens of {issuer} open this platform."""

    nl = "Hier logt niemand in: dit platform gaat open met tokens van {issuer}."


def elsewhere(issuer: str) -> ASGIApp:
    """An app that refuses whatever it is asked."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        said = problem_response(SignInElsewhere(issuer=issuer), Headers(scope=scope).get("accept-language"))
        await said(scope, receive, send)

    return Envelope(refuse, version=VERSION)
