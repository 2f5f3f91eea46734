"""Keys that follow one another while they are used: nothing that was signed is refused before its time."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from chassis import followed
from chassis.key_rotation import KeyFile, changing, key_file
from chassis.keyrings import Keyring, KeyringMissing, keyring
from chassis.new_keys import PURPOSES, TOKENS, make_keys

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(followed, "LOOK", 0.0)
    make_keys(tmp_path)
    return tmp_path


def step(secrets: Path, purpose: str, change: Callable[[KeyFile], KeyFile]) -> KeyFile:
    with changing(secrets, purpose) as file:
        file.to = change(file.to)
    return file.to


def test_a_key_that_is_coming_is_accepted_before_it_signs(secrets: Path) -> None:
    one, other = keyring(secrets, "positions"), keyring(secrets, "positions")
    before = one.sign(b"said")

    coming = step(secrets, "positions", lambda file: file.with_coming(at=NOW)).coming
    meanwhile = one.sign(b"said")
    step(secrets, "positions", lambda file: file.switched(at=NOW))
    after = one.sign(b"said")

    assert coming is not None
    assert meanwhile == before
    assert after.startswith(coming[0])
    assert all(other.verifies(b"said", signature) for signature in (before, meanwhile, after))
    assert not other.verifies(b"something else", after)


def test_who_has_not_read_the_file_again_accepts_what_the_next_key_signs(secrets: Path) -> None:
    step(secrets, "links", lambda file: file.with_coming(at=NOW))
    late = Keyring(*keyring(secrets, "links").held())

    step(secrets, "links", lambda file: file.switched(at=NOW))

    assert late.verifies(b"said", keyring(secrets, "links").sign(b"said"))


@pytest.mark.parametrize(
    "content", ["", "{", '{"current": "a", "keys": {}}', '{"current": "a", "keys": {"a": ""}}', "[]"]
)
def test_a_file_that_makes_no_sense_changes_nothing_and_is_told_once(secrets: Path, content: str) -> None:
    ring = keyring(secrets, "positions")
    signed, good = ring.sign(b"said"), (secrets / "positions.json").read_text()

    with structlog.testing.capture_logs() as logged:
        (secrets / "positions.json").write_text(content)
        assert all(ring.verifies(b"said", signed) for _ in range(3))
        assert ring.sign(b"said") == signed
        (secrets / "positions.json").write_text(good.replace("}", " }"))
        assert ring.verifies(b"said", signed)

    assert [line["event"] for line in logged] == ["file_not_followed"]
    assert logged[0]["file"] == "positions.json"


def test_a_file_that_is_gone_for_a_moment_changes_nothing(secrets: Path) -> None:
    ring = keyring(secrets, "positions")
    signed, path = ring.sign(b"said"), secrets / "positions.json"

    path.rename(secrets / "elsewhere")
    assert ring.verifies(b"said", signed)
    (secrets / "elsewhere").rename(path)
    fresh = step(secrets, "positions", lambda file: file.with_coming(at=NOW).switched(at=NOW))

    assert ring.current == fresh.current


def test_a_service_does_not_start_without_its_keys(tmp_path: Path) -> None:
    with pytest.raises(KeyringMissing):
        keyring(tmp_path, "positions")


@pytest.mark.parametrize("purpose", [*PURPOSES, TOKENS])
def test_a_retired_key_is_dropped_when_all_it_signed_has_expired_and_not_before(secrets: Path, purpose: str) -> None:
    old = key_file(secrets, purpose).current
    rotated = step(secrets, purpose, lambda file: file.with_coming(at=NOW).switched(at=NOW))

    life = rotated.good
    in_time = rotated.tidied(at=NOW + (life or timedelta(days=3650)) - timedelta(seconds=1))
    later = rotated.tidied(at=NOW + (life or timedelta(days=3650)))

    assert old in in_time.keys
    assert (old in later.keys) is (purpose in {"sealing", "second-factors"})


@pytest.mark.parametrize("purpose", [*PURPOSES, TOKENS])
def test_a_key_that_leaked_opens_nothing_any_more_unless_what_it_did_must_stay_readable(
    secrets: Path, purpose: str
) -> None:
    old = key_file(secrets, purpose).current

    replaced = step(secrets, purpose, lambda file: file.replaced(at=NOW))

    assert replaced.current != old
    assert (old in replaced.keys) is (purpose in {"sealing", "second-factors"})
    assert key_file(secrets, purpose) == replaced


def test_what_a_crash_left_half_written_is_mended(secrets: Path) -> None:
    path = secrets / "tokens.json"
    whole = path.read_text()
    (secrets / "tokens.json.whole").write_text(whole)
    path.write_text(whole[: len(whole) // 2])

    rotated = step(secrets, TOKENS, lambda file: file.with_coming(at=NOW))

    assert len(rotated.keys) == 2
    assert not (secrets / "tokens.json.whole").exists()
    assert json.loads(path.read_text())["keys"][0] == json.loads(whole)["keys"][0]


def test_a_file_is_written_in_place_and_stays_its_owners_alone(secrets: Path) -> None:
    path = secrets / "links.json"
    before = path.stat()

    step(secrets, "links", lambda file: file.with_coming(at=NOW))

    assert (path.stat().st_ino, path.stat().st_mode) == (before.st_ino, before.st_mode)
    assert sorted(entry.name for entry in secrets.iterdir() if "links" in entry.name) == ["links.json"]


def test_a_reader_never_sees_keys_that_are_not_there(secrets: Path) -> None:
    """Every beginning of a file, as who reads it while it is written may find it."""
    content, ring = (secrets / "positions.json").read_text(), keyring(secrets, "positions")
    signed = ring.sign(b"said")

    for length in range(len(content)):
        (secrets / "positions.json").write_text(content[:length])
        assert ring.verifies(b"said", signed)
