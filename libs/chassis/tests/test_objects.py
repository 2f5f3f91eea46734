"""The object store: one contract, both drivers; a real S3, which is also taken away."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from minio.error import S3Error
from urllib3 import HTTPResponse

from chassis.objects import ObjectMissing, ObjectNameInvalid, ObjectStore
from chassis.objects_directory import DirectoryObjects
from chassis.objects_s3 import S3Objects
from chassis.passwords import write_secret
from chassis.seams import ObjectStoreMissing, object_store
from chassis.settings import Settings
from chassis.testing.engines import ENGINES, S3_KEYS, Container, require, started
from contracts.ids import new_id

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


def s3_at(container: Container, bucket: str, *, patience: float = 20) -> S3Objects:
    """What is put into a bucket first takes the server a moment, on a busy machine more than one (seconds)."""
    access_key, secret_key = S3_KEYS
    at = f"http://{container.address}/{bucket}"
    return S3Objects(at, access_key=access_key, secret_key=secret_key, patience=patience)


@pytest.fixture(params=["directory", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    """Empty; its bucket or directory is not there yet."""
    if request.param == "directory":
        yield DirectoryObjects(tmp_path / "objects")
    else:
        yield s3_at(request.getfixturevalue("s3"), f"trial-{new_id().hex}")


async def test_what_was_put_is_what_is_got(store: ObjectStore) -> None:
    name, content = f"identity/photos/{new_id()}", os.urandom(300_000)

    await store.put(name, content, kind="image/webp")

    assert await store.get(name) == content


async def test_an_empty_object_is_one(store: ObjectStore) -> None:
    await store.put("documents/files/empty", b"", kind="text/plain")

    assert await store.get("documents/files/empty") == b""


async def test_what_is_put_again_takes_its_place(store: ObjectStore) -> None:
    await store.put("a/b", b"first and longer", kind="text/plain")
    await store.put("a/b", b"second", kind="text/plain")

    assert await store.get("a/b") == b"second"


async def test_what_is_not_there_is_missing(store: ObjectStore) -> None:
    with pytest.raises(ObjectMissing):
        await store.get("a/nothing")

    await store.put("a/b", b"1", kind="text/plain")
    for name in ("a/nothing", "a", "a/b/c"):
        with pytest.raises(ObjectMissing):
            await store.get(name)


async def test_what_is_removed_is_gone_and_may_be_removed_again(store: ObjectStore) -> None:
    await store.remove("a/b")
    await store.put("a/b", b"1", kind="text/plain")
    await store.put("a/c", b"2", kind="text/plain")

    for _ in range(2):
        await store.remove("a/b")

    with pytest.raises(ObjectMissing):
        await store.get("a/b")
    assert await store.get("a/c") == b"2"


async def test_names_are_told_by_prefix_and_age(store: ObjectStore) -> None:
    assert await store.names("a") == []
    for name in ("a/2", "a/b/1", "ab/1"):
        await store.put(name, b"1", kind="text/plain")

    async def all_are_told() -> list[str]:
        return list(await store.names("a"))

    # S3 tells an object's age in whole seconds.
    end = time.monotonic() + 5
    while await all_are_told() != ["a/2", "a/b/1"]:
        assert time.monotonic() < end
        await asyncio.sleep(0.05)
    assert await store.names("a", older_than=timedelta(hours=1)) == []
    assert await store.names("nothing") == []


@pytest.mark.parametrize(
    "name", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/..", "A", "a b", "a\n", "é", "a/.b", "a" * 513]
)
async def test_no_name_leads_out_of_the_store(store: ObjectStore, name: str) -> None:
    for asked in (store.put(name, b"1", kind="text/plain"), store.get(name), store.remove(name), store.names(name)):
        with pytest.raises(ObjectNameInvalid):
            await asked


async def test_many_at_once_do_not_disturb_one_another(store: ObjectStore) -> None:
    contents = [os.urandom(20_000) for _ in range(20)]

    await asyncio.gather(*(store.put(f"a/{n}", each, kind="image/webp") for n, each in enumerate(contents)))

    assert await asyncio.gather(*(store.get(f"a/{n}") for n in range(20))) == contents


async def test_who_reads_while_it_is_written_gets_one_or_the_other(tmp_path: Path) -> None:
    store = DirectoryObjects(tmp_path)
    old, new = b"o" * 1_000_000, b"n" * 1_000_000
    await store.put("a/b", old, kind="text/plain")

    writing = asyncio.gather(*(store.put("a/b", each, kind="text/plain") for each in (old, new) * 10))
    seen = [await store.get("a/b") for _ in range(20)]
    await writing

    assert set(seen) <= {old, new}


async def test_files_are_for_their_owner_alone_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    store = DirectoryObjects(tmp_path / "objects")

    await store.put("photos/1", b"1", kind="image/webp")

    found = [tmp_path / "objects", *(tmp_path / "objects").rglob("*")]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in found} == {
        "objects": 0o700,
        "photos": 0o700,
        "1": 0o600,
    }


async def test_a_store_that_forgot_its_bucket_for_a_moment_has_lost_nothing(
    s3: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has just come back: what it says of a bucket says nothing of what is in it."""
    store = s3_at(s3, f"trial-{new_id().hex}")
    await store.put("a/b", b"1", kind="text/plain")

    def unknown(*_: Any, **__: Any) -> Any:
        raise S3Error(HTTPResponse(status=404), "NoSuchBucket", None, None, None, None)

    for name in ("get_object", "remove_object", "list_objects"):
        monkeypatch.setattr(store._client, name, unknown)
    for asked in (store.get("a/b"), store.remove("a/b"), store.names("a")):
        with pytest.raises(ConnectionError):
            await asked
    monkeypatch.undo()

    assert await store.get("a/b") == b"1"


