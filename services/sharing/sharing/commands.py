"""What a person can do here: share, change, withdraw, leave, and make a level. Load, authorize, decide, stage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from access import facts
from access.tables import dossier_access, person
from chassis.clock import day
from chassis.context import Command, check_version
from chassis.decisions import Decision
from contracts.ids import AccountId, DossierId, GrantId, LevelId, UserId, new_id
from contracts.sharing import GrantStatus
from sharing.domain import (
    STANDARD,
    Grant,
    GrantUnknown,
    LegalBasis,
    Level,
    LevelCodeTaken,
    LevelUnknown,
    OnwardSharingOff,
    RecipientAlreadyHasAccess,
    RecipientUnknown,
    ShareWithSelf,
    Terms,
    refuse_more_than_own,
)
from sharing.tables import dossier_grant
from sharing.tables import level as level_table


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a request asks a grant to be; None leaves it as it is."""

    level_id: LevelId | None
    purpose: str | None
    legal_basis: LegalBasis | None
    consent_reference: str | None
    until: date | None
    named: frozenset[str]


async def share_dossier(
    c: Command, dossier_id: DossierId, recipient_id: UserId, *, level_id: LevelId, wanted: Wanted
) -> tuple[Grant, bool]:
    """Open a dossier to one person (SHR-6). The same again changes nothing; other terms change the grant.

    Returns the grant and whether it is new. Raises what SHR-15 refuses."""
    dossier = facts.dossier(dossier_id)
    decision = await c.authorize("grant.give", dossier)
    recipient_account = await _account_of_active(c.session, recipient_id)
    level = await _level(c, level_id)

    if recipient_id == c.actor.user_id:
        raise ShareWithSelf
    if recipient_account is None:
        raise RecipientUnknown
    _refuse_onward(decision)
    refuse_more_than_own(level, decision.rights)
    terms = _terms(wanted, level)
    held = await _live_grant(c.session, dossier_id, recipient_id)
    if held is not None and not held.has_run_out(day(c.now)):
        if not held.terms_are(terms):
            _change(c, held, terms)
        return held, False
    await _refuse_if_reached(c, dossier, recipient_id, level)

    if held is not None:
        c.stage(held.withdraw(by=UserId(c.actor.user_id), at=c.now), version=held.version)
        await c.session.flush()
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
    return grant, True


async def change_grant(c: Command, grant_id: GrantId, wanted: Wanted, *, expected: int | None) -> Grant:
    """Other terms for a grant (SHR-11); lowering is done when every service enforces it."""
    grant = await _grant_to_change(c.session, grant_id)
    decision = await c.authorize("grant.change", facts.dossier(grant.dossier_id))
    check_version(grant.version, expected)
    level = await _level(c, wanted.level_id, kept=grant)
    if wanted.level_id is not None:
        refuse_more_than_own(level, decision.rights)
    terms = _terms(wanted, level, kept=grant)
    if not grant.terms_are(terms):
        _change(c, grant, terms)
    return grant


async def end_grant(c: Command, grant_id: GrantId) -> None:
    """Withdraw a grant, or, for its recipient, leave the dossier (SHR-12). Nobody reads by it once this is answered."""
    grant = await _grant_to_change(c.session, grant_id)
    by = UserId(c.actor.user_id)
    if grant.recipient_id == by:
        own = facts.account(c.actor.account_id, about=grant.recipient_id, concerning=grant.dossier_id)
        await c.authorize("grant.leave", own)
        c.stage(grant.leave(by=by, at=c.now), version=grant.version)
    else:
        await c.authorize("grant.withdraw", facts.dossier(grant.dossier_id))
        c.stage(grant.withdraw(by=by, at=c.now), version=grant.version)
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


def _change(c: Command, grant: Grant, terms: Terms) -> None:
    if grant.is_restricted_by(terms):
        c.restricting()
    c.stage(grant.change(terms, today=day(c.now)), version=grant.version)


def _terms(wanted: Wanted, level: Level, *, kept: Grant | None = None) -> Terms:
    """What was asked for; what the request did not name stays as it was."""

    def asked(name: str) -> object:
        return getattr(wanted, name) if kept is None or name in wanted.named else getattr(kept, name)

    return Terms(
        level=level,
        purpose=str(asked("purpose")),
        legal_basis=LegalBasis(str(asked("legal_basis"))),
        consent_reference=asked("consent_reference"),  # type: ignore[arg-type]
        until=asked("until"),  # type: ignore[arg-type]
    )


def _refuse_onward(decision: Decision) -> None:
    """Who reaches the dossier only because it was shared with him passes it on only where its owner allows (SHR-24)."""
    if not any(reason["rule"] in ("account-role", "group-access") for reason in decision.reasons):
        raise OnwardSharingOff


async def _refuse_if_reached(c: Command, dossier: facts.DossierResource, recipient_id: UserId, level: Level) -> None:
    theirs = await c.decide("dossier.read", dossier, user_id=recipient_id)
    if level.rights <= theirs.rights:
        raise RecipientAlreadyHasAccess


async def _level(c: Command, level_id: LevelId | None, *, kept: Grant | None = None) -> Level:
    if level_id is None and kept is not None:
        return Level(kept.level_id, None, kept.level_code, {}, kept.rights)
    if level_id is not None and level_id in STANDARD:
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


async def _live_grant(session: AsyncSession, dossier_id: DossierId, recipient_id: UserId) -> Grant | None:
    live = select(Grant).where(
        dossier_grant.c.dossier_id == dossier_id,
        dossier_grant.c.recipient_id == recipient_id,
        dossier_grant.c.parent_id.is_(None),
        dossier_grant.c.status == GrantStatus.LIVE,
    )
    return (await session.execute(live)).scalar_one_or_none()


async def _account_of_active(session: AsyncSession, user_id: UserId) -> AccountId | None:
    found = await session.scalar(select(person.c.account_id).where(person.c.id == user_id, person.c.status == "active"))
    return None if found is None else AccountId(found)


async def _owning_account(session: AsyncSession, dossier_id: DossierId) -> AccountId:
    owner = select(dossier_access.c.account_id).where(dossier_access.c.dossier_id == dossier_id)
    return AccountId((await session.execute(owner)).scalar_one())
