"""What several requests and answers of identity hold."""

import re
import unicodedata
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from chassis.edge import Runtime
from chassis.models import Instant, Model
from identity import emails
from identity.limits import network
from identity.proving import Proving


def _address(value: str) -> str:
    try:
        return emails.normal(value)
    except emails.EmailNotValidError:
        raise PydanticCustomError("email", "not an e-mail address") from None


_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)
# Letters and signs by their category, that nevertheless show nothing: the Hangul fillers and the empty Braille cell.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def _readable(value: str) -> str:
    """In one form, and nothing in it that cannot be seen or turns other text around: a name is shown to others."""
    name = unicodedata.normalize("NFC", value)
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") for letter in name):
        raise PydanticCustomError("text_invisible", "invisible or control characters")
    if _BLANK & set(name):
        raise PydanticCustomError("text_invisible", "invisible or control characters")
    # It stands in mail to people who have not asked for any.
    if _ADDRESS.search(name):
        raise PydanticCustomError("text_web_address", "a web address")
    return name


Email = Annotated[
    str, StringConstraints(max_length=254), AfterValidator(_address), Field(json_schema_extra={"format": "email"})
]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f<>]*$"), AfterValidator(_readable)
]
Password = Annotated[
    str,
    StringConstraints(strip_whitespace=False, max_length=1000),
    Field(description="12 to 128 characters; not your name or address, and none that is tried first."),
]
OwnPassword = Annotated[
    str, StringConstraints(strip_whitespace=False, max_length=1000), Field(description="Your password of now.")
]
Code = Annotated[str, StringConstraints(max_length=40), Field(description="Of now, from your app; or a recovery code.")]


class MailUnderWay(Model):
    """If there is somebody to mail, a mail is under way; its link opens once, until then."""

    expires_at: Instant


class ErasureBegun(Model):
    """What takes the rest away."""

    job_id: UUID


def _proving(request: Request) -> Proving:
    found: Proving = request.app.state.proving
    return found


def _runtime(request: Request) -> Runtime:
    found: Runtime = request.app.state.runtime
    return found


def _network(request: Request) -> str:
    return network(request.client.host if request.client else None)


ProvingContext = Annotated[Proving, Depends(_proving)]
RuntimeContext = Annotated[Runtime, Depends(_runtime)]
FromNetwork = Annotated[str, Depends(_network)]
