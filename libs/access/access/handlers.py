"""How the projection is heard. Twice is once, late is ignored: rows only ever move to a higher version."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from access.tables import (
    account,
    dossier_access,
    ended_session,
    fact_history,
    grant_access,
    group_access,
    level,
    person,
)
from chassis.bulk import insert_rows
from chassis.consumer import Handlers
from chassis.erasure import forget
from contracts.dossier import (
    ClientMoved,
    ClientRegistered,
    DossierArchived,
    DossierDeleted,
    DossierErased,
    DossierFact,
    DossierGone,
    DossierRestored,
    GroupAccessChanged,
    GroupAccessEnded,
    GroupAccessFact,
    GroupAccessGiven,
)
from contracts.events import Event, Heard
from contracts.identity import (
    AccountErased,
    AccountFact,
    AccountOpened,
    AccountProfile,
    AccountTransferred,
    SessionEnded,
    UserAdded,
    UserChanged,
    UserErased,
    UserFact,
    UserProfile,
    UserRemoved,
    UserResumed,
    UserStatus,
    UserSuspended,
)
from contracts.sharing import GrantChanged, GrantFact, GrantGiven, GrantLeft, GrantWithdrawn, LevelDefined


async def remember_accounts(session: AsyncSession, heard: Sequence[Heard[AccountFact]]) -> None:
    """Which accounts there are and who owns them."""
    rows = [{"id": h.event.account_id, "owner_id": h.event.owner_id, "version": h.version} for h in heard]
    await upsert_newer(session, account, rows)


async def remember_account_names(session: AsyncSession, heard: Sequence[Heard[AccountProfile]]) -> None:
    """What the organisation is called."""
    rows = [{"id": h.event.account_id, "name": h.event.name, "profile_version": h.version} for h in heard]
    await upsert_newer(session, account, rows, by="profile_version")


async def remember_people(session: AsyncSession, heard: Sequence[Heard[UserFact]]) -> None:
    """What a user is in his account, and whether he may do anything at all."""
    rows = [
        {
            "id": h.event.user_id,
            "account_id": h.event.account_id,
            "role": h.event.role,
            "status": h.event.status,
            "medical": h.event.medical,
            "version": h.version,
        }
        for h in heard
    ]
    await upsert_newer(session, person, rows)
    await remember_history(session, "person", [(h, h.event.user_id, h.event.account_id) for h in heard])


async def remember_profiles(session: AsyncSession, heard: Sequence[Heard[UserProfile]]) -> None:
    """Who a user is to other people."""
    rows = [
        {
            "id": h.event.user_id,
            "account_id": h.event.account_id,
            "name": h.event.name,
            "initials": h.event.initials,
            "sort_key": h.event.sort_key,
            "language": h.event.language,
            "photo_id": h.event.photo_id,
            "profile_version": h.version,
        }
        for h in heard
    ]
    await upsert_newer(session, person, rows, by="profile_version")


async def forget_people(session: AsyncSession, heard: Sequence[Heard[UserErased]]) -> None:
    """Rows without a name, at the version of the erasure: a profile that comes late changes nothing."""
    rows = [
        {"id": h.event.user_id, "account_id": h.event.account_id, "status": UserStatus.REMOVED, "version": h.version}
        for h in heard
    ]
    await upsert_newer(session, person, rows)
    nothing = dict.fromkeys(("name", "initials", "sort_key", "language", "photo_id"))
    named = [{"id": h.event.user_id, **nothing, "profile_version": h.version} for h in heard]
    await upsert_newer(session, person, named, by="profile_version")
    await forget(session, [h.event.user_id for h in heard])


async def forget_accounts(session: AsyncSession, heard: Sequence[Heard[AccountErased]]) -> None:
    """Nobody of it does anything any more and none of its dossiers is there, from now on; what is said of each of them
    comes later."""
    ids = [h.event.account_id for h in heard]
    await upsert_newer(session, account, [{"id": h.event.account_id, "version": h.version} for h in heard])
    named = [{"id": h.event.account_id, "name": None, "profile_version": h.version} for h in heard]
    await upsert_newer(session, account, named, by="profile_version")
    removed = update(person).where(person.c.account_id.in_(ids)).values(status=UserStatus.REMOVED)
    await session.execute(removed)
    gone = update(dossier_access).where(dossier_access.c.account_id.in_(ids)).values(status="erased")
    await session.execute(gone)
    await forget(session, ids)


async def remember_ended_sessions(session: AsyncSession, heard: Sequence[Heard[SessionEnded]]) -> None:
    """Tokens of an ended session open nothing; once they have expired it is forgotten."""
    rows = [
        {"session_id": h.event.session_id, "user_id": h.event.user_id, "until": h.event.tokens_expire_at} for h in heard
    ]
    await session.execute(insert(ended_session).values(rows).on_conflict_do_nothing())
    await session.execute(text("delete from ended_session where until < now() - interval '1 hour'"))


async def remember_levels(session: AsyncSession, heard: Sequence[Heard[LevelDefined]]) -> None:
    """The levels an account made of its own."""
    rows = [
        {
            "id": h.event.level_id,
            "account_id": h.event.account_id,
            "code": h.event.code,
            "rights": sorted(h.event.rights),
            "version": h.version,
        }
        for h in heard
    ]
    await upsert_newer(session, level, rows)


async def remember_dossiers(session: AsyncSession, heard: Sequence[Heard[DossierFact | DossierGone]]) -> None:
    """Where a dossier belongs, and whether it can be written or is there for nobody."""
    rows = [
        {
            "dossier_id": h.event.dossier_id,
            "client_id": h.event.client_id,
            "account_id": h.event.account_id,
            "group_id": h.event.group_id,
            "status": h.event.status,
            "version": h.version,
            "at": h.at,
        }
        for h in heard
    ]
    await upsert_newer(session, dossier_access, rows)
    await remember_history(session, "dossier", [(h, h.event.dossier_id, h.event.dossier_id) for h in heard])


async def forget_dossiers(session: AsyncSession, heard: Sequence[Heard[DossierErased]]) -> None:
    """They are there for nobody, and no answer that was kept for a repetition tells of them."""
    await remember_dossiers(session, heard)
    await forget(session, [h.event.dossier_id for h in heard])


async def remember_group_access(session: AsyncSession, heard: Sequence[Heard[GroupAccessFact]]) -> None:
    """Which users of an account reach the clients of which of its groups; what ended stays as ended."""
    rows = [
        {
            "id": h.event.access_id,
            "group_id": h.event.group_id,
            "account_id": h.event.account_id,
            "user_id": h.event.user_id,
            "level_id": h.event.level_id,
            "rights": sorted(h.event.rights),
            "status": h.event.status,
            "version": h.version,
            "at": h.at,
        }
        for h in heard
    ]
    await upsert_newer(session, group_access, rows)
    await remember_history(session, "group-access", [(h, h.event.access_id, h.event.group_id) for h in heard])


async def remember_grants(session: AsyncSession, heard: Sequence[Heard[GrantFact]]) -> None:
    """What was shared with whom. What is withdrawn stays as ended, so that a late *given* cannot revive it."""
    rows = [
        {
            "id": h.event.grant_id,
            "dossier_id": h.event.dossier_id,
            "account_id": h.event.account_id,
            "recipient_id": h.event.recipient_id,
            "recipient_account_id": h.event.recipient_account_id,
            "given_by": h.event.given_by,
            "parent_id": h.event.parent_id,
            "level_id": h.event.level_id,
            "level_code": h.event.level_code,
            "rights": sorted(h.event.rights),
            "until": h.event.until,
            "onward": h.event.onward,
            "status": h.event.status,
            "version": h.version,
            "at": h.at,
        }
        for h in heard
    ]
    await upsert_newer(session, grant_access, rows)
    await remember_history(session, "grant", [(h, h.event.grant_id, h.event.dossier_id) for h in heard])
    await session.execute(_FOLLOW_CHAINS, {"dossiers": list({h.event.dossier_id for h in heard})})


HANDLERS: Handlers = {
    AccountOpened: remember_accounts,
    AccountTransferred: remember_accounts,
    AccountProfile: remember_account_names,
    UserAdded: remember_people,
    UserChanged: remember_people,
    UserSuspended: remember_people,
    UserResumed: remember_people,
    UserRemoved: remember_people,
    UserProfile: remember_profiles,
    UserErased: forget_people,
    AccountErased: forget_accounts,
    SessionEnded: remember_ended_sessions,
    LevelDefined: remember_levels,
    ClientRegistered: remember_dossiers,
    ClientMoved: remember_dossiers,
    DossierArchived: remember_dossiers,
    DossierRestored: remember_dossiers,
    DossierDeleted: remember_dossiers,
    DossierErased: forget_dossiers,
    GroupAccessGiven: remember_group_access,
    GroupAccessChanged: remember_group_access,
    GroupAccessEnded: remember_group_access,
    GrantGiven: remember_grants,
    GrantChanged: remember_grants,
    GrantWithdrawn: remember_grants,
    GrantLeft: remember_grants,
}


async def upsert_newer(
    session: AsyncSession, table: Table, rows: Sequence[dict[str, Any]], *, by: str = "version"
) -> None:
    """Insert, or replace where the row held is of a lower version."""
    key = next(iter(table.primary_key.columns)).name
    newest: dict[Any, dict[str, Any]] = {}
    for row in rows:
        if row[key] not in newest or newest[row[key]][by] < row[by]:
            newest[row[key]] = row
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in rows[0] if name != key)
    newer = f'("{key}") do update set {changed} where "{table.name}"."{by}" < excluded."{by}"'
    # In one order everywhere, or two transactions that touch the same rows would wait for each other.
    await insert_rows(session, table, [newest[one] for one in sorted(newest)], on_conflict=newer)


async def remember_history(session: AsyncSession, kind: str, facts: Sequence[tuple[Heard[Event], Any, Any]]) -> None:
    """Every version of a fact, in whatever order they come: what holds at a moment is the newest one before it."""
    rows = [
        {
            "kind": kind,
            "id": fact_id,
            "version": h.version,
            "at": h.at,
            "scope_id": scope_id,
            "body": h.event.model_dump(mode="json"),
        }
        for h, fact_id, scope_id in facts
    ]
    await insert_rows(session, fact_history, rows)


# What a grant opens is the intersection along its chain, until the first end in it; kept beside the grant, so that a list
# needs no recursion. A child whose parent is not known yet opens nothing.
_FOLLOW_CHAINS = text("""
with recursive chain as (
    select id, case when status = 'live' then rights else '{}' end as opens, until as ends
    from grant_access where dossier_id = any(:dossiers) and parent_id is null
    union all
    select g.id,
        case when g.status = 'live'
            then array(select held from unnest(g.rights) held where held = any(c.opens) order by held) else '{}' end,
        least(g.until, c.ends)
    from grant_access g join chain c on g.parent_id = c.id)
update grant_access g set effective_rights = chain.opens, effective_until = chain.ends from chain
where g.id = chain.id
    and (g.effective_rights, g.effective_until) is distinct from (chain.opens, chain.ends)
""")
