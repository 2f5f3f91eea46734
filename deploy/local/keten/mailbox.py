"""What arrived in a mailbox, for tests and the demo: of the local mail page, or of the mail catcher of many machines."""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

# Longer than a busy machine needs to send one (seconds).
PATIENCE: Final = 30.0

_LINK: Final = re.compile(r"https?://\S+")


class MailMissing(AssertionError):
    """No such mail came in time."""


@dataclass(frozen=True)
class Mail:
    """One mail; `at` is when it came, or when it was made where the catcher tells no more."""

    to: str
    subject: str
    text: str
    html: str
    at: datetime
    id: str

    @property
    def link(self) -> str | None:
        """Where it leads, if anywhere."""
        found = _LINK.search(self.text)
        return found.group() if found else None


class Mailbox:
    """`url` is that of the local mail page, key included, or of a maildev, which has no path."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._is_maildev = not urlsplit(self._url).path

    async def mails(self, to: str) -> list[Mail]:
        """To one address, the newest first."""
        async with httpx.AsyncClient(timeout=30) as browser:
            if self._is_maildev:
                answer = await browser.get(f"{self._url}/email", params={"to.address": to})
            else:
                answer = await browser.post(f"{self._url}/mails/_search", json={"to": to})
        answer.raise_for_status()
        # The catcher tells them in the order in which they came.
        return [_of_maildev(one) for one in answer.json()[::-1]] if self._is_maildev else _of_page(answer.json())

    async def mail(self, to: str, subject: str | None = None, *, after: Mail | None = None) -> Mail:
        """The newest to this address, waiting for it: with `subject` in its subject, and newer than `after`. Raises
        MailMissing."""
        end = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < end:
            for mail in await self.mails(to):
                if after is not None and mail.id == after.id:
                    break
                if subject is None or subject in mail.subject:
                    return mail
            await asyncio.sleep(0.05)
        raise MailMissing

    async def link(self, to: str, subject: str | None = None, *, after: Mail | None = None) -> str:
        """Where the newest mail to this address leads. Raises MailMissing."""
        link = (await self.mail(to, subject, after=after)).link
        if link is None:
            raise MailMissing
        return link


def _of_page(told: list[dict[str, Any]]) -> list[Mail]:
    return [Mail(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in told]


def _of_maildev(told: dict[str, Any]) -> Mail:
    return Mail(
        to=told["to"][0]["address"],
        subject=told["subject"],
        text=told.get("text") or "",
        html=told.get("html") or "",
        at=datetime.fromisoformat(told["time"]),
        id=told["id"],
    )
