"""Photos of a dossier's members: beside the initials, through a link for one reader, asked again at use (SHR-17)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from access.testing import a_user
from contracts.identity import UserProfile, UserSuspended
from contracts.ids import UserId, new_id

from .builders import Place, ok, refused

PICTURE = b"\xff\xd8\xff a face"


@dataclass
class Identity:
    """Identity's internal routes, as this service asks for them."""

    photos: dict[str, bytes] = field(default_factory=dict)
    is_away: bool = False
    asked: list[httpx.Request] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.is_away:
            raise httpx.ConnectError("away")
        found = self.photos.get(request.url.path)
        return httpx.Response(404) if found is None else httpx.Response(200, content=found)


@pytest.fixture
def identity(place: Place) -> Iterator[Identity]:
    """Only what shows photos asks it: the keys of tokens were fetched before."""
    peers = place.service.service.runtime.peers
    before, made = peers.clients["identity"], Identity()

    def answer(request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(200, json=place.service.issuer.jwks())
            if request.url.path == "/jwks"
            else made.answer(request)
        )

    peers.clients["identity"] = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://identity")
    yield made
    peers.clients["identity"] = before


@dataclass
class Shared:
    """A dossier of Kracht, shared with Leon of Zorg 4 You, who shows a photo."""

    place: Place
    dossier_id: str
    photo_id: UUID

    async def members(self, asker: httpx.AsyncClient) -> dict[str, dict[str, object]]:
        found = await ok(asker.get(f"/dossiers/{self.dossier_id}/members"))
        return {one["userId"]: one for one in found["items"]}

    async def link(self, asker: httpx.AsyncClient, of: UserId) -> str:
        photo = (await self.members(asker))[str(of)]["photo"]
        assert isinstance(photo, dict)
        return str(photo["url"]).removeprefix("/dossier/v1")


@pytest.fixture
async def shared(place: Place, identity: Identity) -> Shared:
    made, photo_id = await place.dossier(), new_id()
    await place.share(made["dossierId"], "edit")
    await show(place, place.world.leon, photo_id)
    identity.photos[f"/photos/{photo_id}"] = PICTURE
    return Shared(place, made["dossierId"], photo_id)


async def show(place: Place, user_id: UserId, photo_id: UUID | None, *, version: int = 2) -> None:
    """As identity states it."""
    [*_, profile] = a_user(user_id, place.world.zorg, "Leon de Wit", "LW")
    assert isinstance(profile, UserProfile)
    await place.service.hear(profile.model_copy(update={"photo_id": photo_id}), version=version)


