"""Keys are rotated while people work: nobody is refused, and what was signed before goes on opening."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest

from chassis.new_keys import PURPOSES, TOKENS
from contracts.ids import new_id
from keten import keys
from keten.caller import Caller
from keten.hand_out import hand_out
from keten.joining import set_password
from keten.sign_in import sign_in
from tests.e2e.people import PASSWORD, Founder, Organisation, Platform
from tests.e2e.waiting import eventually


async def test_nobody_is_refused_while_every_key_is_rotated(platform: Platform, organisations: Founder) -> None:
    if platform.secrets is None:
        pytest.skip("the secrets of the platform at KETEN_URL are not known here")
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    newcomer = f"nieuw-{new_id().hex[-12:]}@example.org"
    await kracht.owner.post("/identity/v1/users", {"name": "Nienke Nieuw", "email": newcomer, "role": "member"})
    group = await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    before = (await sign_in(platform.url, kracht.owner_email, PASSWORD)).access_token

    async with at_work(platform, kracht, group["id"]) as (answered, refusals):
        await eventually(partial(more_than, answered, 4), patience=60)
        await asyncio.to_thread(rotate_all, platform)
        await eventually(partial(more_than, answered, len(answered) + 8), patience=60)

    assert refusals == []
    after = (await sign_in(platform.url, kracht.owner_email, PASSWORD)).access_token
    assert key_id(after) != key_id(before)
    for token in (before, after):
        assert (await read_as(kracht, token, "/dossier/v1/client-groups")).status_code == 200
    await set_password(platform.mailbox, email=newcomer, password=PASSWORD)
    assert (await sign_in(platform.url, newcomer, PASSWORD)).access_token


@asynccontextmanager
async def at_work(platform: Platform, house: Organisation, group: str) -> AsyncIterator[tuple[list[int], list[str]]]:
    """Writes here, read there with their positions, and new sign-ins, while this is entered. Yields what was answered, and
    what was refused."""
    answered, refusals, over = list[int](), list[str](), asyncio.Event()

    async def writes() -> None:
        tess = Caller("tess", house.owner.http)
        while not over.is_set():
            profile = {"givenName": "Eddy", "familyName": "Berg"}
            note(await tess.ask("POST", "/dossier/v1/clients", {"groupId": group, "profile": profile}))
            note(await tess.ask("GET", "/sharing/v1/levels"))

    async def signs_in() -> None:
        while not over.is_set():
            token = (await sign_in(platform.url, house.owner_email, PASSWORD)).access_token
            for path in ("/identity/v1/users/me", "/dossier/v1/client-groups", "/sharing/v1/levels"):
                note(await read_as(house, token, path))

    def note(answer: httpx.Response) -> None:
        answered.append(answer.status_code)
        # A busy machine may be behind for longer than a reader waits; that has nothing to do with keys.
        if not answer.is_success and answer.json()["type"] != "/problems/not-yet-here":
            refusals.append(f"{answer.request.method} {answer.request.url.path} {answer.status_code} {answer.text}")

    working = [asyncio.create_task(work()) for work in (writes, writes, signs_in)]
    try:
        yield answered, refusals
    finally:
        over.set()
        await asyncio.gather(*working)


async def more_than(answered: list[int], count: int) -> None:
    assert len(answered) > count


async def read_as(house: Organisation, token: str, path: str) -> httpx.Response:
    """With this very token, not with the one that a program would renew."""
    return await house.owner.http.get(path, headers={"Authorization": f"Bearer {token}"}, auth=None)


def rotate_all(platform: Platform) -> None:
    """As `keten keys` on one machine and `keten secrets` for containers do: accepted everywhere, then signing."""
    assert platform.secrets is not None
    for step in (["--step"], []):
        for purpose in (*PURPOSES, TOKENS):
            keys.main(["--secrets", str(platform.secrets), "rotate", purpose, *step])
        if platform.data is None:
            hand_out(platform.secrets.parent)


def key_id(token: str) -> str:
    header: dict[str, str] = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    return header["kid"]
