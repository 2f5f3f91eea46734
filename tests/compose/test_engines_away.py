"""Each engine goes away and comes back while people work: nothing is lost or doubled, nothing is allowed that could not be
decided, and the platform recovers by itself."""

import asyncio
from functools import partial

import httpx
import pytest

from keten.caller import Caller
from tests.e2e.at_work import LEVELS, AtWork
from tests.e2e.people import Founder, Organisation
from tests.e2e.waiting import eventually
from tests.stack import Stack

# How long the broker is away (seconds); the issue of a broker's restart, and then some.
AWAY = 30

# What keeps something, and how Compose makes it anew: all that is not on a volume is gone.
KEEPERS, ANEW = ("postgres", "kafka", "s3", "valkey"), ("--force-recreate", "--wait")


@pytest.mark.rule("SHR-12", "BEY-16")
async def test_the_broker_is_away_for_half_a_minute_and_nothing_is_lost(
    stack_alone: Stack, organisations: Founder
) -> None:
    async with AtWork.of(organisations) as work:
        await work.goes_on()
        await _docker(stack_alone, "stop", "kafka")
        own = {"groupId": work.group, "profile": {"givenName": "Fenna", "familyName": "Smit"}}
        alone = Caller("tess", work.kracht.owner.http)
        registered = await alone.post("/dossier/v1/clients", own)
        await asyncio.sleep(AWAY)
        await _docker(stack_alone, "start", "kafka")
        await work.goes_on()

    assert (await alone.get(f"/dossier/v1/dossiers/{registered['dossierId']}"))["id"] == registered["dossierId"]


async def test_the_databases_restart_and_every_answered_write_is_there(
    stack_alone: Stack, organisations: Founder
) -> None:
    async with AtWork.of(organisations) as work:
        await work.goes_on()
        await _docker(stack_alone, "restart", "postgres")
        await work.goes_on()


async def test_what_engines_keep_outlives_their_containers(stack_alone: Stack, organisations: Founder) -> None:
    kracht, dossier = await _dossier(organisations)
    tess = kracht.owner
    file = await tess.post("/documents/v1/files", {"dossierId": dossier, "name": "Wondzorg.txt"})
    await tess.put(f"/documents/v1/files/{file['id']}/content", b"Goed genezen.")
    async with AtWork.of(organisations) as work:
        await work.goes_on()
        await asyncio.to_thread(stack_alone.compose, "up", "--detach", "--no-build", "--no-deps", *ANEW, *KEEPERS)
        await work.goes_on()

    async def is_read() -> None:
        listed = await tess.get(f"/documents/v1/files/{file['id']}")
        assert (await tess.ask("GET", listed["content"]["url"])).content == b"Goed genezen."

    await eventually(is_read, patience=60)


async def test_without_the_decision_point_nothing_is_allowed_and_it_says_so(
    stack_alone: Stack, organisations: Founder
) -> None:
    kracht, dossier = await _dossier(organisations)
    await _docker(stack_alone, "stop", "opa")

    refused = await kracht.owner.ask("GET", f"/dossier/v1/dossiers/{dossier}", **{"Accept-Language": "en"})
    written = await kracht.owner.ask("POST", f"/dossier/v1/dossiers/{dossier}/reports", {"text": "Good morning."})

    assert (refused.status_code, written.status_code) == (503, 503)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Retry-After"]
    await _docker(stack_alone, "start", "opa")
    await eventually(partial(_reads, kracht.owner, dossier), patience=60)
    reports = (await kracht.owner.get(f"/dossier/v1/dossiers/{dossier}/reports"))["items"]
    assert reports == []


@pytest.mark.rule("SHR-18")
async def test_without_doorbell_object_store_and_mail_server_people_work_on_and_the_mail_comes_later(
    stack_alone: Stack, organisations: Founder
) -> None:
    kracht, dossier = await _dossier(organisations)
    zorg = await organisations.organisation("Zorg 4 You", "Noor de Wit")
    sharing = {"dossierId": dossier, "recipient": {"userId": zorg.owner_id}, "levelId": LEVELS["view"]}
    for engine in ("valkey", "s3", "mail"):
        await _docker(stack_alone, "stop", engine)

    kracht.owner.seen(zorg.owner)
    await kracht.owner.post("/sharing/v1/grants", {**sharing, "purpose": "Care", "legalBasis": "consent"})
    zorg.owner.seen(kracht.owner)
    await zorg.owner.get(f"/dossier/v1/dossiers/{dossier}")

    for engine in ("valkey", "s3", "mail"):
        await _docker(stack_alone, "start", engine)
    await eventually(partial(_told_by_mail, organisations, zorg.owner_email), patience=120)


async def _dossier(organisations: Founder) -> tuple[Organisation, str]:
    kracht = await organisations.organisation("Kracht", "Tess Bakker")
    group = await kracht.owner.post("/dossier/v1/client-groups", {"name": "Noord"})
    profile = {"givenName": "Eddy", "familyName": "Berg"}
    client = await kracht.owner.post("/dossier/v1/clients", {"groupId": group["id"], "profile": profile})
    return kracht, str(client["dossierId"])


async def _reads(caller: Caller, dossier: str) -> None:
    answer = await caller.ask("GET", f"/dossier/v1/dossiers/{dossier}")
    assert answer.status_code == 200, answer.text


async def _told_by_mail(organisations: Founder, email: str) -> None:
    """Who was away has forgotten what came before: this is what came since."""
    try:
        mails = await organisations.platform.mailbox.mails(email)
    except httpx.HTTPError:
        mails = []
    assert ["Tess Bakker" in mail.subject for mail in mails] == [True]


async def _docker(stack: Stack, verb: str, service: str) -> None:
    """Without holding up those who work."""
    await asyncio.to_thread(stack.docker, verb, service)
