"""Files of a dossier over HTTP: who adds, reads and removes them, and what becomes of their content."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import event, text
from structlog.testing import capture_logs

from access.testing import a_dossier
from chassis.database import acting_for
from chassis.databases import Databases
from contracts.dossier import DossierArchived, DossierStatus
from contracts.ids import DossierId, new_id
from documents.domain.file import LARGEST
from documents.tasks import Sweeping

from .builders import Place, body, ok, opened, refused
from .files import DOCX, PDF, TEXT


async def a_file(place: Place, content: bytes = PDF, name: str = "Care plan.pdf", **by: Any) -> dict[str, Any]:
    """Taco adds a file to the dossier."""
    client = by.get("by", place.taco)
    announced = await ok(client.post("/files", json={"dossierId": str(place.world.dossier), "name": name}), 201)
    sent: dict[str, Any] = await ok(client.put(f"/files/{announced['id']}/content", content=content))
    return sent


def download(client: httpx.AsyncClient, file: dict[str, Any]) -> Any:
    return client.get(file["content"]["url"].removeprefix("/documents/v1"))


async def test_a_file_is_announced_sent_listed_and_read(place: Place) -> None:
    file = await a_file(place)

    [listed] = (await ok(place.taco.get(f"/files?dossierId={place.world.dossier}")))["items"]
    answer = await download(place.taco, listed)

    assert listed == file | {"content": ANY}
    assert (file["name"], file["kind"], file["size"]) == ("Care plan.pdf", "application/pdf", len(PDF))
    assert file["author"]["name"] == "Taco Bakker"
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Care plan.pdf\"; filename*=UTF-8''Care%20plan.pdf"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "shown", "in_full"),
    [
        ("Verslag één.txt", "Verslag __n.txt", "Verslag%20%C3%A9%C3%A9n.txt"),
        ("a; filename=x.txt", "a; filename=x.txt", "a%3B%20filename%3Dx.txt"),
        ('a" b%20\\c.html', "c.html.txt", "c.html.txt"),
        ("page.html", "page.html.txt", "page.html.txt"),
    ],
)
async def test_a_name_gets_nobody_into_a_header_or_a_browser(place: Place, name: str, shown: str, in_full: str) -> None:
    file = await a_file(place, b"<script>alert(1)</script>", name)

    answer = await download(place.taco, file)

    assert answer.headers["Content-Disposition"] == f"attachment; filename=\"{shown}\"; filename*=UTF-8''{in_full}"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_name_that_is_too_long_or_shows_nothing_is_refused(place: Place) -> None:
    asked = {"dossierId": str(place.world.dossier)}

    await refused(place.taco.post("/files", json=asked | {"name": "x" * 300}), 400, "input-invalid")
    await refused(place.taco.post("/files", json=asked | {"name": "../\u202e"}), 400, "file-name-empty")


async def test_what_cannot_be_kept_is_refused_and_the_place_stays(place: Place) -> None:
    asked = {"dossierId": str(place.world.dossier), "name": "x.pdf"}
    announced = await ok(place.taco.post("/files", json=asked), 201)
    path = f"/files/{announced['id']}/content"

    await refused(place.taco.put(path, content=b"MZ\x90\x00"), 400, "file-kind-refused")
    await refused(place.taco.put(path, content=b""), 400, "file-empty")
    await refused(place.taco.put(path, content=b"x" * (LARGEST + 1)), 413, "too-large")
    assert announced["content"] is None
    assert (await ok(place.taco.get(f"/files?dossierId={place.world.dossier}")))["items"] == []

    assert (await ok(place.taco.put(path, content=DOCX)))["name"] == "x.pdf.docx"


async def test_a_large_file_is_kept_whole(place: Place) -> None:
    content = (TEXT * (LARGEST // len(TEXT)))[:LARGEST]

    file = await a_file(place, content)

    assert (await download(place.taco, file)).content == content


async def test_a_file_does_not_change(place: Place) -> None:
    file = await a_file(place)
    path = f"/files/{file['id']}/content"

    again = await ok(place.taco.put(path, content=PDF))

    assert again["version"] == file["version"]
    await refused(place.taco.put(path, content=TEXT), 409, "file-has-content")
    assert len(await facts(place)) == 1


async def test_of_two_contents_at_once_one_is_kept_whole(place: Place) -> None:
    asked = {"dossierId": str(place.world.dossier), "name": "x.txt"}
    announced = await ok(place.taco.post("/files", json=asked), 201)
    path, contents = f"/files/{announced['id']}/content", [TEXT * n for n in range(1, 5)]

    answers = await asyncio.gather(*(place.taco.put(path, content=content) for content in contents))

    kept = [content for content, answer in zip(contents, answers, strict=True) if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 409}
    file = await ok(place.taco.get(f"/files/{announced['id']}"))
    assert [(await download(place.taco, file)).content] == kept
    await sweeper(place).sweep(older_than=timedelta())
    assert len(objects(place)) == 1


@pytest.mark.rule("SHR-10", "SHR-21")
async def test_who_may_write_documents_adds_and_removes_files_and_who_may_read_them_reads(place: Place) -> None:
    await place.service.hear(place.a_grant("view"))
    mine = await a_file(place)

    read = await ok(place.leon.get(f"/files/{mine['id']}"))
    assert (await download(place.leon, read)).content == PDF
    asked = {"dossierId": str(place.world.dossier), "name": "x.pdf"}
    await refused(place.leon.post("/files", json=asked), 403, "forbidden")
    await refused(place.leon.put(f"/files/{mine['id']}/content", content=PDF), 403, "forbidden")
    await refused(place.leon.delete(f"/files/{mine['id']}"), 403, "forbidden")

    await place.service.hear(place.a_grant("edit", recipient_id=place.world.lennart))
    theirs = await a_file(place, by=place.lennart)
    await ok(place.lennart.delete(f"/files/{theirs['id']}"), 204)


@pytest.mark.rule("SHR-4", "SHR-20")
async def test_a_file_is_not_there_for_anybody_else(place: Place) -> None:
    file = await a_file(place)
    _, outsider = await place.colleague()
    nothing = await place.leon.get(f"/files/{new_id()}")

    for reader in (place.leon, outsider):
        hidden = await refused(reader.get(f"/files/{file['id']}"), 404, "file-unknown")
        assert hidden == nothing.json()
        await refused(download(reader, file), 404, "file-unknown")
        await refused(reader.delete(f"/files/{file['id']}"), 404, "file-unknown")
        await refused(reader.put(f"/files/{file['id']}/content", content=PDF), 404, "file-unknown")
        await refused(reader.get(f"/files?dossierId={place.world.dossier}"), 404, "dossier-unknown")


@pytest.mark.rule("SHR-12")
async def test_a_link_is_for_one_reader_for_five_minutes_and_as_long_as_he_may(place: Place) -> None:
    grant = place.a_grant("view")
    await place.service.hear(grant, place.a_grant("view", recipient_id=place.world.lennart))
    file = await a_file(place)
    mine = await ok(place.leon.get(f"/files/{file['id']}"))

    await refused(download(place.lennart, mine), 403, "link-expired")
    path = f"/files/{file['id']}/content"
    forged = mine["content"]["url"].partition("?link=")[2][:-2] + "xx"
    await refused(place.leon.get(f"{path}?link={forged}"), 403, "link-expired")
    await refused(place.leon.get(f"{path}?link=forged"), 400, "input-invalid")
    await refused(place.leon.get(path), 400, "input-invalid")
    await refused(download(place.service.client(), mine), 401, "unauthenticated")
    place.clock.forward(minutes=5)
    await refused(download(place.leon, mine), 403, "link-expired")
    again = await ok(place.leon.get(f"/files/{file['id']}"))
    await place.withdraw(grant)
    await refused(download(place.leon, again), 404, "file-unknown")


async def test_an_archived_dossier_is_read_and_not_written(place: Place) -> None:
    file = await a_file(place)
    world = place.world
    archived = a_dossier(world.dossier, world.kracht, group=world.group, client=world.client).model_dump()
    await place.service.hear(DossierArchived(**archived | {"status": DossierStatus.ARCHIVED}), version=2)

    assert (await download(place.taco, file)).content == PDF
    asked = {"dossierId": str(world.dossier), "name": "x.pdf"}
    await refused(place.taco.post("/files", json=asked), 409, "dossier-is-archived")
    await refused(place.taco.delete(f"/files/{file['id']}"), 409, "dossier-is-archived")


async def test_a_removed_file_leaves_neither_its_name_nor_its_content(place: Place) -> None:
    file = await a_file(place, name="Mevrouw de Vries.pdf")
    assert len(objects(place)) == 1

    await ok(place.taco.delete(f"/files/{file['id']}"), 204)
    await refused(download(place.taco, file), 404, "file-unknown")
    await place.service.work()

    assert objects(place) == []
    await refused(place.taco.delete(f"/files/{file['id']}"), 404, "file-unknown")
    await refused(place.taco.put(f"/files/{file['id']}/content", content=PDF), 404, "file-unknown")
    [row] = await place.rows(f"select name, status, removed_by from public.file where id = '{file['id']}'")
    assert tuple(row) == ("", "removed", place.world.taco)


async def test_a_file_whose_content_the_store_does_not_have_is_not_said_to_be_unknown(place: Place) -> None:
    """Nobody removed it: who reads asks again, and who operates is told."""
    file = await a_file(place)
    [content] = objects(place)
    before = counted()
    aside = content.rename(place.folder / "aside")

    with capture_logs() as told:
        await refused(download(place.taco, file), 503, "unavailable")
    aside.rename(content)

    assert [(line["event"], line["object"]) for line in told if line["log_level"] == "error"] == [
        ("content_missing", content.name)
    ]
    assert counted() == before + 1
    assert (await download(place.taco, file)).content == PDF


@pytest.mark.rule("ALL-2")
async def test_whatever_is_done_with_a_file_is_in_the_log_and_stated_without_its_name(place: Place) -> None:
    file = await a_file(place, name="Mevrouw de Vries.pdf")
    await download(place.taco, file)
    await refused(download(place.leon, file), 404, "file-unknown")
    await ok(place.taco.delete(f"/files/{file['id']}"), 204)

    subject = f"subject_id = '{place.world.dossier}'"
    lines = await place.rows(f"select action, outcome from public.access_log_line where {subject} order by seq")
    stated = await facts(place)

    assert [tuple(line) for line in lines] == [
        ("file.add", "allowed"),
        ("file.add", "allowed"),
        ("file.download", "allowed"),
        ("file.download", "denied"),
        ("file.remove", "allowed"),
    ]
    assert [kind for kind, _ in stated] == ["nl.keten.documents.file-added.v1", "nl.keten.documents.file-removed.v1"]
    assert "Vries" not in str(stated)


async def test_what_no_commit_followed_is_swept_up_and_nothing_else(place: Place) -> None:
    file = await a_file(place)
    asked = {"dossierId": str(place.world.dossier), "name": "x.pdf"}
    announced = await ok(place.taco.post("/files", json=asked), 201)
    files = place.service.service.api.state.files
    orphan = await files.keep(PDF, kind="application/pdf")
    sweeping = sweeper(place)

    await sweeping.sweep()
    assert len(objects(place)) == 2
    place.clock.forward(days=2)
    await sweeping.sweep(older_than=timedelta())

    assert (await download(place.taco, await ok(place.taco.get(f"/files/{file['id']}")))).content == PDF
    assert str(orphan) not in str(objects(place))
    await refused(place.taco.get(f"/files/{announced['id']}"), 404, "file-unknown")


async def test_while_the_store_is_away_nothing_is_written_and_it_is_said(
    documents_databases: Databases, tmp_path: Path
) -> None:
    (tmp_path / "objects").write_text("no directory")
    async with opened(documents_databases, tmp_path) as place:
        asked = {"dossierId": str(place.world.dossier), "name": "x.pdf"}
        announced = await ok(place.taco.post("/files", json=asked), 201)
        path = f"/files/{announced['id']}/content"
        await refused(place.taco.put(path, content=PDF), 503, "unavailable")
        (tmp_path / "objects").unlink()

        file = await ok(place.taco.put(path, content=PDF))

        assert (await download(place.taco, file)).content == PDF


async def test_the_database_itself_shows_no_file_of_a_dossier_that_the_reader_does_not_reach(place: Place) -> None:
    await a_file(place)
    other = DossierId(new_id())
    await place.service.hear(a_dossier(other, place.world.zorg))

    async def seen(user_id: Any) -> int:
        async with place.service.service.runtime.made() as session:
            tell = acting_for(str(user_id), session_id="x", staleness=60)
            event.listen(session.sync_session, "after_begin", tell)
            return int(
                await session.scalar(
                    text(f"select count(*) from public.file where dossier_id = '{place.world.dossier}'")
                )
            )

    assert (await seen(place.world.taco), await seen(place.world.leon), await seen(new_id())) == (1, 0, 0)


async def test_a_list_comes_in_pages(place: Place) -> None:
    made = [(await a_file(place, TEXT * n, f"{n}.txt"))["id"] for n in range(1, 4)]

    first = await place.taco.get(f"/files?dossierId={place.world.dossier}&limit=2")
    last = await place.taco.get(first.links["next"]["url"].removeprefix("/documents/v1"))

    shown = [file["id"] for file in body(first, 200)["items"] + body(last, 200)["items"]]
    assert shown == made[::-1]


async def facts(place: Place) -> list[tuple[str, str]]:
    rows = await place.rows(f"select type, body from public.outbox where key = '{place.world.dossier}' order by seq")
    return [(row.type, row.body) for row in rows if ".file-" in row.type]


def counted() -> float:
    """How often a content was missing; it is counted from the start."""
    count = REGISTRY.get_sample_value("keten_content_missing_total", {"service": "documents"})
    assert count is not None
    return count


def objects(place: Place) -> list[Path]:
    return [path for path in (place.folder / "objects").rglob("*") if path.is_file()]


def sweeper(place: Place) -> Sweeping:
    service = place.service.service
    return Sweeping(service.work.made, service.api.state.files, place.clock)
