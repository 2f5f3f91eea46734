"""What a person can do here: share, change, withdraw, leave, and make a level. Load, authorize, decide, stage."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from access import facts
from access.tables import dossier_access, person
from chassis.clock import day
from chassis.context import Command, check_version
from contracts.ids import AccountId, DossierId, GrantId, LevelId, UserId, new_id
from contracts.sharing import GrantStatus
from sharing.domain.grant import (
    Grant,
    GrantUnknown,
    GroundIsTheOwners,
    LegalBasis,
    RecipientAlreadyHasAccess,
    RecipientUnknown,
    ShareWithSelf,
    Terms,
    has_own_way,
    may_pass_on,
)
from sharing.domain.level import STANDARD, Level, LevelCodeTaken, LevelUnknown, refuse_more_than_own
from sharing.facts import opened, received
from sharing.tables import dossier_grant
from sharing.tables import level as level_table


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The terms of a grant as a request asks for them; of the level it knows the id only."""

    level_id: LevelId
    purpose: str
    legal_basis: LegalBasis
    consent_reference: str | None
    until: date | None

    def at(self, level: Level) -> Terms:
        return Terms(level, self.purpose, self.legal_basis, self.consent_reference, self.until)


async def share_dossier(
    c: Command, dossier_id: DossierId, recipient_id: UserId, *, wanted: Wanted
) -> tuple[Grant, bool]:
    """Open a dossier to one person (SHR-6). The same again changes nothing; other terms change the grant.

    Returns the grant and whether it is new. Raises what SHR-15 refuses."""
    dossier = facts.dossier(dossier_id)
    decision = await c.authorize("grant.give", dossier)
    recipient_account = await _account_of_recipient(c, recipient_id)
    passable = may_pass_on(decision.rights, decision.reasons)
    level = await _level(c, wanted.level_id)
    refuse_more_than_own(level.rights, passable)
    terms = wanted.at(level)

    held = await _held_grant(c.session, dossier_id, recipient_id)
    if held is not None and held.opens(day(c.now)):
        if terms != held.terms:
            _change(c, held, terms)
        return held, False
    await _refuse_if_reached(c, dossier, recipient_id, level)
    if held is not None:
        await _make_room(c, held)
    return await _give(c, terms, dossier_id, recipient_id, recipient_account), True


async def change_grant(c: Command, grant_id: GrantId, asked: Mapping[str, Any], *, expected: int | None) -> Grant:
    """Other terms for a grant (SHR-11); what is not asked stays as it is. Lowering is done when every service has it.

    `asked` names members of `Wanted`."""
    grant = await _grant_to_change(c.session, grant_id)
    decision = await c.authorize("grant.change", opened(grant))
    check_version(grant.version, expected)
    grant.refuse_ended(day(c.now))
    given = dict(asked)
    if "level_id" in given:
        given["level"] = await _level(c, given.pop("level_id"), held=grant)
    terms = replace(grant.terms, **given)
    if terms == grant.terms:
        return grant
    if grant.is_grounded_anew_by(terms) and not has_own_way(decision.reasons):
        raise GroundIsTheOwners
    more = grant.opened_by(terms)
    if more:
        refuse_more_than_own(more, may_pass_on(decision.rights, decision.reasons))
    _change(c, grant, terms)
    return grant


async def end_grant(c: Command, grant_id: GrantId) -> None:
    """Withdraw a grant, or, for its recipient, leave the dossier (SHR-12). Nobody reads by it once this is answered."""
    grant = await _grant_to_change(c.session, grant_id)
    by, today = UserId(c.actor.user_id), day(c.now)
    if grant.recipient_id == by and grant.opens(today):
        await c.authorize("grant.leave", received(grant))
        c.stage(grant.leave(by=by, at=c.now, today=today), version=grant.version)
    else:
        await c.authorize("grant.withdraw", opened(grant))
        c.stage(grant.withdraw(by=by, at=c.now, today=today), version=grant.version)
    c.restricting()


