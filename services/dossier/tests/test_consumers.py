"""What the service hears: twice is once, late is ignored, and what it received rests on how fresh that is."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from access.testing import a_user
from contracts.dossier import ClientRegistered
from contracts.identity import UserStatus, UserSuspended
from contracts.sharing import LevelDefined
from dossier.consumers import HANDLERS

from .builders import Place, ok, refused


@pytest.mark.rule("SHR-12")
async def test_a_late_given_does_not_revive_what_was_withdrawn(place: Place) -> None:
    made = await place.dossier()
    given = await place.share(made["dossierId"])
    await place.withdraw(given)

    await place.service.hear(given)

    await refused(place.leon.get(f"/dossiers/{made['dossierId']}"), 404)


@pytest.mark.rule("SHR-2")
async def test_a_suspended_user_is_told_so_and_gets_nothing(place: Place) -> None:
    made = await place.dossier()
    anna_id, anna = await place.colleague()
    await place.let_in(made["groupId"], anna_id, "manage")
    [added, _] = a_user(anna_id, place.world.kracht)

    await place.service.hear(UserSuspended(**added.model_dump() | {"status": UserStatus.SUSPENDED}), version=2)

    await refused(anna.get(f"/dossiers/{made['dossierId']}"), 403, "user-not-active")
    await refused(anna.get("/clients"), 403, "user-not-active")
    members = await ok(place.taco.get(f"/dossiers/{made['dossierId']}/members"))
    assert str(anna_id) not in str(members)


@pytest.mark.rule("BEY-16")
async def test_what_was_received_is_not_served_on_old_news_and_what_is_own_is(place: Place) -> None:
    made = await place.dossier()
    await place.share(made["dossierId"])
    async with place.as_worker() as session:
        await session.execute(text("update projection.freshness set at = now() - interval '2 minutes'"))

    await refused(place.leon.get(f"/dossiers/{made['dossierId']}"), 503)
    await ok(place.taco.get(f"/dossiers/{made['dossierId']}"))
    assert (await ok(place.taco.get("/clients")))["items"] != []


async def test_a_level_of_the_accounts_own_is_given_by_that_account_only(place: Place) -> None:
    group = await place.group()
    anna_id, anna = await place.colleague()
    night, foreign = uuid4(), uuid4()
    rights = frozenset({"reports:read", "reports:write"})
    for level_id, account_id in ((night, place.world.kracht), (foreign, place.world.zorg)):
        await place.service.hear(LevelDefined(level_id=level_id, account_id=account_id, code="night", rights=rights))
    path = f"/client-groups/{group}/access/{anna_id}"

    await refused(place.taco.put(path, json={"levelId": str(foreign)}), 409, "level-unknown")
    given = await ok(place.taco.put(path, json={"levelId": str(night)}))

    assert (given["level"], given["rights"]) == ("night", sorted(rights))
    dossier = f"/dossiers/{(await place.dossier(group))['dossierId']}"
    shown = await ok(anna.get(dossier))
    assert (shown["levels"], shown["rights"]) == (["night"], {"reports": ["read", "write"]})
    assert [name for name, section in shown["sections"].items() if section is not None] == ["reports"]


def test_own_facts_are_heard_too_so_that_a_rebuild_reads_them_from_the_log() -> None:
    assert ClientRegistered in HANDLERS
