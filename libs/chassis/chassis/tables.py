"""The tables every service has besides its own: outbox, inbox, dead letters, freshness, stored answers, access log.

The SQL is what migrations run; the tables below are how Python speaks of it.
"""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

MACHINERY_V1 = """
create table public.outbox (
    seq bigint generated always as identity primary key, id uuid not null unique, topic text not null,
    key uuid not null, type text not null, body text not null);

create function public.call_relay() returns trigger language plpgsql as
    $$ begin perform pg_notify('outbox', ''); return null; end $$;
create trigger outbox_calls_relay after insert on public.outbox
    for each statement execute function public.call_relay();

create table public.stored_answer (
    user_id uuid not null, route text not null, key text not null, fingerprint text not null, status integer not null,
    headers jsonb not null, body text not null, enforcers text[] not null, at timestamptz not null,
    primary key (user_id, route, key));
create index stored_answer_by_age on public.stored_answer (at);
-- An answer holds what its reader might see, so it is kept behind the second lock as well.
alter table public.stored_answer enable row level security;
alter table public.stored_answer force row level security;
create policy own on public.stored_answer using (user_id = nullif(current_setting('keten.user', true), '')::uuid);

create table public.access_log_line (
    seq bigint generated always as identity, id uuid not null, at timestamptz not null, actor_id uuid not null,
    account_id uuid not null, client text not null, on_behalf_of uuid, subject_id uuid, action text not null,
    outcome text not null, reasons jsonb not null, emergency boolean not null, mac text, link bigint,
    primary key (at, seq)) partition by range (at);
create index access_log_line_by_subject on public.access_log_line (subject_id, at);
create index access_log_line_unsealed on public.access_log_line (seq) where mac is null;
create function public.ensure_access_log_partitions(moment timestamptz) returns void
    language plpgsql security definer set search_path = public as $$
declare
    first timestamptz;
begin
    for ahead in 0..1 loop
        first := date_trunc('month', moment at time zone 'UTC') at time zone 'UTC';
        first := (first at time zone 'UTC' + make_interval(months => ahead)) at time zone 'UTC';
        if to_regclass('public.access_log_' || to_char(first at time zone 'UTC', 'YYYY_MM')) is null then
            execute format('create table public.%I partition of public.access_log_line for values from (%L) to (%L)',
                'access_log_' || to_char(first at time zone 'UTC', 'YYYY_MM'), first,
                (first at time zone 'UTC' + interval '1 month') at time zone 'UTC');
            execute format('revoke all on public.%I from %I', 'access_log_' || to_char(first at time zone 'UTC', 'YYYY_MM'),
                replace(current_user, '_owner', '_api'));
        end if;
    end loop;
end $$;
select public.ensure_access_log_partitions(now());
create table public.access_log_seal (
    segment text primary key, segment_id uuid not null, lines bigint not null, head text not null);

-- Who answers requests adds facts and lines, and never takes one back.
do $$ declare requests text := replace(current_user, '_owner', '_api'); begin
    execute format('revoke update, delete on public.outbox from %I', requests);
    execute format('revoke update, delete on public.access_log_line from %I', requests);
    execute format('revoke insert, update, delete on public.access_log_seal from %I', requests);
end $$;

create table projection.inbox (event_id uuid primary key, type text not null, at timestamptz not null default now());
create index inbox_by_age on projection.inbox (at);
create table projection.dead_letter (
    seq bigint generated always as identity primary key, event_id uuid not null unique, topic text not null,
    key uuid not null, type text not null, body text not null, reason text not null,
    parked_at timestamptz not null default now());
create index dead_letter_by_key on projection.dead_letter (key);
create table projection.freshness (topic text primary key, at timestamptz not null);
"""

