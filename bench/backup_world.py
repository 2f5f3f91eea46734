"""What is backed up: one organisation with many clients, each with a dossier that somebody has written in, known to every
service, with its facts on the log."""

from uuid import UUID

import asyncpg

from chassis.databases import LOG, Databases

# In so many steps, so that none holds everybody up.
_STEP = 5_000

# Reports a dossier has; their text is as long as a short day report, and as random as hexadecimal digits can be.
REPORTS = 3

_TYPE = "nl.keten.dossier.client-registered.v1"


async def make_world(databases: Databases, account: UUID, owner: UUID, group: UUID, *, dossiers: int) -> None:
    """Rows as the services would have written them, by set-based SQL."""
    async with databases.connected("dossier", "worker") as worker:
        before = [row["dossier_id"] for row in await worker.fetch("select dossier_id from projection.dossier_access")]
        for begin in range(0, dossiers, _STEP):
            async with worker.transaction():
                await _write(worker, account, owner, group, number=min(_STEP, dossiers - begin))
        known = await worker.fetch("select * from projection.dossier_access where dossier_id <> all($1)", before)
    for service in ("sharing", "documents"):
        async with databases.connected(service, "worker") as worker:
            await worker.copy_records_to_table(
                "dossier_access", records=map(tuple, known), columns=list(known[0].keys()), schema_name="projection"
            )
            await worker.execute(_HEARD, dossiers, _TYPE)
    async with databases.connected(LOG, "service") as log:
        await log.execute(_STATED, dossiers, _TYPE)


async def _write(worker: asyncpg.Connection, account: UUID, owner: UUID, group: UUID, *, number: int) -> None:
    await worker.execute(_MADE % number)
    await worker.execute("insert into public.dossier select id, client_id, $1, $2, 'open', 1 from made", account, group)
    await worker.execute(_CLIENTS, account, owner)
    await worker.execute(_REPORTS, owner, REPORTS)
    await worker.execute(_KNOWN, account, group)
    await worker.execute("drop table made")


_MADE = """
create temporary table made as
select gen_random_uuid() as id, gen_random_uuid() as client_id, nr from generate_series(1, %s) nr"""

_CLIENTS = """
insert into public.client (id, dossier_id, author_id, written_at, editor_id, edited_at, version, account_id, given_name,
    family_name, birth_date, email, phone, street, house_number, postal_code, city, initials, sort_key, search_key)
select client_id, id, $2, now(), $2, now(), 1, $1, 'Fenna', 'Bakker ' || left(md5(id::text), 8), '1950-03-04',
    'client@example.org', '06 12345678', 'Dorpsstraat', '12', '1234 AB', 'Utrecht', 'FB',
    'bakker ' || left(md5(id::text), 8), 'fenna bakker ' || left(md5(id::text), 8)
from made"""

_REPORTS = """
insert into public.report select gen_random_uuid(), id, $1, now(), $1, now(), 1, now(),
    (select string_agg(md5(made.id::text || n || nr.nr), ' ') from generate_series(1, 6) n)
from made, generate_series(1, $2::int) nr(nr)"""

_KNOWN = """
insert into projection.dossier_access (dossier_id, client_id, account_id, group_id, status, version, at)
select id, client_id, $1, $2, 'open', 1, now() from made"""

_HEARD = "insert into projection.inbox (event_id, type) select gen_random_uuid(), $2 from generate_series(1, $1::int)"

_STATED = """
with before as (
    update topic_end set "offset" = "offset" + $1::int where topic = 'keten.dossier' returning "offset" - $1::int as at)
insert into record (topic, "offset", key, id, type, body)
select 'keten.dossier', b.at + nr, gen_random_uuid(), gen_random_uuid(), $2, jsonb_build_object(
    'specversion', '1.0', 'id', gen_random_uuid(), 'source', 'urn:nld:keten:dossier', 'type', $2::text, 'time', now(),
    'subject', gen_random_uuid(), 'sequence', '1', 'actor', gen_random_uuid(), 'account', gen_random_uuid(), 'data',
    jsonb_build_object('dossierId', gen_random_uuid(), 'clientId', gen_random_uuid(), 'groupId', gen_random_uuid()))::text
from before b, generate_series(1, $1::int) nr"""
