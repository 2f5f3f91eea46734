"""How what stands in a section is shown: with who wrote it, also when he has no access any more (SHR-12)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar, get_args
from uuid import UUID

from pydantic.fields import FieldInfo
from sqlalchemy import Column, Select, bindparam, select

from access import facts
from access.names import organisation_name, person_name
from access.tables import account, person
from chassis.context import Context, Query
from chassis.keyset import continued
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from chassis.problems import Language
from contracts.ids import DossierId
from dossier import tables
from dossier.domain.entry import Entry
from dossier.domain.report import Report
from dossier.loading import entry_of

E = TypeVar("E", bound=Entry)


class Person(Model):
    """Who somebody is to others: his initials stand in for a photo, his organisation shows who is external (SHR-17)."""

    user_id: UUID
    name: str | None
    initials: str | None
    account_id: UUID | None
    organisation: str | None


class Written(Model):
    """Common to everything that is written in a dossier."""

    id: UUID
    author: Person
    written_at: Instant
    editor: Person
    edited_at: Instant
    version: int


A = TypeVar("A", bound=Written)
M = TypeVar("M", bound=Model)

# Newest first everywhere: reports by the moment they are about, the rest by when it was written (ids sort by that).
_ORDER: Mapping[type[Entry], tuple[Column[Any], ...]] = {Report: (tables.report.c.at, tables.report.c.id)}


async def entries(q: Query, kind: type[E], answer: type[A], dossier_id: DossierId, page: Page) -> Slice[A]:
    """A page of one section, newest first."""
    await q.authorize(kind.reading, facts.dossier(dossier_id))
    held = tables.table_of(kind).c
    asked = select(kind).where(held.dossier_id == dossier_id)
    asked = await continued(q.session, asked, page, order=_ORDER.get(kind, (held.id,)), newest_first=True)
    found = (await q.session.scalars(asked)).all()
    people = await people_in(q, found)
    return page.slice(found, lambda entry: shown(answer, entry, people), key=lambda entry: entry.id)


async def entry(q: Query, kind: type[E], answer: type[A], dossier_id: DossierId, entry_id: UUID) -> A:
    await q.authorize(kind.reading, facts.dossier(dossier_id))
    found = await entry_of(q.session, kind, dossier_id, entry_id)
    return shown(answer, found, await people_in(q, [found]))


async def as_written(c: Context, answer: type[A], entry: Entry) -> A:
    """An entry as it is after a change, for who was just allowed to make it."""
    # open to everyone: the command that changed the entry asked the policy
    return shown(answer, entry, await people_in(c, [entry]))


def shown(answer: type[M], found: Any, people: Mapping[UUID, Person]) -> M:
    """Every member of the answer is the entry's own, the person whose id the entry holds under that name, or what belongs
    to it, shown in the same way."""
    return answer(**{name: _member(found, name, field, people) for name, field in answer.model_fields.items()})


async def people_in(c: Context, found: Iterable[Entry]) -> dict[UUID, Person]:
    # open to everyone: names of who stands in what the reader may read
    return await people(c, set[UUID]().union(*(one.people() for one in found)))


async def people(c: Context, ids: Collection[UUID]) -> dict[UUID, Person]:
    """Whoever was erased is called so in the reader's language."""
    # open to everyone: names of who stands in what the reader may read
    rows = (await c.session.execute(_PEOPLE[c.language], {"ids": ids})).all() if ids else []
    known = {
        row.id: Person(
            user_id=row.id,
            name=row.name,
            initials=row.initials,
            account_id=row.account_id,
            organisation=row.organisation,
        )
        for row in rows
    }
    return {one: known.get(one) or nobody_known(one) for one in ids}


def _people(language: Language) -> Select[Any]:
    return (
        select(
            person.c.id,
            person_name(person, language).label("name"),
            person.c.initials,
            person.c.account_id,
            organisation_name(account, language).label("organisation"),
        )
        .outerjoin_from(person, account, account.c.id == person.c.account_id)
        .where(person.c.id.in_(bindparam("ids", expanding=True)))
    )


# Made once: building a query takes longer than what the database needs for it.
_PEOPLE: Mapping[Language, Select[Any]] = {"nl": _people("nl"), "en": _people("en")}


def nobody_known(user_id: UUID) -> Person:
    """Somebody of whom nothing has been heard yet."""
    return Person(user_id=user_id, name=None, initials=None, account_id=None, organisation=None)


def _member(found: Any, name: str, field: FieldInfo, people: Mapping[UUID, Person]) -> Any:
    if hasattr(found, f"{name}_id"):
        user_id = getattr(found, f"{name}_id")
        return None if user_id is None else people[user_id]
    value = getattr(found, name)
    if isinstance(value, list):
        (inner,) = get_args(field.annotation)
        return [shown(inner, one, people) for one in value]
    return value
