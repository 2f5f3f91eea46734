"""Erased means gone: words are planted in all that people can fill in, and looked for in all that the platform keeps."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.services import SERVICES
from tests import kept
from tests.e2e.erasing import (
    Planted,
    a_client,
    an_organisation,
    compact_soon,
    done,
    erase_user,
    eventually_gone,
    found,
    seen,
)
from tests.e2e.operating import Operator
from tests.e2e.people import Founder, Platform


@pytest.fixture
def operator(platform: Platform, tmp_path: Path) -> Operator:
    return Operator(platform, tmp_path / "elsewhere")


async def test_what_is_erased_is_nowhere_any_more(
    platform: Platform,
    organisations: Founder,
    operator: Operator,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    if platform.data is None:
        await asyncio.to_thread(compact_soon)
    planted = Planted()
    house, owner = await an_organisation(organisations, planted)
    await a_client(organisations, house, owner, planted)
    there = await found(operator, planted.all)
    assert seen(there) == planted.all.all, "what is not there before shows nothing afterwards"
    record_property("planted", len(planted.all.all))
    record_property("before", len(there))
    assert seen(one for one in there if kept.is_object(one.place)) == {"content of a file", "photo"}
    backed_up = planted.all.find(await asyncio.to_thread(kept.backup, operator, planted.all, tmp_path / "before"))
    assert seen(backed_up) == planted.all.all

    dossier = f"/dossier/v1/dossiers/{planted.ids['dossier']}"
    etag = (await owner.http.get(dossier)).headers["ETag"]
    deleted = await owner.ask("DELETE", dossier, **{"If-Match": etag})
    ground = {"ground": "request-of-the-person"}
    erased = await owner.ask("POST", f"{dossier}/_erase", ground, **{"If-Match": deleted.headers["ETag"]})
    backed_up = planted.client.find(
        await asyncio.to_thread(kept.backup, operator, planted.client, tmp_path / "at once")
    )
    assert [str(one) for one in backed_up] == []
    await done(owner, erased)
    await eventually_gone(operator, planted.client)
    assert seen(await found(operator, planted.colleague)) == planted.colleague.all

    await owner.post(f"/identity/v1/users/{planted.ids['colleague']}/_remove")
    await done(owner, await erase_user(owner, planted.ids["colleague"]))
    await eventually_gone(operator, planted.colleague)

    erase = ["erase", "account", house, "--ground", "nothing-to-keep", "--reason", "request", "--yes"]
    ran = await asyncio.to_thread(operator.keten, *erase)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for service in SERVICES:
        assert f"{service}: nothing of it is left" in ran.stdout
    backed_up = planted.all.find(await asyncio.to_thread(kept.backup, operator, planted.all, tmp_path / "after"))
    assert [str(one) for one in backed_up] == []
    await eventually_gone(operator, planted.all)
    left = await found(operator, planted.all)
    record_property("found", len(backed_up) + len(left))
    assert [str(one) for one in left] == [], "what is gone stays gone"

    if platform.data is not None:
        await rebuilt_and_restarted(platform, operator, planted)


async def rebuilt_and_restarted(platform: Platform, operator: Operator, planted: Planted) -> None:
    """A rebuild reads the whole log and brings nothing back; and the disk of a platform that is stopped holds nothing."""
    for service in ("dossier", "sharing", "documents"):
        await operator.events("rebuild", service)
    await eventually_gone(operator, planted.all)
    assert (await asyncio.to_thread(operator.keten, "down")).returncode == 0
    try:
        assert [str(one) for one in planted.all.find(kept.files(operator, planted.all))] == []
    finally:
        ran = await asyncio.to_thread(operator.keten, "up")
        assert ran.returncode == 0, ran.stdout + ran.stderr
