"""The command with which operators see the keys, and let new ones take over."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.followed import LOOK
from chassis.key_rotation import changing, key_file
from chassis.new_keys import PURPOSES, make_keys
from chassis.tokens import REFETCH
from keten import keys
from keten.cli import main


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    make_keys(tmp_path)
    return tmp_path


def call(secrets: Path, *arguments: str) -> int:
    return main(["keys", "--secrets", str(secrets), *arguments])


def test_the_list_names_every_key_and_tells_none(secrets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(secrets, "list") == 0

    told = capsys.readouterr().out
    assert all(purpose in told for purpose in (*PURPOSES, "tokens"))
    for purpose in PURPOSES:
        assert f"  {key_file(secrets, purpose).current}    signs\n" in told
    kept = [key for path in secrets.glob("*.json") for key in _material(json.loads(path.read_text()))]
    assert len(kept) > len(PURPOSES)
    assert not any(key in told for key in kept)


def test_one_call_adds_a_key_waits_and_lets_it_sign(secrets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = key_file(secrets, "positions").current

    assert call(secrets, "rotate", "positions", "--wait", "0.05") == 0

    after = key_file(secrets, "positions")
    assert (after.current != old, set(after.retired), after.coming) == (True, {old}, None)
    assert f"{old}    accepted, may be dropped from" in capsys.readouterr().out


def test_two_steps_for_who_hands_the_files_out_himself(secrets: Path) -> None:
    old = key_file(secrets, "tokens").current

    call(secrets, "rotate", "tokens", "--step")
    between = key_file(secrets, "tokens")
    call(secrets, "rotate", "tokens", "--wait", "0")
    after = key_file(secrets, "tokens")

    assert (between.current, len(between.keys)) == (old, 2)
    assert between.coming is not None
    assert (after.current, set(after.retired)) == (between.coming[0], {old})


def test_what_was_stopped_half_way_goes_on_where_it_was(secrets: Path) -> None:
    with changing(secrets, "links") as file:
        file.to = file.to.with_coming(at=datetime.now(UTC) - timedelta(minutes=1))
    coming = key_file(secrets, "links").coming

    call(secrets, "rotate", "links")

    assert coming is not None
    assert key_file(secrets, "links").current == coming[0]
    assert len(key_file(secrets, "links").keys) == 2


def test_a_leaked_key_is_replaced_at_once(secrets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = {purpose: key_file(secrets, purpose).current for purpose in ("tokens", "sealing")}

    for purpose in old:
        assert call(secrets, "rotate", purpose, "--now") == 0

    assert old["tokens"] not in key_file(secrets, "tokens").keys
    assert old["sealing"] in key_file(secrets, "sealing").keys
    assert "What the others signed opens nothing any more." in capsys.readouterr().out


def test_only_what_has_expired_is_dropped(secrets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    for purpose, since in (
        ("positions", timedelta(hours=1)),
        ("links", timedelta(hours=1)),
        ("sealing", timedelta(days=9999)),
    ):
        with changing(secrets, purpose) as file:
            file.to = file.to.with_coming(at=now - since).switched(at=now - since)

    assert call(secrets, "drop") == 0

    assert {purpose: len(key_file(secrets, purpose).keys) for purpose in ("positions", "links", "sealing")} == {
        "positions": 1,
        "links": 2,
        "sealing": 2,
    }
    assert "links: nothing to drop" in capsys.readouterr().out


def test_what_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(tmp_path, "list") == 2
    make_keys(tmp_path)
    (tmp_path / "tokens.json").write_text('{"keys": [')
    assert call(tmp_path, "rotate", "tokens") == 2

    told = capsys.readouterr().err
    assert "No such keys in" in told
    assert "cannot be used" in told


def test_a_machine_that_was_given_some_of_the_keys_lists_those(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys(tmp_path)
    (tmp_path / "tokens.json").unlink()

    assert call(tmp_path, "list") == 0
    assert "tokens" not in capsys.readouterr().out


def test_services_look_more_often_than_the_command_waits() -> None:
    assert keys.PROPAGATION > 2 * LOOK + REFETCH


def _material(held: dict[str, object]) -> list[str]:
    kept = held["keys"]
    return [key["d"] for key in kept] if isinstance(kept, list) else list(kept.values())  # type: ignore[attr-defined]
