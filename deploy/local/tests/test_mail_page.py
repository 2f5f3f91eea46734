"""The page of kept mail: for who knows its key, newest first, harmless whatever a mail holds."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from chassis.postgres import free_port
from contracts.ids import new_id
from documents.delivery import Kept, compose
from documents.letters import Rendered
from keten.mail_page import serve
from keten.mailbox import Mailbox, MailMissing
from keten.place import Place, Refusal
from keten.refusals import refuse_port
from keten.supervisor import port_of_mail_page

KEY = "sesam"


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "mail")


@pytest.fixture
def page(kept: Kept) -> Iterator[str]:
    server = serve(kept.folder, KEY, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def put(
    kept: Kept, to: str = "noor@example.org", *, subject: str = "Hello", text: str = "Hi", html: str = "<p>Hi"
) -> str:
    mail_id = new_id()
    letter = Rendered(subject=subject, text=text, html=html)
    outgoing = compose(letter, id=mail_id, to=to, mail_from="Keten <k@example.org>", at=datetime.now(UTC))
    asyncio.run(kept.deliver(outgoing))
    return str(mail_id)


def test_without_its_key_there_is_nothing(kept: Kept, page: str) -> None:
    mail = put(kept)

    for path in ("/", f"/{mail}", "/sesa/", f"/wrong/{mail}", "/wrong/mails.json"):
        assert httpx.get(page + path).status_code == 404
    assert httpx.post(f"{page}/wrong/mails/_search", json={"to": "noor@example.org"}).status_code == 404


def test_mails_are_listed_the_newest_first_and_shown_as_text_and_as_they_look(kept: Kept, page: str) -> None:
    assert "No mail yet" in httpx.get(f"{page}/{KEY}/").text
    first, second = put(kept, subject="First & <b>"), put(kept, subject="Second", text="one < two")

    listed = httpx.get(f"{page}/{KEY}/").text
    shown = httpx.get(f"{page}/{KEY}/{second}").text

    assert listed.index(second) < listed.index(first)
    assert "First &amp; &lt;b&gt;" in listed
    assert "one &lt; two" in shown
    assert f'src="/{KEY}/{second}/html"' in shown


def test_a_mail_can_do_nothing_to_who_looks_at_it(kept: Kept, page: str) -> None:
    mail = put(kept, html="<script>alert(1)</script><img src=http://elsewhere.example/x>")

    answer = httpx.get(f"{page}/{KEY}/{mail}/html")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "sandbox" in policy
    assert "allow-scripts" not in policy + httpx.get(f"{page}/{KEY}/{mail}").text
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["../secrets", "%2e%2e%2fsecrets", "nothing", "x/y", "mails/_search"])
def test_nothing_but_mails_is_found(kept: Kept, page: str, name: str) -> None:
    put(kept)
    (kept.folder.parent / "secrets.eml").write_text("Subject: secret\n\nsecret")

    answer = httpx.get(f"{page}/{KEY}/{name}")

    assert (answer.status_code, "secret" in answer.text) == (404, False)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"to": 1', b"x" * 5000])
def test_a_search_that_is_none_is_refused(page: str, body: bytes) -> None:
    assert httpx.post(f"{page}/{KEY}/mails/_search", content=body).status_code in (400, 404)


async def test_a_mailbox_waits_for_the_newest_mail_of_one_address(kept: Kept, page: str) -> None:
    mailbox = Mailbox(f"{page}/{KEY}/")
    await asyncio.to_thread(put, kept, text="Go on:\nhttp://keten.test/x?link=1\n")
    await asyncio.to_thread(put, kept, "other@example.org", text="Go on:\nhttp://keten.test/other\n")

    first = await mailbox.mail("Noor@example.org")
    waiting = asyncio.create_task(mailbox.link("noor@example.org", "Next", after=first))
    await asyncio.to_thread(put, kept, subject="The Next", text="Go on:\nhttp://keten.test/x?link=2\n")

    assert (first.link, await waiting) == ("http://keten.test/x?link=1", "http://keten.test/x?link=2")
    assert [mail.link for mail in await mailbox.mails("noor@example.org")] == [
        "http://keten.test/x?link=2",
        "http://keten.test/x?link=1",
    ]


async def test_a_mail_that_leads_nowhere_has_no_link(kept: Kept, page: str) -> None:
    await asyncio.to_thread(put, kept)

    with pytest.raises(MailMissing):
        await Mailbox(f"{page}/{KEY}").link("noor@example.org")


def test_programs_get_all_of_it(kept: Kept, page: str) -> None:
    mail = put(kept)

    [told] = json.loads(httpx.get(f"{page}/{KEY}/mails.json").text)

    assert (told["id"], told["to"], told["subject"], told["text"].strip()) == (mail, "noor@example.org", "Hello", "Hi")


def test_the_page_takes_the_port_that_was_named_or_the_next_one_or_any(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert port_of_mail_page(Place(tmp_path, port - 1, 18999)) == 18999
        assert port_of_mail_page(Place(tmp_path, port - 1)) not in (0, port)
        with pytest.raises(Refusal, match="KETEN_MAIL_PORT"):
            refuse_port(Place(tmp_path, free_port(), port))
    assert port_of_mail_page(Place(tmp_path, port - 1)) == port