@pytest.mark.rule("SHR-17")
async def test_right_after_sharing_the_recipient_is_seen_with_his_photo(shared: Shared) -> None:
    place = shared.place
    members = await shared.members(place.taco)

    picture = await place.taco.get(await shared.link(place.taco, place.world.leon))

    assert members[str(place.world.leon)]["organisation"] == "Zorg 4 You"
    assert members[str(place.world.taco)]["photo"] is None, "his initials stand in"
    assert (picture.status_code, picture.content) == (200, PICTURE)
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.headers["cache-control"].startswith("private, max-age=2")
    again = await place.taco.get(str(picture.request.url), headers={"If-None-Match": picture.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.rule("SHR-17")
async def test_the_recipient_sees_photos_too_and_so_does_the_access_list(shared: Shared) -> None:
    place = shared.place
    taken = await place.leon.get(await shared.link(place.leon, place.world.leon))

    access = (await ok(place.taco.get(f"/dossiers/{shared.dossier_id}/access")))["items"]

    assert taken.content == PICTURE
    [leon] = [one for one in access if one["userId"] == str(place.world.leon)]
    assert (await place.taco.get(leon["photo"]["url"].removeprefix("/dossier/v1"))).content == PICTURE


@pytest.mark.rule("SHR-17")
async def test_a_link_is_of_no_use_to_anybody_else_and_only_for_five_minutes(shared: Shared) -> None:
    place = shared.place
    link = await shared.link(place.taco, place.world.leon)
    path = link.partition("?")[0]

    await refused(place.leon.get(link), 403, "link-expired")
    await refused(place.taco.get(path, params={"link": "1.none.x"}), 403, "link-expired")
    await refused(place.taco.get(path), 400, "input-invalid")
    runtime = place.service.service.runtime
    runtime.clock = lambda: datetime.now(UTC) + timedelta(minutes=5)
    await refused(place.taco.get(link), 403, "link-expired")


@pytest.mark.rule("SHR-12", "SHR-17")
async def test_whoever_lost_his_access_learns_nothing_whatever_his_link_says(shared: Shared) -> None:
    place = shared.place
    given = await place.share(shared.dossier_id, "edit", with_=place.world.lennart)
    lennart = place.of(place.world.lennart, place.world.zorg)
    link = await shared.link(lennart, place.world.leon)

    await place.withdraw(given)

    await refused(lennart.get(link), 404, "dossier-unknown")
    nobody = place.service.client()
    assert (await nobody.get(link)).status_code == 401


@pytest.mark.rule("SHR-17")
async def test_who_is_no_member_any_more_shows_no_photo(shared: Shared) -> None:
    place, path = shared.place, f"/dossiers/{shared.dossier_id}/access"
    link = await shared.link(place.taco, place.world.leon)
    [added, _] = a_user(place.world.leon, place.world.zorg, "Leon de Wit", "LW")
    suspended = UserSuspended(**added.model_dump() | {"status": "suspended"})
    then = datetime.now(UTC).isoformat()

    await place.service.hear(suspended, version=3)

    await refused(place.taco.get(link), 404, "member-photo-not-found")
    had = (await ok(place.taco.get(path, params={"at": then})))["items"]
    assert {one["name"]: one["photo"] for one in had} == {"Leon de Wit": None, "Taco Bakker": None}


@pytest.mark.rule("SHR-17")
async def test_a_replaced_or_removed_photo_is_gone_with_its_links(shared: Shared, identity: Identity) -> None:
    place = shared.place
    old, another = await shared.link(place.taco, place.world.leon), new_id()
    identity.photos = {f"/photos/{another}": b"\xff\xd8\xff another"}

    await refused(place.taco.get(old), 404, "member-photo-not-found")
    await show(place, place.world.leon, another, version=3)
    await refused(place.taco.get(old), 403, "link-expired")
    new = await shared.link(place.taco, place.world.leon)
    assert (await place.taco.get(new)).content == b"\xff\xd8\xff another"
    await show(place, place.world.leon, None, version=4)

    await refused(place.taco.get(new), 404, "member-photo-not-found")
    assert (await shared.members(place.taco))[str(place.world.leon)]["photo"] is None


async def test_a_photo_of_one_dossier_is_not_read_through_another(shared: Shared) -> None:
    place = shared.place
    other = await place.dossier()
    link = await shared.link(place.taco, place.world.leon)

    await refused(place.taco.get(link.replace(shared.dossier_id, other["dossierId"])), 404, "member-photo-not-found")
    await place.share(other["dossierId"], "view")
    await refused(place.taco.get(link.replace(shared.dossier_id, other["dossierId"])), 403, "link-expired")


async def test_identity_away_is_told_apart_from_no_photo(shared: Shared, identity: Identity) -> None:
    link = await shared.link(shared.place.taco, shared.place.world.leon)

    identity.is_away = True

    await refused(shared.place.taco.get(link), 503, "unavailable")


async def test_a_late_profile_does_not_bring_an_old_photo_back(shared: Shared) -> None:
    place = shared.place
    await show(place, place.world.leon, None, version=5)

    await show(place, place.world.leon, shared.photo_id, version=4)

    assert (await shared.members(place.taco))[str(place.world.leon)]["photo"] is None


@pytest.mark.rule("ALL-2")
async def test_looking_at_a_photo_is_a_line_of_the_access_log(shared: Shared) -> None:
    place = shared.place
    await place.taco.get(await shared.link(place.taco, place.world.leon))

    lines = (await ok(place.taco.get(f"/dossiers/{shared.dossier_id}/access-log")))["items"]

    assert lines[0]["action"] == "member_photo.read"