async def define_level(c: Command, *, code: str, names: Mapping[str, str], rights: frozenset[str]) -> Level:
    """A level of the account's own, beside the standard four (SHR-10)."""
    account_id = AccountId(c.actor.account_id)
    await c.authorize("level.manage", facts.account(account_id))
    taken = select(level_table.c.id).where(level_table.c.account_id == account_id, level_table.c.code == code)
    if (await c.session.execute(taken)).first() is not None:
        raise LevelCodeTaken
    level, event = Level.define(id=LevelId(new_id()), account_id=account_id, code=code, names=names, rights=rights)
    row = {"id": level.id, "account_id": account_id, "code": code, "names": names, "rights": rights}
    await c.session.execute(insert(level_table).values(row))
    c.stage(event, version=1)
    return level


async def _give(
    c: Command, terms: Terms, dossier_id: DossierId, recipient_id: UserId, recipient_account: AccountId
) -> Grant:
    grant, event = Grant.give(
        terms,
        id=GrantId(new_id()),
        dossier_id=dossier_id,
        account_id=await _owning_account(c.session, dossier_id),
        recipient_id=recipient_id,
        recipient_account_id=recipient_account,
        by=UserId(c.actor.user_id),
        at=c.now,
        today=day(c.now),
    )
    c.session.add(grant)
    c.stage(event, version=grant.version)
    return grant


async def _make_room(c: Command, held: Grant) -> None:
    """Of a person's grants on one dossier only one is live in the table, so the one that ran out goes first."""
    c.stage(held.close(by=UserId(c.actor.user_id), at=c.now), version=held.version)
    await c.session.flush()


def _change(c: Command, grant: Grant, terms: Terms) -> None:
    if grant.is_restricted_by(terms):
        c.restricting()
    c.stage(grant.change(terms, today=day(c.now)), version=grant.version)


async def _refuse_if_reached(c: Command, dossier: facts.DossierResource, recipient_id: UserId, level: Level) -> None:
    theirs = await c.decide("dossier.read", dossier, user_id=recipient_id)
    if level.rights <= theirs.rights:
        raise RecipientAlreadyHasAccess


async def _account_of_recipient(c: Command, recipient_id: UserId) -> AccountId:
    if recipient_id == c.actor.user_id:
        raise ShareWithSelf
    active = select(person.c.account_id).where(person.c.id == recipient_id, person.c.status == "active")
    found = await c.session.scalar(active)
    if found is None:
        raise RecipientUnknown
    return AccountId(found)


async def _level(c: Command, level_id: LevelId, *, held: Grant | None = None) -> Level:
    """A standard level, one of the actor's account, or the one that a grant has already. Raises LevelUnknown."""
    if held is not None and level_id == held.level_id:
        return held.terms.level
    if level_id in STANDARD:
        return STANDARD[level_id]
    own = select(level_table).where(level_table.c.id == level_id, level_table.c.account_id == c.actor.account_id)
    found = (await c.session.execute(own)).one_or_none()
    if found is None:
        raise LevelUnknown
    return Level(**found._mapping)


async def _grant_to_change(session: AsyncSession, grant_id: GrantId) -> Grant:
    grant = await session.get(Grant, grant_id)
    if grant is None:
        raise GrantUnknown
    return grant


async def _held_grant(session: AsyncSession, dossier_id: DossierId, recipient_id: UserId) -> Grant | None:
    """The grant that a person has from the owner; there is never more than one that is not set down as ended."""
    live = select(Grant).where(
        dossier_grant.c.dossier_id == dossier_id,
        dossier_grant.c.recipient_id == recipient_id,
        dossier_grant.c.parent_id.is_(None),
        dossier_grant.c.status == GrantStatus.LIVE,
    )
    return (await session.execute(live)).scalar_one_or_none()


async def _owning_account(session: AsyncSession, dossier_id: DossierId) -> AccountId:
    owner = select(dossier_access.c.account_id).where(dossier_access.c.dossier_id == dossier_id)
    return AccountId((await session.execute(owner)).scalar_one())