# Long work as rows (DESIGN §5): a chunk may be claimed when it is due, or when the lease of who had it is over. `item`
# holds ids only. `fence` goes up with every claim, so that who lost his lease cannot write.
MACHINERY_V2 = """
create table public.job (
    id uuid primary key, kind text not null, account_id uuid not null, opened_by uuid, opened_at timestamptz not null,
    state text not null default 'open', finished_at timestamptz);
create index job_by_age on public.job (finished_at);
create table public.chunk (
    id uuid primary key, job_id uuid not null references public.job on delete cascade, kind text not null,
    account_id uuid not null, item jsonb not null, state text not null default 'waiting',
    due_at timestamptz not null default now(), lease_until timestamptz, fence bigint not null default 0,
    attempts integer not null default 0, claimed_at timestamptz, reason text);
create index chunk_by_job on public.chunk (job_id, state);
create index chunk_claimable on public.chunk (account_id, (coalesce(lease_until, due_at)), id)
    where state in ('waiting', 'claimed');

create function public.call_workers() returns trigger language plpgsql as
    $$ begin perform pg_notify('work', ''); return null; end $$;
create trigger chunk_calls_workers after insert on public.chunk
    for each statement execute function public.call_workers();

-- Who answers requests opens work and watches that of his own account; only workers change it.
do $$ declare requests text := replace(current_user, '_owner', '_api'); listed text; begin
    foreach listed in array array['job', 'chunk'] loop
        execute format('revoke update, delete on public.%I from %I', listed, requests);
        execute format('alter table public.%I enable row level security', listed);
        execute format('alter table public.%I force row level security', listed);
        execute format('create policy opened on public.%I for insert to %I with check (true)', listed, requests);
        execute format('create policy own on public.%I for select to %I '
            'using (account_id = nullif(current_setting(''keten.account'', true), '''')::uuid)', listed, requests);
    end loop;
end $$;
"""

# In which trace a chunk was asked for, so that what is done about it later belongs to the same one.
MACHINERY_V3 = """
alter table public.chunk add column traceparent text;
"""

# What was erased here, by id, and when nothing of it was left on the disk. What the planner samples of a column it keeps:
# columns with what people wrote are not sampled.
ERASURE_V1 = """
create table public.erased (id uuid primary key, at timestamptz not null, rewritten_at timestamptz);
create index erased_to_rewrite on public.erased (at) where rewritten_at is null;
do $$ declare requests text := replace(current_user, '_owner', '_api'); begin
    execute format('revoke delete on public.erased from %I', requests);
end $$;
alter table public.outbox alter column body set statistics 0;
alter table public.stored_answer alter column body set statistics 0, alter column headers set statistics 0;
alter table projection.dead_letter alter column body set statistics 0;
"""

# Up to when a backup follows this database; nothing, as long as nobody is expected to follow.
BACKUP_V1 = """
create table public.followed (at timestamptz not null);
do $$ declare requests text := replace(current_user, '_owner', '_api'); begin
    execute format('revoke insert, update, delete on public.followed from %I', requests);
end $$;
"""

metadata = MetaData()

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("id", UUID),
    Column("topic", Text),
    Column("key", UUID),
    Column("type", Text),
    Column("body", Text),
    schema="public",
)

stored_answer = Table(
    "stored_answer",
    metadata,
    Column("user_id", UUID, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text),
    Column("status", Integer),
    Column("headers", JSONB),
    Column("body", Text),
    Column("enforcers", ARRAY(Text)),
    Column("at", DateTime(timezone=True)),
    schema="public",
)

access_log_line = Table(
    "access_log_line",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("id", UUID),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("actor_id", UUID),
    Column("account_id", UUID),
    Column("client", Text),
    Column("on_behalf_of", UUID),
    Column("subject_id", UUID),
    Column("action", Text),
    Column("outcome", Text),
    Column("reasons", JSONB),
    Column("emergency", Boolean),
    Column("mac", Text),
    Column("link", BigInteger),
    schema="public",
)

access_log_seal = Table(
    "access_log_seal",
    metadata,
    Column("segment", Text, primary_key=True),
    Column("segment_id", UUID),
    Column("lines", BigInteger),
    Column("head", Text),
    schema="public",
)

job = Table(
    "job",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("kind", Text),
    Column("account_id", UUID),
    Column("opened_by", UUID),
    Column("opened_at", DateTime(timezone=True)),
    Column("state", Text),
    Column("finished_at", DateTime(timezone=True)),
    schema="public",
)

chunk = Table(
    "chunk",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("job_id", UUID),
    Column("kind", Text),
    Column("account_id", UUID),
    Column("item", JSONB),
    Column("state", Text),
    Column("due_at", DateTime(timezone=True)),
    Column("lease_until", DateTime(timezone=True)),
    Column("fence", BigInteger),
    Column("attempts", Integer),
    Column("claimed_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("traceparent", Text),
    schema="public",
)

# Projections carry no schema: which one is meant is said by the connection's search_path, so that a rebuild can run
# the same handlers on a second set of tables.
inbox = Table(
    "inbox",
    metadata,
    Column("event_id", UUID, primary_key=True),
    Column("type", Text),
    Column("at", DateTime(timezone=True)),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", UUID),
    Column("topic", Text),
    Column("key", UUID),
    Column("type", Text),
    Column("body", Text),
    Column("reason", Text),
    Column("parked_at", DateTime(timezone=True)),
)

freshness = Table(
    "freshness",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("at", DateTime(timezone=True)),
)
