"""Which dossiers a list may hold: the policy's answer as an indexed SQL condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, false, or_
from sqlalchemy.dialects.postgresql import ARRAY

from access.facts import ScopeResource
from access.tables import dossier_access, grant_access, group_access
from chassis.clock import day
from chassis.context import Query
from chassis.problems import Unavailable


@dataclass(frozen=True)
class Scope:
    """The ways by which this reader's lists are filled, and the rights one of which a dossier must give."""

    user_id: UUID
    account_id: UUID
    ways: frozenset[str]
    stale_ways: frozenset[str]
    rights: Sequence[str]
    today: date

    def only(self, *ways: str) -> "Scope":
        """The same reader by some of his ways. Raises Unavailable when one of them cannot be trusted to be fresh."""
        if self.stale_ways & set(ways):
            raise Unavailable
        return Scope(self.user_id, self.account_id, self.ways & set(ways), frozenset(), self.rights, self.today)


async def scope_of(q: Query, action: str) -> Scope:
    """Ask the policy which dossiers the reader may find with this action (one line in the access log)."""
    decision = await q.authorize(action, ScopeResource())
    return Scope(
        user_id=q.actor.user_id,
        account_id=q.actor.account_id,
        ways=frozenset(decision.ways),
        stale_ways=frozenset(decision.stale_ways),
        rights=sorted(decision.rights),
        today=day(q.now),
    )


def within(scope: Scope) -> ColumnElement[bool]:
    """The condition on `dossier_access`. A way that cannot be trusted to be fresh is left out."""
    ways = [_WAYS[way](scope) for way in sorted(scope.ways)]
    return and_(dossier_access.c.status.in_(("open", "archived")), or_(false(), *ways))


def _own_account(scope: Scope) -> ColumnElement[bool]:
    return dossier_access.c.account_id == scope.account_id


def _own_groups(scope: Scope) -> ColumnElement[bool]:
    return and_(
        dossier_access.c.account_id == scope.account_id,
        exists().where(
            group_access.c.group_id == dossier_access.c.group_id,
            group_access.c.user_id == scope.user_id,
            group_access.c.status == "live",
            _any_of(group_access.c.rights, scope.rights),
        ),
    )


def _grants(scope: Scope) -> ColumnElement[bool]:
    return exists().where(
        grant_access.c.dossier_id == dossier_access.c.dossier_id,
        grant_access.c.recipient_id == scope.user_id,
        or_(grant_access.c.effective_until.is_(None), grant_access.c.effective_until > scope.today),
        _any_of(grant_access.c.effective_rights, scope.rights),
    )


def _any_of(held: ColumnElement[Sequence[str]], rights: Sequence[str]) -> ColumnElement[bool]:
    return held.bool_op("&&")(cast(list(rights), ARRAY(Text)))


_WAYS = {"account": _own_account, "groups": _own_groups, "grants": _grants}

__all__ = ["Scope", "scope_of", "within"]
