"""The rules of levels and grants, without a database."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.ids import AccountId, DossierId, GrantId, LevelId, UserId, new_id
from contracts.rights import ALL_RIGHTS, MEDICAL_RIGHTS
from contracts.sharing import GrantChanged, GrantGiven, GrantLeft, GrantStatus, GrantWithdrawn
from sharing.domain.grant import Grant, GrantEnded, OnwardSharingOff, UntilPassed, may_pass_on
from sharing.domain.level import (
    STANDARD,
    Level,
    LevelAboveOwn,
    LevelCodeTaken,
    RightsUnknown,
    refuse_more_than_own,
)

from .builders import LEVELS, NOON, TODAY, a_grant, a_level, some_terms

SOMEBODY = UserId(new_id())
TOMORROW = TODAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)


def given(until: date | None) -> tuple[Grant, GrantGiven]:
    return Grant.give(
        some_terms("report", until=until),
        id=GrantId(new_id()),
        dossier_id=DossierId(new_id()),
        account_id=AccountId(new_id()),
        recipient_id=UserId(new_id()),
        recipient_account_id=AccountId(new_id()),
        by=SOMEBODY,
        at=NOON,
        today=TODAY,
    )


@pytest.mark.rule("SHR-6", "SHR-16")
def test_sharing_says_who_reaches_which_dossier_how_far_and_until_when() -> None:
    grant, event = given(TOMORROW)

    assert (event.grant_id, event.dossier_id, event.recipient_id) == (grant.id, grant.dossier_id, grant.recipient_id)
    assert (event.level_code, event.rights, event.until) == ("report", LEVELS["report"].rights, TOMORROW)
    assert (event.given_by, event.parent_id, event.status) == (SOMEBODY, None, GrantStatus.LIVE)
    assert (grant.purpose, grant.legal_basis, grant.version) == ("Shared care", "consent", 1)


@pytest.mark.rule("SHR-16")
def test_why_a_dossier_was_shared_stands_on_no_log() -> None:
    _, event = given(TOMORROW)

    assert not {"purpose", "legal_basis", "consent_reference"} & set(event.model_dump())


@pytest.mark.rule("SHR-15", "SHR-16")
@pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1), date(1, 1, 1)])
def test_an_end_date_that_has_come_is_refused(until: date) -> None:
    grant = a_grant()

    with pytest.raises(UntilPassed):
        given(until)
    with pytest.raises(UntilPassed):
        grant.change(some_terms(until=until), today=TODAY)


@pytest.mark.rule("SHR-16")
def test_the_end_date_is_the_first_day_without_access() -> None:
    grant = a_grant(until=TOMORROW)

    assert grant.opens(TODAY)
    assert not grant.opens(TOMORROW)
    assert a_grant(until=None).opens(date.max)


@pytest.mark.rule("SHR-11")
def test_a_changed_grant_says_all_that_holds_after_the_change() -> None:
    grant = a_grant("view")

    event = grant.change(some_terms("manage", until=NEXT_WEEK, purpose="Other"), today=TODAY)

    assert isinstance(event, GrantChanged)
    assert (event.level_code, event.rights, event.until) == ("manage", LEVELS["manage"].rights, NEXT_WEEK)
    assert grant.terms == some_terms("manage", until=NEXT_WEEK, purpose="Other")
    assert grant.version == 2


@pytest.mark.rule("SHR-6")
def test_terms_are_the_same_whatever_the_level_is_called() -> None:
    level = a_level("reports:read")
    grant = a_grant(level)

    assert grant.terms == some_terms(level)
    assert grant.terms != some_terms(level, until=TOMORROW)
    assert grant.terms != some_terms(a_level("reports:read"))


ONLY_REPORTS = a_level("reports:read")
ONLY_TASKS = a_level("tasks:read")


@pytest.mark.rule("SHR-11", "BEY-16")
@pytest.mark.parametrize(
    ("before", "after", "restricts"),
    [
        (("edit", None), ("view", None), True),
        (("view", None), ("edit", None), False),
        ((ONLY_REPORTS, None), (ONLY_TASKS, None), True),
        (("view", None), ("view", NEXT_WEEK), True),
        (("view", NEXT_WEEK), ("view", TOMORROW), True),
        (("view", NEXT_WEEK), ("edit", TOMORROW), True),
        (("view", TOMORROW), ("view", NEXT_WEEK), False),
        (("view", TOMORROW), ("view", None), False),
    ],
)
def test_terms_restrict_when_they_open_less_or_end_sooner(before: Any, after: Any, restricts: bool) -> None:
    grant = a_grant(before[0], until=before[1])

    assert grant.is_restricted_by(some_terms(after[0], until=after[1])) is restricts


@pytest.mark.rule("SHR-15")
def test_what_terms_open_anew_is_all_of_them_when_they_last_longer() -> None:
    grant = a_grant("view", until=TOMORROW)

    assert grant.opened_by(some_terms("report", until=TOMORROW)) == {"reports:write"}
    assert grant.opened_by(some_terms("view", until=TOMORROW, purpose="Other")) == frozenset()
    assert grant.opened_by(some_terms("view", until=NEXT_WEEK)) == LEVELS["view"].rights
    assert grant.opened_by(some_terms("view", until=None)) == LEVELS["view"].rights


@pytest.mark.rule("SHR-12")
def test_withdrawing_says_by_whom_and_when() -> None:
    grant = a_grant()

    event = grant.withdraw(by=SOMEBODY, at=NOON, today=TODAY)

    assert isinstance(event, GrantWithdrawn)
    assert event.status is GrantStatus.ENDED
    assert (grant.status, grant.ended_by, grant.ended_at, grant.version) == (GrantStatus.ENDED, SOMEBODY, NOON, 2)


@pytest.mark.rule("SHR-12")
def test_leaving_is_told_apart_from_withdrawing() -> None:
    grant = a_grant()

    event = grant.leave(by=grant.recipient_id, at=NOON, today=TODAY)

    assert isinstance(event, GrantLeft)
    assert (event.status, grant.ended_by) == (GrantStatus.ENDED, grant.recipient_id)


@pytest.mark.rule("SHR-11", "SHR-12", "SHR-16")
@pytest.mark.parametrize("how", ["withdrawn", "left", "run out"])
def test_what_has_ended_is_neither_changed_nor_ended_again(how: str) -> None:
    grant = a_grant(until=TODAY if how == "run out" else None)
    if how == "withdrawn":
        grant.withdraw(by=SOMEBODY, at=NOON, today=TODAY)
    if how == "left":
        grant.leave(by=SOMEBODY, at=NOON, today=TODAY)
    before = grant.version

    with pytest.raises(GrantEnded):
        grant.change(some_terms("view"), today=TODAY)
    with pytest.raises(GrantEnded):
        grant.withdraw(by=SOMEBODY, at=NOON, today=TODAY)
    with pytest.raises(GrantEnded):
        grant.leave(by=SOMEBODY, at=NOON, today=TODAY)
    assert grant.version == before


@pytest.mark.rule("SHR-16")
def test_what_ran_out_is_set_down_as_ended_once_to_make_room() -> None:
    grant = a_grant(until=TODAY)

    event = grant.close(by=SOMEBODY, at=NOON)

    assert event.status is GrantStatus.ENDED
    with pytest.raises(GrantEnded):
        grant.close(by=SOMEBODY, at=NOON)


@pytest.mark.rule("SHR-10", "ALL-1")
def test_each_standard_level_holds_the_one_before_and_none_is_medical() -> None:
    view, report, edit, manage = (level.rights for level in STANDARD.values())

    assert view < report < edit < manage
    assert not manage & MEDICAL_RIGHTS


@pytest.mark.rule("SHR-10")
def test_a_level_of_an_account_is_a_set_of_rights() -> None:
    rights = frozenset({"reports:read", "medical:read"})

    level, event = Level.define(
        id=LevelId(new_id()), account_id=AccountId(new_id()), code="nurse", names={"en": "Nurse"}, rights=rights
    )

    assert (event.level_id, event.account_id, event.code, event.rights) == (level.id, level.account_id, "nurse", rights)


@pytest.mark.rule("SHR-10")
@pytest.mark.parametrize(
    ("code", "rights", "refusal"),
    [
        ("nurse", frozenset(), RightsUnknown),
        ("nurse", frozenset({"members:write"}), RightsUnknown),
        ("nurse", ALL_RIGHTS | {"secrets:read"}, RightsUnknown),
        ("manage", frozenset({"reports:read"}), LevelCodeTaken),
    ],
)
def test_a_level_has_known_rights_and_a_code_of_its_own(code: str, rights: frozenset[str], refusal: Any) -> None:
    with pytest.raises(refusal):
        Level.define(id=LevelId(new_id()), account_id=AccountId(new_id()), code=code, names={}, rights=rights)


@pytest.mark.rule("SHR-15")
def test_no_more_than_means_subset_and_the_refusal_names_what_is_missing() -> None:
    refuse_more_than_own(frozenset({"a"}), frozenset({"a", "b"}))

    with pytest.raises(LevelAboveOwn) as refusal:
        refuse_more_than_own(frozenset({"c", "a"}), frozenset({"b"}))
    assert refusal.value.members == {"missing": ["a", "c"]}


@pytest.mark.rule("SHR-15", "SHR-24")
def test_what_was_received_is_not_passed_on() -> None:
    all_of_it = frozenset({"members:manage", "reports:read"})
    role = {"rule": "account-role", "role": "owner"}
    group = {"rule": "group-access", "rights": ["reports:read"]}
    grant = {"rule": "grant", "rights": ["members:manage"]}

    assert may_pass_on(all_of_it, [role, grant]) == all_of_it
    assert may_pass_on(all_of_it, [group, grant]) == {"reports:read"}
    with pytest.raises(OnwardSharingOff):
        may_pass_on(all_of_it, [grant])
