"""What a person is told when the platform is ready."""

import json

from keten import running
from keten.place import Place

_HERE = "make demo tells the journey · make status · make logs · make down"


def page(place: Place) -> str:
    """What to open and whom to sign in as."""
    lines = [f"Keten is ready: {place.url}"]
    if mail := running.mail_page(place):
        lines += [f"Its mail:       {mail}"]
    demo = json.loads(place.demo.read_text()) if place.demo.exists() else {}
    if people := demo.get("people"):
        lines += ["", "Sign in as"]
        lines += [f"  {p['email']}  {p['password']}  ({p['name']}, {p['organisation']})" for p in people]
    if addresses := demo.get("open"):
        lines += ["", "Open", *(f"  {address}" for address in addresses)]
    return "\n".join([*lines, "", _elsewhere(place, mail) if place.elsewhere else _HERE])


def _elsewhere(place: Place, mail: str | None) -> str:
    told = f"make demo KETEN_URL={place.url}" + (f" KETEN_MAIL_URL={mail}" if mail else "")
    return f"{told}\ndocker compose ps · docker compose logs -f · make compose-down"
