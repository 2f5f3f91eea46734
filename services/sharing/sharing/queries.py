"""Questions about levels and grants. SQL in, response model out."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from access import facts
from access.names import organisation_name, person_name
from access.tables import account, person
from chassis.clock import AMSTERDAM, day
from chassis.context import Command, Context, Query
from chassis.keyset import continued
from chassis.models import Instant, Model
from chassis.paging import Page, Slice
from chassis.problems import Language
from contracts.ids import DossierId, GrantId
from contracts.rights import Section, Verb
from contracts.sharing import GrantStatus, Onward
from sharing.domain.grant import GrantUnknown, LegalBasis, is_open
from sharing.domain.level import STANDARD, Level
from sharing.facts import opened, received
from sharing.tables import dossier_grant, level


class Person(Model):
    """A person as others see him: his name, initials and organisation."""

    user_id: UUID
    name: str
    initials: str
    organisation: str


class LevelView(Model):
    """A level and what it opens, per section."""

    id: UUID
    code: str
    name: str
    standard: bool
    sections: dict[Section, list[Verb]]


class GrantView(Model):
    """One person's access to one dossier, and on which terms. `until` is the first day without access."""

    id: UUID
    dossier_id: UUID
    recipient: Person
    given_by: Person
    level: LevelView
    purpose: str
    legal_basis: LegalBasis
    consent_reference: str | None
    until: date | None
    onward: Onward
    status: GrantStatus
    since: Instant
    ended_at: Instant | None
    version: int


async def grant_detail(q: Query, grant_id: GrantId) -> GrantView:
    """One grant, for who received it, as long as it lasts, and for who manages the dossier's members."""
    row = (await q.session.execute(_grants(q.language).where(dossier_grant.c.id == grant_id))).one_or_none()
    if row is None:
        raise GrantUnknown
    if row.recipient_id == q.actor.user_id and is_open(row.status, row.until, day(q.now)):
        await q.authorize("grant.list", received(row))
    else:
        await q.authorize("grant.read", opened(row))
    return grant_view(row, q)


async def grant_as_changed(c: Command, grant_id: GrantId) -> GrantView:
    """What a command answers with: the grant as it is after it."""
    # open to everyone: shows a command its own result, which that command was authorized for
    return grant_view((await c.session.execute(_grants(c.language).where(dossier_grant.c.id == grant_id))).one(), c)


async def grants_on_dossier(q: Query, dossier_id: DossierId, *, page: Page) -> Slice[GrantView]:
    """Everybody with whom this dossier is or was shared, the newest last."""
    await q.authorize("grant.read", facts.dossier(dossier_id))
    return await _page(q, _grants(q.language).where(dossier_grant.c.dossier_id == dossier_id), page)


async def received_grants(q: Query, *, page: Page) -> Slice[GrantView]:
    """What was shared with the reader and still is."""
    await q.authorize("grant.list", facts.account(q.actor.account_id, about=q.actor.user_id))
    held = dossier_grant.c
    lasts = or_(held.until.is_(None), held.until > day(q.now))
    mine = _grants(q.language).where(held.recipient_id == q.actor.user_id, held.status == GrantStatus.LIVE, lasts)
    return await _page(q, mine, page)


async def levels(q: Query, *, page: Page) -> Slice[LevelView]:
    """The standard four and the account's own."""
    await q.authorize("level.read", facts.account(q.actor.account_id))
    own = select(level).where(level.c.account_id == q.actor.account_id).order_by(level.c.code)
    rows = (await q.session.execute(own)).all()
    whole = [level_view(one, q.language) for one in (*STANDARD.values(), *(Level(**row._mapping) for row in rows))]
    return page.cut(whole, key=lambda one: one.id)


def level_view(one: Level, language: Language) -> LevelView:
    return _level_view(one.id, one.code, one.names, one.rights, language)


def grant_view(row: Any, asked: Context) -> GrantView:
    """As it is today: one that ran out has ended at the start of its end date, whatever its row says."""
    today, language = day(asked.now), asked.language
    has_run_out = row.status is GrantStatus.LIVE and not is_open(row.status, row.until, today)
    standard = STANDARD.get(row.level_id)
    names = standard.names if standard else row.level_names or {}
    return GrantView(
        id=row.id,
        dossier_id=row.dossier_id,
        recipient=_person(row.recipient_id, row.recipient_name, row.recipient_initials, row.recipient_organisation),
        given_by=_person(row.given_by, row.giver_name, row.giver_initials, row.giver_organisation),
        level=_level_view(row.level_id, row.level_code, names, row.rights, language),
        purpose=row.purpose,
        legal_basis=row.legal_basis,
        consent_reference=row.consent_reference,
        until=row.until,
        onward=row.onward,
        status=GrantStatus.ENDED if has_run_out else row.status,
        since=row.given_at,
        ended_at=datetime.combine(row.until, time.min, AMSTERDAM) if has_run_out else row.ended_at,
        version=row.version,
    )


async def _page(q: Query, grants: Select[Any], page: Page) -> Slice[GrantView]:
    rows = (await q.session.execute(await continued(q.session, grants, page, order=(dossier_grant.c.id,)))).all()
    return page.slice(rows, lambda row: grant_view(row, q), key=lambda row: row.id)


def _grants(language: Language) -> Select[Any]:
    recipient, giver = person.alias("recipient"), person.alias("giver")
    theirs, givers = account.alias("recipient_account"), account.alias("giver_account")
    return (
        select(
            dossier_grant,
            level.c.names.label("level_names"),
            person_name(recipient, language).label("recipient_name"),
            recipient.c.initials.label("recipient_initials"),
            organisation_name(theirs, language).label("recipient_organisation"),
            person_name(giver, language).label("giver_name"),
            giver.c.initials.label("giver_initials"),
            organisation_name(givers, language).label("giver_organisation"),
        )
        .outerjoin(level, level.c.id == dossier_grant.c.level_id)
        .outerjoin(recipient, recipient.c.id == dossier_grant.c.recipient_id)
        .outerjoin(theirs, theirs.c.id == dossier_grant.c.recipient_account_id)
        .outerjoin(giver, giver.c.id == dossier_grant.c.given_by)
        .outerjoin(givers, givers.c.id == giver.c.account_id)
    )


def _person(user_id: UUID, name: str | None, initials: str | None, organisation: str | None) -> Person:
    return Person(user_id=user_id, name=name or "…", initials=initials or "…", organisation=organisation or "…")


def _level_view(
    id: UUID, code: str, names: Any, rights: Sequence[str] | frozenset[str], language: Language
) -> LevelView:
    sections = {
        section: [Verb(right.partition(":")[2]) for right in sorted(rights) if right.startswith(f"{section}:")]
        for section in Section
    }
    opened = {section: verbs for section, verbs in sections.items() if verbs}
    return LevelView(id=id, code=code, name=names.get(language, code), standard=id in STANDARD, sections=opened)
