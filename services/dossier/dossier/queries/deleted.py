"""Dossiers that were deleted and can be restored, for who may erase them (SHR-37)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, column, func, select

from access import facts
from chassis.context import Query
from chassis.keyset import continued
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from dossier import tables
from dossier.domain.dossier import Status, kept_until
from dossier.loading import years_kept
from dossier.queries.written import Person, people


class DeletedDossier(Model):
    """A dossier that is there for nobody. `keptUntil` is the first day on which the law lets it be erased without its
    person's asking."""

    dossier_id: UUID
    client_id: UUID
    name: str
    initials: str
    deleted_at: Instant
    deleted_by: Person | None
    kept_until: date
    version: int


async def deleted_dossiers(q: Query, page: Page) -> Slice[DeletedDossier]:
    """Of the reader's own account, the newest first."""
    await q.authorize("deleted_dossier.read", facts.account(q.actor.account_id))
    years = await years_kept(q.session)
    own = (tables.dossier.c.account_id == q.actor.account_id, tables.dossier.c.status == Status.DELETED)
    named = func.public.deleted_clients(q.actor.account_id).table_valued(*_NAMED, name="named")
    asked = select(tables.dossier, named).join(named, named.c.dossier_id == tables.dossier.c.id).where(*own)
    shown = await continued(q.session, asked, page, order=(tables.dossier.c.id,), newest_first=True)
    rows = (await q.session.execute(shown)).all()
    by = await people(q, {row.deleted_by for row in rows if row.deleted_by})
    return page.slice(rows, lambda row: _told(row, by, years), key=lambda row: row.id)


_NAMED = (
    column("dossier_id", Uuid),
    column("given_name", Text),
    column("infix", Text),
    column("family_name", Text),
    column("initials", Text),
)


def _told(row: Any, by: dict[UUID, Person], years: int) -> DeletedDossier:
    return DeletedDossier(
        dossier_id=row.id,
        client_id=row.client_id,
        name=" ".join(filter(None, (row.given_name, row.infix, row.family_name))),
        initials=row.initials,
        deleted_at=row.deleted_at,
        deleted_by=by.get(row.deleted_by),
        kept_until=kept_until(row.changed_on, years),
        version=row.version,
    )
