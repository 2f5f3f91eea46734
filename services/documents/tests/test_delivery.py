"""Mail over real and over scripted mail servers: what is tried again, what is not, and that a repeated sending is the same
message."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from chassis.databases import Databases
from chassis.testing.engines import ENGINES, Container, require, started
from chassis.work_list import WorkList
from contracts.ids import new_id
from documents.delivery import KEPT_DAYS, Kept, compose
from documents.letters import render
from keten.mailbox import Mailbox

from .builders import Place, opened

HOSTILE = 'Jan "de Beuker"\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script> O\'Brien & Zn. \u202egnp'


@pytest.fixture(scope="module")
def catcher() -> Iterator[Container]:
    """A mail server of this module's own: tests stop it."""
    require("mail")
    with started(ENGINES["mail"]) as container:
        yield container


@pytest.fixture
async def mailing(documents_databases: Databases, tmp_path: Path, catcher: Container) -> AsyncIterator[Place]:
    async with opened(documents_databases, tmp_path, smtp=catcher.address) as place:
        await asked(catcher, "DELETE", "/email/all")
        yield place


async def asked(catcher: Container, method: str, path: str) -> Any:
    """What the catcher's REST interface answers."""
    async with httpx.AsyncClient(base_url=f"http://{catcher.host}:{catcher.web}") as client:
        return (await client.request(method, path)).raise_for_status().json()


def mailbox(catcher: Container) -> Mailbox:
    return Mailbox(f"http://{catcher.host}:{catcher.web}")


@pytest.mark.rule("SHR-18")
async def test_a_mail_goes_out_over_smtp_and_reads_the_same(mailing: Place, catcher: Container) -> None:
    await mailing.service.hear(mailing.a_grant())

    await mailing.service.work()

    [mail] = await mailbox(catcher).mails("leon@zorg4you.example")
    assert mail.subject == "Taco Bakker heeft je toegevoegd aan E. v. d. B. op Keten"
    assert mail.link == "http://keten.test"
    assert "Er is een dossier met je gedeeld" in mail.text
    assert "Er is een dossier met je gedeeld" in mail.html
    assert await mailing.state() == [("sent", None)]


async def test_names_with_hostile_content_stay_text(mailing: Place, catcher: Container) -> None:
    values = {"inviter": HOSTILE, "organisation": HOSTILE, "name": HOSTILE}
    await mailing.requested("invitation", values=values)

    await mailing.service.work()

    [told] = await asked(catcher, "GET", "/email")
    assert [one["address"] for one in told["envelope"]["to"]] == ["leon@zorg4you.example"]
    assert "bcc" not in told["headers"]
    assert '"de Beuker" Bcc: all@example.org <script>' in told["subject"]
    assert "<script" not in told["html"]
    assert "\u202e" not in told["subject"] + told["html"] + told["text"]


async def test_a_mail_server_that_was_away_gets_the_mail_when_it_is_back(mailing: Place, catcher: Container) -> None:
    await mailing.service.hear(mailing.a_grant())
    catcher.docker("stop", "--time=1")
    await mailing.service.work()
    [(state, reason)] = await mailing.state()
    assert (state, reason) in [("waiting", "SMTPConnectError"), ("waiting", "SMTPServerDisconnected")]
    [attempts] = [mail["attempts"] for mail in (await mailing.taco.get("/mails")).json()["items"]]
    assert attempts == 1

    catcher.docker("start")
    await until_ready(catcher)
    await mailing.service.work(overdue=True)

    assert await mailing.state() == [("sent", None)]
    assert len(await mailbox(catcher).mails("leon@zorg4you.example")) == 1


async def test_a_worker_that_dies_after_the_server_took_the_mail_sends_the_same_message_again(
    mailing: Place, catcher: Container
) -> None:
    await mailing.service.hear(mailing.a_grant())
    await die_before_commit(mailing)
    assert await mailing.state() == [("waiting", None)]

    await mailing.service.work()

    first, second = await asked(catcher, "GET", "/email")
    assert await mailing.state() == [("sent", None)]
    for same in ("headers", "subject", "text", "html"):
        assert first[same] == second[same]
    assert "message-id" in first["headers"]


