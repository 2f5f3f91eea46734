"""Signing in as a browser and a native app do: authorization code with PKCE over the hosted page's own form, no shortcut."""

import argparse
import asyncio
import base64
import getpass
import hashlib
import json
import secrets as random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from keten.place import Place, this_place

CLIENT = "keten-cli"
REDIRECT = "http://127.0.0.1/callback"

# The page, its form, back to authorize, and the client's own address, with one to spare.
_MOST_STEPS = 5


class SignInRefused(Exception):
    """The platform did not let this person in."""


@dataclass(frozen=True)
class Tokens:
    """What a client holds after signing in. Lives in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str | None = None
    id_token: str | None = None


async def sign_in(
    base_url: str,
    email: str,
    password: str,
    client_id: str = CLIENT,
    *,
    scope: str = "openid offline_access",
    code: Callable[[], str] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Tokens:
    """Walk the whole flow. Raises `SignInRefused`; `code` is asked for a second step; `transport` reaches a platform that
    is not on the network."""
    verifier, state = random.token_urlsafe(48), random.token_urlsafe(16)
    async with httpx.AsyncClient(base_url=base_url, transport=transport, timeout=30) as browser:
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "scope": scope,
            "state": state,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        page = await _follow(browser, await browser.get("/identity/oauth2/authorize", params=asked))
        if page.status_code == httpx.codes.OK:
            page = await _follow(browser, await submit(browser, page, email=email, password=password))
        if page.status_code == httpx.codes.OK and code is not None and "code" in read_form(page.text).fields:
            page = await _follow(browser, await submit(browser, page, code=code()))
        back = _callback(page, base_url, state)
        return await redeem(browser, client_id, code=back, verifier=verifier)


async def submit(browser: httpx.AsyncClient, page: httpx.Response, **filled: str) -> httpx.Response:
    """Send the form of a page with these fields filled in."""
    form = read_form(page.text)
    return await browser.post(urljoin(str(page.url), form.action), data={**form.fields, **filled})


async def redeem(browser: httpx.AsyncClient, client_id: str, *, code: str, verifier: str) -> Tokens:
    """A code for tokens."""
    said = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": verifier}
    return _tokens(await browser.post("/identity/oauth2/token", data={**said, "client_id": client_id}))


async def refresh(browser: httpx.AsyncClient, client_id: str, *, refresh_token: str) -> Tokens:
    """New tokens; the old refresh token is spent."""
    said = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
    return _tokens(await browser.post("/identity/oauth2/token", data=said))


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Form(HTMLParser):
    """The first form of a page: where it goes, and what its fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = said.get("action", "")
        elif tag == "input" and "name" in said:
            self.fields[said["name"]] = said.get("value", "")


def read_form(html: str) -> Form:
    form = Form()
    form.feed(html)
    return form


def main(arguments: Sequence[str]) -> int:
    """`keten sign-in USER`: print an access token, or all that was given with `--json`."""
    options = _parser().parse_args(arguments)
    place = this_place()
    email, password = _credentials(place, options.user, options.password)
    try:
        tokens = asyncio.run(sign_in(options.url or place.url, email, password, code=_code))
    except SignInRefused as refused:
        print(f"keten: {refused}", file=sys.stderr)
        return 1
    except httpx.HTTPError:
        print("keten: the platform does not answer. Start it: make up.", file=sys.stderr)
        return 1
    print(json.dumps(vars(tokens)) if options.json else tokens.access_token)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keten sign-in", description="Print an access token for a user.")
    parser.add_argument("user", help="an e-mail address, or the first name of one of the demo people")
    parser.add_argument("--password", help="else that of the demo people, else asked for")
    parser.add_argument("--url", help="where the platform is, if not here")
    parser.add_argument("--json", action="store_true", help="print all tokens, with their life in seconds")
    return parser


def _credentials(place: Place, user: str, password: str | None) -> tuple[str, str]:
    people: list[dict[str, Any]] = json.loads(place.demo.read_text()).get("people", []) if place.demo.exists() else []
    wanted = user.casefold()
    known = next((p for p in people if wanted in (p["email"].casefold(), p["name"].split()[0].casefold())), None)
    email = str(known["email"]) if known else user
    return email, password or (str(known["password"]) if known else getpass.getpass(f"Password of {email}: "))


def _code() -> str:
    return getpass.getpass("Code of your second factor, or a recovery code: ")


async def _follow(browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """Redirects within the platform; the one to the client's own address is left to the client."""
    for _ in range(_MOST_STEPS):
        if answer.next_request is None or urlsplit(str(answer.next_request.url)).path == urlsplit(REDIRECT).path:
            return answer
        answer = await browser.send(answer.next_request)
    raise SignInRefused("Signing in goes round in circles.")


def _callback(answer: httpx.Response, base_url: str, state: str) -> str:
    if answer.next_request is None:
        if "code" in read_form(answer.text).fields:
            raise SignInRefused("A code is asked for as well, and there was none or it was not right.")
        raise SignInRefused("The e-mail address or the password is not right.")
    said = {name: values[0] for name, values in parse_qs(urlsplit(str(answer.next_request.url)).query).items()}
    if said.get("state") != state or said.get("iss") != f"{base_url.rstrip('/')}/identity":
        raise SignInRefused("The answer is not to what was asked.")
    if "code" not in said:
        raise SignInRefused(f"The platform refused: {said.get('error', 'no code')}.")
    return said["code"]


def _tokens(answer: httpx.Response) -> Tokens:
    told = answer.json()
    if answer.status_code != httpx.codes.OK:
        raise SignInRefused(f"The platform refused: {told.get('error', answer.status_code)}.")
    return Tokens(told["access_token"], told["expires_in"], told.get("refresh_token"), told.get("id_token"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
