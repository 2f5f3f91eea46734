"""People who go on working while something dies: what was answered is noted, and in the end it holds, once, everywhere."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from contracts.rights import STANDARD_LEVELS
from contracts.services import SERVICES
from keten.caller import Caller, Refused
from tests.e2e.people import Founder, Organisation
from tests.e2e.waiting import eventually

LEVELS = {level.code: str(level.id) for level in STANDARD_LEVELS}

# A request that is not answered is asked again so often, ten times a second: longer than any engine is away in a test.
_TRIES = 900


@dataclass
class AtWork:
    """`answered` is the level that was last told for each dossier; None when it was withdrawn."""

    kracht: Organisation
    zorg: Organisation
    group: str
    answered: dict[str, str | None] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    """What was asked again, with the reason."""
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def of(cls, organisations: Founder, *, people: int = 3) -> AsyncIterator["AtWork"]:
        """They work while this is entered, and in the end everything that was answered holds."""
        kracht = await organisations.organisation("Kracht", "Tess Bakker")
        zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
        group = await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
        work = cls(kracht, zorg, group["id"])
        working = [asyncio.create_task(work._work()) for _ in range(people)]
        try:
            yield work
        finally:
            work._over.set()
            await asyncio.gather(*working)
        await eventually(work.received_is_what_was_answered, patience=60)
        for service in SERVICES:
            assert (await kracht.owner.post(f"/{service}/v1/access-log/_verify"))["intact"] is True

    async def goes_on(self) -> None:
        """Return when some more has been answered."""
        before = len(self.answered)

        async def more() -> None:
            assert len(self.answered) > before + 3

        await eventually(more, patience=60)

    async def received_is_what_was_answered(self) -> None:
        items, cursor = [], ""
        while True:
            page = await self.zorg.owner.get(f"/dossier/v1/clients?limit=100{cursor}")
            items += [(row["dossierId"], row["level"]) for row in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(items) == sorted((d, level) for d, level in self.answered.items() if level is not None)

    async def _work(self) -> None:
        """Register, share, change and withdraw; note what was answered. What was not answered is asked again with the same
        key, so that in the end it happened once."""
        tess, chance = Caller("tess", self.kracht.owner.http), random.Random()
        while not self._over.is_set():
            profile = {"givenName": "Eddy", "familyName": "Berg"}
            client = await self._sure(tess, "POST", "/dossier/v1/clients", {"groupId": self.group, "profile": profile})
            dossier, level = client["dossierId"], chance.choice(["view", "edit"])
            recipient = {"userId": self.zorg.owner_id}
            sharing = {"dossierId": dossier, "recipient": recipient, "levelId": LEVELS[level], "purpose": "Care"}
            grant = await self._sure(tess, "POST", "/sharing/v1/grants", {**sharing, "legalBasis": "consent"})
            self.answered[dossier] = level
            if chance.random() < 0.3:
                await self._sure(tess, "DELETE", f"/sharing/v1/grants/{grant['id']}", None)
                self.answered[dossier] = None

    async def _sure(self, caller: Caller, method: str, path: str, body: Any) -> Any:
        """Ask until it is answered; the key makes it happen once."""
        key = random.randbytes(8).hex()
        for attempt in range(_TRIES):
            try:
                answer = await caller.ask(method, path, body, **{"Idempotency-Key": key})
            except httpx.TransportError as fault:
                self.unanswered.append(f"{method} {path}: {type(fault).__name__}")
                await asyncio.sleep(0.1)
                continue
            if answer.is_success:
                return answer.json() if answer.content else None
            # A withdrawal that was committed and not answered is already done; there is no key for DELETE.
            if method == "DELETE" and attempt > 0 and answer.json()["type"] == "/problems/grant-ended":
                return None
            if answer.status_code != 503:
                raise Refused(answer)
            self.unanswered.append(f"{method} {path}: {answer.status_code} {answer.json()['type']}")
            await asyncio.sleep(0.1)
        raise AssertionError(f"{method} {path} was never answered")
