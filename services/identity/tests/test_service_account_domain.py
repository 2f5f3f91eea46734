"""What may happen to a service account."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from contracts.actions import Role
from contracts.identity import UserRemoved, UserStatus
from contracts.ids import AccountId, UserId
from identity.domain.service_account import (
    SecretNotFound,
    ServiceAccount,
    ServiceAccountAlreadyRemoved,
    ServiceAccountAlreadySuspended,
    ServiceAccountNotSuspended,
    TwoSecretsAlready,
    new_service_account,
)

OLD, NEW = uuid4(), uuid4()


def a_service_account(status: UserStatus = UserStatus.ACTIVE) -> ServiceAccount:
    made = new_service_account(
        UserId(UUID(int=1)), AccountId(UUID(int=2)), name="Rooster", description="", at=datetime(2026, 5, 4, tzinfo=UTC)
    )
    made.status = status
    return made


def test_it_is_a_member_without_medical_authorisation_whatever_happens_to_it() -> None:
    held = a_service_account()

    facts = [held.added()[0], held.suspend(), held.resume(), held.remove()]

    assert {(fact.role, fact.medical) for fact in facts} == {(Role.MEMBER, False)}
    assert isinstance(facts[-1], UserRemoved)
    assert held.version == 4


def test_it_is_told_to_others_only_when_it_is_called_otherwise() -> None:
    held = a_service_account()

    renamed, described = held.describe(name="Agenda", description=None), held.describe(name=None, description="x")
    unchanged = held.describe(name="Agenda", description="x")

    assert renamed is not None
    assert renamed.name == "Agenda"
    assert (described, unchanged) == (None, None)
    assert held.version == 3


def test_it_has_two_secrets_at_most() -> None:
    held = a_service_account()

    held.rotate([OLD])

    with pytest.raises(TwoSecretsAlready):
        held.rotate([OLD, NEW])


def test_it_loses_only_a_secret_that_it_has() -> None:
    held = a_service_account()

    held.lose(OLD, [OLD, NEW])

    with pytest.raises(SecretNotFound):
        held.lose(OLD, [NEW])


def test_each_thing_happens_once() -> None:
    with pytest.raises(ServiceAccountAlreadySuspended):
        a_service_account(UserStatus.SUSPENDED).suspend()
    with pytest.raises(ServiceAccountNotSuspended):
        a_service_account().resume()


def test_what_was_removed_stays_removed() -> None:
    removed = a_service_account(UserStatus.REMOVED)

    for happen in (removed.suspend, removed.resume, removed.remove, lambda: removed.rotate([])):
        with pytest.raises(ServiceAccountAlreadyRemoved):
            happen()
    with pytest.raises(ServiceAccountAlreadyRemoved):
        removed.describe(name="Agenda", description=None)
