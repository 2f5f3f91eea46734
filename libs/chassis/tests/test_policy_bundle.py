"""The policies as OPA takes them: always the same archive, and none that was not signed with our key."""

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from chassis.decisions_opa import Opa
from chassis.new_keys import make_keys
from chassis.policy_bundle import PATH, PolicyBundle, Revision, RevisionUnreadable, bundle_server, revision_of
from chassis.policy_bundle import signed_bundle as signed
from chassis.testing.engines import Container
from chassis.testing.policies import PolicyServer, opa, policy_server

CLOSED = 'package keten.door\n\nimport rego.v1\n\ndecision := {"allow": false}\n'
OPEN = CLOSED.replace("false", "true")

Files = dict[str, bytes]


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return a_directory(tmp_path / "policies", CLOSED)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    make_keys(tmp_path / "secrets")
    return tmp_path / "secrets"


def a_directory(directory: Path, door: str) -> Path:
    (directory / "keten").mkdir(parents=True)
    (directory / "data.json").write_text('{"keten": {"é": ["<b>", 1], "a": {}}}', encoding="utf-8")
    (directory / "keten" / "door.rego").write_text(door)
    (directory / "keten" / "door_test.rego").write_text("package keten.door_test\n")
    return directory


def unpacked(content: bytes) -> Files:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive.getmembers()}  # type: ignore[union-attr]


