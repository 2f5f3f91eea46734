"""Sign-ups, verified addresses, password resets, second factors, tries."""

from chassis.migrations import execute_script

revision = "0003"
down_revision = "0002"

OWN = """
-- Who was there before counts as verified, and so does whom the release before this one still adds.
alter table public.app_user add column verified boolean not null default true;
-- An address is claimed by who proved that it is his; being invited under it proves nothing.
create unique index app_user_by_proven_email on public.app_user (email) where status <> 'removed' and verified;
create unique index app_user_by_email_in_account on public.app_user (account_id, email)
    where status <> 'removed' and email <> '';
drop index public.app_user_by_email;
alter table public.account add column second_factor_demanded boolean not null default false;
alter table public.browser add column acr text not null default 'urn:keten:acr:password';

-- Everything that is mailed, for as long as it may be asked for. A link is derived from its row, and spent with it.
create table public.mail_request (
    id uuid primary key, purpose text not null, email text, user_id uuid references public.app_user,
    asked_by uuid references public.app_user, change text, asked_at timestamptz not null,
    expires_at timestamptz not null, spent_at timestamptz);
create index mail_request_by_user on public.mail_request (user_id) where spent_at is null;
create index mail_request_by_email on public.mail_request (email) where spent_at is null;
create index mail_request_by_expiry on public.mail_request (expires_at);

-- What the mail of a sign-up opens.
create table public.sign_up (
    id uuid primary key references public.mail_request on delete cascade, organisation text not null,
    name text not null, language text not null, password_hash text not null);

create table public.second_factor (
    user_id uuid primary key references public.app_user, secret text not null, begun_at timestamptz not null,
    confirmed_at timestamptz, last_step bigint not null default 0);
create table public.recovery_code (
    user_id uuid not null references public.second_factor on delete cascade, hash text not null, used_at timestamptz,
    primary key (user_id, hash));

create table public.tries (key text primary key, times integer not null, since timestamptz not null);
create index tries_by_age on public.tries (since);
"""


def upgrade() -> None:
    execute_script(OWN)


def downgrade() -> None:
    raise NotImplementedError("Migrations go forward; restore a backup to go back.")
