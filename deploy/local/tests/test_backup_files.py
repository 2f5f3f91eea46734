"""The files of a backup by themselves: what is changed, cut off, moved, or opened with the wrong words is noticed."""

import io
import os
import secrets as random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis.kafka_copy import Message
from keten.backup import locked_keys, shelf
from keten.backup.framing import BrokenOff, Framed, pieces
from keten.backup.locked_keys import Keys, WrongPassphrase, lock_up, passphrase_of, unlock
from keten.backup.manifest import ONE_MACHINE, Manifest, manifest_of
from keten.backup.point import Point, packed, unpacked
from keten.backup.sealing import BLOCK, Damaged, Sealed, SealedFile, UnsealedFile, key_for
from keten.place import Refusal

KEY = key_for(b"k" * 32, backup="keten-1", name="base.sealed")
WORDS = "een zin die niemand raadt"


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 17])
def test_what_was_sealed_is_read_as_it_was(tmp_path: Path, size: int) -> None:
    content = random.token_bytes(size)

    sealed = a_sealed_file(tmp_path / "one", content)

    assert read(tmp_path / "one") == content
    assert (sealed.plain, sealed.size) == (size, (tmp_path / "one").stat().st_size)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600


def test_what_shrinks_a_thousandfold_is_read_in_pieces(tmp_path: Path) -> None:
    a_sealed_file(tmp_path / "one", bytes(40 * BLOCK))

    assert (tmp_path / "one").stat().st_size < BLOCK
    assert len(UnsealedFile(tmp_path / "one", KEY).read(64 * BLOCK) or b"") <= BLOCK
    assert read(tmp_path / "one") == bytes(40 * BLOCK)


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


BLOCKS = BLOCK + 16
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a flipped bit": flip,
    "a byte too few": lambda content: content[:-1],
    "a byte too many": lambda content: content + b"\0",
    "the last block gone": lambda content: content[: 2 * BLOCKS],
    "a block gone": lambda content: content[BLOCKS:],
    "a block twice": lambda content: content[:BLOCKS] + content,
    "blocks in another order": lambda content: content[BLOCKS : 2 * BLOCKS] + content[:BLOCKS] + content[2 * BLOCKS :],
    "nothing left": lambda content: b"",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_file_that_is_not_as_it_was_written_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    a_sealed_file(tmp_path / "one", random.token_bytes(3 * BLOCK - 5))
    path = tmp_path / "one"

    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(Damaged, match="not as it was written"):
        read(path)


def test_a_file_in_another_ones_place_is_refused(tmp_path: Path) -> None:
    a_sealed_file(tmp_path / "one", b"medical")

    for other in ("point-00000.sealed", "base"):
        with pytest.raises(Damaged):
            read(tmp_path / "one", key_for(b"k" * 32, backup="keten-1", name=other))
    with pytest.raises(Damaged):
        read(tmp_path / "one", key_for(b"k" * 32, backup="keten-2", name="base.sealed"))


def test_another_file_of_the_same_name_and_key_is_told_apart_by_its_digest(tmp_path: Path) -> None:
    first = a_sealed_file(tmp_path / "one", b"first")
    a_sealed_file(tmp_path / "two", b"other")

    UnsealedFile(tmp_path / "one", KEY).check(first)
    with pytest.raises(Damaged, match="not the file"):
        UnsealedFile(tmp_path / "two", KEY).check(first)


def test_keys_are_opened_by_their_passphrase_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = Keys(locked_keys.new_data_key(), {"secrets/links.json": b'{"current": 1}'})

    lock_up(path, keys, WORDS)

    assert unlock(path, WORDS) == keys
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"links" not in path.read_bytes()
    with pytest.raises(WrongPassphrase, match="does not open"):
        unlock(path, WORDS + ".")
    path.write_text(path.read_text().replace('"salt": "', '"salt": "AA'))
    with pytest.raises(Refusal):
        unlock(path, WORDS)
    path.write_text("{}")
    with pytest.raises(Refusal, match="no file with the keys"):
        unlock(path, WORDS)


def test_a_passphrase_that_others_can_read_or_guess_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.write_text(WORDS + "\nand more\n")
    file.chmod(0o644)
    with pytest.raises(Refusal, match="Others can read"):
        passphrase_of(file, is_new=True)

    file.chmod(0o600)
    assert passphrase_of(file, is_new=True) == WORDS
    file.write_text("kort\n")
    with pytest.raises(Refusal, match="fewer than 12"):
        passphrase_of(file, is_new=True)
    assert passphrase_of(file, is_new=False) == "kort", "what locked an older backup still opens it"
    with pytest.raises(Refusal, match="No passphrase"):
        passphrase_of(None, is_new=True)


