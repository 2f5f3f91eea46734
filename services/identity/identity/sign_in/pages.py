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
from identity.setup import Setup

BROWSER: Final = "keten_browser"
_FORM: Final = "keten_form"
_PATH: Final = "/identity"

_FOLDER: Final = Path(__file__).parent / "templates"
_STYLE: Final = (_FOLDER / "style.css").read_text()
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_pages: Final = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)

TEXTS: Final[dict[str, dict[str, str]]] = {
    "sign_in": {"nl": "Inloggen", "en": "Sign in"},
    "sign_in_for": {"nl": "om verder te gaan naar {client}", "en": "to go on to {client}"},
    "email": {"nl": "E-mailadres", "en": "E-mail address"},
    "password": {"nl": "Wachtwoord", "en": "Password"},
    "wrong": {
        "nl": "E-mailadres of wachtwoord klopt niet.",
        "en": "The e-mail address or the password is not right.",
    },
    "form_expired": {
        "nl": "Deze pagina stond te lang open. Probeer het nog eens.",
        "en": "This page was open for too long. Please try again.",
    },
    "activate": {"nl": "Stel uw wachtwoord in", "en": "Set your password"},
    "activate_hint": {
        "nl": "12 tot 128 tekens; een zin is goed te onthouden.",
        "en": "12 to 128 characters; a sentence is easy to remember.",
    },
    "activate_button": {"nl": "Wachtwoord instellen", "en": "Set password"},
    "activated": {"nl": "Uw wachtwoord is ingesteld", "en": "Your password is set"},
    "activated_text": {
        "nl": "U kunt nu inloggen. Deze pagina mag u sluiten.",
        "en": "You can sign in now. You may close this page.",
    },
    "link_spent": {"nl": "Deze link werkt niet meer", "en": "This link no longer works"},
    "sign_out": {"nl": "Uitloggen", "en": "Sign out"},
    "sign_out_text": {
        "nl": "U wordt uitgelogd bij alles wat u in deze browser met Keten hebt geopend.",
        "en": "You will be signed out of everything you opened with Keten in this browser.",
    },
    "signed_out": {"nl": "U bent uitgelogd", "en": "You are signed out"},
    "signed_out_text": {"nl": "Deze pagina mag u sluiten.", "en": "You may close this page."},
    "signed_in": {"nl": "U bent ingelogd", "en": "You are signed in"},
    "refused": {"nl": "Inloggen kan zo niet", "en": "You cannot sign in this way"},
    "refused_text": {
        "nl": "Het programma waarmee u wilt inloggen vroeg iets dat wij niet kennen of niet toestaan. Ga terug en probeer "
        "het opnieuw; blijft het misgaan, vraag dan de leverancier van dat programma.",
        "en": "The program you want to sign in with asked for something we do not know or do not allow. Go back and try "
        "again; if it keeps going wrong, ask the supplier of that program.",
    },
}


def page(
    request: Request, setup: Setup, template: str, *, status: int = 200, to: str = "", **shown: Any
) -> HTMLResponse:
    """A page in the reader's language. `to` is the address to which its form may lead beside this site."""
    tongue = language(request.headers.get("accept-language"))
    form = request.cookies.get(_FORM) or random.token_urlsafe(16)
    texts = {name: said[tongue] for name, said in TEXTS.items()}
    html = _pages.get_template(f"{template}.html").render(
        **shown, t=texts, language=tongue, style=_STYLE, form_token=setup.cookies.sign(b"form." + form.encode())
    )
    answer = HTMLResponse(html, status, {"Content-Language": tongue, "Content-Security-Policy": _policy(to)})
    set_cookie(answer, setup, _FORM, form, seconds=3600)
    return answer


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
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {leads}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
