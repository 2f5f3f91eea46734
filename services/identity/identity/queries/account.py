"""An account and its owner."""

from uuid import UUID

from pydantic import Field, PrivateAttr
from sqlalchemy import select

from chassis.context import Query
from chassis.models import Instant, Model
from identity import facts
from identity.domain.account import AccountNotFound
from identity.tables import account, app_user


class OwnerOfAccount(Model):
    """Who owns an account."""

    user_id: UUID
    name: str
    initials: str


class AccountDetail(Model):
    """An organisation's account."""

    id: UUID
    name: str
    opened_at: Instant
    owner: OwnerOfAccount
    second_factor_demanded: bool = Field(description="Whoever has no second factor sets one up when he signs in next.")
    erase_after: Instant | None = Field(description="From then on the account is erased, unless its owner keeps it.")
    _version: int = PrivateAttr(default=0)

    @property
    def version(self) -> int:
        """For the ETag."""
        return self._version


async def account_detail(q: Query, account_id: UUID) -> AccountDetail:
    await q.authorize("account.read", facts.account(account_id))
    found = await q.session.execute(
        select(account, app_user.c.name.label("owner_name"), app_user.c.initials)
        .join(app_user, app_user.c.id == account.c.owner_id)
        .where(account.c.id == account_id)
    )
    row = found.one_or_none()
    if row is None:
        raise AccountNotFound
    owner = OwnerOfAccount(user_id=row.owner_id, name=row.owner_name, initials=row.initials)
    told = {"id": row.id, "name": row.name, "opened_at": row.opened_at, "owner": owner}
    detail = AccountDetail(**told, second_factor_demanded=row.second_factor_demanded, erase_after=row.erase_after)
    detail._version = row.version
    return detail
