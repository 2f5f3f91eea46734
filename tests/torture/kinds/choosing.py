"""Choosing among what there is, in an order that does not depend on when it came."""

from collections.abc import Iterable
from random import Random
from typing import TypeVar

from tests.torture.model import Model
from tests.torture.rules import rights

T = TypeVar("T")

# So often somebody tries what is not his: of everything there is, not of what he can reach.
BOLD = 0.15


def one_of(chance: Random, names: Iterable[T]) -> T | None:
    """None when there is nothing to choose from; a draw is made in any case, so that later ones do not shift."""
    among, drawn = sorted(names, key=str), chance.random()
    return among[int(drawn * len(among))] if among else None


def a_dossier(model: Model, chance: Random, by: str) -> str | None:
    """Mostly one that he reaches."""
    is_bold, user = chance.random() < BOLD, model.users[by]
    there = model.dossiers.values()
    return one_of(chance, [one.name for one in there if is_bold or rights(model, user, one)])


def a_group(model: Model, chance: Random, by: str) -> str | None:
    """Mostly of his own account; seldom one that was closed."""
    is_bold, account = chance.random() < BOLD, model.users[by].account
    there = model.groups.values()
    return one_of(chance, [g.name for g in there if is_bold or (g.account == account and g.status == "open")])


def a_level(model: Model, chance: Random, by: str) -> str | None:
    """Mostly one that he may give."""
    is_bold, account = chance.random() < BOLD, model.users[by].account
    return one_of(chance, [one.name for one in model.levels.values() if is_bold or one.account in (None, account)])


def a_user(model: Model, chance: Random, by: str, *, colleague: bool) -> str | None:
    """Mostly one of his own account, or one of another."""
    is_bold, account = chance.random() < BOLD, model.users[by].account
    there = model.users.values()
    return one_of(chance, [u.name for u in there if is_bold or (u.account == account) is colleague])


def given(**args: str | None) -> dict[str, str] | None:
    """The arguments of a step, when all of them were found."""
    found = {name: value for name, value in args.items() if value is not None}
    return found if len(found) == len(args) else None