def packed(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return held.getvalue()


def test_the_same_policies_make_the_same_archive_but_for_the_signature(policies: Path, secrets: Path) -> None:
    one, other = signed(policies, secrets), signed(Path(shutil.copytree(policies, policies.parent / "copy")), secrets)

    without = [{name: data for name, data in unpacked(b.content).items() if name[1:4] != "sig"} for b in (one, other)]
    assert without[0] == without[1]
    assert (one.revision, one.tag) == (other.revision, other.tag)
    assert gzip.decompress(one.content)[:11] == b".manifest\0\0"


def test_a_bundle_has_policies_and_their_data_and_no_tests(policies: Path, secrets: Path) -> None:
    files = unpacked(signed(policies, secrets).content)

    assert set(files) == {".manifest", ".signatures.json", "data.json", "keten/door.rego"}
    assert json.loads(files["data.json"]) == json.loads((policies / "data.json").read_text())
    assert json.loads(files[".manifest"]) == {
        "revision": str(revision_of(policies)),
        "roots": ["keten"],
        "rego_version": 1,
    }


def test_a_revision_is_of_what_the_policies_say(policies: Path) -> None:
    before = revision_of(policies)

    (policies / "keten" / "door_test.rego").write_text("package keten.door_test\n\nimport rego.v1\n")
    assert revision_of(policies) == before
    (policies / "keten" / "door.rego").write_text(OPEN)
    assert revision_of(policies) != before
    assert Revision.read(str(before)) == before


@pytest.mark.parametrize("text", ["", "1", "1.", ".abc", "one.abc", "².abc", "-1.abc"])
def test_what_is_no_revision_is_not_read(text: str) -> None:
    with pytest.raises(RevisionUnreadable):
        Revision.read(text)


def test_another_key_makes_another_tag(policies: Path, secrets: Path, tmp_path: Path) -> None:
    make_keys(tmp_path / "others")

    assert signed(policies, tmp_path / "others").tag != signed(policies, secrets).tag


def test_without_a_key_nothing_is_served(policies: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        signed(policies, tmp_path)


async def test_a_bundle_is_sent_only_to_who_has_another(policies: Path, secrets: Path) -> None:
    bundle = signed(policies, secrets)
    transport = httpx.ASGITransport(app=bundle_server(bundle))
    async with httpx.AsyncClient(transport=transport, base_url="http://policies") as client:
        first = await client.get(PATH)
        again = await client.get(PATH, headers={"If-None-Match": f'"1.before", {first.headers["ETag"]}'})
        other = await client.get(PATH, headers={"If-None-Match": '"1.before"'})

        assert (first.status_code, first.content) == (200, bundle.content)
        assert (again.status_code, again.content) == (304, b"")
        assert other.status_code == 200
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/bundle.json")).status_code == 404


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def good(kept: Path) -> PolicyBundle:
    make_keys(kept / "secrets")
    return signed(a_directory(kept / "closed", CLOSED), kept / "secrets")


@pytest.fixture(scope="module")
def serving(good: PolicyBundle) -> Iterator[PolicyServer]:
    with policy_server() as serving:
        serving.bundle = good
        yield serving


@pytest.fixture(scope="module")
def container(serving: PolicyServer, kept: Path) -> Iterator[Container]:
    with opa(serving, kept / "secrets") as container:
        yield container


def _unsigned(files: Files) -> Files:
    return {name: content for name, content in files.items() if name != ".signatures.json"}


def _with_no_signature_in_it(files: Files) -> Files:
    return {**files, ".signatures.json": b'{"signatures":[]}'}


def _with_another_policy(files: Files) -> Files:
    return {**files, "keten/door.rego": OPEN.encode()}


def _with_other_data(files: Files) -> Files:
    return {**files, "data.json": b'{"keten":{}}'}


def _with_another_revision(files: Files) -> Files:
    return {**files, ".manifest": files[".manifest"].replace(b"1.", b"2.")}


def _with_one_more_policy(files: Files) -> Files:
    return {**files, "keten/more.rego": OPEN.replace("keten.door", "keten.more").encode()}


def _without_a_policy(files: Files) -> Files:
    return {name: content for name, content in files.items() if name != "keten/door.rego"}


@pytest.mark.parametrize(
    "changed",
    [
        _unsigned,
        _with_no_signature_in_it,
        _with_another_policy,
        _with_other_data,
        _with_another_revision,
        _with_one_more_policy,
        _without_a_policy,
    ],
)
async def test_opa_goes_on_with_what_it_had_when_a_bundle_was_tampered_with(
    changed: Callable[[Files], Files],
    serving: PolicyServer,
    container: Container,
    good: PolicyBundle,
    eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
) -> None:
    tampered = replace(good, content=packed(changed(unpacked(good.content))), tag='"tampered"')

    await _refused(tampered, serving, container, eventually)

    await _still_closed(container, good)


async def test_opa_takes_no_bundle_signed_by_somebody_else(
    serving: PolicyServer,
    container: Container,
    good: PolicyBundle,
    kept: Path,
    tmp_path: Path,
    eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
) -> None:
    make_keys(tmp_path / "others")

    await _refused(signed(a_directory(tmp_path / "open", OPEN), tmp_path / "others"), serving, container, eventually)

    await _still_closed(container, good)


async def test_opa_takes_a_new_bundle_with_our_signature_by_itself(
    serving: PolicyServer,
    container: Container,
    good: PolicyBundle,
    kept: Path,
    tmp_path: Path,
    eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
) -> None:
    point = Opa(f"http://{container.address}", own=good.revision)

    async def allows() -> bool:
        return (await point.decide("door", {}))["allow"] is True

    serving.bundle = signed(a_directory(tmp_path / "open", OPEN), kept / "secrets")
    await eventually(allows)
    serving.bundle = good
    await eventually(lambda: _not(allows()))
    await point.close()


async def _not(asked: Awaitable[bool]) -> bool:
    return not await asked


async def _refused(
    bundle: PolicyBundle,
    serving: PolicyServer,
    container: Container,
    eventually: Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]],
) -> None:
    """Serve it until OPA has said that it does not want it."""
    before = container.docker("logs").count("Bundle load failed")

    async def said() -> bool:
        return container.docker("logs").count("Bundle load failed") > before

    serving.bundle = bundle
    await eventually(said)


async def _still_closed(container: Container, good: PolicyBundle) -> None:
    async with httpx.AsyncClient(base_url=f"http://{container.address}/v1/data/keten") as client:
        told = (await client.post("/door/decision?provenance=true", json={"input": {}})).json()
        more = (await client.post("/more/decision", json={"input": {}})).json()
    assert told["result"] == {"allow": False}
    assert told["provenance"]["bundles"]["keten"]["revision"] == str(good.revision)
    assert "result" not in more
