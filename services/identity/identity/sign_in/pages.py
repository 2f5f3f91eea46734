"""Hosted pages: plain HTML without scripts, in Dutch and English, with a form token that only this site can have set."""

import base64
import hashlib
import secrets as random
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from chassis.language import language
from chassis.problems import Language
from identity.limits import network
from identity.proving import Browser
from identity.setup import Setup
from identity.sign_in.texts import TEXTS

BROWSER: Final = "keten_browser"
_FORM: Final = "keten_form"
_PATH: Final = "/identity"

_FOLDER: Final = Path(__file__).parent / "templates"
_STYLE: Final = (_FOLDER / "style.css").read_text()
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_pages: Final = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)


def page(
    request: Request, setup: Setup, template: str, *, status: int = 200, to: str = "", **shown: Any
) -> HTMLResponse:
    """A page in the reader's language. `to` is the address to which its form may lead beside this site."""
    form = request.cookies.get(_FORM) or random.token_urlsafe(16)
    texts = {name: said[tongue(request)] for name, said in TEXTS.items()}
    html = _pages.get_template(f"{template}.html").render(
        **shown,
        t=texts,
        language=tongue(request),
        style=_STYLE,
        form_token=setup.cookies.sign(b"form." + form.encode()),
    )
    answer = HTMLResponse(html, status, {"Content-Language": tongue(request), "Content-Security-Policy": _policy(to)})
    set_cookie(answer, setup, _FORM, form, seconds=3600)
    return answer


def message(request: Request, setup: Setup, heading: str, said: str, *, status: int = 200) -> HTMLResponse:
    """A page that says one thing; `said` is a text's name, or the words themselves."""
    words = text(request, said) if said in TEXTS else said
    return page(request, setup, "message", status=status, heading=text(request, heading), said=words)


def text(request: Request, name: str) -> str:
    return TEXTS[name][tongue(request)]


def tongue(request: Request) -> Language:
    return language(request.headers.get("accept-language"))


async def fields(request: Request) -> dict[str, str]:
    """What was filled in. What a text column cannot hold is nobody's address, password or link."""
    form = await request.form(max_files=0, max_fields=20)
    return {name: value.replace("\0", "\ufffd") for name, value in form.items() if isinstance(value, str)}


def browser(request: Request) -> Browser:
    """Where somebody is trying from."""
    return Browser(request.cookies, network(request.client.host if request.client else None))


def is_ours(request: Request, setup: Setup, form_token: str) -> bool:
    """Whether a form was sent from a page that this site gave to this browser."""
    form = request.cookies.get(_FORM)
    return form is not None and setup.cookies.verifies(b"form." + form.encode(), form_token)


def set_cookie(answer: Response, setup: Setup, name: str, value: str, *, seconds: int) -> None:
    """Out of reach of scripts and of other sites' forms; over https alone where the platform has it."""
    secure = setup.base_url.startswith("https://")
    answer.set_cookie(name, value, max_age=seconds, path=_PATH, httponly=True, samesite="lax", secure=secure)


def forget_cookie(answer: Response, setup: Setup, name: str) -> None:
    set_cookie(answer, setup, name, "", seconds=0)


def _policy(to: str) -> str:
    # Chrome holds redirects after a form against form-action too, thus the client's address stands in it.
    leads = f"'self' {to}".strip()
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action {leads}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
