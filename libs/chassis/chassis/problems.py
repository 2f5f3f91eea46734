"""Refusals: the domain names a kind, the edge turns it into problem+json (RFC 9457). A docstring is the English text."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar, Literal

Language = Literal["nl", "en"]


class Refusal(Exception):
    """This cannot be done."""

    nl: ClassVar[str] = "Dit kan niet."
    status: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, **members: Any) -> None:
        super().__init__(type(self).__name__)
        self.members = members

    @classmethod
    def type(cls) -> str:
        """The stable relative reference, made of the class name: `/problems/dossier-already-archived`."""
        return "/problems/" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        return " ".join((cls.__doc__ or "").split())

    def detail(self, language: Language) -> str:
        return (self.nl if language == "nl" else self.title()).format_map(_Blank(self.members))

    def problem(self, language: Language) -> dict[str, Any]:
        """The members of the problem document."""
        shown = {name: value for name, value in self.members.items() if value is not None}
        return {
            **shown,
            "type": self.type(),
            "title": self.title().format_map(_Blank(self.members)),
            "status": int(self.status),
            "detail": self.detail(language),
        }


def sentence(code: str, language: Language) -> str | None:
    """What the refusal of this code (`photo-unreadable`) says, for work that is refused long after it was asked for; None
    where no refusal has it."""
    found = [kind for kind in _kinds(Refusal) if kind.type() == f"/problems/{code}"]
    return found[0]().detail(language) if found else None


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


class Unauthenticated(Refusal):
    """Sign in first: the request carries no valid access token."""

    nl = "Log eerst in: het verzoek heeft geen geldig toegangstoken."
    status = HTTPStatus.UNAUTHORIZED


class Invalid(Refusal):
    """What was sent is not right."""

    nl = "Wat is opgestuurd klopt niet."
    status = HTTPStatus.BAD_REQUEST


class NotFound(Refusal):
    """There is no such thing here."""

    nl = "Dit bestaat hier niet."
    status = HTTPStatus.NOT_FOUND


class Forbidden(Refusal):
    """You may not do this."""

    nl = "Dit mag u niet doen."
    status = HTTPStatus.FORBIDDEN


class UserNotActive(Forbidden):
    """Your account has been suspended or removed. Ask the owner of your organisation's account."""

    nl = "Uw account is opgeschort of verwijderd. Vraag het de eigenaar van het account van uw organisatie."


class Conflict(Refusal):
    """This does not fit with how things are now."""

    nl = "Dit past niet bij hoe het nu is."
    status = HTTPStatus.CONFLICT


class ChangedMeanwhile(Conflict):
    """Somebody changed this at the same moment. Look again and repeat."""

    nl = "Iemand anders heeft dit op hetzelfde moment gewijzigd. Kijk opnieuw en herhaal."


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was already used for another request."""

    nl = "Deze Idempotency-Key is al voor een ander verzoek gebruikt."


class VersionStale(Refusal):
    """This was changed since you read it. Read it again and repeat your change."""

    nl = "Dit is gewijzigd sinds u het las. Lees het opnieuw en herhaal uw wijziging."
    status = HTTPStatus.PRECONDITION_FAILED


class VersionMissing(Refusal):
    """Say which version you are changing: send its ETag in If-Match."""

    nl = "Zeg welke versie u wijzigt: stuur de ETag ervan mee in If-Match."
    status = HTTPStatus.PRECONDITION_REQUIRED


class TooLarge(Refusal):
    """The body is larger than {limit} bytes."""

    nl = "Wat is opgestuurd is groter dan {limit} bytes."
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooMany(Refusal):
    """That was too often. Try again later."""

    nl = "Dat was te vaak. Probeer het later opnieuw."
    status = HTTPStatus.TOO_MANY_REQUESTS


class MethodNotAllowed(Refusal):
    """This cannot be done with this method."""

    nl = "Dit kan niet met deze methode."
    status = HTTPStatus.METHOD_NOT_ALLOWED


class Unavailable(Refusal):
    """Keten cannot do this right now. Try again in a moment."""

    nl = "Dit kan nu even niet. Probeer het zo dadelijk opnieuw."
    status = HTTPStatus.SERVICE_UNAVAILABLE


class NotYetHere(Unavailable):
    """What you have just done elsewhere has not arrived here yet. Try again in a moment."""

    nl = "Wat u zojuist elders deed is hier nog niet aangekomen. Probeer het zo dadelijk opnieuw."


class Unexpected(Refusal):
    """Something went wrong here. It has been logged."""

    nl = "Hier ging iets mis. Het is vastgelegd."
