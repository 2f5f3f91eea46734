"""Photos of users: sent as they are, made by long work, shown through links for one reader (SHR-17)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from chassis.work_crew import Crew
from contracts.ids import new_id
from identity.tasks import Sweeping
from identity.testing import IdentityUnderTest, Somebody

from .pictures import a_face, an_archive, decoded, encoded, with_notes

SignedIn = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def taco(identity: IdentityUnderTest) -> Somebody:
    """Owns an account."""
    return await identity.open_account()


@pytest.fixture
async def as_taco(taco: Somebody, signed_in: SignedIn) -> httpx.AsyncClient:
    return await signed_in(taco)


@pytest.fixture
async def lennart(identity: IdentityUnderTest, as_taco: httpx.AsyncClient) -> Somebody:
    """A member of Taco's account."""
    return await identity.colleague(as_taco)


@pytest.mark.rule("SHR-17")
async def test_a_photo_is_made_of_what_was_sent_and_shown_to_colleagues(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient, lennart: Somebody, signed_in: SignedIn
) -> None:
    sent = await as_taco.put(of(taco), content=with_notes(), headers={"Content-Type": "image/jpeg"})
    job = await as_taco.get(sent.headers["location"])
    await work(identity)

    done = (await as_taco.get(sent.headers["location"])).json()
    colleague = await signed_in(lennart)
    picture = await colleague.get((await listed(colleague, taco))["photo"]["url"])

    assert (sent.status_code, sent.json()["jobId"]) == (202, job.json()["id"])
    assert (job.json()["kind"], job.json()["state"], done["state"]) == ("photo", "open", "done")
    assert decoded(picture.content).size == (512, 512)
    assert b"Planted" not in picture.content
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"].startswith("private, max-age=2")
    assert picture.headers["x-content-type-options"] == "nosniff"
    known = {"If-None-Match": picture.headers["etag"]}
    assert (await colleague.get(str(picture.request.url), headers=known)).status_code == 304
    own = await as_taco.get((await as_taco.get("/identity/v1/users/me")).json()["photo"]["url"])
    detail = (await colleague.get(f"/identity/v1/users/{taco.user_id}")).json()
    assert own.content == picture.content == (await colleague.get(detail["photo"]["url"])).content


@pytest.mark.rule("SHR-17")
async def test_other_services_hear_of_it_and_may_have_the_picture(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    await show(identity, as_taco, taco)
    photo_id = await photo_of(identity, taco)

    picture = await identity.peer.get(f"/photos/{photo_id}")

    [*_, told] = await profiles(identity, taco)
    assert told["data"]["photoId"] == str(photo_id)
    assert told["sequence"] == str(await version_of(identity, taco))
    assert picture.content.startswith(b"\xff\xd8\xff")
    stranger = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=identity.service.internal), base_url="http://identity"
    )
    assert (await stranger.get(f"/photos/{photo_id}")).status_code == 401
    await stranger.aclose()
    assert (await identity.peer.get(f"/photos/{new_id()}")).status_code == 404


