"""Coming to the platform as people do: an organisation asks for an account, a colleague is added; a mail brings the link,
and its page has a button."""

import httpx

from keten.mailbox import Mailbox
from keten.sign_in import submit

POSITION = "Keten-Position"


class NotJoined(Exception):
    """The platform did not let this person come in."""


async def open_account(url: str, mailbox: Mailbox, *, organisation: str, name: str, email: str, password: str) -> str:
    """Ask for an account and open it by the link. Returns the position of what that made. Raises NotJoined, MailMissing."""
    owner = {"name": name, "email": email, "password": password}
    async with httpx.AsyncClient(base_url=url, timeout=30) as anybody:
        answer = await anybody.post("/identity/v1/accounts", json={"name": organisation, "owner": owner})
    if not answer.is_success:
        raise NotJoined(f"No account for {organisation}: {answer.status_code} {answer.text[:300]}")
    return await _follow(await mailbox.link(email), password)


async def set_password(mailbox: Mailbox, *, email: str, password: str) -> None:
    """A colleague who was added sets his password by the link. Raises NotJoined, MailMissing."""
    await _follow(await mailbox.link(email), password)


async def _follow(link: str, password: str) -> str:
    async with httpx.AsyncClient(timeout=30) as browser:
        answer = await submit(browser, await browser.get(link), password=password)
    if not answer.is_success:
        raise NotJoined(f"The link in the mail was answered with {answer.status_code}.")
    position: str = answer.headers.get(POSITION, "")
    return position
