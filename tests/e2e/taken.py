"""What a backup that was made while people worked must hold when it is a platform again, in either shape."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chassis.databases import Databases
from chassis.objects import ObjectStore
from contracts.services import SERVICES
from keten.caller import Caller
from tests.e2e.at_work import AtWork
from tests.e2e.people import PASSWORD
from tests.e2e.waiting import eventually

# A restored platform has to hear what was on its way; machines are busy (seconds).
PATIENCE = 120.0


@dataclass
class Files:
    """Files that come and go without a pause, half of each; `kept` are the contents of those that nobody removed."""

    caller: Caller
    dossier: str
    kept: dict[str, str] = field(default_factory=dict)
    removed: int = 0

    @classmethod
    @asynccontextmanager
    async def of(cls, work: AtWork) -> AsyncIterator["Files"]:
        owner = work.kracht.owner
        profile = {"givenName": "Marie", "familyName": "Groot"}
        client = await owner.post("/dossier/v1/clients", {"groupId": work.group, "profile": profile})
        files = cls(Caller("tess", owner.http, position=owner.position), client["dossierId"])
        going = asyncio.create_task(files._go())
        try:
            yield files
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)

    async def _go(self) -> None:
        number = 0
        while True:
            number += 1
            content = f"Brief {number} ".encode() * 1000
            file = await self.caller.post("/documents/v1/files", {"dossierId": self.dossier, "name": f"{number}.txt"})
            await self.caller.put(f"/documents/v1/files/{file['id']}/content", content)
            if number % 2:
                self.kept[file["id"]] = hashlib.sha256(content).hexdigest()
            else:
                await self.caller.delete(f"/documents/v1/files/{file['id']}")
                self.removed += 1


@dataclass(frozen=True)
class Answered:
    """What had been answered at a moment."""

    levels: Mapping[str, str | None]
    files: Mapping[str, str]

    @classmethod
    def by_now(cls, work: AtWork, files: Files) -> "Answered":
        return cls(dict(work.answered), dict(files.kept))


async def assert_it_is_whole(url: str, work: AtWork, files: Files, before: Answered, after: Answered) -> None:
    """At a restored platform: what was answered before is there, nothing of after, and every service says the same."""
    tess = await Caller.signed_in(url, work.kracht.owner_email, PASSWORD)
    noor = await Caller.signed_in(url, work.zorg.owner_email, PASSWORD)
    try:

        async def everything_was_heard() -> None:
            levels = await _levels(noor)
            assert set(levels) >= {one for one, level in before.levels.items() if level and after.levels[one] == level}
            for dossier, level in levels.items():
                assert after.levels.get(dossier) in (level, None)

        await eventually(everything_was_heard, patience=PATIENCE)
        there = await _files(tess, files.dossier)
        assert set(before.files) <= set(there)
        for id, listed in there.items():
            content = await tess.ask("GET", listed)
            assert content.status_code == 200, "each file that is listed has its content"
            assert _digest(content.content) == files.kept.get(id, _digest(content.content))
        for service in SERVICES:
            assert (await tess.post(f"/{service}/v1/access-log/_verify"))["intact"] is True
    finally:
        await tess.close()
        await noor.close()


async def assert_services_agree(databases: Databases, store: ObjectStore, *, of: str) -> None:
    """Every grant of an account is known wherever it is enforced as it is, and each file's content is there as it was. Of
    others a test may have let an event go."""
    own = f"where account_id = '{of}'"

    async def grants_are_the_same() -> None:
        stated = await _pairs(databases, "sharing", f"select id, version from public.dossier_grant {own}")
        for service in ("dossier", "documents"):
            assert await _pairs(databases, service, f"select id, version from projection.grant_access {own}") == stated
        assert stated

    await eventually(grants_are_the_same, patience=PATIENCE)
    async with databases.administered("documents") as admin:
        kept = await admin.fetch("select object_id, digest from public.file where status = 'kept'")
    assert kept
    for object_id, digest in kept:
        assert _digest(await store.get(f"documents/files/{object_id}")) in digest


async def _pairs(databases: Databases, service: str, sql: str) -> set[tuple[str, int]]:
    async with databases.administered(service) as admin:
        return {(str(row[0]), row[1]) for row in await admin.fetch(sql)}


async def _levels(noor: Caller) -> dict[str, str]:
    found: dict[str, str] = {}
    cursor = ""
    while True:
        page = await noor.get(f"/dossier/v1/clients?limit=100{cursor}")
        found |= {row["dossierId"]: row["level"] for row in page["items"]}
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


async def _files(tess: Caller, dossier: str) -> dict[str, str]:
    found: dict[str, str] = {}
    cursor = ""
    while True:
        page = await tess.get(f"/documents/v1/files?dossierId={dossier}&limit=100{cursor}")
        found |= {row["id"]: row["content"]["url"] for row in page["items"] if row["content"]}
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
