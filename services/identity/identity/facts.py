"""What a policy may know of an account, from identity's own tables; and whether the actor's session was ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.problems import NotFound, Refusal, Unauthenticated
from identity.domain.account import AccountNotFound
from identity.domain.service_account import ServiceAccountNotFound
from identity.domain.user import UserNotFound

# No account has this id: what is asked about a user who does not exist is answered as about one of elsewhere.
_NOWHERE = UUID(int=0)

_OF_PERSON = """
select actor.id, actor.account_id, actor.status, actor.role, actor.medical,
       exists (select from public.session
                where id = current_setting('keten.session', true) and user_id = actor.id and ended_at is not null)
           as ended,
       coalesce((select account_id from public.app_user where id = cast(:target as uuid)),
                (select account_id from public.service_account where id = cast(:target as uuid))) as target_account
  from public.app_user as actor where actor.id = :actor"""

# A partner system may what a member may.
_OF_SERVICE = """
select actor.id, actor.account_id, actor.status, 'member' as role, false as medical,
       exists (select from public.service_session
                where id = current_setting('keten.session', true) and service_account_id = actor.id
                  and ended_at is not null) as ended,
       coalesce((select account_id from public.app_user where id = cast(:target as uuid)),
                (select account_id from public.service_account where id = cast(:target as uuid))) as target_account
  from public.service_account as actor where actor.id = :actor"""


@dataclass(frozen=True)
class InAccount:
    """An account, or the one that a user is in."""

    package: ClassVar[str] = "account"
    problems: ClassVar[Mapping[str, type[Refusal]]] = {}
    missing: ClassVar[type[NotFound]] = AccountNotFound

    account_id: UUID | None = None
    user_id: UUID | None = None

    @property
    def subject(self) -> UUID | None:
        """Nothing here is about a dossier."""
        return None

    async def facts(self, session: AsyncSession, user_id: UUID, now: datetime, *, lock: bool) -> dict[str, Any]:
        """Raises Unauthenticated for a user nobody knows, and for a session that was ended: its tokens open nothing."""
        asked, held = {"actor": user_id, "target": self.user_id}, " for share of actor" if lock else ""
        actor = (await session.execute(text(_OF_PERSON + held), asked)).one_or_none()
        if actor is None:
            actor = (await session.execute(text(_OF_SERVICE + held), asked)).one_or_none()
        if actor is None or (actor.ended and actor.status == "active"):
            raise Unauthenticated
        return {
            "actor": {
                "id": str(actor.id),
                "account": str(actor.account_id),
                "status": actor.status,
                "role": actor.role,
                "medical": actor.medical,
            },
            "account": {"id": str(self.account_id or actor.target_account or _NOWHERE)},
            "subject": str(self.user_id) if self.user_id else None,
            "parked": False,
        }


class _OfUser(InAccount):
    missing: ClassVar[type[NotFound]] = UserNotFound


class _OfServiceAccount(InAccount):
    missing: ClassVar[type[NotFound]] = ServiceAccountNotFound


def account(account_id: UUID) -> InAccount:
    """An account by its id."""
    return InAccount(account_id=account_id)


def user(user_id: UUID) -> InAccount:
    """The account that a user is in; nobody's, when there is no such user."""
    return _OfUser(user_id=user_id)


def service_account(service_account_id: UUID) -> InAccount:
    """The account that a service account works in; nobody's, when there is no such service account."""
    return _OfServiceAccount(user_id=service_account_id)
