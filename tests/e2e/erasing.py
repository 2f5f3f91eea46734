"""An organisation that is made of canaries, what of it stands where, and waiting until nothing of it does."""

import asyncio
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx
from PIL import Image

from contracts.ids import new_id
from contracts.rights import STANDARD_LEVELS
from keten.caller import Caller
from keten.joining import open_account, set_password
from tests import kept, stack
from tests.canaries import Canaries, Found
from tests.e2e.operating import Operator
from tests.e2e.people import PASSWORD, Founder, Organisation, Platform
from tests.e2e.waiting import eventually

EDIT = next(str(level.id) for level in STANDARD_LEVELS if level.code == "edit")

# Everything is seen to within seconds; a disk is rewritten every ten, and Kafka looks at its logs every fifteen.
PATIENCE = 150.0


@dataclass
class Planted:
    """An organisation that is made of canaries: those of a client, of a colleague, and of all the rest."""

    client: Canaries = field(default_factory=Canaries)
    colleague: Canaries = field(default_factory=Canaries)
    account: Canaries = field(default_factory=Canaries)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def all(self) -> Canaries:
        parts = (self.client, self.colleague, self.account)
        return Canaries(
            {word: what for part in parts for word, what in part.words.items()},
            {mark: what for part in parts for mark, what in part.marks.items()},
        )


async def an_organisation(organisations: Founder, planted: Planted) -> tuple[str, Caller]:
    """It signs up, and has a colleague, a partner system, a group, a level and a photo."""
    word, platform = planted.account.plant, organisations.platform
    email = f"{word('address of an owner')}@example.org"
    people = {"organisation": word("organisation").title(), "name": f"Tess {word('owner').title()}", "email": email}
    position = await open_account(platform.url, platform.mailbox, **people, password=PASSWORD)
    owner = await organisations.sign_in(email, name="Tess", position=position)
    me = await owner.get("/identity/v1/users/me")
    await owner.patch(f"/identity/v1/users/{me['id']}", {"medical": True})
    system = {"name": word("partner system"), "description": word("what a partner system is for")}
    await owner.post("/identity/v1/service-accounts", system)
    group = await owner.post("/dossier/v1/client-groups", {"name": word("client group")})
    sections = {"reports": ["read"]}
    level = {"code": f"own-{new_id().hex[-12:]}", "name": word("level"), "sections": sections}
    await owner.post("/sharing/v1/levels", level)
    planted.ids |= {"group": group["id"], "owner": me["id"]}
    await a_colleague(owner, platform, planted)
    return me["account"]["id"], owner


async def a_colleague(owner: Caller, platform: Platform, planted: Planted) -> None:
    """He is mailed an invitation, signs in, and shows a photo."""
    word = planted.colleague.plant
    email = f"{word('address of a colleague')}@example.org"
    body = {"name": f"Lennart {word('colleague').title()}", "email": email, "role": "administrator"}
    answer = await owner.ask("POST", "/identity/v1/users", body, **{"Idempotency-Key": "a colleague"})
    assert answer.status_code == 201, answer.text
    planted.ids["colleague"] = answer.json()["id"]
    await set_password(platform.mailbox, email=email, password=PASSWORD)
    colleague = await Caller.signed_in(platform.url, email, PASSWORD, name="Lennart")
    user = f"/identity/v1/users/{planted.ids['colleague']}"
    sent = await colleague.put(f"{user}/photo", a_picture())
    await finished(colleague, f"/identity/v1/jobs/{sent['jobId']}")
    kept_as = await colleague.ask("GET", (await colleague.get(user))["photo"]["url"])
    planted.colleague.mark(kept_as.content, "photo")
    await colleague.close()


