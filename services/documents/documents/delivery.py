"""How a mail leaves: by SMTP, or kept in a directory where there is no mail server. The same message whenever it is sent."""

import os
import time
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

import aiosmtplib

from chassis.work import GivenUp
from documents.letters import Rendered

# A server that takes longer is tried again later (seconds).
PATIENCE: Final = 20.0

# Kept mail is there to be looked at today and tomorrow.
KEPT_DAYS: Final = 7

# Often enough that the directory stays small (seconds).
_SWEEP_EVERY: Final = 3600.0

_PERMANENT: Final = 500


@dataclass(frozen=True)
class Outgoing:
    """A message as it goes over the line."""

    id: UUID
    sender: str
    to: str
    content: bytes


class Delivery(Protocol):
    """Where mail goes."""

    async def deliver(self, mail: Outgoing) -> None:
        """Returns once it was accepted. Raises GivenUp when it never will be; anything else is worth another try."""

    async def recall(self, mail_id: UUID) -> None:
        """Of a mail that was delivered nothing is kept here any more. What left for somebody's mailbox is his."""


def compose(letter: Rendered, *, id: UUID, to: str, mail_from: str, at: datetime) -> Outgoing:
    """The message. All that it is made of comes from the mail, so that a second sending is seen to be the same one.

    Raises GivenUp for an address that nothing can be sent to."""
    name, sender = parseaddr(mail_from)
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = Address(addr_spec=to)
    except ValueError:
        raise GivenUp("address-unusable") from None
    message["From"] = Address(name, addr_spec=sender)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{id}@{domain}>"
    # RFC 3834: no holiday answers to a machine.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"keten-{id.hex}")
    return Outgoing(id, sender, to, message.as_bytes())


@dataclass(frozen=True)
class Smtp:
    """A mail server. `login` are its user name and password; with them the line must be encrypted."""

    host: str
    port: int
    login: tuple[str, str] | None = None

    async def deliver(self, mail: Outgoing) -> None:
        user, password = self.login or (None, None)
        try:
            await aiosmtplib.send(
                mail.content,
                sender=mail.sender,
                recipients=[mail.to],
                hostname=self.host,
                port=self.port,
                username=user,
                password=password,
                start_tls=True if self.login else None,
                local_hostname=mail.sender.rpartition("@")[2],
                timeout=PATIENCE,
            )
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError) as refused:
            if (code := _code(refused)) >= _PERMANENT:
                raise GivenUp(f"smtp-{code}") from None
            raise

    async def recall(self, mail_id: UUID) -> None:
        """Nothing of it is kept."""


@dataclass
class Kept:
    """A directory of messages, one file each; the oldest are forgotten."""

    folder: Path
    _swept: float = field(default=float("-inf"))

    async def deliver(self, mail: Outgoing) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        unready = self.folder / f".{mail.id}.unready"
        with unready.open("wb") as file:
            unready.chmod(0o600)
            file.write(mail.content)
            file.flush()
            os.fsync(file.fileno())
        unready.rename(self.folder / f"{mail.id}.eml")

    async def recall(self, mail_id: UUID) -> None:
        for left in (self.folder / f"{mail_id}.eml", self.folder / f".{mail_id}.unready"):
            left.unlink(missing_ok=True)

    def _sweep(self) -> None:
        if time.monotonic() - self._swept < _SWEEP_EVERY:
            return
        self._swept = time.monotonic()
        oldest = time.time() - KEPT_DAYS * 86400
        for file in self.folder.iterdir():
            if file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)


class Nowhere:
    """Neither a mail server nor a directory was named: mail waits until one is."""

    async def deliver(self, mail: Outgoing) -> None:
        raise ConnectionError

    async def recall(self, mail_id: UUID) -> None:
        """Nothing of it is kept."""


def _code(refused: Any) -> int:
    """What the server said; of several recipients there is one."""
    each = getattr(refused, "recipients", None)
    return int(each[0].code if each else refused.code)
