"""Links to photos and files: signed for one reader, and good for five minutes at most. A link gives no right: the access
token is asked for when it is used, and so is the policy."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query, Request, Response

from chassis.keyrings import Keyring
from chassis.models import Instant, Model
from chassis.problems import Forbidden

# Long enough to look at a page, short enough that a link found later opens nothing (DESIGN §7).
LIFE: Final = timedelta(minutes=5)

# Links made within the same half minute are the same, so that a page shown anew finds its pictures in the browser's cache.
_STEP: Final = 30

# Digits of an instant; more are not ours.
_LONGEST: Final = 11


class LinkExpired(Forbidden):
    """This link is good for five minutes, and only for whom it was made. Read the list again; it holds a new one."""

    nl = "Deze link is vijf minuten geldig, en alleen voor wie hij is gemaakt. Lees de lijst opnieuw; daar staat een nieuwe."


class ReadingLink(Model):
    """Where it can be read, with the access token of whom it was shown to. After `expiresAt` a new one is asked for."""

    url: str
    expires_at: Instant


# How a document says that a body is bytes.
BYTES: Final = {"schema": {"type": "string", "format": "binary"}}

LinkToken = Annotated[
    str,
    Query(
        alias="link",
        pattern=r"^[0-9]{1,11}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,64}$",
        description="As it stands in the link that you were given.",
    ),
]


def link(ring: Keyring, path: str, what: str, *, reader: UUID, now: datetime) -> ReadingLink:
    """The link to `what`, which is read at this path."""
    token, ends = sign(ring, what, reader=reader, now=now)
    return ReadingLink(url=f"{path}?link={token}", expires_at=ends)


def sign(ring: Keyring, what: str, *, reader: UUID, now: datetime) -> tuple[str, datetime]:
    """A token with which `reader` may ask for `what` (words and ids without meaning outside), and when it ends."""
    ends = int((now + LIFE).timestamp()) // _STEP * _STEP
    return f"{ends}.{ring.sign(_said(what, reader, ends))}", datetime.fromtimestamp(ends, UTC)


def check(ring: Keyring, token: str, what: str, *, reader: UUID, now: datetime) -> datetime:
    """When the token ends. Raises `LinkExpired` for one that has ended, or was made for another reader or for something
    else. Comes after the policy was asked: who may not know of the thing is told that it is not there."""
    written, _, signature = token.partition(".")
    if not (written.isascii() and written.isdigit() and len(written) <= _LONGEST):
        raise LinkExpired
    ends = int(written)
    if not ring.verifies(_said(what, reader, ends), signature) or now.timestamp() >= ends:
        raise LinkExpired
    return datetime.fromtimestamp(ends, UTC)


def answer(request: Request, content: bytes, *, kind: str, tag: str, until: datetime, now: datetime) -> Response:
    """The content, or 304 for whom has it. His browser may keep it as long as the link lives; nothing between may."""
    headers = {
        "Cache-Control": f"private, max-age={max(0, int((until - now).total_seconds()))}",
        "ETag": f'"{tag}"',
        "Vary": "Authorization",
    }
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if headers["ETag"] in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def _said(what: str, reader: UUID, ends: int) -> bytes:
    return f"reading\0{what}\0{reader}\0{ends}".encode()
