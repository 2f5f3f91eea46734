"""What operators do is named apart from what policies decide, and leaves no room for words."""

import pytest

from contracts.actions import ACTIONS
from contracts.operators import REFERENCE, OperatorAction


def test_no_policy_decides_what_an_operator_does() -> None:
    assert {action.value for action in OperatorAction}.isdisjoint(ACTIONS)


@pytest.mark.parametrize("told", ["INC-2041", "keten/issues#12", "2026.11_3"])
def test_a_reference_is_the_number_of_a_ticket(told: str) -> None:
    assert REFERENCE.fullmatch(told)


@pytest.mark.parametrize("told", ["Jan Jansen belde", "", "-x", "jan@example.nl", "é", "x" * 41, "regel\neen"])
def test_a_reference_holds_no_words(told: str) -> None:
    assert not REFERENCE.fullmatch(told)