def test_a_manifest_that_was_changed_is_refused(tmp_path: Path) -> None:
    manifest = a_manifest()
    manifest.write(tmp_path, b"k" * 32)
    path = tmp_path / "manifest.json"

    assert manifest_of(tmp_path, b"k" * 32) == manifest
    with pytest.raises(Damaged):
        manifest_of(tmp_path, b"x" * 32)
    path.write_text(path.read_text().replace("0/1000", "0/2000"))
    with pytest.raises(Damaged):
        manifest_of(tmp_path, b"k" * 32)
    path.write_text(path.read_text().replace('"format": 1', '"format": 9'))
    with pytest.raises(Refusal, match="another release"):
        manifest_of(tmp_path)


def test_only_finished_backups_count_and_the_oldest_go(tmp_path: Path) -> None:
    with shelf.held(tmp_path):
        for day in range(1, 5):
            with shelf.begun(tmp_path, f"keten-2026010{day}T000000Z") as folder:
                (folder / "manifest.json").touch()
        (tmp_path / "keten-20260105T000000Z.partial").mkdir()
        (tmp_path / "keten-20260106T000000Z").mkdir()

        gone = shelf.prune(tmp_path, 2)

    assert [one.name for one in gone] == ["keten-20260101T000000Z", "keten-20260102T000000Z"]
    assert [one.name for one in shelf.finished(tmp_path)] == ["keten-20260103T000000Z", "keten-20260104T000000Z"]


def test_what_was_broken_off_has_another_name_and_goes_with_the_next(tmp_path: Path) -> None:
    with shelf.held(tmp_path):
        with pytest.raises(OSError, match="full"), shelf.begun(tmp_path, "keten-20260101T000000Z"):
            raise OSError("full")
        assert [one.name for one in tmp_path.iterdir()] == [".lock"]
        (tmp_path / "keten-20260101T000000Z.partial").mkdir()  # as one that was killed leaves it

    with shelf.held(tmp_path):
        assert not list(tmp_path.glob("*.partial"))


def test_two_do_not_write_into_one_folder_and_nothing_else_stands_in_it(tmp_path: Path) -> None:
    with shelf.held(tmp_path), pytest.raises(Refusal, match="Another backup is being made"), shelf.held(tmp_path):
        pass
    (tmp_path / "letters.txt").touch()
    with pytest.raises(Refusal, match="something else than backups"), shelf.held(tmp_path):
        pass
    with pytest.raises(Refusal, match="no folder"), shelf.held(tmp_path / "letters.txt"):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_to_write_in_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Refusal, match="may not write"), shelf.held(tmp_path):
        pass


def test_streams_on_a_pipe_are_told_apart_and_a_broken_one_is_noticed() -> None:
    pipe = io.BytesIO()
    for content in (b"one", b"", bytes(300_000)):
        framed = Framed(pipe)
        framed.write(content)
        framed.finish()

    read_back = io.BytesIO(pipe.getvalue())
    assert [b"".join(pieces(read_back)) for _ in range(3)] == [b"one", b"", bytes(300_000)]
    with pytest.raises(BrokenOff):
        list(pieces(io.BytesIO(pipe.getvalue()[15:200_000])))
    with pytest.raises(BrokenOff):
        list(pieces(io.BytesIO(pipe.getvalue()[15:-4])))


def test_a_point_and_its_messages_are_read_as_they_were_written() -> None:
    read_until = {"keten.dossier": {("keten.sharing", 3): 17}}
    point = Point("keten-1", datetime.now(UTC), "0/1000", [("0" * 24, 0, 512)], ["objects/a"], read_until)
    messages = [
        Message("keten.sharing.private", 3, 5, 1700000000000, b"\xffkey", None, (("ce_id", b"\x00"),)),
        Message("keten.sharing", 0, 0, 1700000000000, None, "één".encode(), ()),
    ]

    assert Point.parsed(point.printed()) == point
    assert list(unpacked(packed(messages))) == [
        Message(m.topic, m.partition, m.offset, m.timestamp, m.key, m.value, [*m.headers]) for m in messages
    ]


def a_manifest() -> Manifest:
    files = {"base.sealed": Sealed(1, 2, "ab")}
    now = datetime.now(UTC)
    return Manifest("keten-20260101T000000Z", ONE_MACHINE, "1", 18, {"dossier": "0003"}, now, now, "0/1000", files)


def a_sealed_file(path: Path, content: bytes) -> Sealed:
    file = SealedFile(path, KEY)
    for begin in range(0, len(content), 10_000):
        file.write(content[begin : begin + 10_000])
    return file.finish()


def read(path: Path, key: bytes = KEY) -> bytes:
    content = bytearray()
    file = UnsealedFile(path, key)
    while piece := file.read(70_001):
        content += piece
    return bytes(content)
