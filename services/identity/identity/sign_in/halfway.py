"""Between the password and the second step: a signed cookie, good for minutes and as long as the password is the same."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from identity.proving import Person, Proving
from identity.setup import Setup
from identity.sign_in import pages
from identity.tables import app_user

HALFWAY: Final = "keten_halfway"
# Long enough to find a telephone and to set up an app on it.
_LIFE: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Halfway:
    """Who has given a right password in this browser, and is to give a code."""

    setup: Setup
    proving: Proving

    def remember(self, answer: Response, person: Person, *, now: datetime) -> None:
        until = str(int((now + _LIFE).timestamp()))
        value = f"{person.id}.{until}.{self.setup.cookies.sign(_said(person, until))}"
        pages.set_cookie(answer, self.setup, HALFWAY, value, seconds=int(_LIFE.total_seconds()))

    async def person(self, request: Request, *, now: datetime) -> Person | None:
        user_id, _, rest = request.cookies.get(HALFWAY, "").partition(".")
        until, _, signature = rest.partition(".")
        if not (until.isascii() and until.isdigit()) or now.timestamp() >= int(until[:12]):
            return None
        try:
            person = await self.proving.person(app_user.c.id == UUID(user_id))
        except ValueError:
            return None
        if person is None or not self.setup.cookies.verifies(_said(person, until), signature):
            return None
        return person

    def forget(self, answer: Response) -> None:
        pages.forget_cookie(answer, self.setup, HALFWAY)


def _said(person: Person, until: str) -> bytes:
    # With the password's hash: a cookie from before a reset opens nothing after it.
    return f"halfway.{person.id}.{until}.{person.password_hash}".encode()
