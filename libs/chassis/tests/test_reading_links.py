"""Links to photos and files: for one reader, one thing and five minutes."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.keyrings import Keyring
from chassis.reading_links import LIFE, LinkExpired, check, sign
from contracts.ids import new_id

RING = Keyring("new", {"new": b"n" * 32, "old": b"o" * 32})
NOW = datetime(2026, 11, 23, 12, 0, 17, tzinfo=UTC)
READER = new_id()


def test_a_link_opens_its_thing_for_its_reader_until_it_ends() -> None:
    token, ends = sign(RING, "photo 1", reader=READER, now=NOW)

    assert check(RING, token, "photo 1", reader=READER, now=ends - timedelta(seconds=1)) == ends
    assert NOW + LIFE - timedelta(seconds=30) < ends <= NOW + LIFE


def test_a_link_ends_within_five_minutes() -> None:
    token, ends = sign(RING, "photo 1", reader=READER, now=NOW)

    for later in (ends, NOW + LIFE):
        with pytest.raises(LinkExpired):
            check(RING, token, "photo 1", reader=READER, now=later)


def test_a_link_is_of_no_use_to_anybody_else_nor_for_anything_else() -> None:
    token, _ = sign(RING, "photo 1", reader=READER, now=NOW)

    for what, reader in (("photo 1", new_id()), ("photo 2", READER), ("", READER)):
        with pytest.raises(LinkExpired):
            check(RING, token, what, reader=reader, now=NOW)


def test_a_link_cannot_be_given_a_longer_life() -> None:
    token, ends = sign(RING, "photo 1", reader=READER, now=NOW)
    _, _, signature = token.partition(".")

    with pytest.raises(LinkExpired):
        check(RING, f"{int(ends.timestamp()) + 600}.{signature}", "photo 1", reader=READER, now=NOW)


@pytest.mark.parametrize(
    "forged", ["", ".", "1", "-1.new.x", "٣.new.x", "9" * 5000 + ".new.x", "1e9.new.x", "1.none.é"]
)
def test_what_was_never_a_link_is_refused_like_one_that_ended(forged: str) -> None:
    with pytest.raises(LinkExpired):
        check(RING, forged, "photo 1", reader=READER, now=NOW)


def test_a_link_outlives_the_change_of_its_key() -> None:
    token, _ = sign(Keyring("old", {"old": b"o" * 32}), "photo 1", reader=READER, now=NOW)

    assert check(RING, token, "photo 1", reader=READER, now=NOW)


def test_two_links_of_one_moment_are_the_same_so_that_a_browser_keeps_the_picture() -> None:
    first, second = (sign(RING, "photo 1", reader=READER, now=NOW + timedelta(seconds=s))[0] for s in (0, 5))

    assert first == second
