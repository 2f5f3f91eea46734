"""What is read: one account with many clients in groups, a reader of some of them, and dossiers shared with him."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from access.testing import a_user, an_account
from chassis.consumer import handle_own
from chassis.database import engine, sessions
from chassis.databases import Databases
from chassis.staging import stage
from contracts.actions import Role
from contracts.ids import AccountId, UserId, new_id
from contracts.rights import STANDARD_LEVELS
from dossier.consumers import HANDLERS

CLIENTS = 5_000
GROUPS = 20
REACHED_GROUPS = 8
SHARED = 30


@dataclass(frozen=True)
class World:
    reader: UUID
    account: UUID


async def make_world(databases: Databases) -> World:
    """Facts through the service's own handlers, the many rows by set-based SQL."""
    kracht, zorg = AccountId(new_id()), AccountId(new_id())
    reader, owner, colleague = (UserId(new_id()) for _ in range(3))
    now = datetime.now(UTC)
    people = [
        *an_account(kracht, "Kracht", owner=owner),
        *an_account(zorg, "Zorg 4 You", owner=colleague),
        *a_user(owner, kracht, "Taco Bakker", "TB", role=Role.OWNER),
        *a_user(reader, kracht, "Roos de Groot", "RG"),
        *a_user(colleague, zorg, "Leon de Wit", "LW", role=Role.OWNER),
    ]
    bound = engine(databases.url("dossier", "worker"), size=1)
    async with sessions(bound)() as session, session.begin():
        await handle_own(session, HANDLERS, [stage(event, version=1, at=now).heard() for event in people])
    await bound.dispose()
    async with databases.connected("dossier", "worker") as worker:
        await worker.execute(_NAMES)
        await _fill(worker, kracht, owner, CLIENTS, GROUPS)
        await _fill(worker, zorg, colleague, 300, 1)
        await _open(worker, kracht, zorg, reader, colleague)
        await worker.execute("insert into freshness (topic, at) values ('keten.sharing', now())")
    async with databases.administered(databases.name("dossier")) as admin:
        await admin.execute("vacuum analyze")
    return World(reader, kracht)


# So that a list in the order of names is not one in the order of insertion.
_NAMES = """
create temporary table part (nr int, given text, family text);
insert into part select nr,
    (array['Anna','Bram','Cato','Daan','Eva','Finn','Guus','Hanna','Ivo','Jet','Kees','Lotte'])[1 + nr % 12],
    (array['Bakker','Visser','Smit','Mulder','Bos','Vos','Peters','Dekker','Brouwer','Kok'])[1 + nr * 7 % 10] || ' ' || nr
from generate_series(0, 4999) nr;
"""


async def _fill(worker: asyncpg.Connection, account: UUID, author: UUID, clients: int, groups: int) -> None:
    await worker.execute(
        """insert into client_group select gen_random_uuid(), $1, 'Groep ' || nr, 'groep ' || nr, 'open', 1
           from generate_series(1, $2::int) nr""",
        account,
        groups,
    )
    await worker.execute(
        """insert into dossier select gen_random_uuid(), gen_random_uuid(), $1,
               (array(select id from client_group where account_id = $1 order by id))[1 + nr % $2::int], 'open', 1
           from generate_series(1, $3::int) nr""",
        account,
        groups,
        clients,
    )
    for statement in _CONTENT:
        await worker.execute(statement, account, author)


_WRITTEN = "gen_random_uuid(), d.id, $2::uuid, now(), $2::uuid, now(), 1"
_CONTENT = (
    """insert into client (id, dossier_id, author_id, written_at, editor_id, edited_at, version, account_id, given_name,
            family_name, birth_date, email, phone, street, house_number, postal_code, city, initials, sort_key, search_key)
        select d.client_id, d.id, $2, now(), $2, now(), 1, $1, p.given, p.family, '1950-03-04', 'client@example.org',
            '06 12345678', 'Dorpsstraat', '12', '1234 AB', 'Utrecht', left(p.given, 1) || left(p.family, 1),
            lower(p.family || ' ' || p.given), lower(p.given || ' ' || p.family)
        from (select d.*, row_number() over (order by id) - 1 as nr from dossier d where account_id = $1) d
        join part p on p.nr = d.nr""",
    """insert into dossier_access select d.id, d.client_id, d.account_id, d.group_id, d.status, 1, now()
       from dossier d where d.account_id = $1 and $2::uuid is not null""",
    f"""insert into report select {_WRITTEN}, now() - nr * interval '1 day', 'Goede dag gehad. ' || nr
        from dossier d, generate_series(1, 10) nr where d.account_id = $1""",
    f"""insert into goal select {_WRITTEN}, 'Zelf koken', null, case nr when 1 then 'open' else 'reached' end
        from dossier d, generate_series(1, 2) nr where d.account_id = $1""",
    f"""insert into task select {_WRITTEN}, 'Bellen', null, null, nr = 1
        from dossier d, generate_series(1, 3) nr where d.account_id = $1""",
    f"""insert into note select {_WRITTEN}, 'documents', 'Brief', 'Beste collega'
        from dossier d where d.account_id = $1""",
)


async def _open(worker: asyncpg.Connection, account: UUID, other: UUID, reader: UUID, sharer: UUID) -> None:
    level = next(level for level in STANDARD_LEVELS if level.code == "edit")
    rights = sorted(level.rights)
    await worker.execute(
        f"""insert into group_access
            select gen_random_uuid(), id, $1, $2, $3, $4, 'live', 1, now() from client_group
            where account_id = $1 order by name limit {REACHED_GROUPS}""",
        account,
        reader,
        level.id,
        rights,
    )
    await worker.execute(
        f"""insert into grant_access
            select gen_random_uuid(), d.id, d.account_id, $1, $2, $3, null, $4, 'edit', $5, null, 'none', 'live', 1, now(),
                $5, null
            from dossier d where d.account_id = $6 order by d.id limit {SHARED}""",
        reader,
        account,
        sharer,
        level.id,
        rights,
        other,
    )
