"""The projection's tables. Every row carries the version it stands for; what ends stays as a row that says so."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

PROJECTION_V1 = """
create table projection.account (
    id uuid primary key, owner_id uuid, version bigint not null default 0,
    name text, profile_version bigint not null default 0);
create table projection.person (
    id uuid primary key, account_id uuid, role text, status text, medical boolean, version bigint not null default 0,
    name text, initials text, sort_key text, language text, profile_version bigint not null default 0);
create index person_by_account on projection.person (account_id);
create table projection.ended_session (
    session_id text primary key, user_id uuid not null, until timestamptz not null);
create table projection.level (
    id uuid primary key, account_id uuid not null, code text not null, rights text[] not null, version bigint not null);
create table projection.dossier_access (
    dossier_id uuid primary key, client_id uuid not null, account_id uuid not null, group_id uuid not null,
    status text not null, version bigint not null, at timestamptz not null);
create index dossier_access_by_account on projection.dossier_access (account_id);
create index dossier_access_by_group on projection.dossier_access (group_id);
create table projection.group_access (
    id uuid primary key, group_id uuid not null, account_id uuid not null, user_id uuid not null, level_id uuid not null,
    rights text[] not null, status text not null, version bigint not null, at timestamptz not null);
create index group_access_by_user on projection.group_access (user_id, group_id);
create index group_access_by_group on projection.group_access (group_id);
create table projection.grant_access (
    id uuid primary key, dossier_id uuid not null, account_id uuid not null, recipient_id uuid not null,
    recipient_account_id uuid not null, given_by uuid not null, parent_id uuid, level_id uuid not null,
    level_code text not null, rights text[] not null, until date, onward text not null, status text not null,
    version bigint not null, at timestamptz not null,
    effective_rights text[] not null default '{}', effective_until date);
create index grant_access_by_recipient on projection.grant_access (recipient_id, dossier_id);
create index grant_access_by_dossier on projection.grant_access (dossier_id);
create index grant_access_by_parent on projection.grant_access (parent_id) where parent_id is not null;
create table projection.fact_history (
    kind text not null, id uuid not null, version bigint not null, at timestamptz not null, scope_id uuid not null,
    body jsonb not null, primary key (kind, id, version));
create index fact_history_by_scope on projection.fact_history (scope_id, kind);
"""

# Which photo a person shows; none, for the initials.
PROJECTION_V2 = """
alter table projection.person add column photo_id uuid;
"""

# No sample of names is kept for the planner: it would outlive an erasure.
PROJECTION_V3 = """
alter table projection.account alter column name set statistics 0;
alter table projection.person alter column name set statistics 0, alter column initials set statistics 0,
    alter column sort_key set statistics 0;
"""

# Tables of the projection that tell who people and organisations are.
CONTENT = ("projection.account", "projection.person")

# Row-level security asks this per row. Its body is a string, so names are looked up when it runs: it follows a rebuilt
# projection. It repeats in SQL what the policy says in Rego; a property test holds the two against each other.
REACHES_V1 = """
create function public.reaches(wanted uuid) returns boolean language sql stable as $$
    select exists (
        select from dossier_access d
        join person p on p.id = nullif(current_setting('keten.user', true), '')::uuid and p.status = 'active'
        where d.dossier_id = wanted and d.status in ('open', 'archived') and (
            (d.account_id = p.account_id and (
                p.role in ('owner', 'administrator')
                or exists (select from group_access g where g.group_id = d.group_id and g.user_id = p.id
                           and g.status = 'live' and cardinality(g.rights) > 0)))
            or exists (select from grant_access g where g.dossier_id = wanted and g.recipient_id = p.id
                       and cardinality(g.effective_rights) > 0
                       and (g.effective_until is null
                            or g.effective_until > (now() at time zone 'Europe/Amsterdam')::date))))
$$;
"""

metadata = MetaData()

account = Table(
    "account",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("owner_id", UUID),
    Column("version", BigInteger),
    Column("name", Text),
    Column("profile_version", BigInteger),
)

person = Table(
    "person",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID),
    Column("role", Text),
    Column("status", Text),
    Column("medical", Boolean),
    Column("version", BigInteger),
    Column("name", Text),
    Column("initials", Text),
    Column("sort_key", Text),
    Column("language", Text),
    Column("photo_id", UUID),
    Column("profile_version", BigInteger),
)

ended_session = Table(
    "ended_session",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("user_id", UUID),
    Column("until", DateTime(timezone=True)),
)

level = Table(
    "level",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID),
    Column("code", Text),
    Column("rights", ARRAY(Text)),
    Column("version", BigInteger),
)

dossier_access = Table(
    "dossier_access",
    metadata,
    Column("dossier_id", UUID, primary_key=True),
    Column("client_id", UUID),
    Column("account_id", UUID),
    Column("group_id", UUID),
    Column("status", Text),
    Column("version", BigInteger),
    Column("at", DateTime(timezone=True)),
)

group_access = Table(
    "group_access",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("group_id", UUID),
    Column("account_id", UUID),
    Column("user_id", UUID),
    Column("level_id", UUID),
    Column("rights", ARRAY(Text)),
    Column("status", Text),
    Column("version", BigInteger),
    Column("at", DateTime(timezone=True)),
)

grant_access = Table(
    "grant_access",
    metadata,
    Column("id", UUID, primary_key=True),
    Column("dossier_id", UUID),
    Column("account_id", UUID),
    Column("recipient_id", UUID),
    Column("recipient_account_id", UUID),
    Column("given_by", UUID),
    Column("parent_id", UUID),
    Column("level_id", UUID),
    Column("level_code", Text),
    Column("rights", ARRAY(Text)),
    Column("until", Date),
    Column("onward", Text),
    Column("status", Text),
    Column("version", BigInteger),
    Column("at", DateTime(timezone=True)),
    Column("effective_rights", ARRAY(Text)),
    Column("effective_until", Date),
)

fact_history = Table(
    "fact_history",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("at", DateTime(timezone=True)),
    Column("scope_id", UUID),
    Column("body", JSONB),
)
