"""Who acts: accounts with their owners and colleagues, founded before anything is hurt, and signed in."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from contracts.ids import new_id
from keten.caller import Caller
from keten.joining import open_account, set_password
from tests.e2e.people import PASSWORD, Platform
from tests.torture.model import Account, Model, User
from tests.torture.person import Person
from tests.torture.tally import Tally

# Of each account, besides its owner; the first is an administrator.
COLLEAGUES: Final = 3


@dataclass
class Cast:
    """The people by the names that the story gives them."""

    model: Model
    people: dict[str, Person]
    tally: Tally

    async def close(self) -> None:
        for person in self.people.values():
            await person.close()


def account_names(accounts: int) -> list[str]:
    return [f"account {number}" for number in range(1, accounts + 1)]


def members_of(account: str, colleagues: int) -> list[str]:
    """The owner first."""
    number = account.rpartition(" ")[2]
    return [f"owner {number}", *(f"colleague {number}.{n}" for n in range(1, colleagues + 1))]


async def found(
    platform: Platform, accounts: Iterable[str], *, colleagues: int = COLLEAGUES, patience: float = 90.0
) -> Cast:
    """New accounts under these names. One after the other: each waits for its mail anyway, and a core is soon busy."""
    cast = Cast(Model(), {}, Tally())
    for name in accounts:
        await _found_one(platform, cast, name, colleagues, patience)
    await asyncio.gather(*(person.sign_in() for person in cast.people.values()))
    return cast


async def _found_one(platform: Platform, cast: Cast, name: str, colleagues: int, patience: float) -> None:
    owner, *others = members_of(name, colleagues)
    email, title = _address(owner), f"Organisatie {secrets.token_hex(3)}"
    who = {"organisation": title, "name": f"Eigenaar {name}", "email": email, "password": PASSWORD}
    await open_account(platform.url, platform.mailbox, **who)
    caller = await Caller.signed_in(platform.url, email, PASSWORD)
    me = await caller.get("/identity/v1/users/me")
    cast.model.accounts[name] = Account(name, me["account"]["id"], title, owner)
    added = [await _add(caller, other, "member" if n else "administrator") for n, other in enumerate(others)]
    for one in added:
        await set_password(platform.mailbox, email=one["email"], password=PASSWORD)
    for known, told in zip([owner, *others], [me, *added], strict=True):
        _take_in(cast, platform, name, known, await _read(caller, told["id"]), patience)
    await caller.close()


async def _add(owner: Caller, name: str, role: str) -> dict[str, Any]:
    body = {"name": f"Medewerker {name}", "email": _address(name), "role": role}
    added: dict[str, Any] = await owner.post("/identity/v1/users", body)
    return added


async def _read(owner: Caller, user_id: str) -> dict[str, Any]:
    answer = await owner.ask("GET", f"/identity/v1/users/{user_id}")
    assert answer.status_code == httpx.codes.OK, answer.text
    return {**answer.json(), "version": int(answer.headers["ETag"].strip('"').partition(".")[0])}


def _take_in(cast: Cast, platform: Platform, account: str, name: str, told: dict[str, Any], patience: float) -> None:
    user = User(name, told["id"], account, told["email"], told["name"], told["role"])
    user.medical, user.version, user.is_signed_in = told["medical"], told["version"], True
    cast.model.users[name] = user
    cast.people[name] = Person(platform.url, user.email, user.id, cast.tally, patience)


def _address(name: str) -> str:
    return f"{name.replace(' ', '-')}-{new_id().hex[-12:]}@example.org"
