"""Service accounts."""

from chassis.migrations import execute_script

revision = "0004"
down_revision = "0003"

OWN = """
-- Apart from the users: whoever lists, finds or signs in users never meets one of these, the release before this one neither.
create table public.service_account (
    id uuid primary key, account_id uuid not null references public.account, name text not null,
    description text not null, sort_key text not null, status text not null, added_at timestamptz not null,
    version integer not null);
create index service_account_in_order on public.service_account (account_id, sort_key, id);

create table public.service_secret (
    id uuid primary key, service_account_id uuid not null references public.service_account, hash text not null unique,
    made_at timestamptz not null, used_at timestamptz, ended_at timestamptz);
create index service_secret_by_account on public.service_secret (service_account_id) where ended_at is null;

create table public.service_session (
    id text primary key, secret_id uuid not null references public.service_secret,
    service_account_id uuid not null references public.service_account, started_at timestamptz not null,
    tokens_until timestamptz not null, ended_at timestamptz);
-- All tokens that one secret was given for are one session, until it is ended.
create unique index service_session_open on public.service_session (secret_id) where ended_at is null;
create index service_session_by_account on public.service_session (service_account_id) where ended_at is null;
"""


def upgrade() -> None:
    execute_script(OWN)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
