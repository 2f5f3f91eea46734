"""What an operator does beside a journey, on either shape; and a dossier of which sharing states what it should not."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis.databases import Databases
from chassis.staging import stage
from contracts.rights import STANDARD_LEVELS
from contracts.sharing import GrantChanged, GrantStatus, Onward
from keten.running import state
from tests import stack
from tests.e2e.people import Founder, Organisation, Platform, place_of
from tests.e2e.waiting import eventually

LEVELS = {level.code: level for level in STANDARD_LEVELS}


@dataclass(frozen=True)
class Operator:
    """At the platform's own machine, or at the checkout from which the containers were started."""

    platform: Platform
    elsewhere: Path
    """A data directory in which nothing runs."""

    def keten(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "keten.cli", *arguments]
        return subprocess.run(
            command,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )

    async def events(self, *arguments: str, code: int = 0) -> str:
        """What `keten events …` says when it ends with this exit code."""
        ran = await asyncio.to_thread(self.keten, "events", *arguments)
        assert ran.returncode == code, f"{ran.returncode}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    async def sql(self, service: str, statement: str) -> str:
        """Run a statement in a service's database, as nobody should; what it answers first, as text."""
        if self.platform.data is not None:
            async with self.databases().administered(service) as admin:
                return str(await admin.fetchval(statement))
        inside = ["exec", "-T", *self._psql("postgres", service), "-c", statement]
        return (await asyncio.to_thread(stack.shared().compose, *inside)).strip()

    @asynccontextmanager
    async def holding(self, service: str, statement: str) -> AsyncIterator[None]:
        """In a transaction of a service's database that stays open: what the statement locks is locked."""
        if self.platform.data is not None:
            async with self.databases().administered(service) as admin, admin.transaction():
                await admin.execute(statement)
                yield
            return
        asked = ["docker", "exec", "-i", *self._psql(stack.shared().container("postgres"), service)]
        pipe = asyncio.subprocess.PIPE
        psql = await asyncio.create_subprocess_exec(*asked, stdin=pipe, stdout=pipe)
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write(f"begin; {statement}; select 'held';\n".encode())
        while await psql.stdout.readline() != b"held\n":
            assert not psql.stdout.at_eof(), statement
        try:
            yield
        finally:
            psql.stdin.close()
            await psql.wait()

    def databases(self) -> Databases:
        """Of a platform on one machine."""
        assert self.platform.secrets is not None
        return Databases(state(place_of(self.platform))["postgres"], self.platform.secrets)

    def _psql(self, container: str, service: str) -> list[str]:
        assert self.platform.secrets is not None
        password = (self.platform.secrets / "keten_admin.password").read_text()
        psql = ["psql", "-X", "-A", "-t", "-q", "-U", "keten_admin", "-d", service]
        return ["-e", f"PGPASSWORD={password}", container, *psql]

    def _environment(self) -> dict[str, str]:
        if self.platform.data is not None:
            return {**self.platform.environment(), "KETEN_OPERATOR": "beheerder"}
        return {**stack.shared().environment(), "KETEN_DATA": str(self.elsewhere), "KETEN_OPERATOR": "beheerder"}


class Shared:
    """A dossier of Kracht that Noor of another organisation reads, by a grant."""

    def __init__(self, kracht: Organisation, zorg: Organisation, dossier: str, grant: str) -> None:
        self.kracht, self.zorg, self.dossier, self.grant = kracht, zorg, dossier, grant

    def changed(self, level: str) -> GrantChanged:
        """What sharing would state when the grant's level is changed."""
        return GrantChanged(
            grant_id=self.grant,
            dossier_id=self.dossier,
            account_id=self.kracht.id,
            recipient_id=self.zorg.owner_id,
            recipient_account_id=self.zorg.id,
            given_by=self.kracht.owner_id,
            parent_id=None,
            level_id=LEVELS[level].id,
            level_code=level,
            rights=LEVELS[level].rights,
            until=None,
            onward=Onward.NONE,
            status=GrantStatus.LIVE,
        )

    async def is_answered(self, status: int) -> None:
        """When Noor opens the dossier."""
        answer = await self.zorg.owner.http.get(f"/dossier/v1/dossiers/{self.dossier}")
        assert answer.status_code == status, answer.text

    async def level_of_noor(self) -> str:
        """As her list of clients shows it."""
        rows = (await self.zorg.owner.get("/dossier/v1/clients?limit=100"))["items"]
        return next(str(row["level"]) for row in rows if row["dossierId"] == self.dossier)

    async def lines(self) -> list[dict[str, Any]]:
        """What the log of the dossier tells of operators; what other services wrote arrives a moment later."""
        path = f"/dossier/v1/dossiers/{self.dossier}/access-log?limit=100"
        read = (await self.kracht.owner.get(path))["items"]
        return [one for one in read if one["reasons"] and one["reasons"][0]["rule"] == "operator"]


async def a_shared_dossier(organisations: Founder) -> Shared:
    """Seen by Noor already."""
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    group = await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    profile = {"givenName": "Eddy", "familyName": "Berg"}
    client = await kracht.owner.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    sharing = {"dossierId": client["dossierId"], "recipient": {"userId": zorg.owner_id}}
    how = {"levelId": str(LEVELS["view"].id), "purpose": "Care", "legalBasis": "consent"}
    grant = await kracht.owner.post("/sharing/v1/grants", sharing | how)
    shared = Shared(kracht, zorg, client["dossierId"], grant["id"])
    await eventually(lambda: shared.is_answered(200))
    return shared


async def stated(
    operator: Operator, shared: Shared, level: str, *, version: int, poison: bool = False
) -> tuple[UUID, str]:
    """Put a fact into sharing's outbox that its code never put there; a poisoned one lacks its status."""
    record = stage(shared.changed(level), version=version, at=datetime.now(UTC)).record()
    body = json.loads(record.body)
    if poison:
        del body["data"]["status"]
    row = f"'{record.id}', '{record.topic}', '{record.key}', '{record.type}', '{json.dumps(body)}'"
    await operator.sql("sharing", f"insert into public.outbox (id, topic, key, type, body) values ({row})")
    return record.id, record.body
