"""What an operator sees of an event: facts as they are, of everything else the names of its fields alone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.log import Record
from chassis.staging import stage
from contracts.access_log import AccessLogLine
from contracts.actions import Role
from contracts.documents import AccessLogged
from contracts.events import Event
from contracts.identity import UserProfile, UserRemoved, UserStatus
from contracts.ids import AccountId, UserId, new_id
from keten.events.lines import age, as_json, in_full, line
from keten.events.masking import MASK, printable, shown

NAME = "Jan Jansen"


def a_profile(name: str = NAME) -> Event:
    return UserProfile(
        user_id=UserId(new_id()),
        account_id=AccountId(new_id()),
        name=name,
        initials="JJ",
        sort_key="jansen, jan",
        language="nl",
    )


def a_removal() -> Event:
    return UserRemoved(
        user_id=UserId(new_id()),
        account_id=AccountId(new_id()),
        role=Role.MEMBER,
        status=UserStatus.REMOVED,
        medical=False,
    )


def a_record(event: Event, *, replace: tuple[str, str] = ("", ""), type: str | None = None) -> Record:
    actor = UUID("01a21c3b-d751-77ed-885d-5e5c2336c333")
    record = stage(event, version=7, at=datetime(2026, 11, 27, 9, tzinfo=UTC), actor=actor).record()
    body = record.body.replace(*replace) if replace[0] else record.body
    return Record(record.topic, record.key, record.id, type or record.type, body)


def every_way(record: Record, *, unmask: bool = False) -> str:
    one = shown(record, unmask=unmask)
    return "\n".join([line(one), line(one, of_key=True), as_json(one), *in_full(one)])


def test_a_fact_is_shown_in_a_line_and_in_full() -> None:
    event = a_removal()
    one = shown(a_record(event), unmask=False)

    assert not one.is_masked
    assert line(one) == f"2026-11-27 09:00:00Z  identity.user-removed.v1         {event.key}    7  …5e5c2336c333"
    assert len(line(one)) <= 120
    assert any("role" in said and "member" in said for said in in_full(one))


def test_of_what_is_private_the_names_of_its_fields_are_shown_and_no_value() -> None:
    record = a_record(a_profile())

    told = every_way(record)

    assert all(word in told for word in ("name", "sortKey", MASK))
    for value in (NAME, "JJ", "jansen"):
        assert value not in told
    assert NAME in every_way(record, unmask=True)


@pytest.mark.parametrize(
    ("replaced", "type"),
    [
        (('"member"', f'"{NAME}"'), None),  # a value that its field cannot have
        (('"role"', f'"{NAME}"'), None),  # a field that its type does not have
        (('"data":{', f'"data":{{"{NAME}":"{NAME}",'), None),  # one too many
        (('"sequence":"7"', f'"sequence":"{NAME}"'), None),
        (('"specversion"', f'"{NAME}":"{NAME}","specversion"'), None),
        (('"time":"2026', f'"time":"{NAME}'), None),
        (('"actor":"01a2', f'"actor":"{NAME}'), None),
        (("{", NAME), None),
        (('"member"', f'"{NAME}"'), "nl.keten.identity.nobody-knows.v1"),
    ],
)
def test_what_is_not_as_its_type_says_shows_nothing_that_stands_in_it(
    replaced: tuple[str, str], type: str | None
) -> None:
    record = a_record(a_removal(), replace=replaced, type=type)
    assert NAME in record.body

    assert NAME not in every_way(record)


def test_a_field_too_many_is_counted_and_not_named() -> None:
    one = shown(a_record(a_removal(), replace=('"data":{', f'"data":{{"{NAME}":1,')), unmask=False)

    assert (one.strange, one.is_masked) == (1, True)
    assert "  and 1 fields that its type does not have" in list(in_full(one))


def test_the_key_of_what_belongs_to_a_dossier_is_the_dossier() -> None:
    dossier = new_id()
    held: Any = AccessLogged(dossier_id=dossier, lines=list[AccessLogLine]())

    assert shown(a_record(held), unmask=False).dossier == dossier
    assert shown(a_record(a_removal()), unmask=False).dossier is None


def test_a_type_that_is_no_word_is_not_repeated() -> None:
    assert NAME not in every_way(a_record(a_removal(), type=f"nl.keten.identity.{NAME}.v1"))


def test_nothing_that_is_shown_steers_the_terminal() -> None:
    told = every_way(a_record(a_profile("Jan\x1b[2J\u202e\x9b31m")), unmask=True)

    assert not any(steering in told for steering in ("\x1b", "\u202e", "\x9b"))
    assert printable("a\nb") == "a\\u000ab"


@pytest.mark.parametrize(
    ("seconds", "told"), [(3, "3 s"), (119, "119 s"), (130, "2 min"), (8000, "2 h"), (200_000, "2 d")]
)
def test_an_age_is_said_as_a_person_says_it(seconds: int, told: str) -> None:
    assert age(timedelta(seconds=seconds)) == told
    assert age(None) == "-"