@dataclass
class Script:
    """A mail server that says what it was told to say to recipients, and keeps what it took."""

    says: str = "250 ok"
    took: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 script\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                self.took.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(f"{self.says if verb == b'RCPT' else '250 ok'}\r\n".encode())
            if verb == b"QUIT":
                break
        writer.close()


@asynccontextmanager
async def scripted(databases: Databases, folder: Path, script: Script) -> AsyncIterator[Place]:
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, opened(databases, folder, smtp=f"127.0.0.1:{port}") as place:
        yield place


async def test_what_the_server_refuses_for_good_fails_and_can_be_sent_again_by_hand(
    documents_databases: Databases, tmp_path: Path
) -> None:
    script = Script("550 5.1.1 leon@zorg4you.example is unknown here")
    async with scripted(documents_databases, tmp_path, script) as place:
        await place.service.hear(place.a_grant())
        await place.service.work()
        assert await place.state() == [("failed", "smtp-550")]

        script.says = "250 ok"
        [mail] = (await place.taco.get("/mails")).json()["items"]
        again = await place.taco.post(f"/mails/{mail['id']}/_retry")
        assert (again.status_code, again.json()["state"]) == (202, "waiting")
        await place.service.work()

        assert await place.state() == [("sent", None)]
        assert len(script.took) == 1


async def test_what_the_server_cannot_take_now_is_tried_again(documents_databases: Databases, tmp_path: Path) -> None:
    script = Script("451 4.7.1 try later, leon@zorg4you.example")
    async with scripted(documents_databases, tmp_path, script) as place:
        await place.service.hear(place.a_grant())
        await place.service.work()
        [(state, reason)] = await place.state()
        assert state == "waiting"
        assert "leon" not in str(reason)

        script.says = "250 ok"
        await place.service.work(overdue=True)

        assert await place.state() == [("sent", None)]


async def test_a_mail_that_fails_as_often_as_allowed_has_failed(documents_databases: Databases, tmp_path: Path) -> None:
    async with scripted(documents_databases, tmp_path, Script("451 4.3.0 later")) as place:
        await place.service.hear(place.a_grant())
        async with place.service.service.work.made() as session, session.begin():
            await session.execute(text("update public.chunk set attempts = 99"))

        await place.service.work()

        [(state, _)] = await place.state()
        assert state == "failed"


async def test_kept_mail_is_forgotten_after_some_days(tmp_path: Path) -> None:
    letter = render("password-reset", "en", {"name": "Leon", "link": "http://keten.test/x"})
    kept = Kept(tmp_path)
    old, new = (
        compose(letter, id=new_id(), to="leon@example.org", mail_from="k@example.org", at=datetime.now(UTC))
        for _ in range(2)
    )
    await kept.deliver(old)
    past = time.time() - (KEPT_DAYS + 1) * 86400
    os.utime(tmp_path / f"{old.id}.eml", (past, past))

    await Kept(tmp_path).deliver(new)

    assert os.listdir(tmp_path) == [f"{new.id}.eml"]


async def die_before_commit(place: Place) -> None:
    """A worker with a short lease claims the mail, sends it, and is no more."""
    known = place.service.service.work
    works = WorkList("documents", known.made, list(known.works.values()), lease=0.01)
    claim = await works.claim()
    assert claim is not None
    died = asyncio.Event()

    class Dying:
        """What a worker has until it dies."""

        def __getattr__(self, name: str) -> object:
            if name == "finishing":
                died.set()
                raise BrokenPipeError
            return getattr(claim, name)

    with pytest.raises(BrokenPipeError):
        await known.works["mail"].run(Dying())  # type: ignore[arg-type]
    assert died.is_set()


async def until_ready(catcher: Container) -> None:
    for _ in range(300):
        try:
            if ENGINES["mail"].is_ready(catcher.host, catcher.port):
                await asked(catcher, "GET", "/email")
                return
        except (OSError, httpx.HTTPError):
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("the mail server does not come back")
