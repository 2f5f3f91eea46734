"""The rules of groups, dossiers and what is written in them, without a database."""

from datetime import date, timedelta

import pytest

from chassis.problems import Refusal
from contracts.dossier import (
    DossierStatus,
    GroupAccessChanged,
    GroupAccessEnded,
    GroupAccessGiven,
    ReportEdited,
    ReportWritten,
)
from contracts.ids import AccountId, LevelId, new_id
from dossier.domain.client import BornInFuture
from dossier.domain.dossier import DossierAlreadyArchived, DossierNotArchived, GroupOfAnotherAccount, Status
from dossier.domain.group import AccessStatus, GroupAccessUnknown, GroupIsClosed, GroupNotEmpty, GroupStatus
from dossier.domain.report import NotTheAuthor, ReportAheadOfTime
from dossier.domain.task import Task

from .builders import LEVELS, NOON, a_client, a_dossier, a_group, a_report, a_user_id, an_access, written


@pytest.mark.rule("SHR-1")
def test_a_dossier_stays_in_the_account_it_was_born_in() -> None:
    dossier = a_dossier()
    elsewhere = a_group(account_id=AccountId(new_id()))

    with pytest.raises(GroupOfAnotherAccount):
        dossier.move(elsewhere)


def test_moving_a_client_states_where_he_stands_now() -> None:
    dossier = a_dossier()
    group = a_group(account_id=dossier.account_id)

    event = dossier.move(group)

    assert event is not None
    assert (event.group_id, event.account_id, dossier.version) == (group.id, dossier.account_id, 2)


def test_moving_a_client_to_where_he_stands_changes_nothing() -> None:
    group = a_group()
    dossier = a_dossier(account_id=group.account_id, group_id=group.id)

    assert dossier.move(group) is None
    assert dossier.version == 1


def test_nobody_is_moved_into_a_closed_group() -> None:
    dossier = a_dossier()

    with pytest.raises(GroupIsClosed):
        dossier.move(a_group(account_id=dossier.account_id, status=GroupStatus.CLOSED))


@pytest.mark.rule("SHR-37")
def test_an_archived_dossier_is_not_archived_twice() -> None:
    dossier = a_dossier(status=Status.ARCHIVED)

    with pytest.raises(DossierAlreadyArchived):
        dossier.archive()


@pytest.mark.rule("SHR-37")
def test_an_archived_dossier_can_be_restored_once() -> None:
    dossier = a_dossier()
    dossier.archive()

    assert dossier.restore().status is DossierStatus.OPEN
    with pytest.raises(DossierNotArchived):
        dossier.restore()


@pytest.mark.rule("SHR-3")
def test_only_an_empty_group_is_closed() -> None:
    group = a_group()

    with pytest.raises(GroupNotEmpty):
        group.close(clients=1)
    assert group.close(clients=0).status == "closed"


def test_names_that_differ_in_case_accents_or_spaces_are_one_name() -> None:
    assert a_group(name="Café  Noord").name_key == a_group(name="cafe noord").name_key


@pytest.mark.rule("SHR-3")
def test_access_at_the_same_level_again_changes_nothing() -> None:
    access = an_access("view")

    assert access.set_level(access.level_id, LEVELS["view"].rights) is None
    assert access.version == 1


@pytest.mark.rule("SHR-3")
def test_access_given_again_after_it_ended_is_given_anew() -> None:
    access = an_access("view")

    ended = access.end()
    given = access.set_level(LevelId(LEVELS["edit"].id), LEVELS["edit"].rights)

    assert isinstance(ended, GroupAccessEnded)
    assert isinstance(given, GroupAccessGiven)
    assert (access.status, access.version) == (AccessStatus.LIVE, 3)


def test_another_level_is_a_change_and_only_less_takes_away() -> None:
    access = an_access("report")

    assert not access.takes_away(LEVELS["edit"].rights)
    assert access.takes_away(LEVELS["view"].rights)
    assert isinstance(access.set_level(LevelId(LEVELS["view"].id), LEVELS["view"].rights), GroupAccessChanged)


def test_access_that_ended_cannot_end_again() -> None:
    access = an_access(status=AccessStatus.ENDED)

    with pytest.raises(GroupAccessUnknown):
        access.end()


@pytest.mark.rule("SHR-22")
def test_a_report_is_about_now_unless_it_says_otherwise() -> None:
    assert a_report().at == NOON
    assert isinstance(a_report(at=NOON - timedelta(days=1)).written(), ReportWritten)


def test_a_report_is_not_about_the_future() -> None:
    with pytest.raises(ReportAheadOfTime):
        a_report(at=NOON + timedelta(hours=1)).written()


@pytest.mark.rule("SHR-22")
def test_an_edited_report_keeps_what_it_said() -> None:
    author = a_user_id()
    report = a_report("Onrustig.", by=author)

    event = report.change(by=author, at=NOON, text="Onrustig, tot twee uur.")

    assert isinstance(event, ReportEdited)
    assert (report.text, [edit.text for edit in report.edits]) == ("Onrustig, tot twee uur.", ["Onrustig."])
    assert report.version == 2


def test_only_its_author_edits_a_report() -> None:
    with pytest.raises(NotTheAuthor):
        a_report().change(by=a_user_id(), at=NOON, text="Iets anders.")


def test_a_change_that_changes_nothing_is_no_news() -> None:
    author = a_user_id()
    report = a_report("Zo.", by=author)

    assert report.change(by=author, at=NOON, text="Zo.") is None
    assert (report.version, report.edits) == (1, [])


@pytest.mark.rule("SHR-12")
def test_who_changes_something_does_not_become_its_author() -> None:
    task = Task(**written(), title="Medicatie halen")
    colleague = a_user_id()

    event = task.change(by=colleague, at=NOON, done=True)

    assert event is not None
    assert (task.editor_id, event.author_id) == (colleague, colleague)
    assert task.author_id != colleague


def test_a_client_sorts_by_surname_and_is_found_without_accents() -> None:
    client = a_client(given_name="Zoë", infix="van den", family_name="Bérg")

    assert (client.sort_key, client.search_key, client.initials) == ("berg, zoe van den", "zoe van den berg", "ZB")


def test_a_corrected_name_sorts_anew() -> None:
    client = a_client()

    client.change(by=client.author_id, at=NOON, family_name="Aalders", infix=None)

    assert (client.name, client.sort_key) == ("Jan Aalders", "aalders, jan")


def test_nobody_is_born_in_the_future() -> None:
    with pytest.raises(BornInFuture):
        a_client(birth_date=date(2027, 1, 1))


def test_every_refusal_has_its_sentence_in_both_languages() -> None:
    own = [kind for kind in _all(Refusal) if kind.__module__.startswith("dossier.")]

    assert len(own) > 10
    assert [kind for kind in own if not kind.__doc__ or "nl" not in vars(kind)] == []


def _all(kind: type[Refusal]) -> list[type[Refusal]]:
    return [kind, *(one for sub in kind.__subclasses__() for one in _all(sub))]
