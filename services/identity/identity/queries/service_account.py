"""Service accounts as owner and administrators see them, and as one sees itself."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field, PrivateAttr
from sqlalchemy import Row, select

from chassis.context import Query
from chassis.keyset import beyond
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from contracts.actions import ROLES, Role
from contracts.identity import UserStatus
from identity import facts
from identity.domain.service_account import ServiceAccountNotFound
from identity.tables import account, service_account, service_secret


class ServiceAccountRow(Model):
    """A partner system that works in the account."""

    id: UUID
    client_id: UUID
    name: str
    description: str
    status: UserStatus
    added_at: Instant


class SecretRow(Model):
    """A secret; what it is was told once. `lastUsedAt` is when it was last given for a token."""

    id: UUID
    made_at: Instant
    last_used_at: Instant | None


class ServiceAccountDetail(ServiceAccountRow):
    """One service account, with the secrets that open it."""

    secrets: list[SecretRow]
    _version: int = PrivateAttr(default=0)

    @property
    def version(self) -> int:
        """For the ETag."""
        return self._version


class AccountOfService(Model):
    """The account that a service account works in."""

    id: UUID
    name: str


class OwnServiceAccount(Model):
    """What a partner system is here, and what it may do in its account besides what groups and grants give it."""

    id: UUID
    name: str
    account: AccountOfService
    permissions: list[str] = Field(description="Those of a member.")


async def service_accounts(q: Query, *, page: Page) -> Slice[ServiceAccountRow]:
    """Those of the reader's own account by name; what was removed is no longer listed."""
    await q.authorize("service_account.read", facts.account(q.actor.account_id))
    own = service_account.c.account_id == q.actor.account_id
    order = (service_account.c.sort_key, service_account.c.id)
    after = await beyond(q.session, select(service_account.c.id).where(own), page, order=order)
    listed = select(service_account).where(own, service_account.c.status != UserStatus.REMOVED, after)
    rows = (await q.session.execute(listed.order_by(*order).limit(page.fetch))).all()
    return page.slice(rows, lambda row: ServiceAccountRow(**_shown(row)), key=lambda row: row.id)


async def service_account_detail(q: Query, service_account_id: UUID) -> ServiceAccountDetail:
    await q.authorize("service_account.read", facts.service_account(service_account_id))
    open_secret = (service_secret.c.service_account_id == service_account.c.id) & service_secret.c.ended_at.is_(None)
    found = await q.session.execute(
        select(
            service_account, service_secret.c.id.label("secret_id"), service_secret.c.made_at, service_secret.c.used_at
        )
        .outerjoin(service_secret, open_secret)
        .where(service_account.c.id == service_account_id)
        .order_by(service_secret.c.made_at)
    )
    rows = found.all()
    if not rows:
        raise ServiceAccountNotFound
    detail = ServiceAccountDetail(**_shown(rows[0]), secrets=_secrets(rows))
    detail._version = rows[0].version
    return detail


async def own_service_account(q: Query) -> OwnServiceAccount:
    """For whoever is one. Raises ServiceAccountNotFound."""
    await q.authorize("self.read", facts.user(q.actor.user_id))
    found = await q.session.execute(
        select(service_account, account.c.name.label("account_name"))
        .join(account, account.c.id == service_account.c.account_id)
        .where(service_account.c.id == q.actor.user_id)
    )
    row = found.one_or_none()
    if row is None:
        raise ServiceAccountNotFound
    works_in = AccountOfService(id=row.account_id, name=row.account_name)
    return OwnServiceAccount(id=row.id, name=row.name, account=works_in, permissions=sorted(ROLES[Role.MEMBER]))


def _secrets(rows: Sequence[Row[Any]]) -> list[SecretRow]:
    return [
        SecretRow(id=row.secret_id, made_at=row.made_at, last_used_at=row.used_at)
        for row in rows
        if row.secret_id is not None
    ]


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "client_id": row.id,
        "name": row.name,
        "description": row.description,
        "status": row.status,
        "added_at": row.added_at,
    }