async def test_who_has_no_key_reads_nothing(s3: Container) -> None:
    bucket = f"trial-{new_id().hex}"
    await s3_at(s3, bucket).put("photos/1", b"1", kind="image/webp")
    other = S3Objects(f"http://{s3.address}/{bucket}", access_key=S3_KEYS[0], secret_key="guessed")

    async with httpx.AsyncClient() as anybody:
        assert (await anybody.get(f"http://{s3.address}/{bucket}/photos/1")).status_code == 403
    with pytest.raises(ConnectionError):
        await other.get("photos/1")


async def test_what_a_killed_process_left_is_no_object_and_goes_in_time(tmp_path: Path) -> None:
    store = DirectoryObjects(tmp_path)
    await store.put("a/b", b"1", kind="text/plain")
    left = tmp_path / "a" / ".unborn-1"
    left.write_bytes(b"half")

    assert await store.names("a") == ["a/b"]
    assert left.exists()
    hours_ago = time.time() - 7200
    os.utime(left, (hours_ago, hours_ago))
    await store.names("a")

    assert not left.exists()


async def test_a_full_disk_is_told_and_leaves_what_was(tmp_path: Path) -> None:
    store = DirectoryObjects(tmp_path)
    await store.put("a/b", b"1", kind="text/plain")
    (tmp_path / "c").write_bytes(b"in the way")

    with pytest.raises(OSError):  # noqa: PT011 - any of them: the caller knows no driver
        await store.put("c/d", b"2", kind="text/plain")

    assert await store.get("a/b") == b"1"


async def test_a_store_that_is_away_is_told_as_such_and_works_when_it_is_back(eventually: Eventually) -> None:
    require("s3")
    with started(ENGINES["s3"]) as container:
        await s3_at(container, "keten").put("a/b", b"1", kind="text/plain")
        store = s3_at(container, "keten", patience=1)
        await asyncio.to_thread(container.docker, "pause")
        asked = (store.put("a/c", b"2", kind="text/plain"), store.get("a/b"), store.remove("a/b"), store.names("a"))

        answers = await asyncio.gather(*asked, return_exceptions=True)

        assert {type(answer) for answer in answers} == {ConnectionError}
        await asyncio.to_thread(container.docker, "unpause")
        await s3_at(container, "keten").put("a/d", b"4", kind="text/plain")
        assert await store.get("a/d") == b"4"


def test_settings_choose_the_driver(tmp_path: Path) -> None:
    write_secret(tmp_path / "s3.json", '{"accessKey": "a", "secretKey": "b"}')
    told: dict[str, Any] = {
        "postgres": "h:1",
        "secrets": tmp_path,
        "policies": tmp_path,
        "public_url": "http://keten.test",
    }

    assert isinstance(object_store(Settings(**told, objects=tmp_path)), DirectoryObjects)
    assert isinstance(object_store(Settings(**told, objects=tmp_path, s3="http://s3:8333/keten")), S3Objects)
    with pytest.raises(ObjectStoreMissing):
        object_store(Settings(**told))