async def a_client(organisations: Founder, house: str, owner: Caller, planted: Planted) -> None:
    """Something in every section, what it said before, a file, and a grant with its mail."""
    word = planted.client.plant
    profile = {
        "givenName": word("given name").title(),
        "familyName": word("family name").title(),
        "email": f"{word('address of a client')}@example.org",
        "phone": word("phone"),
        "address": {"street": word("street"), "city": word("city")},
    }
    body = {"groupId": planted.ids["group"], "profile": profile}
    answer = await owner.ask("POST", "/dossier/v1/clients", body, **{"Idempotency-Key": "a client"})
    planted.ids["dossier"] = answer.json()["dossierId"]
    dossier = f"/dossier/v1/dossiers/{planted.ids['dossier']}"
    body = {"text": word("report that was edited")}
    report = await owner.ask("POST", f"{dossier}/reports", body, **{"Idempotency-Key": "a report"})
    await owner.patch(report.headers["Location"], {"text": word("report")})
    goal = await owner.post(f"{dossier}/goals", {"title": word("goal"), "description": word("more of a goal")})
    await owner.post(f"{dossier}/goals/{goal['id']}/actions", {"title": word("action")})
    await owner.post(f"{dossier}/tasks", {"title": word("task")})
    await owner.post(f"{dossier}/documents", {"title": word("document"), "text": word("text of a document")})
    await owner.post(f"{dossier}/medical", {"title": word("medical note"), "text": word("text of a medical note")})
    await a_file(owner, planted)
    await a_grant(organisations, owner, planted)


async def a_file(owner: Caller, planted: Planted) -> None:
    word = planted.client.plant
    body = {"dossierId": planted.ids["dossier"], "name": f"{word('file')}.txt"}
    file = await owner.post("/documents/v1/files", body)
    await owner.put(f"/documents/v1/files/{file['id']}/content", word("content of a file").encode())


async def a_grant(organisations: Founder, owner: Caller, planted: Planted) -> None:
    """To another organisation, whose owner is mailed."""
    word = planted.client.plant
    other: Organisation = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    body = {
        "dossierId": planted.ids["dossier"],
        "recipient": {"userId": other.owner_id},
        "levelId": EDIT,
        "purpose": word("purpose"),
        "legalBasis": "consent",
        "consentReference": word("where the consent is found"),
    }
    await owner.post("/sharing/v1/grants", body)
    await organisations.platform.mailbox.mail(other.owner_email, "Keten")


async def erase_user(owner: Caller, user_id: str) -> httpx.Response:
    """One who was removed."""
    user = f"/identity/v1/users/{user_id}"
    etag = (await owner.http.get(user)).headers["ETag"]
    return await owner.ask("POST", f"{user}/_erase", **{"If-Match": etag})


def a_picture() -> bytes:
    """Like no other, so that what is made of it is like nothing else."""
    drawn = io.BytesIO()
    Image.frombytes("RGB", (64, 64), os.urandom(64 * 64 * 3)).save(drawn, "PNG")
    return drawn.getvalue()


async def found(operator: Operator, canaries: Canaries) -> list[Found]:
    """Every place on the running platform."""
    return canaries.find(await kept.rows(operator), kept.files(operator, canaries))


def seen(places: Iterable[Found]) -> frozenset[str]:
    return frozenset(one.what for one in places)


async def eventually_gone(operator: Operator, canaries: Canaries, *, patience: float = PATIENCE) -> None:
    async def gone() -> None:
        if operator.platform.data is None:
            await operator.sql("identity", _NEXT_DAY)
            await asyncio.to_thread(vacuum_objects)
        places = await found(operator, canaries)
        assert places == [], "\n".join(map(str, places))

    await eventually(gone, patience=patience)


# Tombstones are said again a day later.
_NEXT_DAY = "update public.chunk set due_at = now() where kind = 'unsaying' and state = 'waiting' returning 1"


async def done(caller: Caller, answer: httpx.Response) -> None:
    assert answer.status_code == 202, answer.text
    await finished(caller, answer.headers["Location"])


async def finished(caller: Caller, job: str) -> None:
    async def is_done() -> None:
        assert (await caller.get(job))["state"] == "done"

    await eventually(is_done)


def compact_soon() -> None:
    """What takes Kafka a day takes it seconds here."""
    soon = "segment.ms=1000,max.compaction.lag.ms=1000,min.compaction.lag.ms=0"
    soon += ",delete.retention.ms=1000,file.delete.delay.ms=1000"
    at = ["--bootstrap-server", "kafka:9092", "--alter", "--entity-type", "topics"]
    named = ["--entity-name", "keten.identity.private", "--add-config", soon]
    heap = ["-e", "KAFKA_HEAP_OPTS=-Xmx96m"]
    stack.shared().compose("exec", "-T", *heap, "kafka", "/opt/kafka/bin/kafka-configs.sh", *at, *named)


def vacuum_objects() -> None:
    """What the object store does every quarter of an hour."""
    shell = "echo 'lock; volume.vacuum -garbageThreshold 0.0001; unlock' | weed shell -master 127.0.0.1:9333"
    stack.shared().compose("exec", "-T", "s3", "sh", "-c", shell)