@pytest.mark.rule("SHR-17")
async def test_what_was_sent_is_not_kept(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    await show(identity, as_taco, taco)
    first = await photo_of(identity, taco)
    await show(identity, as_taco, taco)
    second = await photo_of(identity, taco)

    kept = await objects_of(identity, first, second)

    assert first != second
    assert kept == [f"identity/photos/{second}"], "neither the upload nor the photo before"


@pytest.mark.rule("SHR-17")
async def test_of_two_pictures_sent_at_once_the_later_is_shown(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    pictures = [encoded(a_face((600, 600))), encoded(a_face((600, 600)), "PNG")]

    sent = await asyncio.gather(*(as_taco.put(of(taco), content=picture) for picture in pictures))
    [awaited] = await identity.rows("select photo_awaited from app_user where id = :id", id=taco.user_id)
    await work(identity)

    assert [one.status_code for one in sent] == [202, 202]
    assert await photo_of(identity, taco) == awaited.photo_awaited
    states = [(await as_taco.get(one.headers["location"])).json()["state"] for one in sent]
    assert states == ["done", "done"]
    assert len(await profiles(identity, taco)) == 2, "the one of the beginning, and one for what is shown"


async def test_of_a_photo_that_the_store_does_not_have_whoever_operates_is_told(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    await show(identity, as_taco, taco)
    link = (await listed(as_taco, taco))["photo"]["url"]
    photo_id = await photo_of(identity, taco)
    [name] = await objects_of(identity, photo_id)
    await identity.service.api.state.setup.photos.store.remove(name)

    with capture_logs() as told:
        gone = await as_taco.get(link)

    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/photo-not-found")
    assert [line["object"] for line in told if line["event"] == "content_missing"] == [str(photo_id)]


@pytest.mark.rule("SHR-17")
async def test_only_oneself_sets_a_photo_and_a_manager_may_remove_it(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient, lennart: Somebody, signed_in: SignedIn
) -> None:
    as_lennart, as_stranger = await signed_in(lennart), await signed_in(await identity.open_account("Elders"))
    picture = encoded(a_face())

    assert (await as_taco.put(of(lennart), content=picture)).status_code == 403
    assert (await as_stranger.put(of(lennart), content=picture)).status_code == 404
    assert (await identity.browser().put(of(lennart), content=picture)).status_code == 401
    await show(identity, as_lennart, lennart)
    shown = await photo_of(identity, lennart)
    link = (await listed(as_taco, lennart))["photo"]["url"]
    assert (await as_lennart.delete(of(taco))).status_code == 403
    assert (await as_stranger.delete(of(lennart))).status_code == 404
    removed = await as_taco.delete(of(lennart))
    gone = await as_taco.get(link)
    await work(identity)

    assert removed.status_code == 204
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/photo-not-found")
    assert (await listed(as_taco, lennart))["photo"] is None
    assert (await profiles(identity, lennart))[-1]["data"]["photoId"] is None
    assert await objects_of(identity, shown) == []
    assert (await as_lennart.delete(of(lennart))).status_code == 204, "what is gone already is well"


@pytest.mark.rule("SHR-17")
async def test_a_link_is_for_one_reader_one_photo_and_five_minutes(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient, lennart: Somebody, signed_in: SignedIn
) -> None:
    await show(identity, as_taco, taco)
    as_lennart, as_stranger = await signed_in(lennart), await signed_in(await identity.open_account("Elders"))
    link = (await listed(as_taco, taco))["photo"]["url"]

    assert (await told(as_lennart.get(link))) == (403, "/problems/link-expired")
    assert (await told(as_stranger.get(link))) == (404, "/problems/user-not-found")
    assert (await told(identity.browser().get(link))) == (401, "/problems/unauthenticated")
    assert (await told(as_taco.get(of(taco)))) == (400, "/problems/input-invalid")
    assert (await as_taco.get(link)).status_code == 200
    await show(identity, as_taco, taco)
    assert (await told(as_taco.get(link))) == (403, "/problems/link-expired")
    link = (await listed(as_taco, taco))["photo"]["url"]
    identity.clock.ahead = timedelta(minutes=4)
    assert (await as_taco.get(link)).status_code == 200
    identity.clock.ahead = timedelta(minutes=5)
    assert (await told(as_taco.get(link))) == (403, "/problems/link-expired")


@pytest.mark.rule("SHR-2", "SHR-17")
async def test_who_is_suspended_shows_none_and_who_is_removed_has_none(
    identity: IdentityUnderTest, as_taco: httpx.AsyncClient, lennart: Somebody, signed_in: SignedIn
) -> None:
    as_lennart = await signed_in(lennart)
    await show(identity, as_lennart, lennart)
    photo_id, user = await photo_of(identity, lennart), f"/identity/v1/users/{lennart.user_id}"
    link = (await listed(as_taco, lennart))["photo"]["url"]

    await as_taco.post(f"{user}/_suspend")
    assert (await listed(as_taco, lennart))["photo"] is None
    assert (await as_taco.get(link)).status_code == 404
    assert (await identity.peer.get(f"/photos/{photo_id}")).status_code == 404
    await as_taco.post(f"{user}/_resume")
    assert (await as_taco.get(link)).status_code == 200
    removed = await as_taco.post(f"{user}/_remove")
    await work(identity)

    assert removed.status_code == 204
    assert (await as_taco.get(link)).status_code == 404
    assert (await profiles(identity, lennart))[-1]["data"]["photoId"] is None
    assert await objects_of(identity, photo_id) == []


@pytest.mark.rule("SHR-17")
async def test_a_picture_on_its_way_when_its_person_is_removed_is_not_shown(
    identity: IdentityUnderTest, as_taco: httpx.AsyncClient, lennart: Somebody, signed_in: SignedIn
) -> None:
    as_lennart = await signed_in(lennart)
    await as_lennart.put(of(lennart), content=encoded(a_face()))
    [row] = await identity.rows("select photo_awaited from app_user where id = :id", id=lennart.user_id)
    await as_taco.post(f"/identity/v1/users/{lennart.user_id}/_remove")

    await work(identity)

    assert await photo_of(identity, lennart) is None
    assert await objects_of(identity, row.photo_awaited) == []


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        (b"", 400, "photo-missing"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 400, "photo-of-another-kind"),
        (encoded(a_face()) + an_archive(), 400, "photo-hides-more"),
        (b"\xff\xd8\xff" + bytes(8 * 1024 * 1024), 413, "too-large"),
    ],
)
async def test_what_is_no_photo_is_refused_at_once(
    taco: Somebody, as_taco: httpx.AsyncClient, content: bytes, status: int, problem: str
) -> None:
    declared = {"Content-Type": "image/jpeg"}

    assert await told(as_taco.put(of(taco), content=content, headers=declared)) == (status, f"/problems/{problem}")


async def test_the_limit_is_of_this_route_alone_and_counts_what_comes(
    taco: Somebody, as_taco: httpx.AsyncClient, identity: IdentityUnderTest
) -> None:
    async def unending() -> Any:
        for _ in range(9):
            yield bytes(1024 * 1024)

    large = encoded(a_face((1400, 1400)), "PNG", compress_level=0)

    assert len(large) > 4 * 1024 * 1024
    assert (await as_taco.put(of(taco), content=large)).status_code == 202
    assert (await as_taco.put(of(taco), content=unending())).status_code == 413
    assert (await as_taco.patch("/identity/v1/users/me", content=large)).status_code == 413
    await work(identity)


async def test_what_a_picture_is_decides_its_content_and_not_what_is_said_of_it(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    said = {"Content-Type": "text/html"}

    await as_taco.put(of(taco), content=encoded(a_face(), "WEBP"), headers=said)
    await work(identity)

    picture = await as_taco.get((await listed(as_taco, taco))["photo"]["url"])
    assert picture.headers["content-type"] == "image/jpeg"


@pytest.mark.rule("SHR-17")
async def test_a_picture_that_cannot_be_read_fails_with_a_code_and_a_sentence(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    await show(identity, as_taco, taco)
    before = await photo_of(identity, taco)
    sent = await as_taco.put(of(taco), content=encoded(a_face())[:-3000])
    [row] = await identity.rows("select photo_awaited from app_user where id = :id", id=taco.user_id)

    await work(identity)

    dutch = await as_taco.get(sent.headers["location"], headers={"Accept-Language": "nl"})
    job = (await as_taco.get(sent.headers["location"])).json()
    assert (job["state"], job["reasons"]) == ("failed", ["photo-unreadable"])
    assert job["details"][0].startswith("This picture cannot be read")
    assert dutch.json()["details"][0].startswith("Deze afbeelding is niet te lezen")
    assert await photo_of(identity, taco) == before, "he shows what he showed before"
    assert await objects_of(identity, row.photo_awaited) == []


async def test_the_store_away_is_told_and_the_work_goes_on_when_it_is_back(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    store = _Away(identity.service.api.state.setup.photos.store)
    photos = identity.service.api.state.setup.photos
    object.__setattr__(photos, "store", store)

    store.is_away = True
    refused = await as_taco.put(of(taco), content=encoded(a_face()))
    store.is_away = False
    sent = await as_taco.put(of(taco), content=encoded(a_face()))
    store.is_away = True
    await work(identity)
    waiting = (await as_taco.get(sent.headers["location"])).json()
    store.is_away = False
    await work(identity, overdue=True)

    assert refused.status_code == 503
    assert (waiting["state"], waiting["reasons"]) == ("open", ["ConnectionError"])
    assert (await as_taco.get(sent.headers["location"])).json()["state"] == "done"


async def test_an_upload_that_no_commit_followed_is_swept(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    photos = identity.service.api.state.setup.photos
    orphan = await photos.keep_upload(encoded(a_face()))
    await photos.store.put(f"identity/photos/{orphan}", b"made", kind="image/jpeg")
    await show(identity, as_taco, taco)
    shown = await photo_of(identity, taco)
    await photos.store.put(f"identity/uploads/{shown}", b"left over", kind="image/jpeg")
    sweeping = Sweeping(identity.service.work.made, photos)

    await sweeping.sweep()
    assert len(await objects_of(identity, orphan)) == 2, "it may still be on its way"
    await sweeping.sweep(older_than=timedelta())

    assert await objects_of(identity, orphan) == []
    assert await objects_of(identity, shown) == [f"identity/photos/{shown}"]


async def test_an_upload_that_somebody_waits_for_is_not_swept_however_long_it_takes(
    identity: IdentityUnderTest, taco: Somebody, as_taco: httpx.AsyncClient
) -> None:
    sent = await as_taco.put(of(taco), content=encoded(a_face()))

    await Sweeping(identity.service.work.made, identity.service.api.state.setup.photos).sweep(older_than=timedelta())
    await work(identity)

    job = (await as_taco.get(sent.headers["location"])).json()
    assert (job["state"], job["reasons"]) == ("done", [])


async def test_a_picture_that_comes_too_slowly_is_refused(
    taco: Somebody, as_taco: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dripping() -> Any:
        yield b"\xff\xd8\xff"
        await asyncio.Event().wait()

    monkeypatch.setattr("identity.api.photos._PATIENCE", 0.05)

    assert await told(as_taco.put(of(taco), content=dripping())) == (408, "/problems/photo-too-slow")


class _Away:
    """A store that can be away."""

    def __init__(self, store: Any) -> None:
        self._store, self.is_away = store, False

    def __getattr__(self, name: str) -> Any:
        if self.is_away:
            raise ConnectionError("away")
        return getattr(self._store, name)


def of(somebody: Somebody) -> str:
    return f"/identity/v1/users/{somebody.user_id}/photo"


async def show(identity: IdentityUnderTest, client: httpx.AsyncClient, who: Somebody) -> None:
    """Somebody sends a picture, and it is made."""
    sent = await client.put(of(who), content=encoded(a_face((600, 600))))
    assert sent.status_code == 202, sent.text
    await work(identity)


async def work(identity: IdentityUnderTest, *, overdue: bool = False) -> None:
    """All long work that is due, and what that leads to."""
    if overdue:
        async with identity.service.work.made() as session, session.begin():
            await session.execute(text("update public.chunk set due_at = now() where state = 'waiting'"))
    await Crew([identity.service.work]).drain()


async def told(asked: Awaitable[httpx.Response]) -> tuple[int, str]:
    """The status and the problem of a refusal."""
    answer = await asked
    return answer.status_code, answer.json()["type"]


async def listed(client: httpx.AsyncClient, who: Somebody) -> dict[str, Any]:
    users: list[dict[str, Any]] = (await client.get("/identity/v1/users")).json()["items"]
    return next(one for one in users if one["id"] == str(who.user_id))


async def photo_of(identity: IdentityUnderTest, who: Somebody) -> UUID | None:
    [row] = await identity.rows("select photo_id from app_user where id = :id", id=who.user_id)
    found: UUID | None = row.photo_id
    return found


async def version_of(identity: IdentityUnderTest, who: Somebody) -> int:
    [row] = await identity.rows("select version from app_user where id = :id", id=who.user_id)
    return int(row.version)


async def profiles(identity: IdentityUnderTest, who: Somebody) -> list[dict[str, Any]]:
    """What was said of a user on the private topic, oldest first."""
    asked = "select body::jsonb as body from outbox where key = :key and type like '%user-profile%' order by seq"
    return [row.body for row in await identity.rows(asked, key=who.user_id)]


async def objects_of(identity: IdentityUnderTest, *photo_ids: UUID | None) -> list[str]:
    """What the store holds under these ids."""
    kept = await identity.service.api.state.setup.photos.store.names("identity")
    return [name for name in kept if name.rpartition("/")[2] in map(str, photo_ids)]
