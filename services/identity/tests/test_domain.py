"""Accounts and users: the rules alone."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.actions import Role
from contracts.identity import UserStatus
from contracts.ids import AccountId, UserId, new_id
from identity import passwords
from identity.domain.account import Account, AlreadyOwner, NewOwnerNotActive
from identity.domain.user import (
    LINK_LIFE,
    AlreadyActivated,
    AlreadyRemoved,
    AlreadySuspended,
    LinkSpent,
    NotSuspended,
    NotYourself,
    OwnerStays,
    User,
    new_user,
)
from identity.limits import network

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACCOUNT = AccountId(new_id())
SOMEBODY = UserId(new_id())


def a_user(role: Role = Role.MEMBER, *, activated: bool = True, account: AccountId = ACCOUNT) -> User:
    return new_user(
        UserId(new_id()),
        account,
        name="Leon de Wit",
        email="leon@zorg4you.example",
        language="nl",
        role=role,
        at=NOON,
        password_hash="hash" if activated else None,
    )


def an_account(owner: User) -> Account:
    return Account(id=owner.account_id, name="Zorg 4 You", owner_id=owner.id, opened_at=NOON)


@pytest.mark.rule("SHR-2")
def test_a_transfer_makes_another_owner_and_leaves_an_administrator() -> None:
    owner, successor = a_user(Role.OWNER), a_user()
    account = an_account(owner)

    transferred, lowered, raised = account.transfer(owner=owner, to=successor)

    assert (transferred.owner_id, account.owner_id) == (successor.id, successor.id)
    assert (lowered.role, raised.role) == (Role.ADMINISTRATOR, Role.OWNER)
    assert (account.version, owner.version, successor.version) == (2, 2, 2)


@pytest.mark.rule("SHR-2")
def test_an_account_goes_to_an_active_user_of_its_own_only() -> None:
    owner = a_user(Role.OWNER)
    suspended = a_user()
    suspended.suspend(by=owner.id)

    for other in (suspended, a_user(activated=False), a_user(account=AccountId(new_id()))):
        with pytest.raises(NewOwnerNotActive):
            an_account(owner).transfer(owner=owner, to=other)
    with pytest.raises(AlreadyOwner):
        an_account(owner).transfer(owner=owner, to=owner)


@pytest.mark.rule("SHR-2")
def test_an_owner_is_not_suspended_removed_or_lowered() -> None:
    owner = a_user(Role.OWNER)

    with pytest.raises(OwnerStays):
        owner.suspend(by=SOMEBODY)
    with pytest.raises(OwnerStays):
        owner.remove(by=SOMEBODY)
    with pytest.raises(OwnerStays):
        owner.change(role=Role.MEMBER, medical=None)


def test_nobody_becomes_owner_by_a_change() -> None:
    with pytest.raises(OwnerStays):
        a_user().change(role=Role.OWNER, medical=None)


@pytest.mark.rule("SHR-2")
def test_a_user_is_suspended_resumed_and_removed() -> None:
    user = a_user()

    suspended = user.suspend(by=SOMEBODY)
    resumed = user.resume()
    removed = user.remove(by=SOMEBODY)

    said = [event.status for event in (suspended, resumed, removed)]
    assert said == [UserStatus.SUSPENDED, UserStatus.ACTIVE, UserStatus.REMOVED]
    assert (user.version, user.password_hash) == (4, None)


def test_what_has_happened_does_not_happen_again() -> None:
    suspended, removed = a_user(), a_user()
    suspended.suspend(by=SOMEBODY)
    removed.remove(by=SOMEBODY)

    with pytest.raises(AlreadySuspended):
        suspended.suspend(by=SOMEBODY)
    with pytest.raises(NotSuspended):
        a_user().resume()
    for again in (lambda: removed.remove(by=SOMEBODY), removed.resume, lambda: removed.invite(at=NOON)):
        with pytest.raises(AlreadyRemoved):
            again()


def test_nobody_suspends_himself() -> None:
    user = a_user(Role.ADMINISTRATOR)

    with pytest.raises(NotYourself):
        user.suspend(by=user.id)


@pytest.mark.rule("ALL-1")
def test_a_medical_authorisation_is_the_users_own_and_can_be_taken_away() -> None:
    user = a_user()

    given = user.change(role=None, medical=True)

    assert given is not None
    assert given.medical
    assert user.would_lose(role=None, medical=False)
    assert not user.would_lose(role=Role.ADMINISTRATOR, medical=None)
    assert user.change(role=None, medical=True) is None


@pytest.mark.rule("SHR-17")
def test_another_name_brings_other_initials() -> None:
    user = a_user()

    profile = user.describe(name="Noor van der Laan", language=None)

    assert profile is not None
    assert (profile.initials, profile.sort_key) == ("NL", "laan, noor van der")
    assert user.describe(name="Noor van der Laan", language="nl") is None


def test_a_link_opens_once_until_it_expires_or_is_replaced() -> None:
    user = a_user(activated=False)
    first = user.link_generation

    user.invite(at=NOON)
    second = user.link_generation

    assert not user.can_activate(first, at=NOON)
    assert not user.can_activate(second, at=NOON + LINK_LIFE)
    user.activate(second, password_hash="hash", at=NOON + LINK_LIFE - timedelta(seconds=1))
    with pytest.raises(LinkSpent):
        user.activate(second, password_hash="other", at=NOON)
    with pytest.raises(AlreadyActivated):
        user.invite(at=NOON)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("elf tekens!", "password_length"),
        ("x" * 129, "password_length"),
        ("Welkom2026!!", "password_common"),
        ("aaaaaaaaaaaaaa", "password_common"),
        ("Leon@Zorg4You.example", "password_personal"),
        ("Leon Maria de Wit", "password_personal"),
        ("een zin die niemand raadt", None),
    ],
)
def test_a_password_is_long_enough_and_not_among_the_first_tried(password: str, fault: str | None) -> None:
    found = passwords.fault(password, email="leon@zorg4you.example", name="Leon Maria de Wit")

    assert found == fault


def test_an_ipv6_network_counts_as_one() -> None:
    assert network("2001:db8::1") == network("2001:db8::2:3") == "2001:db8::/64"
    assert (network("192.0.2.1"), network(None)) == ("192.0.2.1", "unknown")


def test_an_address_is_proven_by_the_first_password_and_moves_only_when_proven() -> None:
    invited, active = a_user(activated=False), a_user()

    before = active.move(email="leon@elders.example")
    with pytest.raises(LinkSpent):
        invited.move(email="leon@elders.example")
    with pytest.raises(LinkSpent):
        invited.choose_password("other")
    invited.activate(invited.link_generation, password_hash="hash", at=NOON)

    assert (before, active.email, active.version) == ("leon@zorg4you.example", "leon@elders.example", 2)
    assert invited.verified
    assert invited.can_sign_in()


def test_who_is_suspended_chooses_no_password() -> None:
    user = a_user()
    user.suspend(by=SOMEBODY)

    with pytest.raises(LinkSpent):
        user.choose_password("other")


def test_an_account_is_renamed_and_may_demand_a_second_factor() -> None:
    account = an_account(a_user(Role.OWNER))

    renamed = account.rename("Zorg voor U")
    again = account.rename("Zorg voor U")
    for demanded in (True, True, False):
        account.demand_second_factor(demanded)

    assert renamed is not None
    assert (renamed.name, again, account.version) == ("Zorg voor U", None, 4)
