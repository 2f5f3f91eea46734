"""Accounts, users and sign-in."""

from chassis.migrations import execute_script
from chassis.tables import MACHINERY_V1

revision = "0001"
down_revision = None

OWN = """
create table public.account (
    id uuid primary key, name text not null, owner_id uuid not null, opened_at timestamptz not null,
    version integer not null);

create table public.app_user (
    id uuid primary key, account_id uuid not null references public.account, email text not null, name text not null,
    initials text not null, sort_key text not null, language text not null, role text not null, status text not null,
    medical boolean not null, password_hash text, link_generation integer not null, link_expires_at timestamptz,
    added_at timestamptz not null, version integer not null);
-- One user per e-mail address over the whole platform; who was removed may be added again elsewhere.
create unique index app_user_by_email on public.app_user (email) where status <> 'removed';
create index app_user_in_order on public.app_user (account_id, sort_key, id);

create table public.search (user_id uuid not null, at timestamptz not null);
create index search_by_user on public.search (user_id, at);

create table public.oauth_client (
    id text primary key, name text not null, redirect_uri text not null, signed_out_uri text);
-- A path stands for that path on this platform; a loopback address is good on any port (RFC 8252 section 7.3).
insert into public.oauth_client values
    ('keten-cli', 'keten', 'http://127.0.0.1/callback', null),
    ('keten-demo', 'Keten (demonstratie)', 'http://127.0.0.1/callback', null),
    ('keten-portal', 'Keten', '/portal/callback', '/portal/');

create table public.browser (
    id uuid primary key, secret_hash text not null unique, user_id uuid not null references public.app_user,
    signed_in_at timestamptz not null, expires_at timestamptz not null, ended_at timestamptz);

create table public.session (
    id text primary key, browser_id uuid not null references public.browser,
    user_id uuid not null references public.app_user, client_id text not null references public.oauth_client,
    scope text not null, acr text not null, signed_in_at timestamptz not null, started_at timestamptz not null,
    expires_at timestamptz not null, tokens_until timestamptz, ended_at timestamptz);
create index session_by_browser on public.session (browser_id);
create index session_by_user on public.session (user_id) where ended_at is null;

create table public.authorization_code (
    hash text primary key, session_id text not null references public.session, redirect_uri text not null,
    nonce text, code_challenge text not null, expires_at timestamptz not null, used_at timestamptz);

create table public.refresh_token (
    hash text primary key, session_id text not null references public.session, issued_at timestamptz not null,
    used_at timestamptz);
create index refresh_token_by_session on public.refresh_token (session_id);
"""


def upgrade() -> None:
    execute_script(MACHINERY_V1 + OWN)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
